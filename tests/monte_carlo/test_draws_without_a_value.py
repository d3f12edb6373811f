"""Formulas without a value in some draws, spreads beside their amounts, what is said to be sampled, cancel, numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import ArgumentError, CancelledError, FormulaError, RefusedError, StudyError
from carbonlab.execution import LocalProcesses, ThisProcess
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.records import (
    DatabaseMeta,
    Distribution,
    Exchange,
    Flow,
    Parameter,
    UnitProcess,
)
from carbonlab.monte_carlo import Until, simulate
from carbonlab.results.calculate import evaluate
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import perturb
from carbonlab.sensitivity.screening import screen
from carbonlab.system.lane_values import LaneValues
from carbonlab.system.study import Study
from carbonlab.vocabulary import DistributionKind, FlowKind, LifeCycleStage
from tests.monte_carlo.spread_systems import emitted, inventory, lognormal, loop_study, made, normal, used
from tests.tiny import GASES

DRAWS = 256


def root_study(*, deviation: float = 0.5, elsewhere: str = "1", stage: bool = False) -> Study:
    """A widget takes sqrt(x) of steel, x normal around 1; a formula elsewhere is of no importance for it."""
    builder = DatabaseBuilder(DatabaseMeta(name="roots"))
    builder.flows += [
        Flow(id=f, name=f, kind=FlowKind.PRODUCT, unit="kg") for f in ("widget", "steel", "toy")
    ]
    builder.flows.append(GASES["co2"])

    def taken(flow: str, formula: str, key: str) -> Exchange:
        of = LifeCycleStage.PRODUCTION if stage else None
        return Exchange(flow=flow, is_input=True, amount=1.0, formula=formula, id=key, stage=of)

    def process(key: str, *exchanges: Exchange) -> UnitProcess:
        out = Exchange(flow=key, is_input=False, amount=1.0, is_reference=True, id=f"{key} out")
        return UnitProcess(id=key, name=key, exchanges=(out, *exchanges))

    steel = process("steel", replace(emitted("co2", 2.0, normal(2.0, 0.1)), id="steel co2"))
    builder.processes += [
        process("widget", taken("steel", "sqrt(x)", "root")),
        steel,
        process("toy", taken("steel", elsewhere, "elsewhere")),
    ]
    builder.parameters.append(Parameter(name="x", amount=1.0, distribution=normal(1.0, deviation)))
    study = Study.of(builder.build(), "widget")
    return study.with_sampling(SamplingPlan(draws=DRAWS, seed=3))


def x_of(study: Study) -> np.ndarray:
    inputs = inputs_of(study.databases[0], study.sampling or SamplingPlan())
    at = inputs.label.tolist().index("parameters:||x")
    return inputs.draw(np.arange(DRAWS), np.array([at]))[0].astype(float)


def test_a_draw_in_which_a_formula_has_no_value_is_counted_named_and_left_out() -> None:
    study = root_study()
    lost = x_of(study) < 0
    assert 2 < lost.sum() < 20
    found = simulate(study, by=("gas",))
    assert found["draws_with_number"].item() == DRAWS - lost.sum()
    word = "a formula has no value: no product has a number"
    assert found["lanes_by_status"].sel(lane_status=word).item() == lost.sum()
    assert found.attrs["failed_lanes"] == lost.sum()
    assert "'sqrt' has no value for" in found.attrs["formulas_without_value"]
    assert "root" in found.attrs["formulas_without_value"]
    co2 = inputs_of(study.databases[0], study.sampling or SamplingPlan())
    at = np.array([co2.label.tolist().index("exchanges:steel|steel co2")])
    exact = np.sqrt(x_of(study)[~lost]) * co2.draw(np.arange(DRAWS), at)[0][~lost]
    assert found["mean"].item() == pytest.approx(exact.mean(), rel=1e-6)
    assert found["part_mean"].sum().item() == pytest.approx(exact.mean(), rel=1e-6)
    for other in (simulate(study, by=("gas",), chunk=64, executor=ThisProcess(threads=1)),):
        for name in found.data_vars:
            np.testing.assert_array_equal(other[name], found[name])


def test_processes_count_and_name_it_too() -> None:
    found, here = simulate(root_study(), executor=LocalProcesses(1)), simulate(root_study())
    assert found.attrs["formulas_without_value"] == here.attrs["formulas_without_value"] != ""
    np.testing.assert_array_equal(found["mean"], here["mean"])


def test_a_formula_that_does_not_matter_may_have_no_value() -> None:
    """Not for the widget, not for its stages; for the toy that takes it, it is counted."""
    study = root_study(deviation=0.05, elsewhere="1 + 0 * ln(x - 0.95)")
    found = simulate(study, by=("stage",))
    assert (found["draws_with_number"].item(), found.attrs["failed_lanes"]) == (DRAWS, 0)
    assert found.attrs["formulas_without_value"] == ""
    assert found["part_mean"].sum().item() == pytest.approx(found["mean"].item(), rel=1e-6)
    every = simulate(study, products="all")
    assert every.attrs["failed_lanes"] == (x_of(study) <= 0.95).sum() > 0


def test_a_formula_that_never_has_a_value_leaves_no_number() -> None:
    found = simulate(root_study(elsewhere="1 / (x - x)"), products="all")
    assert found.attrs["failed_lanes"] == DRAWS and found["mean"].isnull().all()
    assert "has no value for" in found.attrs["formulas_without_value"]


def test_the_reference_way_says_which_draw_has_no_value() -> None:
    study = root_study()
    evaluation = evaluate(study)[0]
    values = LaneValues(evaluation.system, study.sampling or SamplingPlan(), evaluation.weights)
    lost = np.flatnonzero(x_of(study) < 0)
    with pytest.raises(FormulaError, match="'sqrt' has no value"):
        values.amounts(lost[:1])


def test_sensitivities_do_not_average_over_what_has_no_value() -> None:
    study = root_study()
    split = data_and_rules(study, {"characterization": ["gwp100_ar6", "gwp20_ar6"]}, draws=DRAWS)
    assert split.attrs["failed_lanes"] > 0 and split["share"].isnull().all()
    with pytest.raises(Exception, match="the result has no number at"):
        global_sensitivity(study, samples=64)


# -- spreads that do not lie where their amount does ------------------------------------------------------


def test_spreads_beside_the_stated_value_are_counted_and_named() -> None:
    uniform = Distribution(kind=DistributionKind.UNIFORM, minimum=2.0, maximum=3.0)
    triangle = Distribution(kind=DistributionKind.TRIANGULAR, loc=2.0, minimum=0.5, maximum=3.0)
    study = Study.of(
        inventory(
            "odd",
            {
                "w": (made("w"), used("s", 1.0, normal(1.5, 0.1)), emitted("co2", 1.0, uniform)),
                "s": (made("s"), emitted("co2", 1.0, triangle), emitted("ch4", 0.1, lognormal(0.2, 1.1))),
            },
        ),
        "w",
    )
    found = simulate(study, draws=16)
    counts = json.loads(found.attrs["sampled"])
    assert counts["lognormals_recentered"] == 1
    assert (counts["spreads_around_another_value"], counts["spreads_without_the_stated_value"]) == (2, 1)
    words = found.attrs["odd_spreads"]
    carbon_dioxide = GASES["co2"].name
    for name in ("w – s", f"s – {carbon_dioxide}", f"w – {carbon_dioxide}"):
        assert name in words
    listed = first_order(study)
    assert listed.attrs["spreads_around_another_value"] == 2
    assert listed.attrs["spreads_without_the_stated_value"] == 1
    assert simulate(loop_study(), draws=16).attrs["odd_spreads"] == ""


def test_what_nothing_uncertain_moves_is_not_called_certain() -> None:
    processes = {
        "w": (made("w"), emitted("co2", 1.0)),
        "s": (made("s"), emitted("co2", 1.0, normal(1.0, 0.1))),
    }
    study = Study.of(inventory("apart", processes), "w")
    with pytest.raises(RefusedError, match="nothing that is uncertain moves the footprint of"):
        simulate(study, draws=16)
    every = simulate(study, products="all", draws=16)
    assert every.attrs["without_uncertainty"] == "w w under default"
    assert simulate(loop_study(), draws=16).attrs["without_uncertainty"] == ""


def test_one_rule_set_may_be_named_alone() -> None:
    found = simulate(loop_study(), rule_sets="iso-14067-2018", draws=16)
    assert found["rule_set"].values.tolist() == ["iso-14067-2018"]


def test_what_is_sampled_is_said_for_every_rule_set() -> None:
    """Ignoring biogenic carbon leaves less to draw than counting it."""
    study = loop_study(None, "default", "iso-14067-2018")
    counts = json.loads(simulate(study, draws=16).attrs["sampled"])
    assert set(counts["by_rule_set"]) == {"default", "iso-14067-2018"}
    for own in counts["by_rule_set"].values():
        assert own["varying_technosphere_values"] > 0
    assert counts["uncertain_inputs"] > 0 and "uncertain_inputs" not in counts["by_rule_set"]["default"]


# -- cancel before the first draw ----------------------------------------------------------------------------


class AfterAsked:
    """Like an event that is set once it was asked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("times", range(5))
