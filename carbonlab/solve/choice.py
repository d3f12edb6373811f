"""Which solver a system gets: a factorization, or an iteration where a factorization takes longer than many solves."""

from __future__ import annotations

from typing import Any

from carbonlab.solve.factorization import BOUND, Factorization, factorize
from carbonlab.solve.iterative import Iteration, prepare_iteration

Prepared = Factorization | Iteration
"""A matrix, ready for `solve` and `solve_transposed`."""

ITERATE_FROM = 5_000
"""Unknowns. On generated systems of 5,000 a factorization takes as long as ten iterative solves with their checks,
of 23,500 as long as thirty; below, everything is done within a tenth of a second."""


def prepare(matrix: Any, *, bound: float = BOUND) -> Prepared:
    """Prepare a square sparse matrix for solves with it and with its transpose.

    Parameters
    ----------
    matrix : sparse array (n, n)
        A, in any format of SciPy, or a dense array; it is copied, never changed.
    bound : float
        Bound on the error of every unknown of every solution, relative to the sum of the absolute values of
        what makes it up.

    Raises
    ------
    SolveError
        As `factorize` and `prepare_iteration` raise it.

    Examples
    --------
    >>> from scipy.sparse import eye_array
    >>> type(prepare(eye_array(3))).__name__, type(prepare(eye_array(ITERATE_FROM))).__name__
    ('Factorization', 'Iteration')
    """
    if matrix.shape[0] >= ITERATE_FROM:
        return prepare_iteration(matrix, bound=bound)
    return factorize(matrix, bound=bound)
