"""Substitution: a co-product displaces what others would have made (ISO 14044 4.3.4.2, recalled)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import BoolArray, IntArray
from carbonlab.rules.options.multifunctionality import allocate, without_column
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Basis, Status


@register("multifunctionality", "substitution", parameters={"substitutes": (dict,)})
def substitution(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The reference flow carries all and is credited with what its co-products displace.

    Parameter ``substitutes`` maps the id of a co-product flow to ``{process, flow, ratio}``: the
    functional flow of the process that it displaces and how much of it per unit. Without it the other
    producers of the same flow are displaced, in equal shares. A process with a co-product that displaces
    nothing has no basis.
    """
    displaced = {}
    for process in rows:
        found = _displaced(work, int(process), rows, parameters.get("substitutes", {}))
        if found is not None:
            displaced[int(process)] = found
    without = np.array([process for process in rows if int(process) not in displaced], np.int64)
    work = allocate(work, np.array(list(displaced), np.int64), (Basis.REFERENCE,), {})
    columns = work.columns
    basis = np.where(np.isin(columns.process, list(displaced)), Basis.SUBSTITUTION, columns.basis)
    work = replace(work, columns=replace(columns, basis=basis))
    for process, by_column in displaced.items():
        for column, (targets, ratio) in by_column.items():
            work = _credit(work, process, column, targets, ratio)
    return _no_basis(work, without)


def _displaced(
    work: Work, process: int, rows: IntArray, substitutes: dict[str, dict[str, object]]
) -> dict[int, tuple[IntArray, float]] | None:
    """Return for each co-product column the columns that it displaces and the ratio; None if one displaces nothing."""
    columns = work.columns
    own = np.flatnonzero(columns.process == process)
    is_reference = work.database.column("exchanges", "is_reference")
    reference = is_reference[work.technosphere.exchange[columns.entry]]
    # what displaces must stay a column itself: of a process outside this line, or the reference flow of
    # one inside it
    stays = (~np.isin(columns.process, rows) | reference) & (columns.process != process)
    if reference[own].sum() != 1:
        return None
    result = {}
    for column in own[~reference[own]]:
        stated = substitutes.get(work.database.flows["id"][int(columns.flow[column])].as_py())
        if stated is None:
            targets, ratio = np.flatnonzero((columns.flow == columns.flow[column]) & stays), 1.0
        else:
            targets, ratio = _stated_target(work, stated, stays)
        if len(targets) == 0:
            return None
        result[int(column)] = (targets, ratio)
    return result


def _stated_target(work: Work, stated: dict[str, object], stays: BoolArray) -> tuple[IntArray, float]:
    """Return the column that a rule names as displaced, and the ratio; it has to stay a column itself."""
    given = set(stated) if isinstance(stated, dict) else set()
    if given - {"process", "flow", "ratio"} or not {"process", "flow"} <= given:
        raise _bad_substitute(
            f"a substitute is stated as {stated!r}",
            "it is not clear what is displaced",
            "give process, flow and ratio, for example { process = 'p', flow = 'f', ratio = 1.0 }",
        )
    ratio = stated.get("ratio", 1.0)
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 < ratio < np.inf:
        raise _bad_substitute(
            f"the ratio of a substitute is {ratio!r}",
            "a co-product displaces a positive amount",
            "give the amount displaced per unit of the co-product as a number",
        )
    process = work.database.process_row(str(stated["process"]))
    flow = work.database.flow_row(str(stated["flow"]))
    found = np.flatnonzero((work.columns.process == process) & (work.columns.flow == flow))
    if len(found) == 0 or not stays[found[0]]:
        raise _bad_substitute(
            f"{stated['flow']!r} of process {stated['process']!r} cannot be displaced",
            "the process does not supply it, is the credited one, or supplies it as a co-product without a column",
            "name a process whose reference flow it is, or one with a single product",
        )
    return found, float(ratio)


def _bad_substitute(what: str, why: str, remedy: str) -> RuleError:
    return RuleError(what, where="slot multifunctionality, option substitution", why=why, remedy=remedy)


def _credit(work: Work, process: int, column: int, targets: IntArray, ratio: float) -> Work:
    """Turn a co-product into a credit of the reference flow and send its consumers to what it displaces."""
    columns, technosphere = work.columns, work.technosphere
    is_reference = work.database.column("exchanges", "is_reference")
    own = np.flatnonzero(columns.process == process)
    reference = own[is_reference[technosphere.exchange[columns.entry[own]]]][0]
    work = work.place("technosphere", columns.entry[[column]], np.array([reference]))
    technosphere = work.technosphere
    supplied = (
        (technosphere.provider == process) & (technosphere.flow == columns.flow[column]) & technosphere.alive
    )
    rows = np.flatnonzero(supplied)
    work = work.split(
        "technosphere",
        np.repeat(rows, len(targets)),
        np.full(len(rows) * len(targets), ratio / len(targets)),
        name="substitution",
        provider=np.tile(columns.process[targets], len(rows)),
        flow=np.tile(columns.flow[targets], len(rows)),
    )
    status, substitute = columns.status.copy(), columns.substitute.copy()
    status[column], substitute[column] = Status.ABSENT, targets[0]
    return replace(work, columns=replace(work.columns, status=status, substitute=substitute))


def _no_basis(work: Work, processes: IntArray) -> Work:
    ids = work.database.column("processes", "id")
    findings = [Finding(code="no_substitute", process=ids[row]) for row in processes]
    return without_column(work, processes).with_finding(*findings)
