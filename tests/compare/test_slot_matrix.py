"""Slot by slot: the largest movement of a footprint by a rule that applies."""

from __future__ import annotations

import pytest

from carbonlab.cli.main import main
from carbonlab.compare.slot_matrix import alternatives, has_moved, move_each_slot, neutral_rule
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.slots import SLOTS, slot_of
from carbonlab.teaching import study_path
from tests.compare.systems import TWO_MILLS, mill, study_of
from tests.tiny import tiny_database

DEFAULT = load_rule_set("default")


def test_the_rule_that_moves_most_is_found_in_each_slot() -> None:
    """6 kg lumber: neutral 0.6 · 29.8 methane, with 2 of the machine; all goes to the lumber as reference flow."""
    matrix = move_each_slot(study_of(mill(), ("mill", "lumber", 6.0)))
    moved = {
        str(slot): float(matrix["moved"].sel(slot=slot, product="lumber")) for slot in matrix["slot"].values
    }
    option = {str(slot): str(matrix["option"].sel(slot=slot, product="lumber").values) for slot in moved}
    methane = 29.8
    neutral = float(matrix["total"].sel(slot="multifunctionality", product="lumber"))
    assert neutral == pytest.approx(0.6 * (methane + 2))
    assert moved["multifunctionality"] == pytest.approx(0.4 * (methane + 2))
    assert option["multifunctionality"] == "the reference flow carries all"
    assert moved["boundary"] == pytest.approx(-0.6 * 2), "the machine is a capital good"
    assert "capital goods" in option["boundary"]
    assert moved["electricity"] == moved["aviation"] == moved["land_use_change"] == 0.0
    assert option["aviation"] == ""
    matters = has_moved(matrix).sel(product="lumber")
    assert bool(matters.sel(slot="boundary")) is True
    assert bool(matters.sel(slot="aviation")) is False


def test_a_rule_that_refuses_is_counted_and_moves_nothing() -> None:
    matrix = move_each_slot(study_of(tiny_database(TWO_MILLS), ("mill", "board", 1.0)))
    linking = matrix.sel(slot="linking", product="board")
    assert int(linking["refused"]) >= 1, "the option that refuses to choose a producer"
    assert float(linking["total"]) == pytest.approx(5 + 2 * (1 + 3) / 2)


def test_rules_of_rule_sets_are_tried_once_and_labelled() -> None:
    found = alternatives([load_rule_set("pas-2050-2011"), load_rule_set("pas-2050-2011")], DEFAULT)
    labels = [(one.slot, one.label) for one in found]
    assert len(set(labels)) == len(labels)
    assert any("[pas-2050-2011]" in label for _, label in labels)
    assert {slot for slot, _ in labels} == {slot.key for slot in SLOTS}
    assert not [one for one in found if one.slot == "boundary" and one.label == "exclude"]


def test_the_neutral_rule_keeps_what_the_base_says_of_it() -> None:
    base = DEFAULT.replace(characterization=Rule("characterization", (Line("gwp100_ar6"),)))
    assert neutral_rule(base, slot_of("characterization")) == base.rules["characterization"]
    other = DEFAULT.replace(characterization="gwp100_ar5")
    assert neutral_rule(other, slot_of("characterization")).lines[0].option == "gwp100_ar6"


def test_the_command_prints_slots_and_studies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "matrix", str(study_path("cement"))]) == 0
    shown = capsys.readouterr().out
    assert "Multifunctionality" in shown
    assert "cement" in shown
    assert main(["rules", "matrix", str(study_path("cement")), "--json"]) == 0
    assert '"boundary"' in capsys.readouterr().out
