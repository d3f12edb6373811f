"""One lane without compiled code: an iteration on its own matrix, then a factorization of it.

This is what lanes fall back on, and all that is used where nothing can be compiled. The iteration (BiCGSTAB, see
iterative.py) proves its error where the lane's comparison matrix is an M-matrix, and estimates it otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.factorization import factorize
from carbonlab.solve.iterative import prepare_iteration
from carbonlab.solve.lanes.entries import LaneDirection
from carbonlab.solve.lanes.plan import LanePlan
from carbonlab.solve.lanes.records import LaneStage, LaneStatus


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
    result = _solve_by_krylov(plan, A, right)
    if result is not None and (result.error <= plan.bound).all():
        return result
    return _solve_directly(plan, A, right, result)


def _failed(right: FloatArray, blamed: tuple[int, ...]) -> SingleResult:
    error, residual = np.full((2, right.shape[1]), np.inf)
    return SingleResult(
        np.full_like(right, np.nan), error, residual, LaneStatus.FAILED, LaneStage.NONE, blamed
    )


def _solve_directly(
    plan: LanePlan, A: sparse.csc_array, right: FloatArray, before: SingleResult | None
) -> SingleResult:
    """Solve what the iteration missed, each side by itself: its numbers shall not depend on the others."""
    found = before or _failed(right, ())
    missed = np.flatnonzero(~(found.error <= plan.bound))
    try:
        own = factorize(A, bound=plan.bound)
        solve = own.solve if plan.direction is LaneDirection.FORWARD else own.solve_transposed
        for side in missed:
            solution = solve(right[:, side])
            found.x[:, side], found.error[side] = solution.x, solution.error[0]
            found.residual[side] = solution.residual[0]
    except SolveError as error:
        return _failed(right, error.indices)
    rest_is_proved = missed.size == right.shape[1] or found.status is LaneStatus.PROVED
    status = LaneStatus.PROVED if own.has_strict_bound and rest_is_proved else LaneStatus.ESTIMATED
    return found._replace(status=status, stage=LaneStage.DIRECT)


def _solve_by_krylov(plan: LanePlan, A: sparse.csc_array, right: FloatArray) -> SingleResult | None:
    """Return a solution with its error, which may be too large; none if the matrix is refused."""
    K = sparse.csr_array(A.T if plan.direction is LaneDirection.ADJOINT else A)[plan.row_equations]
    try:
        own = prepare_iteration(sparse.csc_array(K), bound=plan.bound, may_factorize=False)
        solution = own.solve(right[plan.row_equations], require_bound=False)
    except SolveError:
        return None
    status = LaneStatus.PROVED if own.has_strict_bound else LaneStatus.ESTIMATED
    stage = LaneStage.REARRANGED if own.is_rearranged else LaneStage.KRYLOV
    return SingleResult(solution.x, solution.error, solution.residual, status, stage, ())
