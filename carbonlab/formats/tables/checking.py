"""What rows must agree on with each other: references, directions, providers, currencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carbonlab.formats.tables.exchanges import Draft, Drafts, is_functional, products_of
from carbonlab.formats.tables.layout import STANDARD_PROPERTY_UNITS
from carbonlab.formats.tables.problems import quoted
from carbonlab.formats.tables.references import References
from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import FlowProperty
from carbonlab.messages import message
from carbonlab.vocabulary import Direction, FlowKind

INTERMEDIATE = (FlowKind.PRODUCT, FlowKind.WASTE)


def check_references(process_rows: Mapping[str, Row], drafts: Drafts) -> None:
    """Note each process that has not exactly one reference flow, and each row that cannot be one."""
    of_process: dict[str, list[Draft]] = {process: [] for process in process_rows}
    for draft in drafts.items:
        of_process.setdefault(draft.process, []).append(draft)
    for process, row in process_rows.items():
        marked = [draft for draft in of_process[process] if draft.exchange.is_reference]
        is_known = "exchanges" not in row.problems.unread and drafts.unclear_reference.isdisjoint(
            ("", process)
        )
        if not marked and is_known:
            row.report(
                "id",
                message("tables.no_reference", id=quoted(process)),
                _whom_to_mark(of_process[process]),
            )
        for draft in marked[1:]:
            draft.row.report(
                "reference",
                message("tables.two_references", id=quoted(process), row=marked[0].row.seen_from(draft.row)),
                message("tables.two_references_mend"),
            )
    for draft in drafts.items:
        if draft.exchange.is_reference:
            _check_reference(draft)


def _whom_to_mark(drafts: Sequence[Draft]) -> str:
    fits = [draft for draft in drafts if draft.is_functional]
    if not fits:
        return "add its product to exchanges as output, or the waste it treats as input, with reference yes"
    rows = [f"{draft.row.number} ({draft.flow.id})" for draft in fits]
    sheet = fits[0].row.sheet
    table = sheet.file if sheet.chapter else "exchanges"
    return f"write yes in the column reference of {table}, row {' or '.join(rows[:5])}"


def _check_reference(draft: Draft) -> None:
    if not draft.is_functional:
        side = "input" if draft.exchange.is_input else "output"
        avoided = "avoided " if draft.exchange.is_avoided else ""
        draft.row.report(
            "reference",
            f"the {avoided}{side} {quoted(draft.flow.id)} of the kind {draft.flow.kind} "
            "cannot be the reference flow",
            "mark a product output, or a waste input of a treatment process",
        )
    elif draft.exchange.published_amount == 0:
        draft.row.report(
            "amount",
            "the amount of the reference flow is 0",
            "write the amount that the other rows relate to",
        )


def check_directions(drafts: Drafts) -> None:
    """Note elementary flows that are exchanged against their direction, and avoided flows that cannot be."""
    for draft in drafts.items:
        kind, is_input = draft.flow.kind, draft.exchange.is_input
        if draft.flow.direction is not None and is_input != (draft.flow.direction is Direction.TAKEN):
            side = "output" if draft.flow.direction is Direction.EMITTED else "input"
            draft.row.report(
                "direction",
                f"the elementary flow {quoted(draft.flow.id)} is {draft.flow.direction}, but the row says "
                f"{'input' if is_input else 'output'}",
                f"write {side}, or name a flow of the other direction",
            )
        if draft.exchange.is_avoided and draft.is_kind_known and kind not in INTERMEDIATE:
            draft.row.report(
                "avoided",
                f"a flow of the kind {kind} cannot be avoided",
                "empty the cell, or name the product that is replaced",
            )


def check_providers(drafts: Drafts, references: References) -> None:
    """Note each provider that does not supply the flow: makes the product, or treats the waste."""
    products = products_of(drafts.items)
    of_others: dict[str, set[str]] = {}
    for draft in drafts.items:
        provider, flow = draft.exchange.provider, draft.flow
        if not provider or not draft.is_kind_known or provider in drafts.incomplete:
            continue
        if flow.kind not in INTERMEDIATE:
            draft.row.report("provider", f"a flow of the kind {flow.kind} has no provider", "empty the cell")
            continue
        if draft.is_functional:
            draft.row.report(
                "provider", f"the process supplies {quoted(flow.id)} itself in this row", "empty the cell"
            )
            continue
        if provider in references.processes:
            supplied = products.get(provider, set())
        elif (database := references.database_of(provider)) is not None:
            if provider not in of_others:
                of_others[provider] = _supplied_by(database, provider)
            supplied = of_others[provider]
        else:
            continue
        if flow.id not in supplied:
            does = "treat" if flow.kind is FlowKind.WASTE else "produce"
            has = ", ".join(quoted(identity) for identity in sorted(supplied)[:5]) or "nothing"
            draft.row.report(
                "provider",
                f"the process {quoted(provider)} does not {does} the flow {quoted(flow.id)}",
                f"name a process that does, or empty the cell; this one supplies {has}",
            )


def _supplied_by(database: Database, process: str) -> set[str]:
    """Return the flows that a process of an attached database makes or treats."""
    rows = database.exchange_rows(database.process_row(process))
    flows = database.column("exchanges", "flow")[rows]
    is_input = database.column("exchanges", "is_input")[rows]
    is_avoided = database.column("exchanges", "is_avoided")[rows]
    kinds, words = database.codes("flows", "kind")
    identities = database.column("flows", "id")
    return {
        str(identities[flow])
        for flow, received, avoided in zip(flows, is_input, is_avoided, strict=True)
        if is_functional(FlowKind(words[kinds[flow]]), bool(received), bool(avoided))
    }


def check_comparable(drafts: Drafts, properties: Sequence[tuple[Row, FlowProperty]]) -> None:
    """Note properties of the co-products of one process that are in different units or currencies."""
    own = [(row, record) for row, record in properties if record.name not in STANDARD_PROPERTY_UNITS]
    stated = {(record.name, record.process, record.flow): (row, record.unit) for row, record in own}
    products = products_of(drafts.items)
    for name in sorted({record.name for _, record in own}):
        for process, flows in products.items():
            known = [
                stated.get((name, process, flow)) or stated.get((name, "", flow)) for flow in sorted(flows)
            ]
            found = [entry for entry in known if entry]
            for row, unit in found[1:]:
                if unit != found[0][1] and not row.is_spoiled("unit"):
                    row.report(
                        "unit",
                        f"the {name} is in {quoted(unit)}, but that of another product of the process "
                        f"{quoted(process)} is in {quoted(found[0][1])}",
                        "convert one of them: co-products are weighed in one unit, or one currency and year",
                    )
