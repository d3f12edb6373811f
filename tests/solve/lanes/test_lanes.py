"""Lanes against a factorization of their own, and what must not change their numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from carbonlab.errors import SolveError
from carbonlab.solve import factorize
from carbonlab.solve.lanes import LanePlan, LaneReport, LaneStage, LaneStatus, plan_lanes, solve_lanes
from carbonlab.solve.lanes.scale import least_sizes
from tests.solve.exact import path_sums, solve_exactly
from tests.solve.lanes.sources import Collected, LognormalLanes, check_errors, collect, true_errors
from tests.solve.lanes.systems import System, hub_system

CASES = {
    "hubs": dict(n=300, seed=1),
    "strong hubs": dict(n=300, seed=2, gain=0.93),
    "credits": dict(n=300, seed=3, credits=0.05),
    "bad loops": dict(n=300, seed=4, credits=0.05, loops=(1.2, 1.5, 1.64, 2.0, 3.0, 0.9)),
}


def plan_of(system: System, **options: object):
    return plan_lanes(system.A, system.varying, right=system.right, **options)


def source_of(system: System, plan, *, spread: float = 1.0, seed: int = 0) -> LognormalLanes:
    return LognormalLanes(system.A, system.varying, plan, spread * system.deviations, seed=seed)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("direction", ["adjoint", "forward"])
@pytest.mark.parametrize("case", CASES)
def test_errors_are_within_what_is_reported(case: str, direction: str, compiled: bool) -> None:
    system = hub_system(**CASES[case])
    plan = plan_of(system, direction=direction)
    lanes = np.arange(64 if compiled else 6)
    source = source_of(system, plan, spread=2.0)
    found, report = collect(plan, source, lanes, compiled=compiled)
    assert report.lanes == lanes.size and report.compiled == compiled
    assert report.statuses[LaneStatus.FAILED] == 0
    if compiled and case == "hubs":
        assert report.statuses[LaneStatus.PROVED] == report.stages[LaneStage.SWEEPS] == lanes.size
    check_errors(plan, source, found)


def test_numbers_of_a_lane_depend_on_nothing_else() -> None:
    system = hub_system(**CASES["bad loops"])
    lanes = np.arange(40)
    one = None
    for width, threads, order in (
        (8, 1, lanes),
        (1, 2, lanes[::-1]),
        (16, 2, np.roll(lanes, 5)),
        (3, 1, lanes),
    ):
        plan = plan_of(system, width=width)
        found, _ = collect(plan, source_of(system, plan, spread=2.0), order, threads=threads)
        found = found.sorted()
        one = one or found
        for name in ("x", "error", "residual", "sweeps"):
            assert np.array_equal(getattr(one, name), getattr(found, name)), (width, name)


def test_several_right_hand_sides_are_those_of_one() -> None:
    system = hub_system(**CASES["hubs"])
    other = np.flipud(system.right) * 1e6
    both = plan_lanes(system.A, system.varying, right=np.stack([system.right, other], axis=1))
    one = plan_lanes(system.A, system.varying, right=other)
    found, _ = collect(both, source_of(system, both), np.arange(16))
    alone, _ = collect(one, source_of(system, one), np.arange(16))
    np.testing.assert_allclose(found.x[1], alone.x[0], rtol=1e-8)
    assert (true_errors(both, source_of(system, both), np.arange(16), found) <= found.error).all()


class SeveralSides:
    """Lanes with sides of their own: side c is the first one times a power that depends on the row and on c."""

    def __init__(self, one: LognormalLanes, powers: np.ndarray) -> None:
        self.one, self.powers = one, powers

    def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
        first = np.empty((1, *right.shape[1:]))
        self.one.fill(lanes, values, first)
        row = np.arange(right.shape[1])
        for side, power in enumerate(self.powers[: len(right)]):
            right[side] = first[0] * (1 + (row * (side + 1)) % 7)[:, None] ** power


@pytest.mark.parametrize("case", ["hubs", "bad loops"])
def test_numbers_of_a_side_do_not_depend_on_how_many_there_are(case: str) -> None:
    """One, two and four sides are solved by different code, sides of a group wait for each other: same bits."""
    system = hub_system(**CASES[case])
    plan = plan_of(system)
    source = SeveralSides(source_of(system, plan, spread=4.0, seed=5), np.linspace(0.0, 1.5, 7))
    first, report = collect(plan, source, np.arange(64), right_sides=1)
    assert report.stages[LaneStage.SWEEPS] < 64
    given_up = [lane for lane in range(64) if first.stage[lane] is not LaneStage.SWEEPS]
    lanes = np.unique([*range(10), *given_up[:2]])
    most, _ = collect(plan, source, lanes, right_sides=7)
    assert not most.failures
    for k in (1, 2, 4):
        found, _ = collect(plan, source, lanes, right_sides=k)
        for name in ("x", "error", "residual", "sweeps"):
            assert np.array_equal(getattr(found, name), getattr(most, name)[:k]), (k, name)


def test_numbers_of_a_side_do_not_depend_on_the_values_of_others() -> None:
    system = hub_system(**CASES["strong hubs"])
    rights = np.stack([np.roll(system.right, c) for c in range(4)], axis=1)
    plan = plan_lanes(system.A, system.varying, right=rights)
    one = source_of(system, plan, spread=2.0)
    found, _ = collect(plan, one, np.arange(16))
    assert (true_errors(plan, one, np.arange(16), found) <= found.error).all()

    class Others:
        def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
            one.fill(lanes, values, right)
            right[[0, 1, 3]] *= np.random.default_rng(2).lognormal(0.0, 3.0, right.shape[1])[:, None]

    changed, _ = collect(plan, Others(), np.arange(16))
    for name in ("x", "error", "residual", "sweeps"):
        assert np.array_equal(getattr(found, name)[2], getattr(changed, name)[2]), name
    assert not np.array_equal(found.x[1], changed.x[1])


def test_blocks_come_in_order_and_stop_when_asked() -> None:
    system = hub_system(n=120, seed=1)
    plan = plan_of(system)
    seen: list[int] = []

    class Stop:
        def is_set(self) -> bool:
            return len(seen) >= 24

    report = solve_lanes(
        plan,
        source_of(system, plan),
        np.arange(100),
        lambda block: seen.extend(block.lanes),
        cancelled=Stop(),
        threads=2,
    )
    assert seen == list(range(24)) and report.cancelled and report.lanes == 24


def test_an_error_in_the_source_reaches_the_caller() -> None:
    system = hub_system(n=120, seed=1)
    plan = plan_of(system)

    class Broken:
        def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
            raise RuntimeError("no values")

    with pytest.raises(RuntimeError, match="no values"):
        solve_lanes(plan, Broken(), np.arange(50), lambda block: None, threads=2)


def test_right_hand_sides_that_do_not_fit_are_refused() -> None:
    system = hub_system(n=120, seed=1)
    plan = plan_lanes(system.A, system.varying, right=np.stack([system.right] * 2, axis=1))
    with pytest.raises(SolveError, match="3 right-hand sides"):
        solve_lanes(plan, source_of(system, plan), [0], lambda block: None, right_sides=3)


class TestFallBack:
    """Two unknowns in a loop of gain g beside others: stages are reached one after the other as g nears one."""

    @staticmethod
    def solve(gains: list[float]) -> tuple[Collected, LaneReport, LanePlan]:
        system = hub_system(n=150, seed=7)
        last = sparse.csc_array(np.array([[1.0, -0.5], [-0.5, 1.0]]))
        A = sparse.block_diag([system.A, last], format="csc")
        A = sparse.csc_array(A)
        varying = np.array([A.nnz - 3, A.nnz - 2])
        right = np.concatenate([system.right, [1.0, 1.0]])
        plan = plan_lanes(A, varying, right=right)

        class Loops:
            base, deviations, rows = A.data[varying][plan.order], None, plan.right_rows

            def one(self, lane: int) -> tuple[np.ndarray, np.ndarray]:
                return np.full(len(plan.order), -gains[lane], np.float32), right[:, None]

            def fill(self, lanes: np.ndarray, values: np.ndarray, b: np.ndarray) -> None:
                for place, lane in enumerate(lanes):
                    values[:, place] = -gains[lane]
                    b[:, :, place] = right

        source = Loops()
        found, report = collect(plan, source, np.arange(len(gains)))
        return found, report, plan

    def test_a_loop_of_gain_one_fails_alone_and_is_named(self) -> None:
        found, report, _ = self.solve([0.5, 1.0, 0.9, 0.7])
        assert found.status == [LaneStatus.PROVED, LaneStatus.FAILED, LaneStatus.PROVED, LaneStatus.PROVED]
        assert np.isnan(found.x[:, :, 1]).all() and np.isfinite(found.x[:, :, [0, 2, 3]]).all()
        assert {lane: sorted(blamed) for lane, blamed in found.failures.items()} == {1: [150, 151]}
        assert report.stages[LaneStage.NONE] == report.statuses[LaneStatus.FAILED] == 1
        np.testing.assert_allclose(found.x[0, 150:, 2], 1 / (1 - np.float32(0.9).astype(float)), rtol=1e-12)

    def test_every_stage_answers_for_compiled_lanes_that_are_nearly_singular(self) -> None:
        steps = np.array([0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 2**22])
        gains = 1 - steps * 2.0**-24
        found, report, plan = self.solve(gains.tolist())
        assert report.compiled and sum(report.stages.values()) == len(gains)
        assert report.stages[LaneStage.NONE] == report.statuses[LaneStatus.FAILED] == 1
        assert {lane: sorted(blamed) for lane, blamed in found.failures.items()} == {0: [150, 151]}
        for stage in (LaneStage.SWEEPS, LaneStage.KRYLOV, LaneStage.DIRECT):
            assert report.stages[stage] > 0, stage
        exact = 1 / (1 - gains[1:].astype(np.float32).astype(float))
        np.testing.assert_allclose(found.x[0, 150:, 1:], np.stack([exact] * 2), rtol=plan.bound)
        others = factorize(plan.matrix).solve_transposed(plan.base_right[:, 0]).x[:150]
        np.testing.assert_allclose(found.x[0, :150, 1:], np.stack([others] * 11, axis=1), rtol=2 * plan.bound)

    def test_lanes_that_need_their_equations_rearranged_are_right(self) -> None:
        """Spreads so wide that loops consume more than they make; true errors by a factorization of each lane."""
        system = hub_system(**CASES["hubs"])
        plan = plan_of(system)
        source = source_of(system, plan, spread=4.0, seed=5)
        found, report = collect(plan, source, np.arange(64))
        assert report.compiled and report.statuses[LaneStatus.FAILED] == 0
        for stage in (LaneStage.SWEEPS, LaneStage.KRYLOV, LaneStage.REARRANGED):
            assert report.stages[stage] > 0, stage
        check_errors(plan, source, found)

    def test_loops_beyond_and_close_to_one_are_solved(self) -> None:
        gains = [1.5, 3.0, 1 - 2.0**-20, 1 + 2.0**-20, 1 - 2.0**-10]
        found, report, plan = self.solve(gains)
        assert report.statuses[LaneStatus.FAILED] == 0
        exact = 1 / (1 - np.float32(gains).astype(float))
        np.testing.assert_allclose(found.x[0, 150], exact, rtol=plan.bound)


def test_stages_are_used_when_the_one_before_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import carbonlab.solve.lanes.single as single

    system = hub_system(**CASES["hubs"])
    plan = plan_of(system)
    source = source_of(system, plan)
    krylov, report = collect(plan, source, np.arange(4), compiled=False)
    assert report.stages[LaneStage.KRYLOV] == 4 and not report.compiled
    monkeypatch.setattr(single, "_solve_by_krylov", lambda *_: None)
    direct, report = collect(plan, source, np.arange(4), compiled=False)
    assert report.stages[LaneStage.DIRECT] == 4
    sweeps, report = collect(plan, source, np.arange(4))
    assert report.stages[LaneStage.SWEEPS] == 4
    np.testing.assert_allclose(krylov.x, direct.x, rtol=1e-8)
    np.testing.assert_allclose(sweeps.x, direct.x, rtol=1e-8)


def test_values_that_are_not_numbers_fail_in_their_lane_only() -> None:
    system = hub_system(n=120, seed=1)
    plan = plan_of(system)
    source = source_of(system, plan)

    class Spoiled:
        def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
            source.fill(lanes, values, right)
            values[:, lanes == 3] = np.nan

    found, report = collect(plan, Spoiled(), np.arange(8))
    assert report.statuses[LaneStatus.FAILED] == 1 and found.status[3] is LaneStatus.FAILED
    good, _ = collect(plan, source, np.arange(8))
    others = [0, 1, 2, 4, 5, 6, 7]
    assert np.array_equal(found.x[:, :, others], good.x[:, :, others])


def test_an_unknown_that_is_infinite_is_no_answer() -> None:
    """One over a diagonal that was drawn as zero: infinite is not small beside an infinite sum."""
    A = sparse.csc_array(np.array([[1.0, -0.4, -0.3], [-0.5, 1.0, 0.0], [0.0, 0.0, 2.0]]))
    plan = plan_lanes(A, [A.nnz - 1], right=np.ones(3))

    class Diagonals:
        def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
            values[:] = np.where(lanes == 1, 0.0, 2.0)
            right[:] = 1.0

    found, _ = collect(plan, Diagonals(), np.arange(3))
    assert found.status == [LaneStatus.PROVED, LaneStatus.FAILED, LaneStatus.PROVED]
    assert np.isnan(found.x[:, :, 1]).all() and np.isfinite(found.x[:, :, [0, 2]]).all()


def test_a_loop_that_consumes_more_than_it_makes_is_not_proved_by_what_is_too_small_to_be_kept() -> None:
    """The diagonal of one unknown is 1e25 times that of the base: in single precision its part is zero."""
    A = sparse.csc_array(np.array([[1.0, -0.5], [-0.5, 1.0]]))
    own = sparse.csc_array(np.array([[1.0, -3e25], [-0.5, 1e25]]))
    right = np.full(2, 1e-22)
    plan = plan_lanes(A, np.arange(4), right=right, direction="forward")

    class Lane:
        def fill(self, lanes: np.ndarray, values: np.ndarray, b: np.ndarray) -> None:
            values[:], b[:] = own.data[plan.order][:, None], 1e-22

    found, _ = collect(plan, Lane(), np.arange(1))
    assert found.stage[0] is not LaneStage.SWEEPS
    np.testing.assert_allclose(found.x[0, :, 0], np.linalg.solve(own.toarray(), right), rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38])
def test_numbers_of_a_lane_do_not_depend_on_lanes_that_failed_before(value: float) -> None:
    """A worker uses its memory again: what is left there times zero is not zero when it is no number."""
    system = hub_system(**CASES["hubs"])
    plan = plan_of(system)
    source = source_of(system, plan)

    class Spoiled:
        def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
            source.fill(lanes, values, right)
            values[:, lanes == 3] = value

    with np.errstate(over="ignore"):
        found, report = collect(plan, Spoiled(), np.arange(24), threads=1)
    good, _ = collect(plan, source, np.arange(24), threads=1)
    others = np.flatnonzero(found.lanes != 3)
    assert found.stage[3] is not LaneStage.SWEEPS and report.stages[LaneStage.SWEEPS] == 23
    for name in ("x", "error", "residual", "sweeps"):
        assert np.array_equal(getattr(found, name)[..., others], getattr(good, name)[..., others]), name


class TestSinglePrecision:
    """Values of lanes are kept in single precision, from 1e-38 to 3e38: what it cannot hold is not used."""

    @staticmethod
    def chain(amount: float) -> sparse.csc_array:
        """Unknown 1 is made of 0 alone, times the amount."""
        A = sparse.csc_array(np.array([[1.0, 0.0, 0.0], [-amount, 1.0, 0.0], [-1.0, -0.5, 1.0]]))
        A.sort_indices()
        return A

    @pytest.mark.parametrize("amount", [1e-46, 1e-44, 1e-39, 1e-31, 1e31, 1e39])
    def test_amounts_beyond_it_are_refused(self, amount: float) -> None:
        with pytest.raises(SolveError, match="too small or too large for single precision") as caught:
            plan_lanes(self.chain(amount), np.arange(6), right=[1.0, 0.0, 0.0], direction="forward")
        assert caught.value.reason == "beyond_single"
        assert caught.value.equations == (1,) and caught.value.indices == (0,)
        assert f"{-amount:.3g} at (1, 0)" in str(caught.value)

    @pytest.mark.parametrize("amount", [1e-46, 1e31])
    def test_amounts_that_no_lane_moves_are_kept_in_double_precision(self, amount: float) -> None:
        A = self.chain(amount)
        varying = np.flatnonzero(A.data == -0.5)
        plan = plan_lanes(A, varying, right=[1.0, 0.0, 0.0], direction="forward")
        source = LognormalLanes(A, varying, plan, np.array([0.1]), right_deviation=0.0)
        for compiled in (True, False):
            found, _ = collect(plan, source, np.arange(4), compiled=compiled)
            np.testing.assert_allclose(found.x[0, 1], amount, rtol=1e-12)

    @pytest.mark.parametrize("compiled", [True, False])
    @pytest.mark.parametrize(("factor", "fails"), [(1e-17, False), (1e-19, True), (0.0, False)])
    def test_draws_beyond_it_fail(self, factor: float, fails: bool, compiled: bool) -> None:
        A = self.chain(1e-20)
        plan = plan_lanes(A, np.arange(6), right=[1.0, 0.0, 0.0], direction="forward", varying_right=[])

        class Shrunk:
            def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
                base = A.data[plan.order]
                values[:] = np.where(base == -1e-20, factor * base, base)[:, None]
                right[:] = plan.base_right.T[:, :, None]

        found, report = collect(plan, Shrunk(), np.arange(3), compiled=compiled)
        assert report.statuses[LaneStatus.FAILED] == (3 if fails else 0)
        assert np.isnan(found.x).all() if fails else found.x[0, 1] == pytest.approx(1e-20 * factor, rel=1e-6)


class TestForeground:
    """Unknowns that no lane moves are solved once."""

    @pytest.mark.parametrize(("loops", "status"), [(0.3, LaneStatus.PROVED), (0.6, LaneStatus.ESTIMATED)])
    def test_lanes_are_proved_no_better_than_what_they_are_built_on(
        self, loops: float, status: LaneStatus
    ) -> None:
        """Three unknowns that no lane moves use each other: 1.2 times of what they make cannot be proved."""
        A = np.eye(5)
        A[:3, :3] -= loops * (1 - np.eye(3))
        A[0, 3], A[3, 4], A[4, 3] = -0.2, -0.3, -0.2
        matrix = sparse.csc_array(A)
        varying = np.flatnonzero(np.repeat(np.arange(5), np.diff(matrix.indptr)) >= 3)
        plan = plan_lanes(matrix, varying, right=np.ones(5), varying_right=[])
        assert sorted(plan.solved) == [3, 4]
        assert factorize(matrix).has_strict_bound is plan.has_proved_base is (status is LaneStatus.PROVED)
        source = LognormalLanes(matrix, varying, plan, np.full(varying.size, 0.1), right_deviation=0.0)
        for compiled in (True, False):
            found, report = collect(plan, source, np.arange(8), compiled=compiled)
            assert report.statuses[status] == 8
            check_errors(plan, source, found)

    @pytest.mark.parametrize("seed", range(8))
    @pytest.mark.parametrize("wrong", [1e-5, 1e-3])
    def test_sizes_of_what_lanes_are_built_on_are_proved(self, seed: int, wrong: float) -> None:
        """An iteration of a few digits finds them; what is taken from it must not be too large."""
        rng = np.random.default_rng(seed)
        A = np.where(rng.random((8, 8)) < 0.4, rng.uniform(-0.3, 0.1, (8, 8)), 0.0)
        np.fill_diagonal(A, 1.0)
        b, weight = rng.standard_normal(8), np.full(8, 0.1)
        sums = np.array(path_sums(A, b), float)
        x = np.array(solve_exactly(A, b), float)
        w = np.array(path_sums(A, weight * sums), float)
        columns = [v[:, None] for v in (b, x, sums * (1 + wrong), w)]
        least = least_sizes(sparse.csr_array(A), *columns, error=np.array([1e-12]))[:, 0]
        assert (least <= sums).all()
        assert (least >= sums * (1 - 500 * wrong)).all()

    def test_errors_of_lanes_rest_on_sizes_that_are_proved(self) -> None:
        A = sparse.csc_array(np.array([[1.0, -0.2, -0.1], [-0.1, 1.0, -0.3], [0.0, -0.5, 1.0]]))
        A = sparse.csc_array(sparse.block_diag([A, A]).tolil())
        A = sparse.csc_array(A + sparse.csc_array(([-0.3, -0.4], ([1, 2], [4, 5])), shape=(6, 6)))
        A.sort_indices()
        varying = np.flatnonzero((np.repeat(np.arange(6), np.diff(A.indptr)) >= 3) & (A.data < 0))
        right = np.array([1.0, -1.0, 0.8, 0.0, 0.0, 0.0])  # parts cancel: sums are larger than unknowns
        plan = plan_lanes(A, varying, right=right, varying_right=[])
        assert sorted(plan.solved) == [3, 4, 5]
        source = LognormalLanes(A, varying, plan, np.full(varying.size, 0.1), right_deviation=0.0)
        found, _ = collect(plan, source, np.arange(8), compiled=True)
        lowered = replace(plan, sides=tuple(replace(side, least=side.least / 2) for side in plan.sides))
        other, _ = collect(lowered, source, np.arange(8), compiled=True)
        rough = tuple(replace(side, size=side.size * np.r_[1, 1, 1, 2, 2, 2]) for side in plan.sides)
        same, _ = collect(replace(plan, sides=rough), source, np.arange(8), compiled=True)
        assert (other.error != found.error).all()
        assert (same.error == found.error).all()

    def test_only_what_varying_entries_reach_is_solved(self) -> None:
        system = hub_system(n=200, seed=5)
        front = sparse.csc_array(np.array([[1.0, -0.2, 0.0], [-0.1, 1.0, 0.0], [0.0, -0.5, 1.0]]))
        used = sparse.csc_array(([-0.3, -0.4], ([5, 9], [1, 2])), shape=(200, 3))
        A = sparse.csc_array(sparse.block_array([[system.A, used], [None, front]], format="csc"))
        A.sort_indices()
        varying = np.flatnonzero((np.repeat(np.arange(203), np.diff(A.indptr)) >= 200) & (A.data < 0))
        right = np.concatenate([system.right, [1.0, 2.0, 0.0]])
        plan = plan_lanes(A, varying, right=right, varying_right=[])
        assert sorted(plan.solved) == [200, 201, 202]
        source = LognormalLanes(A, varying, plan, np.full(varying.size, 0.3), right_deviation=0.0)
        found, report = collect(plan, source, np.arange(20))
        assert report.statuses[LaneStatus.PROVED] == 20
        static = factorize(A).solve_transposed(right).x

        class OnlyWhatMatters:
            def fill(self, lanes: np.ndarray, values: np.ndarray, right: np.ndarray) -> None:
                whole = np.empty_like(right)
                source.fill(lanes, values, whole)
                right[:, plan.right_rows] = whole[:, plan.right_rows]

        for compiled in (True, False):
            same, _ = collect(plan, OnlyWhatMatters(), np.arange(8), compiled=compiled)
            np.testing.assert_allclose(same.x, found.x[:, :, :8], rtol=1e-7)
        assert (found.x[0, :200] == static[:200, None]).all()
        assert (true_errors(plan, source, np.arange(20), found) <= found.error).all()
        part = plan_lanes(A, varying, right=right, varying_right=[], wanted=[202])
        assert sorted(part.solved) == [202]
        inner = LognormalLanes(A, varying, part, np.zeros(varying.size), right_deviation=0.0)
        few, _ = collect(part, inner, np.arange(3))
        np.testing.assert_allclose(few.x[0, 0], static[202], rtol=1e-6)


@pytest.mark.parametrize("setting", ["NUMBA_DISABLE_JIT", "no numba", "no cache"])
def test_everything_works_without_a_compiler(setting: str, tmp_path: Path) -> None:
    script = f"""
