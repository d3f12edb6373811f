"""Rules that are equal by assumption: found where a rule file says so, and said beside the difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonlab.cli.main import main
from carbonlab.compare.assumed_rules import assumed_in_words, find_assumed
from carbonlab.compare.side_by_side import summarize_side_by_side
from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set, parse_rule_set
from carbonlab.system.study import Study
from carbonlab.system.study_file import write_study
from carbonlab.teaching import load_teaching_inventory

GBT, ISO, PEF = map(load_rule_set, ("gbt-24067-2024", "iso-14067-2018", "eu-pef-2021"))
STUDY = Study.of(load_teaching_inventory(), "cement_blended_cn", rule_sets=[ISO, PEF, GBT])


def test_the_rules_taken_over_are_those_that_are_recalled_and_the_same() -> None:
    found = find_assumed(GBT, ISO)
    assert found is not None and found == find_assumed(ISO, GBT)
    recalled = {
        slot for slot, rule in GBT.rules.items() if rule.lines[-1].reference.source_level == "recalled"
    }
    assert set(found.slots) == recalled - {"linking"}  # linking differs
    assert not {"electricity", "characterization"} & set(found.slots)  # known from summaries
    assert "the text of GB/T 24067-2024 was not read" in assumed_in_words(found)


def test_a_rule_that_is_changed_is_no_longer_assumed() -> None:
    found = find_assumed(GBT.replace(cut_off="by_mass"), ISO)
    assert found is not None and "cut_off" not in found.slots


def test_other_standards_share_nothing_by_assumption() -> None:
    assert find_assumed(PEF, ISO) is None and find_assumed(PEF, GBT) is None


def test_an_origin_has_to_be_a_reference() -> None:
    text = 'key = "k"\ntitle = "t"\n[slots.timing]\noption = "none"\n'
    text += '[references.a]\ncitation = "A"\nassumed_from = "b"\n'
    with pytest.raises(RuleError, match="assumed from 'b', which is no other reference"):
        parse_rule_set(text, "k.toml")


def test_it_stands_beside_the_zero_and_the_baseline_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "teaching", "aluminium_ingot_cn", "--rules", GBT.key, "--rules", ISO.key]
    assert main([*words, "--rules", PEF.key, "--explain"]) == 0
    shown = capsys.readouterr().out
    row = next(line for line in shown.splitlines() if line.rstrip().endswith("%") and "§" in line)
    assert "0 §" in row and row.count("§") == 1  # not beside the other difference
    assert "§ equal by assumption, not by finding" in shown
    assert "[GB/T 24067-2024 6.3.4.3, numbering assumed parallel to ISO 14067 (recalled" in shown
    assert "is the neutral rule: nothing moved [GB/T 24067-2024 6.3.4" in shown
    assert "(in the order stated factors, mass" in shown and "hierarchy" not in shown


def test_the_table_of_all_rule_sets_says_it_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = summarize_side_by_side(STUDY, calculate(STUDY))
    assert found is not None
    (pair,) = found["assumed"]
    assert (pair["name"], pair["taken_from"], len(pair["slots"])) == ("GB/T 24067-2024", "ISO 14067:2018", 8)
    write_study(STUDY, tmp_path / "s.toml")
    assert main(["run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out")]) == 0
    words = "equal by assumption, not by finding: the text of GB/T 24067-2024 was not read"
    assert words in capsys.readouterr().out
    assert words in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
