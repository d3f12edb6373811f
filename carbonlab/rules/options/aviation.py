"""Aviation: what altitude adds to the effect of aircraft emissions, and whether they are shown apart.

The options act on direct emissions of processes with the role air_transport (their own, or that of the
service that they supply); what they take in (kerosene, airports) is left alone, as high altitude changes
nothing there.
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import IntArray
from carbonlab.rules.factors import COMPONENTS, GASES, match_flows
from carbonlab.rules.parts import air_transport_processes
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Component, FlowKind, Severity

DEFAULT_FACTOR = 1.7
"""All effects of an aircraft per effect of its CO2 [-]: the freight factors of the UK set differ by 1.69."""


@register("aviation", "none")
def none(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """No multiplier for the altitude of aircraft emissions (ISO 14067 6.4.9.7, recalled)."""
    return work


@register("aviation", "multiplier", parameters={"factor": (float, int)})
def multiplier(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """CO2 of aircraft counts with a factor, 1.7 by default, in the total (UK factors of 2025, summary).

    The fuel chain is not multiplied: well-to-tank factors of the same source are equal with and without
    forcing.
    """
    factor = float(parameters.get("factor", DEFAULT_FACTOR))
    if not 1.0 <= factor < 100.0:
        raise RuleError(
            f"the aviation factor is {factor:g}",
            where="slot aviation, option multiplier",
            why="altitude adds to the effect of the CO2 alone: the factor is 1 or more",
            remedy="state what the CO2 is multiplied with, such as 1.7",
        )
    match = match_flows(work.database)
    own = _of_aircraft(work, rows)
    carbon = own[
        (match.gas[work.intervention.flow[own]] == GASES.index("CO2"))
        & (match.sign[work.intervention.flow[own]] > 0)
    ]
    if factor != 1.0:
        work = work.factor("intervention", carbon, np.full(len(carbon), factor))
    return work.with_finding(*_findings(work, own))


@register("aviation", "separate")
def separate(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Direct emissions of aircraft are in the total, shown by themselves (ISO 14067 6.4.9.7, summary)."""
    own = _of_aircraft(work, rows)
    if work.shown_as:  # what another rule shows by itself stays there: it may be outside the total
        own = np.setdiff1d(own, np.concatenate(list(work.shown_as.values())))
    match = match_flows(work.database)
    flow = work.intervention.flow[own]
    emitted = (match.sign[flow] > 0) & (match.component[flow] != COMPONENTS.index(Component.AGGREGATED))
    return work.show_as(Component.AIRCRAFT, own[emitted]).with_finding(*_findings(work, own))


def _of_aircraft(work: Work, rows: IntArray) -> IntArray:
    return rows[air_transport_processes(work.database)[work.intervention.process[rows]]]


def _findings(work: Work, rows: IntArray) -> list[Finding]:
    if not air_transport_processes(work.database).any():
        return [Finding(code="aviation_no_process", severity=Severity.INFO)]
    totals = work.database.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)[work.intervention.flow[rows]]
    if not totals.any():
        return []
    return [Finding(code="aviation_total_kept", amount=int(totals.sum()), unit="exchanges")]
