"""Checks of allocation: the sum is kept, the order of bases is kept, like is treated alike, waste carries
nothing.
"""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, for_a_person, met, not_applicable, not_met, upstream
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.rules.options.shares import shares_by
from carbonlab.rules.selectors import flow_has_role
from carbonlab.vocabulary import Basis, Role

SLOT = "multifunctionality"
PHYSICAL = {Basis.MASS, Basis.ENERGY, Basis.CARBON, "biogenic_carbon", "moles", "volume"}
AVOIDED = {Basis.SUBSTITUTION, Basis.SINGLE}
NO_RELATION = {Basis.EQUAL, Basis.REFERENCE}
SUM_TOLERANCE = 1e-6


def share_sums(context: Context) -> dict[str, float]:
    """Return for each exchange that was split among co-products what its shares sum to."""
    sums: dict[int, float] = {}
    for name in ("technosphere", "intervention"):
        table = getattr(context.work, name)
        rows = [
            line.rows
            for line in context.work.log
            if line.slot == SLOT and line.verb == "split" and line.table == name
        ]
        if not rows or SLOT not in table.factors:
            continue
        parts = np.flatnonzero(np.isin(table.parent, np.concatenate(rows)))
        parts = parts[context.runs_for_any[table.process[parts]]]
        output = context.work.amounts[context.work.technosphere.exchange[context.system.columns.entry]]
        shares = context.system.columns.shares(output)
        column = table.share_column[parts]
        own = np.where(column >= 0, shares[column], table.factors[SLOT][parts])
        for parent, share in zip(table.exchange[parts].tolist(), own.tolist(), strict=True):
            sums[parent] = sums.get(parent, 0.0) + share
    ids = context.database.column("exchanges", "id")
    return {str(ids[row]): total for row, total in sums.items()}


def like_processes_differ(context: Context) -> str:
    """Return processes with the same functional flows but different bases; empty if there are none."""
    columns = context.system.columns
    bases: dict[tuple[int, ...], dict[str, int]] = {}
    for process in context.several_products.tolist():
        flows = tuple(sorted(columns.flow[columns.process == process].tolist()))
        bases.setdefault(flows, {}).setdefault(context.basis_of(process), process)
    unlike = [found for found in bases.values() if len(found) > 1]
    return "; ".join(
        " and ".join(f"{context.process_names([process])} by {basis}" for basis, process in found.items())
        for found in unlike
    )


def allocation_outcome(context: Context, outcome: Outcome) -> Outcome:
    """Return an outcome, or that it was decided upstream where what can be seen is in order."""
    option = context.decided_upstream.get(SLOT)
    if option and outcome.is_met:
        return upstream(
            f"allocation was decided by the data supplier: {option}; what can be seen: {outcome.evidence}"
        )
    return outcome


@check("A-01")
def sum_is_kept(context: Context) -> Outcome:
    """Add the shares of every allocated exchange."""
    sums = share_sums(context)
    if not sums:
        return not_applicable("nothing is allocated among co-products")
    worst = max(sums, key=lambda name: abs(sums[name] - 1))
    off = abs(sums[worst] - 1)
    if off > SUM_TOLERANCE:
        return not_met(f"the shares of {worst} sum to {sums[worst]:.6g}", sum_of_shares=sums[worst])
    return allocation_outcome(
        context, met(f"{len(sums)} exchanges: shares sum to one within {off:.1g}", largest_deviation=off)
    )


@check("A-02")
def order_is_kept(context: Context) -> Outcome:
    """Rank the bases that were used; a lower rank needs a physical relation to be missing, or a reason in
    the rule.
    """
    if not len(context.several_products):
        return not_applicable("no process with several products runs")
    used: dict[str, list[int]] = {}
    for process in context.several_products.tolist():
        used.setdefault(context.basis_of(process), []).append(process)
    arbitrary = [process for basis in NO_RELATION for process in used.get(basis, [])]
    if arbitrary:
        return not_met(
            "shared by no relation at all (equal, or all to the reference flow): "
            f"{context.process_names(arbitrary)}",
            processes=len(arbitrary),
        )
    lower = [
        process
        for basis, found in used.items()
        if basis not in PHYSICAL | AVOIDED | {Basis.STATED}
        for process in found
    ]
    offered = np.logical_or(*(shares_by(context.work, basis).offered for basis in (Basis.MASS, Basis.ENERGY)))
    passed_over = [process for process in lower if offered[process]]
    lines = context.rules.rules[SLOT].lines
    reasons = [line.reference.note or str(line.parameters.get("reason", "")) for line in lines]
    if passed_over and not all(reasons):
        return not_met(
            "another relation was chosen although mass or energy is known, and the rule gives no "
            f"reason: {context.process_names(passed_over)}",
            processes=len(passed_over),
        )
    words = "; ".join(f"{basis}: {context.process_names(found)}" for basis, found in used.items())
    if used.get(Basis.STATED):
        return upstream(f"stated shares do not say which relation they follow in every case: {words}")
    return allocation_outcome(context, met(words + (f"; reason: {listed(reasons)}" if passed_over else "")))


