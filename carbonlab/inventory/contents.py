"""Mass, carbon and energy in one unit of each flow: from its unit, stated properties and chemical formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.chemical_formula import mass_shares
from carbonlab.inventory.database import Database
from carbonlab.units import conversion_factor, is_convertible
from carbonlab.vocabulary import BalanceKind, FlowKind, Role

MASSLESS = ("MJ", "t*km", "h", "m2*a", "Bq", "km", "EUR 2020")
"""A flow in a unit that converts to one of these is a service, heat or area: it has no mass of its own."""

SERVICES = (Role.ELECTRICITY, Role.HEAT, Role.TRANSPORT, Role.AIR_TRANSPORT, Role.CAPITAL_GOOD)
"""What a flow of such a role is measured in is not its mass: a kilogram of fuel burned is heat."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What exchanges move of mass, carbon and energy; NaN where nobody says."""

    mass: FloatArray
    """Mass of each exchange (exchanges,) [kg], without sign."""
    carbon: FloatArray
    """Carbon of each exchange (exchanges,) [kg C]."""
    energy: FloatArray
    """Net calorific value, electricity or heat of each exchange (exchanges,) [MJ]; 0 where none is stated."""
    oxygen: FloatArray
    """Oxygen of each exchange (exchanges,) [kg], where the chemical formula is known, else 0."""
    nitrogen: FloatArray
    """Nitrogen, likewise [kg]."""
    is_composition_known: NDArray[np.bool_]
    """Whether the chemical formula of a flow (flows,) can be read."""


def contents_of(db: Database) -> Contents:
    """Return what each exchange moves.

    The mass of a flow is its property `mass`, else its unit if that is one of mass; services (by unit or role)
    and capital goods have none. Its carbon is the property `carbon`, else `biogenic_carbon`, else that of the
    chemical formula. Its energy is the property `energy`, else its unit.
    """
    flow, process = db.column("exchanges", "flow"), db.column("exchanges", "process")
    amount = np.abs(db.column("exchanges", "amount"))
    shares = [mass_shares(str(formula)) for formula in db.column("flows", "formula")]
    mass = _stated(db, BalanceKind.MASS, flow, process, _mass_by_unit(db))
    from_formula = np.array([np.nan if known is None else known.get("C", 0.0) for known in shares])
    by_formula = _per_flow(from_formula, mass, flow)
    biogenic = _stated(db, "biogenic_carbon", flow, process, np.full(db.flows.num_rows, np.nan))
    carbon = _stated(db, BalanceKind.CARBON, flow, process, np.full(db.flows.num_rows, np.nan))
    carbon = np.where(np.isnan(carbon), biogenic, carbon)
    carbon = np.where(np.isnan(carbon), by_formula, carbon)
    carbon = np.where(np.isnan(carbon) & (mass == 0), 0.0, carbon)
    elements = {
        element: np.array([0.0 if known is None else known.get(element, 0.0) for known in shares])
        for element in ("O", "N")
    }
    return Contents(
        mass=amount * mass,
        carbon=amount * carbon,
        energy=amount * _stated(db, BalanceKind.ENERGY, flow, process, _energy_by_unit(db)),
        oxygen=np.nan_to_num(amount * _per_flow(elements["O"], mass, flow)),
        nitrogen=np.nan_to_num(amount * _per_flow(elements["N"], mass, flow)),
        is_composition_known=np.array([known is not None for known in shares], dtype=np.bool_),
    )


def _per_flow(share: FloatArray, mass: FloatArray, flow: NDArray[np.int32]) -> FloatArray:
    return np.asarray(share[flow] * mass)


def _mass_by_unit(db: Database) -> FloatArray:
    """Return the mass of one unit of each flow (flows,) [kg] as far as its unit tells; NaN else."""
    by_unit = {unit: _mass_of_unit(str(unit)) for unit in set(db.column("flows", "unit"))}
    mass = np.array([by_unit[unit] for unit in db.column("flows", "unit")], dtype=np.float64)
    mass[db.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)] = 0.0
    services = db.column("roles", "flow")[db.is_word("roles", "role", *SERVICES)]
    mass[services[services >= 0]] = 0.0
    return mass


def _mass_of_unit(unit: str) -> float:
    if is_convertible(unit, "kg"):
        return conversion_factor(unit, "kg")
    return 0.0 if any(is_convertible(unit, service) for service in MASSLESS) else np.nan


def _energy_by_unit(db: Database) -> FloatArray:
    """Return the energy of one unit of each flow (flows,) [MJ] as far as its unit tells; 0 else."""
    by_unit = {
        unit: conversion_factor(str(unit), "MJ") if is_convertible(str(unit), "MJ") else 0.0
        for unit in set(db.column("flows", "unit"))
    }
    return np.array([by_unit[unit] for unit in db.column("flows", "unit")], dtype=np.float64)


def _stated(
    db: Database,
    name: str,
    flow: NDArray[np.int32],
    process: NDArray[np.int32],
    otherwise: FloatArray,
) -> FloatArray:
    """Return a property per unit of the flow of each exchange; what holds in one process goes before."""
    rows = np.flatnonzero(db.is_word("properties", "name", name))
    of_flow = db.column("properties", "flow")[rows]
    of_process = db.column("properties", "process")[rows]
    value = db.column("properties", "value")[rows]
    everywhere = of_process < 0
    general = otherwise.copy()
    general[of_flow[everywhere]] = value[everywhere]
    found = general[flow]
    for where, of, number in zip(
        of_process[~everywhere], of_flow[~everywhere], value[~everywhere], strict=True
    ):
        found[(process == where) & (flow == of)] = number
    return np.asarray(found)
