"""The executor of one machine: several processes of this Python, started afresh (spawn), fed a few items at a
time.

A process that dies takes nothing with it: the items that it had are run again in new ones.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from carbonlab.arguments import checked_whole
from carbonlab.errors import ExecutionError
from carbonlab.execution.executor import Task, perform

Item = TypeVar("Item")
Result = TypeVar("Result")

ATTEMPTS = 3
"""How often processes may die over the same item before the item is to blame."""

_task: Any = None
"""The task of a worker process, set when it starts: it is sent once, not with every item."""


class LocalProcesses:
    """Runs items in several processes on this machine.

    Parameters
    ----------
    workers : int, optional
        Number of processes; by default one per core.

    Notes
    -----
    A script that uses it needs the usual guard ``if __name__ == "__main__":``, because new processes import
    the script.
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None:
            workers = checked_whole(workers, name="workers", where="LocalProcesses")
            if workers < 1:
                raise ExecutionError(
                    f"{workers} processes were asked for",
                    why="nothing would be run",
                    remedy="give a number from 1 on",
                )
        self.workers = workers or os.cpu_count() or 1

    @property
    def description(self) -> str:
        """Where the work is done, in words."""
        return f"{self.workers} local processes"

    @property
    def is_remote(self) -> bool:
        """Whether results travel between processes: they do."""
        return True

    def run(self, task: Task[Item, Result], items: Iterable[Item]) -> Generator[Result, None, None]:
        """Yield the result of every item, in the order of the items.

        Raises
        ------
        ExecutionError
            If processes die three times over the same item.
        """
        source = iter(items)
        begun: deque[Item] = deque()
        deaths = 0
        while True:
            try:
                for result in self._in_new_processes(task, begun, source):
                    deaths = 0
                    yield result
                return
            except BrokenProcessPool as error:
                deaths += 1
                if deaths >= ATTEMPTS:
                    raise _died(deaths) from error

    def _in_new_processes(
        self, task: Task[Item, Result], begun: deque[Item], source: Iterator[Item]
    ) -> Generator[Result, None, None]:
        """Yield results; `begun` always holds the items whose results are not out yet."""
        pool = ProcessPoolExecutor(
            self.workers, mp_context=get_context("spawn"), initializer=_keep_task, initargs=(task,)
        )
        threads = max(1, (os.cpu_count() or 1) // self.workers)
        try:
            futures: deque[Future[Result]] = deque(pool.submit(_perform_own, i, threads) for i in begun)
            while True:
                for item in islice(source, max(0, 2 * self.workers - len(futures))):
                    begun.append(item)
                    futures.append(pool.submit(_perform_own, item, threads))
                if not futures:
                    return
                result = futures[0].result()
                futures.popleft()
                begun.popleft()
                yield result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _keep_task(task: Any) -> None:
    global _task
    _task = task


def _perform_own(item: Any, threads: int) -> Any:
    return perform(_task, item, threads)


def _died(times: int) -> ExecutionError:
    return ExecutionError(
        f"local processes died {times} times without a result",
        why="killed for want of memory, most likely; or the script that started them is not importable",
        remedy="use fewer workers, ask for fewer products or parts, and keep the call under "
        'if __name__ == "__main__":',
    )
