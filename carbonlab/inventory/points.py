"""Spreads that are lists: values with probabilities, or observations, written as one text.

``1:0.2; 2:0.8`` are two values with their weights, ``1.2; 1.5; 1.9`` three observations.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import InventoryError
from carbonlab.vocabulary import DistributionKind

FloatArray = NDArray[np.float64]

LISTS = (DistributionKind.DISCRETE, DistributionKind.EMPIRICAL)
"""Shapes that are lists."""

MAX_POINTS = 10_000
"""Entries that one list may have: a text from others may not fill the memory."""


def points_of(kind: DistributionKind, text: str) -> tuple[FloatArray, FloatArray]:
    """Return the values of a list, ascending, and their weights, which sum to one (points,).

    Raises
    ------
    InventoryError
        If the text is not such a list.

    Examples
    --------
    >>> values, weights = points_of(DistributionKind.DISCRETE, "3:1; 1:3")
    >>> values.tolist(), weights.tolist()
    ([1.0, 3.0], [0.75, 0.25])
    """
    entries = text.split(";")
    if len(entries) > MAX_POINTS:
        raise _error(text, f"it has more than {MAX_POINTS} entries")
    pairs = [_pair(kind, entry, text) for entry in entries]
    values, weights = np.array(pairs).T
    if len(pairs) < (1 if kind is DistributionKind.DISCRETE else 2):
        raise _error(text, "one observation says nothing of a spread")
    if not (np.isfinite(values).all() and np.isfinite(weights).all()):
        raise _error(text, "a number is not finite")
    if (weights < 0).any() or weights.sum() <= 0:
        raise _error(text, "a weight is negative, or all are 0")
    order = np.argsort(values, kind="stable")
    return values[order], weights[order] / weights.sum()


def points_text(values: FloatArray, weights: FloatArray | None = None) -> str:
    """Return the text of values with weights, or of observations; it reads as the same numbers."""
    if weights is None:
        return "; ".join(_text(value) for value in values)
    return "; ".join(f"{_text(value)}:{_text(weight)}" for value, weight in zip(values, weights, strict=True))


def scaled_points(text: str, factor: float) -> str:
    """Return a list in another unit: its values times a factor."""
    if not text or factor == 1:
        return text
    scaled = []
    for entry in text.split(";"):
        value, colon, weight = entry.strip().partition(":")
        scaled.append(_text(float(value) * factor) + colon + weight)
    return "; ".join(scaled)


def _pair(kind: DistributionKind, entry: str, text: str) -> tuple[float, float]:
    value, colon, weight = entry.partition(":")
    if bool(colon) != (kind is DistributionKind.DISCRETE):
        wanted = "value:weight" if kind is DistributionKind.DISCRETE else "a value without a weight"
        raise _error(text, f"a {kind} distribution has {wanted}, not {entry.strip()!r}")
    try:
        return float(value), float(weight) if colon else 1.0
    except ValueError:
        raise _error(text, f"{entry.strip()!r} is no number") from None


def _text(number: float) -> str:
    return "" if math.isnan(number) else repr(float(number)).removesuffix(".0")


def _error(text: str, why: str) -> InventoryError:
    return InventoryError(
        f"the points of a distribution cannot be read: {why}",
        where=text[:80],
        why="draws would be made of other numbers than those meant",
        remedy="write value:weight; value:weight; ... for discrete, value; value; ... for empirical",
    )
