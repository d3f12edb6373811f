"""Databases + foreground + rule set → product system: the stages run in the order of the slots.

The databases are combined once (`build_inventory`); every rule set then starts from the same entries.
`SharedStages` builds the
systems of many rule sets and runs a stage again only where their rules begin to differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.combine import combine
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.provenance import canonical_json
from carbonlab.rules.apply import apply_rule
from carbonlab.rules.idle_lines import idle_lines
from carbonlab.rules.reference import Reference
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import flow_has_role
from carbonlab.rules.slots import SLOTS, Slot
from carbonlab.rules.work import Work, start
from carbonlab.system.product_system import ProductSystem
from carbonlab.vocabulary import Role, Severity, Status

Solve = Callable[[ProductSystem], Reference]
"""Solves a product system for a rule that judges by significance; the layer above has the solver
(`carbonlab.results.reference`)."""


@dataclass(frozen=True, eq=False)
class Inventory:
    """Foreground and databases as one: what every rule set starts from.

    Attributes
    ----------
    work : Work
        The entries before any rule.
    parts : tuple of Database
        What was combined, in the order of the rows: the foreground first.
    """

    work: Work
    parts: tuple[Database, ...]

    @property
    def database(self) -> Database:
        """The combined inventory."""
        return self.work.database

    def part_of_process(self) -> np.ndarray:
        """Return the number of the part that each process (processes,) comes from."""
        return np.repeat(np.arange(len(self.parts)), [part.processes.num_rows for part in self.parts])


def build_inventory(databases: Sequence[Database], *, foreground: Database | None = None) -> Inventory:
    """Return databases and foreground combined, checked, and taken apart into entries.

    Raises
    ------
    StudyError
        If databases contradict each other.
    RefusedError
        If the inventory contains offsets.
    """
    parts = (*([foreground] if foreground is not None else []), *databases)
    database = combine(parts)
    inside = np.zeros(database.processes.num_rows, bool)
    if foreground is not None:
        inside[: foreground.processes.num_rows] = True
    _check_offsets(database)
    return Inventory(start(database, inside), parts)


def build_product_system(
    databases: Sequence[Database],
    rule_set: RuleSet,
    *,
    foreground: Database | None = None,
    solve: Solve | None = None,
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
    solve : callable, optional
        What solves the reference of rules that judge by significance (`carbonlab.results.reference.solver`).

    Raises
    ------
    StudyError
        If databases contradict each other.
    RefusedError
        If the inventory contains offsets, or a rule refuses to decide.
    RuleError
        If a rule's parameters do not fit the inventory.
    """
    return SharedStages(build_inventory(databases, foreground=foreground), solve=solve).build(rule_set)


class SharedStages:
    """Builds the product systems of one inventory under many rule sets.

    The state after a stage depends on the rules up to it, so a rule set begins where it first differs from
    the one before. Rule
    sets in the order of their first slots share most; the order changes nothing but the time.
    """

    def __init__(self, inventory: Inventory, *, solve: Solve | None = None) -> None:
        self.inventory = inventory
        self._solve = solve
        self._states: list[tuple[str, Work]] = []
        self._references: dict[str, Reference] = {}
        self._last: ProductSystem | None = None

    def build(self, rule_set: RuleSet) -> ProductSystem:
        """Return the product system under a rule set; errors as in `build_product_system`.

        A rule that judges by significance gets its reference first: the same rule set with this slot
        neutral, built and solved; where
        several rules judge, references have references, with one slot less each time.
        """
        references = {
            slot.key: self._reference(rule_set, slot)
            for slot in SLOTS
            if rule_set.rules[slot.key].needs_reference
        }
        work, ahead = self.inventory.work, ""
        for position, slot in enumerate(SLOTS):
            rule = rule_set.rules[slot.key]
            if rule.needs_reference:  # what it does depends on the later rules too
                ahead = rule_set.digest
            key = canonical_json([ahead, rule.value])
            if position < len(self._states) and self._states[position][0] == key:
                work = self._states[position][1]
                continue
            del self._states[position:]
            work = _applied(replace(work, reference=references.get(slot.key)), rule, rule_set)
            self._states.append((key, work))
        work = _with_inventory_findings(work).with_finding(*idle_lines(work, rule_set))
        self._last = ProductSystem(work, rule_set, _status(work)).with_matrices_of(self._last)
        return self._last

    def _reference(self, rule_set: RuleSet, slot: Slot) -> Reference | None:
        if self._solve is None:
            return None
        without = rule_set.replace(**{slot.key: Rule(slot.key, (Line(slot.neutral),))})
        if without.digest not in self._references:
            self._references[without.digest] = self._solve(self.build(without))
        return self._references[without.digest]


def _applied(work: Work, rule: Rule, rule_set: RuleSet) -> Work:
    """Return the work after a rule; what goes wrong names the rule set or its file."""
    try:
        return replace(apply_rule(work, rule), reference=None)
    except (RuleError, RefusedError) as error:
        if not error.where.startswith(rule_set.place):
            error.where = ", ".join(filter(None, [rule_set.place, error.where]))
        raise


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
