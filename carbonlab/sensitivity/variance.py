"""Exact split of the variance over a full factorial design; arrays only.

Every combination of the levels of k factors is evaluated and counts the same. With Y over all combinations,

    main effect    S_i = Var(E[Y | x_i]) / Var(Y)
    total effect   T_i = 1 − Var(E[Y | x_~i]) / Var(Y)        (x_~i: all factors but i)
 (Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6; Homma and Saltelli 1996, doi:10.1016/0951-8320(96)00002-6).
Both are exact for the design: nothing is sampled. Where one factor is a random draw of the data, it is a
sample, and `split_crossed` corrects for it.
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


DATA, RULE_SET = "data", "rule_set"
TOGETHER, WITH_DATA = "rules with each other", "data with rules"


@dataclass(frozen=True, eq=False)
class CrossedSplit:
    """Variance of a crossed design of draws and rules.

    Attributes
    ----------
    variance : float
        Estimate of the whole variance [unit²].
    shares : float array (slots + 3,)
        Data alone, each slot alone, slots with each other, data with rules [-]; they sum to one.
    interval : float array (slots + 3, 2)
        Bootstrap interval of each share over the draws [-].
    main, total : float arrays (slots + 1,)
        Main and total effect of the data and of each slot [-].
    """

    variance: float
    shares: FloatArray
    interval: FloatArray
    main: FloatArray
    total: FloatArray


def split_crossed(
    values: FloatArray, slots: Sequence[str], *, level: float = 0.95, resamples: int = 500, seed: int = 0
) -> CrossedSplit:
    """Split the variance of a crossed design of data draws and rule slots.

    With y_dr under draw d (of n) and combination of options r (of R), draws a sample and options all that there are,

        data             V_D = Σ_d (ȳ_d − ȳ)² / (n − 1)
        data with rules  V_B = Σ_dr (y_dr − ȳ_d − ȳ_r + ȳ)² / ((n − 1) R)
        rules            V_R = Σ_r (ȳ_r − ȳ)² / R − V_B / n      (less what few draws alone make of it; not below 0)
        slot i           V_i = Σ_l (ȳ_l − ȳ)² / L − V_Bi / n     (the same over the L options of the slot)

    and what the slots do with each other is V_R − Σ V_i (analysis of variance of a crossed design with one random
    factor; Searle, Casella and McCulloch 1992, doi:10.1002/9780470316856, recalled). The total effect of a factor is
    all that it has a part in: of the data V_D + V_B, of a slot what averaging over its options takes away.

    Parameters
    ----------
    values : float array (draws, options of slot 1, options of slot 2, ...)
    slots : sequence of str
        Names, one for each axis after the first.
    level : float
        Of the bootstrap interval [-].
    resamples : int
        Of the draws.
    seed : int
        Of the bootstrap; any integer from 0 on.

    Raises
    ------
    ValueError
        For fewer than two draws, or axes that are not the slots.
    """
    if len(values) < 2:
        raise ValueError("a variance over draws needs at least two draws")
    if values.ndim != len(slots) + 1:
        raise ValueError(f"{values.ndim - 1} axes of rules do not fit {len(slots)} slots")
    parts = _parts(values)
    variance = float(parts.sum())
    blank = np.full(len(slots) + 1, np.nan)
    if not np.isfinite(variance) or variance <= ROUNDING * float((values**2).mean()):
        nothing = np.full(len(slots) + 3, np.nan)
        missing = variance if np.isnan(variance) else 0.0
        return CrossedSplit(missing, nothing, np.column_stack([nothing, nothing]), blank, blank.copy())
    shares = parts / variance
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    again = np.array(
        [_parts(values[generator.integers(len(values), size=len(values))]) for _ in range(resamples)]
    )
    sums = again.sum(axis=1, keepdims=True)
    again = again[sums[:, 0] > 0] / sums[sums[:, 0] > 0]
    tail = 50.0 * (1.0 - level)
    interval = np.percentile(again, [tail, 100.0 - tail], axis=0).T
    total = [shares[0] + shares[-1]]
    for axis in range(1, values.ndim):
        without = _parts(values.mean(axis=axis)) if values.ndim > 2 else _draws_alone(values.mean(axis=axis))
        total.append(max(1.0 - float(without.sum()) / variance, 0.0))
    return CrossedSplit(variance, shares, interval, shares[: len(slots) + 1].copy(), np.array(total))


def _parts(values: FloatArray) -> FloatArray:
    """Return V of data, of each slot, of slots with each other, and of data with rules."""
    draws = len(values)
    flat = values.reshape(draws, -1)
    by_draw, mean = flat.mean(axis=1), flat.mean()
    data = float(((by_draw - mean) ** 2).sum()) / (draws - 1)
    rules, both = _rules_and_both(flat)
    slots = []
    for axis in range(1, values.ndim):
        others = tuple(other for other in range(1, values.ndim) if other != axis)
        slots.append(_rules_and_both(values.mean(axis=others))[0])
    together = max(rules - sum(slots), 0.0) if len(slots) > 1 else 0.0
    return np.array([data, *slots, together, both])


def _rules_and_both(flat: FloatArray) -> tuple[float, float]:
    """Return V_R and V_B of a table (draws, options)."""
    draws, options = flat.shape
    by_draw, by_rule, mean = flat.mean(axis=1), flat.mean(axis=0), flat.mean()
    both = float(((flat - by_draw[:, None] - by_rule + mean) ** 2).sum()) / ((draws - 1) * options)
    return max(float(((by_rule - mean) ** 2).mean()) - both / draws, 0.0), both


def _draws_alone(by_draw: FloatArray) -> FloatArray:
    return np.array([float(by_draw.var(ddof=1))])


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


def split_with_draws(
    values: FloatArray, *, level: float = 0.95, resamples: int = 500, seed: int = 0
) -> DataAndRules:
    """Split the variance of a crossed design into data, all rules as one factor, and both: `split_crossed` with the
    axes after the first as one.
    """
    flat = values.reshape(len(values), -1)
    found = split_crossed(flat, ("rules",), level=level, resamples=resamples, seed=seed)
    kept = [0, 1, 3]  # one factor has nothing to do with itself
    return DataAndRules(found.variance, found.shares[kept], found.interval[kept])


def largest_factor(names: Sequence[str], effects: FloatArray) -> str:
    """Return the name of the factor with the largest effect; empty where there is none."""
    return names[int(np.nanargmax(effects))] if np.isfinite(effects).any() else ""
