"""What a factor set leaves out of a database: flows that matter for the climate and have no factor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.rules.factors.application import stated_factors
from carbonlab.rules.factors.factor_sets import FactorSet
from carbonlab.rules.factors.flow_use import FlowUse
from carbonlab.rules.factors.gases import AGGREGATED_GAS
from carbonlab.rules.factors.matching import GASES, ORIGINS, FlowMatch
from carbonlab.rules.factors.names import normalize_name
from carbonlab.rules.factors.placing import Medium, medium_of
from carbonlab.vocabulary import Confidence, Direction, FlowKind, Severity

WITHOUT_FACTOR = "climate_flow_without_factor"

_CLIMATE_NAME = re.compile(
    r"\b(?:cfc|hcfc|hfc|pfc|hfe|hcfe|hfo|hcfo|hbfc|hcc|halon|freon|genetron)s?\b"
    r"|\b(?:fc|r)-\d{2,4}[a-z]*\b"
    r"|fluorocarbon|perfluoro|hydrofluoro|chlorofluoro|halogenated|flurane\b"
    r"|fluoro?\w*(?:methane|ethane|propane|butane|pentane|hexane|ether|ethene|propene)"
    r"|(?:methane|ethane|propane|butane|pentane|hexane|cyclobutane)\b.*fluoro"
    r"|sulfur hexafluoride|\bsf6\b|nitrogen (?:tri)?fluoride|\bnf3\b|sulfuryl fluoride|\bcf4\b|\bc2f6\b"
    r"|carbon dioxide|\bco2\b|\bmethane\b|nitrous oxide|dinitrogen (?:mon)?oxide|\bn2o\b"
    r"|greenhouse gas|\bghgs?\b"
)
_ABSENT = re.compile(r"\b(?:non[- ]?|except |other than |excluding |excl\. |without |minus )methane")


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How far a factor set covers a database.

    Attributes
    ----------
    findings : tuple of Finding
        Flows without a factor and everything else that was odd, with the amounts that they stand for.
    matched : dict of str to int
        Number of flows of the database with a gas, by the way in which it was recognized.
    in_use : dict of str to int
        The same, of flows that occur in an exchange.
    """

    findings: tuple[Finding, ...]
    matched: dict[str, int]
    in_use: dict[str, int]

    @property
    def without_factor(self) -> tuple[Finding, ...]:
        """The findings about climate-relevant flows that have no factor."""
        return tuple(finding for finding in self.findings if finding.code == WITHOUT_FACTOR)


@lru_cache(maxsize=100_000)  # every rule set asks the same names
def looks_like_climate_gas(name: str) -> bool:
    """Whether a name speaks of a greenhouse gas or a halogenated substance of that kind.

    Examples
    --------
    >>> looks_like_climate_gas("R-410A"), looks_like_climate_gas("NMVOC, non-methane volatile organics")
    (True, False)
    """
    return _CLIMATE_NAME.search(_ABSENT.sub(" ", normalize_name(name))) is not None


def coverage(db: Database, match: FlowMatch, factor_set: FactorSet) -> Coverage:
    """Return what a factor set covers of a database, and what it leaves out.

    Parameters
    ----------
    db : Database
        The database.
    match : FlowMatch
        What `match_flows` gave for it.
    factor_set : FactorSet
        The set to apply.

    Returns
    -------
    Coverage
        Findings carry the sum of absolute amounts over all exchanges, in the flow's unit. A flow for which
        the database states a factor itself is covered.
    """
    use = FlowUse.of(db)
    stated = stated_factors(db, factor_set)
    covered = {str(use.ids[row]) for row in stated}
    findings = [f for f in match.findings if f.flow not in covered or not f.code.startswith("climate_flow_")]
    told = {f.flow for f in findings if f.code.startswith("climate_flow_")} | covered
    findings += _gases_without_factor(match, factor_set, use, stated)
    findings += _unmatched_climate_names(db, match, use, told)
    findings += _aggregated_otherwise(db, match, factor_set, use)
    findings += _unused_statements(db, factor_set, use)
    return Coverage(
        findings=tuple(findings), matched=match.counts(), in_use=match.counts(np.asarray(use.count > 0))
    )


def _gases_without_factor(
    match: FlowMatch, factor_set: FactorSet, use: FlowUse, stated: dict[int, float]
) -> Iterator[Finding]:
    for row in np.flatnonzero(match.is_matched).tolist():
        gas = GASES[match.gas[row]]
        if row in stated or gas in ("CO2", AGGREGATED_GAS):
            continue
        if not factor_set.has_factor(gas):
            reason = f"{factor_set} has no factor for {gas}; it counts as zero"
            yield from use.finding(row, WITHOUT_FACTOR, Severity.WARNING, reason)
        elif (factor := factor_set.factor(gas, ORIGINS[match.origin[row]])).confidence is Confidence.LOW:
            reason = f"the factor {factor.value:g} of {factor_set} is of low confidence: {factor.source}"
            yield from use.finding(row, "factor_low_confidence", Severity.INFO, reason)


def _unmatched_climate_names(
    db: Database, match: FlowMatch, use: FlowUse, told: set[str]
) -> Iterator[Finding]:
    """Yield flows of no known gas whose name speaks of one: emissions to air, and carbon dioxide taken."""
    direction = db.column("flows", "direction")
    compartment, category = db.column("flows", "compartment"), db.column("flows", "category")
    unmatched = db.is_word("flows", "kind", FlowKind.ELEMENTARY) & ~match.is_matched & (use.count > 0)
    for row in np.flatnonzero(unmatched).tolist():
        name = str(use.names[row])
        if str(use.ids[row]) in told or not looks_like_climate_gas(name):
            continue
        if direction[row] == Direction.TAKEN:
            is_relevant = "carbon dioxide" in normalize_name(name)
        else:
            is_relevant = medium_of(compartment[row] or category[row]) in (Medium.AIR, Medium.UNKNOWN)
        if is_relevant:
            reason = "its name speaks of a climate gas, but of none that has a factor; it counts as zero"
            yield from use.finding(row, WITHOUT_FACTOR, Severity.WARNING, reason)


def _aggregated_otherwise(
    db: Database, match: FlowMatch, factor_set: FactorSet, use: FlowUse
) -> Iterator[Finding]:
    metric = db.column("flows", "metric")
    for row in np.flatnonzero(match.gas == GASES.index(AGGREGATED_GAS)).tolist():
        words = str(metric[row]).upper().split()
        if factor_set.metric not in words or factor_set.vintage not in words:
            stated = f"is in {metric[row]}" if metric[row] else "does not say its metric and vintage"
            reason = f"it {stated} and cannot be converted to {factor_set}; it counts with factor 1"
            yield from use.finding(row, "aggregated_metric_differs", Severity.WARNING, reason)


def _unused_statements(db: Database, factor_set: FactorSet, use: FlowUse) -> Iterator[Finding]:
    used = {factor_set.metric.casefold(), f"{factor_set.metric} {factor_set.vintage}".casefold()}
    for row, metric in zip(db.column("factors", "flow"), db.column("factors", "metric"), strict=True):
        if metric.casefold() not in used:
            reason = f"the database states a factor for {metric}, which is not used under {factor_set}"
            yield from use.finding(int(row), "stated_factor_unused", Severity.INFO, reason)
