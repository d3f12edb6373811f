"""Rows of a database as records, edits of single rows, and what a notebook shows of a database."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from carbonlab.errors import InventoryError, NotFoundError
from carbonlab.inventory.columns import table_of
from carbonlab.inventory.records import Distribution, Exchange, Flow, Provenance, UnitProcess
from carbonlab.inventory.schema import EXCHANGES
from carbonlab.vocabulary import (
    CarbonOrigin,
    Confidence,
    DataKind,
    Direction,
    DistributionKind,
    FlowKind,
    LifeCycleStage,
    ProcessKind,
    ValueKind,
)

if TYPE_CHECKING:
    from carbonlab.inventory.database import Database


def flow_at(db: Database, row: int) -> Flow:
    """Return the flow in a row as a record."""
    values = _row(db.flows, row)
    return Flow(
        **{
            **values,
            "kind": FlowKind(values["kind"]),
            "direction": Direction(values["direction"]) if values["direction"] else None,
            "origin": CarbonOrigin(values["origin"]) if values["origin"] else CarbonOrigin.UNSPECIFIED,
            "synonyms": tuple(values["synonyms"] or ()),
        }
    )


def exchange_at(db: Database, row: int) -> Exchange:
    """Return the exchange in a row as a record."""
    values = _row(db.exchanges, row)
    del values["process"]
    spread = _distribution(values)
    provenance = _provenance(values)
    flow = db.flows["id"][values.pop("flow")].as_py()
    stage = LifeCycleStage(values["stage"]) if values.pop("stage") else None
    return Exchange(**values, flow=flow, stage=stage, distribution=spread, provenance=provenance)


def process_at(db: Database, row: int) -> UnitProcess:
    """Return the process in a row, with its exchanges, as a record."""
    values = _row(db.processes, row)
    exchanges = tuple(exchange_at(db, int(i)) for i in db.exchange_rows(row))
    under_control = db.processes["under_control"][row].as_py()
    return UnitProcess(
        **{
            **values,
            "kind": ProcessKind(values["kind"]),
            "stage": LifeCycleStage(values["stage"]) if values["stage"] else None,
            "under_control": under_control,
            "data_kind": DataKind(values["data_kind"]) if values["data_kind"] else None,
            "exchanges": exchanges,
        }
    )


def _row(table: pa.Table, row: int) -> dict[str, Any]:
    values = {name: table[name][row].as_py() for name in table.column_names}
    return {name: "" if value is None else value for name, value in values.items()}


def _distribution(values: dict[str, Any]) -> Distribution | None:
    kind = values.pop("distribution")
    spread = {name: values.pop(name) for name in ("loc", "scale", "minimum", "maximum")}
    return Distribution(kind=DistributionKind(kind), **spread) if kind else None


def _provenance(values: dict[str, Any]) -> Provenance:
    return Provenance(
        value_kind=ValueKind(values.pop("value_kind") or ValueKind.UNSTATED),
        confidence=Confidence(values.pop("confidence") or Confidence.UNSTATED),
        **{name: values.pop(name) for name in ("year", "geography", "source", "comment")},
    )


def with_amounts(db: Database, amounts: dict[str, float]) -> Database:
    """Return a database with new amounts for the exchanges of the given ids (see `Database.with_amounts`)."""
    ids = db.column("exchanges", "id")
    rows = {identity: row for row, identity in enumerate(ids) if identity in amounts}
    missing = sorted(set(amounts) - set(rows))
    if missing:
        raise NotFoundError(
            f"database {db.meta.name!r} has no exchange with the id {missing[0]!r}",
            why="the change would be lost",
            remedy="take the id from db.process(...).exchanges",
        )
    columns = {name: db.column("exchanges", name).copy() for name in EXCHANGES.names}
    for identity, amount in amounts.items():
        row = rows[identity]
        if not math.isfinite(amount):
            raise InventoryError(f"the new amount of {identity!r} is not a number: {amount}")
        columns["amount"][row] = amount
        columns["published_amount"][row] = amount / columns["unit_factor"][row]
        for name in ("formula", "distribution"):
            columns[name][row] = ""
        for name in ("loc", "scale", "minimum", "maximum"):
            columns[name][row] = np.nan
    return db.with_tables(exchanges=table_of(EXCHANGES, columns))


def database_html(db: Database) -> str:
    """Return what a notebook shows of a database: counts, licence, digest."""
    rows = [
        ("processes", db.processes.num_rows),
        ("flows", db.flows.num_rows),
        ("exchanges", db.exchanges.num_rows),
        ("parameters", db.parameters.num_rows),
        ("findings", db.findings.num_rows),
        ("licence", db.meta.licence or "not stated"),
        ("digest", db.digest),
    ]
    body = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in rows)
    title = escape(f"{db.meta.name} {db.meta.version}".strip())
    return f"<div class='carbonlab'><b>Database {title}</b><table>{body}</table></div>"
