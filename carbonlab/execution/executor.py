"""What an executor is, and what it runs: a frozen task, prepared once per process, and many small items.

Results come back in the order of the items, so that whoever adds them up gets the same numbers from every
executor. At most a fixed number of items is under way at a time: neither the items nor their results pile up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol, TypeVar

Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)
Item = TypeVar("Item")
Result = TypeVar("Result")

KEPT = 2
"""Prepared tasks that a process keeps: the one that is running, and the one before."""


class Prepared(Protocol[Item_contra, Result_co]):
    """A task after its costly first part."""

    def run(self, item: Item_contra, *, threads: int | None) -> Result_co:
        """Return the result of one item; the same one wherever and whenever it runs.

        `threads` is the number of threads that the item may use; None: as many as there are cores.
        """
        ...


class Task(Protocol[Item_contra, Result_co]):
    """What is sent to every worker once: it has to survive being copied into another process."""

    @property
    def digest(self) -> str:
        """Digest of everything that the results depend on."""
        ...

    def prepare(self) -> Prepared[Item_contra, Result_co]:
        """Do what all items have in common."""
        ...


class Executor(Protocol):
    """Something that runs the items of a task."""

    @property
    def description(self) -> str:
        """Where the work is done, in words."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether results travel between processes, and should be small."""
        ...

    def run(self, task: Task[Item, Result], items: Iterable[Item]) -> Generator[Result, None, None]:
        """Yield the result of every item, in the order of the items.

        Items are taken from the iterable only as they are needed. Closing the iterator drops what is still
        under way.

        Raises
        ------
        ExecutionError
            If workers are lost again and again, or cannot be reached.
        """
        ...


@dataclass
class _Kept:
    """A prepared task, used by one thread at a time: it may keep scratch memory, and uses threads itself."""

    lock: Lock = field(default_factory=Lock)
    prepared: Any = None


_kept: OrderedDict[str, _Kept] = OrderedDict()
_kept_lock = Lock()


def perform(task: Task[Item, Result], item: Item, threads: int | None = None) -> Result:
    """Run one item in this process; the task is prepared the first time that this process sees its digest."""
    with _kept_lock:
        own = _kept.setdefault(task.digest, _Kept())
        _kept.move_to_end(task.digest)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    with own.lock:
        if own.prepared is None:
            own.prepared = task.prepare()
        result: Result = own.prepared.run(item, threads=threads)
        return result


def forget(digest: str) -> None:
    """Let go of what this process keeps of a task."""
    with _kept_lock:
        _kept.pop(digest, None)
