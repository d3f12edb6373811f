"""A rule control holds a choice and knows nothing of results."""

from __future__ import annotations

import pytest

from carbonlab.errors import RuleError
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS
from carbonlab.widgets import RuleControl
from carbonlab.widgets.parameter_text import parameter_of_text, text_of_parameter

DEFAULT = load_rule_set("default")


def control(slot: str = "multifunctionality") -> RuleControl:
    return RuleControl(DEFAULT.rules[slot], label="Baseline")


@pytest.mark.parametrize("slot", [slot.key for slot in SLOTS])
def test_every_slot_offers_its_options_and_starts_with_the_rule_given(slot: str) -> None:
    made = control(slot)
    assert [key for _, key in made.option.options] == list_options(slot)
    for label, key in made.option.options:
        assert label == f"{key}: {option_of(slot, key).summary}"
    assert made.value is DEFAULT.rules[slot], "an untouched rule keeps its reference"


def test_turning_the_option_gives_another_rule() -> None:
    made = control()
    made.option.value = "price"
    assert made.value == Rule(
        "multifunctionality", (Line("price", parameters={"inherent": ["biogenic_carbon"]}),)
    )
    assert option_of("multifunctionality", "price").summary in made.explanation.value


def test_a_parameter_is_typed_and_kept_from_option_to_option() -> None:
    made = control()
    made.option.value = "property"
    assert set(made.fields) == {"inherent", "name"}
    made.fields["name"].value = "energy"
    made.fields["inherent"].value = " biogenic_carbon , energy "
    assert dict(made.value.lines[0].parameters) == {
        "name": "energy",
        "inherent": ["biogenic_carbon", "energy"],
    }
    made.option.value = "mass"
    assert dict(made.value.lines[0].parameters) == {"inherent": ["biogenic_carbon", "energy"]}
    made.fields["inherent"].value = ""
    assert dict(made.value.lines[0].parameters) == {}


def test_a_parameter_survives_an_option_that_does_not_have_it() -> None:
    made = control()
    made.option.value = "refuse"
    assert made.fields == {}
    made.option.value = "price"
    assert dict(made.value.lines[0].parameters) == {"inherent": ["biogenic_carbon"]}


def test_value_can_be_set_and_is_told_once() -> None:
    made, heard = control(), []
    made.on_change(lambda: heard.append(made.value))
    rule = Rule("multifunctionality", (Line("property", parameters={"name": "energy"}),))
    made.value = rule
    assert made.value is rule
    assert heard == [rule]
    assert made.fields["name"].value == "energy"
    made.option.value = "mass"
    made.fields["inherent"].value = "energy"
    assert [each.lines[-1].option for each in heard] == ["property", "mass", "mass"]


def test_lines_for_special_cases_are_kept_and_shown() -> None:
    special = Line("price", selector=Selector(process="sawmill"))
    made = RuleControl(Rule("multifunctionality", (special, Line("mass"))), label="Baseline")
    made.option.value = "energy"
    assert made.value.lines == (special, Line("energy"))
    assert "sawmill" in made.explanation.value


def test_a_table_of_parameters_is_json() -> None:
    made = control()
    made.option.value = "substitution"
    made.fields["substitutes"].value = '{"chips": {"process": "p", "flow": "f", "ratio": 0.5}}'
    assert made.value.lines[0].parameters["substitutes"]["chips"]["ratio"] == 0.5
    made.fields["substitutes"].value = "{chips"
    with pytest.raises(RuleError, match="cannot be read") as caught:
        _ = made.value
    assert caught.value.where == "slot multifunctionality, option substitution, parameter substitutes"
    assert "JSON" in caught.value.remedy


def test_a_parameter_of_the_wrong_kind_is_refused_by_the_rule() -> None:
    made = control()
    made.option.value = "substitution"
    made.fields["substitutes"].value = "3"
    with pytest.raises(RuleError, match="is 3"):
        _ = made.value


@pytest.mark.parametrize(
    ("value", "types"),
    [(["a", "b"], (list,)), ("text", (str,)), (0.25, (float,)), ({"a": {"b": 1}}, (dict,)), (None, (list,))],
)
def test_text_of_a_parameter_reads_back(value: object, types: tuple[type, ...]) -> None:
    assert parameter_of_text(text_of_parameter(value), types, where="") == value


def test_a_whole_number_is_a_number() -> None:
    read = parameter_of_text("2", (float,), where="")
    assert read == 2.0
    assert isinstance(read, float)
