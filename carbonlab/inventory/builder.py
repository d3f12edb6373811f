"""Records in, database out: the one place where identities are made and references are resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from carbonlab.display.card import Card
from carbonlab.errors import InventoryError
from carbonlab.inventory.columns import table_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import (
    AllocationShare,
    DatabaseMeta,
    Distribution,
    Exchange,
    Finding,
    Flow,
    FlowProperty,
    Parameter,
    Provenance,
    RoleAssignment,
    Source,
    StatedFactor,
    UnitProcess,
)
from carbonlab.inventory.schema import TABLES

Columns = dict[str, list[Any]]


class DatabaseBuilder:
    """Collect records and build a `Database` of them.

    The order of the calls is the order of the rows. `build` raises `InventoryError` for identities that
    appear twice and for references to flows, processes or exchanges that were never added.
    """

    def __init__(self, meta: DatabaseMeta) -> None:
        self.meta = meta
        self.flows: list[Flow] = []
        self.processes: list[UnitProcess] = []
        self.parameters: list[Parameter] = []
        self.properties: list[FlowProperty] = []
        self.allocation: list[AllocationShare] = []
        self.factors: list[StatedFactor] = []
        self.roles: list[RoleAssignment] = []
        self.sources: list[Source] = []
        self.findings: list[Finding] = []

    def __repr__(self) -> str:
        sizes = ((name, len(held)) for name, held in vars(self).items() if isinstance(held, list))
        counts = ", ".join(f"{count} {name}" for name, count in sizes if count)
        return f"DatabaseBuilder({self.meta.name!r}: {counts or 'empty'})"

    def _repr_html_(self) -> str:
        sizes = [(name, f"{len(held):,}") for name, held in vars(self).items() if isinstance(held, list)]
        return Card(type(self).__name__, self.meta.name, sizes).html()

    def build(self) -> Database:
        """Return the database.

        Raises
        ------
        InventoryError
            If an identity is used twice or a reference leads nowhere.
        """
        flow_rows = _rows_by_id("flow", [flow.id for flow in self.flows])
        process_rows = _rows_by_id("process", [process.id for process in self.processes])
        exchanges = _exchange_columns(self.processes, flow_rows)
        exchange_rows = _rows_by_id("exchange", exchanges["id"])
        rows = _References(flow_rows, process_rows, exchange_rows)
        columns: dict[str, Columns] = {
            "flows": _plain_columns(self.flows, "flows"),
            "processes": _plain_columns(self.processes, "processes"),
            "exchanges": exchanges,
            "parameters": rows.columns(self.parameters, "parameters"),
            "properties": rows.columns(self.properties, "properties"),
            "allocation": rows.columns(self.allocation, "allocation"),
            "factors": rows.columns(self.factors, "factors"),
            "roles": _role_columns(self.roles, rows),
            "sources": _plain_columns(self.sources, "sources"),
            "findings": rows.columns(self.findings, "findings"),
        }
        _rows_by_id("source", columns["sources"]["id"])
        tables = {name: table_of(schema, columns[name]) for name, schema in TABLES.items()}
        return Database(meta=self.meta, **tables)


class _References:
    """Turn the ids of records into row numbers."""

    def __init__(
        self, flows: Mapping[str, int], processes: Mapping[str, int], exchanges: Mapping[str, int]
    ) -> None:
        self.by_column = {"flow": flows, "product": flows, "process": processes, "exchange": exchanges}

    def row(self, column: str, identity: str, record: Any) -> int:
        if not identity:
            return -1
        try:
            return self.by_column[column][identity]
        except KeyError:
            raise InventoryError(
                f"a {type(record).__name__} refers to a {column} that the database does not have: {identity!r}",
                where=str(record)[:200],
                why="the value would be attached to nothing",
                remedy=f"add the {column} or correct its id",
            ) from None

    def columns(self, records: Iterable[Any], table: str) -> Columns:
        columns: Columns = {name: [] for name in TABLES[table].names}
        for record in records:
            for name, values in columns.items():
                if name in self.by_column:
                    values.append(self.row(name, getattr(record, name), record))
                else:
                    values.append(_field(record, name))
        return columns


def _field(record: Any, name: str) -> Any:
    if name in _DISTRIBUTION_FIELDS:
        spread: Distribution | None = record.distribution
        if name == "distribution":
            return spread.kind if spread else None
        if name == "points":
            return spread.points if spread else ""
        return getattr(spread, name) if spread else float("nan")
    if name in _PROVENANCE_FIELDS and hasattr(record, "provenance"):
        return getattr(record.provenance, name)
    return getattr(record, name)


_DISTRIBUTION_FIELDS = ("distribution", "loc", "scale", "minimum", "maximum", "points")
_PROVENANCE_FIELDS = tuple(Provenance.__dataclass_fields__)


def _plain_columns(records: Iterable[Any], table: str) -> Columns:
    records = list(records)
    return {name: [getattr(record, name) for record in records] for name in TABLES[table].names}


def _rows_by_id(what: str, identities: list[str]) -> dict[str, int]:
    rows = {identity: row for row, identity in enumerate(identities)}
    if len(rows) != len(identities) or "" in rows:
        twice = [identity for identity, count in Counter(identities).items() if count > 1 or not identity]
        raise InventoryError(
            f"{len(twice)} {what} ids are empty or used more than once: {', '.join(map(repr, twice[:5]))}",
            why="values would be attached to the wrong record",
            remedy="give every record an id of its own",
        )
    return rows


def _exchange_columns(processes: Iterable[UnitProcess], flow_rows: Mapping[str, int]) -> Columns:
    columns: Columns = {name: [] for name in TABLES["exchanges"].names}
    plain = [name for name in columns if name not in ("id", "process", "flow", "published_amount")]
    for row, process in enumerate(processes):
        made: Counter[str] = Counter()
        for exchange in process.exchanges:
            if exchange.flow not in flow_rows:
                raise InventoryError(
                    f"an exchange refers to a flow that the database does not have: {exchange.flow!r}",
                    where=f"process {process.name!r} ({process.id})",
                    why="its amount would be lost",
                    remedy="add the flow or correct its id",
                )
            columns["id"].append(exchange.id or next_made_id(process.id, exchange, made))
            columns["process"].append(row)
            columns["flow"].append(flow_rows[exchange.flow])
            published = exchange.published_amount
            columns["published_amount"].append(exchange.amount if published is None else published)
            for name in plain:
                columns[name].append(_field(exchange, name))
    return columns


def next_made_id(process: str, exchange: Exchange, made: Counter[str]) -> str:
    """Name an exchange by what it is, so that adding another process leaves its identity alone.

    Parameters
    ----------
    process : str
        Id of its process.
    exchange : Exchange
        An exchange without an id.
    made : Counter
        How often each name was made in this process so far; counted up here.
    """
    side = "in" if exchange.is_input else "out"
    name = f"{process}/{side}/{exchange.flow}" + (f"/{exchange.provider}" if exchange.provider else "")
    made[name] += 1
    return name if made[name] == 1 else f"{name}/{made[name]}"


def _role_columns(roles: Iterable[RoleAssignment], rows: _References) -> Columns:
    columns: Columns = {name: [] for name in TABLES["roles"].names}
    for role in roles:
        columns["flow"].append(rows.row("flow", role.id, role) if role.subject == "flow" else -1)
        columns["process"].append(rows.row("process", role.id, role) if role.subject == "process" else -1)
        columns["role"].append(role.role)
        columns["source"].append(role.source)
        columns["confidence"].append(role.confidence)
    return columns
