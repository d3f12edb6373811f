"""Unit groups, flow properties, and which of them a flow has."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carbonlab.formats.openlca.field_names import FieldNames
from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.package import Package


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """Units of one quantity.

    Attributes
    ----------
    reference : str
        Name of the reference unit.
    by_id : dict of str to float
        Reference units in one unit of the id.
    by_name : dict of str to set of float
        The same by name or synonym; several values if units share a name.
    """

    reference: str
    by_id: dict[str, float]
    by_name: dict[str, set[float]]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A flow property of a flow.

    Attributes
    ----------
    name : str
        Name of the flow property, e.g. ``Mass``.
    unit : str
        Its reference unit; "" if the package does not say.
    per_reference : float
        Amount of it in one reference unit of the flow.
    group : UnitGroup or None
        Its units; None if they are not in the package.
    is_economic : bool
        Whether it is money.
    """

    name: str
    unit: str
    per_reference: float
    group: UnitGroup | None
    is_economic: bool


@dataclass(frozen=True, slots=True)
class FlowQuantities:
    """The flow properties of one flow.

    Attributes
    ----------
    reference : str
        Id of the reference flow property.
    by_id : dict of str to Quantity
        Every flow property of the flow.
    listed_twice : tuple of str
        Names of flow properties that are listed twice with the same factor.
    """

    reference: str
    by_id: dict[str, Quantity]
    listed_twice: tuple[str, ...] = ()


class Quantities:
    """Unit groups and flow properties of a package."""

    def __init__(self, package: Package) -> None:
        self._fields = package.fields
        self._groups = {
            node.text("@id"): _unit_group(node, self._fields) for node in package.data_sets("unit_groups")
        }
        self._properties = {node.text("@id"): node for node in package.data_sets("flow_properties")}

    def of_flow(self, flow: Node) -> FlowQuantities:
        """Return the flow properties of a flow.

        Raises
        ------
        FormatError
            If it has none, or not exactly one reference flow property, or one property with two factors.
        """
        found: dict[str, Quantity] = {}
        twice: list[str] = []
        references: list[str] = []
        for node in flow.nodes("flowProperties"):
            identity = node.required_reference("flowProperty", "the factor belongs to no quantity")
            if node.flag(self._fields.is_reference_property):
                references.append(identity)
            quantity = self._quantity(node, identity)
            if identity not in found:
                found[identity] = quantity
            elif found[identity] == quantity:
                twice.append(quantity.name)
            else:
                raise node.error(
                    "conversionFactor",
                    f"the flow property {quantity.name!r} is listed twice, with different factors",
                    why="amounts in it would have two values",
                    remedy="delete one of the two",
                )
        reference = _one_reference(flow, references, found)
        base = found[reference].per_reference
        if base <= 0:
            raise flow.error(
                "flowProperties",
                f"the factor of the reference flow property {found[reference].name!r} is {base:g}",
                why="amounts cannot be divided by it",
                remedy="write 1",
            )
        if base != 1:
            found = {i: replace(q, per_reference=q.per_reference / base) for i, q in found.items()}
        return FlowQuantities(reference, found, tuple(twice))

    def _quantity(self, factor: Node, identity: str) -> Quantity:
        reference = factor.node("flowProperty")
        assert reference is not None
        known = self._properties.get(identity)
        group = self._groups.get(known.reference("unitGroup")) if known else None
        return Quantity(
            name=(known.text("name") if known else "") or reference.text("name") or identity,
            unit=group.reference if group else reference.text("refUnit"),
            per_reference=factor.number("conversionFactor"),
            group=group,
            is_economic=known is not None and known.text("flowPropertyType") == "ECONOMIC_QUANTITY",
        )


def _unit_group(node: Node, fields: FieldNames) -> UnitGroup:
    by_id: dict[str, float] = {}
    by_name: dict[str, set[float]] = {}
    references: list[Node] = []
    for unit in node.nodes("units"):
        name = unit.required_text("name", "exchanges name their unit")
        is_reference = unit.flag(fields.is_reference_unit)
        factor = unit.number("conversionFactor", 1.0 if is_reference else None)
        if factor <= 0:
            raise unit.error(
                "conversionFactor",
                f"the factor of the unit {name!r} is {factor:g}",
                why="no amount can be converted with it",
                remedy="correct it",
            )
        if is_reference:
            references.append(unit)
        by_id[unit.text("@id") or name] = factor
        synonyms = unit.values.get("synonyms")
        others = [str(word) for word in synonyms if word] if isinstance(synonyms, list) else []
        for word in (name, *others):
            by_name.setdefault(word, set()).add(factor)
    if len(references) != 1 or references[0].number("conversionFactor", 1.0) != 1:
        raise node.error(
            "units",
            f"the unit group has {len(references)} reference units, or one whose factor is not 1",
            why="factors would refer to no unit",
            remedy="mark exactly one unit as reference unit and give it the factor 1",
        )
    return UnitGroup(references[0].text("name"), by_id, by_name)


def _one_reference(flow: Node, references: list[str], found: dict[str, Quantity]) -> str:
    if len(references) == 1:
        return references[0]
    if not references and len(found) == 1:
        return next(iter(found))
    raise flow.error(
        "flowProperties",
        f"the flow has {len(references)} reference flow properties and {len(found)} flow properties",
        why="the unit of its amounts would not be known",
        remedy="mark exactly one flow property as its reference",
    )
