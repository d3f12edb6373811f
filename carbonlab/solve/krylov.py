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

Strong couplings (loops that consume about as much as they make, or more) slow it down or break it. `strong_part`
keeps the diagonal and the few large shares only: next to no fill, and a preconditioner that has these loops exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import sparse

from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.factor import TriangularFactors, eliminate_with_pivoting

Apply = Callable[[FloatArray], FloatArray]

MOST_SWEEPS = 300
"""Steps of the sums that measure the unknowns, at most."""
GROWTH = 1.5
"""These sums are good enough when a step lets none of them grow by more than this factor."""
MOST_STEPS = 400
"""Of one BiCGSTAB run; 30 are usual, 200 with bad loops."""
STRONG = 0.1
"""Shares above this are kept by `strong_part`."""


@final
@dataclass(frozen=True, eq=False)
class Operator:
    """A matrix T (n, n) as the iteration needs it.

    Attributes
    ----------
    apply : function (n,) → (n,)
        Multiplication by T.
    diagonal : array (n,)
        Of T, without zeros.
    beside : sparse array (n, n)
        Absolute values |E| of the entries beside the diagonal.
    """

    apply: Apply
    diagonal: FloatArray
    beside: sparse.csr_array

    def measure(self, b: FloatArray) -> FloatArray:
        """Return about (|D| − |E|)⁻¹|b| (n,), from below; 0 exactly for unknowns that nothing makes up."""
        size = np.abs(self.diagonal)
        first = np.abs(b) / size
        total = first
        for _ in range(MOST_SWEEPS):
            previous, total = total, first + (self.beside @ total) / size
            if (total <= GROWTH * previous).all():
                break
        return total


def iterate(
    operator: Operator,
    b: FloatArray,
    measure: FloatArray,
    *,
    tolerance: float,
    start: FloatArray | None = None,
    precondition: Apply | None = None,
) -> FloatArray:
    """Return about T⁻¹ b (n,): as far as BiCGSTAB gets, whoever asks has to look at the residual.

    Parameters
    ----------
    operator : Operator
    b : array (n,)
    measure : array (n,)
        w; unknowns in which it is zero are left at zero.
    tolerance : float
        Of the largest entry of the residual, relative to that of the right-hand side, in shares.
    start : array (n,), optional
        Where to begin, in the unknowns of T.
    precondition : function (n,) → (n,), optional
        About the inverse of the matrix in shares.
    """
    n = len(b)
    weight = np.divide(1.0, operator.diagonal * measure, out=np.zeros(n), where=measure > 0)
    right = weight * b
    largest = float(np.abs(right).max(initial=0.0))
    if not largest or not np.isfinite(largest):
        return np.zeros(n)

    def shares(z: FloatArray) -> FloatArray:
        return weight * operator.apply(measure * z)  # unknowns without a measure stay at zero in every step

    z = np.zeros(n)
    if start is not None:
        np.divide(start / largest, measure, out=z, where=measure > 0)
    with np.errstate(all="ignore"):  # what overflows or divides by zero is seen in the residual
        z = _bicgstab(shares, right / largest, z, tolerance, precondition or (lambda y: y))
        x = measure * z * largest
    return np.asarray(x if np.isfinite(x).all() else np.zeros(n))


def _bicgstab(
    apply: Apply, b: FloatArray, x: FloatArray, tolerance: float, precondition: Apply
) -> FloatArray:
    """Return the iterate of the smallest residual (largest entry), the first one below the tolerance if any is."""
    r = b - apply(x) if x.any() else b.copy()
    shadow, best, least = r.copy(), x, _largest(r)
    rho = alpha = omega = np.float64(1.0)  # not Python's: a division by zero shall give infinity
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


def _inner(x: FloatArray, y: FloatArray) -> np.float64:
    return np.float64(np.add.reduce(x * y))


def _largest(x: FloatArray) -> float:
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
