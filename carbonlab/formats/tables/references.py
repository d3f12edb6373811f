"""What ids in the tables refer to: rows of the same tables, or what an attached database has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from carbonlab.formats.tables.problems import Problems, quoted
from carbonlab.formats.tables.rows import Row
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Flow, UnitProcess
from carbonlab.messages import message


@dataclass(slots=True)
class References:
    """Ids that are known, and the flows that were borrowed from attached databases."""

    problems: Problems
    flows: Mapping[str, Flow]
    processes: Mapping[str, UnitProcess]
    sources: Collection[str]
    exchanges: Collection[str]
    """Ids that rows of the exchanges table state."""
    unclear_flows: Collection[str] = ()
    """Flows whose kind could not be read."""
    attached: Sequence[Database] = ()
    check_providers: bool = True
    borrowed: dict[str, Flow] = field(default_factory=dict)
    _attached_flows: list[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._attached_flows = [frozenset(database.column("flows", "id")) for database in self.attached]

    def flow(self, row: Row, column: str) -> Flow | None:
        """Return the flow that a cell names; a flow of an attached database is borrowed."""
        identity = row.text(column)
        if not identity:
            return None
        found = self.flows.get(identity) or self.borrowed.get(identity) or self._borrow(identity)
        if found is None:
            self._report_unknown(row, column, identity, "flow", self.flows)
        return found

    def _borrow(self, identity: str) -> Flow | None:
        for database in self._databases_with(identity):
            self.borrowed[identity] = database.flow(identity)
            return self.borrowed[identity]
        return None

    def _databases_with(self, flow: str) -> list[Database]:
        pairs = zip(self.attached, self._attached_flows, strict=True)
        return [database for database, flows in pairs if flow in flows]

    def process(self, row: Row, column: str) -> str:
        """Return the id of the process of these tables that a cell names; "" if there is none."""
        identity = row.text(column)
        if not identity or identity in self.processes:
            return identity
        self._report_unknown(row, column, identity, "process", self.processes)
        return ""

    def provider(self, row: Row, column: str) -> str:
        """Return the id of the process, of these tables or of an attached database, that a cell names."""
        identity = row.text(column)
        known = not identity or identity in self.processes or self.database_of(identity) is not None
        if not known and self.check_providers:
            self._report_unknown(row, column, identity, "process", self.processes)
            return "" if "processes" not in self.problems.unread else identity
        return identity

    def database_of(self, process: str) -> Database | None:
        """Return the attached database that has a process, None if none has it."""
        return next((database for database in self.attached if database.has_process(process)), None)

    def exchange(self, row: Row, column: str) -> str:
        """Return the id of the exchange that a cell names; "" if there is none."""
        identity = row.text(column)
        if not identity or identity in self.exchanges:
            return identity
        if "exchanges" in self.problems.unread:
            row.hold_back(column)
        else:
            remedy = self.problems.near(
                identity, self.exchanges, "give the row of exchanges that is meant this id, in its column id"
            )
            row.report(column, f"there is no exchange with the id {quoted(identity)}", remedy)
        return ""

    def source(self, row: Row, column: str) -> str:
        """Return the id of the source that a cell names; "" if there is none."""
        identity = row.text(column)
        if identity and identity not in self.sources:
            self._report_unknown(row, column, identity, "source", self.sources)
            return "" if "sources" not in self.problems.unread else identity
        return identity

    def _report_unknown(
        self, row: Row, column: str, identity: str, what: str, known: Collection[str]
    ) -> None:
        table = {"flow": "flows", "process": "processes", "source": "sources"}[what]
        if table in self.problems.unread:
            row.hold_back(column)
            return
        way = message(f"tables.{'add_to' if what == 'source' else 'add_or_attach'}", table=table)
        remedy = self.problems.near(identity, known, way)
        row.report(column, message(f"tables.no_{what}", id=quoted(identity)), remedy)

    def check_flows_alike(self, rows: Mapping[str, Row]) -> None:
        """Note each flow that an attached database has under the same id with another meaning."""
        for identity, flow in self.flows.items():
            for database in self._databases_with(identity):
                other = database.flow(identity)
                if _meaning(flow) != _meaning(other):
                    rows[identity].report(
                        "id",
                        f"the database {quoted(database.meta.name)} has another flow with the id "
                        f"{quoted(identity)}: {_meaning(other)}, not {_meaning(flow)}",
                        "give the flow another id, or leave the row out to use the one of the database",
                    )


def _meaning(flow: Flow) -> str:
    direction = f" {flow.direction}" if flow.direction else ""
    return f"{flow.kind}{direction} in {flow.unit}"
