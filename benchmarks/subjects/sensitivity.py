"""Sensitivity on a generated system: first order of all inputs beside static solves, perturbation, Sobol' on 50."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.generated_database import build_generated_database
from benchmarks.generated_system import PRODUCTS, generate_system
from benchmarks.harness import Accuracy, Phase
from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.sensitivity.asked import footprint_of
from carbonlab.sensitivity.chosen_inputs import choose_inputs
from carbonlab.sensitivity.estimators import Factors, sobol_indices
from carbonlab.sensitivity.explicit_inputs import at_quantiles, with_values
from carbonlab.sensitivity.first_order import FirstOrder, first_order, first_order_of
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import perturb
from carbonlab.sensitivity.response import Response
from carbonlab.solve import factorize
from carbonlab.system.drawn_amounts import DrawnAmounts
from carbonlab.system.study import Study

TITLE = "sensitivity on a generated system of 23,523 products (nothing in it is data)"
SMALL = 600
PROCESS = "process-100"
INPUTS, SMALL_INPUTS = 50, 5
SAMPLES, SMALL_SAMPLES = 64, 8
STATIC_SOLVES = 5
STEP = 1e-4

Given = tuple[Study, Evaluation]


def _given(folder: Path, smoke: bool) -> Given:
    system = generate_system(SMALL if smoke else PRODUCTS)
    study = Study.of(build_generated_database(system), PROCESS)
    evaluation = evaluate(study)[0]
    first_order_of(footprint_of(study, evaluation=evaluation))  # what is loaded once is not measured
    return study, evaluation


def _five_static(given: Given) -> None:
    for _ in range(STATIC_SOLVES):
        evaluate_system(given[1].system)


def _five_forward(given: Given) -> None:
    evaluation = given[1]
    column = evaluation.system.column_of(PROCESS)
    for _ in range(STATIC_SOLVES):
        evaluation.run(column, 1.0)


def _arrays(given: Given) -> tuple[Given, FirstOrder]:
    return given, first_order_of(footprint_of(given[0], evaluation=given[1]))


def _dataset(given: Given) -> tuple[Given, xr.Dataset]:
    return given, first_order(given[0], evaluation=given[1])


def _derivatives_hold(result: tuple[Given, FirstOrder], folder: Path, smoke: bool) -> Accuracy:
    """Compare ten of the largest derivatives with central differences of refined factorizations."""
    (study, evaluation), found = result
    asked = footprint_of(study, evaluation=evaluation)
    system, c = evaluation.system, np.asarray(evaluation.factors @ evaluation.weights).ravel()
    exchanges = found.listed.table == 0
    at = found.largest(10, np.where(exchanges, found.variances, 0.0))
    worst = 0.0
    for place in at.tolist():
        ends = []
        for sign in (-1.0, 1.0):
            amounts = system.work.amounts.copy()
            amounts[found.listed.row[place]] *= 1.0 + sign * STEP
            matrices = system.matrices_for(amounts)
            ends.append(asked.demand * factorize(matrices.A).solve_transposed(c @ matrices.B).x[asked.column])
        slope = (ends[1] - ends[0]) / (2 * STEP * found.listed.stated[place])
        worst = max(worst, abs(found.listed.derivative[place] / slope - 1))
    return Accuracy(of="ten largest derivatives, central differences", error=worst, bound=1e-6)


def _counts(result: tuple[Given, FirstOrder], folder: Path, smoke: bool) -> str:
    (_, evaluation), found = result
    begin = time.perf_counter()
    evaluate_system(evaluation.system)
    middle = time.perf_counter()
    first_order_of(footprint_of(result[0][0], evaluation=evaluation))
    ratio = (time.perf_counter() - middle) / (middle - begin)
    uncertain = int((found.deviation > 0).sum())
    return (
        f"first order: {len(found.listed):,} inputs, {uncertain:,} of them uncertain; {ratio:.2f} times one static "
        f"solve of all products by gas in the same process (asked for: at most {STATIC_SOLVES})"
    )


def _perturbed(given: Given) -> xr.Dataset:
    return perturb(given[0], evaluation=given[1], change=0.1, inputs=20)


def _sobol(size: tuple[Given, int, int]) -> tuple[Given, xr.Dataset]:
    given, inputs, samples = size
    return given, global_sensitivity(given[0], inputs=inputs, samples=samples)


def _sized(folder: Path, smoke: bool) -> tuple[Given, int, int]:
    sizes = (SMALL_INPUTS, SMALL_SAMPLES) if smoke else (INPUTS, SAMPLES)
    return (_given(folder, smoke), *sizes)


def _points_hold(result: tuple[Given, xr.Dataset], folder: Path, smoke: bool) -> Accuracy:
    """Compare lanes at three random points with refined factorizations of their own matrices."""
    (study, evaluation), found = result
    asked = footprint_of(study, evaluation=evaluation)
    chosen = choose_inputs(asked, found["factor"].values.tolist())
    points = np.random.default_rng(0).uniform(size=(3, len(chosen.inputs)))
    explicit = with_values(chosen.inputs, at_quantiles(chosen.inputs, points))
    drawn, system = DrawnAmounts.of(evaluation.system, explicit), evaluation.system
    from_lanes = Response(asked, chosen.inputs).at_points(points)
    c = np.asarray(evaluation.factors @ evaluation.weights).ravel()
    worst = 0.0
    for lane in range(len(points)):
        rows = np.arange(system.database.exchanges.num_rows)
        matrices = system.matrices_for(drawn.amounts(rows, np.array([lane]))[:, 0])
        exact = asked.demand * factorize(matrices.A).solve_transposed(c @ matrices.B).x[asked.column]
        worst = max(worst, abs(from_lanes[lane] / exact - 1))
    return Accuracy(of="three random points, refined factorization", error=worst, bound=1e-6)


def _evaluations(result: tuple[Given, xr.Dataset], folder: Path, smoke: bool) -> str:
    attrs = result[1].attrs
    return (
        f"Sobol': {attrs['evaluations']:,} footprints at points of {attrs['varied_inputs']} inputs, which cover "
        f"{100 * attrs['covered']:.1f} % of the first-order variance; {attrs['verdict']}"
    )


def _salib_alone(size: tuple[Given, int, int]) -> None:
    _, inputs, samples = size
    names = tuple(map(str, range(inputs)))
    sobol_indices(Factors(names), lambda points: points.sum(axis=1), samples=samples)


PHASES = (
    Phase(name="five static solves", setup=_given, run=_five_static),
    Phase(name="five forward solves", setup=_given, run=_five_forward),
    Phase(name="first order, arrays", setup=_given, run=_arrays, check=_derivatives_hold, note=_counts),
    Phase(name="first order, all rows named", setup=_given, run=_dataset),
    Phase(name="20 inputs, ± 10 %", setup=_given, run=_perturbed),
    Phase(name="Sobol' on 50", setup=_sized, run=_sobol, check=_points_hold, note=_evaluations, repeats=1),
    Phase(name="SALib alone", setup=_sized, run=_salib_alone, needs=("SALib",), repeats=1),
)
