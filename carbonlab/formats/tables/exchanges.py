"""Rows of `exchanges`: what enters and leaves each process."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carbonlab.formats.tables.amounts import factor_to_unit
from carbonlab.formats.tables.layout import Side
from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.provenance import provenance_of
from carbonlab.formats.tables.references import References
from carbonlab.formats.tables.rows import Row, check_amount_or_formula, each_row
from carbonlab.formats.tables.sheets import Sheet
from carbonlab.formats.tables.spreads import distribution_of, scaled
from carbonlab.inventory.records import Exchange, Flow
from carbonlab.messages import message
from carbonlab.units import is_known
from carbonlab.vocabulary import FlowKind, LifeCycleStage


@dataclass(frozen=True, slots=True)
class Draft:
    """An exchange in its row; `exchange.published_amount` is NaN as long as a formula has not given it."""

    row: Row
    process: str
    flow: Flow
    exchange: Exchange
    is_kind_known: bool = True
    """Whether the kind of its flow could be read; what depends on it is not judged otherwise."""

    @property
    def is_functional(self) -> bool:
        """Whether it is, or may be, a product output or a waste input: what the process is run for."""
        return not self.is_kind_known or is_functional(
            self.flow.kind, self.exchange.is_input, self.exchange.is_avoided
        )


@dataclass(frozen=True, slots=True)
class Drafts:
    """The exchanges that could be read, and what is not known because others could not."""

    items: tuple[Draft, ...]
    incomplete: frozenset[str]
    """Processes of which an exchange could not be read: what they make is not fully known."""
    unclear_reference: frozenset[str]
    """Processes whose reference flow may be among the exchanges that could not be read; "" for any of them."""


def is_functional(kind: FlowKind, is_input: bool, is_avoided: bool) -> bool:
    """Whether an exchange is a product output or a waste input, and no avoided one."""
    wanted = FlowKind.WASTE if is_input else FlowKind.PRODUCT
    return kind is wanted and not is_avoided


def products_of(drafts: Iterable[Draft]) -> dict[str, set[str]]:
    """Return the functional flows of each process that has any."""
    products: dict[str, set[str]] = {}
    for draft in drafts:
        if draft.is_functional:
            products.setdefault(draft.process, set()).add(draft.flow.id)
    return products


def ids_of(sheets: Sequence[Sheet], problems: Problems) -> dict[str, Row]:
    """Return the row of each id that rows of the exchanges state; an id that stands twice is a mistake."""
    rows: dict[str, Row] = {}
    for row in each_row(sheets, problems):
        identity = row.identity("id")
        if identity in rows:
            row.report(
                "id",
                f"the id {quoted(identity)} stands in {rows[identity].seen_from(row)} already",
                "give each row an id of its own, or leave the cell empty",
            )
        elif identity:
            rows[identity] = row
    return rows


def drafts_of(sheets: Sequence[Sheet], references: References, problems: Problems) -> Drafts:
    """Return the exchanges of a table in the order of their rows.

    Those whose process, flow or side is unknown are left out, and what that leaves open is noted.
    """
    drafts: list[Draft] = []
    incomplete: set[str] = set()
    unclear: set[str] = set()
    for row in each_row(sheets, problems):
        process = references.process(row, "process")
        flow = references.flow(row, "flow")
        side = row.word("direction", Side)
        exchange = _exchange_of(row, flow, side, references)
        if process and flow and side:
            drafts.append(Draft(row, process, flow, exchange, flow.id not in references.unclear_flows))
        else:
            incomplete.add(process)
        if row.is_spoiled("reference") or (exchange.is_reference and not (process and flow and side)):
            unclear.add(process)
    return Drafts(tuple(drafts), frozenset(incomplete), frozenset(unclear))


def _exchange_of(row: Row, flow: Flow | None, side: Side | None, references: References) -> Exchange:
    unit = row.text("unit")
    amount = row.number_in("amount")
    formula = row.text("formula")
    check_amount_or_formula(row, amount, formula)
    target = flow.unit if flow and is_known(flow.unit) else ""
    of = message("tables.of_flow", id=quoted(flow.id)) if flow else ""
    factor = factor_to_unit(row, unit, target=target, of=of) if flow else math.nan
    return Exchange(
        id=row.text("id"),
        flow=flow.id if flow else "",
        is_input=side is Side.INPUT,
        amount=amount * factor,
        formula=formula,
        published_amount=amount,
        published_unit=unit,
        unit_factor=factor,
        is_reference=row.yes_no("reference") or False,
        is_avoided=row.yes_no("avoided") or False,
        provider=references.provider(row, "provider"),
        distribution=scaled(distribution_of(row), factor),
        pedigree=row.text("pedigree"),
        stage=row.word("stage", LifeCycleStage),
        year_offset=row.number_in("year_offset"),
        provenance=provenance_of(row, references),
    )
