"""Rows of a database as records, edits of single rows, and what a notebook shows of a database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonlab.arguments import checked_number, describe
from carbonlab.display.card import Card, Part
from carbonlab.errors import ArgumentError, InventoryError, NotFoundError
from carbonlab.inventory.columns import codes_of
from carbonlab.inventory.findings import count_findings
from carbonlab.inventory.records import Distribution, Exchange, Flow, Provenance, UnitProcess
from carbonlab.messages import message
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

SHOWN = ("processes", "flows", "exchanges", "parameters")
"""Tables of a database whose number of rows is shown."""


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
    word = values.pop("stage")
    stage = LifeCycleStage(word) if word else None
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
    spread = {name: values.pop(name) for name in ("loc", "scale", "minimum", "maximum", "points")}
    return Distribution(kind=DistributionKind(kind), **spread) if kind else None


def _provenance(values: dict[str, Any]) -> Provenance:
    return Provenance(
        value_kind=ValueKind(values.pop("value_kind") or ValueKind.UNSTATED),
        confidence=Confidence(values.pop("confidence") or Confidence.UNSTATED),
        **{name: values.pop(name) for name in ("year", "geography", "source", "comment")},
    )


def with_amounts(db: Database, amounts: dict[str, float]) -> Database:
    """Return a database with new amounts for the exchanges of the given ids (see `Database.with_amounts`)."""
    if not isinstance(amounts, Mapping) or not all(isinstance(key, str) for key in amounts):
        raise ArgumentError(
            f"new amounts have to be a dict of exchange id to number; {describe(amounts)} was given",
            where="with_amounts(amounts)",
            remedy="write {'the id of an exchange': 2.0}; ids: db.process(...).exchanges",
        )
    wanted = pa.array(list(amounts), pa.string())
    rows = np.flatnonzero(pc.is_in(db.exchanges["id"], value_set=wanted).to_numpy())
    found = db.exchanges["id"].take(pa.array(rows)).to_pylist()
    missing = sorted(set(amounts) - set(found))
    if missing:
        raise NotFoundError(
            f"database {db.meta.name!r} has no exchange with the id {missing[0]!r}",
            why="the change would be lost",
            remedy="take the id from db.process(...).exchanges",
        )
    if len(found) != len(amounts):
        raise InventoryError(
            f"database {db.meta.name!r} has several exchanges with the id {_repeated(found)!r}",
            why="it is not clear whose amount is meant",
            remedy="give every exchange an id of its own",
        )
    said = "the new amount of {!r}".format
    new = np.array([checked_number(amounts[key], name=said(key), where="with_amounts") for key in found])
    for identity, amount in zip(found, new, strict=True):
        if not math.isfinite(amount):
            raise InventoryError(f"the new amount of {identity!r} is not a number: {amount}")
    table = _with_numbers(db.exchanges, "amount", rows, new)
    table = _with_numbers(table, "published_amount", rows, new / db.column("exchanges", "unit_factor")[rows])
    for name in ("loc", "scale", "minimum", "maximum"):
        table = _with_numbers(table, name, rows, np.full(len(rows), np.nan))
    for name in ("formula", "distribution", "points"):
        table = _without_words(table, name, rows)
    return db.with_tables(exchanges=table)


def _repeated(identities: list[str]) -> str:
    return next(identity for identity in identities if identities.count(identity) > 1)


def _with_numbers(table: pa.Table, name: str, rows: NDArray[np.intp], new: NDArray[np.float64]) -> pa.Table:
    values = table[name].to_numpy().copy()
    values[rows] = new
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), pa.array(values))


def _without_words(table: pa.Table, name: str, rows: NDArray[np.intp]) -> pa.Table:
    codes, words = codes_of(table, name)
    codes[rows] = -1
    column = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(words, pa.string()))
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)


def database_html(db: Database) -> str:
    """Return what a notebook shows of a database: counts, licence, digest; kinds of flows and findings folded."""
    facts = [(message(f"size.{key}"), f"{getattr(db, key).num_rows:,}") for key in SHOWN]
    facts += [
        (message("report.licence"), db.meta.licence or message("report.not_stated")),
        *((message("report.decided_upstream"), f"{k}: {v}") for k, v in db.meta.decided_upstream.items()),
    ]
    codes, words = db.codes("flows", "kind")
    kinds = tuple(
        (message(f"size.{word}_flows"), f"{int((codes == code).sum()):,}") for code, word in enumerate(words)
    )
    counted = count_findings(db)
    found = tuple((f"{row.count:,}", message(f"severity.{row.severity}"), row.text) for row in counted)
    head = tuple(message(f"cli.{key}") for key in ("count", "severity", "what"))
    parts = [
        Part(message("size.flows"), (), kinds, (1,)),
        Part(f"{message('report.findings')} ({db.findings.num_rows:,})", head, found, (0,)),
    ]
    title = f"{db.meta.name} {db.meta.version}".strip()
    return Card(message("display.database"), title, facts, parts, db.digest).html()
