"""Properties of flows that allocation may use, from flow properties and from the prices of exchanges."""

from __future__ import annotations

import re

from carbonlab.errors import UnitError
from carbonlab.formats.openlca.flows import ReadFlow
from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.quantities import Quantity
from carbonlab.formats.openlca.reference_data import ReferenceData
from carbonlab.inventory.records import Exchange, FlowProperty, Provenance
from carbonlab.units import conversion_factor
from carbonlab.vocabulary import FlowKind, ValueKind

STANDARD = {
    "mass": ("mass", "kg"),
    "net calorific value": ("energy", "MJ"),
    "lower calorific value": ("energy", "MJ"),
    "energy": ("energy", "MJ"),
    "carbon content": ("carbon", "kg C"),
    "biogenic carbon content": ("biogenic_carbon", "kg C"),
}
"""Name of a flow property, in small letters: what allocation calls it; the first of a flow counts."""

PRICE = "price"

_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def properties_of_flow(read: ReadFlow) -> list[FlowProperty]:
    """Return the properties of a flow per its reference unit, sorted by name.

    Products and waste get each of their flow properties, mass in kg, energy in MJ and carbon in kg C;
    elementary flows only those beside their reference flow property, such as the energy of a resource.
    """
    flow, quantities = read.flow, read.quantities
    found: dict[str, FlowProperty] = {}
    ranked = sorted(quantities.by_id.items(), key=lambda item: (_rank(item[1]), item[0]))
    for identity, quantity in ranked:
        is_reference = identity == quantities.reference
        if quantity.per_reference <= 0 or (is_reference and flow.kind is FlowKind.ELEMENTARY):
            continue
        unit = quantity.unit or (flow.unit if is_reference else "")
        name, value, unit = _standard(quantity, unit)
        if name in found:
            name = f"{name}_{len(found) + 1}"
        found[name] = FlowProperty(flow=flow.id, name=name, value=value, unit=unit)
    return [found[name] for name in sorted(found)]


def _rank(quantity: Quantity) -> int:
    names = list(STANDARD)
    name = quantity.name.casefold()
    return names.index(name) if name in names else len(names)


def _standard(quantity: Quantity, unit: str) -> tuple[str, float, str]:
    """Return name, value and unit of a property, in the unit that its name asks for where there is one."""
    name = _NOT_A_LETTER.sub("_", quantity.name.casefold()).strip("_") or "property"
    if quantity.is_economic:
        return PRICE, quantity.per_reference, unit
    if quantity.name.casefold() not in STANDARD:
        return name, quantity.per_reference, unit
    standard, target = STANDARD[quantity.name.casefold()]
    try:
        factor = conversion_factor(unit, target.removesuffix(" C"))
    except UnitError:
        return f"{name}_in_other_unit", quantity.per_reference, unit
    return standard, quantity.per_reference * factor, target


def price_of_exchange(
    node: Node, exchange: Exchange, process: str, data: ReferenceData
) -> FlowProperty | None:
    """Return the price of a product in its process, per reference unit, from the costs of the exchange."""
    if not node.has("costValue") or exchange.amount == 0:
        return None
    currency = data.currency(node)
    if not currency:
        raise node.error(
            "currency",
            "the costs of the exchange have no currency",
            why="prices in different currencies cannot be compared",
            remedy="state the currency",
        )
    return FlowProperty(
        flow=exchange.flow,
        name=PRICE,
        value=node.number("costValue") / exchange.amount,
        unit=currency,
        process=process,
        provenance=Provenance(value_kind=ValueKind.UNSTATED, comment="costs of the exchange"),
    )
