"""Quantiles, means, medians and variances of every shape of the vocabulary.

A shape is given by ``loc, scale, minimum, maximum`` as `carbonlab.inventory.records.Distribution` has them.
For a lognormal, `loc` is here the *median with its sign*: what it keeps is decided before
(`carbonlab.sampling.inputs`). A draw is the quantile of a uniform number, which grows with it; of a mirrored
lognormal the quantile of its mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from carbonlab.inventory.points import LISTS, points_of
from carbonlab.vocabulary import DistributionKind

FloatArray = NDArray[np.float64]
K = DistributionKind

PERT_SHAPE = 4.0
"""Weight of the mode in a beta-PERT (Malcolm et al. 1959, doi:10.1287/opre.7.5.646)."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """Distributions of one kind.

    Attributes
    ----------
    kind : DistributionKind
    loc, scale, minimum, maximum : float arrays (inputs,)
        Unused ones NaN.
    points : tuple of str
        Texts of the lists (inputs,); empty for other shapes.
    """

    kind: DistributionKind
    loc: FloatArray
    scale: FloatArray
    minimum: FloatArray
    maximum: FloatArray
    points: tuple[str, ...] = field(default=())

    def quantiles(self, u: FloatArray) -> FloatArray:
        """Return the quantiles (inputs, draws) of numbers between 0 and 1 (inputs, draws)."""
        if self.kind in LISTS:
            return np.array([self._list_quantiles(i, row) for i, row in enumerate(u)]).reshape(u.shape)
        loc, scale, low, high = (x[:, None] for x in (self.loc, self.scale, self.minimum, self.maximum))
        if self.kind is K.LOGNORMAL:
            z = special.ndtri(u)
            return np.asarray(loc * np.exp(np.log(scale) * np.where(loc < 0, -z, z)))
        if self.kind is K.NORMAL:
            return np.asarray(loc + scale * special.ndtri(u))
        if self.kind is K.UNIFORM:
            return np.asarray(low + (high - low) * u)
        if self.kind is K.TRIANGULAR:
            return _triangular(u, loc, low, high)
        if self.kind is K.BETA_PERT:
            alpha, beta = self._pert()
            return np.asarray(low + (high - low) * special.betaincinv(alpha[:, None], beta[:, None], u))
        shape, width = self._gamma()
        return np.asarray(low + width[:, None] * special.gammaincinv(shape[:, None], u))

    def mean(self) -> FloatArray:
        """Return the means (inputs,)."""
        loc, scale, low, high = self.loc, self.scale, self.minimum, self.maximum
        if self.kind is K.LOGNORMAL:
            return np.asarray(loc * np.exp(np.log(scale) ** 2 / 2))
        if self.kind is K.UNIFORM:
            return np.asarray((low + high) / 2)
        if self.kind is K.TRIANGULAR:
            return np.asarray((low + loc + high) / 3)
        if self.kind is K.BETA_PERT:
            return np.asarray((low + PERT_SHAPE * loc + high) / (PERT_SHAPE + 2))
        if self.kind in LISTS:
            return np.array([self._list_moments(i)[0] for i in range(len(loc))])
        return loc.copy()

    def variance(self) -> FloatArray:
        """Return the variances (inputs,)."""
        loc, scale, low, high = self.loc, self.scale, self.minimum, self.maximum
        if self.kind is K.LOGNORMAL:
            square = np.log(scale) ** 2
            return np.asarray(loc**2 * np.exp(square) * np.expm1(square))
        if self.kind is K.UNIFORM:
            return np.asarray((high - low) ** 2 / 12)
        if self.kind is K.TRIANGULAR:
            return np.asarray(((low - loc) ** 2 + (high - loc) ** 2 + (high - low) ** 2) / 36)
        if self.kind is K.BETA_PERT:
            mean = self.mean()
            return np.asarray((mean - low) * (high - mean) / (PERT_SHAPE + 3))
        if self.kind in LISTS:
            return np.array([self._list_moments(i)[1] for i in range(len(loc))])
        return np.asarray(scale**2)

    def median(self) -> FloatArray:
        """Return the medians (inputs,)."""
        return self.quantiles(np.full((len(self.loc), 1), 0.5))[:, 0]

    def lowest(self) -> FloatArray:
        """Return the smallest possible values (inputs,), −∞ where there is none."""
        return self._end(0.0)

    def highest(self) -> FloatArray:
        """Return the largest possible values (inputs,), ∞ where there is none."""
        return self._end(1.0)

    def _end(self, u: float) -> FloatArray:
        if self.kind is K.LOGNORMAL:
            far = np.where(self.loc < 0, -np.inf, np.inf)
            return np.where((self.loc < 0) == (u == 0.0), far, 0.0)
        return self.quantiles(np.full((len(self.loc), 1), u))[:, 0]

    def _pert(self) -> tuple[FloatArray, FloatArray]:
        width = self.maximum - self.minimum
        return (
            1.0 + PERT_SHAPE * (self.loc - self.minimum) / width,
            1.0 + PERT_SHAPE * (self.maximum - self.loc) / width,
        )

    def _gamma(self) -> tuple[FloatArray, FloatArray]:
        above = self.loc - self.minimum
        return (above / self.scale) ** 2, self.scale**2 / above

    def _list(self, i: int) -> tuple[FloatArray, FloatArray]:
        return points_of(self.kind, self.points[i])

    def _list_quantiles(self, i: int, u: FloatArray) -> FloatArray:
        values, weights = self._list(i)
        if self.kind is K.EMPIRICAL:
            return np.interp(u, np.linspace(0.0, 1.0, len(values)), values)
        values, weights = values[weights > 0], weights[weights > 0]
        last = np.minimum(np.searchsorted(np.cumsum(weights), u, side="left"), len(values) - 1)
        return np.asarray(values[last])

    def _list_moments(self, i: int) -> tuple[float, float]:
        values, weights = self._list(i)
        if self.kind is K.DISCRETE:
            mean = float(weights @ values)
            return mean, float(weights @ (values - mean) ** 2)
        # between neighbors the observations are spread evenly: a mixture of uniforms of equal weight
        left, right = values[:-1], values[1:]
        mean = float(((left + right) / 2).mean())
        a, b = left - mean, right - mean
        return mean, float(((a * a + a * b + b * b) / 3).mean())


def _triangular(u: FloatArray, mode: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    width = high - low
    turn = (mode - low) / width
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1.0 - u) * width * (high - mode))
    return np.where(u < turn, rising, falling)
