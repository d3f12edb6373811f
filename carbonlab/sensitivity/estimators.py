"""Sensitivity of any function of numbers between 0 and 1, by SALib: Sobol' indices, Morris' effects, delta.

The only module that knows SALib (Herman and Usher 2017, doi:10.21105/joss.00097; Iwanaga et al. 2022,
doi:10.18174/sesmo.18155). Every estimate comes with a bootstrap interval, and with what half of the sample says.

- Sobol' indices from Saltelli's design (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018);
- elementary effects (Morris 1991, doi:10.2307/1269043; Campolongo et al. 2007, doi:10.1016/j.envsoft.2006.10.004);
- the moment-independent delta (Borgonovo 2007, doi:10.1016/j.ress.2006.04.015; Plischke et al. 2013,
  doi:10.1016/j.ejor.2012.11.047).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # scipy.stats is loaded on first use: only designs need it
from numpy.typing import NDArray
from SALib.analyze import delta as delta_analyzer
from SALib.analyze import morris as morris_analyzer
from SALib.analyze import sobol as sobol_analyzer
from SALib.sample import morris as morris_sampler
from SALib.sample import sobol as sobol_sampler

from carbonlab.errors import RefusedError

FloatArray = NDArray[np.float64]
LevelArray = NDArray[np.int64]
Evaluate = Callable[[FloatArray], FloatArray]
"""Takes points (rows, factors) between 0 and 1, returns results (rows,)."""

MORRIS_LEVELS = 4
SALIB_RESAMPLES = 100
DELTA_RESAMPLES = 40
"""Each costs three kernel densities per class of every factor."""


@dataclass(frozen=True)
class Factors:
    """What is varied: every factor between 0 and 1, alike.

    Attributes
    ----------
    names : tuple of str
    groups : tuple of str
        Group of each factor; factors of one group are judged together. Empty: each by itself.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[str, ...]:
        """What gets an index: the groups in the order of their first factor, or the factors."""
        return tuple(dict.fromkeys(self.groups)) if self.groups else self.names

    def problem(self) -> dict[str, Any]:
        """Return them as SALib wants them, under names of its own: it refuses some endings."""
        problem: dict[str, Any] = {
            "num_vars": len(self.names),
            "names": [f"x{number}" for number in range(len(self.names))],
            "bounds": [[0.0, 1.0]] * len(self.names),
        }
        numbers = [f"g{self.judged.index(group)}" for group in self.groups]
        return problem | ({"groups": numbers} if numbers else {})


@dataclass(frozen=True, eq=False)
class Estimate:
    """Estimated sensitivities.

    Attributes
    ----------
    names : tuple of str
        Factors, or groups of them.
    measures : tuple of str
        What was estimated, the one that ranks first: ``total`` and ``main``; ``mu_star``, ``mu`` and ``sigma``; or
        ``delta`` and ``main``.
    values, intervals, before : float arrays (names, measures)
        Estimates, half widths of their bootstrap intervals (NaN where there is none), and estimates from half of the
        sample.
    results : float array (evaluations,)
        The result at every point of the design.
    notes : tuple of str
        What the estimator found odd.
    """

    names: tuple[str, ...]
    measures: tuple[str, ...]
    values: FloatArray
    intervals: FloatArray
    before: FloatArray
    results: FloatArray
    notes: tuple[str, ...] = ()

    def of(self, measure: str) -> FloatArray:
        """Return the values (names,) of one measure."""
        return self.values[:, self.measures.index(measure)]

    def interval(self, measure: str) -> FloatArray:
        """Return the half widths (names,) of one measure."""
        return self.intervals[:, self.measures.index(measure)]


