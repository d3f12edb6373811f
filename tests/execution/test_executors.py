"""Executors of one machine: every item once, in order, a few at a time, whatever dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from carbonlab.errors import ExecutionError
from carbonlab.execution import Executor, LocalProcesses, ThisProcess
from carbonlab.monte_carlo.accumulate import accumulate
from carbonlab.monte_carlo.statistics import Statistics
from tests.execution.pids import SquareTask
from tests.monte_carlo.toy_draws import ToyTask, toy_axes

SQUARES = [item * item for item in range(12)]


def test_this_process_does_one_item_after_the_other() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(12):
            taken.append(item)
            yield item

    found = ThisProcess().run(SquareTask(), items())
    assert next(found) == (0, os.getpid())
    assert taken == [0]
    assert [square for square, _ in found] == SQUARES[1:]


def test_a_task_is_prepared_once_in_a_process(tmp_path: Path) -> None:
    task = SquareTask(mark=str(tmp_path / "mark"))
    list(ThisProcess().run(task, range(5)))
    assert (tmp_path / "mark.prepared").read_text().split() == [str(os.getpid())]


def test_local_processes_share_the_work_and_keep_the_order(tmp_path: Path) -> None:
    task = SquareTask(pause=0.02, mark=str(tmp_path / "mark"))
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(12):
            taken.append(item)
            yield item

    found = LocalProcesses(2).run(task, items())
    first = next(found)
    assert len(taken) <= 4  # not all of them wait in a queue
    results = [first, *found]
    assert [square for square, _ in results] == SQUARES
    workers = {process for _, process in results}
    assert len(workers) == 2
    assert os.getpid() not in workers
    assert sorted((tmp_path / "mark.prepared").read_text().split()) == sorted(map(str, workers))


def test_a_process_that_is_killed_takes_nothing_with_it(tmp_path: Path) -> None:
    task = SquareTask(deadly_item=5, mark=str(tmp_path / "mark"))
    assert [square for square, _ in LocalProcesses(2).run(task, range(12))] == SQUARES
    assert (tmp_path / "mark").exists()


def test_an_item_that_kills_every_process_is_given_up(tmp_path: Path) -> None:
    task = SquareTask(deadly_item=1, mark=str(tmp_path / "mark"), always=True)
    with pytest.raises(ExecutionError, match="local processes died 3 times without a result") as caught:
        list(LocalProcesses(1).run(task, range(4)))
    assert "fewer workers" in caught.value.remedy


def test_an_error_of_the_task_comes_through() -> None:
    with pytest.raises(ZeroDivisionError, match="of the task itself"):
        list(LocalProcesses(1).run(SquareTask(wrong_item=1), range(4)))


def test_closing_drops_what_is_under_way() -> None:
    found = LocalProcesses(1).run(SquareTask(pause=0.2), range(1000))
    next(found)
    begun = time.monotonic()
    found.close()
    assert time.monotonic() - begun < 5


def test_no_workers_are_refused() -> None:
    with pytest.raises(ExecutionError, match="0 processes"):
        LocalProcesses(0)


@pytest.mark.parametrize("executor", [ThisProcess(), LocalProcesses(1), LocalProcesses(2)])
def test_statistics_have_the_same_bits_from_every_executor(executor: Executor) -> None:
    expected, found = Statistics(toy_axes()), Statistics(toy_axes())
    accumulate(ToyTask(), expected, draws=500, chunk=500)
    accumulate(ToyTask(), found, draws=500, chunk=128, executor=executor)
    states = expected.state(), found.state()
    for name in states[0]:
        assert np.array_equal(states[0][name], states[1][name], equal_nan=True), name
