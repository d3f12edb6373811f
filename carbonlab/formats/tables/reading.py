"""Read carbonlab tables: a folder of CSV files, or a workbook."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from carbonlab.errors import FormatError
from carbonlab.formats.tables.building import database_of
from carbonlab.formats.tables.csv_folder import read_folder
from carbonlab.formats.tables.layout import LAYOUTS
from carbonlab.formats.tables.problems import Problems
from carbonlab.formats.tables.workbook import read_workbook
from carbonlab.inventory.database import Database
from carbonlab.inventory.roles import classify

CONTENT_TYPES = "[Content_Types].xml"
"""The part that every workbook has."""


def is_folder_of_tables(path: Path) -> bool:
    """Whether a folder holds at least one CSV file that is named as a table."""
    return path.is_dir() and any((path / f"{name}.csv").is_file() for name in LAYOUTS)


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, or says so by its ending."""
    if path.suffix.lower() == ".xlsx" and path.is_file():
        return True
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return CONTENT_TYPES in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        return False


def read_tables(path: Path | str, *, attached: Sequence[Database] = ()) -> Database:
    """Read a database, or the foreground of a study, from carbonlab tables.

    Parameters
    ----------
    path : Path or str
        A folder of CSV files, or an .xlsx workbook with a sheet per table; see ``docs/tables.md``.
    attached : sequence of Database
        Databases whose flows and processes the tables may name. Flows that are used are copied into the
        result under the same id; processes are not.

    Returns
    -------
    Database
        Amounts in the reference unit of each flow; roles from the table and, where it is silent, from the
        classification.

    Raises
    ------
    TableError
        If the tables have mistakes: all of them, each with file, row, column and remedy.
    FormatError
        If there is no such folder or workbook, or if it cannot be opened.
    """
    return classify(read_unclassified(Path(path), attached=attached))


def read_unclassified(
    path: Path, *, name: str = "", attached: Sequence[Database] = (), are_providers_checked: bool = True
) -> Database:
    """Read tables without giving roles to what has none (see `read_tables`).

    Parameters
    ----------
    path : Path
        Folder or workbook.
    name : str
        Name of the database if it states none; that of the file by default.
    attached : sequence of Database
        As in `read_tables`.
    are_providers_checked : bool
        False if providers may lie in databases that are not at hand.
    """
    problems = Problems()
    if path.is_dir():
        sheets = read_folder(path, problems)
    elif path.is_file():
        sheets = read_workbook(path, problems)
    else:
        raise FormatError(
            f"there is no folder or workbook {str(path)!r}",
            remedy="check the path; it may be relative to another folder",
        )
    return database_of(
        sheets,
        problems,
        name=name or path.resolve().stem,
        file=path.name,
        attached=attached,
        are_providers_checked=are_providers_checked,
    )
