"""Databases + foreground + rule set → product system: the stages run in the order of the slots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonlab.errors import RefusedError
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.rules.apply import apply_rule
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.selectors import flow_has_role
from carbonlab.rules.slots import SLOTS
from carbonlab.rules.work import Work, start
from carbonlab.inventory.combine import combine
from carbonlab.system.product_system import ProductSystem
from carbonlab.vocabulary import Role, Severity, Status


def build_product_system(
    databases: Sequence[Database], rule_set: RuleSet, *, foreground: Database | None = None
) -> ProductSystem:
    """Return the product system of an inventory under a rule set.

    Parameters
    ----------
    databases : sequence of Database
        Attached databases.
    rule_set : RuleSet
        The accounting rules.
    foreground : Database, optional
        What the study itself models.

    Raises
    ------
    StudyError
        If databases contradict each other.
    RefusedError
        If the inventory contains offsets, or a rule refuses to decide.
    RuleError
        If a rule's parameters do not fit the inventory.
    """
    parts = [*([foreground] if foreground is not None else []), *databases]
    inventory = combine(parts)
    inside = np.zeros(inventory.processes.num_rows, bool)
    if foreground is not None:
        inside[: foreground.processes.num_rows] = True
    _check_offsets(inventory)
    work = start(inventory, inside)
    for slot in SLOTS:
        work = apply_rule(work, rule_set.rules[slot.key])
    work = _with_inventory_findings(work)
    return ProductSystem(work, rule_set, _status(work))


def _check_offsets(inventory: Database) -> None:
    used = flow_has_role(inventory, Role.OFFSET)[inventory.column("exchanges", "flow")]
    if used.any():
        exchange = int(np.flatnonzero(used)[0])
        process = int(inventory.column("exchanges", "process")[exchange])
        name = inventory.flows["name"][int(inventory.column("exchanges", "flow")[exchange])].as_py()
        raise RefusedError(
            f"the inventory contains an offset: {name!r}",
            where=f"process {inventory.processes['name'][process].as_py()!r}",
            why="offsetting is outside a product carbon footprint (ISO 14067 6.3.4.1)",
            remedy="take the offset out of the inventory and report it apart",
        )


def _with_inventory_findings(work: Work) -> Work:
    """Add findings on processes that supply nothing and on what the data suppliers decided already."""
    database = work.database
    supplies = np.zeros(database.processes.num_rows, bool)
    supplies[work.columns.process] = True
    ids = database.column("processes", "id")
    findings = [Finding(code="no_functional_flow", process=ids[row]) for row in np.flatnonzero(~supplies)]
    findings += [
        Finding(code="decided_upstream", severity=Severity.INFO, detail=f"{slot}: {option}")
        for slot, option in database.meta.decided_upstream.items()
    ]
    return work.with_finding(*findings)


def _status(work: Work) -> np.ndarray:
    """Return the status of the columns: what rules decided, else NO_OUTPUT for an amount of zero, else ""."""
    status = work.columns.status.copy()
    output = work.amounts[work.technosphere.exchange[work.columns.entry]]
    status[(status == "") & (output == 0)] = Status.NO_OUTPUT
    return status
