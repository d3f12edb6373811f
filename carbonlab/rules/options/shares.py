"""Shares of co-products by a basis: which processes offer it, and the weight or number of each column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from carbonlab.errors import InventoryError
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.rules.work import Work
from carbonlab.units import conversion_factor, is_convertible
from carbonlab.vocabulary import Basis

PROPERTY_UNIT: dict[str, tuple[str, ...]] = {
    "mass": ("kg",),
    "energy": ("MJ",),
    "carbon": ("kg C", "kg"),
    "biogenic_carbon": ("kg C", "kg"),
}
"""Units in which a property counts: the first that what is stated converts to. Others keep their own unit."""

MEASURED = (Basis.MASS, Basis.ENERGY)
"""Properties that a flow need not state if it is measured in them."""

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the columns by one basis.

    Attributes
    ----------
    offered : bool array (processes,)
        Which processes offer the basis for every one of their functional flows.
    weight : float array (columns,)
        Property per reference unit; NaN for stated numbers.
    number : float array (columns,)
        Nominal share.
    by_exchange : mapping of (exchange row, column) to share
        Stated shares of single exchanges; they go before `number`.
    """

    offered: BoolArray
    weight: FloatArray
    number: FloatArray
    by_exchange: dict[tuple[int, int], float] = field(default_factory=dict)

    def of(self, exchanges: IntArray, columns: IntArray) -> FloatArray:
        """Return the share (pairs,) of each (exchange, column) pair."""
        share = self.number[columns].copy()
        for position, pair in enumerate(
            zip(exchanges.tolist(), columns.tolist(), strict=True) if self.by_exchange else ()
        ):
            share[position] = self.by_exchange.get(pair, share[position])
        return share


def shares_by(work: Work, basis: str) -> Shares:
    """Return the shares of all columns by a basis: a property name, ``stated``, ``equal`` or ``reference_flow``."""
    columns = work.columns
    count = np.bincount(columns.process, minlength=work.database.processes.num_rows)
    if basis == Basis.STATED:
        return _stated(work)
    unknown = np.full(len(columns), np.nan)
    if basis == Basis.EQUAL:
        return Shares(count > 0, unknown, 1 / count[columns.process])
    if basis == Basis.REFERENCE:
        is_reference = work.database.column("exchanges", "is_reference")
        number = is_reference[work.technosphere.exchange[columns.entry]].astype(float)
        return Shares(_sums(work, number) == 1, unknown, number)
    weight = property_of_columns(work, basis)
    number = _shares(work, weight)
    offered = (count > 0) & ~_any(work, np.isnan(number) | (number < 0))
    return Shares(offered, weight, number)


def property_of_columns(work: Work, name: str) -> FloatArray:
    """Return a property of every column per reference unit of its flow (columns,); NaN where it is unknown.

    A value that holds in one process goes before one that holds everywhere; a flow measured in the
    property's own unit needs none.

    Raises
    ------
    InventoryError
        If a property is stated in a unit that does not measure it.
    """
    database, columns = work.database, work.columns
    value = np.full(len(columns), np.nan)
    if name in MEASURED:
        value = _property_of_unit(database.column("flows", "unit"), PROPERTY_UNIT[name][0])[columns.flow]
    rows = np.flatnonzero(database.is_word("properties", "name", name))
    flow, process = database.column("properties", "flow"), database.column("properties", "process")
    units = database.column("properties", "unit")
    values = database.column("properties", "value") * _unit_factors(work, name, rows, units)
    for row in sorted(rows, key=lambda r: process[r] >= 0):
        here = columns.flow == flow[row]
        if process[row] >= 0:
            here &= columns.process == process[row]
        value[here] = values[row]
    return _one_unit(work, name, value, rows, units)