@check("A-03")
def several_procedures(context: Context) -> Outcome:
    """Where a process with several products runs, the study has to show another allocation too."""
    if not len(context.several_products):
        return not_applicable("no process with several products runs")
    rules: dict[tuple[str, ...], str] = {}
    for evaluation in context.evaluations:
        columns = evaluation.system.columns
        own = np.isin(columns.process, context.several_products)
        rules.setdefault(tuple(map(str, columns.basis[own])), evaluation.system.rule_set.key)
    if len(rules) < 2:
        return not_met(
            f"{len(context.several_products)} processes with several products share by the same bases "
            f"under every rule set: {listed([e.system.rule_set.key for e in context.evaluations])}"
        )
    totals = context.result["total"].transpose("product", "rule_set").values
    spread = [
        f"{p.unit.key} {np.nanmin(totals[p.position]):.4g} to {np.nanmax(totals[p.position]):.4g} "
        f"{IMPACT_UNIT}"
        for p in context.products
    ]
    return met(
        f"{len(rules)} allocations: {listed(list(rules.values()))}; {listed(spread)}", allocations=len(rules)
    )


@check("A-04")
def like_is_alike(context: Context) -> Outcome:
    """Processes with the same functional flows share by the same basis."""
    if not len(context.several_products):
        return not_applicable("no process with several products runs")
    unlike = like_processes_differ(context)
    if unlike:
        return not_met(unlike)
    return allocation_outcome(
        context,
        met(f"{len(context.several_products)} processes with several products, like ones by one basis"),
    )


@check("A-05")
def waste_carries_nothing(context: Context) -> Outcome:
    """A co-product that is scrap, or has no positive price, carries no share."""
    if not len(context.several_products):
        return not_applicable("no process with several products runs")
    columns = context.system.columns
    output = context.work.amounts[context.work.technosphere.exchange[columns.entry]]
    own = np.isin(columns.process, context.several_products) & (
        np.nan_to_num(columns.shares(output), nan=1.0) > 0
    )
    is_reference = context.database.column("exchanges", "is_reference")[
        context.work.technosphere.exchange[columns.entry]
    ]
    scrap = flow_has_role(context.database, Role.SCRAP)[columns.flow] & ~is_reference
    priced = context.database.is_word("properties", "name", "price")
    worthless = np.zeros(context.database.flows.num_rows, bool)
    worthless[
        context.database.column("properties", "flow")[
            priced & (context.database.column("properties", "value") <= 0)
        ]
    ] = True
    wrong = np.flatnonzero(own & (scrap | (worthless[columns.flow] & ~is_reference)) & (columns.status == ""))
    if len(wrong):
        names = context.database.column("flows", "name")[columns.flow[wrong]]
        return not_met(
            f"burdens are given to what is scrap or has no value: {listed(names.tolist())}",
            outputs=len(wrong),
        )
    return allocation_outcome(context, met("no scrap and nothing without value carries a share"))


@check("N-05")
def influence_is_shown(context: Context) -> Outcome:
    """Allocation is described in the scope, and the result shown under another one."""
    if not len(context.several_products):
        return not_applicable("no process with several products runs")
    text = context.study.scope.get("allocation", "")
    if not text:
        return not_met("the scope says nothing on allocation (scope.allocation)")
    shown = several_procedures(context)
    if not shown.is_met:
        return not_met(f"described, but its influence is not shown: {shown.evidence}")
    return (
        met(f"scope: {text}; {shown.evidence}") if text.strip() else for_a_person("scope.allocation is blank")
    )
