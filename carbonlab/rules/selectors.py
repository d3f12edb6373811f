"""Selectors: which subjects a line of a rule is about (role, process, flow, location, category, stage)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from re import IGNORECASE, compile
from typing import Any

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.database import Database
from carbonlab.rules.entries import BoolArray, EntryTable, IntArray
from carbonlab.vocabulary import LifeCycleStage, Role


@dataclass(frozen=True)
class Selector:
    """A condition on entries or processes; all given fields have to hold. The empty selector catches everything.

    Attributes
    ----------
    role : str
        Entries: role of the exchanged flow, or of a process that supplies it. Processes: their own role.
    process, flow, location, category : str
        Of the process that the entry belongs to (flow: the exchanged flow); id, name or pattern.
    stage : str
        Life-cycle stage of the link or of its process.
    """

    role: str = ""
    process: str = ""
    flow: str = ""
    location: str = ""
    category: str = ""
    stage: str = ""

    def __post_init__(self) -> None:
        if self.role and self.role not in set(Role):
            raise RuleError(
                f"there is no role {self.role!r}",
                remedy=f"use one of {', '.join(Role)}",
                why="the line would catch nothing",
            )
        if self.stage and self.stage not in set(LifeCycleStage):
            raise RuleError(
                f"there is no life-cycle stage {self.stage!r}",
                remedy=f"use one of {', '.join(LifeCycleStage)}",
                why="the line would catch nothing",
            )

    @staticmethod
    def of(values: Mapping[str, Any], where: str = "") -> Selector:
        """Return the selector that a rule file states.

        Raises
        ------
        RuleError
            If it asks for something that selectors do not know.
        """
        unknown = sorted(set(values) - set(Selector.__dataclass_fields__))
        if unknown or not all(isinstance(value, str) for value in values.values()):
            raise RuleError(
                f"a selector cannot ask for {', '.join(unknown) or values}",
                where=where,
                why="the line would catch something else than meant",
                remedy=f"give text for some of {', '.join(Selector.__dataclass_fields__)}",
            )
        return Selector(**values)

    @property
    def value(self) -> dict[str, str]:
        """The given fields, as a rule file states them."""
        return {name: text for name in self.__dataclass_fields__ if (text := getattr(self, name))}

    @property
    def is_everything(self) -> bool:
        """Whether it catches everything."""
        return not self.value

    def __str__(self) -> str:
        return " and ".join(f"{name} {text}" for name, text in self.value.items()) or "everything"

    # -- matching --------------------------------------------------------------------------------------------

    def catches_processes(self, database: Database, processes: IntArray) -> BoolArray:
        """Return which of the processes (rows) it catches; ``flow`` asks for their functional flows."""
        caught = self._by_process(database)
        if self.role:
            caught &= process_has_role(database, self.role)
        if self.stage:
            caught &= database.is_word("processes", "stage", self.stage)
        if self.flow:
            outputs = ~database.column("exchanges", "is_input")
            named = named_rows(database, "flows", self.flow)[database.column("exchanges", "flow")]
            having = np.zeros(database.processes.num_rows, bool)
            having[database.column("exchanges", "process")[named & outputs]] = True
            caught &= having
        return np.asarray(caught[processes])

    def catches_entries(self, database: Database, table: EntryTable, rows: IntArray) -> BoolArray:
        """Return which of the entries (rows of the table) it catches."""
        process, flow = table.process[rows], table.flow[rows]
        caught = self._by_process(database)[process]
        if self.flow:
            caught &= named_rows(database, "flows", self.flow)[flow]
        if self.role:
            caught &= flow_has_role(database, self.role)[flow]
        if self.stage:
            on_link = database.is_word("exchanges", "stage", self.stage)[table.exchange[rows]]
            linked = database.codes("exchanges", "stage")[0][table.exchange[rows]] >= 0
            of_process = database.is_word("processes", "stage", self.stage)[process]
            caught &= np.where(linked, on_link, of_process)
        return np.asarray(caught)

    def catches_flows(self, database: Database, flows: IntArray) -> BoolArray:
        """Return which of the flows (rows) it catches; a selector that asks for a process or place catches none."""
        caught = np.full(database.flows.num_rows, not (self.process or self.location or self.stage), bool)
        if self.flow:
            caught &= named_rows(database, "flows", self.flow)
        if self.role:
            caught &= flow_has_role(database, self.role)
        if self.category:
            matches = compile(translate(self.category), IGNORECASE).match
            caught &= np.array([bool(matches(text)) for text in database.column("flows", "category")], bool)
        return np.asarray(caught[flows])

    def _by_process(self, database: Database) -> BoolArray:
        caught = np.ones(database.processes.num_rows, bool)
        if self.process:
            caught &= named_rows(database, "processes", self.process)
        for column, pattern in (("location", self.location), ("category", self.category)):
            if pattern:
                matches = compile(translate(pattern), IGNORECASE).match
                codes, words = database.codes("processes", column)
                hit = np.array([bool(matches(word)) for word in words] + [False])
                caught &= hit[codes]
        return caught


def named_rows(database: Database, table: str, text: str) -> BoolArray:
    """Return which rows of processes or flows have an id or name that equals the text or matches its pattern."""
    matches = compile(translate(text), IGNORECASE).match
    ids, names = database.column(table, "id"), database.column(table, "name")
    # a name may hold the signs of a pattern itself: "steel [2010]"
    caught = (text in (i, n) or bool(matches(n)) for i, n in zip(ids, names, strict=True))
    return np.fromiter(caught, bool, len(ids))


def process_has_role(database: Database, role: str) -> BoolArray:
    """Return which processes (rows) play a role."""
    rows = database.column("roles", "process")[database.is_word("roles", "role", role)]
    has = np.zeros(database.processes.num_rows, bool)
    has[rows[rows >= 0]] = True
    if role == Role.CAPITAL_GOOD:
        has |= database.column("processes", "is_capital_good")
    return has


def flow_has_role(database: Database, role: str) -> BoolArray:
    """Return which flows (rows) play a role themselves or are an output of a process that plays it."""
    rows = database.column("roles", "flow")[database.is_word("roles", "role", role)]
    has = np.zeros(database.flows.num_rows, bool)
    has[rows[rows >= 0]] = True
    supplied = process_has_role(database, role)[database.column("exchanges", "process")]
    reference = supplied & database.column("exchanges", "is_reference")
    has[database.column("exchanges", "flow")[reference]] = True
    return has
