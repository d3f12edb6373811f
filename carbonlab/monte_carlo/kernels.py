"""Statistics of a grain in one pass over its numbers, compiled; `carbonlab.monte_carlo.row_statistics` does without."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_WITHOUT_SIGN = np.int64(0x7FFFFFFFFFFFFFFF)


@njit(cache=True, nogil=True)
def reduce_rows(
    values: Any,
    raw: Any,
    first: Any,
    is_negative: Any,
    shift: int,
    bins: Any,
    mean: Any,
    squares: Any,
    smallest: Any,
    largest: Any,
    is_left: Any,
) -> None:
    """Reduce the rows of a grain that are all numbers of the expected sign; mark the others as left.

    Parameters
    ----------
    values, raw : arrays (rows, draws)
        Footprints, and the same bytes as integers.
    first : integers (rows,)
        Number of the first bin of each row.
    is_negative : booleans (rows,)
        Which rows expect negative numbers.
    shift : int
        Bits of a number that are below its bin; −1 if no bins are kept.
    bins : integers (rows, bins), added to
        Counts.
    mean, squares, smallest, largest : arrays (rows,), written
        As `carbonlab.monte_carlo.moments.Moments` has them. Sums are taken in the order of numpy: eight partial sums.
    is_left : booleans (rows,), written
        Rows that nothing was done for.
    """
    draws = values.shape[1]
    last = bins.shape[1] - 1
    for row in range(values.shape[0]):
        low, high = np.inf, -np.inf
        for k in range(draws):
            low, high = min(low, values[row, k]), max(high, values[row, k])
        total = _sum(values, row, 0.0, False)
        expected = high < 0.0 if is_negative[row] else low > 0.0
        is_left[row] = not expected or not np.isfinite(total)
        if is_left[row]:
            continue
        smallest[row], largest[row] = low, high
        mean[row] = total / draws
        squares[row] = _sum(values, row, mean[row], True)
        if shift >= 0:
            for k in range(draws):
                place = ((raw[row, k] & _WITHOUT_SIGN) >> shift) - first[row] + 1
                bins[row, min(max(place, 0), last)] += 1


@njit(cache=True, nogil=True)
def _sum(values: Any, row: int, center: float, squared: bool) -> float:
    """Return Σ v, or Σ (v − center)², of a row in eight partial sums; draws are a multiple of eight."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    for k in range(0, values.shape[1], 8):
        v0, v1 = values[row, k] - center, values[row, k + 1] - center
        v2, v3 = values[row, k + 2] - center, values[row, k + 3] - center
        v4, v5 = values[row, k + 4] - center, values[row, k + 5] - center
        v6, v7 = values[row, k + 6] - center, values[row, k + 7] - center
        if squared:
            v0, v1, v2, v3 = v0 * v0, v1 * v1, v2 * v2, v3 * v3
            v4, v5, v6, v7 = v4 * v4, v5 * v5, v6 * v6, v7 * v7
        a0, a1, a2, a3 = a0 + v0, a1 + v1, a2 + v2, a3 + v3
        a4, a5, a6, a7 = a4 + v4, a5 + v5, a6 + v6, a7 + v7
    return ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7))
