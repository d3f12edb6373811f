"""Uncertainty of exchanges and parameters, as published; odd spreads are kept and reported, not mended."""

from __future__ import annotations

import math

from carbonlab.formats.openlca.nodes import Node
from carbonlab.inventory.records import Distribution
from carbonlab.vocabulary import DistributionKind

_KINDS: dict[str, tuple[DistributionKind, dict[str, str]] | None] = {
    "LOG_NORMAL_DISTRIBUTION": (DistributionKind.LOGNORMAL, {"loc": "geomMean", "scale": "geomSd"}),
    "NORMAL_DISTRIBUTION": (DistributionKind.NORMAL, {"loc": "mean", "scale": "sd"}),
    "TRIANGLE_DISTRIBUTION": (
        DistributionKind.TRIANGULAR,
        {"minimum": "minimum", "loc": "mode", "maximum": "maximum"},
    ),
    "UNIFORM_DISTRIBUTION": (DistributionKind.UNIFORM, {"minimum": "minimum", "maximum": "maximum"}),
    "NO_DISTRIBUTION": None,
    "NONE": None,
}
"""Word of the format, the shape, and the field of the format for each field of the record."""


def spread_of(node: Node, factor: float = 1.0) -> tuple[Distribution | None, list[str]]:
    """Return the distribution of an exchange's or parameter's amount, and what is odd about it.

    Parameters
    ----------
    node : Node
        Exchange or parameter.
    factor : float
        What turns the published amount into the one that is kept; negative where an amount changes its side.

    Returns
    -------
    Distribution or None
        In the unit of the amount that is kept; None if there is none or a value of it is missing.
    list of str
        Fields of the format that are missing or not finite, and formulas that are not used.
    """
    spread = node.node("uncertainty")
    if spread is None:
        return None, []
    shape = spread.word("distributionType", _KINDS)
    if shape is None:
        return None, []
    kind, names = shape
    values = {field: _number(spread, name) for field, name in names.items()}
    odd = [f"{names[field]} is missing" for field, value in values.items() if math.isnan(value)]
    if odd:
        return None, odd
    formulas = [
        f"{key} is not used" for key in sorted(spread.values) if key.endswith("Formula") and spread.has(key)
    ]
    numbers = _converted(kind, values, factor)
    loc, scale, low, high = (numbers.get(name, math.nan) for name in ("loc", "scale", "minimum", "maximum"))
    return Distribution(kind=kind, loc=loc, scale=scale, minimum=low, maximum=high), formulas


def _number(spread: Node, key: str) -> float:
    """Return a number of the spread; NaN where it is missing or not finite: no spread can be made of it."""
    value = spread.values.get(key)
    if value is None or (type(value) is float and not math.isfinite(value)):
        return math.nan
    return spread.number(key)


def _converted(kind: DistributionKind, values: dict[str, float], factor: float) -> dict[str, float]:
    converted = {field: value * factor for field, value in values.items()}
    if kind is DistributionKind.LOGNORMAL:
        converted["scale"] = values["scale"]  # a geometric standard deviation has no unit
    elif kind is DistributionKind.NORMAL:
        converted["scale"] = values["scale"] * abs(factor)
    elif factor < 0:
        converted["minimum"], converted["maximum"] = converted["maximum"], converted["minimum"]
    return converted
