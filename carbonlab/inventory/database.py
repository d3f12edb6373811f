"""A life-cycle inventory database: columns inside, records outside, never changed in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonlab.errors import InventoryError, NotFoundError
from carbonlab.inventory import views
from carbonlab.inventory.columns import array_of, codes_of, digest_of_table, is_word, words_used
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, UnitProcess
from carbonlab.inventory.schema import ALWAYS_STATED, ROW_COLUMNS, TABLES, VOCABULARY
from carbonlab.inventory.search import nearest_flows, nearest_processes
from carbonlab.provenance import Digester


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Database:
    """An inventory of unit processes, held as arrow tables under the schemas of `carbonlab.inventory.schema`.

    Attributes
    ----------
    meta : DatabaseMeta
        Name, version, licence, origin, and what was decided upstream.
    flows, processes, exchanges, parameters, properties, allocation, factors, roles, sources, findings : Table
        The columns. Row numbers are positions; every amount is in the reference unit of its flow.
    """

    meta: DatabaseMeta
    flows: pa.Table
    processes: pa.Table
    exchanges: pa.Table
    parameters: pa.Table
    properties: pa.Table
    allocation: pa.Table
    factors: pa.Table
    roles: pa.Table
    sources: pa.Table
    findings: pa.Table

    def __post_init__(self) -> None:
        for name, schema in TABLES.items():
            table: pa.Table = getattr(self, name)
            if table.schema != schema:
                raise InventoryError(
                    f"the table {name} of database {self.meta.name!r} has not the columns of the schema",
                    why="a column of another meaning would be read as the one expected",
                    remedy="build it with DatabaseBuilder, or store it again with this version of carbonlab",
                )
        for name in TABLES:
            self._check_rows(name)
        self._check_words()

    def _check_rows(self, name: str) -> None:
        table: pa.Table = getattr(self, name)
        for column in set(table.column_names) & set(ROW_COLUMNS):
            rows = array_of(table, column)
            limit = getattr(self, ROW_COLUMNS[column]).num_rows
            lowest = 0 if name == "exchanges" else -1
            if table[column].null_count or (rows.size and (rows.min() < lowest or rows.max() >= limit)):
                raise InventoryError(
                    f"the table {name} of database {self.meta.name!r} points at a row of "
                    f"{ROW_COLUMNS[column]} that does not exist",
                    why="its value would be attached to the wrong record",
                    remedy="import the database again",
                )

    def _check_words(self) -> None:
        for place, vocabulary in VOCABULARY.items():
            name, column = place.split(".")
            unknown = words_used(getattr(self, name), column) - set(vocabulary)
            if unknown:
                raise InventoryError(
                    f"{place} of database {self.meta.name!r} holds {sorted(unknown)[0]!r}, "
                    "which is not in the vocabulary",
                    why="rows of an unknown kind would fall out of every calculation",
                    remedy=f"use one of {', '.join(vocabulary)}",
                )
        for place in ALWAYS_STATED:
            name, column = place.split(".")
            if getattr(self, name)[column].null_count:
                raise InventoryError(
                    f"{place} of database {self.meta.name!r} is empty in some row",
                    why="rows of no kind would fall out of every calculation",
                    remedy="state it for every row",
                )

    # -- columns ------------------------------------------------------------------------------------------

    def column(self, table: str, name: str) -> NDArray[Any]:
        """Return a column (rows,) as a numpy array; words and texts as objects, "" for none."""
        return array_of(getattr(self, table), name)

    def codes(self, table: str, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return the codes (rows,) of a word column and its words; −1 for none."""
        return codes_of(getattr(self, table), name)

    def is_word(self, table: str, name: str, *words: str) -> NDArray[np.bool_]:
        """Return which rows (rows,) of a word column hold one of the words."""
        return is_word(getattr(self, table), name, *words)

    @cached_property
    def digest(self) -> str:
        """Digest of everything that a number may depend on, findings included."""
        digester = Digester("database")
        digester.add_json("meta", {f.name: getattr(self.meta, f.name) for f in fields(self.meta)})
        digester.add_json("tables", {name: digest_of_table(name, getattr(self, name)) for name in TABLES})
        return digester.digest()

    # -- records ------------------------------------------------------------------------------------------

    @cached_property
    def _process_rows(self) -> dict[str, int]:
        return {identity: row for row, identity in enumerate(self.column("processes", "id"))}

    @cached_property
    def _flow_rows(self) -> dict[str, int]:
        return {identity: row for row, identity in enumerate(self.column("flows", "id"))}

    @cached_property
    def _exchange_starts(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Exchange rows sorted by process, and where each process begins in them."""
        process = self.column("exchanges", "process")
        order = np.argsort(process, kind="stable")
        starts = np.searchsorted(process[order], np.arange(self.processes.num_rows + 1))
        return order, starts

    def process_row(self, identity: str) -> int:
        """Return the row of a process id.

        Raises
        ------
        NotFoundError
            If the database has no such process.
        """
        return self._row(self._process_rows, "process", identity)

    def flow_row(self, identity: str) -> int:
        """Return the row of a flow id.

        Raises
        ------
        NotFoundError
            If the database has no such flow.
        """
        return self._row(self._flow_rows, "flow", identity)

    def _row(self, rows: dict[str, int], what: str, identity: str) -> int:
        if identity not in rows:
            near = (nearest_flows if what == "flow" else nearest_processes)(self, str(identity))
            listed = "list db.flows" if what == "flow" else "find one with carbonlab.search(db, words)"
            raise NotFoundError(
                f"database {self.meta.name!r} has no {what} with the id {identity!r}",
                remedy=f"did you mean: {near}; else {listed}" if near else listed,
            )
        return rows[identity]

    def has_process(self, identity: str) -> bool:
        """Whether there is a process of this id."""
        return identity in self._process_rows

    def has_flow(self, identity: str) -> bool:
        """Whether there is a flow of this id."""
        return identity in self._flow_rows

    def exchange_rows(self, process_row: int) -> NDArray[np.intp]:
        """Return the rows of the exchanges of a process."""
        order, starts = self._exchange_starts
        return order[starts[process_row] : starts[process_row + 1]]

    def flow(self, identity: str) -> Flow:
        """Return one flow as a record."""
        return views.flow_at(self, self.flow_row(identity))

    def process(self, identity: str) -> UnitProcess:
        """Return one process with its exchanges as a record."""
        return views.process_at(self, self.process_row(identity))

    def exchange_at(self, row: int) -> Exchange:
        """Return the exchange in a row as a record."""
        return views.exchange_at(self, row)

    def each_process(self) -> Iterator[UnitProcess]:
        """Yield every process as a record."""
        return (views.process_at(self, row) for row in range(self.processes.num_rows))

    # -- edits: each returns a new database ---------------------------------------------------------------

    def with_tables(self, **tables: pa.Table) -> Database:
        """Return a database with some tables replaced."""
        return replace(self, **tables)

    def with_meta(self, **values: Any) -> Database:
        """Return a database that says something else of itself."""
        return replace(self, meta=replace(self.meta, **values))

    def with_amounts(self, amounts: dict[str, float]) -> Database:
        """Return a database with new amounts, in reference units, for the exchanges of the given ids.

        A formula of such an exchange is replaced by the number; a spread goes with the value it described.

        Raises
        ------
        NotFoundError
            If an exchange id does not exist.
        ArgumentError
            If an amount is no number; text is none, whatever it holds.
        """
        return views.with_amounts(self, amounts)

    def __repr__(self) -> str:
        return (
            f"Database({self.meta.name!r}, {self.processes.num_rows} processes, {self.flows.num_rows} flows, "
            f"{self.exchanges.num_rows} exchanges, {self.findings.num_rows} findings, {self.digest})"
        )

    def _repr_html_(self) -> str:
        return views.database_html(self)
