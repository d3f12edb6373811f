"""Solve any number of lanes, in blocks, on several threads, handed over in their order."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import LifoQueue
from time import perf_counter
from typing import Any

import numpy as np

from carbonlab.errors import SolveError
from carbonlab.solve.equilibration import FloatArray
from carbonlab.solve.lanes.plan import LanePlan
from carbonlab.solve.lanes.records import (
    Consumer,
    HasIsSet,
    LaneBlock,
    LaneNumbers,
    LaneReport,
    LaneSource,
    LaneStage,
    LaneStatus,
)
from carbonlab.solve.lanes.single import solve_single

try:
    from numba import config

    from carbonlab.solve.lanes.workspace import CompiledSolver

    IS_COMPILED = not bool(vars(config)["DISABLE_JIT"])
except (ImportError, RuntimeError):  # no compiler, or no place where it may keep what it made
    IS_COMPILED = False

LANES_AT_ONCE = 8
"""Lanes of a compiled block."""


def solve_lanes(
    plan: LanePlan,
    source: LaneSource,
    lanes: Any,
    consume: Consumer,
    *,
    right_sides: int | None = None,
    threads: int | None = None,
    cancelled: HasIsSet | None = None,
    compiled: bool | None = None,
) -> LaneReport:
    """Solve lanes and hand them over block by block.

    The numbers of a lane depend on its values only, not on the other lanes, their order, or the threads.

    Parameters
    ----------
    plan : LanePlan
        Of the pattern and its base values.
    source : LaneSource
        Fills in the values of lanes; called by several threads at once.
    lanes : integers (m,)
        Numbers of the lanes, passed on to the source.
    consume : function of LaneBlock
        Called by this thread, one block at a time, in the order of lanes. It must copy what it keeps.
    right_sides : int, optional
        k, if it is not that of the plan; then the plan must know one right-hand side, which stands for all.
    threads : int, optional
        Blocks to work on at the same time; by default one per processor.
    cancelled : object with ``is_set()``, optional
        Asked before each block; blocks handed over before remain valid.
    compiled : bool, optional
        False leaves the compiled kernels out.

    Returns
    -------
    LaneReport

    Raises
    ------
    SolveError
        If the number of right-hand sides does not fit the plan.
    """
    k = len(plan.sides) if right_sides is None else right_sides
    if k < 1 or len(plan.sides) not in (1, k):
        raise SolveError(
            f"{k} right-hand sides are asked for, the plan knows {len(plan.sides)}",
            why="the plan scales every right-hand side by its own base solution",
            remedy="plan with as many right-hand sides as the lanes have",
        )
    use_compiled = IS_COMPILED if compiled is None else compiled and IS_COMPILED
    count = threads or _processors()
    run = _Run(plan, source, k, use_compiled, count)
    numbers = np.asarray(lanes, np.int64).ravel()
    return run.all_lanes(numbers, consume, cancelled)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Run:
    """One call of `solve_lanes`."""

    def __init__(self, plan: LanePlan, source: LaneSource, k: int, compiled: bool, threads: int) -> None:
        self.plan, self.source, self.k, self.compiled, self.threads = plan, source, k, compiled, threads
        self.workers: LifoQueue[_Worker] = LifoQueue()  # the one that was used last is still in the cache
        self.results: LifoQueue[_Result] = LifoQueue()
        self.stages: Counter[LaneStage] = Counter()
        self.statuses: Counter[LaneStatus] = Counter()
        self.error = self.residual = self.sweeps = self.consumed = 0.0

    def all_lanes(self, lanes: LaneNumbers, consume: Consumer, cancelled: HasIsSet | None) -> LaneReport:
        begin = perf_counter()
        width = self.plan.width
        parts = [lanes[start : start + width] for start in range(0, lanes.size, width)]
        spare = 0 if self.threads == 1 else 2
        workers = [
            _Worker(self.plan, self.source, self.k, self.compiled)
            for _ in range(min(self.threads, max(len(parts), 1)))
        ]
        for worker in workers:
            self.workers.put(worker)
        for _ in range(min(self.threads + spare, max(len(parts), 1))):
            self.results.put(_Result(workers[0]))
        done = 0
        stopped = False
        blocks = self._blocks(parts)
        for result, block in blocks:
            if cancelled is not None and cancelled.is_set():
                stopped = True
                blocks.close()
                break
            self._count(block)
            start = perf_counter()
            consume(block)
            self.consumed += perf_counter() - start
            done += block.lanes.size
            self.results.put(result)
        return LaneReport(
            lanes=done,
            stages={stage: self.stages[stage] for stage in LaneStage},
            statuses={status: self.statuses[status] for status in LaneStatus},
            compiled=self.compiled,
            threads=self.threads,
            fill=sum(worker.filled for worker in workers),
            solve=sum(worker.solved for worker in workers),
            consume=self.consumed,
            total=perf_counter() - begin,
            error=self.error,
            residual=self.residual,
            sweeps=self.sweeps / max(done * self.k, 1),
            cancelled=stopped,
        )

    def _blocks(self, parts: list[LaneNumbers]) -> Generator[tuple[_Result, LaneBlock]]:
        if self.threads == 1:
            for part in parts:
                yield self._work(part)
            return
        with ThreadPoolExecutor(self.threads, thread_name_prefix="lanes") as pool:
            waiting: deque[Future[tuple[_Result, LaneBlock]]] = deque()
            rest = iter(parts)
            try:
                for part in rest:
                    waiting.append(pool.submit(self._work, part))
                    if len(waiting) == self.threads + 2:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _work(self, part: LaneNumbers) -> tuple[_Result, LaneBlock]:
        result, worker = self.results.get(), self.workers.get()
        try:
            return result, worker.solve(part, result)
        finally:
            self.workers.put(worker)

    def _count(self, block: LaneBlock) -> None:
        self.stages.update(block.stage)
        self.statuses.update(block.status)
        good = np.array([status is not LaneStatus.FAILED for status in block.status])
        if good.any():
            self.error = max(self.error, float(block.error[:, good].max()))
            self.residual = max(self.residual, float(block.residual[:, good].max()))
        self.sweeps += float(block.sweeps.sum())


class _Worker:
    """Memory that one block of lanes is solved in, and its way through the stages."""

    def __init__(self, plan: LanePlan, source: LaneSource, k: int, compiled: bool) -> None:
        self.plan, self.source, self.k = plan, source, k
        self.solver = CompiledSolver(plan, k) if compiled else None
        self.width = LANES_AT_ONCE
        self.values = np.zeros((len(plan.order), self.width), np.float32)
        self.right = np.zeros((k, plan.unknowns, self.width))
        # rows that no lane moves need not be filled in: those of the plan hold
        self.fixed_rows = np.setdiff1d(np.arange(plan.unknowns), plan.right_rows)
        sides = np.minimum(np.arange(k), plan.base_right.shape[1] - 1)
        self.fixed_right = plan.base_right[np.ix_(self.fixed_rows, sides)]
        self.filled = self.solved = 0.0

    def new_result(self) -> FloatArray:
        """Return memory for the unknowns of some lanes; those that no lane moves are there already."""
        if self.solver is not None:
            return self.solver.new_result()
        return np.zeros((self.k, len(self.plan.wanted), self.width))

    def solve(self, lanes: LaneNumbers, result: _Result) -> LaneBlock:
        """Solve up to ``plan.width`` lanes."""
        if result.overwritten:
            result.renew(self)
        if lanes.size == self.width:
            self._fill(lanes, self.values, self.right)
            return self._solve(lanes, result, 0)
        values = np.empty((len(self.plan.order), lanes.size), np.float32)
        right = np.zeros((self.k, self.plan.unknowns, lanes.size))
        self._fill(lanes, values, right)
        parts = []
        for number, start in enumerate(range(0, lanes.size, self.width)):
            part = np.arange(start, min(start + self.width, lanes.size))
            padded = part[np.minimum(np.arange(self.width), part.size - 1)]
            self.values[:], self.right[:] = values[:, padded], right[:, :, padded]
            parts.append(self._solve(lanes[part], result, number))
        return parts[0] if len(parts) == 1 else _join(parts)

    def _fill(self, lanes: LaneNumbers, values: np.ndarray[Any, Any], right: FloatArray) -> None:
        start = perf_counter()
        self.source.fill(lanes, values, right)
        if self.plan.tiny.size:  # what has lost its digits shall not pass for a value: the lane fails
            part = values[self.plan.tiny]
            part[(part != 0) & (np.abs(part) < np.finfo(np.float32).tiny)] = np.nan
            values[self.plan.tiny] = part
        self.filled += perf_counter() - start

    def _solve(self, lanes: LaneNumbers, memory: _Result, number: int) -> LaneBlock:
        start, out = perf_counter(), memory.outs[number]
        w = lanes.size
        status, stage = [LaneStatus.PROVED] * w, [LaneStage.SWEEPS] * w
        error, residual, sweeps = np.zeros((3, self.k, w))
        failures: dict[int, tuple[int, ...]] = {}
        waiting = np.ones((self.k, w), bool)
        if self.solver is not None:
            self.solver.solve(self.values, self.right, out)
            error[:], residual[:] = self.solver.error[:, :w], self.solver.residual[:, :w]
            sweeps[:] = self.solver.sweeps[:, :w]
            waiting = self.solver.given_up[:, :w]
            swept = self.solver.proved if self.plan.has_proved_base else np.zeros_like(self.solver.proved)
            proved = np.all(swept | self.solver.given_up, axis=0)
            status = [LaneStatus.PROVED if proved[lane] else LaneStatus.ESTIMATED for lane in range(w)]
        for lane in np.flatnonzero(waiting.any(axis=0)):
            sides = np.flatnonzero(waiting[:, lane])
            right = np.ascontiguousarray(self.right[sides, :, lane].T)
            right[self.fixed_rows] = self.fixed_right[:, sides]
            result = solve_single(self.plan, self.values[:, lane].astype(float), right)
            out[sides, :, lane] = result.x[self.plan.wanted].T
            memory.overwritten = True
            error[sides, lane], residual[sides, lane] = result.error, result.residual
            stage[lane] = result.stage
            if result.status is not LaneStatus.PROVED:
                status[lane] = result.status
            if result.status is LaneStatus.FAILED:
                out[:, :, lane], error[:, lane], residual[:, lane] = np.nan, np.inf, np.inf
                failures[int(lanes[lane])] = result.blamed
        self.solved += perf_counter() - start
        return LaneBlock(lanes, out[:, :, :w], tuple(status), tuple(stage), residual, error, sweeps, failures)


class _Result:
    """Memory for the unknowns of the lanes of one block, until they are consumed."""

    def __init__(self, worker: _Worker) -> None:
        self.renew(worker)

    def renew(self, worker: _Worker) -> None:
        """Take new memory: unknowns that no lane moves are written only once, and a lane that failed has none."""
        self.outs = [worker.new_result() for _ in range(-(-worker.plan.width // worker.width))]
        self.overwritten = False


def _join(parts: list[LaneBlock]) -> LaneBlock:
    return LaneBlock(
        np.concatenate([part.lanes for part in parts]),
        np.concatenate([part.x for part in parts], axis=2),
        tuple(status for part in parts for status in part.status),
        tuple(stage for part in parts for stage in part.stage),
        np.concatenate([part.residual for part in parts], axis=1),
        np.concatenate([part.error for part in parts], axis=1),
        np.concatenate([part.sweeps for part in parts], axis=1),
        {lane: blamed for part in parts for lane, blamed in part.failures.items()},
    )
