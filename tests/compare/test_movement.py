"""What each rule moved: hand-computed movements of exchanges, their sums, and the words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carbonlab.compare.attribution import attribute
from carbonlab.compare.movement import RuleMovement, explain
from carbonlab.compare.movement_words import exchange_in_words, rule_in_words
from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Reference, Rule, RuleSet
from carbonlab.rules.slots import BY_KEY, SLOTS
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.compare.systems import TWO_MILLS, excluding, mill, study_of
from tests.tiny import read_case, tiny_database


def movement(study: Study, rules: RuleSet, slot: str, product: str = "") -> RuleMovement:
    (found,) = [m for m in explain(study, rules, product=product) if m.slot == slot]
    return found


def test_a_key_of_allocation_by_hand() -> None:
    """By price lumber carries 0.9 instead of 0.6: of 1 kg CH4 0.15 instead of 0.1 kg (+1.49), of 0.5 machines
    0.075 (+0.1 kg CO2)."""
    rules = load_rule_set("default").replace(multifunctionality="price")
    found = movement(study_of(mill(), ("mill", "lumber", 1.0)), rules, "multifunctionality")
    assert found.moved == pytest.approx(1.59, abs=1e-12)
    methane, machine = found.exchanges
    assert (methane.flow, machine.flow) == ("ch4", "machine")
    assert methane.moved == pytest.approx(0.05 * 29.8, abs=1e-12) and machine.moved == pytest.approx(
        0.1, abs=1e-12
    )
    assert (methane.before, methane.after) == pytest.approx((0.1, 0.15)) and methane.factor_after == 29.8
    assert (machine.before, machine.after) == pytest.approx((0.05, 0.075))
    assert machine.verbs == ("split",) and found.rest == 0.0
    assert exchange_in_words(machine) == "mill: machine counts with 0.075 instead of 0.05 unit: +0.1 kg CO2e"
    assert rule_in_words(found).startswith(
        "Multifunctionality: “shares by revenue (biogenic carbon follows the content of each product)”"
        " instead of “first basis that the data offer”: +1.59"
    )


def test_what_a_boundary_leaves_out_with_its_clause() -> None:
    line = Line("no_capital_goods", reference=Reference("pas2050", "6.4.4", "recalled"))
    rules = load_rule_set("default").replace(boundary=Rule("boundary", (line,)))
    rules = replace(rules, references=load_rule_set("pas-2050-2011").references)
    found = movement(study_of(mill(), ("mill", "lumber", 1.0)), rules, "boundary")
    (left_out,) = found.exchanges
    assert left_out.moved == pytest.approx(-0.2, abs=1e-12) and left_out.verbs == ("drop",)
    assert left_out.suppliers_before == ("machine_works",) and left_out.suppliers_after == ()
    place = "[PAS 2050:2011 6.4.4 (recalled, to be checked against the text)]"
    assert exchange_in_words(left_out) == f"mill: machine, 0.05 unit, is left out: −0.2 kg CO2e {place}"
    assert place in rule_in_words(found)


def test_another_supplier_by_hand() -> None:
    """Logs from north alone bring 2 · 1 instead of 1 + 3 kg CO2."""
    shares = Rule("linking", (Line("by_share", parameters={"shares": {"north": 1.0}}),))
    study = study_of(tiny_database(TWO_MILLS), ("mill", "board", 10.0))
    found = movement(study, load_rule_set("default").replace(linking=shares), "linking")
    (log,) = found.exchanges
    assert found.moved == pytest.approx(-20.0, abs=1e-11) and log.moved == pytest.approx(-20.0, abs=1e-11)
    assert set(log.suppliers_before) == {"north", "south"} and log.suppliers_after == ("north",)
    assert "comes from north instead of north, south: −20 kg CO2e" in exchange_in_words(log)


def test_characterization_moves_emissions() -> None:
    found = movement(
        study_of(mill(), ("mill", "lumber", 1.0)),
        load_rule_set("default").replace(characterization="gwp100_ar4"),
        "characterization",
    )
    (methane,) = found.exchanges
    assert methane.moved == pytest.approx(-0.48, abs=1e-12)
    assert "counts 25 instead of 29.8 kg CO2e per kg" in exchange_in_words(methane)


def test_neutral_rules_and_rules_that_reach_nothing_are_told_apart() -> None:
    study = study_of(mill(), ("nail_works", "nail", 1.0))
    rules = load_rule_set("default").replace(boundary="no_capital_goods")
    found = {m.slot: m for m in explain(study, rules)}
    assert list(found) == [slot.key for slot in SLOTS]
    assert found["timing"].is_neutral and "is the neutral rule: nothing moved" in rule_in_words(
        found["timing"]
    )
    assert not found["boundary"].is_neutral and found["boundary"].moved == 0.0
    assert "changes nothing in the total" in rule_in_words(found["boundary"])


def test_no_number_under_the_neutral_rule_is_said() -> None:
    refused = excluding("boundary", flow="log")
    study = study_of(tiny_database(TWO_MILLS), ("mill", "board", 1.0))
    rules = load_rule_set("default").replace(boundary=refused, linking="refuse")
    found = movement(study, rules, "boundary")
    assert found.moved != found.moved and "2 producers" in rule_in_words(found)


@pytest.mark.parametrize("option", ["substitution", "price", "energy", "reference_flow", "equal"])
@pytest.mark.parametrize("product", ["lumber", "chips"])
def test_a_column_that_disappears_is_part_of_the_split(option: str, product: str) -> None:
    study = study_of(tiny_database(read_case("sawmill")), ("sawmill", product, 6.0))
    rules = load_rule_set("default").replace(multifunctionality=option)
    found = movement(study, rules, "multifunctionality")
    after = calculate(study, rules)["total"].item()
    before = calculate(study, "default")["total"].item()
    if (option, product) == ("substitution", "chips"):
        assert found.moved != found.moved and found.without_number == "absent"
    else:
        assert found.moved == pytest.approx(after - before, abs=1e-12)
        assert sum(e.moved for e in found.exchanges) + found.rest == pytest.approx(found.moved, abs=1e-12)


@pytest.mark.parametrize("changes", [
    {"multifunctionality": "price", "characterization": "gwp20_ar6"},
    {"boundary": "no_capital_goods", "linking": "by_location", "multifunctionality": "equal"},
])  # fmt: skip
def test_on_the_teaching_study_the_terms_sum(changes: dict[str, str]) -> None:
    study = read_study(study_path("teaching"))
    rules = load_rule_set("default").replace(**changes)
    total = calculate(study, rules)["total"].isel(rule_set=0)
    for found in explain(study, rules, most=3):
        neutral = rules.replace(**{found.slot: BY_KEY[found.slot].neutral})
        before = (
            calculate(study, neutral)["total"].isel(rule_set=0) if neutral.digest != rules.digest else total
        )
        moved = total.sel(product=found.product).item() - before.sel(product=found.product).item()
        scale = abs(total.sel(product=found.product).item())
        assert found.moved == pytest.approx(moved, abs=1e-10 * scale)
        assert sum(e.moved for e in found.exchanges) + found.rest == pytest.approx(
            found.moved, abs=1e-9 * scale
        )
        assert len(found.exchanges) <= 3


def test_an_unknown_product_is_named() -> None:
    with pytest.raises(RuleError, match="has no product 'nothing'"):
        explain(study_of(mill(), ("mill", "lumber", 1.0)), "default", product="nothing")


@pytest.mark.parametrize("key", ["pas-2050-2011", "eu-pef-2021", "ghgp-product-2011", "en-15804-a2"])
def test_under_published_rule_sets_the_terms_sum(key: str) -> None:
    """Recycling, cut-off, biogenic carbon and land use act on the same exchanges; the split stays exact."""
    study = read_study(study_path("teaching"))
    for found in explain(study, load_rule_set(key).as_what_if(), most=4):
        terms = sum(e.moved for e in found.exchanges) + found.rest + found.delayed
        assert terms == pytest.approx(found.moved, abs=1e-9 * max(abs(found.moved), 1e3))
        assert rule_in_words(found)
        assert all(exchange_in_words(exchange) for exchange in found.exchanges)


def test_what_is_reported_apart_is_no_part_of_what_was_moved() -> None:
    """Weighting by year stands beside the total, or in it, with the same amount."""
    study = read_study(study_path("teaching"))
    default = load_rule_set("default")
    beside = default.replace(timing="pas2050")
    within = default.replace(timing=Rule("timing", (Line("pas2050", parameters={"in_total": True}),)))
    first, second = (movement(study, rules, "timing", "lumber") for rules in (beside, within))
    assert first.moved == 0.0 and first.delayed == 0.0 and first.apart < -1.0
    assert (second.moved, second.delayed) == pytest.approx((first.apart, first.apart))
    assert second.apart == 0.0
    assert "against “every emission counts as if at the start”; apart from the total −" in rule_in_words(
        first
    )
    assert "by weighting the years of emissions" in rule_in_words(second)
    found = attribute(study, default, beside).sel(product="lumber", player="timing")
    assert found["shapley"].item() == 0.0
    assert "moves only what is reported apart from the total: −" in found["reason"].item()
    assert found["reason"].item().endswith("kg CO2e against default"), "the reference is named on the line"
    assert "kg CO2e against “every emission counts" in rule_in_words(first), "another reference, named too"
