"""Collect every mistake in a set of tables and report them together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from carbonlab.errors import TableError
from carbonlab.messages import message

SHOWN_OF_A_KIND = 20
"""Mistakes of one kind in one column that are shown one by one; one line names the rows of the others."""

NEAR = 70.0
"""Similarity, of 100, from which a known name is offered for an unknown one."""

LOOKED_UP = 200
"""Unknown names for which a near one is looked up: the search takes longer than reading a large table."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake and what to do about it."""

    file: str
    row: int
    """As a spreadsheet counts: the header is row 1; 0 if the whole file is meant."""
    column: str
    what: str
    remedy: str

    @property
    def kind(self) -> tuple[str, str, str]:
        """What mistakes of one kind have in common: file, column, and words without the values in them."""
        return self.file, self.column, re.sub(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|[\d.]+", "…", self.what)

    def __str__(self) -> str:
        row = message("tables.at_row", row=self.row) if self.row else ""
        column = message("tables.at_column", column=self.column) if self.column else ""
        return message("tables.line", place=f"{self.file}{row}{column}", what=self.what, remedy=self.remedy)


@dataclass(slots=True)
class Problems:
    """The mistakes found so far."""

    found: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Tables of which rows are missing or unreadable: nobody can say that an id is not in them."""
    misnamed: set[tuple[str, str]] = field(default_factory=set)
    """Tables and columns of theirs that are missing because their title is mistyped: what follows is no mistake."""
    held_back: set[tuple[str, int, str]] = field(default_factory=set)
    """Cells that were not judged because of a mistake elsewhere: file, row, column."""
    _looked_up: int = 0
    _cells: set[tuple[str, int, str]] = field(default_factory=set)

    def add(self, file: str, what: str, remedy: str, *, row: int = 0, column: str = "") -> None:
        """Note a mistake; `row` counts as a spreadsheet does."""
        self.found.append(Problem(file, row, column, what, remedy))
        self._cells.add((file, row, column))

    def has(self, file: str, row: int, column: str) -> bool:
        """Whether a mistake was noted in a cell."""
        return (file, row, column) in self._cells

    def near(self, word: str, known: Iterable[str], otherwise: str) -> str:
        """Return ``did you mean …?`` for a name that resembles a known one, else the other remedy."""
        self._looked_up += 1
        if self._looked_up > LOOKED_UP:
            return otherwise
        near = near_name(word, known)
        return message("tables.otherwise", near=near, otherwise=otherwise) if near else otherwise

    def raise_if_any(self, where: str) -> None:
        """Raise all mistakes together.

        Raises
        ------
        TableError
            If there is at least one mistake.
        """
        if not self.found:
            return
        count = len(self.found)
        raise TableError(
            message("tables.mistake_one") if count == 1 else message("tables.mistakes", count=count),
            self.lines(),
            where=where,
            remedy=message("tables.mend") + self._waiting(),
            cells=[(one.file, one.row, one.column, one.what, one.remedy) for one in self._ordered()],
        )

    def _waiting(self) -> str:
        count = len(self.held_back - self._cells)
        if not count:
            return ""
        return message("tables.waiting_one") if count == 1 else message("tables.waiting", count=count)

    def _ordered(self) -> list[Problem]:
        files = list(dict.fromkeys(problem.file for problem in self.found))
        return sorted(self.found, key=lambda problem: (files.index(problem.file), problem.row))

    def lines(self) -> list[str]:
        """Return one line per mistake by file and row; of many of one kind, one line names the other rows."""
        shown: dict[tuple[str, str, str], int] = {}
        others: dict[tuple[str, str, str], list[Problem]] = {}
        lines = []
        for problem in self._ordered():
            shown[problem.kind] = shown.get(problem.kind, 0) + 1
            if shown[problem.kind] <= SHOWN_OF_A_KIND:
                lines.append(str(problem))
            else:
                others.setdefault(problem.kind, []).append(problem)
        for problems in others.values():
            first = problems[0]
            rows = _row_ranges(problem.row for problem in problems)
            more = message("tables.more", count=len(problems), what=first.what)
            place = (
                first.file
                + message("tables.at_rows", rows=rows)
                + message("tables.at_column", column=first.column)
            )
            lines.append(message("tables.line", place=place, what=more, remedy=first.remedy))
        return lines


def _row_ranges(rows: Iterable[int]) -> str:
    """Return row numbers as ``4–7, 12``."""
    ranges: list[list[int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in ranges)


def quoted(value: object) -> str:
    """Return a value as it may be shown: quoted, escaped, not too long."""
    text = repr(str(value))
    return text if len(text) <= 80 else f"{text[:77]}…'"


def near_name(word: str, known: Iterable[str], *, similarity: float = NEAR) -> str:
    """Return ``did you mean …?`` for a name that resembles a known one, else an empty text."""
    found = nearest_name(word, known, similarity=similarity)
    return message("tables.near", name=quoted(found)) if found else ""


def nearest_name(word: str, known: Iterable[str], *, similarity: float = NEAR) -> str:
    """Return the known name that a name resembles most, else an empty text."""
    found = process.extractOne(
        word[:200], list(known), scorer=fuzz.ratio, score_cutoff=similarity, processor=str.casefold
    )
    return found[0] if found else ""
