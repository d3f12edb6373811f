"""Working memory of one thread, and the arrays of a plan as the kernels take them; only used where Numba is there."""

from __future__ import annotations

import numpy as np

from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.lanes.block import CERTIFIED, GIVEN_UP, prepare_block, solve_block, write_block
from carbonlab.solve.lanes.kernels import LANE_ROWS, SINGLE, Rows, Scratch, Steps
from carbonlab.solve.lanes.plan import LanePlan, RightHandSide
from carbonlab.solve.lanes.records import LaneValues
from carbonlab.solve.lanes.vectors import WIDTH

SMALL = 1.0 / 16.0
"""An unknown below this part of its base solution is judged as if it were this large, while iterating."""
SMALLEST, LARGEST = 1e-28, 1e28
"""Base values between which lanes keep w and a in single precision; it ends at 1e-38 and 3e38."""


class CompiledSolver:
    """Solves blocks of eight lanes of a plan, one after the other, in memory of its own."""

    def __init__(self, plan: LanePlan, right_sides: int) -> None:
        self._plan = plan
        equations, elimination = plan.equations, plan.elimination
        first, acyclic, feedback, last = plan.sizes
        self._rows = Rows(
            first,
            acyclic,
            feedback,
            last,
            equations.equation,
            equations.diagonal,
            equations.reciprocal,
            equations.varying_start,
            equations.varying_column * WIDTH,
            equations.fixed_start,
            equations.fixed_column * WIDTH,
            equations.fixed_value,
            int((equations.diagonal >= 0).sum()),
        )
        self._steps = Steps(
            elimination.start,
            elimination.middle,
            elimination.split,
            elimination.column * WIDTH,
            plan.kept_source,
            plan.kept_factor,
            elimination.step_start,
            elimination.target * WIDTH,
            elimination.source * WIDTH,
        )
        m, part = len(plan.solved), slice(first + acyclic, first + acyclic + feedback)
        base = plan.common_size[:m]
        self._base = base.copy()
        self._scale = np.divide(1.0, base[part], out=np.zeros(feedback), where=base[part] > 0)
        self._nothing = np.zeros(m)
        self._sides = [plan.sides[min(c, len(plan.sides) - 1)] for c in range(right_sides)]
        self._floors = [SMALL * side.size[part] for side in self._sides]
        shared = self._allocate(m, feedback)
        self._scratch = [self._scratch_of(side, shared) for side in self._sides]
        place = np.empty(plan.unknowns, np.int32)
        fixed = np.setdiff1d(np.arange(plan.unknowns), plan.solved)
        place[plan.solved], place[fixed] = np.arange(m), np.arange(m, plan.unknowns)
        self._place = place[plan.wanted].astype(np.int32)
        self._moving = np.flatnonzero(self._place < m).astype(np.int32)
        self._from = np.ascontiguousarray(self._place[self._moving])
        self.outcome = np.zeros((right_sides, WIDTH), np.int64)
        self.error, self.residual, self.sweeps = np.zeros((3, right_sides, WIDTH))

    def _allocate(self, m: int, feedback: int) -> dict[str, FloatArray]:
        plan = self._plan
        n, diagonals = plan.unknowns, self._rows.offset
        return {
            "wa": np.zeros((2 * n, WIDTH), np.float32 if self._fits_single(plan) else float),
            "pivots": np.zeros((diagonals, WIDTH)),
            "kept": np.zeros((len(plan.elimination.column), WIDTH), np.float32),
            "inverse": np.zeros((len(plan.elimination.middle), WIDTH)),
            "change": np.zeros((feedback, WIDTH)),
            "change_w": np.zeros((feedback, WIDTH)),
            "last_change": np.zeros((feedback, WIDTH)),
            "last_x": np.zeros((feedback, WIDTH)),
            "lanes": np.zeros((LANE_ROWS, WIDTH)),
        }

    def _scratch_of(self, side: RightHandSide, shared: dict[str, FloatArray]) -> Scratch:
        x = np.repeat(side.start[:, None], WIDTH, axis=1)
        wa, m = shared["wa"], len(self._plan.solved)
        if m < len(
            side.size
        ):  # the sums of fixed unknowns differ between right-hand sides; their errors are none
            wa = np.zeros_like(wa)
            wa[2 * m + 1 :: 2] = (1 - SINGLE) * side.size[m:, None]
        return Scratch(**{**shared, "x": x, "wa": wa})

    @staticmethod
    def _fits_single(plan: LanePlan) -> bool:
        """Whether numbers of the size of the unknowns can be kept in single precision."""
        sizes = np.concatenate([part for side in plan.sides for part in (side.size, side.w)])
        sizes = sizes[sizes > 0]
        return bool(sizes.min(initial=1.0) > SMALLEST and sizes.max(initial=1.0) < LARGEST)

    def new_result(self) -> FloatArray:
        """Return an array (k, o, 8) that holds the fixed unknowns already."""
        plan = self._plan
        sides = [min(c, len(plan.sides) - 1) for c in range(len(self._sides))]
        return np.repeat(plan.base_x[plan.wanted][:, sides].T[:, :, None], WIDTH, axis=2)

    def solve(self, values: LaneValues, right: FloatArray, out: FloatArray) -> None:
        """Solve eight lanes: values (r, 8), right-hand sides (k, n, 8), result (k, o, 8)."""
        rows, steps = self._rows, self._steps
        prepare_block(rows, steps, values, self._scratch[0])
        for c, (side, scratch) in enumerate(zip(self._sides, self._scratch, strict=True)):
            solve_block(
                rows,
                steps,
                values,
                right[c],
                self._base,
                self._scale,
                self._floors[c],
                side.start,
                side.w,
                side.weight,
                self._nothing,
                self._plan.bound - side.error,
                side.target,
                self._plan.has_comparison,
                scratch,
                self.outcome[c],
                self.error[c],
                self.residual[c],
                self.sweeps[c],
            )
            self.error[c] += side.error
            write_block(scratch.x, self._from, self._moving, out[c])

    @property
    def given_up(self) -> FloatArray:
        """Whether any right-hand side of a lane found no answer (8,)."""
        return np.asarray((self.outcome == GIVEN_UP).any(axis=0))

    @property
    def proved(self) -> FloatArray:
        """Whether the errors of all right-hand sides of a lane are proved (8,)."""
        return np.asarray((self.outcome == CERTIFIED).all(axis=0))
