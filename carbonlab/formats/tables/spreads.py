"""The distribution of a row's number, and the mistakes that a distribution can have."""

from __future__ import annotations

import math
from dataclasses import replace

from carbonlab.errors import InventoryError
from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.distributions import FIELDS_OF
from carbonlab.inventory.points import LISTS, points_of, scaled_points
from carbonlab.inventory.records import Distribution
from carbonlab.vocabulary import DistributionKind

FIELDS = ("loc", "scale", "minimum", "maximum")


def distribution_of(row: Row) -> Distribution | None:
    """Return the distribution of a row, in the unit of the row; None if there is none or it is wrong."""
    kind = row.word("distribution", DistributionKind)
    numbers = {name: row.number_in(name) for name in FIELDS}
    points = row.text("points")
    if any(row.is_spoiled(name) for name in ("distribution", *FIELDS, "points")):
        return None
    given = [name for name in FIELDS if not math.isnan(numbers[name])] + (["points"] if points else [])
    if kind is None:
        for name in given:
            row.report(
                name, "the number belongs to no distribution", "name the distribution, or empty the cell"
            )
        return None
    used = ("points",) if kind in LISTS else FIELDS_OF[kind]
    wrong = [name for name in (*FIELDS, "points") if (name in given) != (name in used)]
    for name in wrong:
        if name in given:
            row.report(name, f"a {kind} distribution has no {name}", "empty the cell")
        else:
            row.report(
                name,
                f"a {kind} distribution needs {name}",
                f"fill {', '.join(used)}, or empty distribution",
            )
    spread = Distribution(kind=kind, **numbers, points=points)
    mistake = None if wrong else mistake_in(spread)
    if mistake:
        row.report(*mistake)
    return None if wrong or mistake else spread


def mistake_in(spread: Distribution) -> tuple[str, str, str] | None:
    """Return column, mistake and remedy of a distribution that describes no spread; None if it does."""
    if spread.kind in LISTS:
        return _mistake_in_list(spread)
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
    elif spread.kind in (DistributionKind.NORMAL, DistributionKind.GAMMA):
        if spread.scale < 0:
            return (
                "scale",
                f"the standard deviation {spread.scale:g} is negative",
                "write it without the sign",
            )
        if spread.kind is DistributionKind.GAMMA and not spread.minimum < spread.loc:
            return (
                "loc",
                f"the mean {spread.loc:g} is not above the beginning {spread.minimum:g}",
                "correct loc or minimum",
            )
    elif not spread.minimum < spread.maximum:
        return (
            "maximum",
            f"the largest value {spread.maximum:g} is not above the smallest {spread.minimum:g}",
            "exchange minimum and maximum, or empty the cells of the distribution",
        )
    elif spread.kind is not DistributionKind.UNIFORM and not spread.minimum <= spread.loc <= spread.maximum:
        return (
            "loc",
            f"the mode {spread.loc:g} does not lie between {spread.minimum:g} and {spread.maximum:g}",
            "correct loc, minimum or maximum",
        )
    return None


def _mistake_in_list(spread: Distribution) -> tuple[str, str, str] | None:
    try:
        points_of(spread.kind, spread.points)
    except InventoryError as error:
        return "points", error.what, error.remedy
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
        points=scaled_points(spread.points, factor),
    )
