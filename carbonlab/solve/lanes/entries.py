"""The entries of a base matrix, each with its equation, its unknown and what varies between lanes; arguments read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.solve.equilibration import FloatArray, equilibrate, read_matrix
from carbonlab.solve.matching import match_rows

IntArray = NDArray[np.int64]


class LaneDirection(StrEnum):
    """Which system the lanes solve."""

    ADJOINT = "adjoint"
    """Aᵀ x = g."""
    FORWARD = "forward"
    """A x = f."""


@final
@dataclass(frozen=True, eq=False)
class Entries:
    """Entries of K (A or Aᵀ) with equations named by the unknown that they are matched to."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    value: FloatArray
    lane: NDArray[np.intp]
    """Index into `varying`; −1 where all lanes share the value."""
    unknown_of: NDArray[np.intp]
    """Unknown that every equation is matched to."""

    @classmethod
    def of(cls, matrix: sparse.csc_array, varying: IntArray, direction: LaneDirection) -> Entries:
        """Match equations and unknowns, and leave out entries that are zero in all lanes."""
        copy = read_matrix(matrix)
        row_of_column = match_rows(equilibrate(copy).scale_matrix(copy))
        lane = np.full(matrix.nnz, -1, np.intp)
        lane[varying] = np.arange(len(varying))
        row = matrix.indices.astype(np.intp)
        column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
        used = (matrix.data != 0) | (lane >= 0)
        unknown_of = np.empty(matrix.shape[0], np.intp)
        if direction is LaneDirection.ADJOINT:
            unknown_of[:] = row_of_column  # equation: column of A; unknown: row of A
            equation, unknown = column, row
        else:
            unknown_of[row_of_column] = np.arange(matrix.shape[0])
            equation, unknown = row, column
        return cls(unknown_of[equation[used]], unknown[used], matrix.data[used], lane[used], unknown_of)

    def graph(self, n: int) -> sparse.csr_array:
        """Return the pattern (n, n): an entry (i, j) says that unknown i depends on unknown j."""
        return sparse.csr_array((np.ones(self.row.size, np.int8), (self.row, self.column)), shape=(n, n))

    def lengths(self, n: int) -> NDArray[np.intp]:
        """Return a number (n,) that is the same for equations with as many varying and as many fixed entries."""
        varying, total = (np.bincount(row, minlength=n) for row in (self.row[self.lane >= 0], self.row))
        return np.asarray(varying * (n + 1) + total)


def equation_of(unknown_of: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the equation that every unknown is matched to."""
    equation = np.empty_like(unknown_of)
    equation[unknown_of] = np.arange(unknown_of.size)
    return equation


def read_base(A: Any, varying: Any) -> tuple[sparse.csc_array, IntArray]:
    """Return a copy of the base matrix, and the positions in its data that vary."""
    if not sparse.issparse(A) or A.format != "csc":
        raise ValueError("A must be in compressed columns: positions refer to its data")
    matrix = sparse.csc_array((np.array(A.data, float), A.indices.copy(), A.indptr.copy()), shape=A.shape)
    column = np.repeat(np.arange(A.shape[1], dtype=np.int64), np.diff(A.indptr))
    if not np.diff(np.sort(column * A.shape[0] + A.indices)).all():
        raise ValueError("A has several entries in one place")
    positions = read_indices(varying, A.nnz)
    if not np.diff(np.sort(positions)).all():
        raise ValueError("a position varies twice")
    return matrix, positions


def read_indices(values: Any, limit: int) -> IntArray:
    """Return integers that must lie between 0 and limit − 1."""
    indices = np.asarray(values, np.int64).ravel()
    if indices.size and (indices.min() < 0 or indices.max() >= limit):
        raise ValueError(f"indices must lie between 0 and {limit - 1}")
    return indices


def read_columns(right: Any, n: int) -> FloatArray:
    """Return right-hand sides (n, k), one column for one of them."""
    b = np.asarray(right, float)
    if b.shape[0] != n or b.ndim not in (1, 2):
        raise ValueError(f"right-hand sides of shape ({n},) or ({n}, k) are needed, not {b.shape}")
    return b.reshape(n, -1)
