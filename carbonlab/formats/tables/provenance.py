"""Where a value of a row comes from."""

from __future__ import annotations

from carbonlab.formats.tables.references import References
from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.records import UNSTATED, Provenance
from carbonlab.vocabulary import Confidence, ValueKind


def provenance_of(row: Row, references: References) -> Provenance:
    """Return the provenance of a row's value; an assumption without its reason is a mistake."""
    value_kind = row.word("value_kind", ValueKind) or ValueKind.UNSTATED
    comment = row.text("comment")
    if value_kind is ValueKind.ASSUMPTION and not comment:
        row.report("comment", "an assumption stands without its reason", "write why this value was assumed")
    provenance = Provenance(
        value_kind=value_kind,
        year=row.year("year"),
        geography=row.text("geography"),
        source=references.source(row, "source"),
        confidence=row.word("confidence", Confidence) or Confidence.UNSTATED,
        comment=comment,
    )
    return UNSTATED if provenance == UNSTATED else provenance
