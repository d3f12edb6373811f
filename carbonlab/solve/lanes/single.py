"""One lane without compiled code: GMRES with the factors of the base matrix, then a factorization of its own.

This is what lanes fall back on, and all that is used where nothing can be compiled. GMRES (Y. Saad, M. H. Schultz,
1986, doi:10.1137/0907058) works on unknowns in units of the base solution; its result is accepted only with a proof
of its error (see `prove`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from carbonlab.errors import SolveError
from carbonlab.solve.comparison import EPS
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.factorization import Factorization, factorize
from carbonlab.solve.lanes.entries import LaneDirection
from carbonlab.solve.lanes.plan import LanePlan
from carbonlab.solve.lanes.records import LaneStage, LaneStatus

STEPS = 60
"""Steps of GMRES before it is given up."""
REFINEMENTS = 3
ROUGH = 1e-3
"""Accuracy of w, which only has to be checked."""

Operator = Callable[[FloatArray], FloatArray]


class SingleResult(NamedTuple):
    """Unknowns (n, k) of one lane and what is known of them."""

    x: FloatArray
    error: FloatArray
    residual: FloatArray
    status: LaneStatus
    stage: LaneStage
    blamed: tuple[int, ...]


def lane_matrix(plan: LanePlan, values: FloatArray) -> sparse.csc_array:
    """Return A of a lane, given its values (r,) in the order of the plan."""
    data = plan.matrix.data.copy()
    data[plan.varying[plan.order]] = values
    return sparse.csc_array(
        (data, plan.matrix.indices.copy(), plan.matrix.indptr.copy()), shape=plan.matrix.shape
    )


def solve_single(plan: LanePlan, values: FloatArray, right: FloatArray) -> SingleResult:
    """Solve one lane for right-hand sides (n, k).

    Parameters
    ----------
    plan : LanePlan
        Of the base matrix.
    values : array (r,)
        Lane values in the order of the plan.
    right : array (n, k)
        Right-hand sides.
    """
    A = lane_matrix(plan, values)
    if not (np.isfinite(values).all() and np.isfinite(right).all()):
        return _failed(right, tuple(np.flatnonzero(~np.isfinite(right).all(axis=1)).tolist()))
    found = _solve_by_krylov(plan, A, right) if plan.has_comparison else None
    return found or _solve_directly(plan, A, right)


def _failed(right: FloatArray, blamed: tuple[int, ...]) -> SingleResult:
    infinite = np.full(right.shape[1], np.inf)
    return SingleResult(
        np.full_like(right, np.nan), infinite, infinite, LaneStatus.FAILED, LaneStage.NONE, blamed
    )


def _solve_directly(plan: LanePlan, A: sparse.csc_array, right: FloatArray) -> SingleResult:
    try:
        own = factorize(A, bound=plan.bound)
        forward = plan.direction is LaneDirection.FORWARD
        solution = own.solve(right) if forward else own.solve_transposed(right)
    except SolveError as error:
        return _failed(right, error.indices)
    status = LaneStatus.PROVED if own.has_strict_bound else LaneStatus.ESTIMATED
    return SingleResult(solution.x, solution.error, solution.residual, status, LaneStage.DIRECT, ())


def _solve_by_krylov(plan: LanePlan, A: sparse.csc_array, right: FloatArray) -> SingleResult | None:
    """Return a solution with a proof of its error, or none."""
    adjoint = plan.direction is LaneDirection.ADJOINT
    K = sparse.csr_array(A.T if adjoint else A)[plan.row_equations]
    places = np.concatenate([plan.solved, np.setdiff1d(np.arange(plan.unknowns), plan.solved)])
    x, error, residual = np.empty_like(right), np.empty(right.shape[1]), np.empty(right.shape[1])
    back = np.argsort(plan.row_equations)  # to the equations of A, which the base factors solve

    def undo(r: FloatArray) -> FloatArray:
        return _undo(plan.base, r[back], adjoint)

    for c in range(right.shape[1]):
        side = plan.sides[min(c, len(plan.sides) - 1)]
        size, weight, start_w = np.empty((3, plan.unknowns))
        size[places], weight[places], start_w[places] = side.size, side.weight, side.w
        b = right[plan.row_equations, c]
        found = _gmres(K, b, plan.base_x[:, min(c, len(plan.sides) - 1)], undo, size, 1e-10, REFINEMENTS)
        magnitude = abs(K)
        M = (sparse.diags_array(2 * magnitude.diagonal()) - magnitude).tocsr()
        w = _gmres(M, weight, start_w, lambda r: _undo(plan.comparer.factorization, r, False), size, ROUGH, 1)
        proof = prove(K, M, b, found, w)
        if proof is None or not proof[0] <= plan.bound:
            return None
        x[:, c], error[c], residual[c] = found, proof[0], proof[1]
    return SingleResult(x, error, residual, LaneStatus.PROVED, LaneStage.KRYLOV, ())


def _undo(factorization: Factorization, r: FloatArray, transposed: bool) -> FloatArray:
    return factorization.apply_inverse(r[:, None], transposed=transposed)[:, 0]


def _gmres(
    K: sparse.csr_array,
    b: FloatArray,
    start: FloatArray,
    undo: Operator,
    size: FloatArray,
    accuracy: float,
    times: int,
) -> FloatArray:
    """Solve K x = b from a start, in units of `size`; each time for what is left."""
    inverse = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    operator = sparse_linalg.LinearOperator(
        K.shape, matvec=lambda z: inverse * undo(K @ (size * z.ravel())), dtype=float
    )
    x = start.copy()
    for _ in range(times):
        target = inverse * undo(b - K @ x)
        if not np.isfinite(target).all() or not target.any():
            break
        z, _ = sparse_linalg.gmres(operator, target, rtol=accuracy, atol=0.0, restart=STEPS, maxiter=1)
        x = x + size * z
    return x


def prove(
    K: sparse.csr_array, M: sparse.csr_array, b: FloatArray, x: FloatArray, w: FloatArray
) -> tuple[float, float] | None:
    """Return a bound on the relative error and the relative residual; none where w proves nothing.

    If w ≥ 0 and M w > 0, then M⁻¹ bounds |K⁻¹|, and |error| ≤ ρ w with the largest ρ = |residual| / M w, rounding
    included. It is related to the sum of absolute contributions, or a lower bound of it.
    """
    magnitude = abs(K)
    diagonal = magnitude.diagonal()
    terms = np.diff(K.indptr) + 4
    if not (np.isfinite(x).all() and np.isfinite(w).all()) or (w < 0).any():
        return None
    sums = np.abs(b) + magnitude @ np.abs(x)
    r = np.abs(b - K @ x)
    missing = r + terms * EPS * sums
    covered = M @ w - terms * EPS * (magnitude @ w)
    if ((covered <= 0) & (missing > 0)).any():
        return None
    rho = np.divide(missing, covered, out=np.zeros_like(r), where=missing > 0).max()
    beside = (np.abs(b) + magnitude @ np.abs(x) - diagonal * np.abs(x)) / diagonal
    a = np.maximum(np.abs(x), beside)
    for _ in range(2):
        a = np.maximum(a, (np.abs(b) + magnitude @ a - diagonal * a) / diagonal * (1 - terms * EPS))
    if ((a <= 0) & (w > 0)).any():
        return None
    kappa = np.divide(w, a, out=np.zeros_like(w), where=w > 0).max()
    backward = np.divide(r, sums, out=np.zeros_like(r), where=sums > 0).max()
    return float(rho * kappa), float(backward)
