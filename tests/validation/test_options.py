"""Every option of every slot does what it says and nothing else: small systems with numbers by hand.

Slots that need more (grids, wood, aircraft, scrap) have theirs in tests/cases and tests/rules; an option without a
case anywhere fails `test_every_option_has_a_case`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import RefusedError
from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.apply import apply_rule
from carbonlab.rules.factors import list_factor_sets, load_factor_set
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS, slot_of
from carbonlab.rules.work import Work
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import CarbonOrigin
from tests.tiny import CASES as CASE_FILES
from tests.tiny import read_case, split_foreground, tiny_database
from tests.validation.random_systems import DEFAULT, by_name, solved

FACTORY = tiny_database(
    """
    [flows]
    product = "kg"
    machine = "Item(s)"
    steel = "kg"
    box = "kg"
    scales = "kg"
    [[processes]]
    id = "factory"
    location = "CN"
    out = { product = 1, co2 = 1, ch4 = 0.1 }
    [processes.in]
    machine = 0.01
    steel = { amount = 2, stage = "raw_material_acquisition" }
    box = { amount = 1, stage = "distribution" }
    [[processes]]
    id = "machine_shop"
    out = { machine = 1, co2 = 100 }
    [[processes]]
    id = "steel_cn"
    location = "CN"
    out = { steel = 1, co2 = 2 }
    [[processes]]
    id = "steel_us"
    location = "US"
    out = { steel = 1, co2 = 4 }
    [[processes]]
    id = "box_maker"
    out = { box = 1, co2 = 0.5 }
    [[processes]]
    id = "bystander"
    location = "US"
    out = { scales = 1, co2 = 7 }
    in = { box = 1 }
    [roles]
    machine = "capital_good"
    box = "packaging"
    """
)
"""Its product: 1 + 0.1 · 29.8 (CH4) + 0.01 · 100 (machine) + 2 · 3 (steel, mean of two) + 0.5 (box) = 11.48 kg CO2e."""

MILL = tiny_database(
    """
    [flows]
    a = "kg"
    b = "kg"
    c = "kg"
    [[processes]]
    id = "mill"
    out = { a = 1, b = 3, co2 = 8 }
    [[processes]]
    id = "maker_of_b"
    out = { b = 1, co2 = 0.5 }
    [[processes]]
    id = "consumer"
    out = { c = 1, co2 = 1 }
    in = { b = { amount = 1, provider = "mill" } }
    [[allocation]]
    process = "mill"
    product = "a"
    share = 0.9
    [[allocation]]
    process = "mill"
    product = "b"
    share = 0.1
    """
    + "".join(
        f'[[properties]]\nflow = "{flow}"\nname = "{name}"\nvalue = {value}\nunit = "{unit}"\n'
        for name, unit, values in (
            ("price", "USD", (9, 1)),
            ("energy", "MJ", (5, 1)),
            ("worth", "points", (6, 0.5)),
        )
        for flow, value in zip("ab", values, strict=True)
    )
)
"""Shares of a: stated 0.9, mass 1/4, energy 5/8, price 9/12, worth 6/7.5, equal 1/2, reference flow 1."""


@dataclass(frozen=True)
class Case:
    """What an option makes of a system: [kg CO2e per unit]; None where the product has no number."""

    changed: dict[tuple[str, str], float | None]
    parameters: dict[str, Any] = field(default_factory=dict)
    select: dict[str, str] = field(default_factory=dict)


PRODUCT, A, B, C = ("factory", "product"), ("mill", "a"), ("mill", "b"), ("consumer", "c")


def shared(share_of_a: float) -> dict[tuple[str, str], float | None]:
    """Footprints in the mill when a carries a share of its 8 kg CO2: a is 1 kg, b 3 kg, c takes 1 kg of b."""
    of_b = 8 * (1 - share_of_a) / 3
    return {A: 8 * share_of_a, B: of_b, C: 1 + of_b}


CASES: dict[tuple[str, str], list[Case]] = {
    ("boundary", "as_modelled"): [Case({})],
    ("boundary", "no_capital_goods"): [Case({PRODUCT: 10.48})],
    ("boundary", "stages"): [
        Case({PRODUCT: 4.98}, {"keep": ["production"]}),
        Case({PRODUCT: 5.48}, {"keep": ["production", "distribution"]}),
    ],
    ("boundary", "exclude"): [
        Case({PRODUCT: 10.98, ("bystander", "scales"): 7.0}, select={"role": "packaging"}),
        Case({PRODUCT: 10.98}, select={"flow": "box", "process": "factory"}),
        Case({PRODUCT: 8.50}, select={"flow": "ch4"}),
        Case(
            {("steel_us", "steel"): 0.0, ("bystander", "scales"): 0.0, PRODUCT: 7.48},
            select={"location": "US"},
        ),
    ],
    ("linking", "equal_split"): [Case({})],
    ("linking", "by_location"): [Case({PRODUCT: 9.48})],
    ("linking", "by_share"): [
        Case({PRODUCT: 10.48}, {"shares": {"steel_cn": 0.75, "steel_us": 0.25}}),
        Case({PRODUCT: 13.48}, {"shares": {"steel_us": 1.0}}),
    ],
    ("linking", "stated"): [Case({PRODUCT: 13.48}, {"providers": {"steel": "steel_us"}})],
    ("multifunctionality", "default_chain"): [Case({})],
    ("multifunctionality", "stated"): [Case({})],
    ("multifunctionality", "mass"): [Case(shared(1 / 4))],
    ("multifunctionality", "energy"): [Case(shared(5 / 8))],
    ("multifunctionality", "price"): [Case(shared(9 / 12))],
    ("multifunctionality", "property"): [
        Case(shared(6 / 7.5), {"name": "worth"}),
        Case({A: None, B: None, C: None}, {"name": "beauty"}),
    ],
    ("multifunctionality", "equal"): [Case(shared(1 / 2))],
    ("multifunctionality", "reference_flow"): [Case(shared(1.0))],
    ("multifunctionality", "substitution"): [
        Case({A: 8 - 3 * 0.5, B: None, C: 1.5}),
        Case(
            {A: 8 - 3 * 2 * 0.5, B: None, C: 1 + 2 * 0.5},
            {"substitutes": {"b": {"process": "maker_of_b", "flow": "b", "ratio": 2.0}}},
        ),
    ],
}
"""By slot and option; everything that is not named stays as it is under the default rules."""

SILENT = tuple(
    slot.key for slot in SLOTS if slot.key not in ("linking", "multifunctionality", "characterization")
)
"""Slots whose neutral option does nothing at all; the others have to link, share and characterize."""

REFUSING = (("linking", "refuse"), ("multifunctionality", "refuse"))

METRICS = {
    f"{metric}_{vintage}".lower().replace("-", "_"): (vintage, metric)
    for vintage, metric in list_factor_sets()
}


def rules(slot: str, option: str, case: Case) -> RuleSet:
    lines = [Line(option, Selector(**case.select), case.parameters)]
    if case.select:
        lines.append(DEFAULT.rules[slot].lines[-1])
    return DEFAULT.replace(**{slot: Rule(slot, tuple(lines))})


def system_for(slot: str) -> Database:
    return MILL if slot == "multifunctionality" else FACTORY


def numbers(evaluation: Evaluation) -> dict[tuple[str, str], float]:
    return by_name(evaluation.system, evaluation.intensity())


def options_in_cases() -> set[tuple[str, str]]:
    """Return slot and option of every question with a number in tests/cases."""
    found = set()
    for path in CASE_FILES.glob("*.toml"):
        for question in read_case(path.stem)["questions"]:
            found |= set(question.get("rules", {}).items())
            found |= {(slot, given["option"]) for slot, given in question.get("parameters", {}).items()}
    return found


def options_in_rule_tests() -> set[tuple[str, str]]:
    """Return slot and option of every call f("slot", "option", ...) or f(slot="option") in tests/rules."""
    found = set()
    for path in (CASE_FILES.parent / "rules").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                words = [a.value for a in node.args[:2] if isinstance(a, ast.Constant)]
                found |= {(words[0], words[1])} if len(words) == 2 else set()
                found |= {(k.arg, k.value.value) for k in node.keywords if isinstance(k.value, ast.Constant)}
    return found


def test_every_option_has_a_case() -> None:
    every = {(slot.key, option) for slot in SLOTS for option in list_options(slot.key)}
    here = {*CASES, *REFUSING, *(("characterization", key) for key in METRICS)}
    here |= {(slot.key, slot.neutral) for slot in SLOTS}
    assert here <= every, "a case of an option that is not there tests nothing"
    assert every - here - options_in_cases() - options_in_rule_tests() == set()
    assert all(option_of(slot, option).summary for slot, option in every)


def test_the_default_rules_by_hand() -> None:
    assert numbers(solved(FACTORY))[PRODUCT] == pytest.approx(11.48, rel=1e-12)
    found = numbers(solved(MILL))
    assert {name: found[name] for name in (A, B, C)} == pytest.approx(shared(0.9), rel=1e-12)


@pytest.mark.parametrize(
    ("slot", "option", "number"),
    [(slot, option, number) for (slot, option), cases in CASES.items() for number in range(len(cases))],
)
def test_option_changes_what_it_should_and_nothing_else(slot: str, option: str, number: int) -> None:
    case = CASES[slot, option][number]
    before, evaluation = (
        numbers(solved(system_for(slot))),
        solved(system_for(slot), rules(slot, option, case)),
    )
    after = numbers(evaluation)
    assert set(before) == set(after)
    for name, value in after.items():
        expected = case.changed.get(name, before[name])
        if expected is None:
            assert np.isnan(value), name
            assert not by_name(evaluation.system, evaluation.status)[name].has_number
        else:
            assert value == pytest.approx(expected, rel=1e-12), name
    others = {key for key in DEFAULT.rules if key != slot}
    assert all(evaluation.system.rule_set.rules[key] == DEFAULT.rules[key] for key in others)


@pytest.mark.parametrize(("slot", "option"), REFUSING)
def test_option_that_refuses(slot: str, option: str) -> None:
    with pytest.raises(RefusedError) as caught:
        solved(system_for(slot), DEFAULT.replace(**{slot: option}))
    word = {"linking": "'steel' has 2 producers", "multifunctionality": "'mill'"}[slot]
    assert word in str(caught.value)
    # where there is nothing to decide there is nothing to refuse
    other = MILL if slot == "linking" else FACTORY
    unchanged = numbers(solved(other, DEFAULT.replace(**{slot: option})))
    assert unchanged == numbers(solved(other))


@pytest.fixture(scope="module")
def works() -> list[Work]:
    """The systems of all cases under the default rules: grids, scrap, wood, land, years and aircraft among them."""
    found = [solved(database).system.work for database in (FACTORY, MILL)]
    for path in sorted(CASE_FILES.glob("*.toml")):
        foreground, background = split_foreground(read_case(path.stem))
        found.append(build_product_system([background], DEFAULT, foreground=foreground).work)
    return found


@pytest.mark.parametrize("slot", SILENT)
def test_neutral_option_does_nothing(slot: str, works: list[Work]) -> None:
    neutral = Rule(slot, (Line(slot_of(slot).neutral),))
    assert len(list_options(slot)) > 1
    for work in works:
        after = apply_rule(work, neutral)
        for name in ("technosphere", "intervention", "columns", "characterization", "delay"):
            assert getattr(after, name) is getattr(work, name), name
        for name in ("log", "findings", "apart", "shown_as", "bills"):
            assert getattr(after, name) == getattr(work, name), name


@pytest.mark.parametrize("slot", [slot.key for slot in SLOTS])
def test_back_to_the_neutral_option_is_back_to_the_numbers(slot: str) -> None:
    """Whatever option stood there before leaves no trace: no parameter of it survives that would count."""
    others = [option for option in list_options(slot) if option != slot_of(slot).neutral]
    assert others
    for option in others:
        back = DEFAULT.replace(**{slot: option}).replace(**{slot: slot_of(slot).neutral})
        assert back.rules[slot].lines[-1].option == slot_of(slot).neutral
        for database in (FACTORY, MILL):
            evaluation = solved(database, back)
            np.testing.assert_array_equal(evaluation.intensity(), solved(database).intensity())


@pytest.mark.parametrize("key", METRICS)
def test_metric_changes_the_factors_and_nothing_else(key: str) -> None:
    """8.5 kg CO2 and 0.1 kg fossil CH4, each with the factor of its table."""
    vintage, metric = METRICS[key]
    factors = load_factor_set(vintage, metric=metric)
    evaluation, default = solved(FACTORY, DEFAULT.replace(characterization=key)), solved(FACTORY)
    expected = 8.5 * factors.value("CO2", CarbonOrigin.FOSSIL) + 0.1 * factors.value(
        "CH4", CarbonOrigin.FOSSIL
    )
    assert numbers(evaluation)[PRODUCT] == pytest.approx(expected, rel=1e-12)
    for name in "AB":
        one, other = (getattr(e.system.matrices, name) for e in (evaluation, default))
        np.testing.assert_array_equal(one.toarray(), other.toarray())
    assert metric in evaluation.system.work.characterization.label
    assert vintage in evaluation.system.work.characterization.label


def test_methane_may_be_counted_without_its_origin() -> None:
    """AR6: 29.8 for fossil methane; unsplit, the value without the oxidation of its carbon, 27.9."""
    unsplit = Rule("characterization", (Line("gwp100_ar6", parameters={"methane_split": "unsplit"}),))
    assert numbers(solved(FACTORY, DEFAULT.replace(characterization=unsplit)))[PRODUCT] == pytest.approx(
        8.5 + 0.1 * load_factor_set("AR6", metric="GWP100", methane_split="unsplit").value("CH4"), rel=1e-12
    )


def test_a_metric_for_one_gas() -> None:
    lines = (Line("gwp20_ar6", Selector(flow="ch4")), Line("gwp100_ar6"))
    found = numbers(solved(FACTORY, DEFAULT.replace(characterization=Rule("characterization", lines))))
    methane = load_factor_set("AR6", metric="GWP20").value("CH4", CarbonOrigin.FOSSIL)
    assert found[PRODUCT] == pytest.approx(8.5 + 0.1 * methane, rel=1e-12)


# -- lines ---------------------------------------------------------------------------------------------------


def test_first_line_that_matches_wins_and_the_log_counts_catches() -> None:
    lines = (
        Line("exclude", Selector(flow="box", process="factory")),
        Line("as_modelled", Selector(flow="box")),
        Line("exclude", Selector(role="packaging")),
        Line("as_modelled"),
    )
    evaluation = solved(FACTORY, DEFAULT.replace(boundary=Rule("boundary", lines)))
    assert numbers(evaluation)[PRODUCT] == pytest.approx(10.98, rel=1e-12)
    assert numbers(evaluation)["bystander", "scales"] == pytest.approx(7.5, rel=1e-12)
    caught = evaluation.system.work.caught
    assert [caught["boundary", line] for line in range(4)] == [1, 1, 0, 2 + 2 + 1 + 1 + 1 + 1 + 1]


def test_unlinked_inputs_are_left_out_with_a_finding_or_refused() -> None:
    database = tiny_database(
        '[flows]\na = "kg"\nb = "kg"\n[[processes]]\nid = "p"\nout = { a = 1, co2 = 1 }\nin = { b = 1 }'
    )
    evaluation = solved(database)
    assert numbers(evaluation)["p", "a"] == 1.0
    assert list(evaluation.status) == ["unlinked"]
    assert [finding.code for finding in evaluation.findings] == ["input_left_out"]
    refuse = Rule("linking", (Line("equal_split", parameters={"unlinked": "refuse"}),))
    with pytest.raises(RefusedError, match="1 inputs have no producer, the first being 'b'"):
        solved(database, DEFAULT.replace(linking=refuse))


def test_a_stated_provider_goes_before_every_option() -> None:
    """MILL states that the consumer takes b from the mill; FACTORY states nothing."""
    by_b = Rule("linking", (Line("stated", parameters={"providers": {"b": "maker_of_b"}}),))
    assert numbers(solved(MILL, DEFAULT.replace(linking=by_b))) == numbers(solved(MILL))


def test_parameters_are_kept_by_replace_where_the_new_option_knows_them() -> None:
    refuse = Rule("linking", (Line("equal_split", parameters={"unlinked": "refuse"}),))
    changed = DEFAULT.replace(linking=refuse).replace(linking="by_location")
    assert dict(changed.rules["linking"].lines[-1].parameters) == {"unlinked": "refuse"}
    inherent = DEFAULT.replace(multifunctionality="price").rules["multifunctionality"].lines[-1]
    assert dict(inherent.parameters) == {"inherent": ["biogenic_carbon"]}
