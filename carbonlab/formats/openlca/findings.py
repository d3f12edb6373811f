"""Adding findings to a database that is already built."""

from __future__ import annotations

from collections.abc import Iterable

from carbonlab.inventory.columns import with_rows
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in an order that depends on nothing but themselves."""
    return sorted(
        findings, key=lambda f: (f.code, f.process, f.flow, f.exchange, f.detail, f.unit, str(f.amount))
    )


def with_findings(db: Database, findings: Iterable[Finding]) -> Database:
    """Return a database that has further findings, after those that it has.

    Parameters
    ----------
    db : Database
    findings : iterable of Finding
        About processes, flows and exchanges of this database.

    Raises
    ------
    NotFoundError
        If a finding is about a process, flow or exchange that the database does not have.
    """
    added = sorted_findings(findings)
    if not added:
        return db
    exchanges = {finding.exchange for finding in added} - {""}
    ids = db.column("exchanges", "id") if exchanges else ()
    rows = {identity: row for row, identity in enumerate(ids) if identity in exchanges}
    columns = {
        "code": [finding.code for finding in added],
        "severity": [finding.severity for finding in added],
        "process": [db.process_row(finding.process) if finding.process else -1 for finding in added],
        "flow": [db.flow_row(finding.flow) if finding.flow else -1 for finding in added],
        "exchange": [rows[finding.exchange] if finding.exchange else -1 for finding in added],
        "amount": [finding.amount for finding in added],
        "unit": [finding.unit for finding in added],
        "detail": [finding.detail for finding in added],
    }
    return db.with_tables(findings=with_rows(db.findings, columns))
