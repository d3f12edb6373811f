"""Characterization: one metric of one IPCC report per option; what it leaves out is a finding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonlab.rules.entries import IntArray
from carbonlab.rules.factors import (
    COMPONENTS,
    GASES,
    FactorSet,
    FlowFactors,
    FlowMatch,
    coverage,
    flow_factors,
    list_factor_sets,
    load_factor_set,
    match_flows,
)
from carbonlab.rules.registry import Action, Parameters, register
from carbonlab.rules.work import Work

STATED_GAS = "stated"
"""Stands for the gas of flows that have only a factor stated by the database."""


def _option(vintage: str, metric: str) -> Action:
    def characterize(work: Work, rows: IntArray, parameters: Parameters) -> Work:
        factors = load_factor_set(vintage, metric=metric, methane_split=parameters.get("methane_split"))
        match = match_flows(work.database)
        applied = _applied(work, rows, match, flow_factors(work.database, match, factors), factors)
        caught = set(work.database.column("flows", "id")[rows])
        findings = [
            f for f in coverage(work.database, match, factors).findings if f.flow in caught or not f.flow
        ]
        return applied.with_finding(*findings)

    characterize.__doc__ = f"{metric} of {vintage}."
    return characterize


def _applied(work: Work, rows: IntArray, match: FlowMatch, found: FlowFactors, factors: FactorSet) -> Work:
    given = work.characterization
    gas, component = given.gas.copy(), given.component.copy()
    mass, factor = given.mass.copy(), given.factor.copy()
    counts = rows[found.component[rows] >= 0]
    gas[counts] = [GASES[code] if code >= 0 else STATED_GAS for code in found.gas[counts]]
    component[counts] = [COMPONENTS[code] for code in found.component[counts]]
    mass[counts] = np.where(np.isfinite(match.kg_per_unit[counts]), match.kg_per_unit[counts], 1.0)
    factor[counts] = found.values[counts] / mass[counts]
    label = ", ".join(dict.fromkeys(filter(None, [given.label, str(factors)]))) if len(rows) else given.label
    metrics = tuple(dict.fromkeys([*given.metrics, factors.metric])) if len(rows) else given.metrics
    own = replace(given, gas=gas, component=component, mass=mass, factor=factor, label=label, metrics=metrics)
    return replace(work, characterization=own)


for _vintage, _metric in list_factor_sets():
    register(
        "characterization",
        f"{_metric}_{_vintage}".lower().replace("-", "_"),
        parameters={"methane_split": (str,)},
    )(_option(_vintage, _metric))
