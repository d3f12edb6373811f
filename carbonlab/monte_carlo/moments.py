"""Mean and variance of many rows, one grain of draws after the other.

A grain is a fixed range of draws (`GRAIN`); each is reduced by itself, in two passes, and the grains are
merged in the order of the draws:

    δ = m' − m,   m ← m + δ n'/(n + n'),   M ← M + M' + δ² n n'/(n + n')

with n the count, m the mean and M the sum of squared deviations (Chan, Golub, LeVeque 1983,
doi:10.1080/00031305.1983.10483115). Whoever computed the grains, and how many at a time, changes no bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GRAIN = 64
"""Draws that are reduced together. Draw d belongs to grain d // GRAIN, always."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, mean and sum of squared deviations of rows; every array is (rows,).

    Attributes
    ----------
    count : int array
        Draws that have a number.
    mean : float array
        0 where the count is 0.
    squares : float array
        Sum of squared deviations from the mean.
    """

    count: IntArray
    mean: FloatArray
    squares: FloatArray

    @staticmethod
    def none(rows: int) -> Moments:
        """Return the moments of no draws."""
        return Moments(np.zeros(rows, np.int64), np.zeros(rows), np.zeros(rows))

    @staticmethod
    def of(values: FloatArray) -> Moments:
        """Return the moments of one grain (rows, draws); draws that are NaN in a row are left out of that row."""
        values = np.ascontiguousarray(values)  # the order of additions follows the layout
        missing = np.isnan(values)
        if not missing.any():
            count = np.full(len(values), values.shape[1], np.int64)
            mean = values.sum(axis=1) / values.shape[1]
            deviations = values - mean[:, None]
        else:
            count = values.shape[1] - missing.sum(axis=1)
            mean = np.where(missing, 0.0, values).sum(axis=1) / np.maximum(count, 1)
            deviations = np.where(missing, 0.0, values - mean[:, None])
        np.square(deviations, out=deviations)
        return Moments(count, mean, deviations.sum(axis=1))

    def merged(self, later: Moments) -> Moments:
        """Return the moments of these draws and of later ones."""
        count = self.count + later.count
        share = later.count / np.maximum(count, 1)
        step = later.mean - self.mean
        return Moments(
            count,
            self.mean + step * share,
            self.squares + later.squares + step * step * (share * self.count),
        )

    @property
    def variance(self) -> FloatArray:
        """Unbiased variance (rows,); NaN for less than two draws."""
        return np.where(self.count > 1, self.squares / np.maximum(self.count - 1, 1), np.nan)
