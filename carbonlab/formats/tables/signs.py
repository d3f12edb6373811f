"""Negative amounts: taken as they stand, and told, since a slip of the sign turns a burden into a credit."""

from __future__ import annotations

from collections.abc import Sequence

from carbonlab.formats.tables.exchanges import Draft
from carbonlab.inventory.records import Finding
from carbonlab.vocabulary import FlowKind, Severity


def findings_about_signs(drafts: Sequence[Draft]) -> list[Finding]:
    """Return a finding for each exchange of a negative amount; a warning where a product or waste is put in."""
    return [
        _finding(draft, amount)
        for draft in drafts
        if (amount := draft.exchange.published_amount) is not None and amount < 0
    ]


def _finding(draft: Draft, amount: float) -> Finding:
    is_credit = draft.exchange.is_input and draft.flow.kind in (FlowKind.PRODUCT, FlowKind.WASTE)
    name = draft.flow.name or draft.flow.id
    return Finding(
        code="negative_input" if is_credit else "negative_amount",
        severity=Severity.WARNING if is_credit else Severity.INFO,
        process=draft.process,
        flow=draft.flow.id,
        amount=amount,
        unit=draft.exchange.published_unit,
        # findings are in the digest: the place of a row says where to look, and changes when tables are rewritten
        detail=f"{draft.row.sheet.file}, row {draft.row.number}: {name}" if is_credit else name,
    )
