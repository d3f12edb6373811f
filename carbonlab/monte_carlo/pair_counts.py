"""How often one number is above another one in the same draw: for pairs of rule sets, and for pairs of
products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carbonlab.monte_carlo.moments import FloatArray, IntArray

RESOLUTION = 2e-8
"""Numbers that differ by less than this share of the larger static one are counted as equal: each is solved to
1e-8."""


@dataclass(eq=False)
class PairCounts:
    """Counts of draws; only draws in which both numbers exist count.

    Attributes
    ----------
    higher : int array (first, second, others)
        Draws in which the first is above the second.
    both : int array (first, second, others)
        Draws in which both have a number.
    """

    higher: IntArray
    both: IntArray

    @staticmethod
    def none(size: int, others: int) -> PairCounts:
        """Return counts of nothing."""
        return PairCounts(np.zeros((size, size, others), np.int64), np.zeros((size, size, others), np.int64))

    def add(self, values: FloatArray, resolution: FloatArray) -> None:
        """Add draws.

        Parameters
        ----------
        values : float array (size, others, draws)
            Numbers to compare along the first axis; NaN where there is none.
        resolution : float array (size, size, others)
            Differences up to it count as none.
        """
        has_number = ~np.isnan(values)
        for i in range(len(values)):
            for j in range(i):
                difference = values[i] - values[j]
                both = (has_number[i] & has_number[j]).sum(axis=1)
                self.both[i, j] += both
                self.both[j, i] += both
                self.higher[i, j] += (difference > resolution[i, j][:, None]).sum(axis=1)
                self.higher[j, i] += (difference < -resolution[i, j][:, None]).sum(axis=1)

    def merge(self, later: PairCounts) -> None:
        """Add the counts of other draws."""
        self.higher += later.higher
        self.both += later.both

    def take(self) -> PairCounts:
        """Return the counts and forget them."""
        found = PairCounts(self.higher, self.both)
        self.higher, self.both = np.zeros_like(self.higher), np.zeros_like(self.both)
        return found

    def probability(self) -> tuple[FloatArray, FloatArray]:
        """Return the share of draws in which the first is above the second, and in which they are equal; NaN
        without draws.
        """
        both = np.where(self.both > 0, self.both, np.nan)
        equal = self.both - self.higher - self.higher.transpose(1, 0, 2)
        return np.asarray(self.higher / both), np.asarray(equal / both)


def resolution_of(static: FloatArray) -> FloatArray:
    """Return what counts as no difference (size, size, others) for static values (size, others)."""
    magnitude = np.nan_to_num(np.abs(static))
    return np.asarray(RESOLUTION * np.maximum(magnitude[:, None], magnitude[None]))
