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
    return _solve_by_krylov(plan, A, right) or _solve_directly(plan, A, right)


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
    """Return a solution with its error, or none."""
    K = sparse.csr_array(A.T if plan.direction is LaneDirection.ADJOINT else A)[plan.row_equations]
    try:
        own = prepare_iteration(sparse.csc_array(K), bound=plan.bound, may_factorize=False)
        solution = own.solve(right[plan.row_equations])
    except SolveError:
        return None
    status = LaneStatus.PROVED if own.has_strict_bound else LaneStatus.ESTIMATED
    stage = LaneStage.REARRANGED if own.is_rearranged else LaneStage.KRYLOV
    return SingleResult(solution.x, solution.error, solution.residual, status, stage, ())
