"""Exchanges of one process: amounts in reference units, directions, references, providers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from carbonlab.formats.openlca.field_names import BY_VERSION, FieldNames
from carbonlab.formats.openlca.flows import ReadFlow
from carbonlab.formats.openlca.nodes import HUGE, Node
from carbonlab.formats.openlca.reference_data import ReferenceData
from carbonlab.formats.openlca.spreads import spread_of
from carbonlab.formats.openlca.units import Conversion, conversion_of
from carbonlab.inventory.records import UNSTATED, Distribution, Exchange, Finding, Flow, Provenance
from carbonlab.vocabulary import Direction, FlowKind, Severity

_ORDER = {FlowKind.PRODUCT: 0, FlowKind.WASTE: 1, FlowKind.ELEMENTARY: 2}

_Oddity = tuple[str, Severity, str]
"""Code, severity and detail of a finding."""


@dataclass(slots=True)
class ReadExchanges:
    """The exchanges of a process.

    Attributes
    ----------
    exchanges : list of Exchange
        In an order that does not depend on the order in the file, each with its id.
    nodes : list of Node
        Where each of them was read.
    id_of_key : dict of str to str
        Identity in the file -> id, for allocation factors of single exchanges.
    findings : list of Finding
    """

    exchanges: list[Exchange] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    id_of_key: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """An exchange before it has an id."""

    node: Node
    flow: Flow
    is_input: bool
    is_reference: bool
    is_avoided: bool
    published: float
    """As stored; NaN if only a formula gives it."""
    conversion: Conversion
    factor: float
    """What the published amount is multiplied by; the factor of the conversion or its negative."""
    amount: float
    formula: str
    provider: str
    provenance: Provenance
    pedigree: str
    distribution: Distribution | None
    odd: list[_Oddity]

    def rank(self) -> tuple[object, ...]:
        """Return what exchanges are sorted by: anything but their order in the file."""
        return (
            not self.is_reference,
            _ORDER[self.flow.kind],
            self.is_input,
            self.flow.name,
            self.flow.id,
            self.provider,
            self.conversion.unit,
            math.inf if math.isnan(self.published) else self.published,
            self.factor,
            self.formula,
            self.is_avoided,
            self.provenance.comment,
            self.pedigree,
        )

    def names_in_file(self) -> list[str]:
        """Return what other parts of the file call the exchange."""
        stated = (self.node.values.get("@id"), self.node.values.get("internalId"))
        return [str(key) for key in stated if key]

    def record(self, identity: str) -> Exchange:
        return Exchange(
            id=identity,
            flow=self.flow.id,
            is_input=self.is_input,
            amount=self.amount,
            formula=self.formula,
            published_amount=self.published,
            published_unit=self.conversion.unit,
            unit_factor=self.factor,
            is_reference=self.is_reference,
            is_avoided=self.is_avoided,
            provider=self.provider,
            distribution=self.distribution,
            pedigree=self.pedigree,
            provenance=self.provenance,
        )

    def finding(self, odd: _Oddity, process: str, identity: str) -> Finding:
        code, severity, detail = odd
        return Finding(
            code=code,
            severity=severity,
            process=process,
            flow=self.flow.id,
            exchange=identity,
            amount=self.amount,
            unit=self.flow.unit,
            detail=detail,
        )


class ExchangeReader:
    """Reads the exchanges of processes, given the flows of the package."""

    def __init__(self, flows: Mapping[str, ReadFlow], fields: FieldNames, data: ReferenceData) -> None:
        self._flows = flows
        self._fields = fields
        self._data = data
        self._conversions: dict[tuple[str, ...], Conversion] = {}

    def read(self, process: Node) -> ReadExchanges:
        """Return the exchanges of a process.

        Raises
        ------
        FormatError
            If there are none, or one of them lacks its flow, side, amount or unit.
        """
        drafts = [self._draft(node) for node in process.nodes("exchanges")]
        if not drafts:
            raise process.error(
                "exchanges",
                "the process has no exchanges",
                why="it makes nothing and cannot be scaled to a product",
                remedy="add its exchanges, or delete the process",
            )
        drafts.sort(key=_Draft.rank)
        return _identified(process.text("@id"), drafts)

    def _draft(self, node: Node) -> _Draft:
        read = self._flow(node)
        is_input = self._is_input(node)
        is_reference = node.flag(self._fields.is_reference)
        formula = node.text("amountFormula")
        published = node.number("amount", math.nan if formula and not is_reference else None)
        conversion = self._conversion(node, read)
        factor = conversion.factor
        odd: list[_Oddity] = []
        if read.flow.direction is not None and is_input is not (read.flow.direction is Direction.TAKEN):
            side = "an input" if is_input else "an output"
            odd.append(("direction_reversed", Severity.WARNING, f"{read.flow.name}: {side} in the file"))
            is_input, factor = not is_input, -factor
        is_avoided = node.flag(self._fields.is_avoided)
        if is_avoided and not is_input:
            # An avoided waste is an output in this format; treating less of it is what a waste input means.
            is_waste = read.flow.kind is FlowKind.WASTE
            is_input, is_avoided = True, not is_waste
            code = "avoided_waste" if is_waste else "avoided_product_as_output"
            odd.append((code, Severity.INFO, read.flow.name))
        spread, reasons = spread_of(node, factor)
        odd += [("spread_incomplete", Severity.WARNING, f"{read.flow.name}: {reason}") for reason in reasons]
        odd += [*_about_units(conversion, read.flow), *_about_sign(published, read.flow)]
        _check_kind(node, read.flow, is_reference, is_avoided)
        return _Draft(
            node=node,
            flow=read.flow,
            is_input=is_input,
            is_reference=is_reference,
            is_avoided=is_avoided,
            published=published,
            conversion=conversion,
            factor=factor,
            amount=_checked(node, published * factor),
            formula=formula,
            provider=node.reference("defaultProvider"),
            provenance=self._provenance(node),
            pedigree=node.text("dqEntry") or node.text("pedigreeUncertainty"),
            distribution=spread,
            odd=odd,
        )

    def _flow(self, node: Node) -> ReadFlow:
        identity = node.required_reference("flow", "its amount would be lost")
        if identity not in self._flows:
            raise node.error(
                "flow",
                f"the flow {identity!r} of the exchange is not in the package",
                why="its kind and its reference unit are not known",
                remedy="export the package again with all its flows",
            )
        return self._flows[identity]

    def _is_input(self, node: Node) -> bool:
        key = self._fields.is_input
        if not node.has(key):
            others = [other.is_input for other in BY_VERSION.values() if node.has(other.is_input)]
            why = f"{others[0]!r} belongs to another schema version than the package" if others else ""
            raise node.error(
                key,
                f"the exchange does not say whether it is an input: there is no {key}",
                why=why or "output and input have opposite signs",
                remedy=f"write {key}: true or false",
            )
        return node.flag(key)

    def _conversion(self, node: Node, read: ReadFlow) -> Conversion:
        unit, quantity = node.values.get("unit"), node.values.get("flowProperty")
        if not isinstance(unit, dict) or not isinstance(quantity, dict):
            return conversion_of(node, read.quantities, read.flow.unit)
        key = (read.flow.id, str(quantity.get("@id")), str(unit.get("@id")), str(unit.get("name")))
        known = self._conversions.get(key)
        if known is None:
            known = self._conversions[key] = conversion_of(node, read.quantities, read.flow.unit)
        return known

    def _provenance(self, node: Node) -> Provenance:
        comment = node.text("description")
        base = node.number("baseUncertainty", 1.0)
        if base != 1.0:
            comment = "\n".join(filter(None, (comment, f"base uncertainty {base:g}")))
        geography = self._data.location(node) if node.has("location") else ""
        return Provenance(comment=comment, geography=geography) if comment or geography else UNSTATED


def _identified(process: str, drafts: list[_Draft]) -> ReadExchanges:
    """Give every exchange an id that says what it is: the same whatever else the package holds."""
    read = ReadExchanges()
    made: Counter[str] = Counter()
    for draft in drafts:
        side = "in" if draft.is_input else "out"
        name = f"{process}/{side}/{draft.flow.id}" + (f"/{draft.provider}" if draft.provider else "")
        made[name] += 1
        identity = name if made[name] == 1 else f"{name}/{made[name]}"
        read.exchanges.append(draft.record(identity))
        read.nodes.append(draft.node)
        read.findings += [draft.finding(odd, process, identity) for odd in draft.odd]
        for key in draft.names_in_file():
            if key in read.id_of_key:
                odd = ("exchange_listed_twice", Severity.WARNING, f"{draft.flow.name}: {key}; both are kept")
                read.findings.append(draft.finding(odd, process, identity))
            else:
                read.id_of_key[key] = identity
    return read


def _checked(node: Node, amount: float) -> float:
    if abs(amount) > HUGE:
        raise node.error(
            "amount",
            f"the amount is {amount:g} in the reference unit of its flow, which is huge (more than {HUGE:g})",
            remedy="correct the amount, or the factor of its unit",
        )
    return amount


def _check_kind(node: Node, flow: Flow, is_reference: bool, is_avoided: bool) -> None:
    if flow.kind is FlowKind.ELEMENTARY and (is_avoided or is_reference):
        role = "the quantitative reference" if is_reference else "an avoided product"
        raise node.error(
            "flow",
            f"the elementary flow {flow.name!r} is {role} of the process",
            why="only a product or a waste can be that",
            remedy="correct the exchange, or the type of its flow",
        )
    if flow.kind is FlowKind.WASTE and is_avoided:
        raise node.error(
            "flow",
            f"the waste {flow.name!r} is an input and avoided",
            why="a waste that need not be treated is an output of this format, one that is treated an input",
            remedy="correct the side of the exchange, or do not mark it as avoided",
        )


def _about_units(conversion: Conversion, flow: Flow) -> list[_Oddity]:
    if conversion.is_by_name:
        detail = f"1 {conversion.unit} = {conversion.factor:g} {flow.unit}"
        return [("unit_converted_by_name", Severity.INFO, detail)]
    if math.isnan(conversion.by_definition):
        return []
    off = conversion.factor / conversion.by_definition - 1
    detail = (
        f"1 {conversion.unit} = {conversion.factor:g} {flow.unit} in the file, "
        f"{conversion.by_definition:.6g} by definition ({off:+.2%})"
    )
    return [("unit_factor_rounded", Severity.WARNING, detail)]


def _about_sign(published: float, flow: Flow) -> list[_Oddity]:
    if not published < 0:
        return []
    if flow.direction is Direction.TAKEN and flow.name.casefold().startswith("carbon dioxide"):
        return [("negative_uptake", Severity.WARNING, flow.name)]
    return [("negative_amount", Severity.INFO, flow.name)]
