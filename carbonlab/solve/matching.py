"""Assignment of equations to unknowns.

An assignment gives every column a row of its own with a non-zero entry; a regular matrix has one. If there is
none, some set of unknowns occurs in fewer equations than it has members. It is found from an assignment of as
many columns as possible, by following alternating paths from a column that is left over (the Dulmage–Mendelsohn
decomposition; A. Pothen, C.-J. Fan, Computing the block triangular form of a sparse matrix, 1990,
doi:10.1145/98267.98287).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from carbonlab.solve.dependence import strong_components
from carbonlab.solve.equilibration import IntArray
from carbonlab.solve.failures import structurally_singular


def match_rows(matrix: sparse.csc_array) -> IntArray:
    """Return for every column a row of its own, such that the product of the entries that meet is largest.

    Where loops make more than they consume these are the diagonal entries, and nothing moves. Elsewhere the
    matched entries are better pivots than the diagonal (I. S. Duff, J. Koster, On algorithms for permuting
    large entries to the diagonal of a sparse matrix, 2001, doi:10.1137/S0895479899358443).

    Raises
    ------
    SolveError
        If no assignment exists; it names a set of unknowns that have too few equations.
    """
    entries = matrix.tocoo()
    row, column, value = entries.row, entries.col, entries.data
    if matrix.diagonal().all():
        labels = strong_components(matrix)
        inside = labels[row] == labels[column]  # no assignment can use any other entry
        row, column, value = row[inside], column[inside], value[inside]
        if len(row) == matrix.shape[0]:
            return np.arange(matrix.shape[0], dtype=np.intc)
    else:
        _check_structure(matrix)
    cost = -np.log2(np.abs(value))
    weights = sparse.csr_array((cost - cost.min() + 1.0, (row, column)), shape=matrix.shape)
    rows, columns = csgraph.min_weight_full_bipartite_matching(weights)
    row_of_column = np.empty(matrix.shape[1], np.intc)
    row_of_column[columns] = rows
    return row_of_column


def _check_structure(matrix: sparse.csc_array) -> None:
    row_of_column = csgraph.maximum_bipartite_matching(matrix.tocsr(), perm_type="row")
    matched = row_of_column >= 0
    if matched.all():
        return
    column_of_row = np.full(matrix.shape[0], -1, np.intp)
    column_of_row[row_of_column[matched]] = np.flatnonzero(matched)
    unmatched = int(np.flatnonzero(~matched)[0])
    unknowns, equations, waiting = {unmatched}, set(), [unmatched]
    while waiting:
        column = waiting.pop()
        for row in matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]:
            if row not in equations:
                equations.add(int(row))
                owner = int(column_of_row[row])
                if owner not in unknowns:
                    unknowns.add(owner)
                    waiting.append(owner)
    raise structurally_singular(np.array(sorted(unknowns)), np.array(sorted(equations)))
