"""Exact split of the variance over a full factorial design; arrays only.

Every combination of the levels of k factors is evaluated and counts the same. With Y over all combinations,

    main effect    S_i = Var(E[Y | x_i]) / Var(Y)
    total effect   T_i = 1 − Var(E[Y | x_~i]) / Var(Y)        (x_~i: all factors but i)
 (Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6; Homma and Saltelli 1996, doi:10.1016/0951-8320(96)00002-6).
Both are exact for the design: nothing is sampled. Where one factor is a random draw of the data, it is a
sample, and `split_with_draws` corrects for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ROUNDING = 1e-24
"""A variance below this part of the mean square is rounding: nothing varies."""


@dataclass(frozen=True, eq=False)
class FactorVariance:
    """Variance by factor.

    Attributes
    ----------
    variance : float
        Of the result over the design [unit²].
    main, total : float arrays (factors,)
        Effects [-]; NaN where nothing varies or a combination has no result.
    """

    variance: float
    main: FloatArray
    total: FloatArray


def variance_by_factor(values: FloatArray) -> FactorVariance:
    """Return main and total effects of the factors of a full factorial.

    Parameters
    ----------
    values : float array (levels of factor 1, levels of factor 2, ...)
        Result of every combination.

    Examples
    --------
    Two additive factors, the second with twice the effect, and no interaction:

    >>> found = variance_by_factor(np.array([[0.0, 2.0], [1.0, 3.0]]))
    >>> found.main.round(6).tolist(), found.total.round(6).tolist()
    ([0.2, 0.8], [0.2, 0.8])
    """
    axes = tuple(range(values.ndim))
    variance = float(values.var())
    if not np.isfinite(variance) or variance <= ROUNDING * float((values**2).mean()):
        blank = np.full(values.ndim, np.nan)
        return FactorVariance(variance if np.isnan(variance) else 0.0, blank, blank.copy())
    main = [values.mean(axis=axes[:i] + axes[i + 1 :]).var() / variance for i in axes]
    total = [1.0 - values.mean(axis=i).var() / variance for i in axes]
    return FactorVariance(variance, np.array(main), np.array(total))


@dataclass(frozen=True, eq=False)
class DataAndRules:
    """Variance by data, rules, and both together.

    Attributes
    ----------
    variance : float
        Estimate of the whole variance [unit²].
    shares : float array (3,)
        Data alone, rules alone, both together (their interaction) [-]; they sum to one.
    interval : float array (3, 2)
        Bootstrap interval of each share over the draws [-].
    """

    variance: float
    shares: FloatArray
    interval: FloatArray


PARTS = ("data", "rules", "both")


def split_with_draws(
    values: FloatArray, *, level: float = 0.95, resamples: int = 500, seed: int = 0
) -> DataAndRules:
    """Split the variance of a crossed design of data draws and rule sets.

    With y_dr under draw d (of n) and rule set r (of R), draws a sample and rule sets all that there are:

        data   V_D = Σ_d (ȳ_d − ȳ)² / (n − 1)
        both   V_B = Σ_dr (y_dr − ȳ_d − ȳ_r + ȳ)² / ((n − 1) R)
        rules  V_R = Σ_r (ȳ_r − ȳ)² / R − V_B / n      (less what few draws alone make of it; not below 0)

    (analysis of variance of a two-way design with one random factor; Searle, Casella and McCulloch 1992,
    doi:10.1002/9780470316856, recalled).

    Parameters
    ----------
    values : float array (draws, rule sets ...)
        Further axes are flattened into rule sets.
    level : float
        Of the bootstrap interval [-].
    resamples : int
        Of the draws.
    seed : int
        Of the bootstrap; any integer from 0 on.

    Raises
    ------
    ValueError
        For fewer than two draws.
    """
    flat = values.reshape(len(values), -1)
    if len(flat) < 2:
        raise ValueError("a variance over draws needs at least two draws")
    variance, shares = _shares(flat)
    if not np.isfinite(shares).all():
        return DataAndRules(variance, shares, np.full((3, 2), np.nan))
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    again = [_shares(flat[generator.integers(len(flat), size=len(flat))])[1] for _ in range(resamples)]
    tail = 50.0 * (1.0 - level)
    interval = np.nanpercentile(np.array(again), [tail, 100.0 - tail], axis=0).T
    return DataAndRules(variance, shares, interval)


def _shares(flat: FloatArray) -> tuple[float, FloatArray]:
    draws, rules = flat.shape
    by_draw, by_rule, mean = flat.mean(axis=1), flat.mean(axis=0), flat.mean()
    both = float(((flat - by_draw[:, None] - by_rule + mean) ** 2).sum()) / ((draws - 1) * rules)
    data = float(((by_draw - mean) ** 2).sum()) / (draws - 1)
    rule = max(float(((by_rule - mean) ** 2).mean()) - both / draws, 0.0)
    variance = data + rule + both
    if not np.isfinite(variance) or variance <= ROUNDING * float((flat**2).mean()):
        return (variance if np.isnan(variance) else 0.0), np.full(3, np.nan)
    return variance, np.array([data, rule, both]) / variance


def largest_factor(names: Sequence[str], effects: FloatArray) -> str:
    """Return the name of the factor with the largest effect; empty where there is none."""
    return names[int(np.nanargmax(effects))] if np.isfinite(effects).any() else ""
