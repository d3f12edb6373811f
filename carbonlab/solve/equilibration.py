"""Scaling of rows and columns to about unit magnitude, by powers of two.

Rows and columns of one matrix may be in units that differ by many orders of magnitude (10¹² is usual). A
scaled matrix Â = R A C with diagonal R and C, whose largest entries are about one in every row and column,
lets pivots, eigenvalues and rounding errors be judged. R and C are powers of two: scaling changes no digit
of any entry.

The iteration divides every row and every column by the square root of its largest entry until nothing changes
(D. Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices, Rutherford Appleton
Laboratory, report RAL-TR-2001-034). It works on binary exponents, that is in integers, and hence is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intc]

_NOTHING = np.iinfo(np.intc).min // 4
"""Exponent of a row or column that has no entry."""


@final
@dataclass(frozen=True, eq=False)
class Scaling:
    """Binary exponents of the row and column factors of a matrix.

    Attributes
    ----------
    rows, columns : integer arrays (n,)
        Row i is multiplied by ``2**rows[i]``, column j by ``2**columns[j]``.
    """

    rows: IntArray
    columns: IntArray

    def scale_matrix(self, matrix: sparse.csc_array) -> sparse.csc_array:
        """Return Â = R A C; the given matrix is left as it is."""
        column = np.repeat(self.columns, np.diff(matrix.indptr))
        data = np.ldexp(matrix.data, self.rows[matrix.indices] + column)
        return sparse.csc_array((data, matrix.indices.copy(), matrix.indptr.copy()), shape=matrix.shape)


def read_matrix(matrix: Any) -> sparse.csc_array:
    """Return a copy in compressed columns, float64, sorted, without duplicates and stored zeros."""
    result = sparse.csc_array(matrix, dtype=np.float64, copy=True)
    result.sum_duplicates()
    result.eliminate_zeros()
    # the graph and factorization routines of SciPy want C integers, and older ones do not convert
    result.indices, result.indptr = result.indices.astype(np.intc), result.indptr.astype(np.intc)
    return result


def equilibrate(matrix: sparse.csc_array, *, sweeps: int = 50) -> Scaling:
    """Return the scaling that brings the largest entry of every row and column to about one.

    Parameters
    ----------
    matrix : sparse array (m, n)
        Compressed columns; empty rows and columns keep the factor one.
    sweeps : int
        Most passes over the matrix; the logarithm of what is left halves in each.

    Returns
    -------
    Scaling
        With it, the largest entry of every row and column lies between 1/4 and 2 (unless `sweeps` ended
        first).
    """
    entry = np.frexp(matrix.data)[1].astype(np.intc)
    row, column = matrix.indices, np.repeat(np.arange(matrix.shape[1], dtype=np.intc), np.diff(matrix.indptr))
    rows, columns = np.zeros(matrix.shape[0], np.intc), np.zeros(matrix.shape[1], np.intc)
    for _ in range(sweeps):
        exponent = entry + rows[row] + columns[column]
        row_step = _half_step(_largest(exponent, row, len(rows)))
        column_step = _half_step(_largest(exponent, column, len(columns)))
        if not (row_step.any() or column_step.any()):
            break
        rows += row_step
        columns += column_step
    return Scaling(rows, columns)


def _largest(exponent: IntArray, group: IntArray, groups: int) -> IntArray:
    largest = np.full(groups, _NOTHING, np.intc)
    np.maximum.at(largest, group, exponent)
    return largest


def _half_step(largest: IntArray) -> IntArray:
    """Return minus half the exponent, rounded towards zero: an exponent of −1, 0 or 1 is good enough."""
    step = -np.trunc(largest / 2).astype(np.intc)
    step[largest == _NOTHING] = 0
    return step
