"""What the commands print: aligned tables for people, one JSON object for programs."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any

from carbonlab.display.width import fill
from carbonlab.display.width import text_width as width
from carbonlab.messages import message
from carbonlab.report.summary import summary_json

SECONDS_BETWEEN_LINES = 5.0
"""Between two lines on the progress, where they do not replace each other."""
NARROWEST, WHOLE = 48, 120
"""Columns of a name on a narrow terminal, and in a file or a pipe."""


def say(text: str = "") -> None:
    """Print a line of the result."""
    sys.stdout.write(text + "\n")


def tell(text: str) -> None:
    """Print a line about the progress, apart from the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def tell_again(text: str) -> None:
    """Print a line about the progress in place of the last one."""
    sys.stderr.write(f"\r{text}")
    sys.stderr.flush()


class Progress:
    """Tells how far a job is: in place on a terminal, and as a line now and then in a log.

    Attributes
    ----------
    silent : bool
        Tell nothing.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent
        self._in_place = sys.stderr.isatty()
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Say that so many of all draws are done."""
        if self.silent:
            return
        text = message("cli.drawn", done=done, total=total)
        if self._in_place:
            tell_again(text + ("\n" if done == total else ""))
        elif done == total or time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            tell(text)


def name_width(other_columns: int = 90) -> int:
    """Return how wide names may be: whole in a file, and what a wide terminal leaves beside other columns."""
    if not sys.stdout.isatty():
        return WHOLE
    return max(NARROWEST, shutil.get_terminal_size().columns - other_columns)


def say_json(value: dict[str, Any]) -> None:
    """Print one JSON object."""
    sys.stdout.write(summary_json(value))


def say_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; numbers go to the right, texts to the left."""
    cells = [[number(value) if isinstance(value, float) else str(value) for value in row] for row in rows]
    widths = [max(width(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    for row in [list(head), ["-" * w for w in widths], *cells]:
        say("  ".join(fill(text, w, right=r) for text, w, r in zip(row, widths, right, strict=True)).rstrip())


def number(value: float) -> str:
    """Return a number with four significant digits, as people read it."""
    if value != value:
        return "-"
    if value == 0:
        return "0"
    return (
        f"{value:,.4g}"
        if 1e-3 <= abs(value) < 1e4
        else f"{value:,.0f}"
        if 1e4 <= abs(value) < 1e9
        else f"{value:.3e}"
    )


def shorten(text: str, limit: int) -> str:
    """Return a text that is at most so many columns wide."""
    if width(text) <= limit:
        return text
    kept = ""
    for letter in text:
        if width(kept + letter) > limit - 1:
            break
        kept += letter
    return kept + "…"
