"""What exchanges weigh and the energy that they hold, from their units and stated properties."""

from __future__ import annotations

import numpy as np

from carbonlab.errors import InventoryError
from carbonlab.rules.entries import FloatArray
from carbonlab.rules.options.shares import PROPERTY_UNIT
from carbonlab.rules.work import Work
from carbonlab.units import conversion_factor, is_convertible


def contents_of_exchanges(work: Work, name: str) -> FloatArray:
    """Return the mass [kg] or energy [MJ] of every exchange (exchanges,); NaN where it is not known.

    A value stated for the process itself goes before one stated for the process that supplies the flow, and
    this before one that holds everywhere. A flow measured in the property's own unit needs none.

    Parameters
    ----------
    work : Work
        Where suppliers are linked.
    name : str
        ``mass`` or ``energy``.

    Raises
    ------
    InventoryError
        If the property is stated in a unit that does not measure it.
    """
    database, wanted = work.database, PROPERTY_UNIT[name][0]
    flow, process = database.column("exchanges", "flow"), database.column("exchanges", "process")
    provider = np.full(len(flow), -1, np.int64)
    provider[work.technosphere.exchange] = work.technosphere.provider
    per_unit = _of_units(database.column("flows", "unit"), wanted)[flow]
    table = {column: database.column("properties", column) for column in ("flow", "process", "value", "unit")}
    rows = np.flatnonzero(database.is_word("properties", "name", name))
    for rank in (_everywhere, _of_supplier, _of_process):
        for row in rows:
            here = rank(int(table["process"][row]), process, provider) & (flow == table["flow"][row])
            per_unit[here] = table["value"][row] * _factor(
                work, name, int(table["flow"][row]), table["unit"][row]
            )
    return np.asarray(np.abs(work.amounts) * per_unit)


def _everywhere(stated_for: int, process: np.ndarray, provider: np.ndarray) -> np.ndarray:
    return np.full(len(process), stated_for < 0)


def _of_supplier(stated_for: int, process: np.ndarray, provider: np.ndarray) -> np.ndarray:
    return np.asarray((provider == stated_for) & (stated_for >= 0))


def _of_process(stated_for: int, process: np.ndarray, provider: np.ndarray) -> np.ndarray:
    return np.asarray((process == stated_for) & (stated_for >= 0))


def _of_units(units: np.ndarray, wanted: str) -> FloatArray:
    factor = {u: conversion_factor(u, wanted) if is_convertible(u, wanted) else np.nan for u in set(units)}
    return np.array([factor[unit] for unit in units], float)


def _factor(work: Work, name: str, flow: int, unit: str) -> float:
    wanted = PROPERTY_UNIT[name][0]
    if not is_convertible(unit, wanted):
        raise InventoryError(
            f"the property {name!r} is stated in {unit!r}",
            where=f"flow {work.database.flows['name'][flow].as_py()!r}",
            why=f"shares would be computed of numbers that are not in {wanted}",
            remedy=f"state it in {wanted} per unit of the flow, or in what converts to it",
        )
    return conversion_factor(unit, wanted)
