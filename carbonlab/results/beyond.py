"""Benefits and loads beyond the system boundary (module D of EN 15804): reported apart, never part of A.

Entries that a rule puts beyond the boundary lie in no matrix. With D (columns, columns) their values and Λ
the intensities of the product system itself, what the run of a column brings beyond the boundary is −Dᵀ Λ,
and

    Aᵀ Λ_D = −Dᵀ Λ

spreads it over everything upstream: Λ_D (columns, channels) is the module D of one unit of every product.
What lies beyond the boundary has no module D of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from carbonlab.rules.entries import FloatArray
from carbonlab.solve import Prepared, Solution
from carbonlab.system.product_system import ProductSystem


@dataclass(frozen=True, eq=False)
class Beyond:
    """What lies beyond the boundary of a product system, solved.

    Attributes
    ----------
    kept : int array (channels of module D,)
        The channel of the product system that each channel of module D repeats.
    solution : Solution
        Λ_D (columns, channels of module D) [kg of gas].
    """

    kept: Sequence[int]
    solution: Solution


def solve_beyond(system: ProductSystem, factorization: Prepared, adjoint: Solution) -> Beyond | None:
    """Return module D of every product; None where no rule puts anything beyond the boundary.

    Raises
    ------
    SolveError
        If the solution misses its bound in a way that the solver refuses.
    """
    pattern = system.beyond_pattern
    if not len(pattern.entry):
        return None
    values, _ = system.entry_values(system.work.amounts)
    shape = (len(system.columns), len(system.columns))
    D = sparse.csc_array(
        sparse.coo_array((values[pattern.entry], (pattern.row, pattern.column)), shape=shape)
    )
    right: FloatArray = np.asarray(-(D.T @ adjoint.x))
    kept = np.flatnonzero(np.any(right, axis=0))
    if not len(kept):
        return None
    return Beyond(kept.tolist(), factorization.solve_transposed(np.ascontiguousarray(right[:, kept])))
