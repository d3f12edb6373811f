"""Parameters of a database, and the exchanges whose amounts are formulas of them.

A name in a formula means the parameter of the narrowest scope that has it: exchange, then process, then
database. The formula of a parameter sees its own scope and the wider ones. Values are numbers, or one number
per draw; derivatives are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import Dialect
from carbonlab.inventory.parameters.table import ParameterTable
from carbonlab.inventory.records import Finding

if TYPE_CHECKING:
    from carbonlab.inventory.database import Database

TOLERANCE = 1e-6
"""Relative difference up to which a formula reproduces a stored amount [-]."""


def check_formulas(
    db: Database, *, dialect: Dialect = Dialect.OPENLCA, tolerance: float = TOLERANCE
) -> list[Finding]:
    """Return what is wrong with the formulas of a database.

    Parameters
    ----------
    db : Database
    dialect : Dialect
        Whose rules its formulas follow.
    tolerance : float
        Relative difference to the stored amount that does not count [-].

    Returns
    -------
    list of Finding
        ``formula_error``: the formula of an exchange, or of a parameter that no exchange uses, has no value;
        ``formula_mismatch``: the formula of an exchange does not give the stored amount. Each stands for the
        stored amount.
    """
    table = ParameterTable.of(db, dialect=dialect)
    failures = table.failures()
    findings = [
        _exchange_finding(db, row, "formula_error", f"formula {_text(db, row)}: {_in_short(error)}")
        for row, error in failures.items()
    ]
    rows = np.array([row for row in table.exchange_rows if row not in failures], dtype=np.intp)
    given = table.evaluate(rows=rows)
    stored = db.column("exchanges", "amount")[rows]
    for i in _mismatches(given, stored, tolerance):
        detail = f"formula {_text(db, rows[i])} gives {given[i]:.9g}, stored is {stored[i]:.9g}"
        findings.append(_exchange_finding(db, rows[i], "formula_mismatch", detail))
    for key, error in table.unused_failures().items():
        detail = f"parameter {key.name!r}: {_in_short(error)}"
        findings.append(
            Finding(code="formula_error", process=key.process, exchange=key.exchange, detail=detail)
        )
    return findings


def with_formula_amounts(db: Database, *, dialect: Dialect = Dialect.OPENLCA) -> Database:
    """Return a database in which exchanges with a formula but no amount have the amount that it gives.

    Stored amounts stay as they are.

    Raises
    ------
    FormulaError
        If such a formula has no value.
    """
    table = ParameterTable.of(db, dialect=dialect)
    amounts = db.column("exchanges", "amount").copy()
    rows = table.exchange_rows[np.isnan(amounts[table.exchange_rows])]
    if not rows.size:
        return db
    published = db.column("exchanges", "published_amount").copy()
    amounts[rows] = table.evaluate(rows=rows)
    published[rows] = amounts[rows] / db.column("exchanges", "unit_factor")[rows]
    exchanges = db.exchanges
    for name, values in (("amount", amounts), ("published_amount", published)):
        place = exchanges.schema.get_field_index(name)
        exchanges = exchanges.set_column(place, exchanges.schema.field(place), pa.array(values))
    return db.with_tables(exchanges=exchanges)


def _mismatches(
    given: NDArray[np.float64], stored: NDArray[np.float64], tolerance: float
) -> NDArray[np.intp]:
    """Return where two amounts differ; a stored amount that is missing differs from nothing."""
    scale = np.maximum(np.abs(given), np.abs(stored))
    return np.flatnonzero(np.abs(given - stored) > tolerance * scale)


def _exchange_finding(db: Database, row: int, code: str, detail: str) -> Finding:
    flow = db.exchanges["flow"][int(row)].as_py()
    return Finding(
        code=code,
        process=db.processes["id"][db.exchanges["process"][int(row)].as_py()].as_py(),
        flow=db.flows["id"][flow].as_py(),
        exchange=db.exchanges["id"][int(row)].as_py(),
        amount=db.exchanges["amount"][int(row)].as_py(),
        unit=db.flows["unit"][flow].as_py() or "",
        detail=detail,
    )


def _text(db: Database, row: int) -> str:
    return repr(db.exchanges["formula"][int(row)].as_py())


def _in_short(error: FormulaError) -> str:
    """Return an error in one line, without the drawing of the formula."""
    return f"{error.what.splitlines()[0]} ({error.where})"
