"""Tables of one's own: read them, and keep every mistake with its row and column instead of stopping at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from carbonlab.errors import CarbonlabError, FormatError, TableError
from carbonlab.formats.tables import is_folder_of_tables, is_workbook, read_tables
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import count_findings
from carbonlab.inventory.records import Finding
from carbonlab.messages import has_message, message
from carbonlab.report.export import Column, Table
from carbonlab.vocabulary import Severity


@dataclass(frozen=True)
class Mistake:
    """One mistake in the tables.

    Attributes
    ----------
    file : str
        File, or workbook and sheet.
    row : int
        As a spreadsheet counts; 0 if the whole file is meant.
    column : str
        Title of the column.
    what, remedy : str
        What is wrong, and what to do.
    """

    file: str
    row: int
    column: str
    what: str
    remedy: str

    @property
    def is_in_a_cell(self) -> bool:
        """Whether one cell can be named."""
        return self.row > 1 and bool(self.column)

    def __str__(self) -> str:
        row = message("own.row_number", row=self.row) if self.row else ""
        return " · ".join(part for part in (self.file, row, self.column, self.what) if part)


@dataclass(frozen=True, eq=False)
class Reading:
    """What came of reading tables.

    Attributes
    ----------
    path : Path
        Folder or workbook.
    database : Database, optional
        None if there were mistakes.
    mistakes : tuple of Mistake
        All of them.
    error : CarbonlabError, optional
        Why nothing was read, where no list of mistakes says it.
    """

    path: Path
    database: Database | None = None
    mistakes: tuple[Mistake, ...] = ()
    error: CarbonlabError | None = None


def read_own(path: Path | str, *, attached: Sequence[Database] = ()) -> Reading:
    """Return what comes of reading tables; mistakes are returned, not raised.

    Parameters
    ----------
    path : Path or str
        Folder of CSV files, or workbook.
    attached : sequence of Database
        Databases whose flows and processes the tables may name.
    """
    path = Path(path)
    try:
        if path.exists() and not (is_workbook(path) or is_folder_of_tables(path)):
            raise FormatError(
                f"{path.name} holds no tables of carbonlab",
                where=str(path),
                why="it is no workbook, and no folder with flows.csv, processes.csv and exchanges.csv",
                remedy="choose the workbook or the folder itself; docs/tables.md says what is in it",
            )
        return Reading(path, read_tables(path, attached=attached))
    except TableError as error:
        return Reading(path, mistakes=tuple(Mistake(*cell) for cell in error.cells), error=error)
    except CarbonlabError as error:
        return Reading(path, error=error)


def own_places(folder: Path) -> list[Path]:
    """Return the workbooks and folders of tables in a folder and one level below, by name."""
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "~"))]
    below = [inner for entry in entries if entry.is_dir() for inner in sorted(entry.iterdir())]
    return [
        entry
        for entry in (*entries, *below)
        if (entry.is_file() and entry.suffix.lower() == ".xlsx" and not entry.name.startswith("~"))
        or (entry.is_dir() and is_folder_of_tables(entry))
    ]


def mistakes_table(mistakes: Sequence[Mistake]) -> Table:
    """Return mistakes as a table."""
    return Table(
        message("own.mistakes", count=len(mistakes)),
        (
            Column(message("own.file"), tuple(one.file for one in mistakes)),
            Column(message("own.row"), tuple(str(one.row) if one.row else "" for one in mistakes)),
            Column(message("own.column"), tuple(one.column for one in mistakes)),
            Column(message("own.what"), tuple(one.what for one in mistakes)),
            Column(message("own.remedy"), tuple(one.remedy for one in mistakes)),
        ),
    )


def findings_table(database: Database, more: Iterable[Finding] = ()) -> Table | None:
    """Return what is odd in tables that were read, and what the rules found; none if there is nothing.

    Parameters
    ----------
    database : Database
        As read.
    more : iterable of Finding
        Of the product system.
    """
    rows = [(found.severity, found.text, found.count, "") for found in count_findings(database)]
    groups = Counter((finding.severity, finding.code) for finding in more)
    details: dict[str, str] = {}
    for finding in more:
        said = " · ".join(part for part in (finding.process, finding.flow, finding.detail) if part)
        details.setdefault(finding.code, said)
    for (severity, code), count in groups.items():
        key = f"finding.{code}"
        rows.append((severity, message(key) if has_message(key) else code, count, details[code]))
    if not rows:
        return None
    rows.sort(key=lambda row: (row[0] is not Severity.WARNING, -row[2]))
    return Table(
        message("own.findings"),
        (
            Column(message("own.what"), tuple(text for _, text, _, _ in rows)),
            Column(message("own.severity"), tuple(message(f"severity.{severity}") for severity, *_ in rows)),
            Column(message("own.count"), tuple(count for _, _, count, _ in rows)),
            Column(message("own.example"), tuple(example for *_, example in rows)),
        ),
    )
