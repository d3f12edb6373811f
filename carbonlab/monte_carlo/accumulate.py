"""Run chunk after chunk and add them up in the order of the draws, until there are enough."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from typing import Protocol

from carbonlab.execution import Executor, Task, ThisProcess
from carbonlab.monte_carlo.checkpoint import Checkpoint
from carbonlab.monte_carlo.chunks import LARGEST, Chunk, Chunks
from carbonlab.monte_carlo.moments import GRAIN
from carbonlab.monte_carlo.statistics import Partial, Statistics
from carbonlab.monte_carlo.stopping import Until

Progress = Callable[[int, int], None]
"""Is told how many draws are done, and how many there will be at most."""

SHORT = 0.5
"""A chunk that took less than this [s] is followed by larger ones."""


class Cancel(Protocol):
    """What `threading.Event` is, among others."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...


class Ending(StrEnum):
    """Why a simulation came to its end."""

    ALL_DRAWS = "all draws were made"
    NARROW_ENOUGH = "the intervals are as narrow as asked"
    CANCELLED = "it was cancelled"


def accumulate(
    task: Task[Chunk, Partial],
    statistics: Statistics,
    *,
    draws: int,
    chunk: int | None = None,
    executor: Executor | None = None,
    checkpoint: Checkpoint | None = None,
    until: Until | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Ending:
    """Add draws to statistics until there are `draws`, or enough, or somebody cancels.

    Parameters
    ----------
    task : Task
        What evaluates chunks.
    statistics : Statistics
        What they are added to; may hold draws already (whole grains).
    draws : int
        Largest number of draws, those that are there already included.
    chunk : int, optional
        Draws that are handed out together; by default few at first, and more if they take little time.
    executor : Executor, optional
        Where to work; by default in this process.
    checkpoint : Checkpoint, optional
        Where to write the state from time to time, and in the end. It is written too when the work is
        interrupted (``KeyboardInterrupt``) or fails.
    until, progress, cancel
        See `carbonlab.monte_carlo.simulate`.
    """
    keeper = _Keeper(statistics, checkpoint)
    try:
        return _accumulate(
            task, keeper, draws, chunk, executor or ThisProcess(), until or None, progress, cancel
        )
    finally:
        keeper.save()


class _Keeper:
    """Statistics and their checkpoint: what is written is never half of a chunk."""

    def __init__(self, statistics: Statistics, checkpoint: Checkpoint | None) -> None:
        self.statistics, self.checkpoint = statistics, checkpoint
        self._is_whole, self._saved = True, statistics.draws

    def add(self, partial: Partial) -> None:
        if partial.draws % GRAIN:
            self.save()  # a short last grain cannot be continued: keep what is before it
        self._is_whole = False
        self.statistics.merge(partial)
        self._is_whole = partial.draws % GRAIN == 0
        if self.checkpoint is not None and self.checkpoint.is_due():
            self.save()

    def save(self) -> None:
        if self.checkpoint is None or not self._is_whole or self.statistics.draws == self._saved:
            return
        self.checkpoint.save(self.statistics.state())
        self._saved = self.statistics.draws


def _accumulate(
    task: Task[Chunk, Partial],
    keeper: _Keeper,
    draws: int,
    chunk: int | None,
    executor: Executor,
    until: Until | None,
    progress: Progress | None,
    cancel: Cancel | None,
) -> Ending:
    statistics = keeper.statistics
    if until is not None and until.is_reached(statistics):
        return Ending.NARROW_ENOUGH
    chunks = Chunks(statistics.draws, draws, chunk or GRAIN, stop_at=until.step if until else 0)
    with closing(executor.run(task, iter(chunks))) as found:
        if cancel is not None and cancel.is_set():
            return Ending.CANCELLED
        for partial in found:
            keeper.add(partial)
            if progress is not None:
                progress(statistics.draws, draws)
            if until is not None and until.is_reached(statistics):
                return Ending.NARROW_ENOUGH
            if cancel is not None and cancel.is_set() and statistics.draws < draws:
                return Ending.CANCELLED
            if chunk is None and partial.seconds < SHORT:
                chunks.size = min(LARGEST, max(chunks.size, 2 * partial.draws))
    return Ending.ALL_DRAWS
