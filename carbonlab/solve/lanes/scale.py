"""Sizes of unknowns and a vector that bounds their errors, for the base values.

For a base matrix K = D + E, its comparison matrix M = |D| − |E| and right-hand sides g:

    size d    max(|x|, M⁻¹|g|): the sum of the absolute contributions that make up each unknown;
    w         M w = weight > 0: a positive solution proves that M is an M-matrix (see comparison.py).

Where loops consume more than they make M⁻¹ does not exist; |E| is then halved until it does, and there is no w. Both
need a few digits only: they scale lanes, and are where lanes start from. What lanes take from d for unknowns that they
do not solve is part of a proof, and is lowered to what a product with M proves (`least_sizes`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve.choice import ITERATE_FROM
from carbonlab.solve.comparison import EPS
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.factorization import factorize
from carbonlab.solve.krylov import Operator, Shares, iterate

MOST_HALVINGS = 30
ROUGH = 1e-5
"""Accuracy of an iteration, relative to the worst unknown."""

Solve = Callable[[FloatArray], FloatArray]


@final
@dataclass(frozen=True, eq=False)
class Comparer:
    """The comparison matrix of a base matrix, ready to be solved.

    Attributes
    ----------
    solve_damped : function (n, k) → (n, k)
        M⁻¹ of what is not negative, with |E| multiplied by `damping`.
    damping : float
        1 when M itself is an M-matrix.
    """

    solve_damped: Solve
    damping: float

    def solve(self, g: FloatArray) -> FloatArray:
        """Return about M⁻¹ g for g ≥ 0 (n, k)."""
        return np.maximum(self.solve_damped(g), 0.0)


def compare_base(matrix: sparse.csr_array, size: FloatArray) -> Comparer:
    """Return M of a matrix with a diagonal without zeros; `size` (n,) are typical unknowns, above zero."""
    diagonal = np.abs(matrix.diagonal())
    beside = sparse.csr_array(abs(matrix))
    beside.data[beside.indices == np.repeat(np.arange(len(diagonal)), np.diff(beside.indptr))] = 0.0
    demand = (diagonal * size)[:, None]
    damping = 1.0
    for _ in range(MOST_HALVINGS):
        damped = sparse.csr_array((damping * beside.data, beside.indices, beside.indptr), shape=beside.shape)
        solve = _iteration(diagonal, damped) if len(diagonal) >= ITERATE_FROM else _factors(diagonal, damped)
        if solve is not None:
            w = solve(demand)
            if (w > 0).all() and (diagonal[:, None] * w > damped @ w).all():
                return Comparer(solve, damping)
        damping /= 2
    return Comparer(lambda g: g / diagonal[:, None], 0.0)


def least_sizes(
    matrix: sparse.csr_array,
    b: FloatArray,
    x: FloatArray,
    sizes: FloatArray,
    w: FloatArray,
    error: FloatArray,
) -> FloatArray:
    """Return what max(|x|, M⁻¹|b|) surely is at least (n, k), for exact solutions x.

    As M⁻¹ ≥ 0, M⁻¹|b| ≥ d − τ w for every τ with τ M w ≥ M d − |b|: see certificate.py. |x| is as sure as its error.

    Parameters
    ----------
    matrix : sparse array (n, n)
        K; its M must be an M-matrix.
    b, x, sizes, w : arrays (n, k)
        Right-hand sides, approximate solutions, d and w.
    error : array (k,)
        Of the solutions, relative to d.
    """
    magnitude, diagonal = sparse.csr_array(abs(matrix)), np.abs(matrix.diagonal())[:, None]
    part = (np.diff(matrix.indptr)[:, None] + 4) * EPS

    def compared(v: FloatArray) -> tuple[FloatArray, FloatArray]:
        sums = magnitude @ v
        return 2 * diagonal * v - sums, part * sums

    product, rounding = compared(sizes)
    beyond = np.maximum(product + rounding - np.abs(b), 0.0)
    product, rounding = compared(w)
    covered = product - rounding
    share = np.divide(beyond, covered, out=np.full_like(beyond, np.inf), where=covered > 0)
    most = np.where(beyond > 0, share, 0.0).max(axis=0, initial=0.0)
    proved = np.isfinite(most)
    lowered = np.where(proved, sizes - np.where(proved, most, 0.0) * (1 + 4 * EPS) * w, 0.0)
    return np.asarray(np.maximum(lowered, np.maximum(np.abs(x) - 2 * error * sizes, 0.0)))


def _factors(diagonal: FloatArray, beside: sparse.csr_array) -> Solve | None:
    try:
        factorization = factorize(sparse.csc_array(sparse.diags_array(diagonal) - beside))
    except SolveError:
        return None
    return lambda g: factorization.solve(g, require_bound=False).x


def _iteration(diagonal: FloatArray, beside: sparse.csr_array) -> Solve:
    matrix = sparse.csr_array(sparse.diags_array(diagonal) - beside)
    operator = Operator(matrix, diagonal, beside)

    def solve(g: FloatArray) -> FloatArray:
        columns = [iterate(Shares(operator, operator.measure(b)), b, tolerance=ROUGH) for b in g.T]
        return np.stack(columns, axis=1)

    return solve
