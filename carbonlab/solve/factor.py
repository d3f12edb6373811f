"""One sparse factorization, of A or of Aᵀ, with solves for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from carbonlab.solve.equilibration import FloatArray


@final
@dataclass(frozen=True, eq=False)
class TriangularFactors:
    """L and U of a permuted matrix (J. W. Demmel et al., SuperLU, 1999, doi:10.1137/S0895479895291765).

    Attributes
    ----------
    superlu : SuperLU object
        The factorization of A, or of Aᵀ.
    transposed : bool
        Which of the two.
    """

    superlu: Any
    transposed: bool

    @property
    def fill(self) -> int:
        """Number of entries of L and U together."""
        return int(self.superlu.nnz)

    @property
    def has_diagonal_pivots(self) -> bool:
        """Whether no rows were exchanged: zeros that follow from the pattern are then exact zeros."""
        return bool(np.array_equal(self.superlu.perm_r, self.superlu.perm_c))

    def solve(self, b: FloatArray) -> FloatArray:
        """Return A⁻¹ b (n, k), without refinement."""
        return self._solve(b, "T" if self.transposed else "N")

    def solve_transposed(self, b: FloatArray) -> FloatArray:
        """Return A⁻ᵀ b (n, k), without refinement."""
        return self._solve(b, "N" if self.transposed else "T")

    def _solve(self, b: FloatArray, side: str) -> FloatArray:
        return np.asarray(self.superlu.solve(b, trans=side), float)


def eliminate_in_order(
    matrix: sparse.csc_array, *, transposed: bool, pivot_threshold: float
) -> TriangularFactors | None:
    """Factorize in the given order, on the diagonal; return None if a column has no pivot.

    Parameters
    ----------
    matrix : sparse array (n, n)
        Permuted into its order of elimination.
    transposed : bool
        Factorize the transposed matrix.
    pivot_threshold : float
        A diagonal pivot smaller than this part of the largest candidate is not taken.
    """
    how = {"permc_spec": "NATURAL", "diag_pivot_thresh": pivot_threshold, "options": {"SymmetricMode": True}}
    return _factorize(matrix, transposed, **how)


def eliminate_with_pivoting(matrix: sparse.csc_array, *, transposed: bool) -> TriangularFactors | None:
    """Factorize with partial pivoting in an order that allows for it; None if a column has no pivot."""
    return _factorize(matrix, transposed, permc_spec="COLAMD", diag_pivot_thresh=1.0)


def _factorize(matrix: sparse.csc_array, transposed: bool, **how: Any) -> TriangularFactors | None:
    oriented = sparse.csc_array(matrix.T) if transposed else matrix.copy()  # splu may tidy up its argument
    try:
        return TriangularFactors(sparse_linalg.splu(oriented, **how), transposed)
    except RuntimeError:  # "Factor is exactly singular"
        return None
