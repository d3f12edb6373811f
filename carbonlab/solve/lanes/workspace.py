"""Working memory of one thread, and the arrays of a plan as the kernels take them; only used where Numba is there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
SIDES_AT_ONCE = (4, 2, 1)
"""Right-hand sides that can be solved together: the largest number first. Results are the same, bit by bit."""
MOST_TOGETHER = 2**21
"""[bytes] x, w and a of sides that are solved together. With more, reading them from memory further away costs more
than is saved by reading lane values once."""


class CompiledSolver:
    """Solves blocks of eight lanes of a plan, one after the other, in memory of its own."""

    def __init__(self, plan: LanePlan, right_sides: int) -> None:
        self._plan = plan
        sides = [plan.sides[min(c, len(plan.sides) - 1)] for c in range(right_sides)]
        has_single = _fits_single(plan)
        shared: dict[int, _Shared] = {}
        self._groups: list[_Group] = []
        while (done := sum(len(group.sides) for group in self._groups)) < right_sides:
            count = min(_sides_together(plan.unknowns), right_sides - done)
            count = next(one for one in SIDES_AT_ONCE if one <= count)
            if count not in shared:
                shared[count] = _Shared(plan, count, has_single, next(iter(shared.values()), None))
            self._groups.append(_Group(plan, sides[done : done + count], shared[count], done))
        m = len(plan.solved)
        place = np.empty(plan.unknowns, np.int32)
        fixed = np.setdiff1d(np.arange(plan.unknowns), plan.solved)
        place[plan.solved], place[fixed] = np.arange(m), np.arange(m, plan.unknowns)
        place = place[plan.wanted]
        self._moving = np.flatnonzero(place < m).astype(np.int32)
        self._from = np.ascontiguousarray(place[self._moving])
        self._sides = right_sides
        self.outcome = np.zeros((right_sides, WIDTH), np.int64)
        self.error, self.residual, self.sweeps = np.zeros((3, right_sides, WIDTH))

    def new_result(self) -> FloatArray:
        """Return an array (k, o, 8) that holds the fixed unknowns already."""
        plan = self._plan
        sides = [min(c, len(plan.sides) - 1) for c in range(self._sides)]
        return np.repeat(plan.base_x[plan.wanted][:, sides].T[:, :, None], WIDTH, axis=2)

    def solve(self, values: LaneValues, right: FloatArray, out: FloatArray) -> None:
        """Solve eight lanes: values (r, 8), right-hand sides (k, n, 8), result (k, o, 8)."""
        for number, group in enumerate(self._groups):
            if number == 0:
                prepare_block(group.rows, group.steps, values, group.scratch)
            own = slice(group.first, group.first + len(group.sides))
            results = [one[own].reshape(-1) for one in (self.outcome, self.error, self.residual, self.sweeps)]
            group.solve(values, tuple(right[own]), *results)
            self.error[own] += group.base_error
            for side in range(len(group.sides)):
                write_block(group.scratch.x, side, self._from, self._moving, out[group.first + side])

    @property
    def given_up(self) -> NDArray[np.bool_]:
        """Which right-hand sides of which lanes found no answer (k, 8)."""
        return np.asarray(self.outcome == GIVEN_UP)

    @property
    def proved(self) -> NDArray[np.bool_]:
        """Which right-hand sides of which lanes have an error that is proved (k, 8)."""
        return np.asarray(self.outcome == CERTIFIED)


class _Shared:
    """What groups with as many right-hand sides share: arrays of the plan, and working memory."""

    def __init__(self, plan: LanePlan, sides: int, has_single: bool, other: _Shared | None) -> None:
        equations, elimination = plan.equations, plan.elimination
        first, acyclic, feedback, last = plan.sizes
        wide = WIDTH * sides
        self.rows = Rows(
            first,
            acyclic,
            feedback,
            last,
            equations.equation,
            equations.diagonal,
            equations.reciprocal,
            equations.varying_start,
            equations.varying_column * wide,
            equations.fixed_start,
            equations.fixed_column * wide,
            equations.fixed_value,
            int((equations.diagonal >= 0).sum()),
        )
        self.steps = Steps(
            elimination.start,
            elimination.middle,
            elimination.split,
            elimination.column * WIDTH,
            (elimination.column - np.int32(acyclic)) * wide,
            plan.kept_source,
            plan.kept_factor,
            elimination.step_start,
            elimination.target * WIDTH,
            elimination.source * WIDTH,
        )
        base = plan.common_size[: len(plan.solved)].copy()
        part = base[first + acyclic : first + acyclic + feedback]
        self.base, self.scale = base, np.divide(1.0, part, out=np.zeros(feedback), where=part > 0)
        self.nothing = np.zeros((len(base), *_axes(sides)))
        row = (*_axes(sides), WIDTH)
        self.wa = np.zeros((2 * plan.unknowns, *row), np.float32 if has_single else float)
        self.on_feedback = np.zeros((4, feedback, *row))
        self.lanes = np.zeros((LANE_ROWS, *row))
        self.factors: tuple[FloatArray, NDArray[np.float32], FloatArray] = (
            other.factors
            if other is not None
            else (
                np.zeros((self.rows.offset, WIDTH)),
                np.zeros((len(elimination.column), WIDTH), np.float32),
                np.zeros((len(elimination.middle), WIDTH)),
            )
        )


class _Group:
    """Right-hand sides that are solved together."""

    def __init__(self, plan: LanePlan, sides: list[RightHandSide], shared: _Shared, first: int) -> None:
        self._plan, self._shared, self.sides, self.first = plan, shared, sides, first
        self.rows, self.steps, count = shared.rows, shared.steps, len(sides)
        m, begin = len(plan.solved), plan.sizes[0] + plan.sizes[1]
        axes = _axes(count)

        def together(arrays: list[FloatArray]) -> FloatArray:
            return np.ascontiguousarray(np.stack(arrays, axis=-1).reshape(-1, *axes))

        start = together([side.start for side in sides])
        self._start, self._w = start[:m].copy(), together([side.w[:m] for side in sides])
        self._weight = together([side.weight[:m] for side in sides])
        self._floor = together([SMALL * side.size[begin : begin + plan.sizes[2]] for side in sides])
        self._bound = np.repeat([plan.bound - side.error for side in sides], WIDTH)
        self._target = np.repeat([side.target for side in sides], WIDTH)
        self.base_error = np.array([[side.error] for side in sides])
        wa = shared.wa
        if (
            m < plan.unknowns
        ):  # the sums of fixed unknowns differ between right-hand sides; their errors are none
            wa = np.zeros_like(wa)
            wa[2 * m + 1 :: 2] = (1 - SINGLE) * together([side.least[m:] for side in sides])[..., None]
        x = np.repeat(start[..., None], WIDTH, axis=-1)
        change, change_w, last_change, last_x = shared.on_feedback
        lanes = shared.lanes
        numbers = lanes.reshape(LANE_ROWS, -1)
        self.scratch = Scratch(x, wa, *shared.factors, change, change_w, last_change, last_x, lanes, numbers)

    def solve(self, values: LaneValues, right: tuple[FloatArray, ...], *results: NDArray[Any]) -> None:
        """Solve eight lanes; results (8 × sides,): outcome, error, residual, sweeps."""
        shared = self._shared
        solve_block(
            self.rows,
            self.steps,
            values,
            right,
            shared.base,
            shared.scale,
            self._floor,
            self._start,
            self._w,
            self._weight,
            shared.nothing,
            self._bound,
            self._target,
            self._plan.has_comparison,
            self.scratch,
            *results,
        )


def _sides_together(unknowns: int) -> int:
    return max(MOST_TOGETHER // (2 * WIDTH * 8 * unknowns), 1)


def _axes(sides: int) -> tuple[int, ...]:
    """Return the axes that tell compiled code how many sides an array holds: (), (2,) or (2, 2)."""
    return (2,) * (sides.bit_length() - 1)


def _fits_single(plan: LanePlan) -> bool:
    """Whether numbers of the size of the unknowns can be kept in single precision."""
    sizes = np.concatenate([part for side in plan.sides for part in (side.size, side.w)])
    sizes = sizes[sizes > 0]
    return bool(sizes.min(initial=1.0) > SMALLEST and sizes.max(initial=1.0) < LARGEST)
