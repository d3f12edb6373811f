"""An installation instead of a life cycle: Regulation (EU) 2023/956 (CBAM), Annex IV (summary).

Embedded emissions of a good are the direct emissions of its process plus mass × embedded emissions of those
precursors that are goods under the regulation themselves. Nothing else counts: no transport, mining, capital
goods, use or end of life. That is another number than a carbon footprint for the same tonne, and says so.
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import BoolArray, IntArray
from carbonlab.rules.factors import GASES, match_flows
from carbonlab.rules.options.boundary import TO_GATE, exclude, once
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import Selector, flow_has_role, named_rows
from carbonlab.rules.work import Work
from carbonlab.vocabulary import FlowKind, LifeCycleStage, Role, Severity

WHERE = "slot boundary, option process_only"
MADE_ON_SITE = (Role.HEAT,)
"""Inputs whose making counts as the installation's own by default: fuel burned for its heat."""


@register("boundary", "process_only", parameters={"electricity": (str,), "inside": (list,), "gases": (list,)})
def process_only(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Direct emissions of the process and of precursors that are CBAM goods (EU 2023/956 Annex IV, summary).

    Parameters of the line: `electricity` is ``left_out`` (default) or ``counted``: the direct emissions of
    its making; `inside`: roles or patterns of flows whose making belongs to the installation (default: role
    heat); `gases`: those that count (default: all).
    """
    electricity = parameters.get("electricity", "left_out")
    if electricity not in ("left_out", "counted"):
        raise RuleError(
            f"parameter 'electricity' is {electricity!r}", where=WHERE, remedy="use 'left_out' or 'counted'"
        )
    count = len(work.technosphere)
    links, emissions = rows[rows < count], rows[rows >= count] - count
    kept = _links_inside(work, links, electricity == "counted", parameters.get("inside", list(MADE_ON_SITE)))
    released = ~_beyond_gate(work, emissions) & _of_gases(work, emissions, parameters.get("gases", []))
    work = exclude(work, np.concatenate([links[~kept], emissions[~released] + count]), {})
    roles = [word for word in (Role.CBAM_GOOD, *parameters.get("inside", MADE_ON_SITE)) if word in set(Role)]
    return once(work, *_findings(work, emissions[released], roles))


def _links_inside(work: Work, rows: IntArray, electricity: bool, inside: list[str]) -> BoolArray:
    database, table = work.database, work.technosphere
    is_power = flow_has_role(database, Role.ELECTRICITY)
    kept = flow_has_role(database, Role.CBAM_GOOD)
    for word in inside:
        found = (
            flow_has_role(database, word) if word in set(Role) else named_rows(database, "flows", str(word))
        )
        if not found.any() and word not in set(Role):
            raise RuleError(
                f"no flow has the role or name {str(word)!r}",
                where=f"{WHERE}, parameter inside",
                why="what belongs to the installation would be missing",
                remedy="name a role, or the id, name or pattern of a flow of this inventory",
            )
        kept |= found
    kept = np.where(is_power, electricity, kept)
    is_input = table.sign[rows] < 0  # no treatment of waste, no avoided products
    return np.asarray(kept[table.flow[rows]] & is_input)


def _beyond_gate(work: Work, rows: IntArray) -> BoolArray:
    beyond = np.zeros(len(rows), bool)
    for stage in set(LifeCycleStage) - set(TO_GATE):
        beyond |= Selector(stage=stage).catches_entries(work.database, work.intervention, rows)
    return beyond


def _of_gases(work: Work, rows: IntArray, gases: list[str]) -> BoolArray:
    if not gases:
        return np.ones(len(rows), bool)
    unknown = sorted(set(map(str, gases)) - set(GASES))
    if unknown:
        raise RuleError(
            f"there is no climate gas {unknown[0]!r}",
            where=f"{WHERE}, parameter gases",
            why="it would count nothing",
            remedy=f"use keys of gases, such as {', '.join(GASES[:4])}",
        )
    gas = match_flows(work.database).gas
    counted = np.isin(gas, [GASES.index(str(name)) for name in gases])
    is_total = work.database.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)
    return np.asarray((counted | is_total)[work.intervention.flow[rows]])


def _findings(work: Work, rows: IntArray, roles: list[str]) -> list[Finding]:
    database = work.database
    findings = []
    if len(rows):
        findings.append(
            Finding(code="boundary_installation_only", detail="Regulation (EU) 2023/956 Annex IV")
        )
    missing = [str(role) for role in roles if not flow_has_role(database, role).any()]
    findings += [Finding(code="boundary_role_not_given", detail=role) for role in missing]
    totals = database.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)[work.intervention.flow[rows]]
    if totals.any():
        findings.append(
            Finding(
                code="boundary_total_kept",
                amount=int(totals.sum()),
                unit="exchanges",
                severity=Severity.WARNING,
            )
        )
    return findings
