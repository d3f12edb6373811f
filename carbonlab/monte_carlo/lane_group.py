"""Rule sets that share their matrices, drawn and solved together: each has right-hand sides of its own.

The numbers of a draw are those of `carbonlab.system.lane_values.LaneValues`, solved by `carbonlab.solve.lanes`. A lane
whose error is proved by its comparison matrix (all couplings counted against the diagonal) has no loop that consumes
what it makes, because that matrix is a nonsingular M-matrix. In all other lanes the loops are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

import numpy as np
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.monte_carlo.moments import FloatArray, IntArray
from carbonlab.monte_carlo.parts import Sides
from carbonlab.results.evaluation import Evaluation, column_names
from carbonlab.sampling.inputs import Inputs
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.solve import Loop, find_loops, prepare, reaches
from carbonlab.solve.dependence import Direction
from carbonlab.solve.lanes import LaneBlock, LanePlan, LaneStage, LaneStatus, plan_lanes, solve_lanes
from carbonlab.solve.lanes.single import lane_matrix
from carbonlab.system.lane_values import LaneValues
from carbonlab.system.product_system import ProductSystem

STATUSES = tuple(LaneStatus)
STAGES = tuple(LaneStage)
FAILED = STATUSES.index(LaneStatus.FAILED)
NON_PRODUCTIVE = len(STATUSES)
"""Status of a lane in which some products have no number, because a loop upstream consumes what it makes."""
WITHOUT_VALUE = NON_PRODUCTIVE + 1
"""Status of a lane in which a formula has no value: nothing is known of it, no product has a number."""

STATUS_WORDS = (
    *(status.value for status in STATUSES),
    "a loop consumes at least what it makes: products that reach it have no number",
    "a formula has no value: no product has a number",
)
NAMED = 8
"""Processes that an error names."""
_BY_COMPARISON = [STAGES.index(LaneStage.SWEEPS), STAGES.index(LaneStage.KRYLOV)]
STAGE_WORDS = tuple(stage.value for stage in STAGES)


@dataclass(frozen=True, eq=False)
class Solved:
    """Draws of a group.

    Attributes
    ----------
    x : float array (sides of all members, wanted, draws)
        Footprint of one unit of each wanted column's row [kg CO2e]; NaN without a number.
    status, stage : int array (draws,)
        Positions in `STATUS_WORDS` and `STAGE_WORDS`.
    residual, error : float array (sides of all members, draws)
        NaN in lanes that failed.
    """

    x: FloatArray
    status: IntArray
    stage: IntArray
    residual: FloatArray
    error: FloatArray


class LaneGroup:
    """Rule sets (members) with the same matrices.

    Parameters
    ----------
    plan : SamplingPlan
        How numbers are drawn.
    evaluations, sides : sequences
        Of the members.
    columns : int array, optional
        Columns whose footprint is wanted; by default all.
    asked : int array, optional
        Columns on which it depends what can matter, where others than the wanted ones: elsewhere nothing is drawn.
    inputs : Inputs
        The uncertain numbers of the inventory.
    """

    def __init__(
        self,
        plan: SamplingPlan,
        evaluations: Sequence[Evaluation],
        sides: Sequence[Sides],
        columns: IntArray | None,
        inputs: Inputs,
        *,
        asked: IntArray | None = None,
    ) -> None:
        self.system: ProductSystem = evaluations[0].system
        A, B = self.system.matrices.A, self.system.matrices.B
        weights = sparse.csr_array(sparse.vstack([own.weights for own in sides]))
        ends = np.cumsum([0, *(own.weights.shape[0] for own in sides)])
        self.slices = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        only = _that_matter(A, B, weights, columns if asked is None else asked)
        self.source = LaneValues(self.system, plan, weights, only=only, inputs=inputs)
        try:
            self.plan: LanePlan = plan_lanes(
                A,
                self.source.varying,
                right=(weights @ B).T.toarray(),
                varying_right=self.source.varying_right,
                wanted=columns,
            )
        except SolveError as error:
            where = "processes: " + ", ".join(column_names(self.system, np.array(error.indices), NAMED))
            raise SolveError(error.what, where=where, why=error.why, remedy=error.remedy) from error
        self.source.order = self.plan.order
        self._is_straight = bool((self.plan.row_equations == np.arange(self.plan.unknowns)).all())
        self._watched = _Watched(self.source, self.plan, self.system)

    def solve(self, lanes: IntArray, *, threads: int | None) -> Solved:
        """Return the footprints of the wanted columns in some draws."""
        count, sides = len(lanes), self.slices[-1].stop
        x = np.empty((sides, len(self.plan.wanted), count))
        status, stage = np.empty(count, np.int64), np.empty(count, np.int64)
        residual, error = np.full((sides, count), np.nan), np.full((sides, count), np.nan)
        done = 0

        def consume(block: LaneBlock) -> None:
            nonlocal done
            own = slice(done, done + len(block.lanes))
            x[:, :, own] = block.x
            status[own] = [STATUSES.index(word) for word in block.status]
            stage[own] = [STAGES.index(word) for word in block.stage]
            residual[:, own], error[:, own] = block.residual, block.error
            done = own.stop

        turned = self._watched.begin()
        self.source.without_value = {}
        solve_lanes(self.plan, self._watched, lanes, consume, right_sides=sides, threads=threads)
        broken = np.isin(lanes, list(self.source.without_value))
        x[:, :, broken], status[broken] = np.nan, WITHOUT_VALUE
        failed = is_failed(status)
        residual[:, failed] = error[:, failed] = np.nan
        suspect = ~failed & (~self._is_productive(status, stage) | np.isin(lanes, list(turned)))
        for place in np.flatnonzero(suspect):
            reached = self._reach_bad_loop(int(lanes[place]))
            if reached.any():
                status[place] = NON_PRODUCTIVE
                x[:, reached, place] = np.nan
        return Solved(x, status, stage, residual, error)

    def _is_productive(self, status: IntArray, stage: IntArray) -> np.ndarray:
        """Return in which lanes the proof of the error proves too that no loop consumes what it makes: the proof
        by a comparison matrix, with every unknown matched to the equation of its own column.
        """
        if not self._is_straight:
            return np.zeros(len(status), bool)
        return np.asarray((status == STATUSES.index(LaneStatus.PROVED)) & np.isin(stage, _BY_COMPARISON))

    def _reach_bad_loop(self, lane: int) -> np.ndarray:
        """Return which wanted columns reach a loop that consumes at least what it makes, in one draw."""
        A = self.lane_matrix(lane)
        bad = np.zeros(A.shape[0], bool)
        bad[self.system.has_column & (A.diagonal() * self.system.sign < 0)] = True
        for loop in _non_productive(A):
            bad[loop.indices] = True
        return np.asarray(reaches(A, np.flatnonzero(bad))[self.plan.wanted])

    def lane_matrix(self, lane: int) -> sparse.csc_array:
        """Return A of one draw."""
        values = np.empty((len(self.plan.order), 1), np.float32)
        right = np.empty((self.slices[-1].stop, self.plan.unknowns, 1))
        self.source.fill(np.array([lane], np.int64), values, right)
        return lane_matrix(self.plan, values[:, 0].astype(np.float64))


def is_failed(status: IntArray) -> np.ndarray:
    """Return which lanes (lanes,) have no trustworthy solution at all."""
    return np.asarray((status == FAILED) | (status == WITHOUT_VALUE))


def _non_productive(A: sparse.csc_array) -> list[Loop]:
    """Return the loops that consume at least what they make; measured only where no proof excludes them."""
    try:
        if prepare(A).has_productive_loops:
            return []
    except SolveError:  # a singular matrix proves nothing; its loops have gains all the same
        pass
    return [loop for loop in find_loops(A) if loop.gain >= 1]


class _Watched:
    """The source of a group, which notes the lanes whose diagonal has another sign than it should have."""

    def __init__(self, source: LaneValues, plan: LanePlan, system: ProductSystem) -> None:
        A = system.matrices.A
        column = np.repeat(np.arange(A.shape[1]), np.diff(A.indptr))
        position = source.varying[plan.order]
        self._rows = np.flatnonzero(A.indices[position] == column[position])
        self._sign = system.sign[column[position[self._rows]]][:, None]
        self._source, self._lock, self._turned = source, Lock(), set[int]()

    def begin(self) -> set[int]:
        """Return a new set, in which the lanes from now on are noted."""
        self._turned = set()
        return self._turned

    def fill(self, lanes: IntArray, values: np.ndarray, right: FloatArray) -> None:
        self._source.fill(lanes, values, right)
        turned = (values[self._rows] * self._sign <= 0).any(axis=0)
        if turned.any():
            with self._lock:
                self._turned.update(np.asarray(lanes)[turned].tolist())


def _that_matter(
    A: sparse.csc_array, B: sparse.csc_array, weights: sparse.csr_array, columns: IntArray | None
) -> np.ndarray:
    """Return the columns that a wanted footprint can depend on: upstream of it, with emissions upstream of them.

    What counts are the places of the matrices: an amount that is stated as 0 may be drawn as something else.
    """
    links = sparse.csc_array((np.ones(A.nnz), A.indices, A.indptr), shape=A.shape)
    places = sparse.csc_array((np.ones(B.nnz), B.indices, B.indptr), shape=B.shape)
    emits = np.flatnonzero((abs(weights) @ places).sum(axis=0) > 0)
    matter = np.asarray(reaches(links, emits))
    if columns is not None:
        matter &= np.asarray(reaches(links, columns, direction=Direction.FORWARD))
    return matter


def groups_of(evaluations: Sequence[Evaluation], inputs: Inputs) -> list[list[int]]:
    """Return which rule sets share their matrices; each by itself where factors of flows are drawn, which belong
    to a characterization.
    """
    groups: list[list[int]] = []
    alone = len(inputs.of_table("factors")) > 0
    for number, evaluation in enumerate(evaluations):
        for group in groups:
            if not alone and evaluations[group[0]].system.matrices is evaluation.system.matrices:
                group.append(number)
                break
        else:
            groups.append([number])
    return groups
