"""When to stop drawing: as soon as the interval of the mean, or of a quantile, is as narrow as asked.

The interval is looked at after fixed numbers of draws only, so that neither the size of chunks nor the number
of workers decides where a simulation ends. With n draws, mean m and standard deviation s, and z the quantile
of the normal distribution for the confidence,

    mean:                  m ± z s / √n
    quantile of share p:   from the value of rank n p − z √(n p (1−p)) to that of rank n p + z √(n p (1−p)) + 1

(order statistics; David & Nagaraja 2003, section 7.1, doi:10.1002/0471722162).

To end where the sample looks narrow favors samples that lack their rare large values: the mean is then a little low,
and the interval covers the truth less often than it says. Of lognormal numbers with σ = 1 and a width of 20 %, 93 % of
the intervals for 95 % cover it, and the mean is 0.4 % low; with σ = 2 and a width of 50 % only 80 %, and 7 % low (85 %
at a fixed number of draws: the interval itself is too narrow for so skewed a mean). Narrower intervals come nearer to
what they say (2,000 simulations each).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from carbonlab.arguments import checked_number, checked_whole
from carbonlab.errors import StudyError
from carbonlab.monte_carlo.moments import GRAIN, FloatArray
from carbonlab.monte_carlo.row_statistics import RowStatistics
from carbonlab.monte_carlo.statistics import Statistics


@dataclass(frozen=True)
class Until:
    """How narrow the interval of every number asked for has to be.

    Attributes
    ----------
    width : float
        Whole width of the interval: relative to the absolute mean, or [kg CO2e] if not `relative`.
    of : float or "mean"
        The mean, or the share of a quantile, such as 0.95.
    confidence : float
        Of the interval; it holds for each number by itself.
    relative : bool
        Whether the width is relative.
    at_least : int
        Draws before the interval is looked at for the first time.
    every : int
        Draws after which it is looked at again; rounded up to whole grains.

    Raises
    ------
    StudyError, ArgumentError
        If a number makes no sense, or is none.
    """

    width: float
    of: float | str = "mean"
    confidence: float = 0.95
    relative: bool = True
    at_least: int = 256
    every: int = 256

    def __post_init__(self) -> None:
        for name in ("width", "confidence"):
            checked_number(getattr(self, name), name=name, where="Until")
        for name in ("at_least", "every"):
            checked_whole(getattr(self, name), name=name, where="Until", least=1 if name == "every" else 0)
        share = self.of if isinstance(self.of, float) else 0.5
        known = self.of == "mean" or isinstance(self.of, float)
        if not (self.width > 0 and 0 < self.confidence < 1 and 0 < share < 1 and known and self.every > 0):
            raise StudyError(
                f"{self} is no condition for a simulation to end",
                why="it would end at once, or never",
                remedy="width above 0; of 'mean' or a share between 0 and 1; confidence between 0 and 1; every above 0",
            )

    @property
    def step(self) -> int:
        """Draws between two looks, in whole grains."""
        return -(-self.every // GRAIN) * GRAIN

    def is_reached(self, statistics: Statistics) -> bool:
        """Whether every number is known as well as asked; numbers that do not exist are not waited for."""
        if statistics.draws < self.at_least or statistics.draws % self.step:
            return False
        return all(bool((self._widths(rows) <= self.width).all()) for rows in statistics.totals)

    def _widths(self, rows: RowStatistics) -> FloatArray:
        low, high = interval(rows, self.of, self.confidence)
        exists = rows.moments.count > 0
        scale = np.abs(rows.moments.mean) if self.relative else np.ones(len(exists))
        with np.errstate(divide="ignore", invalid="ignore"):
            widths = np.where(high > low, (high - low) / scale, 0.0)
        return widths[exists & ~np.isnan(high - low)]


def interval(rows: RowStatistics, of: float | str, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the confidence interval of the mean or of a quantile (rows,); infinite with too few
    draws, NaN without any.
    """
    z = float(ndtri((1 + confidence) / 2))
    n = rows.moments.count
    if of == "mean":
        with np.errstate(invalid="ignore"):
            half = np.where(n > 1, z * np.sqrt(rows.moments.variance / np.maximum(n, 1)), np.inf)
        mean = np.where(n > 0, rows.moments.mean, np.nan)
        return mean - half, mean + half
    p = float(of)
    spread = z * np.sqrt(n * p * (1 - p))
    ranks = np.stack([np.floor(n * p - spread), np.ceil(n * p + spread) + 1]).astype(np.int64)
    values, errors = rows.of_rank(ranks)
    low = np.where(ranks[0] < 1, -np.inf, values[0] - errors[0])
    high = np.where(ranks[1] > n, np.inf, values[1] + errors[1])
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)
