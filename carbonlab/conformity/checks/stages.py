"""Checks of life-cycle stages: modelled, tagged, summing to the result."""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_met
from carbonlab.results.schema import CANCELLATION
from carbonlab.vocabulary import LifeCycleStage

REASON_FIELD = {LifeCycleStage.USE: "use_and_end_of_life", LifeCycleStage.END_OF_LIFE: "use_and_end_of_life"}
"""Where the scope says why a stage is left out; ``boundary`` for the others."""


@check("P-01")
def stages_are_modelled(context: Context) -> Outcome:
    """Each stage has something modelled for it, or the scope says why not; a functional unit needs all, or
    a reason for each.
    """
    said: list[str] = []
    silent: list[str] = []
    for product in context.products:
        for stage in LifeCycleStage:
            if str(stage) in context.stages_of(product):
                continue
            text = context.study.scope.get(REASON_FIELD.get(stage, "boundary"), "").strip()
            (said if text else silent).append(f"{stage} of {product.unit.key}")
    if silent:
        return not_met(
            f"left out without a word in the scope: {listed(silent)}", stages_without_reason=len(silent)
        )
    if said:
        return met(f"left out, as the scope says: {listed(said)}", stages_left_out=len(said))
    return met("all five stages are modelled for every product")


@check("L-01")
def processes_have_one_stage(context: Context) -> Outcome:
    """Each link of the foreground that leaves it, and each emission in it, states a stage, or its process
    does.
    """
    if not context.work.foreground.any():
        return not_met("the study models no process of its own, so that nothing states a stage")
    database = context.database
    process = database.column("exchanges", "process")
    tagged = (database.codes("exchanges", "stage")[0] >= 0) | (database.codes("processes", "stage")[0] >= 0)[
        process
    ]
    functional = np.zeros(database.exchanges.num_rows, bool)
    functional[context.work.technosphere.exchange[context.system.columns.entry]] = True
    made_here = np.zeros(database.flows.num_rows, bool)
    made_here[context.system.columns.flow[context.work.foreground[context.system.columns.process]]] = True
    inherits = made_here[
        database.column("exchanges", "flow")
    ]  # a link within the foreground passes on what its supplier states
    bare = np.flatnonzero(context.is_foreground_exchange & ~tagged & ~functional & ~inherits)
    if len(bare):
        return not_met(
            f"{len(bare)} links of the study state no stage: {context.exchange_names(bare)}",
            links_without_stage=len(bare),
        )
    return met(f"all {int(context.is_foreground_exchange.sum())} exchanges of the study belong to one stage")


@check("L-02")
def stages_sum_to_the_result(context: Context) -> Outcome:
    """Add the stages of the components in the total."""
    parts = context.here["footprint"].where(context.here["in_total"], 0.0)
    by_stage = (
        parts.sum([dim for dim in parts.dims if dim not in ("product", "stage")])
        .transpose("product", "stage")
        .values
    )
    totals = context.here["total"].transpose("product").values
    shares = []
    for product in context.products:
        own, total = by_stage[product.position], float(totals[product.position])
        gap = abs(own.sum() - total) / max(abs(total), float(np.abs(own).sum()), 1e-300)
        if not gap <= CANCELLATION:
            return not_met(
                f"{product.unit.key}: the stages sum to {own.sum():.6g}, the footprint is {total:.6g} "
                "kg CO2e",
                relative_gap=gap,
            )
        largest = int(np.argmax(np.abs(own)))
        shares.append(
            f"{product.unit.key}: {list(LifeCycleStage)[largest]} {own[largest] / total:.0%}"
            if total
            else product.unit.key
        )
    return met(f"stages sum to the footprint; largest: {listed(shares)}")
