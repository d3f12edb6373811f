"""A small design of data by rules: every draw of the exchange amounts under every combination of options.
 The structure of each system (links, who is absent, which basis) is decided on nominal amounts and kept;
draws replace the amounts, and allocation shares follow them. Draws are the same under all rules. Every lane
is solved directly: a few hundred lanes of small systems are quick, Monte Carlo of large ones is not what this
is for.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.rule_space import Choices, combinations_of, label_choices
from carbonlab.errors import RefusedError, SolveError, StudyError
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.shared_solves import SharedFactorizations
from carbonlab.rules.entries import FloatArray
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.inputs import Inputs, inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.drawn_amounts import DrawnAmounts
from carbonlab.system.study import Study
from carbonlab.vocabulary import Component


def explore_data_and_rules(
    study: Study,
    base: RuleSet | str,
    choices: Choices,
    *,
    draws: int = 32,
    seed: int = 0,
    amounts: FloatArray | None = None,
) -> xr.Dataset:
    """Return the footprints under every combination of options in every draw of the data.

    Parameters
    ----------
    study, base, choices
        As in `carbonlab.compare.rule_space.explore_rules`.
    draws, seed : int
        Of the streams; what a lognormal keeps and the pedigree factors are those of the study's sampling plan.
    amounts : float array (draws, exchanges), optional
        Amounts to use instead, exchanges as in the combined inventory (foreground first).

    Returns
    -------
    xarray.Dataset
        ``total`` (product, draw, slot, slot, ...) [kg CO2e per unit of analysis]; NaN where a product has no
        number, or a lane has no trustworthy solution (``failed_lanes`` counts these and ``failure`` says why
        the first did).

    Raises
    ------
    StudyError
        If the amounts do not fit the inventory.
    RefusedError
        If the inventory states no spread and no amounts are given, or a rule weights emissions by year.
    RefusedError, RuleError, SolveError
        If a combination cannot be computed on nominal amounts.
    """
    rules = base if isinstance(base, RuleSet) else find_rule_set(base)
    options = label_choices(rules, choices)
    lanes = StudyLanes(study)
    inventory = lanes.inventory.database
    plan = _plan(study, draws, seed)
    inputs = _inputs(lanes, plan) if amounts is None else None
    systems = [(place, lanes.evaluate(rule_set)) for place, rule_set in combinations_of(rules, options)]
    _check_no_delay(systems)
    given = _drawn(systems[0][1], inputs) if inputs is not None else amounts
    drawn = np.asarray(given, float)
    if drawn.ndim != 2 or drawn.shape[1] != inventory.exchanges.num_rows or not np.isfinite(drawn).all():
        raise StudyError(
            f"the drawn amounts have the shape {drawn.shape} or are not all numbers",
            why=f"every draw needs one amount for each of the {inventory.exchanges.num_rows} exchanges",
            remedy="order them as the exchanges of foreground and databases, one row per draw",
        )
    shape = tuple(len(labels) for labels in options.values())
    total = np.full((len(drawn), *shape, len(study.units)), np.nan)
    failures: list[str] = []
    for draw, values in enumerate(drawn):
        shared = (
            SharedFactorizations()
        )  # systems of one draw meet in their matrices, those of two draws hardly
        for place, evaluation in systems:
            try:
                total[(draw, *place)] = _lane(
                    lanes, evaluation, values, shared, _more(evaluation, inputs, draw)
                )
            except SolveError as error:
                failures.append(error.what)
    slots = tuple(options)
    result = xr.Dataset(
        {"total": (("draw", *slots, "product"), total)},
        coords={
            "product": [unit.key for unit in study.units],
            "draw": np.arange(len(drawn)),
            **{slot: list(labels) for slot, labels in options.items()},
        },
    )
    result = result.transpose("product", "draw", *slots)
    result["total"].attrs = {"units": IMPACT_UNIT, "long_name": "carbon footprint per unit of analysis"}
    result.attrs = {
        "study": study.key,
        "study_digest": study.digest,
        "base": rules.key,
        "base_digest": rules.digest,
        "slots": list(slots),
        "seed": "amounts given" if amounts is not None else str(seed),
        "lognormal_keeps": plan.lognormal_keeps if amounts is None else "",
        "exchanges_that_vary": int((drawn != drawn[:1]).any(axis=0).sum()),
        "exchanges": drawn.shape[1],
        "failed_lanes": len(failures),
        "failure": failures[0] if failures else "",
    }
    return result


def _plan(study: Study, draws: int, seed: int) -> SamplingPlan:
    """Return the study's plan as independent streams."""
    plan = study.sampling or SamplingPlan()
    return plan.replace(kind="streams", inputs=(), draws=draws, seed=seed)


def _inputs(lanes: StudyLanes, plan: SamplingPlan) -> Inputs:
    database = lanes.inventory.database
    inputs = inputs_of(database, plan)
    if not len(inputs):
        raise RefusedError(
            f"nothing in {database.meta.name!r} states a spread that numbers can be drawn from",
            why="data would seem to be without uncertainty",
            remedy="hand over amounts of your own, or state distributions in the inventory",
        )
    return inputs


def _drawn(evaluation: Evaluation, inputs: Inputs) -> FloatArray:
    """Return the amounts (draws, exchanges) of all draws; they are the same under every rule set."""
    drawn = DrawnAmounts.of(evaluation.system, inputs)
    rows = np.arange(evaluation.system.database.exchanges.num_rows)
    return drawn.amounts(rows, np.arange(inputs.plan.draws)).T


def _more(
    evaluation: Evaluation, inputs: Inputs | None, draw: int
) -> tuple[FloatArray | None, FloatArray | float]:
    """Return drawn weights of co-products and ratios of drawn factors, where the data state such spreads."""
    if inputs is None or not (len(inputs.of_table("properties")) or len(inputs.of_table("factors"))):
        return None, 1.0
    drawn, lane = DrawnAmounts.of(evaluation.system, inputs), np.array([draw])
    return drawn.weights(lane)[:, 0], drawn.factor_ratios(lane)[:, 0]


def _check_no_delay(systems: list[tuple[tuple[int, ...], Evaluation]]) -> None:
    for _, evaluation in systems:
        work = evaluation.system.work
        if work.delay is not None and Component.DELAY_EFFECT not in work.apart:
            raise RefusedError(
                f"rule set {evaluation.system.rule_set.key!r} weights emissions by year inside the total",
                where="slot timing",
                why="draws are made without years: the weighting would be left out",
                remedy="use a timing rule without weighting, or look at the rules without draws",
            )


def _lane(
    lanes: StudyLanes,
    evaluation: Evaluation,
    amounts: FloatArray,
    shared: SharedFactorizations,
    more: tuple[FloatArray | None, FloatArray | float],
) -> FloatArray:
    """Return the footprints (products,) of one draw under one rule set."""
    weights, ratios = more
    matrices = evaluation.system.matrices_for(amounts, weights=weights)
    right = (ratios * (evaluation.factors @ evaluation.weights)) @ matrices.B
    intensity = shared.factorization(matrices.A).solve_transposed(right).x
    sign = np.sign(matrices.A.diagonal()[lanes.columns])
    has_number = np.isfinite(lanes.answers_of(evaluation).total)
    return np.where(has_number, sign * intensity[lanes.columns] * lanes.demands, np.nan)
