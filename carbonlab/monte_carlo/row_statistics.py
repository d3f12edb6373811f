"""What is kept of many rows of draws: moments, extremes, quantiles, and how often the sign is not the static
one. The size does not depend on the number of draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonlab.monte_carlo.moments import FloatArray, IntArray, Moments
from carbonlab.monte_carlo.quantile_sketch import QuantileSketch, SparseCounts

try:
    import numba

    from carbonlab.monte_carlo.kernels import reduce_rows

    IS_COMPILED = not vars(numba.config)["DISABLE_JIT"]
except (ImportError, RuntimeError):  # Numba raises the latter where it finds no folder for what it compiled
    IS_COMPILED = False


@dataclass(frozen=True, eq=False)
class RowPartial:
    """What one process found in consecutive draws; small enough to be sent.

    Attributes
    ----------
    grains : tuple of Moments
        Of each grain, in order.
    smallest, largest : float array (rows,)
        NaN where no draw has a number.
    opposite : int array (rows,)
        Draws whose sign is the opposite of the reference's.
    own, other : SparseCounts
        Bins of the sketch.
    """

    grains: tuple[Moments, ...]
    smallest: FloatArray
    largest: FloatArray
    opposite: IntArray
    own: SparseCounts
    other: SparseCounts


class RowStatistics:
    """Statistics of rows, added to in the order of the draws.

    Parameters
    ----------
    reference : float array (rows,)
        The static value of each row, or its order of magnitude where that is nothing.
    bits : int, optional
        Of `QuantileSketch`; without it there are no quantiles.
    """

    def __init__(self, reference: FloatArray, bits: int | None) -> None:
        self.reference = np.asarray(reference, float)
        self.sketch = None if bits is None else QuantileSketch(self.reference, bits)
        self.moments = Moments.none(len(self.reference))
        self._since: list[Moments] = []
        self.smallest: FloatArray
        self.largest: FloatArray
        self.opposite: IntArray
        self._forget_extremes()

    def add(self, values: FloatArray) -> None:
        """Add a grain of draws (rows, draws). A draw that is NaN in a row has no number there."""
        values = np.ascontiguousarray(values)
        moments, smallest, largest = self._reduced(values)
        self._since.append(moments)
        self.moments = self.moments.merged(moments)
        self.smallest, self.largest = np.fmin(self.smallest, smallest), np.fmax(self.largest, largest)
        turned = np.flatnonzero(
            np.where(self.reference < 0, largest > 0, (smallest < 0) & (self.reference > 0))
        )
        if len(turned):
            signs = np.sign(self.reference[turned])[:, None]
            self.opposite = self.opposite.copy()
            self.opposite[turned] += (values[turned] * signs < 0).sum(axis=1)

    def _reduced(self, values: FloatArray) -> tuple[Moments, FloatArray, FloatArray]:
        """Return moments, smallest and largest values of a grain, and count it in the sketch."""
        rows, draws = values.shape
        if not IS_COMPILED or draws % 8:
            if self.sketch is not None:
                self.sketch.add(values)
            return Moments.of(values), np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
        mean, squares, smallest, largest = np.empty((4, rows))
        is_left = np.empty(rows, bool)
        no_bins = np.zeros((rows, 0), np.uint32), np.zeros(rows, np.int64), -1
        bins, first, shift = no_bins if self.sketch is None else self.sketch.layout
        raw, negative = values.view(np.int64), self.reference < 0
        reduce_rows(values, raw, first, negative, shift, bins, mean, squares, smallest, largest, is_left)
        count = np.full(rows, draws, np.int64)
        left = np.flatnonzero(is_left)
        if len(left):
            rest = values[left]
            own = Moments.of(rest)
            count[left], mean[left], squares[left] = own.count, own.mean, own.squares
            smallest[left], largest[left] = np.fmin.reduce(rest, axis=1), np.fmax.reduce(rest, axis=1)
            if self.sketch is not None:
                self.sketch.add(rest, left)
        return Moments(count, mean, squares), smallest, largest

    def take(self) -> RowPartial:
        """Return what was added since the last call, and forget it."""
        none = SparseCounts(np.zeros(0, np.int64), np.zeros(0, np.uint32))
        own, other = (none, none) if self.sketch is None else self.sketch.take()
        found = RowPartial(tuple(self._since), self.smallest, self.largest, self.opposite, own, other)
        self.moments = Moments.none(len(self.reference))
        self._since = []
        self._forget_extremes()
        return found

    def merge(self, later: RowPartial) -> None:
        """Add what another process found in the draws that follow."""
        for grain in later.grains:
            self.moments = self.moments.merged(grain)
        if self.sketch is not None:
            self.sketch.merge(later.own, later.other)
        self.smallest = np.fmin(self.smallest, later.smallest)
        self.largest = np.fmax(self.largest, later.largest)
        self.opposite = self.opposite + later.opposite

    def _forget_extremes(self) -> None:
        self.smallest = np.full(len(self.reference), np.nan)
        self.largest = np.full(len(self.reference), np.nan)
        self.opposite = np.zeros(len(self.reference), np.int64)

    def quantiles(self, shares: Sequence[float]) -> tuple[FloatArray, FloatArray]:
        """Return sample quantiles and how far off each can be at most.

        The quantile of a share p is the smallest value that at least p n of the n draws do not exceed.

        Returns
        -------
        tuple of float arrays (shares, rows)
            Quantiles; largest possible error of each. NaN in rows without draws.
        """
        count = self.moments.count
        rank = np.maximum(np.ceil(np.asarray(shares)[:, None] * count - 1e-9), 1).astype(np.int64)
        return self.of_rank(np.minimum(rank, count))

    def of_rank(self, rank: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the values of ranks (ranks, rows) from 1 on, and how far off each can be at most."""
        if self.sketch is None:
            nothing = np.full(rank.shape, np.nan)
            return nothing, nothing.copy()
        value, low, high = self.sketch.bounds(rank)
        low, high = np.maximum(low, self.smallest), np.minimum(high, self.largest)
        with np.errstate(invalid="ignore"):
            value = np.where(np.isfinite(value), np.clip(value, low, high), (low + high) / 2)
            return value, np.maximum(value - low, high - value)

    @property
    def memory(self) -> int:
        """Bytes that are kept."""
        return (self.sketch.memory if self.sketch else 0) + 8 * 7 * len(self.reference)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return everything as arrays, to be written."""
        moments = self.moments
        state: dict[str, NDArray[Any]] = {
            "count": moments.count,
            "mean": moments.mean,
            "squares": moments.squares,
        }
        state |= {"smallest": self.smallest, "largest": self.largest, "opposite": self.opposite}
        if self.sketch is not None:
            own, other = self.sketch.sparse()
            state |= {"own_place": own.place, "own_count": own.count}
            state |= {"other_place": other.place, "other_count": other.count}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state` returned, in place of what is here."""
        self.moments = Moments(state["count"], state["mean"], state["squares"])
        self.smallest, self.largest = state["smallest"], state["largest"]
        self.opposite = state["opposite"]
        if self.sketch is not None:
            self.sketch.take()
            self.sketch.merge(
                SparseCounts(state["own_place"], state["own_count"]),
                SparseCounts(state["other_place"], state["other_count"]),
            )
