"""Krylov iteration on a matrix whose unknowns are measured by the sum of what makes them up.

For T x = b with T = D + E (diagonal and the rest) take x = W z, where W is diagonal, and divide every equation by
its d_i w_i:

    (I + W⁻¹ D⁻¹ E W) z = W⁻¹ D⁻¹ b

With w_i about the sum of the absolute values of everything that makes up x_i, an entry of the matrix is a share of
an unknown, a residual is relative to its unknown, and no unit is left. BiCGSTAB (H. A. van der Vorst, 1992,
doi:10.1137/0913035) then converges as fast as the coupling is weak, for all unknowns alike, without any ordering.

The iteration is written out here because that of SciPy leaves inner products to a threaded library: with other
programs running these take longer than the matrix, and their digits depend on the number of threads; and because it
stops on the norm of all unknowns together, not on the worst of them.

Most steps are taken in single precision, on the entries in shares: these lie near one whatever the units are, and take
half the memory traffic, which is what a step costs. Digits that are missing come from iterations on the residual.

Strong couplings (loops that consume about as much as they make, or more) slow it down or break it. `strong_part`
keeps the diagonal and the few large shares only: next to no fill, and a preconditioner that has these loops exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.solve.equilibration import FloatArray, IntArray
from carbonlab.solve.factor import TriangularFactors, eliminate_with_pivoting

Vector = NDArray[np.floating[Any]]
"""In double or single precision."""
Apply = Callable[[Vector], Vector]

MOST_SWEEPS = 300
"""Steps of the sums that measure the unknowns, at most, once all of them are reached."""
GROWTH = 1.5
"""These sums are good enough when a step lets none of them grow by more than this factor."""
MOST_STEPS = 400
"""Of one BiCGSTAB run; 30 are usual, 200 with bad loops."""
SINGLE = 1e-5
"""Tolerances from here on are within reach of single precision."""
PIECE = 1 << 15
"""Entries that are multiplied at a time: they stay in the nearest cache."""
STRONG = 0.1
"""Shares above this are kept by `strong_part`."""


@final
@dataclass(frozen=True, eq=False)
class Operator:
    """A matrix T (n, n) as the iteration needs it.

    Attributes
    ----------
    matrix : sparse array (n, n)
        T.
    diagonal : array (n,)
        Of T, without zeros.
    beside : sparse array (n, n)
        Absolute values |E| of the entries beside the diagonal.
    """

    matrix: sparse.csr_array
    diagonal: FloatArray
    beside: sparse.csr_array

    def measure(self, b: FloatArray) -> FloatArray:
        """Return about (|D| − |E|)⁻¹|b| (n,), from below; 0 exactly for unknowns that nothing makes up."""
        size = np.abs(self.diagonal)
        first = np.abs(b) / size
        total, sweeps, reaches_further = first, 0, True
        while sweeps < MOST_SWEEPS or reaches_further:  # a chain may be longer than any number of sweeps
            previous, total = total, first + (self.beside @ total) / size
            if (total <= GROWTH * previous).all():
                break
            sweeps, reaches_further = sweeps + 1, bool(((total > 0) & (previous == 0)).any())
        return total

    @cached_property
    def rows(self) -> IntArray:
        """Row of every entry of T."""
        return np.repeat(np.arange(self.matrix.shape[0], dtype=np.intc), np.diff(self.matrix.indptr))


@final
@dataclass(frozen=True, eq=False)
class Shares:
    """An operator in shares of a measure w (n,); unknowns in which w is zero, or nearly, are left at zero."""

    operator: Operator
    measure: FloatArray

    @cached_property
    def weight(self) -> FloatArray:
        """Diagonal of W⁻¹ D⁻¹ (n,); zero where w is."""
        own = self.operator.diagonal * self.measure
        # one over less than the smallest normal number is infinite: such an unknown is left at zero too
        return np.divide(1.0, own, out=np.zeros_like(own), where=np.abs(own) >= np.finfo(float).tiny)

    @cached_property
    def single(self) -> sparse.csr_array:
        """W⁻¹ D⁻¹ T W (n, n) in single precision."""
        matrix, rows = self.operator.matrix, self.operator.rows
        data = np.empty(matrix.nnz, np.float32)
        for first in range(0, matrix.nnz, PIECE):
            part = slice(first, first + PIECE)
            data[part] = matrix.data[part] * self.measure[matrix.indices[part]] * self.weight[rows[part]]
        return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)

    def apply(self, z: Vector) -> Vector:
        """Return W⁻¹ D⁻¹ T W z (n,)."""
        return np.asarray(self.weight * (self.operator.matrix @ (self.measure * z)))


def iterate(
    shares: Shares,
    b: FloatArray,
    *,
    tolerance: float,
    start: FloatArray | None = None,
    precondition: Apply | None = None,
) -> FloatArray:
    """Return about T⁻¹ b (n,): as far as BiCGSTAB gets, whoever asks has to look at the residual.

    Parameters
    ----------
    shares : Shares
        T and the measure of the unknowns.
    b : array (n,)
    tolerance : float
        Of the largest entry of the residual, relative to that of the right-hand side, in shares; from `SINGLE` on
        the iteration runs in single precision, unless it is preconditioned.
    start : array (n,), optional
        Where to begin, in the unknowns of T.
    precondition : function (n,) → (n,), optional
        About the inverse of the matrix in shares.
    """
    n, measure = len(b), shares.measure
    right = shares.weight * b
    largest = float(np.abs(right).max(initial=0.0))
    if not largest or not np.isfinite(largest):
        return np.zeros(n)
    z: Vector = np.zeros(n)
    if start is not None:
        np.divide(start / largest, measure, out=z, where=measure > 0)
    right = right / largest
    with np.errstate(all="ignore"):  # what overflows or divides by zero is seen in the residual
        if tolerance >= SINGLE and precondition is None:
            single = right.astype(np.float32), z.astype(np.float32)
            z = _bicgstab(shares.single.__matmul__, *single, tolerance, lambda y: y)
        else:
            z = _bicgstab(shares.apply, right, z, tolerance, precondition or (lambda y: y))
        x = measure * z * largest
    return np.asarray(x if np.isfinite(x).all() else np.zeros(n))


def _bicgstab(apply: Apply, b: Vector, x: Vector, tolerance: float, precondition: Apply) -> Vector:
    """Return the iterate of the smallest residual (largest entry), the first one below the tolerance if any is."""
    r = b - apply(x) if x.any() else b.copy()
    shadow, best, least = r.copy(), x, _largest(r)
    rho = alpha = omega = b.dtype.type(1.0)  # not Python's: a division by zero shall give infinity
    p = v = np.zeros_like(b)
    for _ in range(MOST_STEPS):
        if least <= tolerance:
            break
        previous, rho = rho, _inner(shadow, r)
        if not (np.isfinite(rho) and rho and omega):
            break
        p = r + (rho / previous) * (alpha / omega) * (p - omega * v)
        direction = precondition(p)
        v = apply(direction)
        alpha = rho / _inner(shadow, v)
        x, r = x + alpha * direction, r - alpha * v
        if _largest(r) > tolerance:
            direction = precondition(r)
            t = apply(direction)
            omega = _inner(t, r) / _inner(t, t)
            x, r = x + omega * direction, r - omega * t
        size = _largest(r)
        if not np.isfinite(size):
            break
        if size < least:
            best, least = x, size
    return best


def _inner(x: Vector, y: Vector) -> Any:
    return np.add.reduce(x * y)


def _largest(x: Vector) -> float:
    return float(np.abs(x).max(initial=0.0))


def strong_part(matrix: sparse.csr_array, measure: FloatArray) -> TriangularFactors | None:
    """Factorize the diagonal and the large shares of T (in shares); None if that is singular."""
    diagonal = matrix.diagonal()
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.intc), np.diff(matrix.indptr))
    own = diagonal * measure
    with np.errstate(divide="ignore", invalid="ignore"):
        share = matrix.data * measure[matrix.indices] / own[rows]
    is_diagonal = rows == matrix.indices
    share[is_diagonal] = 1.0
    kept = is_diagonal | (np.isfinite(share) & (np.abs(share) > STRONG))
    entries = (share[kept], (rows[kept], matrix.indices[kept]))
    return eliminate_with_pivoting(
        sparse.csc_array(sparse.coo_array(entries, shape=matrix.shape)), transposed=False
    )
