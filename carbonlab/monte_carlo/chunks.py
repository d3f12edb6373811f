"""Chunks of draws: what is sent to whom, and what comes back. Where a chunk begins and ends changes no number,
because a chunk consists of whole grains and every grain is reduced by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from carbonlab.monte_carlo.drawn import Axes, Drawer
from carbonlab.monte_carlo.moments import GRAIN
from carbonlab.monte_carlo.statistics import Partial, Statistics

LARGEST = 4096
"""Draws of the largest chunk."""
DRAWN = 64 * 2**20
"""Bytes of footprints that are drawn together, before they become statistics; a grain at least."""


@dataclass(frozen=True)
class Chunk:
    """Consecutive draws; the first one begins a grain."""

    first: int
    draws: int


class PreparedDraws:
    """Evaluates chunks; used by one thread at a time.

    Parameters
    ----------
    drawer : Drawer
        What evaluates draws.
    axes : Axes
        What is kept of them.
    """

    def __init__(self, drawer: Drawer, axes: Axes) -> None:
        self.drawer, self.axes = drawer, axes
        self._collected: Statistics | None = None
        bytes_per_grain = 8 * GRAIN * (axes.static_totals.size + axes.static_parts.size)
        self._together = GRAIN * int(np.clip(DRAWN // max(bytes_per_grain, 1), 1, LARGEST // GRAIN))

    def run(self, item: Chunk, *, threads: int | None = None) -> Partial:
        """Return what there is to keep of a chunk."""
        # whatever interrupts a chunk leaves nothing of it behind: the memory is handed on only when all went well
        begun = time.perf_counter()
        collected = self._collected or Statistics(self.axes)
        self._collected = None
        for first in range(item.first, item.first + item.draws, self._together):
            lanes = np.arange(first, min(first + self._together, item.first + item.draws), dtype=np.int64)
            collected.add(self.drawer.draw(lanes, threads=threads), self.drawer.crossings(lanes))
        found = collected.take(item.first)
        self._collected = collected
        return replace(found, seconds=time.perf_counter() - begun)


class Chunks:
    """The chunks from one draw up to another, each as large as `size` says when it is asked for.

    Parameters
    ----------
    first, end : int
        First draw, which begins a grain, and the one after the last.
    size : int
        Draws of a chunk, rounded up to whole grains; may be changed at any time.
    stop_at : int
        Chunks end at multiples of it, if it is not 0 (a multiple of the grain).
    """

    def __init__(self, first: int, end: int, size: int, *, stop_at: int = 0) -> None:
        self.size = size
        self._next, self._end, self._stop_at = first, end, stop_at

    def __iter__(self) -> Iterator[Chunk]:
        while self._next < self._end:
            draws = -(-max(self.size, 1) // GRAIN) * GRAIN
            if self._stop_at:
                draws = min(draws, self._stop_at - self._next % self._stop_at)
            whole = (self._end - self._next) // GRAIN * GRAIN
            # a short last grain is a chunk of its own: what comes before it can be continued later
            chunk = Chunk(self._next, min(draws, whole) if whole else self._end - self._next)
            self._next += chunk.draws
            yield chunk
