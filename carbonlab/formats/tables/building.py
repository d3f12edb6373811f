"""From sheets to a database: every row read, every mistake collected, then all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from carbonlab.formats.tables.attributes import (
    SharedExchanges,
    allocation_of,
    factors_of,
    open_balances_of,
    properties_of,
    roles_of,
)
from carbonlab.formats.tables.calculation import with_calculated_amounts
from carbonlab.formats.tables.checking import (
    check_comparable,
    check_directions,
    check_providers,
    check_references,
)
from carbonlab.formats.tables.exchanges import Draft, drafts_of, ids_of
from carbonlab.formats.tables.metadata import meta_of
from carbonlab.formats.tables.parameters import parameters_of
from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.references import References
from carbonlab.formats.tables.rows import Row
from carbonlab.formats.tables.sheets import Sheet
from carbonlab.formats.tables.signs import findings_about_signs
from carbonlab.formats.tables.subjects import by_id, flow_of, process_of, source_of
from carbonlab.formats.tables.unlikely import findings_about_units
from carbonlab.inventory.builder import DatabaseBuilder, next_made_id
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, UnitProcess


def database_of(
    sheets: Mapping[str, Sequence[Sheet]],
    problems: Problems,
    *,
    name: str,
    file: str,
    attached: Sequence[Database],
    are_providers_checked: bool,
) -> Database:
    """Return the database that sheets describe.

    Raises
    ------
    TableError
        With all mistakes, if there are any.
    """
    sources, _ = by_id(sheets.get("sources", ()), source_of, problems)
    flows, flow_rows = by_id(sheets.get("flows", ()), flow_of, problems)
    processes, process_rows = by_id(sheets.get("processes", ()), process_of, problems)
    references = References(
        problems=problems,
        flows=flows,
        processes=processes,
        sources=sources,
        unclear_flows={identity for identity, row in flow_rows.items() if row.is_spoiled("kind")},
        exchanges=ids_of(sheets.get("exchanges", ()), problems),
        attached=attached,
        check_providers=are_providers_checked,
    )
    references.check_flows_alike(flow_rows)
    drafts = drafts_of(sheets.get("exchanges", ()), references, problems)
    drafts = replace(drafts, items=_with_unique_ids(_in_order_of_processes(drafts.items, processes)))
    parameters = parameters_of(sheets.get("parameters", ()), references, problems)
    properties = properties_of(sheets.get("properties", ()), references, problems)
    shared = SharedExchanges.of(drafts)

    builder = DatabaseBuilder(meta_of(sheets.get("database", ()), name, problems))
    builder.sources.extend(sources.values())
    builder.parameters.extend(record for _, record in parameters)
    builder.properties.extend(record for _, record in properties)
    builder.allocation.extend(allocation_of(sheets.get("allocation", ()), references, shared, problems))
    builder.factors.extend(factors_of(sheets.get("factors", ()), references, problems))
    builder.findings.extend(open_balances_of(sheets.get("balances", ()), references, problems))
    builder.roles.extend(roles_of(sheets.get("roles", ()), references, problems))
    builder.flows.extend([*flows.values(), *references.borrowed.values()])

    if parameters or any(draft.exchange.formula for draft in drafts.items):
        skeleton = DatabaseBuilder(DatabaseMeta(name=name))
        skeleton.flows, skeleton.parameters = builder.flows, builder.parameters
        skeleton.processes = _processes_with(processes, drafts.items)
        drafts = replace(drafts, items=with_calculated_amounts(skeleton.build(), drafts.items, parameters))

    check_references(process_rows, drafts)
    check_directions(drafts)
    check_providers(drafts, references)
    check_comparable(drafts, properties)
    problems.raise_if_any(file)
    builder.findings.extend(findings_about_signs(drafts.items))
    builder.findings.extend(findings_about_units(drafts.items))
    builder.processes.extend(_processes_with(processes, drafts.items))
    return builder.build()


def _in_order_of_processes(drafts: Sequence[Draft], processes: Mapping[str, UnitProcess]) -> list[Draft]:
    place = {process: number for number, process in enumerate(processes)}
    known = [draft for draft in drafts if draft.process in place]
    return sorted(known, key=lambda draft: place[draft.process])


def _with_unique_ids(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Return exchanges without the ids that stand twice; note rows whose made id is that of another row."""
    stated: dict[str, Row] = {}
    unique = []
    for draft in drafts:
        identity = draft.exchange.id
        if stated.setdefault(identity, draft.row) is not draft.row and identity:
            draft = replace(draft, exchange=replace(draft.exchange, id=""))
        unique.append(draft)
    made: dict[str, Counter[str]] = {}
    for draft in unique:
        if not draft.exchange.id:
            identity = next_made_id(draft.process, draft.exchange, made.setdefault(draft.process, Counter()))
            if identity in stated:
                draft.row.report(
                    "id",
                    f"the id {quoted(identity)}, made for this row, stands in "
                    f"{stated[identity].seen_from(draft.row)}",
                    "give this row an id of its own",
                )
    return tuple(unique)


def _processes_with(processes: Mapping[str, UnitProcess], drafts: Sequence[Draft]) -> list[UnitProcess]:
    exchanges: dict[str, list[Draft]] = {process: [] for process in processes}
    for draft in drafts:
        exchanges[draft.process].append(draft)
    return [
        replace(process, exchanges=tuple(draft.exchange for draft in exchanges[identity]))
        for identity, process in processes.items()
    ]
