"""Tables out: CSV that Excel opens with Chinese names intact, and workbooks that say what their numbers are.

Names come from other people's databases. A text that a spreadsheet would take for a formula is marked as
text, so that opening an export runs nothing (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from carbonlab.messages import message

Cell = str | float | int | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SHEET_NAME = 31
"""Longest name of a sheet that spreadsheets take."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        What it holds.
    values : tuple
        Texts or numbers, from top to bottom; None where there is none.
    unit : str
        Of the numbers; it is written into the head.
    """

    name: str
    values: tuple[Cell, ...]
    unit: str = ""

    @property
    def head(self) -> str:
        """Name, and the unit in brackets."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Table:
    """Columns of equal length under a name.

    Raises
    ------
    ValueError
        If the columns differ in length: a row would be dropped.
    """

    name: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if len({len(column.values) for column in self.columns}) > 1:
            raise ValueError(f"the columns of table {self.name!r} differ in length")

    @property
    def head(self) -> list[str]:
        """Heads of the columns."""
        return [column.head for column in self.columns]

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        """Rows, from top to bottom."""
        return list(zip(*(column.values for column in self.columns), strict=True))


def csv_bytes(table: Table) -> bytes:
    """Return a table as CSV in UTF-8 with a byte order mark, without which Excel garbles Chinese.

    Examples
    --------
    >>> csv_bytes(Table("t", (Column("铝", (1.5,), "kg"),)))[:3] == bytes([0xEF, 0xBB, 0xBF])
    True
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_as_text(head) for head in table.head])
    writer.writerows(
        [_as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows
    )
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(tables: Sequence[Table], about: Mapping[str, str]) -> bytes:
    """Return tables as a workbook: a README sheet first, then one sheet per table.

    Parameters
    ----------
    tables : sequence of Table
        Sheets; names are shortened to what spreadsheets take, and stay distinct.
    about : mapping of str to str
        What the numbers are (functional unit, rule set, digests); versions are added.
    """
    book = Workbook(write_only=True)
    names = _sheet_names(["README", *(table.name for table in tables)])
    readme = book.create_sheet(names[0])
    facts = {**about, message("export.version"): f"carbonlab {version('carbonlab')}"}
    for name, text in facts.items():
        readme.append([_cell(readme, name, bold=True), _cell(readme, text)])
    for name, table in zip(names[1:], tables, strict=True):
        units = ", ".join(dict.fromkeys(column.unit for column in table.columns if column.unit)) or "–"
        readme.append(
            [
                _cell(readme, message("export.sheet", name=name), bold=True),
                _cell(readme, message("export.units", units=units)),
            ]
        )
        sheet = book.create_sheet(name)
        sheet.append([_cell(sheet, head, bold=True) for head in table.head])
        for row in table.rows:
            sheet.append([_cell(sheet, cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: object, value: Cell, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula
    if bold:
        cell.font = Font(bold=True)
    return cell


def _as_text(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _sheet_names(names: Sequence[str]) -> list[str]:
    taken: list[str] = []
    for name in names:
        plain = "".join("-" if letter in r"[]:*?/\'" else letter for letter in name)[:SHEET_NAME] or "-"
        number = 2
        short = plain
        while short.casefold() in {other.casefold() for other in taken}:
            ending = f" {number}"
            short, number = plain[: SHEET_NAME - len(ending)] + ending, number + 1
        taken.append(short)
    return taken
