"""Work in pieces that tells how far it is, and stops where somebody asks it to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import CancelledError
from carbonlab.monte_carlo.accumulate import Cancel, Progress

Item = TypeVar("Item", bound=np.generic)

LANES_AT_A_TIME = 512
"""Lanes that are solved between two looks at whether to go on: a fraction of a second for most inventories."""


@dataclass(frozen=True)
class Watch:
    """Who is told, and who may stop the work.

    Attributes
    ----------
    progress : callable, optional
        Is told how much is done, and how much there is.
    cancel : Event-like, optional
        Stops the work when set.
    """

    progress: Progress | None = None
    cancel: Cancel | None = None

    def report(self, done: int, total: int) -> None:
        """Tell how far the work is."""
        if self.progress is not None:
            self.progress(done, total)

    def check(self, where: str = "") -> None:
        """Check that nobody asked to stop.

        Raises
        ------
        CancelledError
            If somebody did.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise CancelledError(
                "the work was cancelled",
                where=where,
                why="an estimate from part of a design would be another one",
                remedy="start it again, with fewer samples if it takes too long",
            )

    def pieces(self, items: NDArray[Item], *, lanes: int = 1, where: str = "") -> Iterator[NDArray[Item]]:
        """Yield items in pieces, each of so many that it has about `LANES_AT_A_TIME` lanes; checks before each."""
        size = max(1, LANES_AT_A_TIME // lanes)
        for start in range(0, len(items), size):
            self.check(where)
            yield items[start : start + size]


UNWATCHED = Watch()
