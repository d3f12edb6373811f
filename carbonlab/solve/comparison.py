"""The comparison matrix: an entrywise bound on the inverse, and a scale for errors.

For A = D + E (diagonal and the rest) and 0 < θ ≤ 1 the comparison matrix is

    M = |D| − θ |E|     (θ applied within strong components only)

If w > 0 with M w > 0 exists, M is a non-singular M-matrix, M⁻¹ ≥ 0, and for θ = 1

    |A⁻¹| ≤ M⁻¹  entry by entry     (A. Ostrowski, 1937; N. J. Higham, Accuracy and Stability of Numerical
                                     Algorithms, 2002, chapter 8, doi:10.1137/1.9780898718027).

Two uses:

- M⁻¹ g bounds |A⁻¹| g, one solve for any number of right-hand sides, when θ = 1 is possible.
- (M⁻¹ |b|)_i is the sum of the absolute values of everything that makes up x_i, over all paths through the
  matrix. What is left of x_i when parts cancel is judged against this sum, as no arithmetic can do better.
  When loops consume more than they make the sum does not exist for θ = 1; θ is then halved until the loops
  are weak, which gives a smaller, hence stricter, scale.

When A is M up to the signs of its rows, the factorization of A serves for M too and nothing is computed
twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import sparse

from carbonlab.solve.dependence import strong_components
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.factor import TriangularFactors, eliminate_in_order

EPS = float(np.finfo(float).eps)
SMALLEST = 2.0**-60
"""Damping that is given up at, for none at all within loops: a matrix with a vanishing diagonal."""
GAIN_AIM = 0.5
"""Damped loops keep about this gain."""
GAIN_STEPS = 60
"""Steps over which the gain is taken: it need not be exact."""


@final
@dataclass(frozen=True, eq=False)
class Comparison:
    """M of a matrix A, solved.

    Attributes
    ----------
    factors : TriangularFactors
        Of M, or of A when `is_same` says so.
    signs : array (n,)
        Sign of each diagonal entry of A.
    is_same : bool
        Whether A is M with the signs of some rows changed.
    damping : float
        θ; 1 means that M⁻¹ bounds |A⁻¹|.
    """

    factors: TriangularFactors
    signs: FloatArray
    is_same: bool
    damping: float

    @property
    def is_bound(self) -> bool:
        """Whether M⁻¹ ≥ |A⁻¹| entry by entry."""
        return self.damping == 1.0

    def solve(self, g: FloatArray) -> FloatArray:
        """Return M⁻¹ g for g ≥ 0 (n, k)."""
        return np.abs(self.factors.solve(self.signs[:, None] * g if self.is_same else g))

    def solve_transposed(self, g: FloatArray) -> FloatArray:
        """Return M⁻ᵀ g for g ≥ 0 (n, k)."""
        return np.abs(self.factors.solve_transposed(g))


def compare(matrix: sparse.csc_array, factors: TriangularFactors) -> Comparison:
    """Return the comparison matrix of A with the largest damping that makes it an M-matrix.

    Parameters
    ----------
    matrix : sparse array (n, n)
        A, permuted into its order of elimination, no zero on the diagonal.
    factors : TriangularFactors
        Of A; used for M as well if A is M up to the signs of rows.
    """
    diagonal = matrix.diagonal()
    signs = np.sign(diagonal)
    undamped = _damp(matrix, 1.0)
    if factors.has_diagonal_pivots and (undamped.data == matrix.data * signs[matrix.indices]).all():
        candidate = Comparison(factors, signs, True, 1.0)
        if _is_m_matrix(undamped, candidate):
            return candidate
    damping = 1.0
    while damping >= SMALLEST:
        candidate_or_none = _attempt(matrix, signs, damping, transposed=factors.transposed)
        if candidate_or_none is not None:
            return candidate_or_none
        damping = min(damping / 2, GAIN_AIM / max(_gain(undamped), 1.0)) if damping == 1.0 else damping / 2
    diagonal_only = eliminate_in_order(_damp(matrix, 0.0), transposed=factors.transposed, pivot_threshold=0.0)
    assert diagonal_only is not None, "a triangular matrix without zeros on its diagonal has pivots"
    return Comparison(diagonal_only, signs, False, 0.0)


def _attempt(
    matrix: sparse.csc_array, signs: FloatArray, damping: float, *, transposed: bool
) -> Comparison | None:
    damped = _damp(matrix, damping)
    factors = eliminate_in_order(damped, transposed=transposed, pivot_threshold=0.0)
    if factors is None or not factors.has_diagonal_pivots:
        return None
    candidate = Comparison(factors, signs, False, damping)
    return candidate if _is_m_matrix(damped, candidate) else None


def _damp(matrix: sparse.csc_array, damping: float) -> sparse.csc_array:
    """Return |D| − θ|E|, θ within strong components only."""
    entries = matrix.tocoo()
    beside = entries.row != entries.col
    factor = np.where(beside, -1.0, 1.0)
    if damping != 1.0:
        labels = strong_components(matrix)
        factor[beside & (labels[entries.row] == labels[entries.col])] = -damping
    return sparse.csc_array(
        (np.abs(matrix.data) * factor, matrix.indices.copy(), matrix.indptr.copy()), matrix.shape
    )


def _is_m_matrix(matrix: sparse.csc_array, candidate: Comparison) -> bool:
    """Whether some w > 0 with M w > 0, rounding included, shows that M is an M-matrix.

    The first attempt is w = M⁻¹ 1. Along chains that grow, one is nothing beside the terms of M w; the second
    attempt asks for a small part of these terms instead.
    """
    lengths = np.bincount(matrix.indices, minlength=matrix.shape[0])[:, None]
    magnitude = abs(matrix)
    b = np.ones((matrix.shape[0], 1))
    for _ in range(2):
        w = candidate.factors.solve(candidate.signs[:, None] * b if candidate.is_same else b)
        if not np.isfinite(w).all() or (w <= 0).any():
            return False
        terms = magnitude @ w
        if (matrix @ w > (lengths + 2) * EPS * terms).all():
            return True
        b = np.maximum(1.0, np.sqrt(EPS) * terms)
    return False


def _gain(matrix: sparse.csc_array) -> float:
    """Return about the largest gain of the loops of M: growth of N = I − M |D|⁻¹ over some steps."""
    labels = strong_components(matrix)
    entries = matrix.tocoo()
    inside = (entries.row != entries.col) & (labels[entries.row] == labels[entries.col])
    weights = -entries.data[inside] / matrix.diagonal()[entries.col[inside]]
    coupling = sparse.csr_array((weights, (entries.row[inside], entries.col[inside])), shape=matrix.shape)
    vector, total = np.ones(matrix.shape[0]), 0.0
    for _ in range(GAIN_STEPS):
        vector = coupling @ vector
        growth = float(vector.max())
        if growth == 0.0:
            return 0.0
        vector /= growth
        total += np.log(growth)
    return float(np.exp(total / GAIN_STEPS))  # the mean of all steps: loops of period p grow in cycles of p
