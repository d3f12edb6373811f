"""What does not link up in an inventory: inputs without producer, several producers, untreated waste."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from carbonlab.formats.openlca.flows import is_declared_cut_off
from carbonlab.inventory.records import Exchange, Finding, Flow, UnitProcess
from carbonlab.vocabulary import FlowKind, Severity


def linking_findings(processes: Sequence[UnitProcess], flows: Mapping[str, Flow]) -> list[Finding]:
    """Return one finding for each input and waste that no process of the inventory supplies or treats.

    An input that the data supplier left open on purpose has a code of its own, as has one whose stated
    provider is not in the inventory: another database may hold it.

    Parameters
    ----------
    processes : sequence of UnitProcess
    flows : mapping of str to Flow
        By id.
    """
    producers = _producers(processes, flows)
    names = {flows[flow].name: flow for flow in sorted(producers)}
    known = {process.id for process in processes}
    findings: list[Finding] = []
    for process in processes:
        for exchange in process.exchanges:
            flow = flows[exchange.flow]
            needs_product = flow.kind is FlowKind.PRODUCT and exchange.is_input
            needs_treatment = flow.kind is FlowKind.WASTE and not exchange.is_reference
            if not (needs_product or needs_treatment):
                continue
            trouble = _trouble(exchange, flow, producers, known, names)
            if trouble:
                code, severity, detail = trouble
                findings.append(_finding(code, severity, detail, process.id, exchange, flow))
    return findings + _about_flows(producers, processes, flows)


def _producers(processes: Sequence[UnitProcess], flows: Mapping[str, Flow]) -> dict[str, list[str]]:
    """Return the ids of the processes that supply a product or treat a waste, by flow id."""
    producers: dict[str, list[str]] = defaultdict(list)
    for process in processes:
        for exchange in process.exchanges:
            kind = flows[exchange.flow].kind
            makes = kind is FlowKind.PRODUCT and not exchange.is_input and not exchange.is_avoided
            treats = kind is FlowKind.WASTE and exchange.is_input and exchange.is_reference
            if (makes or treats) and process.id not in producers[exchange.flow]:
                producers[exchange.flow].append(process.id)
    return {flow: found for flow, found in producers.items() if found}


def _trouble(
    exchange: Exchange,
    flow: Flow,
    producers: Mapping[str, list[str]],
    known: set[str],
    names: Mapping[str, str],
) -> tuple[str, Severity, str] | None:
    """Return code, severity and detail of what keeps an exchange from being linked; None if nothing does."""
    if exchange.provider and exchange.provider not in known:
        return "provider_not_in_package", Severity.WARNING, f"{flow.name}: provider {exchange.provider}"
    if exchange.provider and exchange.provider not in producers.get(flow.id, ()):
        return "provider_does_not_supply", Severity.WARNING, f"{flow.name}: provider {exchange.provider}"
    if flow.id in producers:
        return None
    if is_declared_cut_off(flow.name):
        is_waste = flow.kind is FlowKind.WASTE
        return "waste_declared_cut_off" if is_waste else "input_declared_cut_off", Severity.INFO, flow.name
    if flow.kind is FlowKind.WASTE:
        return "waste_without_treatment", Severity.WARNING, flow.name
    other = names.get(flow.name)
    hint = f"; another flow of this name has a producer: {other}" if other else ""
    return "input_without_producer", Severity.WARNING, f"{flow.name}{hint}"


def _about_flows(
    producers: Mapping[str, list[str]], processes: Sequence[UnitProcess], flows: Mapping[str, Flow]
) -> list[Finding]:
    title = {process.id: process.name for process in processes}
    findings = []
    for flow, found in sorted(producers.items()):
        by = ", ".join(title[process] for process in found)
        if len(found) > 1:
            detail = f"{flows[flow].name}: {by}"
            findings.append(
                Finding(code="several_producers", flow=flow, amount=float(len(found)), detail=detail)
            )
        if is_declared_cut_off(flows[flow].name):
            detail = f"{flows[flow].name}: {by}"
            findings.append(Finding(code="cut_off_with_producer", flow=flow, detail=detail))
    return findings


def _finding(
    code: str, severity: Severity, detail: str, process: str, exchange: Exchange, flow: Flow
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        process=process,
        flow=flow.id,
        exchange=exchange.id,
        amount=exchange.amount,
        unit=flow.unit,
        detail=detail,
    )
