"""Sobol' indices of discrete factors by SALib, for designs too large for every combination, and as a check of
the exact split.
 Saltelli's design (SALib: Herman and Usher 2017, doi:10.21105/joss.00097; Iwanaga et al. 2022,
doi:10.18174/sesmo.18155). A factor with m levels takes the level ⌊m·x⌋ of a uniform x in [0, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import sobol as analyzer
from SALib.sample import sobol as sampler

from carbonlab.errors import RefusedError

FloatArray = NDArray[np.float64]
LevelArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Estimated Sobol' indices.

    Attributes
    ----------
    names : tuple of str
        Factors, or groups of them.
    main, total : float arrays (names,)
        First-order and total indices [-].
    main_interval, total_interval : float arrays (names,)
        Half widths of the bootstrap intervals [-].
    evaluations : int
        How often the result was asked for.
    """

    names: tuple[str, ...]
    main: FloatArray
    total: FloatArray
    main_interval: FloatArray
    total_interval: FloatArray
    evaluations: int


def sobol_indices(
    levels: Mapping[str, int],
    evaluate: Callable[[LevelArray], FloatArray],
    *,
    groups: Sequence[str] = (),
    samples: int = 1024,
    level: float = 0.95,
    seed: int = 0,
) -> SobolIndices:
    """Estimate Sobol' indices of discrete factors.

    Parameters
    ----------
    levels : mapping of str to int
        Factor → number of its levels.
    evaluate : callable
        Takes levels (rows, factors) and returns results (rows,).
    groups : sequence of str
        Group of each factor (say "data" and "rules"); by default every factor stands alone.
    samples : int
        Base samples, a power of two; there are (names + 2) × samples evaluations.
    level : float
        Of the bootstrap intervals [-].
    seed : int
        Any integer from 0 on; the same seed gives the same numbers.

    Raises
    ------
    RefusedError
        If a result is not a number, or nothing varies: an index would be made up.

    Examples
    --------
    >>> table = np.array([[0.0, 2.0], [1.0, 3.0]])
    >>> found = sobol_indices({"a": 2, "b": 2}, lambda at: table[tuple(at.T)])
    >>> bool(np.allclose(found.main, [0.2, 0.8], atol=0.02))
    True
    """
    problem = {"num_vars": len(levels), "names": list(levels), "bounds": [[0.0, 1.0]] * len(levels)}
    if groups:
        problem["groups"] = list(groups)
    design = sampler.sample(problem, samples, calc_second_order=False, seed=salib_seed(seed))
    counts = np.array(list(levels.values()))
    results = np.asarray(evaluate(np.minimum((design * counts).astype(np.int64), counts - 1)), float)
    if not np.isfinite(results).all() or results.std() == 0:
        raise RefusedError(
            "the result has no number for some combination, or does not vary at all",
            where="Sobol' indices",
            why="shares of its variance would be made up",
            remedy="leave the combinations without a number out of the design, or look at the range instead",
        )
    found = analyzer.analyze(
        problem,
        results,
        calc_second_order=False,
        conf_level=level,
        seed=salib_seed(seed),
        print_to_console=False,
    )
    names = tuple(dict.fromkeys(groups)) if groups else tuple(levels)
    main, total, around_main, around_total = (
        np.asarray(found[key], float) for key in ("S1", "ST", "S1_conf", "ST_conf")
    )
    return SobolIndices(names, main, total, around_main, around_total, len(results))


def salib_seed(seed: int) -> int:
    """Return the seed to hand to SALib: some of its analysers take 0 for "no seed", so it never gets a 0."""
    return 1 + int(np.random.SeedSequence(seed).generate_state(1)[0]) % (2**31 - 1)
