"""Inherent properties follow the physical flow, whatever the allocation key (recalled: ISO 14067 6.4.9.3, EN 16485).

Allocation by mass or price would hand biogenic carbon to products that do not contain it. For each
co-product j the uptake that its own content stands for is added, and the uptake that the key handed to it
is taken away:

    Δ_j = 44/12 · ( C_j a_j − share_j Σ_k C_k a_k )   [kg CO2 taken up],   Σ_j Δ_j = 0

with C the carbon content per reference unit [kg C] and a the output; the waste that a treatment takes in
counts as an output of −a.
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import EntryTable, FloatArray, IntArray
from carbonlab.rules.factors import COMPONENTS, match_flows
from carbonlab.rules.options.shares import property_of_columns
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Component

CO2_PER_CARBON = 44.0 / 12.0
"""[kg CO2 / kg C], as the IPCC guidelines round it."""


def keep_inherent(work: Work, processes: IntArray, properties: list[str], shares: FloatArray) -> Work:
    """Add the entries that let inherent properties follow the flow, for the processes that were allocated.

    Parameters
    ----------
    work : Work
        After the burdens were shared.
    processes : int array
        Rows of the processes whose burdens were shared.
    properties : list of str
        What follows the flow.
    shares : float array (columns,)
        Nominal share of each column; NaN where shares differ from exchange to exchange.

    Raises
    ------
    RuleError
        If a property other than ``biogenic_carbon`` is asked for: only this one is an elementary flow.
    """
    for name in properties:
        if name != "biogenic_carbon":
            raise RuleError(
                f"the inherent property {name!r} cannot follow the flow",
                where="slot multifunctionality, parameter inherent",
                why="no elementary flow stands for it",
                remedy="use ['biogenic_carbon'] or []",
            )
        work = _keep_biogenic_carbon(work, processes, shares)
    return work


def _keep_biogenic_carbon(work: Work, processes: IntArray, shares: FloatArray) -> Work:
    work = _without_own_additions(work, processes)
    content = property_of_columns(work, "biogenic_carbon")
    parts: dict[str, list[float]] = {
        name: [] for name in ("exchange", "process", "column", "share_column", "sign")
    }
    factors: dict[str, list[float]] = {"multifunctionality": [], "inherent": []}
    findings = []
    for process in processes:
        own = np.flatnonzero(work.columns.process == process)
        if np.isnan(content[own]).all() or not np.nansum(np.abs(content[own])):
            continue
        if np.isnan(content[own]).any():
            findings.append(_left_alone(work, int(process), "inherent_property_missing"))
            continue
        if np.isnan(shares[own]).any():
            findings.append(_left_alone(work, int(process), "inherent_shares_differ"))
            continue
        for j in own.tolist():
            for k in own.tolist():
                entry = work.columns.entry[k]
                exchange, leaves = work.technosphere.exchange[entry], work.technosphere.sign[entry]
                carbon = content[k] * CO2_PER_CARBON
                if j == k and carbon:
                    _append(parts, factors, exchange, process, j, -1, leaves, 1.0, carbon)
                if shares[j] and carbon:
                    weighted = j if not np.isnan(work.columns.weight[j]) else -1
                    _append(parts, factors, exchange, process, j, weighted, -leaves, shares[j], carbon)
    work = work.with_finding(*findings)
    if not parts["exchange"]:
        return work
    uptake, kg_per_unit = _uptake_flow(work)
    if uptake < 0:
        return work.with_finding(Finding(code="inherent_without_uptake_flow", detail="biogenic_carbon"))
    factors["inherent"] = [carbon / kg_per_unit for carbon in factors["inherent"]]
    ints = {name: np.array(values, np.int64) for name, values in parts.items() if name != "sign"}
    fresh = EntryTable(
        **ints,
        flow=np.full(len(parts["sign"]), uptake, np.int64),
        provider=np.full(len(parts["sign"]), -1, np.int64),
        sign=np.array(parts["sign"]),
        alive=np.ones(len(parts["sign"]), bool),
        parent=np.full(len(parts["sign"]), -1, np.int64),
        factors={name: np.array(values) for name, values in factors.items()},
    )
    return work.add("intervention", fresh)


def _append(
    parts: dict[str, list[float]],
    factors: dict[str, list[float]],
    exchange: int,
    process: int,
    column: int,
    share_column: int,
    sign: float,
    share: float,
    carbon: float,
) -> None:
    for name, value in zip(parts, (exchange, process, column, share_column, sign), strict=True):
        parts[name].append(value)
    factors["multifunctionality"].append(share)
    factors["inherent"].append(carbon)


def _without_own_additions(work: Work, processes: IntArray) -> Work:
    """Drop what an earlier run of the slot added to the processes: running it again replaces its own."""
    added = (work.at[0], "add", "intervention")
    own = [log.rows for log in work.log if (log.slot, log.verb, log.table) == added]
    if not own:
        return work
    rows = np.concatenate(own)
    table = work.intervention
    return work.drop("intervention", rows[table.alive[rows] & np.isin(table.process[rows], processes)])


def _uptake_flow(work: Work) -> tuple[int, float]:
    """Return the row of the flow that stands for uptake (−1: none) and the kilograms of CO2 in its unit.

    Of several the one with the first id is taken, so that the order of the flows counts for nothing.
    """
    match = match_flows(work.database)
    rows = np.flatnonzero(match.component == COMPONENTS.index(Component.BIOGENIC_UPTAKE))
    if not len(rows):
        return -1, 1.0
    first = min(rows, key=lambda row: str(work.database.flows["id"][int(row)]))
    return int(first), float(match.kg_per_unit[first])


def _left_alone(work: Work, process: int, code: str) -> Finding:
    identity = work.database.processes["id"][process].as_py()
    return Finding(code=code, process=identity, detail="biogenic_carbon")
