"""What commands print: progress in logs, widths of names, differences that are only rounding."""

from __future__ import annotations

import json
import re

import pytest

from carbonlab.cli import output
from carbonlab.cli.asked_study import named_study
from carbonlab.cli.main import main
from carbonlab.cli.output import Progress, name_width
from carbonlab.cli.run_study import _show_comparison
from carbonlab.compare.attribution_terms import without_rounding
from carbonlab.compare.side_by_side import summarize_side_by_side
from carbonlab.results.calculate import calculate


def test_a_log_is_told_how_far_a_job_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 1.0, 6.0, 6.0, 7.0, 8.0, 8.0])
    monkeypatch.setattr(output.time, "monotonic", lambda: next(clock))
    progress = Progress()
    for done in (10, 20, 30):
        progress(done, 40)
    progress(40, 40)
    assert capsys.readouterr().err.splitlines() == ["20 of 40 draws", "40 of 40 draws"]
    Progress(silent=True)(40, 40)
    assert capsys.readouterr().err == ""


def test_a_simulation_says_at_once_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "lumber", "gate", "--draws", "8"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("study lumber")
    assert told[1].startswith("drawing")
    assert told[-1] == "8 of 8 draws"


def test_names_are_whole_where_the_output_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert name_width() == output.WHOLE
    sets = ("--rules", "default", "--rules", "default+multifunctionality=price")
    assert main(["compare", "lumber", *sets]) == 0
    assert "1 m3 of planed lumber in a building until it is burned after 35 years" in capsys.readouterr().out


def test_what_cancellation_leaves_is_printed_as_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert without_rounding(-2.313e-18, 1e-12) == 0.0
    assert without_rounding(-2.313e-3, 1e-12) == -2.313e-3
    words = ["compare", "battery", "nmc", "--rules", "iso-14067-2018", "--rules", "pas-2050-2011"]
    assert main([*words, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["attributions"]
    residue = found["shapley"][0][found["players"].index("aviation")]
    assert abs(residue) < 1e-12, "data keep what was computed"
    assert main(words) == 0
    assert not re.findall(r"\de-[12]\d", capsys.readouterr().out)


@pytest.mark.parametrize("has_mark", [True, False])
def test_a_mark_is_explained_only_where_a_column_has_it(
    has_mark: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    study = named_study("lumber").with_rule_sets("default", "iso-14067-2018")
    comparison = summarize_side_by_side(study, calculate(study))
    assert comparison is not None
    comparison["rule_sets"][1]["partial"] = has_mark
    _show_comparison(comparison, idle=set(), beyond=[])
    assert ("†" in capsys.readouterr().out) is has_mark


def test_a_formula_without_effect_is_marked_at_its_column_and_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = named_study("lumber").with_rule_sets("default", "iso-14067-2018")
    comparison = summarize_side_by_side(study, calculate(study))
    assert comparison is not None
    _show_comparison(comparison, idle={"iso-14067-2018"}, beyond=[])
    head, note = [line for line in capsys.readouterr().out.splitlines() if "‡" in line]
    assert "iso-14067‡" in head.replace(" ", "") and note.startswith("‡") and "iso-14067-2018" in note
