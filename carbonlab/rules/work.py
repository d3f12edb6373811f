"""What a stage receives and hands on: the entry tables, the columns, and the log of what each rule did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from carbonlab.errors import InventoryError
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.rules.bill import Bill
from carbonlab.rules.characterization import Characterization
from carbonlab.rules.delay import Delay
from carbonlab.rules.entries import Columns, EntryTable, IntArray
from carbonlab.rules.reference import Reference
from carbonlab.vocabulary import Basis, Component, FlowKind, LifeCycleStage


@dataclass(frozen=True, eq=False)
class LogLine:
    """What one line of one rule did to which entries.

    Attributes
    ----------
    slot, line, option
        The rule's slot, the number of the line that caught the entries (0 = first), and its option.
    verb : str
        ``drop``, ``relink``, ``split``, ``add``, ``factor`` or ``show``.
    table : str
        ``technosphere`` or ``intervention``.
    rows : int array
        Entries that the verb was applied to.
    """

    slot: str
    line: int
    option: str
    verb: str
    table: str
    rows: IntArray


@dataclass(frozen=True, eq=False)
class Work:
    """The state between two stages; frozen: each verb returns a new one with its own log line.

    Attributes
    ----------
    database : Database
        The combined inventory: foreground and attached databases.
    foreground : bool array (processes,)
        Which processes the study itself models.
    technosphere, intervention : EntryTable
        The entries.
    columns : Columns
        The (process, functional flow) pairs.
    characterization : Characterization
        What the elementary flows stand for; empty until the last stage.
    at : tuple (slot, line, option)
        The rule line that is at work: verbs log it.
    apart : frozenset of Component
        Components that are reported, but not in the total.
    reference : Reference, optional
        The same rule set with the slot at work neutral, solved; there while an option that asks for it is at work.
    bills : tuple of Bill
        What rules left out for being small, with what it stands for.
    shown_as : mapping of Component to int array
        Intervention entries that are shown as another component than that of their flow.
    at_stage : mapping of LifeCycleStage to int array
        Technosphere entries that belong to another stage than that of their exchange: a rule added them.
    beyond : int array
        Technosphere entries beyond the system boundary: in no matrix, reported as module D.
    delay : Delay, optional
        How emissions that the study models for later years are weighted.
    """

    database: Database
    foreground: np.ndarray
    technosphere: EntryTable
    intervention: EntryTable
    columns: Columns
    characterization: Characterization
    log: tuple[LogLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    caught: dict[tuple[str, int], int] = field(default_factory=dict)
    """How many subjects each line of each rule caught."""
    at: tuple[str, int, str] = ("", 0, "")
    apart: frozenset[Component] = frozenset()
    reference: Reference | None = None
    bills: tuple[Bill, ...] = ()
    shown_as: Mapping[Component, IntArray] = field(default_factory=dict)
    at_stage: Mapping[LifeCycleStage, IntArray] = field(default_factory=dict)
    beyond: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    delay: Delay | None = None

    @cached_property
    def amounts(self) -> np.ndarray:
        """Nominal amounts of all exchanges (exchanges,), in reference units."""
        return self.database.column("exchanges", "amount")

    # -- verbs, logged ---------------------------------------------------------------------------------------

    def drop(self, table: str, rows: IntArray) -> Work:
        """Drop entries."""
        return self._changed(table, self._table(table).drop(rows), "drop", rows)

    def relink(self, rows: IntArray, providers: IntArray) -> Work:
        """Give technosphere entries another supplier."""
        return self._changed("technosphere", self.technosphere.relink(rows, providers), "relink", rows)

    def split(
        self, table: str, rows: IntArray, factors: np.ndarray, *, name: str = "", **values: IntArray
    ) -> Work:
        """Replace entries by parts, each with a factor that is named after the slot unless `name` is given."""
        changed = self._table(table).split(rows, name or self.at[0], factors, **values)
        return self._changed(table, changed, "split", np.unique(rows))

    def add(self, table: str, fresh: EntryTable) -> Work:
        """Add new entries."""
        own = self._table(table)
        return self._changed(table, own.add(fresh), "add", np.arange(len(own), len(own) + len(fresh)))

    def factor(self, table: str, rows: IntArray, factors: np.ndarray, *, name: str = "") -> Work:
        """Multiply entries with a factor; it is named after the slot unless another name is given."""
        return self._changed(
            table, self._table(table).factor(rows, name or self.at[0], factors), "factor", rows
        )

    def place(self, table: str, rows: IntArray, columns: IntArray) -> Work:
        """Put entries in matrix columns; nothing is changed by it, so nothing is logged."""
        placed = self._table(table).place(rows, columns)
        return (
            replace(self, technosphere=placed)
            if table == "technosphere"
            else replace(self, intervention=placed)
        )

    def show_as(self, component: Component, rows: IntArray) -> Work:
        """Show intervention entries as another component than that of their flow; their values stay."""
        if not len(rows):
            return self
        slot, line, option = self.at
        known = self.shown_as.get(component, np.empty(0, np.int64))
        shown = {**self.shown_as, component: np.union1d(known, rows).astype(np.int64)}
        log = (*self.log, LogLine(slot, line, option, "show", "intervention", np.asarray(rows, np.int64)))
        return replace(self, shown_as=shown, log=log)

    def put_beyond(self, rows: IntArray) -> Work:
        """Put technosphere entries that a rule added beyond the system boundary; module D is apart from the total."""
        if not len(rows):
            return self
        beyond = np.union1d(self.beyond, rows).astype(np.int64)
        return replace(self, beyond=beyond, apart=self.apart | {Component.MODULE_D})

    def put_at(self, stage: LifeCycleStage, rows: IntArray) -> Work:
        """Let technosphere entries that a rule added belong to a life-cycle stage of their own."""
        known = self.at_stage.get(stage, np.empty(0, np.int64))
        return replace(self, at_stage={**self.at_stage, stage: np.union1d(known, rows).astype(np.int64)})

    def with_finding(self, *findings: Finding) -> Work:
        """Add findings of a rule."""
        return replace(self, findings=self.findings + findings)

    def with_bill(self, bill: Bill) -> Work:
        """Add the bill of what a rule left out for being small."""
        return replace(self, bills=(*self.bills, bill))

    def _table(self, name: str) -> EntryTable:
        return self.technosphere if name == "technosphere" else self.intervention

    def _changed(self, name: str, table: EntryTable, verb: str, rows: IntArray) -> Work:
        if len(rows) == 0:
            return self
        slot, line, option = self.at
        log = (*self.log, LogLine(slot, line, option, verb, name, np.asarray(rows, np.int64)))
        if name == "technosphere":
            return replace(self, technosphere=table, log=log)
        return replace(self, intervention=table, log=log)


def start(database: Database, foreground: np.ndarray | None = None) -> Work:
    """Return the entries of a database before any rule: one entry per exchange, nothing linked or shared.

    A functional flow is a product output that is not avoided, or the reference waste input of a treatment
    process.

    Raises
    ------
    InventoryError
        If a process lists the same functional flow twice: two columns could not be told apart.
    """
    kind, words = database.codes("flows", "kind")
    code = {word: number for number, word in enumerate(words)}
    flow = database.column("exchanges", "flow").astype(np.int64)
    process = database.column("exchanges", "process").astype(np.int64)
    is_input = database.column("exchanges", "is_input")
    is_avoided = database.column("exchanges", "is_avoided")
    is_reference = database.column("exchanges", "is_reference")
    flow_kind = kind[flow]
    is_product = flow_kind == code.get(FlowKind.PRODUCT, -2)
    is_waste = flow_kind == code.get(FlowKind.WASTE, -2)
    rows = np.flatnonzero(is_product | is_waste)
    # an avoided product is an input with sign +, an avoided waste an output with sign −: both are credits
    sign = np.where(is_avoided, np.where(is_waste, -1.0, 1.0), np.where(is_input, -1.0, 1.0))
    technosphere = EntryTable.of(rows, process[rows], flow[rows], sign[rows])
    functional = np.where(is_product, ~is_input & ~is_avoided, is_waste & is_input & is_reference)[rows]
    elementary = np.flatnonzero(~(is_product | is_waste))
    intervention = EntryTable.of(elementary, process[elementary], flow[elementary], np.ones(len(elementary)))
    inside = np.zeros(database.processes.num_rows, bool) if foreground is None else foreground
    entry = np.flatnonzero(functional)
    _check_listed_once(database, technosphere.process[entry], technosphere.flow[entry])
    columns = Columns(
        process=technosphere.process[entry],
        flow=technosphere.flow[entry],
        entry=entry,
        basis=np.full(len(entry), "", object),
        weight=np.full(len(entry), np.nan),
        status=np.full(len(entry), "", object),
        substitute=np.full(len(entry), -1, np.int64),
    )
    placed = technosphere.place(entry, np.arange(len(entry))).relink(entry, technosphere.process[entry])
    only = _only_column(columns, database.processes.num_rows)
    rest = np.flatnonzero(placed.column < 0)
    placed = placed.place(rest, only[placed.process[rest]])
    intervention = intervention.place(np.arange(len(intervention)), only[intervention.process])
    blank = Characterization.empty(database.flows.num_rows)
    return Work(database, inside, placed, intervention, columns, blank)


def _check_listed_once(database: Database, process: IntArray, flow: IntArray) -> None:
    pair = process * database.flows.num_rows + flow
    if len(set(pair.tolist())) < len(pair):
        _, first, count = np.unique(pair, return_index=True, return_counts=True)
        row = int(first[count > 1][0])
        name = database.flows["name"][int(flow[row])].as_py()
        raise InventoryError(
            f"a process lists {name!r} {int(count[count > 1][0])} times as its product",
            where=f"process {database.processes['name'][int(process[row])].as_py()!r}",
            why="who takes the product could not be told which of the amounts supplies it",
            remedy="write one exchange with the sum of the amounts",
        )


def _only_column(columns: Columns, processes: int) -> IntArray:
    """Return the column (processes,) of each process that has exactly one functional flow; −1 for the others."""
    count = np.bincount(columns.process, minlength=processes)
    only = np.full(processes, -1, np.int64)
    only[columns.process] = np.arange(len(columns))
    single = count == 1
    columns.basis[single[columns.process]] = Basis.SINGLE
    only[~single] = -1
    return only
