"""One row of a table: each cell as the value its column holds, or a mistake noted and nothing instead."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.sheets import Cells, Sheet
from carbonlab.messages import message

HUGE = 1e30
"""No amount of a product system is larger, whatever its unit; such a number is a slip."""

Word = TypeVar("Word", bound=StrEnum)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?[\d.\s']*\d,\d[\d,.]*([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|∞|#n/a|#div/0!)", re.IGNORECASE)
_PERCENT = re.compile(r"[+-]?[\d.,]+\s*%")
_YEAR = re.compile(r"[12]\d{3}(-[12]\d{3}|-Q[1-4]|-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?)?|n\.d\.", re.ASCII)
_DATE = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?)?", re.ASCII)
_LIKE_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row under its header."""

    sheet: Sheet
    number: int
    cells: Cells
    problems: Problems

    def seen_from(self, other: Row) -> str:
        """Return where this row stands, for a message at another row."""
        if self.sheet.file == other.sheet.file:
            return message("tables.row", row=self.number)
        return message("tables.row_of", row=self.number, file=self.sheet.file)

    def report(self, column: str, what: str, remedy: str) -> None:
        """Note a mistake in a cell of this row."""
        self.problems.add(self.sheet.file, what, remedy, row=self.number, column=column)

    def hold_back(self, column: str) -> None:
        """Note that a cell of this row cannot be judged because of a mistake elsewhere."""
        self.problems.held_back.add((self.sheet.file, self.number, column))

    def is_spoiled(self, column: str) -> bool:
        """Whether a mistake was noted in a cell of this row, or the cell is missing with its whole column."""
        layout = self.sheet.layout
        is_expected = column in layout.required_names or (layout.name, column) in self.problems.misnamed
        is_missing = column not in self.sheet.header and is_expected
        return is_missing or self.problems.has(self.sheet.file, self.number, column)

    def text(self, column: str) -> str:
        """Return the text of a cell without blanks at its ends; "" if the cell or the column is missing."""
        place = self.sheet.header.get(column)
        text = "" if place is None or place >= len(self.cells) else self.cells[place].strip()
        is_missed = not text and place is not None and column in self.sheet.layout.required_names
        if is_missed and not self.is_spoiled(column):
            meaning = self.sheet.layout.by_name[column].meaning
            self.report(column, message("tables.empty"), message("tables.fill", meaning=meaning))
        return text

    def identity(self, column: str) -> str:
        """Return an id."""
        text = self.text(column)
        if not text.isprintable():
            self.report(
                column,
                f"the id {quoted(text)} holds control characters or invisible blanks",
                "type the id again, with letters, digits and signs that can be seen",
            )
        return text

    def number_in(self, column: str) -> float:
        """Return a number; NaN if the cell is empty or wrong."""
        text = self.text(column)
        if not text:
            return math.nan
        if not _NUMBER.fullmatch(text):
            self.report(column, *_why_no_number(text))
            return math.nan
        value = float(text)
        if abs(value) > HUGE:
            self.report(
                column,
                message("tables.huge", text=quoted(text), most=f"{HUGE:g}"),
                message("tables.huge_mend"),
            )
            return math.nan
        return value

    def word(self, column: str, words: type[Word]) -> Word | None:
        """Return one of the words of an enumeration; None if the cell is empty or wrong."""
        text = self.word_among(column)
        return words(text) if text else None

    def word_among(self, column: str) -> str:
        """Return one of the words that the layout lists for a column; "" if the cell is empty or wrong."""
        text = self.text(column)
        words = self.sheet.layout.by_name[column].words if text else ()
        if not text or text in words:
            return text
        listed = message("tables.words", words=", ".join(words))
        what = message("tables.no_word", text=quoted(text), column=column)
        self.report(column, what, self.problems.near(text, words, listed))
        return ""

    def yes_no(self, column: str) -> bool | None:
        """Return True for yes, False for no, None for an empty or wrong cell."""
        text = self.text(column)
        known = {"": None, "yes": True, "no": False, "TRUE": True, "FALSE": False}
        if text not in known:
            self.report(column, *_told("no_yes", text))
        return known.get(text)

    def year(self, column: str) -> str:
        """Return a year, a span of years, a month, a quarter, or ``n.d.``."""
        text = self.text(column)
        if text and not is_year(text):
            self.report(column, *_told("no_year", text))
        return text

    def date(self, column: str) -> str:
        """Return a year, month or day."""
        text = self.text(column)
        if text and not is_date(text):
            self.report(column, *_told("no_date", text))
        return text

    def texts(self, column: str) -> tuple[str, ...]:
        """Return texts separated by semicolons; one that holds a semicolon stands in quotation marks."""
        text = self.text(column)
        if not text:
            return ()
        parts = next(csv.reader([text], delimiter=";", skipinitialspace=True), [])
        return tuple(part.strip() for part in parts if part.strip())


def is_year(text: str) -> bool:
    """Whether a text is a year, a span of years, a month, a quarter, or ``n.d.``."""
    return bool(_YEAR.fullmatch(text))


def is_date(text: str) -> bool:
    """Whether a text is a year, month or day."""
    return bool(_DATE.fullmatch(text))


def check_amount_or_formula(row: Row, amount: float, formula: str) -> None:
    """Note a row that gives neither an amount nor a formula."""
    if not formula and math.isnan(amount) and not row.is_spoiled("amount") and not row.is_spoiled("formula"):
        row.report("amount", *_told("no_amount"))


def _why_no_number(text: str) -> tuple[str, str]:
    kinds = (
        (_NOT_FINITE, "not_finite"),
        (_PERCENT, "percent"),
        (_COMMA, "comma"),
        (_LIKE_A_DATE, "date_number"),
    )
    return _told(next((key for form, key in kinds if form.fullmatch(text)), "no_number"), text)


def _told(key: str, text: str = "") -> tuple[str, str]:
    """Return what is wrong with a text and what to do, from the catalogue."""
    return message(f"tables.{key}", text=quoted(text)), message(f"tables.{key}_mend")


def each_row(sheets: Sequence[Sheet], problems: Problems) -> list[Row]:
    """Return the rows of a table: those of its sheets, one after the other."""
    return [Row(sheet, number, cells, problems) for sheet in sheets for number, cells in sheet.rows]
