"""Write a database as carbonlab tables: a folder of CSV files, or a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from carbonlab.atomic import new_file, new_folder
from carbonlab.errors import InventoryError, TableError
from carbonlab.formats.tables.csv_folder import write_csv
from carbonlab.formats.tables.layout import LAYOUTS
from carbonlab.formats.tables.reading import read_unclassified
from carbonlab.formats.tables.workbook import write_workbook
from carbonlab.formats.tables.written_cells import cells_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding


def write_tables(db: Database, path: Path | str) -> tuple[Finding, ...]:
    """Write a database as tables that `read_tables` reads back with the same amounts.

    Parameters
    ----------
    db : Database
        What to write.
    path : Path or str
        A new folder of CSV files, or a new workbook if it ends in ``.xlsx``.

    Returns
    -------
    tuple of Finding
        What tables cannot hold: findings of the import that `db` came from; spreads that no distribution has,
        shares that do not sum to one, and years that are none, which are left out; published amounts or
        units that do not give the amount to the last digit, which is written in the reference unit instead.

    Raises
    ------
    InventoryError
        If the tables would have mistakes: what `read_tables` refuses is not written.
    StoreError
        If something of this name exists already, or the disk refuses.

    Notes
    -----
    What was written is read back before it appears under its name. Beside what is returned, these change on
    the way: the origin of the database (`DatabaseMeta.origin`), blanks at the ends of texts, the order of
    exchanges of different processes, an unstated published unit, and the unit of properties that have a
    standard unit.
    """
    path = Path(path)
    cells, findings = cells_of(db)
    if path.suffix.lower() == ".xlsx":
        with new_file(path, overwrite=False) as draft:
            write_workbook(draft, {name: (tuple(table), _rows(table)) for name, table in cells.items()})
            _check_same(db, draft, path)
    else:
        with new_folder(path) as draft:
            for name, table in cells.items():
                write_csv(draft / f"{name}.csv", LAYOUTS[name], tuple(table), _rows(table))
            _check_same(db, draft, path)
    return tuple(findings)


def _rows(table: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    return list(zip(*table.values(), strict=True))


def _check_same(db: Database, draft: Path, path: Path) -> None:
    """Raise if what was written does not read as the same exchanges with the same amounts."""
    try:
        again = read_unclassified(draft, name=db.meta.name, are_providers_checked=False)
    except TableError as error:
        shown = "\n".join(f"  - {problem}" for problem in error.problems[:20]).replace(draft.name, path.name)
        raise InventoryError(
            f"the database {db.meta.name!r} cannot be written as tables: "
            f"{len(error.problems)} places in it would be refused when they are read\n{shown}",
            where=str(path),
            why="tables that nobody can read are of no use; nothing was written",
            remedy="correct these places in the database, or store it with save_database",
        ) from error
    if _amounts(db) != _amounts(again):
        raise InventoryError(
            f"the database {db.meta.name!r} does not read back from tables with the same amounts",
            where=str(path),
            why="nothing was written",
            remedy="store it with save_database, and report this",
        )


def _amounts(db: Database) -> dict[str, float]:
    amounts = np.where(np.isnan(db.column("exchanges", "amount")), np.inf, db.column("exchanges", "amount"))
    return dict(zip(db.column("exchanges", "id"), amounts.tolist(), strict=True))
