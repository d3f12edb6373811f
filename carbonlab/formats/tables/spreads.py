"""The distribution of a row's number, and the mistakes that a distribution can have."""

from __future__ import annotations

import math
from dataclasses import replace

from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.records import Distribution
from carbonlab.vocabulary import DistributionKind

FIELDS = ("loc", "scale", "minimum", "maximum")

USED = {
    DistributionKind.LOGNORMAL: ("loc", "scale"),
    DistributionKind.NORMAL: ("loc", "scale"),
    DistributionKind.TRIANGULAR: ("minimum", "loc", "maximum"),
    DistributionKind.UNIFORM: ("minimum", "maximum"),
}
"""Fields that each shape needs; it has no others."""


def distribution_of(row: Row) -> Distribution | None:
    """Return the distribution of a row, in the unit of the row; None if there is none or it is wrong."""
    kind = row.word("distribution", DistributionKind)
    numbers = {name: row.number_in(name) for name in FIELDS}
    if any(row.is_spoiled(name) for name in ("distribution", *FIELDS)):
        return None
    given = [name for name in FIELDS if not math.isnan(numbers[name])]
    if kind is None:
        for name in given:
            row.report(
                name, "the number belongs to no distribution", "name the distribution, or empty the cell"
            )
        return None
    wrong = [name for name in FIELDS if (name in given) != (name in USED[kind])]
    for name in wrong:
        if name in given:
            row.report(name, f"a {kind} distribution has no {name}", "empty the cell")
        else:
            row.report(
                name,
                f"a {kind} distribution needs {name}",
                f"fill {', '.join(USED[kind])}, or empty distribution",
            )
    spread = Distribution(kind=kind, **numbers)
    mistake = None if wrong else mistake_in(spread)
    if mistake:
        row.report(*mistake)
    return None if wrong or mistake else spread


def mistake_in(spread: Distribution) -> tuple[str, str, str] | None:
    """Return column, mistake and remedy of a distribution that describes no spread; None if it does."""
    if spread.kind is DistributionKind.LOGNORMAL:
        if spread.loc <= 0:
            return (
                "loc",
                f"the geometric mean {spread.loc:g} is not positive",
                "write a positive number, or choose another distribution",
            )
        if spread.scale < 1:
            return (
                "scale",
                f"the geometric standard deviation {spread.scale:g} is below 1",
                "write exp(sigma), e.g. 1.2 for some 20 % of spread, not the sigma of the logarithms",
            )
    elif spread.kind is DistributionKind.NORMAL:
        if spread.scale < 0:
            return (
                "scale",
                f"the standard deviation {spread.scale:g} is negative",
                "write it without the sign",
            )
    elif not spread.minimum < spread.maximum:
        return (
            "maximum",
            f"the largest value {spread.maximum:g} is not above the smallest {spread.minimum:g}",
            "exchange minimum and maximum, or empty the cells of the distribution",
        )
    elif spread.kind is DistributionKind.TRIANGULAR and not spread.minimum <= spread.loc <= spread.maximum:
        return (
            "loc",
            f"the mode {spread.loc:g} does not lie between {spread.minimum:g} and {spread.maximum:g}",
            "correct loc, minimum or maximum",
        )
    return None


def scaled(spread: Distribution | None, factor: float) -> Distribution | None:
    """Return a distribution in another unit; the geometric standard deviation has none [-]."""
    if spread is None or factor == 1:
        return spread
    scale = spread.scale if spread.kind is DistributionKind.LOGNORMAL else spread.scale * factor
    return replace(
        spread,
        loc=spread.loc * factor,
        scale=scale,
        minimum=spread.minimum * factor,
        maximum=spread.maximum * factor,
    )
