"""Checks of electricity: stated treatment, life-cycle factors, contracts within consumption, the grid
average beside them.
"""

from __future__ import annotations

import numpy as np

from carbonlab.conformity.context import Context, listed
from carbonlab.conformity.registry import check
from carbonlab.conformity.verdicts import Outcome, met, not_applicable, not_met, upstream
from carbonlab.rules.entries import IntArray
from carbonlab.rules.selectors import flow_has_role
from carbonlab.vocabulary import ProcessKind, Role

SLOT = "electricity"
TOLERANCE = 1e-9


def suppliers(context: Context) -> IntArray:
    """Return rows of the processes that supply electricity to the products."""
    columns = context.system.columns
    electric = flow_has_role(context.database, Role.ELECTRICITY)[columns.flow]
    running = np.logical_or.reduce([product.scaling != 0 for product in context.products])
    return np.unique(columns.process[electric & running])


def _has_contracts(context: Context) -> bool:
    return any(
        line.option == "contracts" and line.parameters.get("instruments")
        for line in context.rules.rules[SLOT].lines
    )


@check("X-09")
def treatment_is_stated(context: Context) -> Outcome:
    """The rule of the slot says where it is written; the suppliers are named."""
    found = suppliers(context)
    if not len(found):
        return not_applicable("no product uses electricity of the inventory")
    lines = context.rules.rules[SLOT].lines
    silent = [line.option for line in lines if not (line.reference.source or line.reference.note)]
    if silent:
        return not_met(
            f"the electricity rule {listed(silent)} says neither where it is written nor why it was chosen"
        )
    return met(
        f"{listed([line.option for line in lines])}; supplied by {context.process_names(found)}",
        suppliers=len(found),
    )


@check("E-L1")
def electricity_is_life_cycle(context: Context) -> Outcome:
    """No rule cuts the upstream of electricity off; suppliers that are published totals cannot be looked
    into.
    """
    found = suppliers(context)
    if not len(found):
        return not_applicable("no product uses electricity of the inventory")
    cut = [f.code for f in context.evaluation.findings if f.code == "electricity_not_life_cycle"]
    if cut or any(line.option == "combustion_only" for line in context.rules.rules[SLOT].lines):
        return not_met(
            "electricity counts the direct emissions of generation only (slot electricity: combustion_only)"
        )
    dropped = [line.rows for line in context.work.log if line.slot == SLOT and line.verb == "drop"]
    if dropped:
        return not_met(
            f"the electricity rule dropped {sum(map(len, dropped))} entries upstream of electricity"
        )
    total = context.database.is_word("processes", "kind", ProcessKind.AGGREGATED)
    hidden = found[total[found]]
    if len(hidden):
        return upstream(
            f"published totals, whose scope cannot be looked into: {context.process_names(hidden)}",
            published_totals=len(hidden),
        )
    return met(f"modelled with their upstream: {context.process_names(found)}", suppliers=len(found))


@check("E-L2")
def contracts_within_consumption(context: Context) -> Outcome:
    """Per consumer, contracted kilowatt-hours stay within those consumed."""
    if not _has_contracts(context):
        return not_applicable("no electricity is contracted")
    shares: dict[str, float] = {}
    for finding in context.evaluation.findings:
        if finding.code == "electricity_contracted":
            share = float(finding.detail.rpartition(": ")[2].partition(" ")[0])
            shares[finding.process] = shares.get(finding.process, 0.0) + share
    over = {name: share for name, share in shares.items() if share > 1 + 1e-3}
    if over:
        return not_met(
            "; ".join(
                f"{name}: contracts for {share:.1%} of what it consumes" for name, share in over.items()
            ),
            largest_share=max(over.values()),
        )
    return met(
        "; ".join(f"{name}: {share:.1%} contracted" for name, share in shares.items()),
        largest_share=max(shares.values(), default=0.0),
    )


@check("E-L3")
def grid_average_beside(context: Context) -> Outcome:
    """Beside contracts stands a rule set of the study without them."""
    if not _has_contracts(context):
        return not_applicable("no electricity is contracted")
    others = [
        e.system.rule_set.key
        for e in context.evaluations
        if all(line.option != "contracts" for line in e.system.rule_set.rules[SLOT].lines)
    ]
    if not others:
        return not_met("the study shows no result without the contracts")
    return met(f"without contracts: {listed(others)}")
