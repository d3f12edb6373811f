"""A database as the cells of tables: the way back from columns to rows of texts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from carbonlab.formats.tables.layout import DECIDED_UPSTREAM, LAYOUTS, Side, Subject
from carbonlab.formats.tables.left_out import Cells, leave_out_shares, leave_out_years
from carbonlab.formats.tables.spreads import FIELDS, mistake_in
from carbonlab.formats.tables.written_amounts import Amount, amount_in_row, number_text
from carbonlab.inventory.builder import next_made_id
from carbonlab.inventory.database import Database
from carbonlab.inventory.open_balances import open_balances
from carbonlab.inventory.records import Distribution, Exchange, Finding
from carbonlab.vocabulary import (
    CarbonOrigin,
    Confidence,
    DistributionKind,
    ProcessKind,
    Severity,
    ValueKind,
)

FIELD_OF_COLUMN = {
    "processes": {"capital_good": "is_capital_good", "control": "under_control"},
    "exchanges": {"reference": "is_reference", "avoided": "is_avoided"},
    "properties": {"property": "name"},
}
"""Columns of tables whose name in the database is another one."""

LEFT_OUT_IF = {
    "origin": CarbonOrigin.UNSPECIFIED,
    "value_kind": ValueKind.UNSTATED,
    "confidence": Confidence.UNSTATED,
    "kind": ProcessKind.UNIT,
}
"""Words that an empty cell means."""


def cells_of(db: Database) -> tuple[dict[str, Cells], list[Finding]]:
    """Return the cells of every table of a database that has rows, and what they cannot hold."""
    findings: list[Finding] = []
    tables = {
        "database": _database(db),
        "parameters": _parameters(db, findings),
        "exchanges": _exchanges(db, findings),
        "properties": _properties(db, findings),
        "factors": _factors(db, findings),
        "roles": _roles(db),
        "balances": _balances(db),
    }
    for name in LAYOUTS:
        if name not in tables:
            tables[name] = _plain(db, name)
    others = db.findings.num_rows - len(tables["balances"]["process"])
    if others:
        findings.append(
            Finding(
                code="tables_without_findings",
                severity=Severity.INFO,
                detail=f"{others} findings",
            )
        )
    findings += leave_out_years(tables)
    findings += leave_out_shares(tables["allocation"])
    filled = {name: _without_empty_columns(name, tables[name]) for name in LAYOUTS if _has_rows(tables[name])}
    return filled, findings


def _has_rows(cells: Cells) -> bool:
    return any(len(column) for column in cells.values())


def _without_empty_columns(name: str, cells: Cells) -> Cells:
    """Drop columns that nobody filled, but those that every table of the kind has."""
    required = LAYOUTS[name].required_names
    return {
        column: cells[column]
        for column in LAYOUTS[name].names
        if column in cells and (column in required or any(cells[column]))
    }


def _plain(db: Database, name: str) -> Cells:
    """Return the cells of a table whose columns are those of the database."""
    known = getattr(db, name).column_names
    cells: Cells = {}
    for column in LAYOUTS[name].names:
        field = FIELD_OF_COLUMN.get(name, {}).get(column, column)
        if field in known:
            cells[column] = _column(db, name, field)
    return cells


def _column(db: Database, table: str, field: str) -> list[str]:
    values: Iterable[Any] = getattr(db, table)[field].to_pylist()
    if field in _ID_OF_ROW:
        ids = db.column(_ID_OF_ROW[field], "id")
        return ["" if row < 0 else str(ids[row]) for row in values]
    if field == "synonyms":
        return [_joined(texts or ()) for texts in values]
    return [_text(field, value) for value in values]


_ID_OF_ROW = {"process": "processes", "flow": "flows", "product": "flows", "exchange": "exchanges"}


def _text(field: str, value: Any) -> str:
    if value is None or value == LEFT_OUT_IF.get(field):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no" if field == "under_control" else ""
    return number_text(value) if isinstance(value, float) else str(value)


def _joined(texts: Iterable[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerow(texts)
    return stream.getvalue().removesuffix("\r\n")


def _database(db: Database) -> Cells:
    meta = db.meta
    stated = {
        "name": meta.name,
        "version": meta.version,
        "licence": meta.licence,
        "description": meta.description,
        **{f"{DECIDED_UPSTREAM}{slot}": option for slot, option in sorted(meta.decided_upstream.items())},
    }
    kept = {key: value for key, value in stated.items() if value}
    return {"key": list(kept), "value": list(kept.values())}


def _roles(db: Database) -> Cells:
    flows, processes = _column(db, "roles", "flow"), _column(db, "roles", "process")
    cells = _plain(db, "roles")
    cells["subject"] = [Subject.FLOW if flow else Subject.PROCESS for flow in flows]
    cells["id"] = [flow or process for flow, process in zip(flows, processes, strict=True)]
    return cells


def _factors(db: Database, findings: list[Finding]) -> Cells:
    cells = _plain(db, "factors") | {"unit": ["kg CO2e"] * db.factors.num_rows}
    for row, mistake in _leave_out_spreads(db, "factors", cells):
        detail = f"factor {cells['metric'][row]}: {mistake}"
        findings.append(Finding(code="tables_without_spread", flow=cells["flow"][row], detail=detail))
    return cells


def _balances(db: Database) -> Cells:
    rows = [(process, str(kind), why) for (process, kind), why in open_balances(db).items()]
    names = LAYOUTS["balances"].names
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _spreads(db: Database, table: str) -> list[Distribution | None]:
    kinds = _column(db, table, "distribution")
    numbers = [getattr(db, table)[field].to_pylist() for field in FIELDS]
    return [
        Distribution(kind=DistributionKind(kind), points=points, **dict(zip(FIELDS, row, strict=True)))
        if kind
        else None
        for kind, points, row in zip(
            kinds, _column(db, table, "points"), zip(*numbers, strict=True), strict=True
        )
    ]


def _parameters(db: Database, findings: list[Finding]) -> Cells:
    cells = _plain(db, "parameters")
    for row, mistake in _leave_out_spreads(db, "parameters", cells):
        detail = f"parameter {cells['name'][row]}: {mistake}"
        findings.append(Finding(code="tables_without_spread", process=cells["process"][row], detail=detail))
    return cells


def _properties(db: Database, findings: list[Finding]) -> Cells:
    cells = _plain(db, "properties")
    for row, mistake in _leave_out_spreads(db, "properties", cells):
        detail = f"property {cells['property'][row]}: {mistake}"
        findings.append(Finding(code="tables_without_spread", flow=cells["flow"][row], detail=detail))
    return cells


def _leave_out_spreads(db: Database, table: str, cells: Cells) -> Iterable[tuple[int, str]]:
    """Empty the spreads that describe none; yield their rows and what is wrong."""
    for row, spread in enumerate(_spreads(db, table)):
        if spread is not None and (mistake := mistake_in(spread)):
            _write_spread(cells, row, None)
            yield row, mistake[1]


def _write_spread(cells: Cells, row: int, spread: Distribution | None) -> None:
    cells["distribution"][row] = spread.kind if spread else ""
    for field in FIELDS:
        cells[field][row] = number_text(getattr(spread, field)) if spread else ""
    cells["points"][row] = spread.points if spread else ""


def _exchanges(db: Database, findings: list[Finding]) -> Cells:
    cells = _plain(db, "exchanges")
    cells["direction"] = [Side.INPUT if yes else Side.OUTPUT for yes in db.column("exchanges", "is_input")]
    cells["id"] = _stated_ids(db)
    cells["unit"] = [""] * db.exchanges.num_rows
    ids = db.column("exchanges", "id")
    units = db.column("flows", "unit")[db.column("exchanges", "flow")]
    for row, (amount, spread) in enumerate(zip(_amounts(db), _spreads(db, "exchanges"), strict=True)):
        found = partial(
            Finding, process=cells["process"][row], flow=cells["flow"][row], exchange=str(ids[row])
        )
        if spread is not None and (mistake := mistake_in(spread)):
            findings.append(found(code="tables_without_spread", detail=mistake[1]))
            spread = None
        written = amount_in_row(amount, spread, str(units[row]))
        published = (amount.published, amount.published_unit)
        if amount.published_unit and (written.amount, written.unit) != published:
            detail = f"{number_text(amount.published)} {amount.published_unit}"
            code = "tables_without_published_unit"
            findings.append(found(code=code, severity=Severity.INFO, detail=detail))
        cells["amount"][row] = number_text(written.amount)
        cells["unit"][row] = written.unit
        cells["formula"][row] = written.formula
        _write_spread(cells, row, written.spread)
    return cells


def _stated_ids(db: Database) -> list[str]:
    """Return the ids of exchanges, "" for those that a reader makes itself and that nothing refers to."""
    flows, processes = db.column("flows", "id"), db.column("processes", "id")
    fields = ("id", "process", "flow", "is_input", "provider")
    columns = [db.column("exchanges", field).tolist() for field in fields]
    referred = {*db.column("parameters", "exchange"), *db.column("allocation", "exchange")}
    made: dict[int, Counter[str]] = {}
    ids = []
    for row, (identity, process, flow, is_input, provider) in enumerate(zip(*columns, strict=True)):
        so_far = made.setdefault(process, Counter())
        ahead = Counter(so_far)
        exchange = Exchange(flow=flows[flow], is_input=is_input, amount=0.0, provider=provider)
        is_made = next_made_id(processes[process], exchange, ahead) == identity and row not in referred
        made[process] = ahead if is_made else so_far
        ids.append("" if is_made else identity)
    return ids


def _amounts(db: Database) -> Iterable[Amount]:
    fields = ("amount", "published_amount", "published_unit", "unit_factor", "formula")
    columns = [db.column("exchanges", field) for field in fields]
    return (Amount(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
