"""Process data sets: unit processes with their exchanges, parameters, shares and roles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from carbonlab.formats.openlca.allocation import default_basis_of, read_allocation
from carbonlab.formats.openlca.documentation import Documentation
from carbonlab.formats.openlca.exchanges import ExchangeReader, ReadExchanges
from carbonlab.formats.openlca.field_names import FieldNames
from carbonlab.formats.openlca.flows import Flows
from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.parameters import read_parameters
from carbonlab.formats.openlca.properties import price_of_exchange
from carbonlab.formats.openlca.reference_data import ReferenceData
from carbonlab.inventory.records import (
    AllocationShare,
    Exchange,
    Finding,
    FlowProperty,
    Parameter,
    RoleAssignment,
    UnitProcess,
)
from carbonlab.vocabulary import Confidence, FlowKind, ProcessKind, Role, Severity

_KINDS = {"UNIT_PROCESS": ProcessKind.UNIT, "LCI_RESULT": ProcessKind.AGGREGATED}


@dataclass(slots=True)
class ReadProcesses:
    """What the process data sets of a package hold."""

    processes: list[UnitProcess] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    prices: list[FlowProperty] = field(default_factory=list)
    shares: list[AllocationShare] = field(default_factory=list)
    roles: list[RoleAssignment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class ProcessReader:
    """Reads the processes of a package, given its flows."""

    def __init__(self, flows: Flows, fields: FieldNames, data: ReferenceData) -> None:
        self._flows = flows
        self._fields = fields
        self._data = data
        self._exchanges = ExchangeReader(flows.by_id, fields, data)

    def read(self, nodes: list[Node]) -> ReadProcesses:
        """Return the processes in the order of the data sets.

        Raises
        ------
        FormatError
            If a process has no exchanges, no usable quantitative reference, or a mistake in a field.
        """
        result = ReadProcesses()
        for node in nodes:
            self._add(node, result)
        return result

    def _add(self, node: Node, result: ReadProcesses) -> None:
        read = self._exchanges.read(node)
        self._settle_reference(node, read)
        self._check_made_once(read)
        process = self._process(node, read.exchanges)
        co_products = self._co_products(read.exchanges)
        parameters, odd_parameters = read_parameters(node.nodes("parameters"), self._fields, process.id)
        shares, odd_shares = read_allocation(node, read, co_products)
        prices, odd_prices = self._prices(read, process.id)
        result.processes.append(process)
        result.parameters += parameters
        result.prices += prices
        result.shares += shares
        result.findings += [*read.findings, *odd_parameters, *odd_shares, *odd_prices]
        if len(co_products) > 1 and not shares:
            detail = f"{len(co_products)} co-products"
            result.findings.append(
                Finding(code="multi_output_without_allocation", process=process.id, detail=detail)
            )
        if process.is_capital_good:
            result.roles.append(
                RoleAssignment(
                    subject="process",
                    id=process.id,
                    role=Role.CAPITAL_GOOD,
                    source=f"openLCA: {self._fields.is_infrastructure_process}",
                    confidence=Confidence.HIGH,
                )
            )

    def _process(self, node: Node, exchanges: list[Exchange]) -> UnitProcess:
        texts = Documentation(node, self._data.sources)
        kind: ProcessKind = node.word("processType", _KINDS, "UNIT_PROCESS")
        return UnitProcess(
            id=node.text("@id"),
            name=node.required_text("name", "nobody could find it"),
            exchanges=tuple(exchanges),
            kind=kind,
            location=self._data.location(node),
            category=self._data.category(node),
            valid_from=texts.valid_from,
            valid_until=texts.valid_until,
            is_capital_good=node.flag(self._fields.is_infrastructure_process),
            default_basis=default_basis_of(node),
            technology=texts.technology,
            description=texts.description,
            data_quality=texts.data_quality,
            source=texts.source,
        )

    def _kind(self, exchange: Exchange) -> FlowKind:
        return self._flows.by_id[exchange.flow].flow.kind

    def _is_functional(self, exchange: Exchange) -> bool:
        """Whether an exchange can be what a process is for: a product made or a waste treated."""
        if self._kind(exchange) is FlowKind.PRODUCT:
            return not exchange.is_input and not exchange.is_avoided
        return self._kind(exchange) is FlowKind.WASTE and exchange.is_input

    def _co_products(self, exchanges: list[Exchange]) -> list[str]:
        """Return the flows of products made, and of the waste treated if that is the reference."""
        return [
            exchange.flow
            for exchange in exchanges
            if self._is_functional(exchange) and (exchange.is_reference or not exchange.is_input)
        ]

    def _settle_reference(self, node: Node, read: ReadExchanges) -> None:
        """Check the quantitative reference; where none is marked, take the only exchange that can be it."""
        marked = [i for i, exchange in enumerate(read.exchanges) if exchange.is_reference]
        if len(marked) > 1:
            raise node.error(
                "exchanges",
                f"{len(marked)} exchanges are marked as the quantitative reference",
                why="the amount that the process is given for would not be known",
                remedy=f"mark one of them with {self._fields.is_reference}: true, and not the others",
            )
        if not marked:
            marked = self._only_candidate(node, read)
            position = marked[0]
            read.exchanges[position] = replace(read.exchanges[position], is_reference=True)
            read.findings.append(
                Finding(
                    code="reference_not_marked",
                    severity=Severity.WARNING,
                    process=node.text("@id"),
                    flow=read.exchanges[position].flow,
                    exchange=read.exchanges[position].id,
                    detail="the only product of the process is taken",
                )
            )
        self._check_reference(read.nodes[marked[0]], read.exchanges[marked[0]], read)

    def _check_made_once(self, read: ReadExchanges) -> None:
        made: set[str] = set()
        for node, exchange in zip(read.nodes, read.exchanges, strict=True):
            if self._is_functional(exchange) and exchange.flow in made:
                raise node.error(
                    "flow",
                    f"the process makes {self._flows.by_id[exchange.flow].flow.name!r} in several exchanges",
                    why="a product of a process has one amount, which its burdens are shared by",
                    remedy="add the amounts up in one exchange",
                )
            if self._is_functional(exchange):
                made.add(exchange.flow)

    def _only_candidate(self, node: Node, read: ReadExchanges) -> list[int]:
        outputs = [i for i, one in enumerate(read.exchanges) if self._is_functional(one) and not one.is_input]
        found = outputs or [i for i, one in enumerate(read.exchanges) if self._is_functional(one)]
        if len(found) != 1:
            raise node.error(
                "exchanges",
                f"no exchange is marked as the quantitative reference, and {len(found)} could be it",
                why="the product of the process would not be known",
                remedy=f"mark the product that the process is for with {self._fields.is_reference}: true",
            )
        return found

    def _check_reference(self, node: Node, exchange: Exchange, read: ReadExchanges) -> None:
        name = self._flows.by_id[exchange.flow].flow.name
        if not self._is_functional(exchange):
            side = "an input" if exchange.is_input else "an output"
            raise node.error(
                self._fields.is_reference,
                f"the quantitative reference {name!r} is {side} of "
                f"{'an avoided product' if exchange.is_avoided else f'a {self._kind(exchange)} flow'}",
                why="a process is for a product that it puts out or for a waste that it takes in",
                remedy="correct the side of the exchange or the type of its flow",
            )
        if exchange.amount == 0:
            raise node.error(
                "amount",
                f"the amount of the quantitative reference {name!r} is zero",
                why="nothing can be scaled to it",
                remedy="state how much the process makes",
            )
        if exchange.amount < 0:
            read.findings.append(
                Finding(
                    code="negative_reference",
                    severity=Severity.WARNING,
                    process=exchange.id.partition("/")[0],
                    flow=exchange.flow,
                    exchange=exchange.id,
                    amount=exchange.amount,
                    unit=self._flows.by_id[exchange.flow].flow.unit,
                    detail=name,
                )
            )

    def _prices(self, read: ReadExchanges, process: str) -> tuple[list[FlowProperty], list[Finding]]:
        """Return the prices of the products; nothing uses costs of inputs, which a finding counts."""
        prices: dict[str, FlowProperty] = {}
        others = 0
        for node, exchange in zip(read.nodes, read.exchanges, strict=True):
            if self._is_functional(exchange):
                price = price_of_exchange(node, exchange, process, self._data)
                if price and exchange.flow not in prices:
                    prices[exchange.flow] = price
            elif node.has("costValue"):
                others += 1
        if not others:
            return list(prices.values()), []
        finding = Finding(
            code="costs_not_read",
            severity=Severity.INFO,
            process=process,
            amount=float(others),
            unit="exchanges",
        )
        return list(prices.values()), [finding]
