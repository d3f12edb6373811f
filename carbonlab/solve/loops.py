"""Loops: groups of unknowns that depend on each other, and how much of themselves they consume.

With D the diagonal of A, the coupling is N = I − A D⁻¹. For a strong component with block N_s the gain is

    g = ρ(N_s), the largest modulus of an eigenvalue.

When N_s has no negative entry, g < 1 says that the loop makes more than it consumes, and that the geometric
series I + N_s + N_s² + … converges; g = 1 that the block is singular; g > 1 that it consumes more than it
makes although it may well have a unique solution (A. Berman, R. J. Plemmons, Nonnegative Matrices in the
Mathematical Sciences, 1994, doi:10.1137/1.9781611971262). The gain does not depend on the units of rows and
columns.

With left and right eigenvectors u and v of g, the share of entry n_ij in the gain is its elasticity
(∂g/∂n_ij)(n_ij/g) = u_i n_ij v_j / (g uᵀv). Shares do not depend on units and sum to one where N_s has no
negative entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

from carbonlab.errors import SolveError
from carbonlab.solve.dependence import strong_components
from carbonlab.solve.equilibration import FloatArray, equilibrate, read_matrix
from carbonlab.solve.failures import FailureReason, not_square

DENSE = 100
"""Largest block that is handed over to a dense eigenvalue solver."""
DENSE_FALLBACK = 3000
"""Largest block that a dense solver may take when the iterative one did not converge."""


@final
@dataclass(frozen=True)
class Edge:
    """A coupling within a loop.

    Attributes
    ----------
    row, column : int
        Its place in the matrix.
    weight : float
        n_ij = −a_ij/a_jj, in the units of the matrix; NaN when a_jj is zero.
    share : float
        Its part in the gain (0 to 1); NaN when the gain is zero or infinite.
    """

    row: int
    column: int
    weight: float
    share: float


@final
@dataclass(frozen=True, eq=False)
class Loop:
    """Unknowns that depend on each other.

    Attributes
    ----------
    indices : integers (m,)
        The unknowns, ascending.
    gain : float
        Spectral radius of the coupling; infinite when one of them has a zero on the diagonal.
    edges : tuple of Edge
        The strongest couplings, strongest first.
    """

    indices: NDArray[np.int64]
    gain: float
    edges: tuple[Edge, ...]


def find_loops(matrix: Any, *, edges: int = 10) -> tuple[Loop, ...]:
    """Return every loop of a square matrix, the largest gain first.

    Parameters
    ----------
    matrix : sparse array (n, n)
        A. Rows and columns are aligned: the diagonal holds what each unknown makes of itself.
    edges : int
        How many couplings to report per loop at most.

    Returns
    -------
    tuple of Loop
        One per strong component that has more than one unknown or a zero on the diagonal.

    Raises
    ------
    SolveError
        If the matrix is not square, or an eigenvalue of a very large loop does not converge.

    Examples
    --------
    Each takes half a unit of the other: a quarter comes back after one turn, so the gain per step is a half.

    >>> from scipy.sparse import csc_array
    >>> loop, = find_loops(csc_array([[1.0, -0.5], [-0.5, 1.0]]))
    >>> round(loop.gain, 12)
    0.5
    """
    copy = read_matrix(matrix)
    if copy.shape[0] != copy.shape[1]:
        raise not_square(copy.shape)
    if not copy.shape[0]:
        return ()
    scaled = equilibrate(copy).scale_matrix(copy)
    found = [_measure(copy, *block, edges) for block in _blocks(scaled)]
    return tuple(sorted(found, key=lambda loop: (-loop.gain, loop.indices[0])))


def _blocks(scaled: sparse.csc_array) -> Iterator[tuple[NDArray[np.int64], FloatArray, sparse.csc_array]]:
    """Yield (unknowns, diagonal, off-diagonal entries) of every loop of the scaled matrix."""
    labels = strong_components(scaled)
    diagonal = scaled.diagonal()
    is_loop = (np.bincount(labels) > 1) | (np.bincount(labels, weights=diagonal == 0) > 0)
    members = np.argsort(labels, kind="stable")  # stable: ascending within each component
    starts = np.searchsorted(labels[members], np.arange(len(is_loop) + 1))
    place = np.empty(len(labels), np.int64)
    place[members] = np.arange(len(labels)) - starts[labels[members]]
    entries = scaled.tocoo()
    inside = (labels[entries.row] == labels[entries.col]) & (entries.row != entries.col)
    row, column, value = entries.row[inside], entries.col[inside], entries.data[inside]
    order = np.argsort(labels[row], kind="stable")
    row, column, value = row[order], column[order], value[order]
    cuts = np.searchsorted(labels[row], np.arange(len(is_loop) + 1))
    for number in np.flatnonzero(is_loop):
        unknowns = members[starts[number] : starts[number + 1]].astype(np.int64)
        part = slice(cuts[number], cuts[number + 1])
        size = len(unknowns)
        block = sparse.csc_array((value[part], (place[row[part]], place[column[part]])), shape=(size, size))
        yield unknowns, diagonal[unknowns], block


def _measure(
    matrix: sparse.csc_array,
    unknowns: NDArray[np.int64],
    diagonal: FloatArray,
    block: sparse.csc_array,
    edges: int,
) -> Loop:
    entries = block.tocoo()
    row, column = entries.row, entries.col
    if (diagonal == 0).any():
        gain, share, strength = np.inf, np.full(len(row), np.nan), np.abs(entries.data)
    else:
        # equilibrated values: a matrix similar to N, with the same eigenvalues, free of units
        coupling = -entries.data / diagonal[column]
        normalized = sparse.csc_array((coupling, (row, column)), shape=block.shape)
        gain, left, right = _dominant(normalized)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.abs(left[row].conj() * coupling * right[column]) / (gain * abs(np.vdot(left, right)))
        strength = share if np.isfinite(share).all() else np.abs(coupling)
    strongest = np.argsort(-strength, kind="stable")[:edges]
    places = zip(unknowns[row[strongest]], unknowns[column[strongest]], share[strongest], strict=True)
    return Loop(unknowns, gain, tuple(_edge(matrix, *place) for place in places))


def _edge(matrix: sparse.csc_array, row: int, column: int, share: float) -> Edge:
    diagonal = matrix[column, column]
    weight = -matrix[row, column] / diagonal if diagonal else np.nan
    return Edge(int(row), int(column), float(weight), float(share) if np.isfinite(share) else np.nan)


def _dominant(normalized: sparse.csc_array) -> tuple[float, NDArray[Any], NDArray[Any]]:
    """Return the largest modulus of an eigenvalue, with its left and right eigenvectors."""
    if normalized.shape[0] <= DENSE:
        return _dominant_dense(normalized.toarray())
    try:
        return _dominant_iterative(normalized)
    except sparse_linalg.ArpackError as error:
        if normalized.shape[0] <= DENSE_FALLBACK:
            return _dominant_dense(normalized.toarray())
        raise SolveError(
            f"the gain of a loop of {normalized.shape[0]} unknowns did not converge",
            why="without it nobody can say whether the loop makes more than it consumes",
            remedy="look at the strongest couplings of this loop for amounts in a wrong unit",
            reason=FailureReason.NO_EIGENVALUE,
        ) from error


def _dominant_dense(normalized: FloatArray) -> tuple[float, NDArray[Any], NDArray[Any]]:
    values, left, right = linalg.eig(normalized, left=True, right=True)
    modulus = np.abs(values)
    # of several with the same modulus (a loop of period p has p) the real positive one, Perron's
    index = int(np.argmax(values.real - modulus.max() * (modulus < modulus.max() * (1 - 1e-10))))
    return float(modulus[index]), left[:, index], right[:, index]


def _dominant_iterative(normalized: sparse.csc_array) -> tuple[float, NDArray[Any], NDArray[Any]]:
    """Ask ARPACK, with a fixed start so that a second run gives the same digits."""
    # Perron's root is the eigenvalue with the largest real part, and the only one there
    which = "LR" if (normalized.data >= 0).all() else "LM"
    start = np.ones(normalized.shape[0])
    values, right = sparse_linalg.eigs(normalized, k=1, which=which, v0=start, ncv=48)
    value = values[0]
    transposed, left = sparse_linalg.eigs(normalized.T, k=1, which=which, v0=start, ncv=48)
    if not np.isclose(transposed[0], value):  # the conjugate, or another one of the same modulus
        return float(abs(value)), np.full(len(start), np.nan), np.full(len(start), np.nan)
    return float(abs(value)), left[:, 0].conj(), right[:, 0]
