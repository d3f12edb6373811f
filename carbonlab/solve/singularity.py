"""Finding the unknowns that make a matrix singular.

A matrix may be singular for three reasons, looked for in this order:

1. an empty row or column;
2. a set of unknowns that occurs in fewer equations than it has members (see matching.py);
3. values: one diagonal block of the block triangular form is singular. Its null vectors v and u, found by
   inverse iteration, say what takes part: unknown j by Σ_i |u_i b_ij v_j|, equation i by Σ_j |u_i b_ij
   v_j|, in whatever units.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve.dependence import strong_components
from carbonlab.solve.equilibration import FloatArray, IntArray
from carbonlab.solve.factor import eliminate_in_order, eliminate_with_pivoting
from carbonlab.solve.failures import empty_columns, empty_rows, numerically_singular

SUPPORT = 1e-6
"""What takes part in a null space less than this, relative to what takes part most, is left out."""
SINGULAR = 1e-8
"""A block is held to be singular when it annihilates a vector to this part of the terms that cancel."""
CERTAIN = 1e-14
"""At this part no other block is looked at."""
SHIFT = 2.0**-36
"""Relative change of the diagonal in inverse iteration: far above rounding, far below what matters."""


def check_no_empty_line(matrix: sparse.csc_array) -> None:
    """Raise if a row or a column has no entry.

    Raises
    ------
    SolveError
        Naming all of them, columns first.
    """
    columns = np.flatnonzero(np.diff(matrix.indptr) == 0)
    if columns.size:
        raise empty_columns(columns)
    rows = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[0]) == 0)
    if rows.size:
        raise empty_rows(rows)


def diagnose_singular(
    matrix: sparse.csc_array, rows: IntArray, columns: IntArray, *, transposed: bool, suspect: int
) -> SolveError:
    """Return the error for a matrix that has no usable factorization.

    Parameters
    ----------
    matrix : sparse array (n, n)
        Equilibrated and permuted such that the diagonal has no zero.
    rows, columns : integers (n,)
        What equation and what unknown of the caller each row and column is.
    transposed : bool
        Whether Aᵀ is the better one to factorize.
    suspect : int
        A column to name when no single block explains the failure.
    """
    labels = strong_components(matrix)
    sizes = np.bincount(labels)
    best, unknowns, equations = SINGULAR, np.empty(0, np.intp), np.empty(0, np.intp)
    for number in sorted(np.flatnonzero(sizes > 1), key=lambda one: int(sizes[one])):
        members = np.flatnonzero(labels == number)
        block = sparse.csc_array(matrix[members][:, members])
        remainder, right, left = _null_vectors(block, transposed=transposed)
        if remainder < best:
            best, magnitude = remainder, abs(block)
            unknowns = members[_support(np.abs(right) * (magnitude.T @ np.abs(left)))]
            equations = members[_support(np.abs(left) * (magnitude @ np.abs(right)))]
        if best <= CERTAIN:  # the smallest such block is the clearest answer
            break
    if not unknowns.size:
        members = np.flatnonzero(labels == labels[suspect])
        unknowns = equations = np.concatenate([[suspect], members[members != suspect]])
    return numerically_singular(columns[unknowns], rows[equations])


def _support(weight: FloatArray) -> NDArray[np.intp]:
    """Return the indices of what is not zero, the largest first."""
    order = np.argsort(-weight, kind="stable")
    return np.asarray(order[weight[order] > SUPPORT * weight.max()])


def _null_vectors(block: sparse.csc_array, *, transposed: bool) -> tuple[float, FloatArray, FloatArray]:
    """Return how well a block annihilates a vector (0: exactly), and its right and left null vectors.

    Inverse iteration with (B + δD)⁻¹ D, where D is the diagonal of B: it has the null vectors of B as fixed
    points, and does not depend on the scaling of rows and columns.
    """
    diagonal = block.diagonal()[:, None]
    shifted = (block + sparse.diags_array(diagonal[:, 0] * SHIFT, format="csc")).tocsc()
    factors = eliminate_in_order(shifted, transposed=transposed, pivot_threshold=SHIFT)
    factors = factors or eliminate_with_pivoting(shifted, transposed=transposed)
    if factors is None:  # B + δD is singular too: then B is so for another reason than a null vector
        return np.inf, diagonal[:, 0], diagonal[:, 0]
    right, left = np.ones_like(diagonal), np.ones_like(diagonal)
    for _ in range(4):
        right = factors.solve(diagonal * right)
        right /= np.abs(right).max()
        left = factors.solve_transposed(diagonal * left)
        left /= np.abs(left).max()
    right, left = right[:, 0], left[:, 0]
    sums = abs(block) @ np.abs(right)
    ratio = np.divide(np.abs(block @ right), sums, out=np.zeros_like(sums), where=sums > 0)
    return float(ratio.max()), right, left
