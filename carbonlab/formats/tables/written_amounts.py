"""In which unit an amount is written, so that reading it again gives the same number to the last digit."""

from __future__ import annotations

import math
from typing import NamedTuple

from carbonlab.formats.tables.spreads import FIELDS, scaled
from carbonlab.inventory.records import Distribution
from carbonlab.units import conversion_factor, is_convertible
from carbonlab.vocabulary import DistributionKind


class Amount(NamedTuple):
    """The amount of an exchange as the database keeps it: amount = published × unit_factor."""

    amount: float
    published: float
    published_unit: str
    unit_factor: float
    formula: str


class Written(NamedTuple):
    """What stands in a row: amount, formula and distribution in the unit of the row."""

    amount: float
    unit: str
    formula: str
    spread: Distribution | None


def amount_in_row(amount: Amount, spread: Distribution | None, reference_unit: str) -> Written:
    """Return what a row says.

    It is in the published unit if that reads as the same numbers, else in the reference unit of the flow.
    """
    factor = amount.unit_factor
    is_exact = (
        is_convertible(amount.published_unit, reference_unit)
        and conversion_factor(amount.published_unit, reference_unit) == factor
        and amount.published * factor == amount.amount
    )
    published = _spread_before(spread, factor) if is_exact else None
    if is_exact and _are_same(scaled(published, factor), spread):
        return Written(amount.published, amount.published_unit, amount.formula, published)
    formula = amount.formula
    if formula and factor != 1:
        formula = f"({formula})*{number_text(factor)}"
    return Written(amount.amount, reference_unit, formula, spread)


def _spread_before(spread: Distribution | None, factor: float) -> Distribution | None:
    """Return the distribution that `scaled` turns into this one; one near it if none does."""
    if spread is None or factor == 1:
        return spread
    numbers = {field: number_before(getattr(spread, field), factor) for field in FIELDS}
    if spread.kind is DistributionKind.LOGNORMAL:
        numbers["scale"] = spread.scale
    return Distribution(kind=spread.kind, **numbers, points=points_before(spread.points, factor))


def _are_same(one: Distribution | None, other: Distribution | None) -> bool:
    if one is None or other is None:
        return one is other
    pairs = [(getattr(one, field), getattr(other, field)) for field in FIELDS]
    return (one.kind, one.points) == (other.kind, other.points) and all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in pairs
    )


def points_before(points: str, factor: float) -> str:
    """Return the list that `scaled_points` turns into this one; one near it if none does."""
    before = []
    for entry in points.split(";") if points else []:
        value, colon, weight = entry.strip().partition(":")
        before.append(number_text(number_before(float(value), factor)) + colon + weight)
    return "; ".join(before)


def number_before(product: float, factor: float) -> float:
    """Return the shortest number that gives `product` when multiplied by `factor`; the quotient if none does.

    Division alone misses it by the last digit now and then.

    Examples
    --------
    >>> 3.9 * 3.6 / 3.6, number_before(3.9 * 3.6, 3.6)
    (3.8999999999999995, 3.9)
    """
    quotient = product / factor
    near = [quotient]
    for towards in (-math.inf, math.inf):
        number = quotient
        for _ in range(3):
            number = math.nextafter(number, towards)
            near.append(number)
    exact = [number for number in near if number * factor == product]
    return min(exact, key=_length, default=quotient)


def _length(number: float) -> int:
    return len(repr(number))


def number_text(number: float) -> str:
    """Return the shortest text that reads as the same number; "" for none."""
    return "" if math.isnan(number) else repr(float(number)).removesuffix(".0")
