"""Emission timing and storage: what a later emission counts against one at the start (ISO 14067 6.4.8).

The years are those that the foreground states for its links. A rule of this slot changes no entry: it says
how emissions of later years are weighted, and the results show the effect, weighted less unweighted, as the
component *delay_effect*: outside the total, unless the line says ``in_total = true``. It is an effect of
products with a timeline, not of the intensities of a database.

The storage of carbon in a product is the same thing seen from the other side: what is released later is
weighted less than what was taken up at the start.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.delay import PAS2050_HORIZON, Delay
from carbonlab.rules.entries import IntArray
from carbonlab.rules.factors import AGGREGATED_GAS, GASES, match_flows
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Component, Severity

IN_TOTAL = {"in_total": (bool,)}


@register("timing", "none")
def none(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Every emission counts as if at the start of the assessment period (ISO 14067 6.4.8, summary)."""
    return work


@register("timing", "pas2050", parameters=IN_TOTAL)
def pas2050(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Weighted by the years left of 100 (PAS 2050:2011 5.5 and annex, recalled).

    A single release in year t from 2 to 25 has the weight (100 − 0.76 t)/100.
    """
    return _weighted(work, rows, Delay("pas2050", PAS2050_HORIZON), parameters)


@register("timing", "linear", parameters={**IN_TOTAL, "horizon": (float, int)})
def linear(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Weighted by the years left of the horizon, 100 by default: 1 % per year (ILCD Handbook, recalled)."""
    return _weighted(work, rows, Delay("linear", _horizon(parameters)), parameters)


@register("timing", "dynamic", parameters={**IN_TOTAL, "horizon": (float, int)})
def dynamic(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Weighted by the forcing left until the horizon, 100 years by default (Levasseur et al. 2010, recalled).

    doi:10.1021/es9030003.

    The weight of a gas in year t is AGWP(H − t)/AGWP(H): CO2 by the impulse response of Joos et al. 2013
    (read), other gases by a single decay with their lifetime of IPCC AR6 (read). It multiplies the factor of
    the characterization, so that an emission at the start counts its GWP as printed, carbon-cycle response
    included, and later ones the same times the weight. Gases without a lifetime, and totals that arrive
    characterized, are not weighted: a finding names them. The horizon has to be that of the characterization.
    """
    work = _weighted(work, rows, Delay("dynamic", _horizon(parameters), load_lifetimes()), parameters)
    codes = np.unique(match_flows(work.database).gas[work.intervention.flow[rows]])
    gases = {GASES[code] for code in codes if code >= 0} - {"CO2", *load_lifetimes()}
    findings = []
    if AGGREGATED_GAS in gases:
        findings.append(Finding(code="delay_total_kept", severity=Severity.INFO))
    if gases - {AGGREGATED_GAS}:
        findings.append(
            Finding(code="delay_without_lifetime", detail=", ".join(sorted(gases - {AGGREGATED_GAS})))
        )
    return work.with_finding(*findings) if work.delay else work


@cache
def load_lifetimes() -> dict[str, float]:
    """Return the mean lifetimes of gases other than CO2 [a] (IPCC AR6 WG I, Table 7.SM.7)."""
    text = resources.files("carbonlab.rules").joinpath("options", "lifetimes.csv").read_text(encoding="utf-8")
    return {row["gas"]: float(row["lifetime"]) for row in csv.DictReader(io.StringIO(text))}


def _horizon(parameters: Parameters) -> float:
    horizon = float(parameters.get("horizon", 100))
    if not 1 <= horizon <= 1000:
        raise RuleError(
            f"the horizon of the timing rule is {horizon:g} years",
            where="slot timing, parameter horizon",
            why="nothing could be weighted against it",
            remedy="use the horizon of the characterization: 20, 100 or 500",
        )
    return horizon


def _weighted(work: Work, rows: IntArray, delay: Delay, parameters: Parameters) -> Work:
    """Let the results weight later emissions; a line has to be about all emissions of the system."""
    if len(rows) < int(work.intervention.alive.sum()):
        raise RuleError(
            "a line of the timing rule is about a part of the emissions",
            where=f"slot timing, option {work.at[2]}",
            why="the weights belong to years of the product, not to single processes or flows",
            remedy="use one line without a selector",
        )
    years = work.database.column("exchanges", "year_offset")
    if not (
        years[np.isin(work.database.column("exchanges", "process"), np.flatnonzero(work.foreground))] > 0
    ).any():
        work = work.with_finding(Finding(code="delay_without_years", severity=Severity.INFO))
    apart = work.apart if parameters.get("in_total", False) else work.apart | {Component.DELAY_EFFECT}
    return replace(work, delay=delay, apart=apart)
