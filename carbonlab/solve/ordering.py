"""Order of elimination, and whether A or Aᵀ is factorized.

The method follows from measurements on systems with hubs, rows that nearly every column takes from
(`generate_hub_matrix`; seconds of processor time and millions of entries in the factors):

    unknowns   here            SuperLU, own ordering, of Aᵀ   of A
    10,000     0.2 s,  0.4     0.8 s, 3.3                     26 s, 31
    23,000     0.6 s,  1.7     3.0 s, 10.4                    (minimum degree on A + Aᵀ, of Aᵀ: 18 s, 8.0)
    100,000    8.2 s, 16.6     76 s,  99.3

- Unknowns that are in no loop, nor between two, come first: columns that nobody takes from in the order of their
  dependence, then rows that take from nobody. No other entry arises from them; three quarters of the unknowns go so.
- In the core that is left hubs are put last and the rest is ordered by minimum degree without them. Eliminated
  late, a hub fills a small dense corner instead of everything.
- With this order A and Aᵀ cost the same as long as pivots stay on the diagonal. If they do not (partial pivoting
  on purpose, 10,000 unknowns: 12 s for A, 0.06 s for Aᵀ), fill is bounded by the pattern of MᵀM for the matrix M that
  is factorized (A. George, E. Ng, 1985, doi:10.1137/0906028), which has at most as many entries as the sum of the
  squared row lengths of M: hence M = Aᵀ when the rows of A are the long ones.

The order depends on the pattern of the matrix, not on its values, as long as loops make more than they
consume. Otherwise some rows change places first, so that large entries come to the diagonal (`match_rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from carbonlab.solve.dependence import follow, strong_components
from carbonlab.solve.equilibration import IntArray
from carbonlab.solve.matching import match_rows

HUB_FACTOR = 1.5
"""A hub has more neighbors than this many times the median. Of 1 to 10 times, 1.5 to 2 was best on every
system tried, and 4 up to three times slower."""
HUB_LEAST = 16
"""Nor is anything a hub with fewer neighbors than this."""


@final
@dataclass(frozen=True, eq=False)
class Ordering:
    """Permutation of a square matrix that keeps elimination cheap.

    Attributes
    ----------
    rows, columns : integers (n,)
        Row and column of the matrix that come at each place; the permuted diagonal has no zero.
    transposed : bool
        Whether the transposed matrix is the one to factorize.
    core : int
        How many unknowns, the last ones, lie in loops or between them.
    hubs : int
        How many of these, the very last ones, were put last as hubs.
    """

    rows: IntArray
    columns: IntArray
    transposed: bool
    core: int
    hubs: int


def order_elimination(matrix: sparse.csc_array) -> Ordering:
    """Return the order for a square matrix without empty rows or columns.

    Raises
    ------
    SolveError
        If the matrix is structurally singular.
    """
    row_of_column = match_rows(matrix)
    aligned = permute(matrix, row_of_column, np.arange(matrix.shape[0], dtype=np.intc))
    labels = strong_components(aligned)
    in_loop = np.flatnonzero((np.bincount(labels) > 1)[labels])
    graph = aligned.tocsr()
    downstream, upstream = follow(graph, in_loop), follow(aligned.T, in_loop)
    core = np.flatnonzero(downstream & upstream)
    first = np.flatnonzero(~upstream)
    second = np.flatnonzero(upstream & ~downstream)
    core, hubs = _order_core(aligned, core)
    parts = [
        first[np.argsort(labels[first], kind="stable")],
        second[np.argsort(-labels[second], kind="stable")],
        core,
    ]
    order = np.concatenate(parts).astype(np.intc)
    return Ordering(row_of_column[order], order, is_better_transposed(matrix), len(core), hubs)


def is_better_transposed(matrix: sparse.csc_array) -> bool:
    """Whether long rows outweigh long columns, so that Aᵀ is to be factorized."""
    row_lengths = np.bincount(matrix.indices, minlength=matrix.shape[0]).astype(float)
    column_lengths = np.diff(matrix.indptr).astype(float)
    return bool(row_lengths @ row_lengths > column_lengths @ column_lengths)


def permute(matrix: sparse.csc_array, rows: IntArray, columns: IntArray) -> sparse.csc_array:
    """Return the matrix with the given row and column at each place."""
    place = np.empty_like(rows)
    place[rows] = np.arange(len(rows), dtype=rows.dtype)
    lengths = np.diff(matrix.indptr)[columns]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    entries = np.repeat(matrix.indptr[columns] - starts[:-1], lengths) + np.arange(starts[-1])
    permuted = sparse.csc_array(
        (matrix.data[entries], place[matrix.indices[entries]], starts.astype(np.intc)), shape=matrix.shape
    )
    permuted.sort_indices()
    return permuted


def _order_core(matrix: sparse.csc_array, core: NDArray[np.intp]) -> tuple[NDArray[np.intp], int]:
    """Return the core in its order of elimination, and how many hubs were put last."""
    if not core.size:
        return core, 0
    block = matrix[core][:, core]
    pattern = sparse.csc_array((np.ones(block.nnz), block.indices, block.indptr), shape=block.shape)
    pattern = (pattern + pattern.T).tocsc()
    degree = np.diff(pattern.indptr)
    is_hub = degree > max(HUB_FACTOR * float(np.median(degree)), HUB_LEAST)
    ordinary, hubs = np.flatnonzero(~is_hub), np.flatnonzero(is_hub)
    if ordinary.size:
        ordinary = ordinary[_minimum_degree(sparse.csc_array(pattern[ordinary][:, ordinary]))]
    hubs = hubs[np.argsort(degree[hubs], kind="stable")]
    return core[np.concatenate([ordinary, hubs])], len(hubs)


def _minimum_degree(pattern: sparse.csc_array) -> NDArray[np.intp]:
    """Return the minimum degree order of a symmetric pattern.

    SuperLU orders only what it factorizes, so it gets a matrix of this pattern that no pivoting can upset: −1
    beside a diagonal that outweighs its row and column.
    """
    entries = pattern.tocoo()
    beside = entries.row != entries.col
    degree = np.bincount(entries.row[beside], minlength=pattern.shape[0])
    row = np.concatenate([entries.row[beside], np.arange(pattern.shape[0])])
    column = np.concatenate([entries.col[beside], np.arange(pattern.shape[0])])
    value = np.concatenate([-np.ones(int(beside.sum())), degree + 1.0])
    dominant = sparse.csc_array((value, (row, column)), shape=pattern.shape)
    factor = sparse_linalg.splu(
        dominant, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    return np.argsort(factor.perm_c)
