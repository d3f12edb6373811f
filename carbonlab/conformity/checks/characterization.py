"""Checks of the impact assessment: metric, vintage, one set, all gases, methane told apart."""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.checks.principles import gases_without_factor
from carbonlab.conformity.context import SIGNIFICANT, Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_applicable, not_met, upstream
from carbonlab.rules.factors.factor_tables import LATEST_VINTAGE
from carbonlab.vocabulary import CarbonOrigin, Component

SLOT = "characterization"


def _sets(context: Context) -> list[str]:
    return [part for part in context.work.characterization.label.split(", ") if part]


@check("I-01")
def latest_gwp100(context: Context) -> Outcome:
    """Each factor set is GWP100 of the latest report, or the rule's note says why not."""
    older = [name for name in _sets(context) if not name.startswith(LATEST_VINTAGE)]
    silent = [line.option for line in context.rules.rules[SLOT].lines if not line.reference.note]
    if older and silent:
        return not_met(f"{listed(older)} is not of {LATEST_VINTAGE}, and the rule gives no reason")
    if older:
        return met(
            f"{listed(older)}, with the reason: "
            f"{listed([line.reference.note for line in context.rules.rules[SLOT].lines])}"
        )
    return met(f"{listed(_sets(context))} is of the latest report")


@check("I-02")
def one_factor_set(context: Context) -> Outcome:
    """One set is used, and nothing that arrived characterized is in another."""
    sets = _sets(context)
    if len(sets) != 1:
        return not_met(f"{len(sets)} factor sets: {listed(sets)}", factor_sets=len(sets))
    used = {
        context.database.column("flows", "id")[f]
        for f in context.database.column("exchanges", "flow")[context.significant]
    }
    other = sorted(
        {f.flow for f in context.evaluation.findings if f.code == "aggregated_metric_differs"} & used
    )
    if other:
        return not_met(
            f"arrived in another metric or vintage, or does not say in which: {context.flow_names(other)}",
            flows=len(other),
        )
    if context.aggregated_share > SIGNIFICANT:
        return upstream(
            f"{sets[0]}; {context.aggregated_share:.1%} of a footprint arrived characterized",
            share=context.aggregated_share,
        )
    return met(sets[0])


@check("I-03")
def horizon_is_100(context: Context) -> Outcome:
    """The total is GWP100."""
    other = [name for name in _sets(context) if not name.endswith("GWP100")]
    if other or not _sets(context):
        return not_met(
            f"the total is in {listed(other) or 'no metric'}, which may only stand beside the footprint"
        )
    return met(f"the total is in {listed(_sets(context))}")


@check("I-04")
def all_gases_have_factors(context: Context) -> Outcome:
    """No climate-relevant flow that runs counts as zero."""
    bare = gases_without_factor(context)
    if bare:
        return not_met(f"count as zero: {context.flow_names(bare)}", gases_without_factor=len(bare))
    gases = sorted({gas for gas in context.work.characterization.gas.tolist() if gas})
    return met(f"gases with a factor: {listed(gases)}", gases=len(gases))


@check("I-05")
def methane_is_told_apart(context: Context) -> Outcome:
    """Every methane flow that runs says whether its carbon is fossil or biogenic."""
    gas = context.work.characterization.gas
    flow = context.database.column("exchanges", "flow")
    running = context.runs_for_any[context.database.column("exchanges", "process")]
    used = np.unique(flow[running & (gas[flow] == "CH4")])
    if not len(used):
        if context.aggregated_share > SIGNIFICANT:
            return upstream(
                f"{context.aggregated_share:.1%} of a footprint arrived characterized: methane cannot "
                "be seen",
                share=context.aggregated_share,
            )
        return not_applicable("no methane")
    component = context.work.characterization.component
    unspecified = {f.flow for f in context.evaluation.findings if f.code == "origin_unspecified"}
    stated = context.database.is_word(
        "flows", "origin", CarbonOrigin.FOSSIL, CarbonOrigin.BIOGENIC, CarbonOrigin.LAND_USE
    )
    ids, names = context.database.column("flows", "id"), context.database.column("flows", "name")
    vague = [
        row
        for row in used.tolist()
        if ids[row] in unspecified
        or (not stated[row] and component[row] == Component.FOSSIL and "fossil" not in names[row].lower())
    ]
    if vague:
        return not_met(
            f"methane of unstated origin, counted as fossil: {listed(names[vague].tolist())}",
            flows=len(vague),
        )
    factors = {
        f"{names[row]}: {context.work.characterization.factor[row]:.4g} kg CO2e/kg" for row in used.tolist()
    }
    return met(listed(sorted(factors)))
