"""A table as it lies in a file: a header and rows of texts, before anybody asks what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from carbonlab.formats.tables.layout import LAYOUTS, NOTES, Holds, Layout
from carbonlab.formats.tables.problems import Problems, nearest_name, quoted
from carbonlab.messages import message

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header and the filled rows of one table."""

    layout: Layout
    file: str
    """What messages call it."""
    header: dict[str, int]
    """Position of each known column."""
    rows: tuple[tuple[int, Cells], ...]
    """Row number as a spreadsheet counts, and the cells."""
    chapter: str = ""
    """Sub-folder in which the file lies; "" for the folder itself and for workbooks."""


def is_table(name: str, file: str, problems: Problems) -> bool:
    """Return whether a file or sheet is one of the tables; note a mistake if nobody would read it."""
    if name in LAYOUTS:
        return True
    if name != NOTES:
        problems.add(
            file,
            message("tables.no_table", name=quoted(name)),
            problems.near(
                name, LAYOUTS, message("tables.no_table_mend", tables=", ".join(LAYOUTS), notes=NOTES)
            ),
        )
    return False


def check_all_there(names: Iterable[str], where: str, problems: Problems) -> None:
    """Note each required table that is missing."""
    missing = [layout for layout in LAYOUTS.values() if layout.required and layout.name not in set(names)]
    for layout in missing:
        needed = ", ".join(name for name in layout.names if name in layout.required_names)
        problems.add(
            where,
            message("tables.missing", name=layout.name),
            message("tables.missing_mend", columns=needed),
        )
        problems.unread.add(layout.name)


def sheet_of(
    name: str, file: str, records: Iterator[Cells], problems: Problems, *, chapter: str = ""
) -> Sheet:
    """Return the sheet of a table from its records, of which the first is the header."""
    layout = LAYOUTS[name]
    first = next(records, ())
    titles = [title.strip() for title in first]
    if not any(titles):
        needed = ", ".join(name for name in layout.names if name in layout.required_names)
        problems.add(file, message("tables.no_header"), message("tables.no_header_mend", columns=needed))
        problems.unread.add(name)
        return Sheet(layout, file, {}, (), chapter)
    header = _header(layout, file, titles, problems)
    rows = []
    for number, cells in enumerate(records, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if [cell.strip() for cell in cells] == titles:
            problems.add(file, "the header is repeated", "delete the row", row=number)
            continue
        _check_width(file, number, cells, titles, problems)
        rows.append((number, cells))
    if layout.required and not rows:
        problems.add(file, message("tables.no_rows"), message("tables.no_rows_mend"))
    return Sheet(layout, file, header, tuple(rows), chapter)


def _header(layout: Layout, file: str, titles: list[str], problems: Problems) -> dict[str, int]:
    header: dict[str, int] = {}
    for position, title in enumerate(titles):
        if not title:
            continue
        if title in header:
            problems.add(
                file, message("tables.twice", title=quoted(title)), message("tables.twice_mend"), row=1
            )
        elif title not in layout.names:
            listed = message("tables.no_column_mend", columns=", ".join(layout.names))
            remedy = problems.near(title, layout.names, listed)
            problems.add(file, message("tables.no_column", title=quoted(title)), remedy, row=1)
            meant = nearest_name(title, layout.names)
            if meant and meant not in titles:
                problems.misnamed.add((layout.name, meant))
        header.setdefault(title, position)
    for column in layout.columns:
        if column.required and column.name not in header:
            if column.holds is Holds.ID:
                problems.unread.add(layout.name)
            if (layout.name, column.name) in problems.misnamed:
                continue
            problems.add(
                file,
                message("tables.column_missing", title=quoted(column.name)),
                message("tables.column_missing_mend", meaning=column.meaning),
                row=1,
            )
    return {title: position for title, position in header.items() if title in layout.names}


def _check_width(file: str, number: int, cells: Cells, titles: list[str], problems: Problems) -> None:
    for position, cell in enumerate(cells):
        if cell.strip() and (position >= len(titles) or not titles[position]):
            problems.add(
                file,
                f"{quoted(cell)} stands in place {position + 1}, where the header has no column",
                "give the column a name in row 1, or put a text that holds the separator in quotation marks",
                row=number,
            )
