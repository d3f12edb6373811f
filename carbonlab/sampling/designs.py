"""Designs over a frozen list of inputs: scrambled Sobol' sequences and Latin hypercubes.

SciPy's generators (Roy et al. 2023, doi:10.21105/joss.05309; scrambling by a random linear matrix and a digital
shift, Matoušek 1998, doi:10.1006/jcom.1998.0489). A design belongs together: a column more is another design.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy  # scipy.stats is loaded on first use: only designs need it
from numpy.typing import NDArray

from carbonlab.errors import RefusedError, StudyError
from carbonlab.sampling.plan import SamplingPlan

LARGEST = 2**28
"""Numbers that one design may have: it is held in memory."""


@lru_cache(maxsize=4)
def design_of(plan: SamplingPlan) -> NDArray[np.float64]:
    """Return the numbers between 0 and 1 (inputs, draws) of a plan's design; never 0 or 1 themselves.

    Raises
    ------
    StudyError
        If the plan has no list of inputs.
    RefusedError
        If the design has more inputs or numbers than can be made.
    """
    count = len(plan.inputs)
    if not count:
        raise StudyError(
            f"the sampling plan {plan.kind!r} names no inputs",
            why="a design belongs to a list of inputs",
            remedy="name them: carbonlab.sampling.inputs.inputs_of(...).labels lists what can be drawn",
        )
    if count * plan.draws > LARGEST or (plan.kind == "sobol" and count > scipy.stats.qmc.Sobol.MAXDIM):
        raise RefusedError(
            f"a design of {count} inputs and {plan.draws} draws is too large",
            remedy="choose fewer inputs by screening, fewer draws, or the plan 'streams'",
        )
    generator = np.random.default_rng(np.random.SeedSequence(plan.seed))
    if plan.kind == "sobol":
        points = scipy.stats.qmc.Sobol(count, scramble=True, seed=generator).random_base2(
            plan.draws.bit_length() - 1
        )
    else:
        points = scipy.stats.qmc.LatinHypercube(count, seed=generator).random(plan.draws)
    smallest = 2.0**-53
    return np.ascontiguousarray(np.clip(points, smallest, 1.0 - smallest).T)


def design_rows(plan: SamplingPlan, lanes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the numbers (inputs, lanes) of some draws of a plan's design.

    Raises
    ------
    RefusedError
        If a draw is beyond the end of the design.
    """
    if len(lanes) and (lanes.min() < 0 or lanes.max() >= plan.draws):
        raise RefusedError(
            f"draw {int(lanes.max())} is not in a design of {plan.draws} draws",
            why="a design has as many draws as its plan says",
            remedy="ask for draws below that, or make a plan with more",
        )
    return design_of(plan)[:, lanes]
