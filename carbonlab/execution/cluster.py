"""The executor of many machines: a `dask.distributed` scheduler and its workers, started by somebody else.

A worker that dies takes nothing with it: the scheduler gives its items to another one. Workers need
carbonlab in the same version as the one that asks; this is checked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from carbonlab.arguments import checked_number
from carbonlab.errors import ExecutionError
from carbonlab.execution.executor import Task, perform
from carbonlab.provenance import installed_versions

Item = TypeVar("Item")
Result = TypeVar("Result")

ATTEMPTS = 3
"""How often everything under way may be lost before the cluster is given up."""

FEWEST_UNDER_WAY = 4
"""Items under way on a cluster of one or two workers."""


class Cluster:
    """Runs items on the workers of a `dask.distributed` cluster.

    Parameters
    ----------
    address : str or distributed.Client
        Of the scheduler, such as ``tcp://10.0.0.5:8786``; or a client that is connected already, which is
        left open.
    timeout : float
        How long to wait for the scheduler and its first worker [s].

    Raises
    ------
    ExecutionError
        If `distributed` is not installed.
    """

    def __init__(self, address: Any, *, timeout: float = 30.0) -> None:
        try:
            import distributed
        except ImportError as error:
            raise ExecutionError(
                "a cluster needs the package distributed",
                remedy='install it with: pip install "carbonlab[cluster]"',
            ) from error
        self._distributed: Any = distributed
        self._address = address
        self._timeout = checked_number(timeout, name="timeout", where="Cluster")

    @property
    def description(self) -> str:
        """Where the work is done, in words."""
        return "a dask.distributed cluster"

    @property
    def is_remote(self) -> bool:
        """Whether results travel between processes: they do."""
        return True

    def run(self, task: Task[Item, Result], items: Iterable[Item]) -> Generator[Result, None, None]:
        """Yield the result of every item, in the order of the items.

        Raises
        ------
        ExecutionError
            If the scheduler cannot be reached, no worker comes, workers have another version, or everything
            under way was lost three times.
        """
        client, is_own = self._connect()
        lost = (
            self._distributed.scheduler.KilledWorker,
            self._distributed.client.FutureCancelledError,
            self._distributed.comm.CommClosedError,
        )
        try:
            self._check_workers(client)
            source, begun, losses = iter(items), deque[Item](), 0
            while True:
                try:
                    for result in _submitted(client, task, begun, source):
                        losses = 0
                        yield result
                    return
                except lost as error:
                    losses += 1
                    if losses >= ATTEMPTS:
                        raise _gave_up(losses, error) from error
                    self._wait_for_workers(client)
        finally:
            if is_own:
                client.close()

    def _connect(self) -> tuple[Any, bool]:
        if isinstance(self._address, self._distributed.Client):
            return self._address, False
        try:
            return self._distributed.Client(self._address, timeout=self._timeout, set_as_default=False), True
        except (OSError, TimeoutError, ValueError) as error:
            raise ExecutionError(
                f"no scheduler answers at {self._address}",
                why=str(error),
                remedy="start one with: dask scheduler; and workers with: dask worker ADDRESS",
            ) from error

    def _wait_for_workers(self, client: Any) -> None:
        try:
            client.wait_for_workers(1, timeout=self._timeout)
        except TimeoutError as error:
            raise ExecutionError(
                f"the scheduler has had no worker for {self._timeout:g} s",
                why="nothing would ever be run",
                remedy="start workers with: dask worker ADDRESS",
            ) from error

    def _check_workers(self, client: Any) -> None:
        self._wait_for_workers(client)
        own = dict(installed_versions())
        for worker, versions in client.run(_versions).items():
            if versions != own:
                raise ExecutionError(
                    f"the worker {worker} has other versions than this process",
                    where=", ".join(
                        f"{name} {versions[name]} (here {version})"
                        for name, version in own.items()
                        if versions[name] != version
                    ),
                    why="numbers could depend on who computed them",
                    remedy="install the same versions on all machines",
                )


def _submitted(client: Any, task: Any, begun: deque[Any], source: Iterator[Any]) -> Iterator[Any]:
    """Yield results; `begun` always holds the items whose results are not out yet."""
    sent = client.scatter(task, broadcast=True, hash=False)
    futures = deque(client.submit(_perform_on_worker, sent, item, pure=False) for item in begun)
    while True:
        room = max(FEWEST_UNDER_WAY, 2 * len(client.nthreads())) - len(futures)
        for item in islice(source, max(0, room)):
            begun.append(item)
            futures.append(client.submit(_perform_on_worker, sent, item, pure=False))
        if not futures:
            return
        result = futures[0].result()
        futures.popleft()
        begun.popleft()
        yield result


def _perform_on_worker(task: Any, item: Any) -> Any:
    from distributed import get_worker

    return perform(task, item, get_worker().state.nthreads)


def _versions() -> dict[str, str]:
    return dict(installed_versions())


def _gave_up(losses: int, error: BaseException) -> ExecutionError:
    return ExecutionError(
        f"the cluster lost everything that was under way {losses} times",
        why=f"{type(error).__name__}: {error}",
        remedy="look at the logs of the workers; a worker that runs out of memory needs more, or fewer products",
    )
