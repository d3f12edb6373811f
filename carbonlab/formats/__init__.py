"""Readers of inventories: one package per format, and `read`, which recognizes the format."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path, PurePosixPath

from carbonlab.arguments import checked_path
from carbonlab.errors import FormatError
from carbonlab.formats.openlca import read_openlca
from carbonlab.formats.tables import is_folder_of_tables, is_workbook, read_tables
from carbonlab.inventory.database import Database
from carbonlab.inventory.store import is_stored_database, load_database

__all__ = ["read"]

UNDERSTOOD = (
    "an openLCA package (JSON-LD, a zip file or a folder with a folder 'processes'), "
    "carbonlab tables (a folder with flows.csv, processes.csv and exchanges.csv, or an .xlsx workbook), "
    "or a database that carbonlab stored"
)

LOOKED_AT = 2_000
"""Names that are looked at to tell what an unknown folder holds."""


def read(path: Path | str) -> Database:
    """Read a database from a file or folder in any format that carbonlab knows.

    What the file or folder holds decides, not its name: a database that carbonlab stored, an openLCA package
    (JSON-LD, zip file or folder), or carbonlab tables (folder of CSV files or workbook).

    Raises
    ------
    ArgumentError
        If it is given no path.
    FormatError
        If there is nothing at this path, or it is of no format that is understood; what was found is named.
    CarbonlabError
        What the reader of the format raises: `FormatError` and its leaf `TableError`, `StoreError`.
    """
    path = checked_path(path, where="read(path)")
    if path.is_dir():
        return _read_folder(path)
    if path.is_file():
        return _read_file(path)
    raise FormatError(
        f"there is no file or folder {str(path)!r}",
        remedy="check the path; it may be relative to another folder",
    )


def _read_folder(folder: Path) -> Database:
    if is_stored_database(folder):
        return load_database(folder)
    if is_folder_of_tables(folder):
        return read_tables(folder)
    if any((top / "processes").is_dir() for top in (folder, *folder.iterdir())):
        return read_openlca(folder)
    entries = list(islice(_two_levels(folder), LOOKED_AT))
    names = [entry.relative_to(folder).as_posix() + ("/" if entry.is_dir() else "") for entry in entries]
    raise _unknown(folder, f"found: {_in_words(names)}", _hint(names))


def _two_levels(folder: Path) -> Iterable[Path]:
    for entry in sorted(folder.iterdir()):
        yield entry
        if entry.is_dir() and not entry.is_symlink():
            yield from entry.iterdir()


def _read_file(path: Path) -> Database:
    if is_workbook(path):
        return read_tables(path)
    if not zipfile.is_zipfile(path):
        raise _unknown(path, f"found: a file of {path.stat().st_size} bytes, not packed", _hint([path.name]))
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        names = []  # damaged: the reader of zip files says how
    is_openlca = any("processes" in PurePosixPath(name).parts[:2] for name in names)
    if is_openlca or not names:
        return read_openlca(path)
    raise _unknown(path, f"found: a zip file with {_in_words(names)}", _hint(names))


def _in_words(names: Iterable[str]) -> str:
    """Return how many files of which ending there are."""
    files = [PurePosixPath(name) for name in names if not name.endswith("/")]
    endings = Counter(file.suffix.lower() or "(no ending)" for file in files)
    shown = ", ".join(f"{count} {ending}" for ending, count in endings.most_common(5))
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    return f"{count} ({shown})" if files else "no files"


def _hint(names: Iterable[str]) -> str:
    endings = {PurePosixPath(name).suffix.lower() for name in names}
    if ".csv" in endings:
        return "tables lie unpacked in a folder, as flows.csv, processes.csv and exchanges.csv; "
    if endings & {".xml", ".spold"}:
        return "EcoSpold is not read: import it into openLCA and export it from there as JSON-LD; "
    if endings & {".zip", ".xlsx"}:
        return "give the path of the file inside; "
    if endings & {".xls", ".ods"}:
        return "save the workbook as .xlsx; "
    return ""


def _unknown(path: Path, found: str, hint: str) -> FormatError:
    return FormatError(
        f"{path.name} is no inventory that carbonlab can read",
        where=str(path),
        why=found,
        remedy=f"{hint}what is understood is {UNDERSTOOD}",
    )
