"""Tasks for tests of executors; importable by name, so that other processes can have them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


class Squares:
    def __init__(self, task: SquareTask) -> None:
        self.task = task

    def run(self, item: int, *, threads: int | None = None) -> tuple[int, int]:
        time.sleep(self.task.pause * (item % 3))  # later items are ready before earlier ones
        if item == self.task.deadly_item:
            mark = Path(self.task.mark)
            if self.task.always or not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if item == self.task.wrong_item:
            raise ZeroDivisionError("an error of the task itself")
        return item * item, os.getpid()


@dataclass(frozen=True)
class SquareTask:
    pause: float = 0.0
    deadly_item: int = -1
    mark: str = ""
    always: bool = False
    wrong_item: int = -1

    @property
    def digest(self) -> str:
        return repr(self)

    def prepare(self) -> Squares:
        if self.mark:
            with Path(self.mark + ".prepared").open("a") as file:
                file.write(f"{os.getpid()}\n")
        return Squares(self)
