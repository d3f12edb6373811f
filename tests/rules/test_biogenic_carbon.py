"""Biogenic carbon: closure of the two conventions, what is shown apart. Numbers: tests/cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate, evaluate
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.rules.rule_runs import (
    DEFAULT,
    case_study,
    check_only_logged_entries_differ,
    codes,
    intensity,
    run_case,
    teaching,
    with_option,
)
from tests.tiny import tiny_database

ZERO, SEPARATE = with_option("biogenic_carbon", "zero_zero"), with_option("biogenic_carbon", "separate")
amount = st.floats(0.01, 100).map(lambda value: round(value, 4))


def wood(taken: float, released: float, methane: float, fossil: float, yield_: float) -> Study:
    """A crop, half of it kept by a mill that has a co-product, then used with what the arguments release."""
    database = tiny_database(
        {
            "flows": {"crop": "kg", "board": "kg", "chips": "kg", "use": "item"},
            "processes": [
                {"id": "field", "out": {"crop": 1, "co2": fossil}, "in": {"co2_taken": taken}},
                {"id": "mill", "out": {"board": yield_, "chips": 2, "co2": 0.5}, "in": {"crop": yield_ + 2}},
                {
                    "id": "use",
                    "out": {"use": 1, "co2_biogenic": released, "ch4_biogenic": methane},
                    "in": {"board": 1},
                },
            ],
            "properties": [{"flow": flow, "name": "mass", "value": 1} for flow in ("board", "chips")],
        }
    )
    return Study.of(database, "use", rule_sets=[DEFAULT, ZERO])


@settings(max_examples=30)
@given(amount, amount, amount)
def test_both_conventions_agree_when_all_carbon_leaves_as_co2(
    taken: float, fossil: float, yield_: float
) -> None:
    one, zero = (
        intensity(evaluation, "use") for evaluation in evaluate(wood(taken, taken, 0.0, fossil, yield_))
    )
    assert one == pytest.approx(zero, rel=1e-9, abs=1e-9 * taken)


@settings(max_examples=30)
@given(amount, amount, amount, amount, amount)
def test_else_they_differ_by_the_stored_carbon(
    taken: float, released: float, methane: float, fossil: float, yield_: float
) -> None:
    one, zero = (intensity(e, "use") for e in evaluate(wood(taken, released, methane, fossil, yield_)))
    assert one - zero == pytest.approx(
        released - taken, rel=1e-9, abs=1e-9 * (taken + released + 27 * methane)
    )


def test_embedded_lumber_closes_over_its_life_and_not_at_the_gate() -> None:
    study = replace(read_study(study_path("lumber")), rule_sets=(DEFAULT, ZERO))
    result = calculate(study)
    gate, life = (result["total"].sel(product=key) for key in ("gate", "life"))
    # what burns badly leaves as methane: the carbon dioxide that it was made of is missing in the release
    methane = (
        result["inventory"]
        .sel(product="life", component="biogenic_emission", gas="CH4")
        .isel(rule_set=0)
        .sum()
    )
    assert float(life[1] - life[0]) == pytest.approx(float(methane) * 44 / 16, rel=1e-3)
    assert float(methane) > 0
    # one tonne of dry wood: half of it carbon
    assert float(gate[1] - gate[0]) == pytest.approx(1000 * 0.5 * 44 / 12, rel=0.03)


def test_only_biogenic_co2_is_touched() -> None:
    before, after = run_case("biogenic_carbon", "rotting"), run_case("biogenic_carbon", "rotting", ZERO)
    check_only_logged_entries_differ(before.system.work, after.system.work, "biogenic_carbon")
    assert (before.system.matrices.A != after.system.matrices.A).nnz == 0
    labels = list(after.system.intervention_labels)
    change = (before.system.matrices.B - after.system.matrices.B).toarray()
    assert {labels[row] for row in np.flatnonzero(change.any(axis=1))} == {"co2_taken", "co2_biogenic"}


def test_shown_apart_it_leaves_the_total_and_stays_in_the_result() -> None:
    study = case_study("biogenic_carbon", "rotting", DEFAULT, ZERO, SEPARATE)
    result = calculate(study)
    total, parts = result["total"].squeeze(), result["footprint"].sum(("stage", "year", "gas")).squeeze()
    assert float(total[1]) == pytest.approx(float(total[2]))
    assert result["in_total"].sel(component=["biogenic_uptake", "biogenic_co2"]).values[2].tolist() == [
        False,
        False,
    ]
    assert result["in_total"].sel(component="biogenic_emission").values.all()
    assert float(parts[0].sum()) == pytest.approx(float(parts[2].sum()))
    # methane is no part of it
    assert float(parts[2].sel(component="biogenic_emission")) == pytest.approx(0.4 * 27.0)
    assert (
        float(result["flow_contribution"].sel(elementary_flow="co2_biogenic (biogenic_co2)").squeeze()[2])
        == 0.0
    )


def test_food_and_feed_may_be_left_out_by_a_selector() -> None:
    rule = Rule(
        "biogenic_carbon", (Line("zero_zero", Selector(process="forest")), Line("minus_one_plus_one"))
    )
    evaluation = run_case("biogenic_carbon", "burning", DEFAULT.replace(biogenic_carbon=rule))
    assert intensity(evaluation, "burning") == pytest.approx((0.1 + 1.8) / 15)


@pytest.mark.parametrize(("apart", "words"), [([], "is []"), (["storage"], 'use ["uptake", "release"]')])
def test_bad_parameters_are_refused_by_their_words(apart: list[str], words: str) -> None:
    with pytest.raises(RuleError) as error:
        run_case("biogenic_carbon", "rotting", with_option("biogenic_carbon", "separate", apart=apart))
    assert words in str(error.value)


def test_a_part_of_the_uptake_cannot_be_shown_apart() -> None:
    with pytest.raises(RuleError, match="shows a part of the uptake of biogenic carbon apart"):
        run_case(
            "biogenic_carbon",
            "rotting",
            with_option("biogenic_carbon", "separate", select=Selector(process="rotting")),
        )


def test_totals_that_arrive_characterized_are_told() -> None:
    assert "biogenic_total_kept" in codes(evaluate(teaching("cement", ZERO))[0])
