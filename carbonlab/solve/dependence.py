"""Which unknowns depend on which: strong components and reachability of a square matrix.

In Aᵀ y = g, unknown y_j depends on y_i when a_ij ≠ 0; in A x = b it is the other way round. Unknowns that
depend on each other, directly or through others, form a strong component: only they have to be solved
together.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from carbonlab.solve.equilibration import IntArray, read_matrix

BoolArray = NDArray[np.bool_]


class Direction(StrEnum):
    """The system whose dependences are followed."""

    FORWARD = "forward"
    """A x = b: unknown i depends on unknown j when a_ij is not zero."""
    TRANSPOSED = "transposed"
    """Aᵀ y = g: unknown j depends on unknown i when a_ij is not zero."""


def strong_components(matrix: sparse.csc_array) -> IntArray:
    """Return the number of the strong component of every unknown (n,), numbered along the dependences.

    Components are numbered such that a_ij ≠ 0 implies ``number[i] >= number[j]``: the matrix is block lower
    triangular when its rows and columns are sorted by this number.
    """
    _, labels = csgraph.connected_components(matrix, directed=True, connection="strong")
    entries = matrix.tocoo()
    if (labels[entries.row] >= labels[entries.col]).all():
        return np.asarray(labels, np.intc)
    if (labels[entries.row] <= labels[entries.col]).all():
        return np.asarray(labels.max() - labels, np.intc)
    return _sort_components(entries, labels)


def _sort_components(entries: sparse.coo_array, labels: IntArray) -> IntArray:
    """Number components along the dependences, when the library gave them in another order."""
    count = int(labels.max()) + 1
    head, tail = labels[entries.row], labels[entries.col]
    between = head != tail
    edges = sparse.csr_array((np.ones(between.sum()), (tail[between], head[between])), shape=(count, count))
    waiting = np.bincount(edges.indices, minlength=count)
    ready, number = [int(one) for one in np.flatnonzero(waiting == 0)], np.zeros(count, np.intc)
    for place in range(count):
        component = ready.pop()
        number[component] = place
        for following in edges.indices[edges.indptr[component] : edges.indptr[component + 1]]:
            waiting[following] -= 1
            if waiting[following] == 0:
                ready.append(int(following))
    return number[labels]


def reaches(matrix: Any, indices: Any, *, direction: Direction | str = Direction.TRANSPOSED) -> BoolArray:
    """Return which unknowns depend on the given ones, directly or through others.

    Parameters
    ----------
    matrix : sparse array (n, n)
        A.
    indices : integers (m,)
        Unknowns to start from; they are part of the answer.
    direction : Direction
        The system that is meant: Aᵀ y = g (default) or A x = b.

    Returns
    -------
    array of bool (n,)

    Raises
    ------
    ValueError
        If the direction is not one of the two.

    Examples
    --------
    Unknown 1 of the transposed system depends on unknown 0, not the other way round.

    >>> from scipy.sparse import csc_array
    >>> A = csc_array([[10.0, -2.0], [0.0, 100.0]])
    >>> reaches(A, [0])
    array([ True,  True])
    >>> reaches(A, [1])
    array([False,  True])
    """
    copy = read_matrix(matrix)
    graph = copy.tocsr() if Direction(direction) is Direction.TRANSPOSED else copy.T
    return follow(graph, np.asarray(indices, np.intp))


def follow(graph: sparse.csr_array, start: NDArray[np.intp]) -> BoolArray:
    """Return which nodes (n,) can be reached from the start along entries (from, to) of a graph (n, n)."""
    n = graph.shape[0]
    found = np.zeros(n, bool)
    start = np.unique(start)
    if start.size:  # one further node that leads to all of the start: one search instead of many
        targets = np.concatenate([graph.indices, start]).astype(np.intc)
        ends = np.concatenate([graph.indptr, [targets.size]]).astype(np.intc)
        joined = sparse.csr_array((np.ones(targets.size), targets, ends), shape=(n + 1, n + 1))
        visited = csgraph.breadth_first_order(joined, n, directed=True, return_predecessors=False)
        found[visited[visited < n]] = True
    return found
