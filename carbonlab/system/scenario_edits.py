"""What each kind of change of a scenario does to a database, and when it leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import StudyError, UnitError
from carbonlab.inventory.database import Database
from carbonlab.inventory.edits import with_moved_amounts, with_numbers, with_words
from carbonlab.inventory.parameters import TOLERANCE, ParameterKey, ParameterTable
from carbonlab.units import check_convertible, conversion_factor

if TYPE_CHECKING:
    from carbonlab.system.scenario import Change

SHARE_TOLERANCE = 1e-6
EXCHANGE_SUBJECTS = ("amount", "provider", "year")


@dataclass(frozen=True)
class Mistake:
    """Why a change leads nowhere: column of the scenario table, what, remedy."""

    column: str
    what: str
    remedy: str


# -- which database a change is about -------------------------------------------------------------------


def holds(db: Database, change: Change) -> bool:
    """Whether a database has what a change is about."""
    return len(rows_of(db, change)) > 0


def rows_of(db: Database, change: Change) -> NDArray[np.intp]:
    """Return the rows of the table that a change is about: exchanges, parameters or allocation."""
    if change.subject in EXCHANGE_SUBJECTS:
        return np.flatnonzero(db.column("exchanges", "id") == change.id)
    if change.process and not db.has_process(change.process):
        return np.empty(0, np.intp)
    process = db.process_row(change.process) if change.process else -1
    if change.subject == "parameter":
        here = (db.column("parameters", "process") == process) & (db.column("parameters", "exchange") < 0)
        return np.flatnonzero(here & (db.column("parameters", "name") == change.id))
    flows = db.column("flows", "id")[db.column("allocation", "product")]
    whole = (db.column("allocation", "process") == process) & (db.column("allocation", "exchange") < 0)
    return np.flatnonzero(whole & (flows == change.id))


def not_one(parts: Sequence[Database], change: Change, count: int) -> Mistake:
    """Return the mistake of a change whose subject no database has, or several."""
    names = ", ".join(db.meta.name for db in parts)
    thing = {"parameter": "parameter", "share": "stated share of the co-product"}.get(
        change.subject, "exchange"
    )
    scope = f" of process {change.process!r}" if change.process else ""
    if count:
        return Mistake(
            "id", f"{count} databases have a {thing} {change.id!r}{scope}", "give them ids of their own"
        )
    remedy = {
        "parameter": "see the table parameters; name its process in the column process",
        "share": "see the table allocation; name the process in the column process",
    }.get(change.subject, "take the id from Database.process(...).exchanges")
    return Mistake("id", f"there is no {thing} {change.id!r}{scope} in {names}", remedy)


# -- checks ---------------------------------------------------------------------------------------------


def _check_number(change: Change) -> Iterator[Mistake]:
    if isinstance(change.value, str | bool) or not np.isfinite(change.value):
        yield Mistake("value", f"the value {change.value!r} is no number", "write a finite number")
    if change.unit and change.subject != "amount":
        yield Mistake(
            "unit",
            f"a {change.subject} takes no unit here",
            "leave it empty: the value is in the unit of the inventory",
        )


def _check_amount(db: Database, parts: Sequence[Database], change: Change) -> Iterator[Mistake]:
    yield from _check_number(change)
    flow_unit = _unit_of(db, change)
    if change.unit not in ("", flow_unit):
        try:
            check_convertible(change.unit, flow_unit)
        except UnitError as error:
            yield Mistake("unit", error.what, f"use {flow_unit} or what converts to it")


def _check_parameter(db: Database, parts: Sequence[Database], change: Change) -> Iterator[Mistake]:
    yield from _check_number(change)
    if db.column("parameters", "formula")[rows_of(db, change)[0]]:
        yield Mistake(
            "id",
            f"the parameter {change.id!r} is computed by a formula",
            "change the parameters that its formula uses",
        )


def _check_provider(db: Database, parts: Sequence[Database], change: Change) -> Iterator[Mistake]:
    owner = next((part for part in parts if part.has_process(str(change.value))), None)
    flow = db.column("flows", "id")[db.column("exchanges", "flow")[rows_of(db, change)[0]]]
    if owner is None:
        yield Mistake(
            "value",
            f"there is no process {change.value!r}",
            "take the id of a process of the study or its databases",
        )
    elif flow not in _supplied(owner, str(change.value)):
        yield Mistake(
            "value",
            f"process {change.value!r} neither makes nor treats {flow!r}",
            f"it supplies: {', '.join(sorted(_supplied(owner, str(change.value)))) or 'nothing'}",
        )


def _supplied(db: Database, process: str) -> set[str]:
    """Return the ids of the functional flows of a process."""
    rows = db.exchange_rows(db.process_row(process))
    is_input, is_avoided = (db.column("exchanges", name)[rows] for name in ("is_input", "is_avoided"))
    flow, is_reference = (db.column("exchanges", name)[rows] for name in ("flow", "is_reference"))
    is_product, is_waste = (db.is_word("flows", "kind", kind)[flow] for kind in ("product", "waste"))
    functional = (is_product & ~is_input & ~is_avoided) | (is_waste & is_input & is_reference)
    return set(db.column("flows", "id")[flow[functional]])


def _check_share(db: Database, parts: Sequence[Database], change: Change) -> Iterator[Mistake]:
    mistakes = list(_check_number(change))
    if not mistakes and not 0 <= float(change.value) <= 1:
        mistakes.append(
            Mistake(
                "value",
                f"the share {change.value:g} does not lie between 0 and 1",
                "write a share, not a percentage",
            )
        )
    yield from mistakes


def _check_year(db: Database, parts: Sequence[Database], change: Change) -> Iterator[Mistake]:
    yield from _check_number(change)


CHECKS: dict[str, Callable[[Database, Sequence[Database], Change], Iterator[Mistake]]] = {
    "amount": _check_amount,
    "parameter": _check_parameter,
    "provider": _check_provider,
    "share": _check_share,
    "year": _check_year,
}
"""Yield what is wrong with a change, by its subject; the database holds the subject."""


def shares_not_one(db: Database, process: str) -> Iterator[str]:
    """Yield the bases on which the stated shares of a process do not sum to one."""
    if not db.has_process(process):
        return
    here = (db.column("allocation", "process") == db.process_row(process)) & (
        db.column("allocation", "exchange") < 0
    )
    basis, share = db.column("allocation", "basis"), db.column("allocation", "share")
    for word in sorted(set(basis[here])):
        total = float(share[here & (basis == word)].sum())
        if abs(total - 1) > SHARE_TOLERANCE:
            yield f"process {process!r}, basis {word}: the shares sum to {total:.9g}"


# -- edits ----------------------------------------------------------------------------------------------


def with_amounts(db: Database, changes: Sequence[Change]) -> Database:
    """Return a database with other amounts; formulas of these exchanges give way, spreads move with the
    amounts.
    """
    if not changes:
        return db
    rows = _rows(db, changes)
    units = db.column("flows", "unit")[db.column("exchanges", "flow")[rows]]
    values = np.array(
        [
            float(change.value) * (1.0 if change.unit in ("", unit) else conversion_factor(change.unit, unit))
            for change, unit in zip(changes, units, strict=True)
        ]
    )
    plain = with_words(db, "exchanges", "formula", rows=rows, words=[""] * len(rows))
    return with_moved_amounts(plain, "exchanges", rows=rows, values=values)


def with_parameters(db: Database, changes: Sequence[Change]) -> Database:
    """Return a database with other values of input parameters, and everything that formulas make of them
    computed again.

    Amounts and dependent parameters that do not depend on the changed ones keep what is stored, to the
    last bit. Where some parameter
    of the database has no value at all, the stored values of dependent parameters stay: amounts never use
    them.
    """
    if not changes:
        return db
    table = ParameterTable.of(db)
    new = {ParameterKey(change.id, change.process): float(change.value) for change in changes}
    failing = table.failures()
    rows = np.array([row for row in table.exchange_rows if row not in failing], np.intp)
    before, after = table.evaluate(rows=rows), table.evaluate(new, rows=rows)
    moved = before != after
    _check_stored(db, rows[moved], before[moved])
    edited = with_moved_amounts(db, "exchanges", rows=rows[moved], values=after[moved])
    values: dict[ParameterKey, float] = dict(new)
    if not table.unused_failures() and not failing:
        old, now = table.parameter_values(), table.parameter_values(new)
        values |= {key: float(now[key]) for key in now if now[key] != old[key]}
    numbers = {key: row for row, key in enumerate(table.definitions.keys)}
    places = np.array([numbers[key] for key in values], np.intp)
    return with_moved_amounts(edited, "parameters", rows=places, values=np.array(list(values.values())))


def _check_stored(db: Database, rows: NDArray[np.intp], computed: NDArray[np.float64]) -> None:
    stored = db.column("exchanges", "amount")[rows]
    wrong = np.flatnonzero(
        np.abs(stored - computed) > TOLERANCE * np.maximum(np.abs(stored), np.abs(computed))
    )
    if wrong.size:
        row = int(rows[wrong[0]])
        raise StudyError(
            f"the stored amount {stored[wrong[0]]:.9g} of an exchange is not what its formula gives: "
            f"{computed[wrong[0]]:.9g}",
            where=f"exchange {db.exchanges['id'][row].as_py()!r} of {db.meta.name}"
            + (f", and {wrong.size - 1} more" if wrong.size > 1 else ""),
            why="under other parameters it would jump by the mismatch too, which is no part of the scenario",
            remedy="correct the amount or the formula, or change the amount itself in the scenario",
        )


def with_providers(db: Database, changes: Sequence[Change]) -> Database:
    """Return a database with other suppliers; the exchanges keep their ids, and with them their random
    streams.
    """
    if not changes:
        return db
    return with_words(
        db, "exchanges", "provider", rows=_rows(db, changes), words=[str(change.value) for change in changes]
    )


def with_shares(db: Database, changes: Sequence[Change]) -> Database:
    """Return a database with other stated shares of co-products."""
    for change in changes:
        rows = rows_of(db, change)
        db = with_numbers(
            db, "allocation", "share", rows=rows, values=np.full(len(rows), float(change.value))
        )
    return db


def with_years(db: Database, changes: Sequence[Change]) -> Database:
    """Return a database with other years of links [a after the reference year]."""
    if not changes:
        return db
    values = np.array([float(change.value) for change in changes])
    return with_numbers(db, "exchanges", "year_offset", rows=_rows(db, changes), values=values)


def _rows(db: Database, changes: Sequence[Change]) -> NDArray[np.intp]:
    return np.array([int(rows_of(db, change)[0]) for change in changes], np.intp)


def _unit_of(db: Database, change: Change) -> str:
    row = int(rows_of(db, change)[0])
    return str(db.flows["unit"][db.exchanges["flow"][row].as_py()].as_py())
