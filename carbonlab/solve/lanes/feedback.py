"""A small set of unknowns without which no loop is left (feedback vertex set).

The smallest one is hard to find; which one is taken hardly changes how fast the iteration converges. Unknowns are
removed in rounds: of every loop that is left the ones with most ways through them (entries in their row times entries
in their column), a small part of all per round, until none is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

PART = 0.005
"""Part of the unknowns in loops that is removed in one round."""


def find_feedback_set(graph: sparse.csr_array) -> NDArray[np.intp]:
    """Return unknowns, ascending, whose removal leaves no loop among the others.

    Parameters
    ----------
    graph : sparse array (n, n)
        An entry (i, j) says that i depends on j; the diagonal is ignored.
    """
    entries = graph.tocoo()
    keep = entries.row != entries.col
    row, column = entries.row[keep].astype(np.intp), entries.col[keep].astype(np.intp)
    n = graph.shape[0]
    names = np.arange(n)
    removed: list[NDArray[np.intp]] = []
    while row.size:
        labels = _components(row, column, len(names))
        inside = labels[row] == labels[column]
        row, column = row[inside], column[inside]
        if not row.size:
            break
        ways = np.bincount(row, minlength=len(names)) * np.bincount(column, minlength=len(names))
        looped = np.flatnonzero(ways)
        count = np.bincount(labels[looped], minlength=labels.max() + 1)
        quota = np.ceil(PART * count).astype(np.intp)
        order = looped[np.lexsort((looped, -ways[looped], labels[looped]))]
        starts = np.concatenate([[0], np.cumsum(count)])[:-1]
        rank = np.arange(order.size) - starts[labels[order]]
        taken = order[rank < quota[labels[order]]]
        removed.append(names[taken])
        alive = np.zeros(len(names), bool)
        alive[looped] = True
        alive[taken] = False
        stays = alive[row] & alive[column]
        place = np.cumsum(alive) - 1
        row, column, names = place[row[stays]], place[column[stays]], names[alive]
    if not removed:
        return np.empty(0, np.intp)
    return np.sort(np.concatenate(removed))


def _components(row: NDArray[np.intp], column: NDArray[np.intp], n: int) -> NDArray[np.intc]:
    graph = sparse.csr_array((np.ones(row.size, np.int8), (row, column)), shape=(n, n))
    return np.asarray(csgraph.connected_components(graph, directed=True, connection="strong")[1])


def levels(graph: sparse.csr_array) -> NDArray[np.intp]:
    """Return the length of the longest way from every unknown of a graph without loops to one without entries."""
    n = graph.shape[0]
    entries = graph.tocoo()
    keep = entries.row != entries.col
    row, column = entries.row[keep], entries.col[keep]
    users = sparse.csr_array((np.ones(row.size, np.int8), (column, row)), shape=(n, n))
    waiting = np.bincount(row, minlength=n)
    level = np.zeros(n, np.intp)
    front = np.flatnonzero(waiting == 0)
    number, done = 0, 0
    while front.size:
        level[front] = number
        done += front.size
        number += 1
        lengths = users.indptr[front + 1] - users.indptr[front]
        starts = np.repeat(users.indptr[front], lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        freed = users.indices[starts + within]
        np.subtract.at(waiting, freed, 1)
        front = np.unique(freed[waiting[freed] == 0])
    assert done == n, "the graph has a loop"
    return level
