"""How certain the footprints of a study are, as plain data: draws under all rule sets, the inputs that matter most,
data against rules, and which rule makes the widest gap in every draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.compare.attribute_draws import attribute_draws, check_drawn_attribution
from carbonlab.compare.drawn_attribution import hybrids_of
from carbonlab.messages import message
from carbonlab.monte_carlo import simulate
from carbonlab.monte_carlo.accumulate import Cancel, Progress
from carbonlab.report.sensitivity import input_labels
from carbonlab.report.uncertainty import summarize_uncertainty
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.data_and_rules import data_and_rule_sets
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.variance import DATA, RULE_SET, WITH_DATA
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import Status

TOP = 5
"""Inputs that are listed for each product."""
CROSSED_DRAWS = 256
"""Draws at most of what is compared under every rule set, or every mixture of two: their footprints are all kept."""
MOST_MIXTURES = 128
"""Rule sets at most that the widest gap is taken apart with; with more it takes minutes, and is left to its command."""


def assess_uncertainty(
    study: Study,
    evaluations: Sequence[Evaluation],
    *,
    draws: int,
    seed: int | None = None,
    widest: dict[str, Any] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[dict[str, Any], xr.Dataset]:
    """Return what a study report says about uncertainty, and the simulation that it rests on.

    Parameters
    ----------
    study : Study
    evaluations : sequence of Evaluation
        One per rule set.
    draws : int
        Of the simulation.
    seed : int, optional
        By default that of the study's sampling plan.
    widest : dict, optional
        The widest gap of the comparison (`carbonlab.compare.side_by_side`), taken apart in every draw.
    progress, cancel
        As in `carbonlab.monte_carlo.simulate`; progress is that of the simulation.

    Raises
    ------
    RefusedError
        If nothing in the inventory is uncertain, or a rule set cannot be drawn.
    """
    plan = study.sampling or SamplingPlan()
    asked = study if seed is None else study.with_sampling(plan.replace(seed=seed))
    simulation = simulate(asked, draws=draws, progress=progress, cancel=cancel)
    fewer = min(draws, CROSSED_DRAWS)
    crossed = len(study.rule_sets) > 1 and fewer > 1
    return {
        **summarize_uncertainty(simulation),
        "first_order": _first_order(asked, evaluations[0]),
        "split": _split(asked, evaluations, fewer, cancel) if crossed else None,
        "attribution": _attribution(asked, widest, fewer, cancel) if widest else None,
    }, simulation


def _first_order(study: Study, evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the inputs with the largest shares of the variance, product by product, under the first rule set."""
    found = []
    system = evaluation.system
    for unit in study.units:
        column = system.column_of(unit.process, unit.flow)
        names = (unit.name, str(system.database.column("processes", "name")[system.columns.process[column]]))
        status = Status(evaluation.status[column])
        if not status.has_number or status is Status.NON_PRODUCTIVE or not system.rule_set.applies(*names):
            continue
        result = first_order(study, product=unit.key, evaluation=evaluation, largest=TOP)
        own = result.isel(input=np.flatnonzero(result["share"].values > 0))
        found.append(
            {
                "product": unit.key,
                "name": unit.name,
                "unit": unit_per(
                    unit, str(system.database.column("flows", "unit")[system.columns.flow[column]])
                ),
                "standard_deviation": float(result.attrs["standard_deviation"]),
                "uncertain_inputs": int(result.attrs["uncertain_inputs_that_matter"]),
                "inputs": [
                    {
                        "input": label,
                        **{
                            name: float(one[name])
                            for name in ("stated", "standard_deviation", "elasticity", "share")
                        },
                        "unit": str(one["unit"].item()),
                    }
                    for label, one in zip(
                        input_labels(own), (own.isel(input=i) for i in range(own.sizes["input"])), strict=True
                    )
                ],
            }
        )
    return found


def unit_per(unit: UnitOfAnalysis, flow_unit: str) -> str:
    """Return the unit of a footprint in the reader's language, e.g. kg CO2e per 1 t."""
    return f"{IMPACT_UNIT} {message('report.per')} {unit.amount:g} {unit.unit or flow_unit}"


def _split(
    study: Study, evaluations: Sequence[Evaluation], draws: int, cancel: Cancel | None
) -> dict[str, Any]:
    result = data_and_rule_sets(study, evaluations=evaluations, draws=draws, cancel=cancel)
    rows = []
    for number, unit in enumerate(study.units):
        own = result.isel(product=number)
        if np.isnan(own["share"].values).all():
            continue
        effects = {"data": DATA, "rule_sets": RULE_SET, "together": WITH_DATA}
        rows.append(
            {
                "product": unit.key,
                "name": unit.name,
                "compared": int(own["rule_sets_with_number"]),
                **{
                    name: [
                        float(own["share"].sel(effect=effect)),
                        *own["interval"].sel(effect=effect).values.tolist(),
                    ]
                    for name, effect in effects.items()
                },
            }
        )
    return {"draws": draws, "level": float(result.attrs["level"]), "rows": rows}


def _attribution(study: Study, widest: dict[str, Any], draws: int, cancel: Cancel | None) -> dict[str, Any]:
    """Return the widest gap taken apart in every draw; a note in place of terms where that takes too long."""
    first, second = (_rule_set(study, widest[end]) for end in ("from", "to"))
    count = hybrids_of(first, second)
    known = {"name": widest["name"], "from": first.key, "to": second.key, "mixtures": count, "draws": draws}
    if count > MOST_MIXTURES:
        return {**known, "terms": [], "note": message("uncertainty.too_many_mixtures", count=count)}
    unit = next(unit for unit in study.units if unit.key == widest["product"])
    result = attribute_draws(replace(study, units=(unit,)), first, second, draws=draws, cancel=cancel)
    check_drawn_attribution(result)
    one = result.isel(product=0)
    if not int(one["draws_with_number"]):
        return {**known, "terms": [], "note": message("uncertainty.no_drawn_gap")}
    playing = one.isel(player=np.flatnonzero(one["plays"].values))
    order = np.argsort(-np.abs(playing["shapley_mean"].values), kind="stable")
    terms = [_term(playing.isel(player=int(place))) for place in order]
    whole = [float(one["difference_mean"]), *one["difference_interval"].values.tolist()]
    return {**known, "level": float(result.attrs["level"]), "difference": whole, "terms": terms, "note": ""}


def _term(one: xr.Dataset) -> dict[str, Any]:
    moves = bool(
        one["probability_positive"] + one["probability_negative"] > 0
    )  # else what is left is rounding
    low, high = one["shapley_interval"].values.tolist()
    return {
        "slot": str(one["player"].item()),
        "stated": float(one["shapley_of_stated"]) if moves else 0.0,
        "mean": float(one["shapley_mean"]) if moves else 0.0,
        "low": low if moves else 0.0,
        "high": high if moves else 0.0,
        "raises": float(one["probability_positive"]),
        "lowers": float(one["probability_negative"]),
    }


def _rule_set(study: Study, key: str) -> RuleSet:
    return next(rules for rules in study.rule_sets if rules.key == key)
