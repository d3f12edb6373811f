"""Units of the tables: from the unit of a row to the unit that the database keeps."""

from __future__ import annotations

import math

from carbonlab.errors import UnitError
from carbonlab.formats.tables.layout import PRICE, STANDARD_PROPERTY_UNITS
from carbonlab.formats.tables.problems import quoted
from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.records import Flow
from carbonlab.messages import message
from carbonlab.units import conversion_factor, dimension, is_convertible
from carbonlab.vocabulary import FlowKind

CO2E = "kg CO2e"
MASS_OF_CO2E = "kg"
"""Also understood as the unit of an aggregated CO2e flow."""


def check_unit_of_flow(row: Row, flow: Flow) -> None:
    """Note a mistake if the unit of a flow is unknown, or if an aggregated CO2e flow is not in kilograms."""
    if not _is_known(row, flow.unit) or flow.kind is not FlowKind.AGGREGATED_CO2E:
        return
    is_kilogram = is_convertible(flow.unit, CO2E) and conversion_factor(flow.unit, CO2E) == 1
    if not is_kilogram and flow.unit != MASS_OF_CO2E:
        row.report(
            "unit",
            f"an aggregated CO2e flow is in {quoted(flow.unit)}",
            f"write {CO2E}: its factor is 1 under every rule set; amounts may be in g CO2e or t CO2e",
        )


def factor_to_unit(row: Row, unit: str, *, target: str, of: str) -> float:
    """Return what an amount in `unit` is multiplied by to be in `target` [-].

    NaN, and a mistake noted, if the units do not convert.
    """
    if not unit or not target or not _is_known(row, unit):
        return math.nan
    try:
        return conversion_factor(unit, target)
    except UnitError as error:
        row.report(
            "unit",
            message("tables.unit_differs", trouble=error.what, target=quoted(target), of=of),
            message("tables.unit_mend", target=target),
        )
        return math.nan


def standard_property(row: Row, name: str, value: float, unit: str) -> tuple[float, str]:
    """Return the value of a property and its unit as the database keeps them.

    Mass is kept in kg, energy in MJ, carbon in kg C; prices and properties of other names keep their unit.
    """
    if not _is_known(row, unit):
        return value, unit
    if name == PRICE and not dimension(unit).startswith("price in"):
        row.report(
            "unit",
            f"the unit of a price is {quoted(unit)}, no currency",
            "write the code of the currency, with the year of the price if it is known: EUR, or EUR 2020",
        )
    if name not in STANDARD_PROPERTY_UNITS:
        return value, unit
    target = STANDARD_PROPERTY_UNITS[name]
    return value * factor_to_unit(
        row, unit, target=target, of=message("tables.of_property", name=name)
    ), target


def factor_per_reference(row: Row, value: float, unit: str, flow: Flow) -> float:
    """Return a characterization factor [kg CO2e per reference unit of the flow].

    The unit is that of the effect per reference unit, ``kg CO2e``, or says both, ``g CO2e/kg``.
    """
    if not unit or not _is_known(row, unit):
        return math.nan
    target = f"{CO2E}/({flow.unit})" if "/" in unit else CO2E
    of = message("tables.of_factors", id=quoted(flow.id))
    return value * factor_to_unit(row, unit, target=target, of=of)


def _is_known(row: Row, unit: str) -> bool:
    try:
        conversion_factor(unit, unit)
    except UnitError as error:
        row.report("unit", error.what, error.remedy)
        return False
    return True
