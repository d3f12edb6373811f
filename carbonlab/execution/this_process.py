"""The executor that needs nothing: one item after the other, in this process."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TypeVar

from carbonlab.arguments import checked_whole
from carbonlab.execution.executor import Task, forget, perform

Item = TypeVar("Item")
Result = TypeVar("Result")


class ThisProcess:
    """Runs items here, one after the other; each may use several threads.

    Parameters
    ----------
    threads : int, optional
        Threads of each item; by default as many as there are cores.
    """

    def __init__(self, *, threads: int | None = None) -> None:
        if threads is not None:
            threads = checked_whole(threads, name="threads", where="ThisProcess", least=1)
        self.threads = threads

    @property
    def description(self) -> str:
        """Where the work is done, in words."""
        return "this process"

    @property
    def is_remote(self) -> bool:
        """Whether results travel between processes: they do not."""
        return False

    def run(self, task: Task[Item, Result], items: Iterable[Item]) -> Generator[Result, None, None]:
        """Yield the result of every item, in the order of the items."""
        try:
            for item in items:
                yield perform(task, item, self.threads)
        finally:
            forget(task.digest)
