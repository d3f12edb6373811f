"""How much of a result is data and how much is rule: every draw of the data under every combination of options.

The draws of all uncertain inputs are one factor, every rule slot another. The design is crossed, the draws are the
same under all rules, and the variance is split without an estimator (`carbonlab.sensitivity.variance`); intervals
come from resampling the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.arguments import checked_share, checked_whole
from carbonlab.errors import RefusedError
from carbonlab.monte_carlo.accumulate import Cancel, Progress
from carbonlab.monte_carlo.lane_group import is_failed
from carbonlab.monte_carlo.study_draws import StudyDrawer
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.sensitivity_schema import DATA_AND_RULES, with_units
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.asked import common_attributes
from carbonlab.sensitivity.rule_choices import Choices, combinations_of, label_choices
from carbonlab.sensitivity.variance import DATA, RULE_SET, TOGETHER, WITH_DATA, split_crossed
from carbonlab.sensitivity.watched_work import Watch
from carbonlab.system.study import Study, check_study

LARGEST = 2**27
"""Footprints that one design may have: they are held in memory."""


def data_and_rules(
    study: Study,
    slots: Choices,
    *,
    base: RuleSet | str | None = None,
    draws: int = 256,
    seed: int | None = None,
    level: float = 0.95,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> xr.Dataset:
    """Return how the variance of footprints splits into data, rule slots, and what they do together.

    Parameters
    ----------
    study : Study
        The products; its own rule sets play no part but for the default of `base`, its sampling plan says how
        numbers are spread.
    slots : mapping
        Slots and their options, see `carbonlab.sensitivity.rule_choices.Choices`; options count the same.
    base : RuleSet or str, optional
        Decides the slots that are not varied; by default the first rule set of the study.
    draws : int
        Of the streams, 2 at least.
    seed : int, optional
        By default that of the sampling plan.
    level : float
        Of the bootstrap intervals over the draws [-].
    progress : callable, optional
        Is told how many draws are evaluated under all combinations, and how many there are.
    cancel : Event-like, optional
        Stops the work between two pieces of the sample when set.

    Returns
    -------
    xarray.Dataset
        ``share`` (product, effect) with ``interval``: data alone, each slot alone, the slots with each other, data
        with the rules; the shares sum to one. ``main`` and ``total_effect`` (product, factor) for ``data`` and every
        slot. ``total`` (product, draw, slot, slot, ...): the footprints themselves [kg CO2e per unit of analysis].
        NaN for a product that lacks a number in some combination; ``failed_lanes`` counts draws without a
        trustworthy solution.

    Raises
    ------
    RefusedError
        If the inventory states no spread, a rule weights emissions by year, or the design is too large.
    StudyError, ArgumentError
        If a number makes no sense, or is none.
    RuleError, SolveError
        If a combination cannot be computed on stated amounts.
    CancelledError
        If it was cancelled.
    """
    check_study(study, "data_and_rules")
    draws, seed = _checked_numbers("data_and_rules", draws, seed, level)
    rules = study.rule_sets[0] if base is None else find_rule_set(base)
    options = label_choices(rules, slots)
    count = prod(len(labels) for labels in options.values())
    if count * draws * len(study.units) > LARGEST:
        raise RefusedError(
            f"{count} combinations of options and {draws} draws are too large a design",
            remedy="choose fewer options or draws",
        )
    plan = (study.sampling or SamplingPlan()).replace(kind="streams", inputs=(), draws=draws)
    plan = plan if seed is None else plan.replace(seed=seed)
    sets = [changed for _, changed in combinations_of(rules, options)]
    asked, watch = study.with_rule_sets(*sets).with_sampling(plan), Watch(progress, cancel)
    drawer = StudyDrawer(asked, None, (), check=watch.check)
    totals, failed, error_max = _drawn(drawer, len(study.units), draws, watch)
    shape = tuple(len(labels) for labels in options.values())
    total = np.moveaxis(totals, 0, -1).reshape(len(study.units), draws, *shape)
    result = _dataset(study, list(options), total, level=level, seed=plan.seed)
    result = result.assign_coords({slot: list(labels) for slot, labels in options.items()})
    result.attrs = common_attributes(study, rules, plan, DATA_AND_RULES) | {
        "slots": list(options),
        "rule_sets": count,
        "draws": draws,
        "level": level,
        "uncertain_inputs": len(drawer.inputs),
        "failed_lanes": failed,
        "error_max": error_max,
    }
    return with_units(result)


def data_and_rule_sets(
    study: Study,
    *,
    evaluations: Sequence[Evaluation] | None = None,
    draws: int = 256,
    seed: int | None = None,
    level: float = 0.95,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> xr.Dataset:
    """Return how the variance of footprints splits into data, choice of the rule set, and what they do together.

    The rule sets of the study are one factor, each of equal weight. For each product those are compared under which it
    has a number: ``rule_sets_with_number`` says how many; with less than two there is nothing to split.

    Parameters
    ----------
    study : Study
        With the rule sets.
    evaluations : sequence of Evaluation, optional
        The study under its rule sets, in their order, if it is solved already.
    draws, seed, level, progress, cancel
        As in `data_and_rules`.

    Returns
    -------
    xarray.Dataset
        As of `data_and_rules`, with ``rule_set`` as the only slot.

    Raises
    ------
    RefusedError
        If the inventory states no spread, or a rule set cannot be drawn.
    CancelledError
        If it was cancelled.
    """
    draws, seed = _checked_numbers("data_and_rule_sets", draws, seed, level)
    plan = (study.sampling or SamplingPlan()).replace(kind="streams", inputs=(), draws=draws)
    plan = plan if seed is None else plan.replace(seed=seed)
    asked, watch = study.with_sampling(plan), Watch(progress, cancel)
    drawer = StudyDrawer(asked, None, (), evaluations=evaluations, check=watch.check)
    totals, failed, error_max = _drawn(drawer, len(study.units), draws, watch)
    total = np.moveaxis(totals, 0, -1)
    exists = np.isfinite(total).any(axis=1)
    result = _dataset(study, [RULE_SET], total, level=level, seed=plan.seed, exists=exists)
    result["rule_sets_with_number"] = (
        ("product",),
        exists.sum(axis=1),
        {"units": "1", "long_name": "rule sets under which the product has a number"},
    )
    result = result.assign_coords({RULE_SET: [rules.key for rules in study.rule_sets]})
    result.attrs = common_attributes(study, study.rule_sets[0], plan, DATA_AND_RULES) | {
        "slots": [RULE_SET],
        "rule_sets": len(study.rule_sets),
        "draws": draws,
        "level": level,
        "uncertain_inputs": len(drawer.inputs),
        "failed_lanes": failed,
        "error_max": error_max,
    }
    return with_units(result)


def _checked_numbers(where: str, draws: int, seed: int | None, level: float) -> tuple[int, int | None]:
    checked_share(level, name="level", where=where)
    own = None if seed is None else checked_whole(seed, name="seed", where=where, least=0)
    return checked_whole(draws, name="draws", where=where, least=2), own


def _drawn(drawer: StudyDrawer, products: int, draws: int, watch: Watch) -> tuple[np.ndarray, int, float]:
    """Return footprints (rule sets, products, draws), lanes that failed, and the largest bound of an error."""
    count = len(drawer.evaluations)
    totals, failed, error_max = np.empty((count, products, draws)), 0, 0.0
    for lanes in watch.pieces(np.arange(draws, dtype=np.int64), lanes=count, where="draws under all rules"):
        for number, own in enumerate(drawer.draw(lanes, threads=None)):
            totals[number, :, lanes] = own.totals.T
            failed += int(is_failed(own.lane_status).sum())
            error_max = float(np.nanmax(own.error, initial=error_max))
        watch.report(int(lanes[-1]) + 1, draws)
    return totals, failed, error_max


def _dataset(
    study: Study,
    slots: list[str],
    total: np.ndarray,
    *,
    level: float,
    seed: int,
    exists: np.ndarray | None = None,
) -> xr.Dataset:
    """Return the dataset of footprints (products, draws, options ...); `exists` (products, options) says which options
    of the only slot count, by default all.
    """
    chosen = total if exists is None else [own[:, here] for own, here in zip(total, exists, strict=True)]
    blank = np.full((len(total[0]), 1), np.nan)  # one rule set is no choice between rule sets
    chosen = [own if exists is None or own.shape[1] > 1 else blank for own in chosen]
    splits = [split_crossed(values, slots, level=level, seed=seed) for values in chosen]
    each = ("product", "effect")
    data: dict[str, Any] = {
        "share": (each, np.array([split.shares for split in splits])),
        "interval": ((*each, "bound"), np.array([split.interval for split in splits])),
        "main": (("product", "factor"), np.array([split.main for split in splits])),
        "total_effect": (("product", "factor"), np.array([split.total for split in splits])),
        "variance": (("product",), [split.variance for split in splits]),
        "total": (
            ("product", "draw", *slots),
            total,
            {"units": IMPACT_UNIT, "long_name": "carbon footprint per unit of analysis"},
        ),
    }
    return xr.Dataset(
        data,
        coords={
            "product": [unit.key for unit in study.units],
            "product_name": ("product", [unit.name for unit in study.units]),
            "effect": [DATA, *slots, TOGETHER, WITH_DATA],
            "factor": [DATA, *slots],
            "bound": ["low", "high"],
        },
    )