import sys
if {setting == "no numba"}:
    sys.modules["numba"] = None
import numpy as np
from tests.solve.lanes.systems import hub_system
from tests.solve.lanes.sources import LognormalLanes, collect, true_errors
from carbonlab.solve.lanes import plan_lanes
system = hub_system(n=100, seed=1)
plan = plan_lanes(system.A, system.varying, right=system.right)
source = LognormalLanes(system.A, system.varying, plan, system.deviations)
found, report = collect(plan, source, np.arange(3))
assert not report.compiled
assert (true_errors(plan, source, np.arange(3), found) <= found.error).all()
"""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    if setting == "NUMBA_DISABLE_JIT":
        environment[setting] = "1"
    if setting == "no cache":  # a folder below a file can be written by nobody
        (tmp_path / "file").touch()
        environment["NUMBA_CACHE_DIR"] = str(tmp_path / "file" / "cache")
        environment["NUMBA_CACHE_LOCATOR_CLASSES"] = "UserProvidedCacheLocator"
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_no_lane_of_many_is_wrong_by_more_than_asked(case: str, spread: float) -> None:
    system = hub_system(**CASES[case])
    plan = plan_of(system)
    lanes = np.arange(1250)
    source = source_of(system, plan, spread=spread, seed=11)
    found, report = collect(plan, source, lanes)
    assert report.statuses[LaneStatus.FAILED] == 0
    check_errors(plan, source, found)
