"""Rows of `properties`, `allocation`, `factors`, `roles` and `balances`: what is said of flows and processes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from carbonlab.formats.tables.amounts import factor_per_reference, standard_property
from carbonlab.formats.tables.exchanges import Drafts, products_of
from carbonlab.formats.tables.layout import PRICE, STANDARD_PROPERTY_UNITS, SharedBy, Subject
from carbonlab.formats.tables.problems import Problems, near_name, quoted
from carbonlab.formats.tables.provenance import provenance_of
from carbonlab.formats.tables.references import References
from carbonlab.formats.tables.rows import Row, each_row
from carbonlab.formats.tables.sheets import Sheet
from carbonlab.formats.tables.spreads import distribution_of, scaled
from carbonlab.inventory.open_balances import open_balance
from carbonlab.inventory.records import (
    AllocationShare,
    Finding,
    FlowProperty,
    RoleAssignment,
    StatedFactor,
)
from carbonlab.vocabulary import BalanceKind, Confidence, FlowKind, Role

SUM_TOLERANCE = 1e-6
"""How far from 1 the shares of a process may sum up: what rounding to six digits leaves."""


@dataclass(slots=True)
class Seen:
    """Rows by what must not be stated twice."""

    rows: dict[Hashable, Row] = field(default_factory=dict)

    def is_new(self, row: Row, column: str, what: str, *key: Hashable) -> bool:
        """Whether a key is new; if it is not, note a mistake."""
        first = self.rows.setdefault(key, row)
        if first is not row:
            where = first.seen_from(row)
            row.report(column, f"{what} is stated in {where} already", "delete one of the two rows")
        return first is row


def properties_of(
    sheets: Sequence[Sheet], references: References, problems: Problems
) -> list[tuple[Row, FlowProperty]]:
    """Return the properties of a table with their rows, in the units that the database keeps."""
    seen = Seen()
    found = []
    for row in each_row(sheets, problems):
        flow = references.flow(row, "flow")
        process = references.process(row, "process")
        name = row.text("property")
        value = row.number_in("value")
        unit = row.text("unit")
        spread = distribution_of(row)
        _check_property_name(row, name)
        if name and unit:
            stated = value
            value, unit = standard_property(row, name, value, unit)
            spread = scaled(spread, value / stated) if spread and stated else spread
        provenance = provenance_of(row, references)
        if flow and seen.is_new(row, "property", f"the {name} of {quoted(flow.id)}", flow.id, process, name):
            record = FlowProperty(
                flow=flow.id,
                name=name,
                value=value,
                unit=unit,
                process=process,
                distribution=spread,
                provenance=provenance,
            )
            found.append((row, record))
    return found


def _check_property_name(row: Row, name: str) -> None:
    known = (*STANDARD_PROPERTY_UNITS, PRICE)
    if name and name not in known and (near := near_name(name, known, similarity=85)):
        row.report(
            "property",
            f"{quoted(name)} is no property that rules know",
            f"{near} Otherwise choose another name",
        )


def factors_of(sheets: Sequence[Sheet], references: References, problems: Problems) -> list[StatedFactor]:
    """Return the stated characterization factors of a table [kg CO2e per reference unit of the flow]."""
    seen = Seen()
    found = []
    for row in each_row(sheets, problems):
        flow = references.flow(row, "flow")
        metric = row.text("metric")
        value = row.number_in("value")
        unit = row.text("unit")
        spread = distribution_of(row)
        provenance = provenance_of(row, references)
        if flow is None:
            continue
        if flow.kind is not FlowKind.ELEMENTARY:
            row.report(
                "flow",
                f"the flow {quoted(flow.id)} is of the kind {flow.kind} and takes no factor",
                "name an elementary flow",
            )
        stated = value
        value = factor_per_reference(row, value, unit, flow)
        if spread and stated:
            spread = scaled(spread, value / stated)
        if seen.is_new(row, "metric", f"the factor {metric} of {quoted(flow.id)}", flow.id, metric):
            record = StatedFactor(
                flow=flow.id, metric=metric, value=value, distribution=spread, provenance=provenance
            )
            found.append(record)
    return found


def roles_of(sheets: Sequence[Sheet], references: References, problems: Problems) -> list[RoleAssignment]:
    """Return the roles of a table."""
    seen = Seen()
    found = []
    for row in each_row(sheets, problems):
        subject = row.word("subject", Subject)
        role = row.word("role", Role)
        confidence = row.word("confidence", Confidence) or Confidence.UNSTATED
        if subject is Subject.FLOW:
            flow = references.flow(row, "id")
            identity = flow.id if flow else ""
        else:
            identity = references.process(row, "id") if subject else ""
        if identity and subject and role and seen.is_new(row, "role", "the role", subject, identity, role):
            record = RoleAssignment(
                subject=subject, id=identity, role=role, source=row.text("source"), confidence=confidence
            )
            found.append(record)
    return found


def open_balances_of(sheets: Sequence[Sheet], references: References, problems: Problems) -> list[Finding]:
    """Return the explanations of balances that do not close, as findings of the database."""
    seen = Seen()
    found = []
    for row in each_row(sheets, problems):
        process = references.process(row, "process")
        balance = row.word("balance", BalanceKind)
        explanation = row.text("explanation")
        if process and balance and seen.is_new(row, "balance", f"the {balance} balance", process, balance):
            found.append(open_balance(process, balance, explanation))
    return found


@dataclass(frozen=True, slots=True)
class SharedExchanges:
    """What the shares of a process may name."""

    products: Mapping[str, set[str]]
    """Functional flows of each process."""
    process_of_exchange: Mapping[str, str]
    incomplete: frozenset[str]
    """Processes of which not every product is known; "" if it is not known of which."""

    @classmethod
    def of(cls, drafts: Drafts) -> SharedExchanges:
        """Return what the exchanges of the tables allow."""
        processes = {draft.exchange.id: draft.process for draft in drafts.items if draft.exchange.id}
        return cls(products_of(drafts.items), processes, drafts.incomplete)


def allocation_of(
    sheets: Sequence[Sheet], references: References, shared: SharedExchanges, problems: Problems
) -> list[AllocationShare]:
    """Return the stated shares of a table; those of one process and basis must sum to one."""
    rows = each_row(sheets, problems)
    pairs = list(_shares(rows, references, shared))
    _check_sums(pairs, _unread_shares(rows, pairs))
    return [share for _, share in pairs]


def _shares(
    rows: list[Row], references: References, shared: SharedExchanges
) -> Iterator[tuple[Row, AllocationShare]]:
    seen = Seen()
    for row in rows:
        process = references.process(row, "process")
        product = references.flow(row, "product")
        basis = row.word("basis", SharedBy)
        share = row.number_in("share")
        exchange = references.exchange(row, "exchange")
        provenance = provenance_of(row, references)
        if not 0 <= share <= 1 and not math.isnan(share):
            row.report("share", f"the share {share:g} is not between 0 and 1", "write 25 % as 0.25")
        is_judged = shared.incomplete.isdisjoint(("", process))
        if product and process and not is_judged and product.id not in shared.products.get(process, set()):
            row.hold_back("product")
        if product and process and is_judged and product.id not in shared.products.get(process, set()):
            row.report(
                "product",
                f"{quoted(product.id)} is no product of the process {quoted(process)}",
                "name a product output of the process, or a waste that it treats",
            )
        if exchange and process and shared.process_of_exchange.get(exchange, process) != process:
            row.report(
                "exchange",
                f"the exchange {quoted(exchange)} belongs to another process",
                f"name an exchange of {quoted(process)}",
            )
        key = (process, product.id if product else "", basis, exchange)
        if process and product and basis and seen.is_new(row, "share", "the share", *key):
            record = AllocationShare(
                process=process,
                product=product.id,
                share=share,
                basis=basis,
                exchange=exchange,
                provenance=provenance,
            )
            yield row, record


def is_whole(total: float) -> bool:
    """Whether shares that sum to `total` are all of the burdens."""
    return abs(total - 1) <= SUM_TOLERANCE


def _unread_shares(rows: Sequence[Row], pairs: Sequence[tuple[Row, AllocationShare]]) -> set[str]:
    """Return the processes of which a share could not be read: their shares cannot be summed."""
    read = {id(row) for row, _ in pairs}
    return {row.text("process") for row in rows if id(row) not in read}


def _check_sums(pairs: list[tuple[Row, AllocationShare]], unread: set[str]) -> None:
    groups: dict[tuple[str, str, str], list[tuple[Row, AllocationShare]]] = {}
    for row, share in pairs:
        groups.setdefault((share.process, share.basis, share.exchange), []).append((row, share))
    for (process, basis, exchange), members in groups.items():
        total = math.fsum(share.share for _, share in members)
        if not is_whole(total) and unread & {"", process}:
            members[-1][0].hold_back("share")
        elif not is_whole(total) and not math.isnan(total):
            of_one = f" for the exchange {quoted(exchange)}" if exchange else ""
            members[-1][0].report(
                "share",
                f"the shares of the process {quoted(process)} and the basis {basis}{of_one} "
                f"sum to {total:.9g}",
                f"make the shares of {_places([row for row, _ in members])} sum to 1",
            )


def _places(rows: Sequence[Row]) -> str:
    """Return where rows stand, for a message at the last of them."""
    if len({row.sheet.file for row in rows}) == 1:
        return f"rows {', '.join(str(row.number) for row in rows)}"
    return ", ".join(row.seen_from(rows[-1]) for row in rows)
