"""What the owner of data says of balances that do not close: kept as findings of the database."""

from __future__ import annotations

from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.vocabulary import BalanceKind, Severity

CODES = {kind: f"{kind}_balance_open" for kind in BalanceKind}
"""Code of the finding that explains an open balance."""


def open_balance(process: str, kind: BalanceKind, explanation: str) -> Finding:
    """Return the finding that explains why a balance of a process does not close."""
    return Finding(code=CODES[kind], severity=Severity.INFO, process=process, detail=explanation)


def open_balances(db: Database) -> dict[tuple[str, BalanceKind], str]:
    """Return what the owner of the data says of each open balance, by process id and kind."""
    kind_of_code = {code: kind for kind, code in CODES.items()}
    processes = db.column("processes", "id")
    rows = zip(
        db.column("findings", "code"),
        db.column("findings", "process"),
        db.column("findings", "detail"),
        strict=True,
    )
    return {
        (str(processes[process]), kind_of_code[code]): str(detail)
        for code, process, detail in rows
        if code in kind_of_code and process >= 0
    }