def sobol_indices(
    factors: Factors, evaluate: Evaluate, *, samples: int = 1024, level: float = 0.95, seed: int = 0
) -> Estimate:
    """Estimate first-order (``main``) and total Sobol' indices.

    Parameters
    ----------
    factors : Factors
    evaluate : callable
        Takes points (rows, factors) between 0 and 1 and returns results (rows,).
    samples : int
        Base samples, a power of two from 4 on; there are (judged + 2) × samples evaluations.
    level : float
        Of the bootstrap intervals [-].
    seed : int
        Any integer from 0 on; the same seed gives the same numbers.

    Raises
    ------
    RefusedError
        If a result is not a number, nothing varies, or `samples` is no power of two.

    Examples
    --------
    >>> found = sobol_indices(Factors(("a", "b")), lambda x: x[:, 0] + 2 * x[:, 1], samples=256)
    >>> bool(np.allclose(found.of("main"), [0.2, 0.8], atol=0.02))
    True
    """
    if samples < 4 or samples & (samples - 1):
        raise RefusedError(
            f"{samples} base samples are asked for",
            where="Sobol' indices",
            why="the design is balanced at powers of two only, and half of it is used for comparison",
            remedy=f"use {1 << max(samples.bit_length(), 2)}",
        )
    problem = factors.problem()
    with _own_random_state(seed) as number:
        design = sobol_sampler.sample(problem, samples, calc_second_order=False, seed=number)
    results = _checked(evaluate(np.asarray(design, float)), "Sobol' indices")

    def analyze(part: FloatArray) -> dict[str, Any]:
        with _own_random_state(seed) as number:
            found: dict[str, Any] = sobol_analyzer.analyze(
                problem,
                part,
                calc_second_order=False,
                conf_level=level,
                num_resamples=SALIB_RESAMPLES,
                seed=number,
            )
        return found

    columns = {"total": ("ST", "ST_conf"), "main": ("S1", "S1_conf")}
    return _estimate(factors, columns, analyze(results), analyze(results[: len(results) // 2]), results)


def morris_effects(
    factors: Factors,
    evaluate: Evaluate,
    *,
    trajectories: int = 20,
    inner: float = 0.9,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Estimate elementary effects: mean, mean absolute value, and spread of the change over the range.

    Parameters
    ----------
    factors, evaluate, level, seed
        As in `sobol_indices`.
    trajectories : int
        Four at least; there are (judged + 1) × trajectories evaluations.
    inner : float
        Part of the range between 0 and 1 that is used, in its middle: quantiles at 0 and 1 may be infinite.

    Raises
    ------
    RefusedError
        As `sobol_indices`; for fewer than four trajectories.
    """
    if trajectories < 4:
        raise RefusedError(
            f"{trajectories} trajectories are asked for",
            where="Morris' effects",
            why="half of them are used for comparison",
            remedy="use 4 or more, better 20",
        )
    problem = factors.problem()
    with _own_random_state(seed) as number:
        design = morris_sampler.sample(problem, trajectories, num_levels=MORRIS_LEVELS, seed=number)
    results = _checked(evaluate(0.5 + inner * (design - 0.5)), "Morris' effects", may_stay=True)

    def analyze(points: FloatArray, part: FloatArray) -> dict[str, Any]:
        with _own_random_state(seed) as number:
            found: dict[str, Any] = morris_analyzer.analyze(
                problem, points, part, conf_level=level, num_levels=MORRIS_LEVELS, seed=number
            )
        return found

    half = len(results) // trajectories * (trajectories // 2)
    columns = {"mu_star": ("mu_star", "mu_star_conf"), "mu": ("mu", ""), "sigma": ("sigma", "")}
    return _estimate(
        factors, columns, analyze(design, results), analyze(design[:half], results[:half]), results
    )


def delta_measures(
    factors: Factors, evaluate: Evaluate, *, samples: int = 1024, level: float = 0.95, seed: int = 0
) -> Estimate:
    """Estimate the moment-independent delta, and first-order indices from the same given data.

    The estimate rests on kernel densities of a hundred points: where a factor dominates it is low (0.54 instead of
    0.70 in the tests, at 512 points), for an idle factor it is not quite 0, and the bootstrap interval does not hold
    this. It ranks; Sobol' indices measure. The densities take their time: about 0.27 s for each factor at 1,024 points
    (50 factors: 13 s on a busy laptop processor, against 0.6 s to analyze Sobol' indices of as many base samples), and
    in proportion to the number of factors.

    Parameters
    ----------
    factors, evaluate, level, seed
        As in `sobol_indices`; groups are not known to this measure.
    samples : int
        Evaluations, a power of two from 64 on.

    Raises
    ------
    RefusedError
        As `sobol_indices`; for groups; if a factor has no estimate.
    """
    if factors.groups or samples < 64 or samples & (samples - 1):
        raise RefusedError(
            "delta is asked for groups" if factors.groups else f"{samples} samples are asked for",
            where="delta",
            why="it compares whole distributions at values of single factors"
            if factors.groups
            else "the design is balanced at powers of two only, and needs some points in every class",
            remedy="use Sobol' indices" if factors.groups else f"use {max(64, 1 << samples.bit_length())}",
        )
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    design = scipy.stats.qmc.Sobol(len(factors.names), scramble=True, seed=generator).random_base2(
        samples.bit_length() - 1
    )
    design = np.clip(design, 2.0**-53, 1 - 2.0**-53)
    results = _checked(evaluate(design), "delta")
    notes: list[str] = []

    def analyze(points: FloatArray, part: FloatArray, resamples: int) -> dict[str, Any]:
        with _own_random_state(seed) as number, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found: dict[str, Any] = delta_analyzer.analyze(
                factors.problem(), points, part, conf_level=level, num_resamples=resamples, seed=number
            )
        notes.extend(str(warning.message) for warning in caught)
        return found

    columns = {"delta": ("delta_raw", "delta_raw_conf"), "main": ("S1", "S1_conf")}
    half = samples // 2
    found = _estimate(
        factors,
        columns,
        analyze(design, results, DELTA_RESAMPLES),
        analyze(design[:half], results[:half], DELTA_RESAMPLES // 4),
        results,
    )
    lost = [
        name for name, value in zip(found.names, found.of("delta"), strict=True) if not np.isfinite(value)
    ]
    if lost:
        raise RefusedError(
            f"delta of {lost[0]!r} could not be estimated: {'; '.join(notes) or 'no reason is given'}",
            remedy="use more samples, or Sobol' indices",
        )
    return Estimate(**{**vars(found), "notes": tuple(dict.fromkeys(notes))})


def levels_of(points: FloatArray, count: int) -> LevelArray:
    """Return the levels 0 … count − 1 that numbers between 0 and 1 stand for; all of equal weight."""
    return np.minimum((points * count).astype(np.int64), count - 1)


def salib_seed(seed: int) -> int:
    """Return the seed to hand to SALib: some of its analysers take 0 for "no seed", so it never gets a 0."""
    return 1 + int(np.random.SeedSequence(seed).generate_state(1)[0]) % (2**31 - 1)


@contextmanager
def _own_random_state(seed: int) -> Iterator[int]:
    """Lend SALib what it changes for the whole process, random state and form of warnings, and put it back."""
    number = salib_seed(seed)
    before, form = np.random.get_state(), warnings.formatwarning
    np.random.seed(number)
    try:
        yield number
    finally:
        np.random.set_state(before)
        warnings.formatwarning = form


def _checked(results: Any, where: str, *, may_stay: bool = False) -> FloatArray:
    found = np.asarray(results, float)
    lost = int((~np.isfinite(found)).sum())
    if lost or (not may_stay and np.ptp(found) <= 1e-12 * float(np.abs(found).max(initial=0.0))):
        raise RefusedError(
            f"the result has no number at {lost} of {len(found)} points"
            if lost
            else "the result does not vary at all",
            where=where,
            why="shares of its variance would be made up",
            remedy="leave the combinations without a number out of the design, or look at the range instead",
        )
    return found


def _estimate(
    factors: Factors,
    columns: dict[str, tuple[str, str]],
    whole: dict[str, Any],
    half: dict[str, Any],
    results: FloatArray,
) -> Estimate:
    blank = np.full(len(factors.judged), np.nan)

    def table(found: dict[str, Any], place: int) -> FloatArray:
        keys: Sequence[str] = [pair[place] for pair in columns.values()]
        return np.column_stack([np.asarray(found[key], float) if key else blank for key in keys])

    return Estimate(factors.judged, tuple(columns), table(whole, 0), table(whole, 1), table(half, 0), results)
