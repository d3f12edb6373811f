"""A workbook (.xlsx) with one sheet per table: in and out. Nothing in it is ever calculated."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from carbonlab.errors import CarbonlabError, FormatError, InventoryError
from carbonlab.formats.tables.layout import LAYOUTS, Holds
from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.sheets import Cells, Sheet, check_all_there, is_table, sheet_of
from carbonlab.formats.tables.workbook_guard import check_workbook

MAX_ROWS = 1_048_576
"""Rows that a spreadsheet can have; a file that claims more was not made by one."""

Columns = Sequence[str]
Value = TypeVar("Value")


def read_workbook(path: Path, problems: Problems) -> dict[str, list[Sheet]]:
    """Return the sheets of a workbook by the name of the table.

    A cell that a spreadsheet formula gives has the value that the spreadsheet program stored with it; a
    formula without a stored value is a mistake.

    Raises
    ------
    FormatError
        If the file is no workbook, or built to do harm.
    """
    check_workbook(path)
    try:
        return _sheets(path, problems)
    except CarbonlabError:
        raise
    except Exception as error:  # a damaged part can raise nearly anything in the library
        raise FormatError(
            f"{path.name} is a damaged workbook",
            where=str(path),
            why=f"{type(error).__name__}: {error}"[:200],
            remedy="open it in a spreadsheet program and save it again as .xlsx, or each sheet as CSV",
        ) from error


def _sheets(path: Path, problems: Problems) -> dict[str, list[Sheet]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about colors and validations, which carry no value
        # Streams, not the path: the library refuses a path whose ending it does not know.
        with path.open("rb") as first, path.open("rb") as second:
            values = openpyxl.load_workbook(first, read_only=True, data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(second, read_only=True, data_only=False, keep_links=False)
            sheets: dict[str, list[Sheet]] = {}
            found = []
            for sheet in values.worksheets:
                name = sheet.title
                file = f"{path.name}, sheet {name}"
                if is_table(name, file, problems):
                    found.append(name)
                    records = _records(sheet, formulas[name], name, file, problems)
                    sheets[name] = [sheet_of(name, file, records, problems)]
            values.close()
            formulas.close()
    check_all_there(found, path.name, problems)
    return sheets


def _records(values: Any, formulas: Any, name: str, file: str, problems: Problems) -> Iterator[Cells]:
    for sheet in (values, formulas):
        sheet.reset_dimensions()  # what the file says of its size need not be true
    formula_titles = [column.name for column in LAYOUTS[name].columns if column.holds is Holds.FORMULA]
    titles: list[str] = []
    for row, (cells, sources) in enumerate(zip(values.rows, formulas.rows, strict=True), start=1):
        if row > MAX_ROWS:
            raise FormatError(
                f"the sheet {name} claims more than {MAX_ROWS} rows",
                where=file,
                remedy="divide the database into several workbooks",
            )
        record = []
        for place, (cell, source, title) in enumerate(zip_longest(cells, sources, titles), start=1):
            text, trouble = _text(cell, source, title in formula_titles)
            if trouble:
                where = title or f"column {get_column_letter(place)}"
                problems.add(file, trouble[0], trouble[1], row=row, column=where)
            record.append(text)
        if row == 1:
            titles = [text.strip() for text in record]
        yield record


def _text(cell: Any, source: Any, is_formula_column: bool) -> tuple[str, tuple[str, str] | None]:
    """Return the text of a cell, and what is wrong with it and the remedy if something is."""
    value = cell.value if cell is not None else None
    written = source.value if source is not None else None
    if written is not None and source.data_type == "f":
        if is_formula_column:
            return "", (
                "the cell holds a formula of the spreadsheet program",
                "write the formula of carbonlab as text, without the leading '='",
            )
        if value is None:
            return "", (
                "the cell holds a spreadsheet formula without a stored value; carbonlab calculates none",
                "open the file in a spreadsheet program and save it again, or type the value",
            )
    if value is None:
        return "", None
    if cell.data_type == "e":
        return "", (f"the spreadsheet shows the error {quoted(value)}", "mend the cell")
    return _plain(value), None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def write_workbook(path: Path, tables: Mapping[str, tuple[Columns, Sequence[Cells]]]) -> None:
    """Write tables as the sheets of a workbook: numbers as numbers, everything else as text.

    Raises
    ------
    InventoryError
        If a text holds a character that a workbook cannot.
    """
    for _, rows in tables.values():
        _check_characters(rows)
    book = openpyxl.Workbook(write_only=True)
    for name, (columns, rows) in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        is_number = [LAYOUTS[name].by_name[column].holds is Holds.NUMBER for column in columns]
        for row in rows:
            pairs = zip(row, is_number, strict=True)
            sheet.append([_cell(sheet, text, number) for text, number in pairs])
    book.save(path)


def _cell(sheet: Any, text: str, is_number: bool) -> Any:
    if not text:
        return None
    if is_number and float(f"{float(text):.16g}") == float(text):
        return float(text)  # the library writes 16 digits; a number that needs 17 is written as text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # also for a text that begins with "=": never a formula
    return cell


def _check_characters(rows: Sequence[Cells]) -> None:
    for row in rows:
        for text in row:
            if ILLEGAL_CHARACTERS_RE.search(text):
                raise InventoryError(
                    f"a workbook cannot hold the control characters of {quoted(text)}",
                    remedy="write a folder of CSV files, or remove the characters",
                )


def visit_sheet(path: Path, sheet: str, visit: Callable[[Any], Value], *, draft: Path | None = None) -> Value:
    """Return what a function makes of one sheet; with a draft, the workbook as it is then is written there.

    Formulas and formats of all sheets are kept.

    Raises
    ------
    FormatError
        If the workbook cannot be read, was built to do harm, or has no such sheet.
    """
    check_workbook(path)
    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(stream, keep_links=False)
        if sheet not in book.sheetnames:
            raise FormatError(
                f"the workbook has no sheet {quoted(sheet)}",
                where=path.name,
                remedy=f"its sheets are: {', '.join(book.sheetnames)}",
            )
        made = visit(book[sheet])
        if draft is not None:
            book.save(draft)
    return made


def plain_text(value: object) -> str:
    """Return the value of a cell as the readers see it."""
    return "" if value is None else _plain(value)
