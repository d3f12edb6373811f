"""Products of a sparse matrix with vectors, with few rounding errors in long rows.

Added up one after the other, p terms may lose p units in the last place. A hub has a row of 10,000 and more terms,
and the bound on their rounding would dwarf every other part of an error bound. Rows are therefore cut into segments,
which are summed, and cut again, as in a tree: of 14,000 terms each goes through 3 sums of at most 32 terms, and
through less than 100 roundings (N. J. Higham, The accuracy of floating point summation, 1993,
doi:10.1137/0914050).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import sparse

from carbonlab.solve.equilibration import FloatArray, IntArray

SEGMENT = 32
"""Longest sum."""


@final
@dataclass(frozen=True, eq=False)
class Product:
    """Multiplication by A and by |A|.

    Attributes
    ----------
    segments, magnitudes : sparse arrays (m, n)
        The rows of A, cut into m pieces, and their absolute values.
    sums : tuple of sparse arrays
        From m pieces in one or more steps to n rows; empty if no row was cut. All entries are one.
    terms : array (n, 1)
        How many roundings contribute to an entry of A x at most.
    """

    segments: sparse.csr_array
    magnitudes: sparse.csr_array
    sums: tuple[sparse.csr_array, ...]
    terms: FloatArray

    def apply(self, x: FloatArray) -> FloatArray:
        """Return A x for x (n, k)."""
        return self._add_up(self.segments @ x)

    def apply_magnitude(self, x: FloatArray) -> FloatArray:
        """Return |A| x for x (n, k)."""
        return self._add_up(self.magnitudes @ x)

    def _add_up(self, parts: FloatArray) -> FloatArray:
        for step in self.sums:
            parts = step @ parts
        return parts


def build_product(matrix: sparse.csr_array) -> Product:
    """Return the product for a matrix (n, n) without empty rows."""
    ends, groups = _cut(matrix.indptr)
    segments = sparse.csr_array((matrix.data, matrix.indices, ends), shape=(len(ends) - 1, matrix.shape[1]))
    terms, sums = np.diff(ends), []
    while len(groups) - 1 < groups[-1]:  # more pieces than rows
        pieces = int(groups[-1])
        ends, groups = _cut(groups)
        step = (np.ones(pieces), np.arange(pieces, dtype=ends.dtype), ends)
        sums.append(sparse.csr_array(step, shape=(len(ends) - 1, pieces)))
        terms = np.maximum.reduceat(terms, ends[:-1]) + np.diff(ends) - 1
    return Product(segments, abs(segments), tuple(sums), terms[:, None].astype(float))


def _cut(ends: IntArray) -> tuple[IntArray, IntArray]:
    """Cut rows, given by where they end, into pieces; return where these end, and which pieces make up each row."""
    pieces = -(-np.diff(ends) // SEGMENT)
    groups = np.concatenate([[0], np.cumsum(pieces)]).astype(ends.dtype)
    within = np.arange(groups[-1], dtype=ends.dtype) - np.repeat(groups[:-1], pieces)
    starts = np.repeat(ends[:-1], pieces) + SEGMENT * within
    return np.append(starts, ends[-1]).astype(ends.dtype), groups
