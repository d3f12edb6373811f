"""Factorize a square sparse matrix once; solve A x = b and Aᵀ y = g as often as needed, each solution
checked.

Steps: copy and check the matrix; scale it (equilibration.py); order the elimination and choose A or Aᵀ
(ordering.py); factorize with pivots on the diagonal; try the factors on one right-hand side; if they prove
unstable, factorize with partial pivoting; if the error bound shows no correct digits then either, say which
unknowns are to blame (singularity.py).

Pivots on the diagonal cost no accuracy for M-matrices, however badly they are scaled; for other matrices
refinement and the trial guard against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.solve.accuracy import Equations, Solution, SolveStatus, bound_error, refine
from carbonlab.solve.comparison import Comparison, compare
from carbonlab.solve.equilibration import FloatArray, IntArray, Scaling, equilibrate, read_matrix
from carbonlab.solve.factor import TriangularFactors, eliminate_in_order, eliminate_with_pivoting
from carbonlab.solve.failures import bound_missed, no_unknowns, not_finite, not_square, wrong_shape
from carbonlab.solve.ordering import Ordering, order_elimination, permute
from carbonlab.solve.products import build_product
from carbonlab.solve.singularity import check_no_empty_line, diagnose_singular

BOUND = 1e-8
"""Default bound on the relative error of every unknown."""
PIVOT_THRESHOLD = 1e-6
"""A diagonal pivot is refused below this part of the largest candidate."""
STABLE = 1e-12
"""A factorization whose refined residual stays above this is not used if there is a better one."""
SINGULAR = 0.1
"""Relative error bound of the trial at which no digit of a solution means anything."""
ENTRIES_AT_ONCE = 4_000_000
"""Right-hand sides are solved in groups of about this many numbers, to bound memory."""


@final
@dataclass(frozen=True, eq=False)
class Factorization:
    """A factorized square matrix A (n, n); made by `factorize`.

    Attributes
    ----------
    size : int
        Number of unknowns n.
    bound : float
        Bound on the relative error of every unknown.
    fill : int
        Entries of the triangular factors.
    core : int
        Unknowns in loops or between them.
    hubs : int
        Unknowns that were eliminated last because many others share them.
    is_transposed : bool
        Whether Aᵀ was factorized.
    has_diagonal_pivots : bool
        Whether elimination went as planned, without exchanging rows.
    damping : float
        What couplings within loops are multiplied by in the scale of errors; below 1 when loops consume more
        than they make (see comparison.py).
    """

    size: int
    bound: float
    fill: int
    core: int
    hubs: int
    is_transposed: bool
    has_diagonal_pivots: bool
    damping: float
    _scaling: Scaling = field(repr=False)
    _ordering: Ordering = field(repr=False)
    _forward: Equations = field(repr=False)
    _transposed: Equations = field(repr=False)

    def solve(self, b: Any, *, require_bound: bool = True) -> Solution:
        """Solve A x = b.

        Parameters
        ----------
        b : array (n,) or (n, k)
            Right-hand sides.
        require_bound : bool
            Whether to raise when an error bound is missed; if not, the status says so.

        Raises
        ------
        SolveError
            If b has another shape or is not finite, or if the bound is missed: it names the worst unknown.

        Examples
        --------
        Two unknowns: 10 x₀ = 2 x₁ and 100 x₁ = 1000.

        >>> from scipy.sparse import csc_array
        >>> solution = factorize(csc_array([[10.0, -2.0], [0.0, 100.0]])).solve([0.0, 1000.0])
        >>> solution.x.round(12)
        array([ 2., 10.])
        >>> solution.status.value
        'every unknown is within the bound on its error'
        """
        return self._solve(self._forward, b, self._rows, self._columns, require_bound)

    def solve_transposed(self, b: Any, *, require_bound: bool = True) -> Solution:
        """Solve Aᵀ y = b; parameters and errors as in `solve`."""
        return self._solve(self._transposed, b, self._columns, self._rows, require_bound)

    def apply_inverse(self, b: FloatArray, *, transposed: bool = False) -> FloatArray:
        """Return about A⁻¹ b, or A⁻ᵀ b, for b (n, k): not refined and not checked, as a preconditioner."""
        given, wanted = (self._columns, self._rows) if transposed else (self._rows, self._columns)
        solve = self._forward.solve_transposed if transposed else self._forward.solve
        x = np.empty_like(b)
        x[wanted[1]] = solve(np.ldexp(b, given[0][:, None])[given[1]])
        return np.asarray(np.ldexp(x, wanted[0][:, None]))

    @property
    def method(self) -> str:
        """What solves, for the records."""
        return "scipy.sparse SuperLU, equilibrated, refined"

    @property
    def has_strict_bound(self) -> bool:
        """Whether error bounds are strict; otherwise they are estimates from below (see accuracy.py)."""
        return self._forward.is_bound

    @property
    def has_productive_loops(self) -> bool:
        """Whether it is proved that the gain of every loop (loops.py) is below one.

        An M-matrix |D| − |E| has ρ(|E||D|⁻¹) < 1, and no eigenvalue of E D⁻¹ is larger than that.
        """
        return self.has_strict_bound and np.array_equal(self._ordering.rows, self._ordering.columns)

    @property
    def _rows(self) -> tuple[IntArray, IntArray]:
        return self._scaling.rows, self._ordering.rows

    @property
    def _columns(self) -> tuple[IntArray, IntArray]:
        return self._scaling.columns, self._ordering.columns

    def _solve(
        self,
        equations: Equations,
        b: Any,
        given: tuple[IntArray, IntArray],
        wanted: tuple[IntArray, IntArray],
        require_bound: bool,
    ) -> Solution:
        right = read_right_side(b, self.size)
        k = right.shape[1]
        x = np.empty_like(right)
        residual, error, worst, steps = np.empty(k), np.empty(k), np.empty(k, np.int64), 0
        width = max(1, ENTRIES_AT_ONCE // self.size)
        for start in range(0, k, width):
            part = slice(start, start + width)
            scaled, shift = _scale_right(right[:, part], given[0])
            refined = refine(equations, scaled[given[1]])
            error[part], place = bound_error(equations, scaled[given[1]], refined)
            residual[part], worst[part] = refined.residual, wanted[1][place]
            x[wanted[1], part] = refined.x
            with np.errstate(over="ignore"):
                x[:, part] = np.ldexp(x[:, part], wanted[0][:, None] - shift)
            steps = max(steps, refined.steps)
        error[~np.isfinite(x).all(axis=0)] = np.inf
        missed = not (error <= self.bound).all()
        if missed and require_bound:
            one = int(error.argmax())
            raise bound_missed(
                int(worst[one]), one, error=error[one], residual=residual[one], bound=self.bound
            )
        status = SolveStatus.BOUND_MISSED if missed else SolveStatus.WITHIN_BOUND
        return Solution(x.reshape(np.shape(b)), residual, error, worst, self.bound, steps, status)


def factorize(matrix: Any, *, bound: float = BOUND) -> Factorization:
    """Factorize a square sparse matrix for any number of solves with it and with its transpose.

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
        If the matrix is not square, has an entry that is not finite, an empty row or column, or is singular.
        The error's `reason`, `indices` and `equations` say what was found where.
    """
    copy = check_matrix(matrix)
    scaling = equilibrate(copy)
    scaled = scaling.scale_matrix(copy)
    ordering = order_elimination(scaled)
    permuted = permute(scaled, ordering.rows, ordering.columns)
    factors, comparison = _factorize(permuted, ordering)
    forward, transposed = _equations(permuted, factors, comparison)
    return Factorization(
        size=copy.shape[0],
        bound=bound,
        fill=factors.fill,
        core=ordering.core,
        hubs=ordering.hubs,
        is_transposed=ordering.transposed,
        has_diagonal_pivots=factors.has_diagonal_pivots,
        damping=comparison.damping,
        _scaling=scaling,
        _ordering=ordering,
        _forward=forward,
        _transposed=transposed,
    )


def check_matrix(matrix: Any) -> sparse.csc_array:
    """Return a copy of a matrix that may be solved with; errors as in `factorize`."""
    if len(np.shape(matrix)) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise not_square(np.shape(matrix))
    copy = read_matrix(matrix)
    if not copy.shape[0]:
        raise no_unknowns()
    bad = np.flatnonzero(~np.isfinite(copy.data))
    if bad.size:
        entries = copy.tocoo()
        raise not_finite(entries.row[bad], entries.col[bad], subject="matrix")
    check_no_empty_line(copy)
    return copy


def read_right_side(b: Any, size: int) -> FloatArray:
    """Return right-hand sides (n, k), one column for one of them.

    Raises
    ------
    SolveError
        If their number of rows is not n, or if an entry is not finite.
    """
    right = np.asarray(b, np.float64)
    if right.ndim not in (1, 2) or right.shape[0] != size:
        raise wrong_shape(right.shape, size)
    right = right.reshape(size, -1) if right.ndim == 1 else right
    rows, columns = np.nonzero(~np.isfinite(right))
    if rows.size:
        raise not_finite(rows, columns, subject="right-hand side")
    return right


def _scale_right(right: FloatArray, rows: IntArray) -> tuple[FloatArray, IntArray]:
    """Scale right-hand sides (n, k) by row, and each to about one at most; return these exponents (k,) too."""
    exponent = np.frexp(right)[1] + rows[:, None]
    largest = np.where(right != 0, exponent, np.iinfo(np.intc).min).max(axis=0, initial=np.iinfo(np.intc).min)
    shift = np.where((right != 0).any(axis=0), -largest, 0).astype(np.intc)
    return np.ldexp(right, rows[:, None] + shift), shift


def _factorize(permuted: sparse.csc_array, ordering: Ordering) -> tuple[TriangularFactors, Comparison]:
    """Return the first stable factorization, or else the best; raise if none shows a correct digit."""
    transposed = ordering.transposed
    suspect, best, best_error = 0, None, np.inf
    for pivoting in (False, True):
        if pivoting:
            factors = eliminate_with_pivoting(permuted, transposed=transposed)
        else:
            factors = eliminate_in_order(permuted, transposed=transposed, pivot_threshold=PIVOT_THRESHOLD)
        if factors is None:
            continue
        comparison = compare(permuted, factors)
        residual, error, worst = _try(permuted, factors, comparison)
        if error <= best_error:
            suspect, best, best_error = worst, (factors, comparison), error
        if residual <= STABLE:  # if the error is large all the same, it is the matrix and no pivoting helps
            break
    if best is None or not best_error < SINGULAR:
        raise diagnose_singular(
            permuted, ordering.rows, ordering.columns, transposed=transposed, suspect=suspect
        )
    return best


def _try(
    permuted: sparse.csc_array, factors: TriangularFactors, comparison: Comparison
) -> tuple[float, float, int]:
    """Return residual, error bound and worst unknown for a right-hand side of ones."""
    forward, _ = _equations(permuted, factors, comparison)
    b = np.ones((permuted.shape[0], 1))
    refined = refine(forward, b)
    error, worst = bound_error(forward, b, refined)
    return float(refined.residual[0]), float(error[0]), int(worst[0])


def _equations(
    permuted: sparse.csc_array, factors: TriangularFactors, comparison: Comparison
) -> tuple[Equations, Equations]:
    """Return the equations of A and of Aᵀ."""
    rows, columns = permuted.tocsr(), permuted.T
    same: NDArray[Any] | None = comparison.signs if comparison.is_same else None
    same_transposed = np.ones(permuted.shape[0]) if comparison.is_same else None
    bound, diagonal = comparison.is_bound, np.abs(permuted.diagonal())[:, None]
    return (
        Equations(
            build_product(rows),
            factors.solve,
            factors.solve_transposed,
            comparison.solve,
            diagonal,
            bound,
            same,
        ),
        Equations(
            build_product(columns),
            factors.solve_transposed,
            factors.solve,
            comparison.solve_transposed,
            diagonal,
            bound,
            same_transposed,
        ),
    )
