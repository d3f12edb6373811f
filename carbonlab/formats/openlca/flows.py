"""Flow data sets: their records, their properties for allocation, and roles that the format states."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carbonlab.formats.openlca.elementary import (
    compartment_of,
    direction_of,
    direction_of_category,
    origin_of,
)
from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.package import Package
from carbonlab.formats.openlca.quantities import FlowQuantities, Quantities
from carbonlab.formats.openlca.reference_data import ReferenceData
from carbonlab.formats.openlca.units import reference_unit_of
from carbonlab.inventory.records import Finding, Flow, RoleAssignment
from carbonlab.vocabulary import Confidence, Direction, FlowKind, Role, Severity

KINDS = {
    "PRODUCT_FLOW": FlowKind.PRODUCT,
    "WASTE_FLOW": FlowKind.WASTE,
    "ELEMENTARY_FLOW": FlowKind.ELEMENTARY,
}

_CUT_OFF = re.compile(r"CUTOFF\s")
"""How the US LCI database begins the names of inputs that it leaves without a producer on purpose."""


@dataclass(frozen=True, slots=True)
class FlowUse:
    """How the exchanges of the package use a flow."""

    inputs: int = 0
    outputs: int = 0
    units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadFlow:
    """A flow with what its exchanges need."""

    flow: Flow
    quantities: FlowQuantities


def uses_of_flows(processes: Iterable[Node], is_input: str) -> dict[str, FlowUse]:
    """Return how exchanges use each flow, by flow id.

    This looks at every exchange before any of them is read, so it passes over whatever is malformed: the
    reader of the exchanges will report it.
    """
    inputs: Counter[str] = Counter()
    outputs: Counter[str] = Counter()
    units: dict[str, set[str]] = {}
    for process in processes:
        exchanges = process.values.get("exchanges")
        for exchange in exchanges if isinstance(exchanges, list) else ():
            flow = _inside(exchange, "flow", "@id")
            side = exchange.get(is_input) if flow else None
            (inputs if side is True or str(side).casefold() == "true" else outputs)[flow] += 1
            units.setdefault(flow, set()).add(_inside(exchange, "unit", "name"))
    return {flow: FlowUse(inputs[flow], outputs[flow], frozenset(names)) for flow, names in units.items()}


def _inside(values: Any, key: str, inner: str) -> str:
    node = values.get(key) if isinstance(values, dict) else None
    text = node.get(inner) if isinstance(node, dict) else None
    return text.strip() if isinstance(text, str) else ""


class Flows:
    """The flows of a package.

    Attributes
    ----------
    by_id : dict of str to ReadFlow
    roles : list of RoleAssignment
        Declared cut-offs and capital goods.
    findings : list of Finding
    """

    def __init__(self, package: Package, data: ReferenceData, uses: dict[str, FlowUse]) -> None:
        self._fields = package.fields
        self._data = data
        self._quantities = Quantities(package)
        self.by_id: dict[str, ReadFlow] = {}
        self.roles: list[RoleAssignment] = []
        self.findings: list[Finding] = []
        for node in package.data_sets("flows"):
            self._add(node, uses.get(node.text("@id"), FlowUse()))

    def _add(self, node: Node, use: FlowUse) -> None:
        identity = node.text("@id")
        quantities = self._quantities.of_flow(node)
        unit, is_assumed = reference_unit_of(node, quantities, set(use.units))
        kind: FlowKind = node.word("flowType", KINDS)
        category = self._data.category(node)
        direction = direction_of(category, use.inputs, use.outputs) if kind is FlowKind.ELEMENTARY else None
        name = node.required_text("name", "nobody could find it")
        flow = Flow(
            id=identity,
            name=name,
            kind=kind,
            unit=unit,
            direction=direction,
            compartment=compartment_of(category) if direction else "",
            cas=node.text("cas").lstrip("0"),
            formula=node.text("formula"),
            **({"origin": origin_of(name, direction)} if direction else {}),
            category=category,
            location=self._data.location(node),
            synonyms=_synonyms(node),
            comment=node.text("description"),
        )
        self.by_id[identity] = ReadFlow(flow, quantities)
        self._add_roles(node, flow)
        self._add_findings(flow, quantities, use, is_assumed)

    def _add_roles(self, node: Node, flow: Flow) -> None:
        if flow.kind is not FlowKind.ELEMENTARY and is_declared_cut_off(flow.name):
            self.roles.append(_role(flow.id, Role.DECLARED_CUT_OFF, "name begins with CUTOFF"))
        if node.flag(self._fields.is_infrastructure_flow):
            self.roles.append(_role(flow.id, Role.CAPITAL_GOOD, self._fields.is_infrastructure_flow))

    def _add_findings(self, flow: Flow, quantities: FlowQuantities, use: FlowUse, is_assumed: bool) -> None:
        found: list[tuple[str, Severity, str]] = []
        if is_assumed:
            reason = f"every exchange is in {flow.unit}"
            found.append(("reference_unit_from_exchanges", Severity.WARNING, reason))
        found += [("flow_property_twice", Severity.INFO, name) for name in quantities.listed_twice]
        found += [
            ("flow_property_without_value", Severity.WARNING, quantity.name)
            for quantity in quantities.by_id.values()
            if quantity.per_reference <= 0
        ]
        if not (use.inputs or use.outputs):
            found.append(("flow_not_used", Severity.INFO, flow.name))
        if flow.kind is FlowKind.ELEMENTARY:
            found += _elementary_findings(flow, use)
        self.findings += [
            Finding(code=code, severity=severity, flow=flow.id, detail=detail)
            for code, severity, detail in found
        ]


def is_declared_cut_off(name: str) -> bool:
    """Whether a flow's name says that the data supplier left it without a producer on purpose.

    Examples
    --------
    >>> is_declared_cut_off("CUTOFF Conveyor belt, at plant"), is_declared_cut_off("Cutoff wheels, at plant")
    (True, False)
    """
    return _CUT_OFF.match(name) is not None


def _elementary_findings(flow: Flow, use: FlowUse) -> list[tuple[str, Severity, str]]:
    found: list[tuple[str, Severity, str]] = []
    sides = f"{flow.name}: {use.inputs} inputs, {use.outputs} outputs"
    if use.inputs and use.outputs:
        found.append(
            ("elementary_flow_on_both_sides", Severity.WARNING, f"{sides}; read as {flow.direction}")
        )
    else:
        implied = direction_of_category(flow.category)
        used = Direction.TAKEN if use.inputs else Direction.EMITTED
        if implied is not None and (use.inputs or use.outputs) and implied is not used:
            detail = f"{sides}, category {flow.category!r}; read as {flow.direction}"
            found.append(("elementary_flow_against_category", Severity.INFO, detail))
    if not flow.compartment:
        found.append(("compartment_not_known", Severity.WARNING, f"{flow.name}: category {flow.category!r}"))
    return found


def _role(identity: str, role: Role, source: str) -> RoleAssignment:
    return RoleAssignment(
        subject="flow", id=identity, role=role, source=f"openLCA: {source}", confidence=Confidence.HIGH
    )


def _synonyms(node: Node) -> tuple[str, ...]:
    """Return synonyms: a text with semicolons, or a list of texts."""
    stated = node.values.get("synonyms")
    parts = [str(part) for part in stated] if isinstance(stated, list) else node.text("synonyms").split(";")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
