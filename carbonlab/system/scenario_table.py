"""Scenarios as a table: one CSV file, one row per change.

    scenario,subject,process,id,value,unit,reason,source
    hydro,provider,,plant/in/power,hydro,,contract from 2027,
    light,amount,,plant/in/steel,0.9,t,new design,drawing 12
    light,parameter,,loss_cn,0.05,,grid plan,
    by_value,share,blast_furnace,slag,0.05,,price of 2025,
    late,year,,house/in/burning,50,,longer life,

Columns may come in any order; ``process``, ``unit`` and ``source`` may be left out. UTF-8, comma or
semicolon.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from carbonlab.errors import FormatError
from carbonlab.formats.tables.problems import Problems, near_name, quoted
from carbonlab.system.scenario import Change, Scenario, Subject, mistakes_of
from carbonlab.system.study import Study

NEEDED = ("scenario", "subject", "id", "value", "reason")
COLUMNS = ("scenario", "subject", "process", "id", "value", "unit", "reason", "source")
MAX_FILE_BYTES = 16 * 2**20
"""Some 100,000 changes."""


def read_scenarios(path: Path | str, *, study: Study | None = None) -> tuple[Scenario, ...]:
    """Read scenarios from a CSV table, in the order in which they first appear.

    Parameters
    ----------
    path : Path or str
        The file; see the module for its columns.
    study : Study, optional
        If given, every change is looked up in it, so that mistakes name the row.

    Raises
    ------
    TableError
        If the table has mistakes: all of them, each with file, row, column and remedy.
    FormatError
        If the file cannot be read.
    """
    file = Path(path)
    problems = Problems()
    rows = _rows(file, problems)
    found: dict[str, list[Change]] = {}
    lines: dict[tuple[str, tuple[str, str, str]], int] = {}
    for number, cells in rows:
        change = _change(cells, file.name, number, problems)
        if change is None:
            continue
        first = lines.setdefault((cells["scenario"], change.target), number)
        if first != number:
            problems.add(
                file.name,
                f"row {first} changes the same {change.subject}",
                "keep one of the two",
                row=number,
                column="id",
            )
            continue
        found.setdefault(cells["scenario"], []).append(change)
        for mistake in mistakes_of(study, change) if study is not None else ():
            problems.add(file.name, mistake.what, mistake.remedy, row=number, column=mistake.column)
    if not rows and not problems.found:
        problems.add(file.name, "the table has a header but no rows", "add at least one row")
    problems.raise_if_any(file.name)
    return tuple(Scenario(key=key, changes=tuple(changes)) for key, changes in found.items())


def _rows(file: Path, problems: Problems) -> list[tuple[int, dict[str, str]]]:
    records = list(enumerate(_records(file), start=1))
    if not records:
        problems.add(file.name, "the table is empty", f"write a header with the columns {', '.join(COLUMNS)}")
        return []
    titles = [title.strip() for title in records[0][1]]
    _check_header(titles, file.name, problems)
    rows = []
    for number, cells in records[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(titles):
            problems.add(
                file.name,
                f"the row has {len(cells)} cells, the header {len(titles)}",
                "put texts that hold the separator in quotation marks",
                row=number,
            )
            continue
        padded = [*cells, *[""] * (len(titles) - len(cells))]
        rows.append(
            (
                number,
                dict.fromkeys(COLUMNS, "")
                | dict(zip(titles, (cell.strip() for cell in padded), strict=True)),
            )
        )
    return rows


def _records(file: Path) -> list[list[str]]:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise FormatError(
                f"{file.name} is larger than {MAX_FILE_BYTES // 2**20} MiB",
                remedy="divide it into several files",
            )
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FormatError(
            f"the scenarios cannot be read: {error}", where=str(file), remedy="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{file.name} is not UTF-8", remedy="save it as 'CSV UTF-8'") from error
    header = text.lstrip("\r\n").partition("\n")[0]
    try:
        return list(
            csv.reader(
                io.StringIO(text, newline=""),
                delimiter=";" if header.count(";") > header.count(",") else ",",
                strict=True,
            )
        )
    except csv.Error as error:
        raise FormatError(
            f"{file.name} cannot be divided into cells: {error}", remedy="close every quotation mark"
        ) from error


def _check_header(titles: Sequence[str], file: str, problems: Problems) -> None:
    for title in titles:
        if title not in COLUMNS:
            problems.add(
                file,
                f"the column {quoted(title)} is unknown",
                near_name(title, COLUMNS) or f"use only {', '.join(COLUMNS)}",
                row=1,
            )
    for title in sorted({title for title in titles if titles.count(title) > 1}):
        problems.add(file, f"the column {quoted(title)} stands twice in the header", "delete one", row=1)
    for title in NEEDED:
        if title not in titles:
            problems.add(file, f"the required column {quoted(title)} is missing", "add it", row=1)


def _change(cells: dict[str, str], file: str, number: int, problems: Problems) -> Change | None:
    before = len(problems.found)
    for column in NEEDED:
        if not cells[column]:
            problems.add(file, "the cell is empty", "fill it in", row=number, column=column)
    subject = cells["subject"]
    if subject and subject not in set(Subject):
        known = ", ".join(Subject)
        problems.add(
            file,
            f"{quoted(subject)} is nothing that a scenario changes",
            near_name(subject, list(Subject)) or f"use one of {known}",
            row=number,
            column="subject",
        )
    value: float | str = cells["value"]
    if subject in set(Subject) and subject != Subject.PROVIDER and cells["value"]:
        try:
            value = float(cells["value"])
        except ValueError:
            problems.add(
                file,
                f"{quoted(cells['value'])} is no number",
                "write digits with a decimal point",
                row=number,
                column="value",
            )
    if len(problems.found) > before:
        return None
    return Change(
        subject=Subject(subject),
        id=cells["id"],
        value=value,
        **{name: cells[name] for name in ("process", "unit", "reason", "source")},
    )
