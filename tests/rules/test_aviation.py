"""Aviation: what is multiplied, what is shown by itself. Numbers: tests/cases/aviation.toml."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate, evaluate
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.system.explain import explain
from carbonlab.system.study import Study
from carbonlab.vocabulary import Component
from tests.rules.rule_runs import (
    DEFAULT,
    case_study,
    check_only_logged_entries_differ,
    codes,
    intensity,
    run_case,
    with_option,
)
from tests.tiny import read_case, tiny_database

MULTIPLIER, SEPARATE = with_option("aviation", "multiplier"), with_option("aviation", "separate")


def test_only_co2_of_aircraft_is_multiplied_and_explains_itself() -> None:
    before, after = run_case("aviation", "farm"), run_case("aviation", "farm", MULTIPLIER)
    check_only_logged_entries_differ(before.system.work, after.system.work, "aviation")
    system = after.system
    row = list(system.intervention_labels).index("co2")
    (entry,) = explain(system, row, system.column_of("airline"), matrix="B")
    assert entry.factors == {"aviation": 1.7}
    assert [touch.option for touch in entry.touches if touch.slot == "aviation"] == ["multiplier"]
    assert intensity(before, "refinery") == intensity(after, "refinery")


def test_what_an_aircraft_takes_from_the_air_is_neither_multiplied_nor_shown_as_its_emission() -> None:
    data = copy.deepcopy(read_case("aviation"))
    airline = next(process for process in data["processes"] if process["id"] == "airline")
    airline["in"]["co2_taken"] = 0.1
    expected = {"co2": 0.5 * 1.7, "ch4": 0.001, "co2_taken": 0.1}
    apart = {"co2 (aircraft)": 0.5, "ch4 (aircraft)": 0.001, "co2_taken": 0.1}
    for rules, exchanged in ((MULTIPLIER, expected), (SEPARATE, apart)):
        (evaluation,) = evaluate(Study.of(tiny_database(data), "airline", rule_sets=(rules,)))
        system = evaluation.system
        values = system.matrices.B.toarray()[:, system.column_of("airline")]
        found = dict(zip(system.intervention_labels, values, strict=True))
        assert {name: value for name, value in found.items() if value} == pytest.approx(exchanged)


def test_shown_by_itself_the_total_stays() -> None:
    result = calculate(case_study("aviation", "farm", DEFAULT, SEPARATE))
    total = result["total"].squeeze()
    assert float(total[0]) == pytest.approx(float(total[1]), rel=1e-12)
    assert result["in_total"].sel(component=str(Component.AIRCRAFT)).values.all()
    parts = result["footprint"].sum(("stage", "year")).squeeze().sel(component="aircraft")
    assert parts.sel(gas="CO2").values.tolist() == pytest.approx([0.0, 4.0])
    assert parts.sel(gas="CH4").values.tolist() == pytest.approx([0.0, 8 * 0.0298])
    # the intensity of every product is split alike
    by_column = result["intensity"].isel(rule_set=1).sel(component="aircraft").values
    assert np.flatnonzero(by_column).tolist() == [0, 1]


def test_biogenic_co2_that_is_shown_apart_stays_apart() -> None:
    both = DEFAULT.replace(biogenic_carbon="separate", aviation="separate")
    evaluation = run_case("aviation", "farm", both)
    shown = evaluation.system.work.shown_as
    assert Component.BIOGENIC_CO2 not in shown
    assert len(shown[Component.AIRCRAFT]) == 2


def test_an_airline_of_choice_by_selector() -> None:
    rule = Rule("aviation", (Line("multiplier", Selector(process="ship*")), Line("none")))
    evaluation = run_case("aviation", "farm", DEFAULT.replace(aviation=rule))
    assert intensity(evaluation, "farm") == pytest.approx(5.1784)


@pytest.mark.parametrize("factor", [0.5, -1.7, 1000])
def test_a_factor_out_of_range_is_refused_by_its_words(factor: float) -> None:
    with pytest.raises(RuleError) as error:
        run_case("aviation", "farm", with_option("aviation", "multiplier", factor=factor))
    assert f"the aviation factor is {factor:g}" in str(error.value)
    assert "the factor is 1 or more" in str(error.value)


@pytest.mark.parametrize("rules", [MULTIPLIER, SEPARATE])
def test_an_inventory_without_aircraft_is_told(rules) -> None:  # type: ignore[no-untyped-def]
    assert "aviation_no_process" in codes(run_case("recycling", "can_maker", rules))
    assert "aviation_no_process" not in codes(run_case("aviation", "farm", rules))


def test_the_default_is_the_ratio_of_the_uk_factors(shared_reference) -> None:  # type: ignore[no-untyped-def]
    text = (shared_reference / "figures.md").read_text(encoding="utf-8")
    assert "ratio 1.69 for all three haul classes" in text
    from carbonlab.rules.options.aviation import DEFAULT_FACTOR

    assert pytest.approx(1.69, abs=0.011) == DEFAULT_FACTOR
