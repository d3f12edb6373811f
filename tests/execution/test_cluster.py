"""A real scheduler and two real workers on loopback, each a program of its own; one worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from carbonlab.errors import ExecutionError
from carbonlab.execution.cluster import Cluster
from carbonlab.monte_carlo import simulate
from carbonlab.monte_carlo.accumulate import accumulate
from carbonlab.monte_carlo.statistics import Statistics
from tests.execution.pids import SquareTask
from tests.monte_carlo.spread_systems import loop_study
from tests.monte_carlo.toy_draws import ToyTask, toy_axes

pytestmark = pytest.mark.slow  # until a scheduler gives up on a dead worker, half a minute may pass

REPOSITORY = Path(__file__).resolve().parents[2]
DRAWS = 1280


@dataclass
class Programs:
    address: str
    workers: list[subprocess.Popen[bytes]]
    start_worker: Callable[[], subprocess.Popen[bytes]]


@contextmanager
def programs(folder: Path, workers: int) -> Iterator[Programs]:
    """Start a scheduler and workers, and end them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    started: list[subprocess.Popen[bytes]] = []
    # a scheduler that asks a dead worker for a result waits this long before it gives the work to another one
    patience = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
    environment = {**os.environ, **patience, "PYTHONPATH": str(REPOSITORY)}

    def start(*words: str) -> subprocess.Popen[bytes]:
        with (folder / f"{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
                cwd=folder, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        started.append(process)
        return process

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        own = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]

        def start_worker() -> subprocess.Popen[bytes]:
            return start("dask_worker", address, *own)

        yield Programs(address, [start_worker() for _ in range(workers)], start_worker)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    with programs(tmp_path_factory.mktemp("cluster"), 2) as running:
        yield running


def test_workers_share_the_work_and_keep_the_order(cluster: Programs) -> None:
    results = list(Cluster(cluster.address).run(SquareTask(pause=0.05), range(12)))
    assert [square for square, _ in results] == [item * item for item in range(12)]
    assert {process for _, process in results} == {worker.pid for worker in cluster.workers}


def test_a_worker_that_is_killed_takes_nothing_with_it(cluster: Programs) -> None:
    expected, found = Statistics(toy_axes()), Statistics(toy_axes())
    accumulate(ToyTask(), expected, draws=DRAWS, chunk=DRAWS)

    def kill_one(done: int, total: int) -> None:
        if done >= 256 and cluster.workers[0].poll() is None:
            cluster.workers[0].send_signal(signal.SIGKILL)
            cluster.workers[0].wait()

    accumulate(
        ToyTask(pause=0.05),
        found,
        draws=DRAWS,
        chunk=64,
        executor=Cluster(cluster.address),
        progress=kill_one,
    )
    assert cluster.workers[0].returncode == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    states = expected.state(), found.state()
    for name in states[0]:
        assert np.array_equal(states[0][name], states[1][name], equal_nan=True), name


def test_when_all_workers_are_killed_new_ones_go_on(tmp_path: Path) -> None:
    with programs(tmp_path, 1) as running:

        def replace_the_worker(done: int) -> None:
            if done == 5:
                running.workers[0].kill()
                running.workers[0].wait()
                running.start_worker()

        found = []
        for square, _ in Cluster(running.address).run(SquareTask(pause=0.05), range(20)):
            found.append(square)
            replace_the_worker(len(found))
        assert found == [item * item for item in range(20)]


def test_a_study_has_the_same_numbers_on_a_cluster(cluster: Programs) -> None:
    here = simulate(loop_study(), draws=200)
    there = simulate(loop_study(), draws=200, chunk=64, executor=Cluster(cluster.address))
    for name in here.data_vars:
        np.testing.assert_array_equal(here[name], there[name], err_msg=str(name))
    assert there.attrs["solver"].endswith("a dask.distributed cluster")


def test_an_error_of_the_task_comes_through(cluster: Programs) -> None:
    with pytest.raises(ZeroDivisionError, match="of the task itself"):
        list(Cluster(cluster.address).run(SquareTask(wrong_item=1), range(4)))


def test_no_scheduler_is_said_so() -> None:
    begun = time.monotonic()
    with pytest.raises(ExecutionError, match="no scheduler answers at tcp://") as caught:
        list(Cluster("tcp://127.0.0.1:9", timeout=0.5).run(SquareTask(), range(2)))
    assert "dask scheduler" in caught.value.remedy
    assert time.monotonic() - begun < 20
