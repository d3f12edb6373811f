"""Whether rule sets order products alike: rank correlation, and the pairs of products that change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # scipy.stats is loaded on first use: it takes longer than everything else here

from carbonlab.results.schema import CANCELLATION
from carbonlab.rules.entries import FloatArray


@dataclass(frozen=True, eq=False)
class RankAgreement:
    """Agreement of every pair of rule sets; arrays (rule sets, rule sets).

    Attributes
    ----------
    kendall : float
        Kendall's τ-b [-]; NaN for fewer than two products with a number under both, or where all are tied.
    spearman : float
        Spearman's ρ [-]; NaN likewise.
    reversals : int
        Pairs of products whose order is strictly opposite.
    compared : int
        Products with a number under both.
    """

    kendall: FloatArray
    spearman: FloatArray
    reversals: np.ndarray
    compared: np.ndarray


@dataclass(frozen=True)
class Reversal:
    """Two products that change places between two rule sets.

    Attributes
    ----------
    first, second : str
        Keys of the products: `first` is the smaller one under `rule_set`, the larger one under `other`.
    rule_set, other : str
        Keys of the rule sets.
    """

    first: str
    second: str
    rule_set: str
    other: str


def rank_agreement(totals: FloatArray) -> RankAgreement:
    """Compare the order of products under every pair of rule sets.

    Parameters
    ----------
    totals : float array (rule sets, products)
        Footprints; NaN without a number.

    Examples
    --------
    >>> found = rank_agreement(np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]]))
    >>> int(found.reversals[0, 1]), round(float(found.kendall[0, 1]), 6)
    (1, 0.333333)
    """
    count = len(totals)
    kendall, spearman = np.full((count, count), np.nan), np.full((count, count), np.nan)
    reversals, compared = np.zeros((count, count), np.int64), np.zeros((count, count), np.int64)
    for i in range(count):
        for j in range(i, count):
            both = np.isfinite(totals[i]) & np.isfinite(totals[j])
            a, b = _ranks(totals[i, both]), _ranks(totals[j, both])
            compared[i, j] = compared[j, i] = int(both.sum())
            reversals[i, j] = reversals[j, i] = len(_opposite(a, b))
            if len(np.unique(a)) > 1 and len(np.unique(b)) > 1:
                kendall[i, j] = kendall[j, i] = scipy.stats.kendalltau(a, b).statistic
                spearman[i, j] = spearman[j, i] = scipy.stats.spearmanr(a, b).statistic
    return RankAgreement(kendall, spearman, reversals, compared)


def ranks(totals: FloatArray) -> FloatArray:
    """Return the rank of each product (rule sets, products), 1 the smallest, ties sharing their mean; NaN
    without a number.
    """
    result = np.full(totals.shape, np.nan)
    for row, values in zip(result, totals, strict=True):
        known = np.isfinite(values)
        row[known] = _ranks(values[known])
    return result


def list_reversals(
    totals: FloatArray, rule_sets: Sequence[str], products: Sequence[str]
) -> tuple[Reversal, ...]:
    """Return every pair of products that changes places between two rule sets."""
    found = []
    for i in range(len(rule_sets)):
        for j in range(i + 1, len(rule_sets)):
            both = np.flatnonzero(np.isfinite(totals[i]) & np.isfinite(totals[j]))
            for low, high in _opposite(_ranks(totals[i, both]), _ranks(totals[j, both])):
                found.append(Reversal(products[both[low]], products[both[high]], rule_sets[i], rule_sets[j]))
    return tuple(found)


def _opposite(a: FloatArray, b: FloatArray) -> list[tuple[int, int]]:
    """Return the pairs (smaller, larger) under a whose order is opposite under b."""
    below = (a[:, None] < a[None, :]) & (b[:, None] > b[None, :])
    return [(int(i), int(j)) for i, j in np.argwhere(below)]


def _ranks(values: FloatArray) -> FloatArray:
    """Return ranks in which numbers that agree within rounding are tied."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    tolerance = (
        CANCELLATION * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1])) if len(values) else np.empty(0)
    )
    group = np.concatenate([[0], np.cumsum(np.diff(ordered) > tolerance)]) if len(values) else np.empty(0)
    tied = np.empty(len(values))
    tied[order] = group
    return np.asarray(scipy.stats.rankdata(tied), float)
