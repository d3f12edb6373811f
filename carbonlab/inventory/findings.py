"""Findings of a database: counted by code with the amounts that they stand for, and appended.

A reader or a rule that sees something odd does not hide it and does not stop for it: it writes a finding.
Its code is a key of the message catalogue under ``finding``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonlab.display.record import record_html
from carbonlab.errors import InventoryError
from carbonlab.inventory.columns import with_rows
from carbonlab.inventory.records import Finding
from carbonlab.inventory.schema import FINDINGS
from carbonlab.messages import has_message, message
from carbonlab.vocabulary import Severity

if TYPE_CHECKING:  # databases show their findings, so the import goes the other way
    from carbonlab.inventory.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCount:
    """All findings of one code and severity."""

    code: str
    severity: Severity
    count: int
    text: str
    """What the code means, in the language that was chosen."""
    amounts: tuple[tuple[str, float], ...]
    """Per unit, in the order of the units: the sum of the absolute amounts that are stated."""
    processes: int
    """In how many processes."""
    flows: int
    """On how many flows."""

    def _repr_html_(self) -> str:
        return record_html(self, title=self.text)


def count_findings(db: Database) -> list[FindingCount]:
    """Count the findings of a database by code and severity: warnings first, then the most frequent first.

    Parameters
    ----------
    db : Database
        A database with the findings of its import.

    Examples
    --------
    >>> from carbonlab.inventory.builder import DatabaseBuilder
    >>> from carbonlab.inventory.records import DatabaseMeta
    >>> db = DatabaseBuilder(DatabaseMeta(name="empty")).build()
    >>> db = with_findings(db, [Finding(code="gsd_one"), Finding(code="gsd_one")])
    >>> [(found.code, found.count, found.text) for found in count_findings(db)]
    [('gsd_one', 2, 'a geometric standard deviation of 1 means no spread')]
    """
    codes, code_words = db.codes("findings", "code")
    severities, severity_words = db.codes("findings", "severity")
    if not len(codes):
        return []
    group = codes.astype(np.int64) * len(severity_words) + severities
    kinds, of_kind = np.unique(group, return_inverse=True)
    processes, flows = db.column("findings", "process"), db.column("findings", "flow")
    counts = []
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(of_kind == number)
        code = code_words[kind // len(severity_words)]
        counts.append(
            FindingCount(
                code=code,
                severity=Severity(severity_words[kind % len(severity_words)]),
                count=len(rows),
                text=finding_text(code),
                amounts=_amounts(db, rows),
                processes=len(np.unique(processes[rows][processes[rows] >= 0])),
                flows=len(np.unique(flows[rows][flows[rows] >= 0])),
            )
        )
    return sorted(counts, key=lambda found: (found.severity != Severity.WARNING, -found.count, found.code))


def finding_text(code: str) -> str:
    """Return what a code means; the code itself in words if an option of a user wrote it."""
    key = f"finding.{code}"
    return message(key) if has_message(key) else code.replace("_", " ")


def findings_of(db: Database, code: str, *, limit: int | None = None) -> list[Finding]:
    """Return the findings of one code as records, in the order in which they were made.

    Parameters
    ----------
    db : Database
        Where to look.
    code : str
        Key of the catalogue without ``finding.``.
    limit : int or None
        How many at most; None for all.
    """
    rows = np.flatnonzero(db.is_word("findings", "code", code))[:limit]
    ids = {name: db.column(table, "id") for name, table in (("process", "processes"), ("flow", "flows"))}
    records = []
    for values in db.findings.take(pa.array(rows)).to_pylist():
        for name, column in ids.items():
            values[name] = column[values[name]] if values[name] >= 0 else ""
        values["exchange"] = db.exchanges["id"][values["exchange"]].as_py() if values["exchange"] >= 0 else ""
        texts = {name: values[name] or "" for name in ("unit", "detail")}
        records.append(Finding(**{**values, **texts, "severity": Severity(values["severity"])}))
    return records


def with_findings(db: Database, findings: Sequence[Finding]) -> Database:
    """Return a database with further findings at the end of those it has.

    Raises
    ------
    InventoryError
        If a finding names a process, flow or exchange that the database does not have.
    """
    if not findings:
        return db
    columns = {
        name: [getattr(finding, name) for finding in findings]
        for name in FINDINGS.names
        if name not in ("process", "flow", "exchange")
    }
    for name, table in (("process", "processes"), ("flow", "flows"), ("exchange", "exchanges")):
        columns[name] = _rows_of([getattr(finding, name) for finding in findings], db, table)
    return db.with_tables(findings=with_rows(db.findings, columns))


def _rows_of(identities: list[str], db: Database, table: str) -> list[int]:
    """Return the rows of ids, −1 for none, without making a text of every id of the table."""
    wanted = sorted({identity for identity in identities if identity})
    if not wanted:
        return [-1] * len(identities)
    column: pa.ChunkedArray = getattr(db, table)["id"]
    found = np.flatnonzero(pc.is_in(column, value_set=pa.array(wanted, pa.string())).to_numpy())
    rows = dict(zip(column.take(pa.array(found)).to_pylist(), found.tolist(), strict=True))
    missing = [identity for identity in wanted if identity not in rows]
    if missing:
        raise InventoryError(
            f"a finding names something that the table {table} of database {db.meta.name!r} does not have: "
            f"{missing[0]!r}",
            why="the finding would be attached to nothing",
            remedy="give the id of a row, or none",
        )
    return [rows[identity] if identity else -1 for identity in identities]


def _amounts(db: Database, rows: np.typing.NDArray[np.intp]) -> tuple[tuple[str, float], ...]:
    amounts = np.abs(db.column("findings", "amount")[rows])
    units = db.column("findings", "unit")[rows]
    stated = ~np.isnan(amounts)
    return tuple(
        (str(unit), float(amounts[stated & (units == unit)].sum())) for unit in sorted(set(units[stated]))
    )
