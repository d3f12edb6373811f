"""Sizes of unknowns and a vector that bounds their errors, for the base values.

For a base matrix K = D + E, its comparison matrix M = |D| − |E| and right-hand sides g:

    size d    max(|x|, M⁻¹|g|): the sum of the absolute contributions that make up each unknown;
    w         M w = weight > 0: a positive solution proves that M is an M-matrix (see comparison.py).

Where loops consume more than they make M⁻¹ does not exist; |E| is then halved until it does, and there is no w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.factorization import Factorization, factorize

MOST_HALVINGS = 30


@final
@dataclass(frozen=True, eq=False)
class Comparer:
    """The comparison matrix of a base matrix, factorized.

    Attributes
    ----------
    factorization : Factorization
        Of M, with |E| multiplied by `damping`.
    damping : float
        1 when M itself is an M-matrix.
    """

    factorization: Factorization
    damping: float

    def solve(self, g: FloatArray) -> FloatArray:
        """Return M⁻¹ g for g ≥ 0 (n, k)."""
        return np.maximum(self.factorization.solve(g, require_bound=False).x, 0.0)


def compare_base(matrix: sparse.csr_array, size: FloatArray) -> Comparer:
    """Return M of a matrix with a diagonal without zeros; `size` (n,) are typical unknowns, above zero."""
    entries = matrix.tocoo()
    beside = entries.row != entries.col
    data = np.abs(entries.data)
    demand = np.abs(matrix.diagonal()) * size
    damping = 1.0
    for _ in range(MOST_HALVINGS):
        values = np.where(beside, -damping * data, data)
        damped = sparse.csc_array((values, (entries.row, entries.col)), shape=matrix.shape)
        try:
            factorization = factorize(damped)
            w = factorization.solve(demand, require_bound=False).x
        except SolveError:
            w = np.zeros(1)
        if (w > 0).all() and (damped @ w > 0).all():
            return Comparer(factorization, damping)
        damping /= 2
    diagonal = sparse.csc_array(sparse.diags_array(np.abs(matrix.diagonal()), format="csc"))
    return Comparer(factorize(diagonal), 0.0)
