"""``carbonlab compare --draws``: the numbers of `carbonlab.attribute_draws`, and what is refused before it begins."""

from __future__ import annotations

import json

import pytest

import carbonlab as cl
from carbonlab.cli.compare_rules import parse_rules
from carbonlab.cli.main import main
from carbonlab.inventory.store import save_database
from tests.monte_carlo.spread_systems import loop_inventory

ARGUMENTS = ["--rules", "default", "--rules", "default+characterization=gwp20_ar6+biogenic_carbon=zero_zero"]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("stored") / "loops"
    save_database(loop_inventory(), path)
    return str(path)


def test_it_shows_what_each_slot_makes_in_the_draws(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["compare", database, "widget", *ARGUMENTS, "--draws", "64"]
    assert main([*call, "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["drawn_attributions"]
    study = cl.Study.of(cl.load_database(database), "widget")
    found = cl.attribute_draws(study, "default", parse_rules(ARGUMENTS[-1]), draws=64)
    assert shown["shapley_mean"] == found["shapley_mean"].values.tolist()
    assert (shown["draws"], shown["rule_sets"]) == (64, 4)
    assert main(call) == 0
    text = capsys.readouterr().out
    assert "Which rule makes the difference in every draw: widget, from default" in text
    assert "4 mixtures of the two rule sets, 64 draws of each" in text
    assert "Draws in which it raises" in text and "Characterization" in text
    assert "of 64 draws: " in text and "interval of this mean" in text and "How to read this" in text


def test_without_draws_there_is_no_such_table(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", database, "widget", *ARGUMENTS, "--json"]) == 0
    assert "drawn_attributions" not in json.loads(capsys.readouterr().out)


def test_too_many_draws_are_refused_before_anything_is_computed(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", database, "widget", *ARGUMENTS, "--draws", "1000000000"]) == 1
    written = capsys.readouterr()
    assert "held in memory together" in written.err and "building" not in written.err


def test_draws_below_one_are_refused(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", database, "widget", *ARGUMENTS, "--draws", "-3"]) == 1
    assert "draws has to be a whole number from 1 on" in capsys.readouterr().err