def _unit_factors(work: Work, name: str, rows: IntArray, units: np.ndarray) -> FloatArray:
    """Return what turns stated values (properties,) into the unit in which the property counts."""
    factors = np.ones(len(units))
    if name not in PROPERTY_UNIT:
        return factors
    for unit in set(units[rows]):
        wanted = next((w for w in PROPERTY_UNIT[name] if is_convertible(unit, w)), None)
        if wanted is None:
            row = int(rows[units[rows] == unit][0])
            flow = int(work.database.column("properties", "flow")[row])
            raise InventoryError(
                f"the property {name!r} is stated in {unit!r}",
                where=f"flow {work.database.flows['name'][flow].as_py()!r}",
                why=f"shares would be computed of numbers that are not in {PROPERTY_UNIT[name][0]}",
                remedy=f"state it in {PROPERTY_UNIT[name][0]} per unit of the flow, or in what converts to it",
            )
        factors[units == unit] = conversion_factor(unit, wanted)
    return factors


def _one_unit(work: Work, name: str, value: FloatArray, rows: IntArray, units: np.ndarray) -> FloatArray:
    """Blank the property of processes whose products state it in different units (two currencies cannot be added)."""
    if name in PROPERTY_UNIT or len(set(units[rows])) < 2:
        return value
    flow = work.database.column("properties", "flow")
    unit_of_flow = dict(zip(flow[rows].tolist(), units[rows], strict=True))
    unit = np.array([unit_of_flow.get(f, "") for f in work.columns.flow.tolist()], object)
    for process in np.unique(work.columns.process):
        own = work.columns.process == process
        if len(set(unit[own])) > 1:
            value[own] = np.nan
    return value


def _property_of_unit(units: np.ndarray, wanted: str) -> FloatArray:
    factor = {
        unit: conversion_factor(unit, wanted) if is_convertible(unit, wanted) else np.nan
        for unit in set(units)
    }
    return np.array([factor[unit] for unit in units], float)


def _shares(work: Work, weight: FloatArray) -> FloatArray:
    columns = work.columns
    output = np.abs(work.amounts[work.technosphere.exchange[columns.entry]])
    part = weight * output
    total = _sums(work, part)[columns.process]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, part / total, np.nan)


def _sums(work: Work, values: FloatArray) -> FloatArray:
    total = np.zeros(work.database.processes.num_rows)
    np.add.at(total, work.columns.process, values)
    return total


def _any(work: Work, condition: BoolArray) -> BoolArray:
    found = np.zeros(work.database.processes.num_rows, bool)
    found[work.columns.process[condition]] = True
    return found


def _stated(work: Work) -> Shares:
    """Stated shares: those of a whole process sum to one over its products, or those of every single exchange do."""
    database, columns = work.database, work.columns
    column_of = {
        pair: c for c, pair in enumerate(zip(columns.process.tolist(), columns.flow.tolist(), strict=True))
    }
    number = np.full(len(columns), np.nan)
    by_exchange: dict[tuple[int, int], float] = {}
    table = {
        name: database.column("allocation", name)
        for name in ("process", "product", "exchange", "share", "basis")
    }
    default = database.column("processes", "default_basis")
    rank = [0 if b == default[p] else 1 for p, b in zip(table["process"], table["basis"], strict=True)]
    for row in sorted(
        range(len(rank)), key=lambda r: -rank[r]
    ):  # the supplier's default basis is written last and wins
        column = column_of.get((int(table["process"][row]), int(table["product"][row])))
        if column is None:
            continue
        if table["exchange"][row] < 0:
            number[column] = table["share"][row]
        else:
            by_exchange[int(table["exchange"][row]), column] = float(table["share"][row])
    whole = np.abs(_sums(work, number) - 1) <= SUM_TOLERANCE
    whole &= np.bincount(columns.process, minlength=database.processes.num_rows) > 0
    single = _every_exchange_shared(work, by_exchange)
    return Shares(whole | single, np.full(len(columns), np.nan), np.nan_to_num(number), by_exchange)


def _every_exchange_shared(work: Work, by_exchange: dict[tuple[int, int], float]) -> BoolArray:
    shared = np.zeros(work.database.processes.num_rows, bool)
    if not by_exchange:
        return shared
    total = np.zeros(work.database.exchanges.num_rows)
    for (exchange, _), share in by_exchange.items():
        total[exchange] += share
    process = work.database.column("exchanges", "process")
    shared[process[total > 0]] = True
    functional = np.zeros(len(total), bool)
    functional[work.technosphere.exchange[work.columns.entry]] = True
    shared[process[~functional & (np.abs(total - 1) > SUM_TOLERANCE)]] = False
    return shared
