"""A folder of CSV files: in (UTF-8, comma or semicolon) and out (UTF-8, comma).

A text that a spreadsheet program would run as a formula (it begins with ``=``, ``+``, ``-``, ``@``) is
written with an apostrophe in front, as spreadsheet programs do it themselves, and read back without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from carbonlab.errors import FormatError
from carbonlab.formats.tables.layout import LAYOUTS, Holds, Layout
from carbonlab.formats.tables.problems import Problems
from carbonlab.formats.tables.sheets import Cells, Sheet, check_all_there, is_table, sheet_of

MAX_FILE_BYTES = 512 * 2**20
"""Some ten times the size of a table of a million exchanges with short ids."""

_RUNS_IN_A_SPREADSHEET = re.compile(r"'*[=+\-@\t\r].", re.DOTALL)
_PROTECTED = re.compile(r"'+[=+\-@\t\r].", re.DOTALL)


def read_folder(folder: Path, problems: Problems) -> dict[str, Sheet]:
    """Return the sheets of a folder of CSV files by the name of the table.

    Raises
    ------
    FormatError
        If a file is larger than `MAX_FILE_BYTES` or lies outside the folder.
    """
    sheets: dict[str, Sheet] = {}
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv":
            continue
        if is_table(path.stem, path.name, problems):
            found.append(path.stem)
            text = _text(path, folder, problems)
            if text is not None:
                sheets[path.stem] = sheet_of(path.stem, path.name, _records(text, path, problems), problems)
    check_all_there(found, folder.name, problems)
    return sheets


def _text(path: Path, folder: Path, problems: Problems) -> str | None:
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise FormatError(
            f"{path.name} is not a file of the folder",
            where=str(folder),
            why="it may point at something that is not meant to be read",
            remedy="put the file itself into the folder",
        )
    if path.stat().st_size > MAX_FILE_BYTES:
        raise FormatError(
            f"{path.name} is larger than {MAX_FILE_BYTES // 2**20} MiB",
            where=str(folder),
            remedy="divide the database into several folders",
        )
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else f"byte 0x{data[error.start]:02x}"
        problems.add(
            path.name,
            f"the file is not UTF-8 ({kind})",
            "save it in the spreadsheet program as 'CSV UTF-8', or in the editor with the encoding UTF-8",
            row=data.count(b"\n", 0, error.start) + 1,
        )
        problems.unread.add(path.stem)
        return None


def _records(text: str, path: Path, problems: Problems) -> Iterator[Cells]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(text, path, problems), strict=True
    )
    number = 0
    try:
        for number, record in enumerate(reader, start=1):  # noqa: B007
            yield [_unprotected(cell) for cell in record]
    except csv.Error as error:
        problems.add(
            path.name,
            f"the row cannot be divided into cells ({error})",
            "write a quotation mark inside a text twice, and close every quotation mark",
            row=number + 1,
        )
        problems.unread.add(path.stem)


def _delimiter(text: str, path: Path, problems: Problems) -> str:
    """Return the separator under which the header has most known columns."""
    first = text.lstrip("\r\n").split("\n", 1)[0].split("\r", 1)[0]
    names = LAYOUTS[path.stem].names
    known = {mark: sum(title.strip(' "') in names for title in first.split(mark)) for mark in ",;\t"}
    if known["\t"] > max(known[","], known[";"]):
        problems.add(
            path.name, "the columns are separated by tabs", "save it with commas or semicolons", row=1
        )
        return "\t"
    return ";" if known[";"] > known[","] else ","


def write_csv(path: Path, layout: Layout, columns: Sequence[str], rows: Iterable[Cells]) -> None:
    """Write one table as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(
            stream, lineterminator="\r\n"
        )  # both characters, so that texts with either are quoted
        writer.writerow(columns)
        text_like = [layout.by_name[name].holds is not Holds.NUMBER for name in columns]
        for row in rows:
            pairs = zip(row, text_like, strict=True)
            writer.writerow([_protected(cell) if is_text else cell for cell, is_text in pairs])


def _protected(cell: str) -> str:
    return f"'{cell}" if _RUNS_IN_A_SPREADSHEET.match(cell) else cell


def _unprotected(cell: str) -> str:
    return cell[1:] if _PROTECTED.match(cell) else cell
