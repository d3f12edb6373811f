"""A folder of CSV files: in (UTF-8, comma or semicolon) and out (UTF-8, comma).

Sub-folders are chapters of the same tables: their rows are read after those of the folder itself, chapter by
chapter in the order of their names. What the database says of itself stands in the folder, not in a chapter.

A text that a spreadsheet program would run as a formula (it begins with ``=``, ``+``, ``-``, ``@``) is
written with an apostrophe in front, as spreadsheet programs do it themselves, and read back without.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from carbonlab.errors import FormatError
from carbonlab.formats.tables.layout import DATABASE, LAYOUTS, NOTES, Holds, Layout
from carbonlab.formats.tables.problems import Problems
from carbonlab.formats.tables.sheets import Cells, Sheet, check_all_there, is_table, sheet_of

MAX_FILE_BYTES = 512 * 2**20
"""Some ten times the size of a table of a million exchanges with short ids."""

MAX_CHAPTERS = 1_000
"""Sub-folders that are read: more were not made by a person."""

_RUNS_IN_A_SPREADSHEET = re.compile(r"'*[=+\-@\t\r].", re.DOTALL)
_PROTECTED = re.compile(r"'+[=+\-@\t\r].", re.DOTALL)


def read_folder(folder: Path, problems: Problems) -> dict[str, list[Sheet]]:
    """Return the sheets of a folder of CSV files and of its chapters by the name of the table.

    Raises
    ------
    FormatError
        If a file lies outside the folder, if one or the files of one table together are larger than
        `MAX_FILE_BYTES`, or if there are more chapters than `MAX_CHAPTERS`.
    """
    sheets: dict[str, list[Sheet]] = {}
    found: list[str] = []
    size: Counter[str] = Counter()
    chapters = _chapters(folder, problems)
    for chapter in ("", *chapters):
        for path in _csv_files(folder / chapter):
            file = f"{chapter}/{path.name}" if chapter else path.name
            if is_table(path.stem, file, problems) and _may_be_here(path.stem, file, chapter, problems):
                found.append(path.stem)
                _check_size(path, file, folder, size)
                text = _text(path, file, problems)
                if text is not None:
                    records = _records(text, path.stem, file, problems)
                    sheet = sheet_of(path.stem, file, records, problems, chapter=chapter)
                    sheets.setdefault(path.stem, []).append(sheet)
        if not chapter and not found and chapters:
            problems.add(
                folder.name,
                f"all tables lie in sub-folders ({', '.join(chapters[:5])})",
                f"add {DATABASE.name}.csv with a name if they are chapters of one database, else read them one by one",
            )
    check_all_there(found, folder.name, problems)
    return sheets


def _csv_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")


def _chapters(folder: Path, problems: Problems) -> list[str]:
    """Return the names of the sub-folders that hold CSV files, but for `NOTES` and hidden ones, sorted."""
    names = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.is_dir() or entry.name == NOTES or entry.name.startswith("."):
            continue
        if not entry.resolve().is_relative_to(folder.resolve()):
            raise _outside(entry.name, folder)
        if _csv_files(entry):
            names.append(entry.name)
        for inner in sorted(path for path in entry.iterdir() if path.is_dir() and path.name != NOTES):
            if not inner.name.startswith(".") and _csv_files(inner):
                problems.add(
                    f"{entry.name}/{inner.name}",
                    "the tables lie two levels below the folder and would not be read",
                    "chapters lie one level deep: move the folder up, or name it notes",
                )
    if len(names) > MAX_CHAPTERS:
        raise FormatError(
            f"there are {len(names)} sub-folders with CSV files; more than {MAX_CHAPTERS} chapters are not read",
            where=str(folder),
            remedy="divide the database into several folders, or put the tables together",
        )
    return names


def _may_be_here(name: str, file: str, chapter: str, problems: Problems) -> bool:
    """Return whether a table may stand in this place; note a mistake if not."""
    if not chapter or name != DATABASE.name:
        return True
    problems.add(
        file,
        "a chapter cannot say what the database is",
        f"move the rows to {name}.csv of the folder above; if the sub-folder is a database of its own, read it alone",
    )
    return False


def _check_size(path: Path, file: str, folder: Path, size: Counter[str]) -> None:
    """Raise if a file is not of the folder, or the files of its table are too large together."""
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise _outside(file, folder)
    size[path.stem] += path.stat().st_size
    if size[path.stem] > MAX_FILE_BYTES:
        raise FormatError(
            f"{file} is larger than {MAX_FILE_BYTES // 2**20} MiB"
            + (", with the same table of other chapters" if size[path.stem] > path.stat().st_size else ""),
            where=str(folder),
            remedy="divide the database into several folders",
        )


def _outside(name: str, folder: Path) -> FormatError:
    return FormatError(
        f"{name} is not a file of the folder" if name.endswith(".csv") else f"{name} is not in the folder",
        where=str(folder),
        why="it may point at something that is not meant to be read",
        remedy="put the file itself into the folder",
    )


def _text(path: Path, file: str, problems: Problems) -> str | None:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else f"byte 0x{data[error.start]:02x}"
        problems.add(
            file,
            f"the file is not UTF-8 ({kind})",
            "save it in the spreadsheet program as 'CSV UTF-8', or in the editor with the encoding UTF-8",
            row=data.count(b"\n", 0, error.start) + 1,
        )
        problems.unread.add(path.stem)
        return None


def _records(text: str, table: str, file: str, problems: Problems) -> Iterator[Cells]:
    delimiter = _delimiter(text, table, file, problems)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):  # noqa: B007
            yield [unprotected(cell) for cell in record]
    except csv.Error as error:
        problems.add(
            file,
            f"the row cannot be divided into cells ({error})",
            "write a quotation mark inside a text twice, and close every quotation mark",
            row=number + 1,
        )
        problems.unread.add(table)


def delimiter_of(text: str, table: str) -> str:
    """Return the separator of a table's cells."""
    return _delimiter(text, table, table, Problems())


def _delimiter(text: str, table: str, file: str, problems: Problems) -> str:
    """Return the separator under which the header has most known columns."""
    first = text.lstrip("\r\n").split("\n", 1)[0].split("\r", 1)[0]
    names = LAYOUTS[table].names
    known = {mark: sum(title.strip(' "') in names for title in first.split(mark)) for mark in ",;\t"}
    if known["\t"] > max(known[","], known[";"]):
        problems.add(file, "the columns are separated by tabs", "save it with commas or semicolons", row=1)
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
            writer.writerow([protected(cell) if is_text else cell for cell, is_text in pairs])


def protected(cell: str) -> str:
    """Return a text as it is written: an apostrophe in front of what a spreadsheet program would run."""
    return f"'{cell}" if _RUNS_IN_A_SPREADSHEET.match(cell) else cell


def unprotected(cell: str) -> str:
    """Return a text as it was meant: without the apostrophe that protects it."""
    return cell[1:] if _PROTECTED.match(cell) else cell
