"""Rows of `sources`, `flows` and `processes`: what other rows refer to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from carbonlab.formats.tables.amounts import check_unit_of_flow
from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.rows import Row, each_row
from carbonlab.formats.tables.sheets import Sheet
from carbonlab.inventory.records import Flow, Source, UnitProcess
from carbonlab.vocabulary import CarbonOrigin, DataKind, Direction, FlowKind, LifeCycleStage, ProcessKind

ONE_ID = "give each row an id of its own"

Record = TypeVar("Record", Flow, Source, UnitProcess)


def by_id(
    sheets: Sequence[Sheet], record_of: Callable[[Row], Record], problems: Problems
) -> tuple[dict[str, Record], dict[str, Row]]:
    """Return the records of a table and their rows by id; an id that stands twice is a mistake.

    A source may stand in several chapters in the same words, so that each can be read alone.
    """
    records: dict[str, Record] = {}
    rows: dict[str, Row] = {}
    for row in each_row(sheets, problems):
        record = record_of(row)
        if record.id in records:
            first = rows[record.id]
            is_repeated = isinstance(record, Source) and record == records[record.id]
            if first.sheet is row.sheet or not is_repeated:
                row.report(
                    "id", f"the id {quoted(record.id)} stands in {first.seen_from(row)} already", ONE_ID
                )
        elif record.id:
            records[record.id] = record
            rows[record.id] = row
    return records, rows


def source_of(row: Row) -> Source:
    """Return the source of a row."""
    return Source(
        id=row.identity("id"),
        citation=row.text("citation"),
        year=row.year("year"),
        url=row.text("url"),
        licence=row.text("licence"),
    )


def flow_of(row: Row) -> Flow:
    """Return the flow of a row."""
    flow = Flow(
        id=row.identity("id"),
        name=row.text("name"),
        kind=row.word("kind", FlowKind) or FlowKind.PRODUCT,
        unit=row.text("unit"),
        direction=row.word("direction", Direction),
        compartment=row.text("compartment"),
        cas=row.text("cas"),
        formula=row.text("formula"),
        origin=row.word("origin", CarbonOrigin) or CarbonOrigin.UNSPECIFIED,
        category=row.text("category"),
        location=row.text("location"),
        synonyms=row.texts("synonyms"),
        metric=row.text("metric"),
        comment=row.text("comment"),
    )
    if not row.is_spoiled("kind"):
        _check_flow(row, flow)
    return flow


def _check_flow(row: Row, flow: Flow) -> None:
    is_elementary = flow.kind is FlowKind.ELEMENTARY
    is_aggregated = flow.kind is FlowKind.AGGREGATED_CO2E
    if is_elementary and flow.direction is None and not row.is_spoiled("direction"):
        row.report(
            "direction",
            "an elementary flow has no direction",
            "write emitted (to nature) or taken (from nature)",
        )
    if not is_elementary and flow.direction is not None:
        row.report(
            "direction",
            f"a flow of the kind {flow.kind} has no direction of its own",
            "empty the cell, or write elementary as kind; whether it enters or leaves stands in exchanges",
        )
    if is_aggregated and not flow.metric:
        row.report(
            "metric",
            "an aggregated CO2e flow does not say by which metric it was made",
            "write the metric and its vintage, e.g. GWP100 AR5",
        )
    if flow.metric and not is_aggregated:
        row.report(
            "metric",
            f"a flow of the kind {flow.kind} has no metric",
            "empty the cell; factors stand in the table factors",
        )
    if flow.unit:
        check_unit_of_flow(row, flow)


def process_of(row: Row) -> UnitProcess:
    """Return the process of a row, without its exchanges."""
    return UnitProcess(
        id=row.identity("id"),
        name=row.text("name"),
        kind=row.word("kind", ProcessKind) or ProcessKind.UNIT,
        location=row.text("location"),
        category=row.text("category"),
        valid_from=row.date("valid_from"),
        valid_until=row.date("valid_until"),
        is_capital_good=row.yes_no("capital_good") or False,
        default_basis=row.word_among("default_basis"),
        stage=row.word("stage", LifeCycleStage),
        under_control=row.yes_no("control"),
        data_kind=row.word("data_kind", DataKind),
        technology=row.text("technology"),
        description=row.text("description"),
        data_quality=row.text("data_quality"),
        source=row.text("source"),
    )
