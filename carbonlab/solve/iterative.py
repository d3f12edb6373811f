"""Solve A x = b and Aᵀ y = g without a factorization: for systems that are too large for one.

Jacobi-scaled BiCGSTAB (krylov.py) on the system and then on what its residual says is left, until the residual is
rounding. Every solution is checked as in factorization.py, whatever the iteration claims:

- A has a comparison matrix that is an M-matrix (all loops make more than they consume, credits included with their
  absolute values): then one vector and one product prove a strict bound on every unknown (certificate.py).
- Otherwise the bound is estimated with some more solves (accuracy.py).

If the bound is missed, the strong couplings are eliminated exactly beforehand (`strong_part`); if that does not help
and the system is small enough for a factorization, it is factorized, which also diagnoses singular systems.

Measured on generated systems (one core, 15 entries per column): 0.1 s for 20,000 unknowns, some seconds for
1,000,000, where a factorization takes seconds for 20,000 and is out of reach for 1,000,000.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
from scipy import sparse

from carbonlab.solve.accuracy import NEGLIGIBLE, Solution, SolveStatus, estimate_norm
from carbonlab.solve.certificate import Certificate, compare_product, find_certificate
from carbonlab.solve.comparison import EPS, SMALLEST
from carbonlab.solve.dependence import strong_components
from carbonlab.solve.equilibration import FloatArray, IntArray
from carbonlab.solve.factor import TriangularFactors
from carbonlab.solve.factorization import BOUND, Factorization, check_matrix, factorize, read_right_side
from carbonlab.solve.failures import bound_missed
from carbonlab.solve.krylov import SINGLE, Operator, Shares, iterate, strong_part
from carbonlab.solve.matching import match_rows
from carbonlab.solve.products import Product, build_product

SETTLED = 1e-14
"""Residual at which there is nothing more to gain."""
FINE, ROUGH = 1e-9, 1e-4
"""Tolerances of the iteration: where single precision does not help any more, and where only a magnitude is wanted."""
NEARLY = 1e-2
"""Residual at which a guess is worth beginning with, and a solution tells a magnitude."""
MOST_ROUNDS = 8
"""Iterations on residuals."""
FACTORIZE_MOST = 150_000
"""Unknowns up to which a factorization is tried when nothing else helped."""
HALF = 0.5


class _Attempt(NamedTuple):
    """An approximate solution (n,), its residual, the sums |A||x| + |b|, and the largest ratio of the two."""

    x: FloatArray
    remainder: FloatArray
    sums: FloatArray
    residual: float
    rounds: int


@final
@dataclass(frozen=True, eq=False)
class _Side:
    """T, which is A or Aᵀ, with its comparison matrix."""

    matrix: sparse.csr_array
    product: Product
    operator: Operator
    comparison: Operator
    lengths: FloatArray

    @staticmethod
    def of(matrix: sparse.csr_array, labels: IntArray | None, damping: float) -> _Side:
        def with_entries(data: FloatArray) -> sparse.csr_array:
            return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)

        lengths, diagonal = np.diff(matrix.indptr), matrix.diagonal()
        row = np.repeat(np.arange(matrix.shape[0], dtype=np.intc), lengths)
        own = row == matrix.indices
        magnitude = np.abs(matrix.data)
        magnitude[own] = 0.0
        damped = magnitude
        if labels is not None:
            damped = np.where(labels[row] == labels[matrix.indices], damping * magnitude, magnitude)
        compared = np.where(own, np.abs(matrix.data), -damped)
        return _Side(
            matrix,
            build_product(matrix),
            Operator(matrix, diagonal, with_entries(magnitude)),
            Operator(with_entries(compared), np.abs(diagonal), with_entries(damped)),
            lengths.astype(float),
        )

    def sum_up(self, b: FloatArray) -> FloatArray:
        """Return about M⁻¹|b| (n,), the sums of what makes up the unknowns; 0 exactly where nothing does."""
        size = self.comparison.measure(b)
        better = iterate(Shares(self.comparison, size), np.abs(b), tolerance=ROUGH)
        return np.where(size > 0, np.maximum(np.abs(better), size), 0.0)

    def attempt(self, b: FloatArray, size: FloatArray, factors: TriangularFactors | None) -> _Attempt:
        """Solve for one right-hand side as well as the iteration can."""
        precondition = None if factors is None else lambda z: factors.solve(z[:, None])[:, 0]
        start = self._begin(b, size)
        shares, tolerance = Shares(self.operator, size), SINGLE
        x = iterate(shares, b, tolerance=tolerance, start=start, precondition=precondition)
        best = self._look_at(x, b, 0)
        for rounds in range(1, MOST_ROUNDS + 1):
            if best.residual <= SETTLED:
                break
            more = iterate(shares, best.remainder, tolerance=tolerance, precondition=precondition)
            trial = self._look_at(best.x + more, b, rounds)
            stalls = not trial.residual < best.residual / 2
            best = trial if trial.residual < best.residual else best
            if stalls and tolerance < SINGLE:
                break
            if stalls:
                tolerance = FINE
        return best

    def _begin(self, b: FloatArray, size: FloatArray) -> FloatArray | None:
        """Return the sums with the signs that unknowns have where nothing cancels, if they about solve T x = b."""
        signs = np.sign(self.operator.diagonal)
        for x in (signs * size, size):
            for candidate in (x, -x):
                if self._look_at(candidate, b, 0).residual < NEARLY:
                    return candidate
        return None

    def _look_at(self, x: FloatArray, b: FloatArray, rounds: int) -> _Attempt:
        with np.errstate(invalid="ignore", over="ignore"):
            remainder = b - self.product.apply(x)
            sums = np.abs(self.operator.diagonal * x) + self.operator.beside @ np.abs(x) + np.abs(b)
            ratio = np.divide(np.abs(remainder), sums, out=np.zeros_like(sums), where=~(sums <= NEGLIGIBLE))
        residual = float(ratio.max(initial=0.0))
        return _Attempt(x, remainder, sums, residual if np.isfinite(residual) else np.inf, rounds)

    def rounded(self, found: _Attempt) -> FloatArray:
        """Return the residual (n,) with what rounding may have hidden in it."""
        terms = np.maximum(self.product.terms[:, 0], self.lengths)
        return np.abs(found.remainder) + (terms + 2) * EPS * found.sums


@final
@dataclass(frozen=True, eq=False)
class Iteration:
    """A square matrix A (n, n) for solves without a factorization; made by `prepare_iteration`.

    Attributes
    ----------
    size : int
        Number of unknowns n.
    bound : float
        Bound on the relative error of every unknown.
    has_strict_bound : bool
        Whether error bounds are strict; otherwise they are estimates from below (see accuracy.py).
    damping : float
        What couplings within loops are multiplied by in the scale of errors (see comparison.py).
    """

    size: int
    bound: float
    has_strict_bound: bool
    damping: float
    _matrix: sparse.csc_array = field(repr=False)
    _rows: IntArray | None = field(repr=False)
    _labels: IntArray | None = field(repr=False)
    _may_factorize: bool = field(repr=False, default=True)

    @property
    def is_rearranged(self) -> bool:
        """Whether equations were matched to other unknowns than those of the same number."""
        return self._rows is not None

    @property
    def has_productive_loops(self) -> bool:
        """Whether it is proved that the gain of every loop (loops.py) is below one.

        An M-matrix |D| − |E| has ρ(|E||D|⁻¹) < 1, and no eigenvalue of E D⁻¹ is larger than that.
        """
        return self.has_strict_bound and not self.is_rearranged

    def solve(self, b: Any, *, require_bound: bool = True) -> Solution:
        """Solve A x = b: parameters, result and errors as in `Factorization.solve`.

        Examples
        --------
        >>> from scipy.sparse import csc_array
        >>> iteration = prepare_iteration(csc_array([[10.0, -2.0], [0.0, 100.0]]))
        >>> iteration.solve([0.0, 1000.0]).x.round(12)
        array([ 2., 10.])
        """
        right = read_right_side(b, self.size)
        return self._solve(
            right if self._rows is None else right[self._rows], np.shape(b), False, require_bound
        )

    def solve_transposed(self, b: Any, *, require_bound: bool = True) -> Solution:
        """Solve Aᵀ y = b; parameters and errors as in `solve`."""
        return self._solve(read_right_side(b, self.size), np.shape(b), True, require_bound)

    @property
    def method(self) -> str:
        """What solves, for the records."""
        return "BiCGSTAB of SciPy, Jacobi-scaled, refined"

    @cached_property
    def _forward(self) -> _Side:
        return _Side.of(self._matrix.tocsr(), self._labels, self.damping)

    @cached_property
    def _transposed(self) -> _Side:
        return _Side.of(self._matrix.T, self._labels, self.damping)

    @cached_property
    def _factorization(self) -> Factorization:
        return factorize(self._matrix, bound=self.bound)

    def _solve(
        self, right: FloatArray, shape: tuple[int, ...], transposed: bool, require_bound: bool
    ) -> Solution:
        k = right.shape[1]
        x = np.empty_like(right)
        residual, error, worst, rounds = np.empty(k), np.empty(k), np.empty(k, np.int64), 0
        for one in range(k):
            found, error[one], worst[one] = self._column(right[:, one], transposed)
            x[:, one], residual[one], rounds = found.x, found.residual, max(rounds, found.rounds)
        if self._rows is not None and transposed:
            x[self._rows] = x.copy()
            worst = self._rows[worst].astype(np.int64)
        missed = not (error <= self.bound).all()
        if missed and require_bound:
            one = int(error.argmax())
            raise bound_missed(
                int(worst[one]), one, error=error[one], residual=residual[one], bound=self.bound
            )
        status = SolveStatus.BOUND_MISSED if missed else SolveStatus.WITHIN_BOUND
        return Solution(x.reshape(shape), residual, error, worst, self.bound, rounds, status)

    def _column(self, b: FloatArray, transposed: bool) -> tuple[_Attempt, float, int]:
        """Solve for one right-hand side, with further means as long as the bound is missed."""
        if not b.any():
            return _Attempt(np.zeros_like(b), b, b, 0.0, 0), 0.0, 0
        side = self._transposed if transposed else self._forward
        size = side.sum_up(b)
        found = side.attempt(b, size, None)
        error, worst = self._bound(found, b, size, transposed)
        if error <= self.bound:
            return found, error, worst
        factors = strong_part(side.matrix, size)
        if factors is not None:
            second = side.attempt(b, size, factors)
            second_error, second_worst = self._bound(second, b, size, transposed)
            if second_error < error:
                found, error, worst = second, second_error, second_worst
        if error <= self.bound or not self._may_factorize or self.size > FACTORIZE_MOST:
            return found, error, worst
        how = self._factorization.solve_transposed if transposed else self._factorization.solve
        direct = how(b, require_bound=False)
        return side._look_at(direct.x, b, direct.refinements), float(direct.error[0]), int(direct.worst[0])

    def _bound(
        self,
        found: _Attempt,
        b: FloatArray,
        size: FloatArray,
        transposed: bool,
    ) -> tuple[float, int]:
        """Return the bound on the relative error of the worst unknown, and which it is."""
        if not np.isfinite(found.residual):
            return np.inf, 0
        side = self._transposed if transposed else self._forward
        g = side.rounded(found)
        sums = np.maximum(size, np.abs(found.x))
        certificate = find_certificate(side.comparison, side.lengths, b, sums)
        if certificate is not None and (found.sums[~certificate.is_part] > NEGLIGIBLE).any():
            certificate = None  # it leaves out unknowns that something makes up
        if certificate is None:
            if (
                self.has_strict_bound
            ):  # a certificate exists, and was not found: the strict bound is not to be had
                return np.inf, int(np.argmax(g))
            scale = np.abs(found.x)
        else:
            scale = np.maximum(np.abs(found.x), _at_least(side, certificate, b, sums))
        own = np.abs(side.operator.diagonal)
        scale = np.maximum(scale, found.sums / own - np.abs(found.x))  # what makes it up, at the last step
        weight = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > NEGLIGIBLE)
        if self.has_strict_bound and certificate is not None:
            ratio = certificate.bound(g) * weight
            return float(ratio.max(initial=0.0)), int(ratio.argmax())
        return self._estimate(g, weight, transposed)

    def _estimate(self, g: FloatArray, weight: FloatArray, transposed: bool) -> tuple[float, int]:
        here, there = (self._transposed, self._forward) if transposed else (self._forward, self._transposed)
        failed, is_hard = False, False

        def solve_with(side: _Side, right: FloatArray) -> FloatArray:
            nonlocal failed, is_hard
            b = right[:, 0]
            size = side.sum_up(b)
            attempt = None if is_hard else side.attempt(b, size, None)
            if attempt is None or not attempt.residual < NEARLY:
                is_hard = True
                attempt = side.attempt(b, size, strong_part(side.matrix, size))
            failed = failed or not attempt.residual < NEARLY
            return attempt.x[:, None]

        found, place = estimate_norm(
            lambda right: solve_with(here, right),
            lambda right: solve_with(there, right),
            g[:, None],
            weight[:, None],
        )
        # what does not solve the equations says nothing of the inverse
        usable = np.isfinite(found[0]) and not failed
        return (float(found[0]) if usable else np.inf), int(place[0])


def _at_least(side: _Side, certificate: Certificate, b: FloatArray, sums: FloatArray) -> FloatArray:
    """Return a lower bound of M⁻¹|b| (n,) near an approximation."""
    product, rounding = compare_product(side.comparison, side.lengths, sums)
    return np.maximum(sums - certificate.bound(np.abs(np.abs(b) - product) + rounding), 0.0)


def prepare_iteration(matrix: Any, *, bound: float = BOUND, may_factorize: bool = True) -> Iteration:
    """Prepare a square sparse matrix for solves without a factorization.

    Parameters
    ----------
    matrix : sparse array (n, n)
        A, in any format of SciPy, or a dense array; it is copied, never changed.
    bound : float
        Bound on the error of every unknown of every solution, relative to the sum of the absolute values of
        what makes it up.
    may_factorize : bool
        Whether it may be factorized where the iteration misses the bound.

    Raises
    ------
    SolveError
        If the matrix is not square, has an entry that is not finite, an empty row or column, or a structure that
        makes it singular. That it is singular by its values shows when it is solved.
    """
    copy = check_matrix(matrix)
    rows, labels, damping = None, None, 1.0
    side = _Side.of(copy.T, None, 1.0) if copy.diagonal().all() else None
    is_proved = side is not None and _is_m_matrix(side)
    if side is None or (not is_proved and copy.shape[0] <= FACTORIZE_MOST):
        rows = match_rows(copy)  # loops that consume more than they make mostly end here
        copy = sparse.csc_array(copy.tocsr()[rows])
        copy.sort_indices()
        side = _Side.of(copy.T, None, 1.0)
        is_proved = _is_m_matrix(side)
    while not is_proved and damping > SMALLEST:
        labels = strong_components(copy) if labels is None else labels
        damping = min(damping * HALF, HALF / _gain(side, labels)) if damping == 1.0 else damping * HALF
        side = _Side.of(copy.T, labels, damping)
        is_proved = _is_m_matrix(side)
    made = Iteration(copy.shape[0], bound, damping == 1.0, damping, copy, rows, labels, may_factorize)
    made.__dict__["_transposed"] = side
    return made


def _is_m_matrix(side: _Side) -> bool:
    """Whether a certificate shows that the comparison matrix is an M-matrix."""
    ones = np.abs(side.operator.diagonal)
    size = side.comparison.measure(ones)
    return find_certificate(side.comparison, side.lengths, ones, size) is not None


def _gain(side: _Side, labels: IntArray) -> float:
    """Return about the largest gain of the loops: growth of |E||D|⁻¹ within components over some steps."""
    row = np.repeat(np.arange(len(labels)), np.diff(side.matrix.indptr))
    inside = labels[row] == labels[side.matrix.indices]
    data = np.where(inside, side.operator.beside.data, 0.0)
    coupling = sparse.csr_array((data, side.matrix.indices, side.matrix.indptr), shape=side.matrix.shape)
    size = np.abs(side.operator.diagonal)
    vector, total, steps = size / size, 0.0, 60
    for _ in range(steps):
        previous = float(np.abs(size * vector).max())
        vector = (coupling @ vector) / size
        growth = float(np.abs(size * vector).max()) / previous
        if not growth > 0:
            return 1.0
        vector /= growth
        total += np.log(growth)
    return max(float(np.exp(total / steps)), 1.0)
