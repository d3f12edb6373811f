"""Timing: laws of the weights, published response functions, embedded studies. Numbers: tests/cases."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.movement import explain
from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate
from carbonlab.rules.delay import CO2_SHARES, CO2_TIMES, Delay
from carbonlab.rules.factors import GASES, load_factor_set
from carbonlab.rules.options.timing import load_lifetimes
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.rules.rule_runs import (
    DEFAULT,
    case_study,
    check_only_logged_entries_differ,
    codes,
    run_case,
    with_option,
)

PAS, LINEAR = Delay("pas2050", 100.0), Delay("linear", 100.0)
DYNAMIC = Delay("dynamic", 100.0, load_lifetimes())
AIR = 5.1352e18 / 28.97e-3
"""Moles of air in the atmosphere: 5.1352e18 kg of 28.97 g/mol."""
year = st.floats(0, 150)


@given(
    st.sampled_from([PAS, LINEAR, DYNAMIC]),
    st.sampled_from(["CO2", *load_lifetimes()]),
    year,
    year,
    st.booleans(),
)
def test_weights_begin_at_one_never_rise_and_end_at_zero(
    delay: Delay, gas: str, first: float, second: float, single: bool
) -> None:
    early, late = sorted((first, second))
    assert delay.weight(gas, 0.0, single=single) == 1.0
    assert 1.0 >= delay.weight(gas, early, single=single) >= delay.weight(gas, late, single=single) >= 0.0
    assert delay.weight(gas, 100.0, single=single) == 0.0
    assert delay.weight(gas, -5.0, single=single) == 1.0


@pytest.mark.parametrize(
    ("t", "single", "expected"),
    [
        (1, True, 0.99),
        (2, True, 0.9848),
        (25, True, 0.81),
        (26, True, 0.74),
        (25, False, 0.75),
        (99, True, 0.01),
    ],
)
def test_weights_of_pas_2050(t: float, single: bool, expected: float) -> None:
    assert PAS.weight("CO2", t, single=single) == pytest.approx(expected, abs=1e-12)


def test_a_gas_without_lifetime_is_not_weighted() -> None:
    assert DYNAMIC.weight("CFC11", 50.0) == DYNAMIC.weight("CFC11", 150.0) == 1.0


def published(shared_reference: Path) -> dict[str, float]:
    with (shared_reference / "figures.csv").open(encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["name"].startswith(("IRF", "AGWP", "Lifetime", "Radiative"))
        ]
    return {row["name"]: float(row["value"]) for row in rows}


def test_response_and_lifetimes_are_those_published(shared_reference: Path) -> None:
    figures = published(shared_reference)
    for number in (1, 2, 3):
        assert CO2_SHARES[number] == figures[f"IRF CO2 a{number}"]
        assert CO2_TIMES[number] == figures[f"IRF CO2 tau{number}"]
    assert CO2_SHARES[0] == figures["IRF CO2 a0 (airborne forever)"]
    assert sum(CO2_SHARES) == pytest.approx(1.0)
    names = {"HCFC22": "HCFC-22", "CF4": "PFC-14", "C2F6": "PFC-116"}
    for gas, lifetime in load_lifetimes().items():
        name = names.get(gas, gas.replace("HFC", "HFC-"))
        assert lifetime == figures[f"Lifetime, {name}, AR6"], gas
    assert set(load_lifetimes()) <= set(GASES)


@pytest.mark.parametrize(("horizon", "rebuilt"), [(20, 2.436e-14), (100, 8.956e-14), (500, 3.141e-13)])
def test_warming_potential_of_co2_is_rebuilt(horizon: int, rebuilt: float, shared_reference: Path) -> None:
    # 1.3345e-5 W m-2 ppb-1; one kilogram of CO2 is 1/0.04401 moles
    forcing = 1.3345e-5 * 1e9 / 0.04401 / AIR
    value = forcing * DYNAMIC.retained("CO2", horizon)
    assert value == pytest.approx(rebuilt, rel=1e-3)
    printed = published(shared_reference).get(f"AGWP{horizon}, CO2, AR6")
    assert printed is None or value == pytest.approx(printed, rel=3e-3)


@pytest.mark.parametrize(
    ("gas", "efficiency", "mole", "expected"),
    [("CH4", 5.7e-4, 0.01604, 26.4), ("N2O", 2.8e-3, 0.04401, 262.0)],
)
def test_single_decay_gives_the_warming_potential_of_its_model(
    gas: str, efficiency: float, mole: float, expected: float
) -> None:
    co2 = 1.3345e-5 / 0.04401 * DYNAMIC.retained("CO2", 100)
    assert efficiency / mole * DYNAMIC.retained(gas, 100) / co2 == pytest.approx(expected, rel=3e-3)


@given(st.sampled_from(["CO2", "CH4", "N2O", "SF6"]), st.floats(0.5, 400))
def test_what_is_retained_is_the_integral_of_the_response(gas: str, years: float) -> None:
    def response(t: float) -> float:
        if gas == "CO2":
            return float(sum(a * np.exp(-t / tau) for a, tau in zip(CO2_SHARES, CO2_TIMES, strict=True)))
        return float(np.exp(-t / load_lifetimes()[gas]))

    assert DYNAMIC.retained(gas, years) == pytest.approx(quad(response, 0, years, epsabs=1e-10)[0], rel=1e-7)


def embedded(key: str, product: str, **parameters: Any) -> Study:
    study = read_study(study_path(key))
    rules = tuple(
        with_option("timing", option, **(parameters if option != "none" else {}))
        for option in ("none", "pas2050", "dynamic")
    )
    return replace(study, units=tuple(u for u in study.units if u.key == product), rule_sets=rules)


def test_embedded_lumber_is_burned_in_year_35() -> None:
    result = calculate(embedded("lumber", "life"))
    parts = result["footprint"].squeeze().sum(("stage", "component"))
    total = result["total"].squeeze()
    assert float(total[0]) == float(total[1]) == float(total[2])
    late = result["footprint"].isel(rule_set=0).sel(year=35.0).squeeze().sum(("stage", "component"))
    effect = result["footprint"].sel(component="delay_effect").squeeze().sum("stage")
    assert float(effect.isel(rule_set=1).sum()) == pytest.approx(-0.35 * float(late.sum()), rel=1e-9)
    weight = DYNAMIC.retained("CO2", 65.0) / DYNAMIC.retained("CO2", 100.0)
    assert 0.6 < weight < 0.75
    dynamic = effect.isel(rule_set=2).sel(year=35.0)
    assert float(dynamic.sel(gas="CO2")) == pytest.approx((weight - 1) * float(late.sel(gas="CO2")), rel=1e-9)
    methane = (1 - np.exp(-65 / 11.8)) / (1 - np.exp(-100 / 11.8))
    assert float(dynamic.sel(gas="CH4")) == pytest.approx(
        (methane - 1) * float(late.sel(gas="CH4")), rel=1e-9
    )
    assert not result["in_total"].sel(component="delay_effect").values[1:].any()
    assert parts.sizes["rule_set"] == 3


def test_embedded_urea_on_the_field_leaves_in_year_one() -> None:
    result = calculate(embedded("urea", "field"))
    first = result["footprint"].isel(rule_set=0).sel(year=1.0).squeeze().sum(("stage", "component"))
    effect = result["footprint"].sel(component="delay_effect", year=1.0).squeeze().sum("stage")
    assert float(first.sel(gas="CO2")) == pytest.approx(733.0)
    assert float(effect.isel(rule_set=1).sum()) == pytest.approx(-0.01 * float(first.sum()), rel=1e-9)
    n2o = (1 - np.exp(-99 / 109)) / (1 - np.exp(-100 / 109))
    assert float(effect.isel(rule_set=2).sel(gas="N2O")) == pytest.approx(
        (n2o - 1) * float(first.sel(gas="N2O")), rel=1e-9
    )


def test_at_the_start_the_dynamic_result_is_the_gwp() -> None:
    """All emissions of the gate product are at the start: the GWP is reproduced, whatever the horizon."""
    study = read_study(study_path("urea"))
    for horizon in (20, 100):
        rules = with_option("timing", "dynamic", horizon=horizon, in_total=True).replace(
            characterization=f"gwp{horizon}_ar6"
        )
        plain = DEFAULT.replace(characterization=f"gwp{horizon}_ar6")
        asked = replace(
            study, units=tuple(u for u in study.units if u.key == "gate"), rule_sets=(plain, rules)
        )
        total = calculate(asked)["total"].squeeze().values
        assert total[0] == total[1]
        assert load_factor_set("AR6", metric=f"GWP{horizon}").horizon == horizon


def test_in_the_total_it_is_the_weighted_footprint_and_compares() -> None:
    study = embedded("lumber", "life", in_total=True)
    result = calculate(study)
    total = result["total"].squeeze().values
    effect = result["footprint"].sel(component="delay_effect").sum(("stage", "year", "gas")).squeeze().values
    assert total[1:] == pytest.approx(total[0] + effect[1:], rel=1e-12)
    assert total[1] < total[2] < total[0]
    # a comparison sees the same number, and says that years moved it
    lanes = StudyLanes(study)
    for number, rules in enumerate(study.rule_sets):
        assert float(lanes.answer(rules).total[0]) == pytest.approx(total[number], rel=1e-9)
    moved = next(m for m in explain(study, study.rule_sets[1], lanes=lanes) if m.slot == "timing")
    assert moved.moved == pytest.approx(effect[1], rel=1e-9)
    assert moved.delayed == pytest.approx(effect[1], rel=1e-9)
    assert moved.exchanges == ()


def test_no_entry_is_touched() -> None:
    before = run_case("timing", "beam_40")
    after = run_case("timing", "beam_40", with_option("timing", "dynamic"))
    check_only_logged_entries_differ(before.system.work, after.system.work, "timing")
    assert [line for line in after.system.work.log if line.slot == "timing"] == []
    np.testing.assert_array_equal(before.intensity(), after.intensity())


def rules_with(timing: dict[str, Any], characterization: str) -> RuleSet:
    return with_option("timing", "dynamic", **timing).replace(characterization=characterization)


@pytest.mark.parametrize(
    ("timing", "characterization", "words"),
    [
        ({}, "gwp20_ar6", "weighted over 100 years and characterized with GWP20"),
        ({"horizon": 20}, "gwp100_ar6", "characterize with GWP20"),
        ({}, "gtp100_ar6", "characterized with GTP100"),
        ({"horizon": 0}, "gwp100_ar6", "the horizon of the timing rule is 0 years"),
    ],
)
def test_another_horizon_is_refused_by_its_words(
    timing: dict[str, Any], characterization: str, words: str
) -> None:
    with pytest.raises(RuleError) as error:
        calculate(case_study("timing", "beam_40", rules_with(timing, characterization)))
    assert words in str(error.value)


def test_a_part_of_the_emissions_cannot_be_weighted() -> None:
    with pytest.raises(RuleError, match="is about a part of the emissions"):
        run_case("timing", "beam_40", with_option("timing", "pas2050", select=Selector(process="forest")))


def test_what_is_not_weighted_is_told() -> None:
    assert "delay_without_years" in codes(run_case("aviation", "farm", with_option("timing", "linear")))
    assert "delay_without_years" not in codes(run_case("timing", "beam_40", with_option("timing", "linear")))
    study = embedded("lumber", "life")
    evaluation = StudyLanes(study).evaluate(study.rule_sets[2])
    assert "delay_total_kept" in codes(evaluation)


def test_years_that_are_apart_from_the_total_have_no_effect_on_it() -> None:
    """Under `separate` biogenic CO2 is not in the total, and its delay does not change the total either."""
    rules = with_option("timing", "linear").replace(biogenic_carbon="separate")
    result = calculate(case_study("timing", "beam_40", rules))
    effect = result["footprint"].sel(component="delay_effect").sum()
    assert float(effect) == pytest.approx(-0.4 * 0.2)
