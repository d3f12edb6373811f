"""Foreground and attached databases as one inventory: same id, same flow; processes must not collide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from carbonlab.errors import StudyError
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta
from carbonlab.inventory.schema import ROW_COLUMNS, TABLES


def combine(databases: Sequence[Database]) -> Database:
    """Return one database that holds the processes of all.

    Parameters
    ----------
    databases : sequence of Database
        The foreground first, then the attached databases; row order follows.

    Raises
    ------
    StudyError
        If two databases have a process of the same id, or a flow of the same id in different units or kinds.
    """
    if len(databases) == 1:
        return databases[0]
    process_rows = _process_rows(databases)
    flow_rows, flows = _unite_flows(databases)
    exchange_starts = np.cumsum([0] + [db.exchanges.num_rows for db in databases])
    tables: dict[str, list[pa.Table]] = {name: [] for name in TABLES if name != "flows"}
    for position, db in enumerate(databases):
        renumber = {
            "processes": process_rows[position],
            "flows": flow_rows[position],
            "exchanges": np.append(np.arange(db.exchanges.num_rows) + exchange_starts[position], -1),
        }
        for name, parts in tables.items():
            parts.append(_renumbered(getattr(db, name), name, renumber))
    joined = {name: pa.concat_tables(parts) for name, parts in tables.items()}
    joined["sources"] = _first_of_id(joined["sources"])
    meta = DatabaseMeta(
        name=" + ".join(db.meta.name for db in databases),
        version=" + ".join(db.meta.version for db in databases),
        licence="; ".join(dict.fromkeys(db.meta.licence for db in databases if db.meta.licence)),
        decided_upstream=_decided_upstream(databases),
    )
    return Database(meta=meta, flows=flows, **joined)


def _decided_upstream(databases: Sequence[Database]) -> dict[str, str]:
    """Return what the suppliers decided, by slot; where they decided differently, every decision with its database."""
    slots = dict.fromkeys(slot for db in databases for slot in db.meta.decided_upstream)
    decided = {}
    for slot in slots:
        said = [
            (db.meta.decided_upstream[slot], db.meta.name)
            for db in databases
            if slot in db.meta.decided_upstream
        ]
        options = {option for option, _ in said}
        decided[slot] = (
            said[0][0] if len(options) == 1 else "; ".join(f"{option} ({name})" for option, name in said)
        )
    return decided


def _process_rows(databases: Sequence[Database]) -> list[np.ndarray]:
    """Return for each database the combined row of each process, −1 appended for "none"."""
    owner: dict[str, str] = {}
    rows, start = [], 0
    for db in databases:
        for identity in db.column("processes", "id"):
            if identity in owner:
                raise StudyError(
                    f"two databases have a process with the id {identity!r}",
                    where=f"{owner[identity]} and {db.meta.name}",
                    why="a provider of that id would be ambiguous",
                    remedy="attach only one of them, or rename the process",
                )
            owner[identity] = db.meta.name
        count = db.processes.num_rows
        rows.append(np.append(np.arange(count) + start, -1))
        start += count
    return rows


def _unite_flows(databases: Sequence[Database]) -> tuple[list[np.ndarray], pa.Table]:
    known: dict[str, tuple[int, str, str, str]] = {}
    rows, kept = [], []
    for db in databases:
        ids, units, kinds = (db.column("flows", name) for name in ("id", "unit", "kind"))
        mine, new = np.empty(len(ids) + 1, np.int64), []
        mine[-1] = -1
        for row, (identity, unit, kind) in enumerate(zip(ids, units, kinds, strict=True)):
            if identity not in known:
                known[identity] = (len(known), unit, kind, db.meta.name)
                new.append(row)
            elif known[identity][1:3] != (unit, kind):
                raise StudyError(
                    f"the flow {identity!r} is a {known[identity][2]} in {known[identity][1]} in one database "
                    f"and a {kind} in {unit} in another",
                    where=f"{known[identity][3]} and {db.meta.name}",
                    why="amounts of the two could not be added",
                    remedy="give one of the flows another id, or the same unit",
                )
            mine[row] = known[identity][0]
        rows.append(mine)
        kept.append(db.flows.take(pa.array(new, pa.int64())) if len(new) < len(ids) else db.flows)
    return rows, pa.concat_tables(kept)


def _renumbered(table: pa.Table, name: str, renumber: dict[str, np.ndarray]) -> pa.Table:
    for column in set(table.column_names) & set(ROW_COLUMNS):
        new = renumber[ROW_COLUMNS[column]][table[column].to_numpy()]
        field = TABLES[name].field(column)
        table = table.set_column(table.schema.get_field_index(column), field, pa.array(new.astype(np.int32)))
    return table


def _first_of_id(table: pa.Table) -> pa.Table:
    ids = table["id"].to_pylist()
    first = list({identity: row for row, identity in reversed(list(enumerate(ids)))}.values())
    return table.take(pa.array(sorted(first), pa.int64()))
