"""Land-use change: over how many years, and in which shape, the emissions of a conversion are written off.

An inventory states what one year of production carries: the emission of the conversion over `published_years`
equal shares. Another amortization over n years, of which the k-th after the conversion is looked at, makes it

    equal:      factor = published_years / n                          (0 for k > n)
    declining:  factor = published_years · (2 (n − k) + 1) / n²       (0 for k > n)

The declining shares fall in a straight line to zero and sum to one: (2 (n − k) + 1)/n² is what the line 2/n ·
(1 − t/n) covers in year k. For 20 years that is 9.75 % in the first and 0.25 % in the last (linear
discounting of the GHG Protocol land guidance and SBTi FLAG, recalled).
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import IntArray
from carbonlab.rules.factors import COMPONENTS, match_flows
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Component, Severity

DEFAULT_YEARS = 20
AMORTIZATION = {"years": (int,), "published_years": (int,), "years_since": (int,)}


@register("land_use_change", "as_published")
def as_published(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Emissions of land-use change are amortized as the inventory did (ISO 14067 6.4.9.5, summary)."""
    return work


@register("land_use_change", "equal", parameters=AMORTIZATION)
def equal(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Equal shares over n years, 20 by default (PAS 2050:2011 5.6, recalled).

    Parameters of the line: `years` (n), `published_years` (that the inventory wrote it off over; 20),
    `years_since` the conversion (1 is the first year; not stated: within the n years).
    """
    years, published, since = _years(parameters, since_needed=False)
    share = 0.0 if since is not None and since > years else 1.0 / years
    return _amortize(work, rows, published * share)


@register("land_use_change", "declining", parameters=AMORTIZATION)
def declining(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Shares that decline in a line over n years, 20 by default (GHG Protocol land guidance, recalled).

    Parameters of the line as for `equal`; `years_since` the conversion is needed.
    """
    years, published, since = _years(parameters, since_needed=True)
    return _amortize(work, rows, published * declining_share(years, since or 0))


def declining_share(years: int, since: int) -> float:
    """Return the declining share of year `since` (1 = first) of a conversion written off over `years` [-]."""
    return (2 * (years - since) + 1) / years**2 if since <= years else 0.0


def _amortize(work: Work, rows: IntArray, factor: float) -> Work:
    own = rows[
        match_flows(work.database).component[work.intervention.flow[rows]]
        == COMPONENTS.index(Component.LAND_USE_CHANGE)
    ]
    if not len(own):
        return work.with_finding(Finding(code="land_use_change_none", severity=Severity.INFO))
    return work.factor("intervention", own, np.full(len(own), factor)) if factor != 1.0 else work


def _years(parameters: Parameters, *, since_needed: bool) -> tuple[int, int, int | None]:
    years = parameters.get("years", DEFAULT_YEARS)
    published = parameters.get("published_years", DEFAULT_YEARS)
    since = parameters.get("years_since")
    for name, value in (("years", years), ("published_years", published), ("years_since", since)):
        if value is not None and value < 1:
            raise RuleError(
                f"parameter {name!r} of the land-use change rule is {value}",
                where="slot land_use_change",
                why="a year is the least, and the first year after the conversion is 1",
                remedy="give a whole number of years from 1 on",
            )
    if since_needed and since is None:
        raise RuleError(
            "the rule does not say how many years ago the land was converted",
            where="slot land_use_change, option declining",
            why="the share of this year depends on it",
            remedy="set years_since (1 = first year after the conversion), or choose option equal",
        )
    return years, published, since
