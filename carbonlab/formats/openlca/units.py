"""From the unit of an exchange to the reference unit of its flow.

An amount in the unit u of the flow property p is, in the reference unit of the flow,

    amount × (factor of u in its unit group) / (factor of p for this flow),

the factor of p being the amount of p in one reference unit of the flow. Factors are those of the file, also
where they are rounded, so that results can be compared with those of openLCA; a finding says how far off they
are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from carbonlab.errors import UnitError
from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.quantities import FlowQuantities, Quantity
from carbonlab.units import conversion_factor

ROUNDED = 1e-5
"""A factor of the file that differs by more than this part from the definition of the unit is reported."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How an amount of an exchange becomes one in the reference unit of its flow."""

    unit: str
    """Name of the exchange's unit."""
    factor: float
    by_definition: float = field(default=float("nan"))
    """What the definitions of the units say instead, where the file's factor is rounded; else NaN."""
    is_by_name: bool = False
    """Whether the unit was converted by its name, its unit group not being in the package."""


def conversion_of(exchange: Node, quantities: FlowQuantities, reference_unit: str) -> Conversion:
    """Return how the amount of an exchange becomes one in the reference unit of its flow.

    Parameters
    ----------
    exchange : Node
        The exchange, with its unit and flow property.
    quantities : FlowQuantities
        Flow properties of its flow.
    reference_unit : str
        Reference unit of its flow.

    Raises
    ------
    FormatError
        If the exchange has no unit, or one that its flow property does not know, or a flow property that its
        flow does not have.
    """
    unit = exchange.node("unit")
    if unit is None:
        raise exchange.error(
            "unit", "the exchange has no unit", why="its amount would mean nothing", remedy="state its unit"
        )
    identity, name = unit.text("@id"), unit.text("name")
    property_id = exchange.reference("flowProperty") or quantities.reference
    quantity = quantities.by_id.get(property_id)
    if quantity is None:
        raise exchange.error(
            "flowProperty",
            "the flow property of the exchange is not one of its flow",
            why="there is no factor to convert it with",
            remedy="add the flow property to the flow, with its factor, or use another one",
        )
    if quantity.per_reference <= 0:
        raise exchange.error(
            "flowProperty",
            f"the flow's factor for {quantity.name!r} is {quantity.per_reference:g}",
            why="amounts cannot be divided by it",
            remedy="correct the factor in the flow",
        )
    if quantity.group is None:
        return _by_name(exchange, name, quantity, reference_unit)
    factor = _factor_in_group(exchange, identity, name, quantity)
    exact = _definition(name, quantity.unit)
    rounded = exact is not None and abs(factor / exact - 1) > ROUNDED
    return Conversion(
        unit=name or quantity.unit,
        factor=factor / quantity.per_reference,
        by_definition=exact / quantity.per_reference if rounded and exact else float("nan"),
    )


def _factor_in_group(exchange: Node, identity: str, name: str, quantity: Quantity) -> float:
    assert quantity.group is not None
    factor = quantity.group.by_id.get(identity)
    if factor is not None:
        return factor
    factors = quantity.group.by_name.get(name, set()) if not identity else set()
    if len(factors) == 1:
        return next(iter(factors))
    raise exchange.error(
        "unit",
        f"the unit {name or identity!r} is not one of {quantity.name!r}"
        if not factors
        else f"several units of {quantity.name!r} are called {name!r}",
        why="its amount could not be converted to the reference unit of the flow",
        remedy=f"use a unit of its group, such as {quantity.unit}, by its id",
    )


def _by_name(exchange: Node, name: str, quantity: Quantity, reference_unit: str) -> Conversion:
    """Convert by what the units are called, since the package does not hold their group."""
    target = quantity.unit or reference_unit
    if name == target:
        return Conversion(name, 1 / quantity.per_reference)
    factor = _definition(name, target)
    if factor is None:
        raise exchange.error(
            "unit",
            f"the unit {name!r} cannot be converted to {target!r}, the reference unit of {quantity.name!r}",
            why="the unit group is not in the package, and the names of the units do not convert",
            remedy="export the package with its unit groups and flow properties",
        )
    return Conversion(name, factor / quantity.per_reference, is_by_name=True)


@lru_cache(maxsize=4096)
def _definition(unit: str, target: str) -> float | None:
    """Return the factor between two units by their definitions; None if one of them is not known."""
    try:
        return conversion_factor(unit, target)
    except UnitError:
        return None


def reference_unit_of(flow: Node, quantities: FlowQuantities, used_units: set[str]) -> tuple[str, bool]:
    """Return the reference unit of a flow, and whether it had to be taken from the exchanges.

    Where a package holds neither unit groups nor the name of the reference unit, the unit that every exchange
    of the flow uses serves as well: no amount is converted then.

    Raises
    ------
    FormatError
        If nothing says it and the exchanges do not agree.
    """
    unit = quantities.by_id[quantities.reference].unit
    if unit:
        return unit, False
    if len(used_units) == 1:
        return next(iter(used_units)), True
    raise flow.error(
        "flowProperties",
        "the reference unit of the flow is not known",
        why="the package holds no unit group for it, and its exchanges are in "
        + (", ".join(sorted(used_units)) or "no unit at all"),
        remedy="export the package with its unit groups and flow properties",
    )