def test_cancelled_before_the_first_draw_it_says_so_while_systems_are_built(times: int) -> None:
    study = loop_study(None, "default", "iso-14067-2018")
    with pytest.raises(CancelledError, match="was cancelled before its first draw"):
        simulate(study, cancel=AfterAsked(times))


def test_cancelled_after_it_the_draws_so_far_are_the_result() -> None:
    cancel = Event()
    found = simulate(loop_study(), chunk=64, cancel=cancel, progress=lambda done, total: cancel.set())
    assert (found.attrs["draws"], found.attrs["ended"]) == (64, "it was cancelled")


# -- numbers that are none ------------------------------------------------------------------------------------

WRONG: dict[str, Any] = {
    "until": lambda study: simulate(study, until=True),
    "until text": lambda study: simulate(study, until="0.1"),
    "width": lambda study: Until(True),
    "every": lambda study: Until(0.1, every=True),
    "draws": lambda study: simulate(study, draws=True),
    "draws as text": lambda study: simulate(study, draws="100"),
    "draws with a fraction": lambda study: simulate(study, draws=1e3),
    "chunk": lambda study: simulate(study, chunk=True),
    "checkpoint_every": lambda study: simulate(study, checkpoint_every=True),
    "quantiles": lambda study: simulate(study, quantiles=[True]),
    "threads": lambda study: ThisProcess(threads=True),
    "workers": lambda study: LocalProcesses(True),
    "change": lambda study: perturb(study, change=True),
    "inputs of perturb": lambda study: perturb(study, inputs=True),
    "largest": lambda study: first_order(study, largest=True),
    "share": lambda study: screen(study, share=True),
    "most": lambda study: screen(study, most=True),
    "seed of screen": lambda study: screen(study, seed=True),
    "inputs": lambda study: global_sensitivity(study, inputs=True),
    "samples": lambda study: global_sensitivity(study, samples=True),
    "level": lambda study: global_sensitivity(study, level=True),
    "seed": lambda study: global_sensitivity(study, seed=False),
    "width of intervals": lambda study: global_sensitivity(study, width=True),
    "draws of data_and_rules": lambda study: data_and_rules(study, {}, draws=True),
    "seed of data_and_rules": lambda study: data_and_rules(study, {}, seed=False),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_truth_value_or_text_is_no_number(name: str) -> None:
    with pytest.raises(ArgumentError, match=r"has to be a (whole )?number; .* was given"):
        WRONG[name](loop_study())


MAKE_NO_SENSE: dict[str, Any] = {
    "chunk": (lambda study: simulate(study, chunk=0), "from 1 on; the number 0 was given"),
    "level": (lambda study: global_sensitivity(study, level=95), "write 0.95"),
    "level of the split": (lambda study: data_and_rules(study, {}, level=95), "write 0.95"),
    "draws of the split": (lambda study: data_and_rules(study, {}, draws=1), "from 2 on"),
    "samples": (lambda study: global_sensitivity(study, samples=0), "from 1 on"),
    "seed": (lambda study: global_sensitivity(study, seed=-1), "from 0 on"),
    "method": (lambda study: global_sensitivity(study, method="fast"), "use one of sobol, morris, delta"),
    "largest": (lambda study: first_order(study, largest=0), "from 1 on"),
}


@pytest.mark.parametrize("name", MAKE_NO_SENSE)
def test_numbers_that_make_no_sense(name: str) -> None:
    call, words = MAKE_NO_SENSE[name]
    with pytest.raises(StudyError, match=words):
        call(loop_study())


def test_a_truth_value_is_no_basic_uncertainty() -> None:
    with pytest.raises(StudyError, match="has basic_uncertainty = True"):
        SamplingPlan(basic_uncertainty=True)


def test_numbers_of_numpy_are_numbers() -> None:
    found = simulate(loop_study(), draws=np.int64(64), until=np.float32(0.5), chunk=np.int32(64))
    assert found.attrs["draws"] <= 64
