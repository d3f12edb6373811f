"""Monte Carlo as a user calls it: a study, draws, statistics; many draws in constant memory; many rule sets on
the same draws."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr
from scipy import sparse

from benchmarks.generated_database import build_generated_database
from benchmarks.generated_system import PRODUCTS, generate_system
from benchmarks.harness import Accuracy, Phase
from carbonlab.monte_carlo.simulate import simulate
from carbonlab.results.calculate import calculate
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.solve import prepare_iteration
from carbonlab.system.lane_values import LaneValues
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path

TITLE = "simulate, from the call to the statistics: a generated system, and 256 rule sets on the embedded inventory"
COLUMN = 77
OPTIONS = {
    "boundary": ("as_modelled", "no_capital_goods"),
    "linking": ("equal_split", "by_location"),
    "multifunctionality": (
        "default_chain", "mass", "energy", "price", "equal", "reference_flow", "stated", "substitution"
    ),
    "characterization": (
        "gwp100_ar6", "gwp20_ar6", "gtp100_ar6", "gwp100_ar5",
        "gwp20_ar5", "gwp100_ar4", "gwp100_tar", "gwp100_sar",
    ),
}  # fmt: skip
"""Their combinations are 256 rule sets."""
CHECKED = 16
"""Draws that are assembled and solved again on their own."""

Question = tuple[Study, int, tuple[RuleSet, ...], str | None]


def _generated(smoke: bool) -> Study:
    database = build_generated_database(generate_system(400 if smoke else PRODUCTS))
    return Study.of(database, database.column("processes", "id")[COLUMN])


def _one_product(folder: Path, smoke: bool) -> Question:
    return _generated(smoke), 40 if smoke else 1000, (load_rule_set("default"),), None


def _many_draws(folder: Path, smoke: bool) -> Question:
    return _generated(smoke), 200 if smoke else 100_000, (load_rule_set("default"),), None


def _all_products(folder: Path, smoke: bool) -> Question:
    return _generated(smoke), 40 if smoke else 1000, (load_rule_set("default"),), "all"


def _rule_sets(folder: Path, smoke: bool) -> Question:
    kept = {slot: options[: 2 if smoke else None] for slot, options in OPTIONS.items()}
    sets = [
        load_rule_set("default").replace(**dict(zip(kept, found, strict=True)))
        for found in product(*kept.values())
    ]
    return read_study(study_path("urea")), 16 if smoke else 256, tuple(sets), None


def _simulate(given: Question) -> tuple[Question, xr.Dataset]:
    study, draws, rule_sets, products = given
    return given, simulate(study, rule_sets=rule_sets, draws=draws, products=products)


def _mean_agrees(found: tuple[Question, xr.Dataset], folder: Path, smoke: bool) -> Accuracy:
    """Draw a few again: the mean against solves of every draw on its own, from matrices assembled the slow way."""
    study, _, rule_sets, _ = found[0]
    ours = float(simulate(study, rule_sets=rule_sets[:1], draws=CHECKED)["mean"].squeeze())
    system = build_product_system(study.databases, rule_sets[0])
    evaluation = evaluate_system(system)
    factors = np.asarray(evaluation.factors @ evaluation.weights)
    weights = sparse.csr_array(factors[None, :])
    values = LaneValues(system, SamplingPlan(), weights)
    column = system.column_of(study.units[0].process)
    alone = []
    for lane in range(CHECKED):
        matrices = values.matrices(lane)
        footprints = prepare_iteration(matrices.A).solve_transposed(matrices.B.T @ factors).x
        alone.append(footprints[column] * system.sign[column] * study.units[0].amount)
    wanted = float(np.mean(alone))
    return Accuracy(of=f"mean of {CHECKED} draws, one by one", error=abs(ours / wanted - 1), bound=1e-6)


def _static_agrees(found: tuple[Question, xr.Dataset], folder: Path, smoke: bool) -> Accuracy:
    """Calculate some of the rule sets on their own, at stated values."""
    (study, _, rule_sets, _), result = found
    worst = 0.0
    for place in range(0, len(rule_sets), max(1, len(rule_sets) // CHECKED)):
        alone = calculate(study, rule_sets[place])["total"].isel(rule_set=0)
        ours = result["static"].isel(rule_set=place)
        if (np.isnan(alone) != np.isnan(ours)).any():
            worst = np.inf
        worst = max(worst, float(np.nanmax(np.abs(ours / alone - 1), initial=0.0)))
    return Accuracy(of="rule sets calculated on their own, at stated values", error=worst, bound=1e-7)


def _report(found: tuple[Question, xr.Dataset], folder: Path, smoke: bool) -> str:
    (_, draws, rule_sets, _), result = found
    stages = zip(result["lane_stage"].values, result["lanes_by_stage"].sum("rule_set").values, strict=True)
    answered = ", ".join(f"{stage}: {count}" for stage, count in stages if count)
    return (
        f"{draws} draws × {len(rule_sets)} rule sets × {result.sizes['product']} products; largest bound on an error "
        f"{float(result['error_bound'].max()):.1e}; answered by {answered}"
    )


PHASES = (
    Phase(name="256 rule sets × 256 draws, embedded", setup=_rule_sets, run=_simulate, check=_static_agrees,
          note=_report),
    Phase(name="1,000 draws, one product", setup=_one_product, run=_simulate, check=_mean_agrees, note=_report),
    Phase(name="1,000 draws, all products", setup=_all_products, run=_simulate, note=_report, repeats=1),
    Phase(name="100,000 draws, one product", setup=_many_draws, run=_simulate, check=_mean_agrees, note=_report,
          repeats=1),
)  # fmt: skip
