"""Lanes for the tests: lognormal values around a base, the same for a lane whatever it is asked with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from carbonlab.solve.equilibration import equilibrate
from carbonlab.solve.lanes import LaneBlock, LanePlan, LaneReport, LaneStage, LaneStatus, solve_lanes


class LognormalLanes:
    """Each varying value is the base value × exp(sd × normal), right-hand sides vary by a fifth."""

    def __init__(
        self,
        matrix: sparse.csc_array,
        varying: np.ndarray,
        plan: LanePlan,
        deviations: np.ndarray,
        *,
        seed: int = 0,
        right_deviation: float = 0.2,
    ) -> None:
        self.base = matrix.data[varying][plan.order]
        self.deviations = deviations[plan.order]
        self.right = plan.base_right
        self.seed, self.right_deviation = seed, right_deviation
        self.rows = plan.right_rows

    def one(self, lane: int) -> tuple[np.ndarray, np.ndarray]:
        """Values in float32 and right-hand sides (n, k) of one lane."""
        rng = np.random.default_rng([self.seed, lane])
        values = self.base * np.exp(self.deviations * rng.standard_normal(self.base.size, np.float32))
        right = self.right.copy()
        if self.right_deviation:
            right *= np.exp(self.right_deviation * rng.standard_normal((len(right), 1)))
        return values.astype(np.float32), right

    def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
        for place, lane in enumerate(lanes):
            values[:, place], one = self.one(int(lane))
            right[:, :, place] = one.T


class Collected(NamedTuple):
    lanes: np.ndarray
    x: np.ndarray
    error: np.ndarray
    residual: np.ndarray
    sweeps: np.ndarray
    status: list[LaneStatus]
    stage: list[LaneStage]
    failures: dict[int, tuple[int, ...]]

    def sorted(self) -> Collected:
        order = np.argsort(self.lanes)
        return Collected(
            self.lanes[order],
            self.x[:, :, order],
            *(one[:, order] for one in (self.error, self.residual, self.sweeps)),
            [self.status[one] for one in order],
            [self.stage[one] for one in order],
            self.failures,
        )


def collect(plan: LanePlan, source: Any, lanes: np.ndarray, **options: Any) -> tuple[Collected, LaneReport]:
    """Solve lanes and keep a copy of everything."""
    blocks: list[Any] = []

    def keep(block: LaneBlock) -> None:
        arrays = (block.lanes, block.x, block.error, block.residual, block.sweeps)
        blocks.append((*(one.copy() for one in arrays), block.status, block.stage, block.failures))

    report = solve_lanes(plan, source, lanes, keep, **options)
    lists = list(zip(*blocks, strict=True))
    failures = {lane: blamed for one in lists[7] for lane, blamed in one.items()}
    status = [status for one in lists[5] for status in one]
    stage = [stage for one in lists[6] for stage in one]
    return Collected(*(np.concatenate(one, axis=-1) for one in lists[:5]), status, stage, failures), report


def true_errors(plan: LanePlan, source: Any, lanes: np.ndarray, found: Collected) -> np.ndarray:
    """The largest error of each lane (k, lanes), relative to the sum of absolute contributions.

    Contributions are those of one equation; of a lane that is proved those over all paths, as its proof has them.
    The reference is a sparse LU of the lane with three refinements.
    """
    errors = np.empty(found.error.shape)
    for place, lane in enumerate(lanes):
        values, right = source.one(int(lane))
        data = plan.matrix.data.copy()
        data[plan.varying[plan.order]] = values
        A = sparse.csc_array(
            (data, plan.matrix.indices.copy(), plan.matrix.indptr.copy()), shape=plan.matrix.shape
        )
        K = sparse.csc_array(A.T) if plan.direction == "adjoint" else A
        scaling = equilibrate(K)
        factors = splu(scaling.scale_matrix(K))
        b = np.ldexp(right, scaling.rows[:, None])
        scaled = scaling.scale_matrix(K)
        x = factors.solve(b)
        for _ in range(3):
            x = x + factors.solve(b - scaled @ x)
        x = np.ldexp(x, scaling.columns[:, None])
        rows = sparse.csr_array(K)[plan.row_equations]
        diagonal = np.abs(rows.diagonal())[:, None]
        sums = np.abs(right[plan.row_equations]) + abs(rows) @ np.abs(x) - diagonal * np.abs(x)
        scale = np.maximum(np.abs(x), sums / diagonal)
        if found.status[place] is LaneStatus.PROVED and found.stage[place] is LaneStage.SWEEPS:
            scale = over_all_paths(rows, right[plan.row_equations], scale)
        scale = scale[plan.wanted]
        x[~made_up_of_something(rows, right[plan.row_equations])] = (
            0.0  # a factorization leaves rounding there
        )
        difference = np.abs(found.x[:, :, place].T - x[plan.wanted])
        with np.errstate(divide="ignore", invalid="ignore"):
            errors[:, place] = np.where(difference == 0, 0.0, difference / scale).max(axis=0)
    return errors


def over_all_paths(rows: sparse.csr_array, right: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Sums of absolute contributions (n, k) from below, by adding them up: nothing is subtracted."""
    diagonal = np.abs(rows.diagonal())[:, None]
    beside = sparse.csr_array(abs(rows) - sparse.diags_array(diagonal[:, 0]))
    for _ in range(200):
        before, scale = scale, np.maximum(scale, (np.abs(right) + beside @ scale) / diagonal)
        if (scale <= 1.001 * before).all():
            break
    return scale


def made_up_of_something(rows: sparse.csr_array, right: np.ndarray) -> np.ndarray:
    """Which unknowns (n, k) depend on a right-hand side that is not zero; the others are zero exactly."""
    found = right != 0
    pattern = (abs(rows) > 0).astype(float)
    while True:
        more = found | (pattern @ found > 0)
        if (more == found).all():
            return found
        found = more


def check_errors(plan: LanePlan, source: Any, found: Collected) -> None:
    """Check that no lane is wrong by more than it says.

    A factorization relates errors to sums over all paths, which are larger: such lanes are held to the bound.
    """
    true = true_errors(plan, source, found.lanes, found)
    direct = np.array([stage is LaneStage.DIRECT for stage in found.stage])
    said = np.where(direct, plan.bound, found.error)
    wrong = [
        (found.lanes[k], found.status[k], true[:, k], found.error[:, k])
        for k in np.flatnonzero((true > said).any(axis=0))
    ]
    assert not wrong, wrong
    assert (found.error <= plan.bound).all()
