"""Formulas of the tables: what they give, and the mistakes in them at the row where each was made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from carbonlab.errors import FormulaError
from carbonlab.formats.tables.exchanges import Draft
from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.database import Database
from carbonlab.inventory.parameters import TOLERANCE, ParameterTable
from carbonlab.inventory.parameters.dependencies import evaluation_order
from carbonlab.inventory.records import Parameter


def with_calculated_amounts(
    db: Database, drafts: Sequence[Draft], parameters: Sequence[tuple[Row, Parameter]]
) -> tuple[Draft, ...]:
    """Return exchanges in which formulas have given the amounts that were not stated.

    Parameters
    ----------
    db : Database
        The tables as far as they were read; exchanges in the order of `drafts`, amounts still missing.
    drafts : sequence of Draft
        Its exchanges.
    parameters : sequence of (Row, Parameter)
        Its parameters.
    """
    table = ParameterTable.of(db)
    rows = [row for row, _ in parameters] + [drafts[number].row for number in table.exchange_rows]
    told = _report_definitions(table, rows) | _unread_values(table, rows)
    failures = table.failures()
    for number, error in failures.items():
        _report_failure(drafts[number].row, error, told)
    row_of_key = dict(zip(table.definitions.keys, (row for row, _ in parameters), strict=True))
    for key, error in table.unused_failures().items():
        _report_failure(row_of_key[key], error, told)
    _check_stored_parameters(table, failures, parameters, told)
    in_row_units = ParameterTable(table.definitions, np.ones(len(table.exchange_rows)))
    good = [int(number) for number in table.exchange_rows if number not in failures]
    calculated = list(drafts)
    for number, value in zip(good, in_row_units.evaluate(rows=good), strict=True):
        calculated[number] = _with_value(drafts[number], float(value))
    return tuple(calculated)


def _report_definitions(table: ParameterTable, rows: Sequence[Row]) -> set[str]:
    """Note formulas that cannot be read, unknown names and circles; return their words."""
    items = table.definitions.items
    _, loops = evaluation_order(items)
    told: set[str] = set()
    for number, item in enumerate(items):
        error = item.problem or loops.get(number)
        if error is not None and (item.problem or error.what not in told):
            _report(rows[number], error)
            told.add(error.what)
    return told


def _unread_values(table: ParameterTable, rows: Sequence[Row]) -> set[str]:
    """Return the words about parameters without a value because their own cell could not be read: noted there."""
    return {
        f"the parameter {item.label!r} has no value"
        for item, row in zip(table.definitions.items, rows, strict=True)
        if row.is_spoiled("amount") or row.is_spoiled("formula")
    }


def _report_failure(row: Row, error: FormulaError, told: set[str]) -> None:
    """Note a formula without a value, unless the mistake that it comes from was noted where it was made."""
    if error.what in told:
        row.hold_back("formula")
    elif not row.is_spoiled("formula") and not row.is_spoiled("amount"):
        _report(row, error, error.where)


def _report(row: Row, error: FormulaError, where: str = "") -> None:
    what = error.what.splitlines()[0] + (f" ({where})" if where else "")
    row.report("formula", what, error.remedy or "correct the formula")


def _with_value(draft: Draft, value: float) -> Draft:
    """Return an exchange with the value of its formula; a stated amount that is the same stays."""
    stated = draft.exchange.published_amount
    assert stated is not None
    if math.isnan(stated):
        amount = value * draft.exchange.unit_factor
        return replace(draft, exchange=replace(draft.exchange, published_amount=value, amount=amount))
    _check_same(draft.row, stated, value)
    return draft


def _check_same(row: Row, stated: float, value: float) -> None:
    if abs(stated - value) > TOLERANCE * max(abs(stated), abs(value)) and not row.is_spoiled("amount"):
        row.report(
            "amount",
            f"the amount is {stated:.9g}, but the formula beside it gives {value:.9g}",
            "correct one of the two, or empty amount: the formula gives it",
        )


def _check_stored_parameters(
    table: ParameterTable, failures: object, parameters: Sequence[tuple[Row, Parameter]], told: set[str]
) -> None:
    """Compare stated amounts of parameters with their formulas."""
    if failures or told or table.unused_failures():
        return
    values = table.parameter_values()
    for key, (row, parameter) in zip(table.definitions.keys, parameters, strict=True):
        if parameter.formula and not math.isnan(parameter.amount):
            _check_same(row, parameter.amount, float(values[key]))
