"""Quantiles of many rows in fixed memory: counts in fixed bins, so that merging is adding integers.

Bins are those of the numbers themselves: an octave (a factor of two) is cut into 2^k equal parts, which are
the exponent and the first k bits of the mantissa. A row keeps 16 octaves around a reference of its own, from
1/64 to 1024 times it, for the sign of the reference; the other sign gets a second row of bins where it
occurs. What lies nearer to zero than all of them is one bin, what lies beyond another. A sample quantile is
then known to lie within its bin, and within the smallest and the largest value: both bounds are returned, and
no bound is wider than 2^-k of the value, but for the two outermost bins.

Own bins rather than a library's: `ddsketch` and `datasketches` hold one Python object per row, and 20,000
rows are normal here; t-digest and KLL sketches depend on the order in which they are merged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import RefusedError
from carbonlab.monte_carlo.moments import FloatArray, IntArray

MEMORY = 128 * 2**20
"""Bytes that the bins of all rows may take; half as much again where many rows change sign."""

MOST_BITS, FEWEST_BITS = 11, 3
LOWEST, HIGHEST = -6, 10
"""Octaves below and above the reference."""

_ROWS_AT_A_TIME = 1024
_MANTISSA, _EXPONENT_OF_ONE = 52, 1023
_WITHOUT_SIGN = np.int64(0x7FFFFFFFFFFFFFFF)


@dataclass(frozen=True, eq=False)
class SparseCounts:
    """Counts of the bins that are not empty, to be sent or written; places are row × bins + bin."""

    place: IntArray
    count: NDArray[np.uint32]


def bits_for(rows: int) -> int:
    """Return into how many parts, as a power of two, an octave is cut for a number of rows.

    Raises
    ------
    RefusedError
        If even coarse bins would take too much memory.
    """
    for bits in range(MOST_BITS, FEWEST_BITS - 1, -1):
        if rows * _bins(bits) * 4 <= MEMORY:
            return bits
    raise RefusedError(
        f"quantiles of {rows:,} numbers were asked for",
        why=f"their bins would take more than {MEMORY / 2**20:.0f} MiB",
        remedy="ask for fewer products, fewer rule sets, or fewer parts of the footprint (by)",
    )


def relative_error(bits: int) -> float:
    """Return the width of a bin relative to its lower end: no quantile is further off."""
    return float(2.0**-bits)


class QuantileSketch:
    """Counts of the values of each row in fixed bins.

    Parameters
    ----------
    reference : float array (rows,)
        A value in the middle of what is expected, with its sign; 0 counts as 1.
    bits : int
        Octaves are cut into 2^bits parts.
    """

    def __init__(self, reference: FloatArray, bits: int) -> None:
        self.bits = bits
        self.is_negative = np.asarray(reference) < 0
        magnitude = np.where(reference == 0, 1.0, np.abs(reference))
        octave = np.floor(np.log2(magnitude)).astype(np.int64)
        # the least number of the bins, in units of bins counted from the smallest positive float
        self._first = (octave + LOWEST + _EXPONENT_OF_ONE) << bits
        self._own = np.zeros((len(octave), _bins(bits)), np.uint32)
        self._other = np.zeros((0, _bins(bits)), np.uint32)
        self._place_of_other = np.full(len(octave), -1, np.int64)

    @property
    def layout(self) -> tuple[NDArray[np.uint32], IntArray, int]:
        """Counts of the bins (rows, bins), the number of the first bin but one of each row (rows,), and the bits of
        a number that are below its bin.
        """
        return self._own, self._first, _MANTISSA - self.bits

    def add(self, values: FloatArray, rows: IntArray | None = None) -> None:
        """Count values (rows, draws) of some rows, by default of all; NaN is left out."""
        raw = np.ascontiguousarray(values).view(np.int64)
        own = np.arange(len(self._first)) if rows is None else rows
        bins = ((raw & _WITHOUT_SIGN) >> (_MANTISSA - self.bits)) - self._first[own][:, None]
        width = self._own.shape[1]
        np.clip(bins, -1, width - 2, out=bins)
        bins += 1
        bins += own[:, None] * width
        odd = ((raw < 0) != self.is_negative[own][:, None]) | np.isnan(values)
        if not odd.any():
            np.add.at(self._own.reshape(-1), bins.reshape(-1), np.uint32(1))
            return
        np.add.at(self._own.reshape(-1), bins[~odd], np.uint32(1))
        opposite = odd & ~np.isnan(values)
        self._add_other(bins[opposite], None)

    def merge(self, own: SparseCounts, other: SparseCounts) -> None:
        """Add the counts of another sketch of the same rows."""
        np.add.at(self._own.reshape(-1), own.place, own.count)
        self._add_other(other.place, other.count)

    def sparse(self) -> tuple[SparseCounts, SparseCounts]:
        """Return the bins that are not empty: those of the row's own sign, and those of the other sign."""
        width = self._own.shape[1]
        flat = self._own.reshape(-1)
        place = np.flatnonzero(flat)
        row = np.zeros(len(self._other), np.int64)
        used = np.flatnonzero(self._place_of_other >= 0)
        row[self._place_of_other[used]] = used
        which, bins = np.nonzero(self._other)
        there = row[which] * width + bins
        order = np.argsort(there)
        return (
            SparseCounts(place, flat[place]),
            SparseCounts(there[order], self._other[which, bins][order]),
        )

    def take(self) -> tuple[SparseCounts, SparseCounts]:
        """Return the same, and empty all bins; their memory is kept."""
        own, other = self.sparse()
        self._own.reshape(-1)[own.place] = 0
        self._other[:] = 0
        return own, other

    @property
    def memory(self) -> int:
        """Bytes of all bins."""
        return int(self._own.nbytes + self._other.nbytes)

    def bounds(self, rank: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the values of some ranks in each row, and between which bounds they lie for certain.

        Parameters
        ----------
        rank : int array (ranks, rows)
            From 1 (the smallest value) to the number of values in the row; NaN comes back for others.

        Returns
        -------
        tuple of float arrays (ranks, rows)
            Value, interpolated within the bin by rank; lower bound; upper bound. The outermost bounds are infinite.
        """
        found = (np.full(rank.shape, np.nan), np.full(rank.shape, np.nan), np.full(rank.shape, np.nan))
        has_other = self._place_of_other >= 0
        for rows in (
            np.flatnonzero(has_other),
            np.flatnonzero(~has_other & self.is_negative),
            np.flatnonzero(~has_other & ~self.is_negative),
        ):
            for start in range(0, len(rows), _ROWS_AT_A_TIME):
                part = rows[start : start + _ROWS_AT_A_TIME]
                for array, values in zip(found, self._bounds(part, rank[:, part]), strict=True):
                    array[:, part] = values
        return found

    def _bounds(self, rows: IntArray, rank: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        counts, is_negative, bins = self._ascending(rows)
        cumulative = np.cumsum(counts, axis=1, dtype=np.int64)
        total = cumulative[:, -1]
        offset = np.cumsum(total) - total  # one sorted array for all rows: a single search finds every rank
        cumulative += offset[:, None]
        flat = cumulative.reshape(-1)
        is_there = (rank >= 1) & (rank <= total)
        place = np.searchsorted(flat, np.where(is_there, rank, 1) + offset, side="left")
        place = np.minimum(place, flat.size - 1)
        row, at = place // counts.shape[1], place % counts.shape[1]
        here = counts[row, at].astype(np.int64)
        share = (rank + offset - 0.5 - (flat[place] - here)) / np.maximum(here, 1)
        low, high = self._edges(rows[row], is_negative[row, at], bins[row, at])
        with np.errstate(invalid="ignore"):  # an outermost bin has no end to interpolate towards
            value = low + (high - low) * share
        for found in (value, low, high):
            found[~is_there] = np.nan
        return value, low, high

    def _add_other(self, place: IntArray, count: NDArray[np.uint32] | None) -> None:
        if not len(place):
            return
        width = self._own.shape[1]
        row, bins = place // width, place % width
        new = np.unique(row[self._place_of_other[row] < 0])
        if len(new):
            self._place_of_other[new] = len(self._other) + np.arange(len(new))
            self._other = np.concatenate([self._other, np.zeros((len(new), width), np.uint32)])
        flat = self._place_of_other[row] * width + bins
        np.add.at(self._other.reshape(-1), flat, np.uint32(1) if count is None else count)

    def _ascending(self, rows: IntArray) -> tuple[NDArray[np.uint32], NDArray[np.bool_], IntArray]:
        """Return counts of the bins of rows from the most negative to the largest value, whether each bin is
        on the negative side, and its number there. Either all rows have a second row of bins, or none, and then
        all have the same sign.
        """
        own, bins = self._own[rows], np.arange(self._own.shape[1])
        negative = np.broadcast_to(self.is_negative[rows][:, None], own.shape)
        if self._place_of_other[rows[0]] < 0:
            order = bins[::-1] if self.is_negative[rows[0]] else bins
            return own[:, order], negative, np.broadcast_to(order, own.shape)
        other = self._other[self._place_of_other[rows]]
        below, above = np.where(negative, own, other), np.where(negative, other, own)
        side = np.repeat([True, False], len(bins))
        shape = (len(rows), 2 * len(bins))
        return (
            np.hstack([below[:, ::-1], above]),
            np.broadcast_to(side, shape),
            np.broadcast_to(np.concatenate([bins[::-1], bins]), shape),
        )

    def _edges(
        self, row: IntArray, is_negative: NDArray[np.bool_], bins: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the lower and the upper end of bins."""

        def edge(number: IntArray) -> FloatArray:
            raw = (self._first[row] + number) << (_MANTISSA - self.bits)
            return np.ascontiguousarray(raw).view(np.float64)

        near = np.where(bins == 0, 0.0, edge(bins - 1))
        far = np.where(bins == self._own.shape[1] - 1, np.inf, edge(bins))
        return np.where(is_negative, -far, near), np.where(is_negative, -near, far)


def _bins(bits: int) -> int:
    """Return the bins of a row: those of all octaves, one nearer to zero, and one beyond."""
    return ((HIGHEST - LOWEST) << bits) + 2
