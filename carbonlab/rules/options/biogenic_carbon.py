"""Biogenic carbon dioxide: counted when taken up and released, not at all, or shown apart.

The options act on carbon dioxide of biogenic origin only. Biogenic methane stays in the total with the factor
that the characterization gives it. Carbon of land-use change is a component of its own and is left alone
(slot land_use_change).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import IntArray
from carbonlab.rules.parts import is_biogenic_co2
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Component, FlowKind, Severity

UPTAKE, RELEASE = "uptake", "release"


@register("biogenic_carbon", "minus_one_plus_one")
def minus_one_plus_one(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Biogenic CO2 counts −1 when taken up and +1 when released (ISO 14067 6.5.2, summary)."""
    return work


@register("biogenic_carbon", "zero_zero")
def zero_zero(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Biogenic CO2 counts neither when taken up nor when released (PEF, EU 2021/2279, recalled)."""
    own = np.concatenate([_uptake(work, rows), _release(work, rows)])
    work = work.factor("intervention", own, np.zeros(len(own)))
    return work.with_finding(*_totals_kept(work, rows))


@register("biogenic_carbon", "separate", parameters={"apart": (list,)})
def separate(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Biogenic CO2 is shown apart from the total (GHG Protocol Product Standard, PACT v3 3.3.2.4, summary).

    Parameter of the line: `apart`, what is left out of the total: ``["uptake", "release"]`` (default), or one
    of them.
    """
    apart = parameters.get("apart", [UPTAKE, RELEASE])
    unknown = [word for word in apart if word not in (UPTAKE, RELEASE)]
    if unknown or not apart:
        raise RuleError(
            f"parameter 'apart' of the biogenic carbon rule is {apart!r}",
            where="slot biogenic_carbon, option separate",
            why="it is not clear what is left out of the total",
            remedy=f'use ["{UPTAKE}", "{RELEASE}"], or one of them',
        )
    release = _release(work, rows)
    components = set()
    if UPTAKE in apart:
        if len(rows):
            _check_all(work, rows)
        components.add(Component.BIOGENIC_UPTAKE)
    if RELEASE in apart:
        components.add(Component.BIOGENIC_CO2)
    work = work.show_as(Component.BIOGENIC_CO2, release)
    return replace(work, apart=work.apart | components).with_finding(*_totals_kept(work, rows))


def _check_all(work: Work, rows: IntArray) -> None:
    """Check that the line catches every uptake: a component is in the total as a whole, or not at all."""
    every = _uptake(work, np.flatnonzero(work.intervention.alive))
    if len(np.setdiff1d(every, rows)):
        raise RuleError(
            "the rule shows a part of the uptake of biogenic carbon apart, and leaves the rest in the total",
            where="slot biogenic_carbon, option separate",
            why="a component of the footprint is in the total as a whole, or not at all",
            remedy='use one line without a selector, or apart = ["release"]',
        )


def _uptake(work: Work, rows: IntArray) -> IntArray:
    return rows[is_biogenic_co2(work.database, Component.BIOGENIC_UPTAKE)[work.intervention.flow[rows]]]


def _release(work: Work, rows: IntArray) -> IntArray:
    return rows[is_biogenic_co2(work.database, Component.BIOGENIC_EMISSION)[work.intervention.flow[rows]]]


def _totals_kept(work: Work, rows: IntArray) -> list[Finding]:
    """Return the finding on what arrives characterized: biogenic carbon in it is out of reach."""
    totals = work.database.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)[work.intervention.flow[rows]]
    if not totals.any():
        return []
    return [
        Finding(
            code="biogenic_total_kept", severity=Severity.INFO, amount=int(totals.sum()), unit="exchanges"
        )
    ]
