"""Correct one cell of carbonlab tables in the file itself; everything else in it stays as it is."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from carbonlab.atomic import new_file
from carbonlab.errors import FormatError
from carbonlab.formats.tables.csv_folder import delimiter_of, protected, unprotected
from carbonlab.formats.tables.layout import LAYOUTS, Holds
from carbonlab.formats.tables.workbook import plain_text, visit_sheet

SHEET_MARK = ", sheet "
"""Between the name of a workbook and that of a sheet, in the messages of the readers."""


def correct_cell(path: Path | str, file: str, row: int, column: str, text: str) -> None:
    """Write a text into one cell; the file is there whole, old or new, whatever happens.

    Parameters
    ----------
    path : Path or str
        Folder of CSV files, or workbook.
    file : str
        As a message of the reader names it: ``flows.csv``, or ``name.xlsx, sheet flows``.
    row : int
        As a spreadsheet counts: the header is row 1.
    column : str
        Title of the column.
    text : str
        What the cell is to hold; a number is written as one.

    Raises
    ------
    FormatError
        If there is no such file, row or column.
    StoreError
        If the disk refuses.
    """
    path = Path(path)
    if path.is_dir():
        _correct_csv(path, file, row, column, text)
        return
    sheet = file.partition(SHEET_MARK)[2]

    def edit(cells: Any) -> None:
        titles = ["" if cell.value is None else str(cell.value) for cell in cells[1]]
        place = _place(titles, cells.max_row, file, row, column)
        cell = cells.cell(row=row, column=place + 1)
        number = _number(sheet, column, text)
        cell.value = text if number is None else number
        if number is None and text:
            cell.data_type = "s"  # never a formula

    with new_file(path) as draft:
        visit_sheet(path, sheet, edit, draft=draft)


def value_of_cell(path: Path | str, file: str, row: int, column: str) -> str:
    """Return what a cell holds now, as text; empty where there is no such cell.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    path = Path(path)
    if not path.is_dir():

        def read(cells: Any) -> str:
            titles = [plain_text(cell.value).strip() for cell in cells[1]]
            if column not in titles or not 1 <= row <= cells.max_row:
                return ""
            return plain_text(cells.cell(row=row, column=titles.index(column) + 1).value)

        return visit_sheet(path, file.partition(SHEET_MARK)[2], read)
    rows, _ = _rows(_csv_file(path, file))
    if not 1 <= row <= len(rows) or column not in _titles(rows):
        return ""
    place = _titles(rows).index(column)
    return unprotected(rows[row - 1][place]) if place < len(rows[row - 1]) else ""


def _correct_csv(folder: Path, file: str, row: int, column: str, text: str) -> None:
    target = _csv_file(folder, file)
    rows, mark = _rows(target)
    place = _place(_titles(rows), len(rows), file, row, column)
    cells = rows[row - 1]
    cells += [""] * (place + 1 - len(cells))
    cells[place] = text if _number(target.stem, column, text) is not None else protected(text)
    content = io.StringIO(newline="")
    csv.writer(content, delimiter=mark, lineterminator="\r\n").writerows(rows)
    start = b"\xef\xbb\xbf" if target.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    with new_file(target) as draft:
        draft.write_bytes(start + content.getvalue().encode("utf-8"))


def _csv_file(folder: Path, file: str) -> Path:
    target = folder / file
    if not target.is_file() or not target.resolve().is_relative_to(folder.resolve()):
        raise FormatError(
            f"there is no table {file!r} in the folder", where=str(folder), remedy="read it again"
        )
    return target


def _rows(target: Path) -> tuple[list[list[str]], str]:
    try:
        text = target.read_bytes().decode("utf-8-sig")
        mark = delimiter_of(text, target.stem)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)), mark
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(
            f"{target.name} cannot be divided into cells",
            where=target.name,
            why=str(error),
            remedy="mend it in the program that it was made with, and read it again",
        ) from error


def _titles(rows: Sequence[Sequence[str]]) -> list[str]:
    return [title.strip() for title in rows[0]] if rows else []


def _place(titles: Sequence[str], rows: int, file: str, row: int, column: str) -> int:
    names = [title.strip() for title in titles]
    if not 2 <= row <= rows or column not in names:
        raise FormatError(
            f"there is no row {row} with a column {column!r}",
            where=file,
            remedy="this mistake is mended in the file itself; then read it again",
        )
    return names.index(column)


def _number(table: str, column: str, text: str) -> float | None:
    """Return the number of a text in a column of numbers; none for what is no number."""
    layout = LAYOUTS.get(table)
    if layout is None or column not in layout.by_name or layout.by_name[column].holds is not Holds.NUMBER:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
