"""The product system: what the rules made of the inventory, its axes, and the matrices A and B.

A (columns × columns): A_ij is what column j puts out (+) or takes in (−) of the functional flow of column i.
B (interventions × columns): amount of each elementary flow in its own direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.errors import InventoryError, NotFoundError
from carbonlab.inventory.database import Database
from carbonlab.provenance import Digester
from carbonlab.rules.entries import Columns, EntryTable, FloatArray, IntArray
from carbonlab.rules.parts import separable_flows
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.work import Work
from carbonlab.system.display import product_system_html
from carbonlab.vocabulary import Component, FlowKind, Status


@dataclass(frozen=True, eq=False)
class Pattern:
    """Where alive entries sit in a matrix: ``matrix[row[k], column[k]] += value(entry[k])``."""

    row: IntArray
    column: IntArray
    entry: IntArray


@dataclass(frozen=True, eq=False)
class Matrices:
    """A (columns, columns) and B (interventions, columns), as compressed sparse columns."""

    A: sparse.csc_array
    B: sparse.csc_array


@dataclass(frozen=True, eq=False)
class ProductSystem:
    """Entry tables, axes, log and matrices of one inventory under one rule set.

    Attributes
    ----------
    work : Work
        The tables after the last stage, with log and findings.
    rule_set : RuleSet
        The rules that made it.
    status : object array (columns,)
        `Status` of each column as far as the rules decide it ("" = nothing against it).
    """

    work: Work
    rule_set: RuleSet
    status: NDArray[np.object_]

    def with_matrices_of(self, other: ProductSystem | None) -> ProductSystem:
        """Return this system with axes and matrices taken over from another one, if both have the very
        same entries and columns.

        Characterization, the last stage, changes none of them: many rule sets share their matrices.
        """
        same = other is not None and all(
            getattr(self.work, name) is getattr(other.work, name)
            for name in ("database", "technosphere", "intervention", "columns", "shown_as", "beyond")
        )
        if other is not None and same and np.array_equal(self.status, other.status):
            vars(self).update({name: vars(other)[name] for name in _OF_ENTRIES if name in vars(other)})
        return self

    # -- axes --------------------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The combined inventory."""
        return self.work.database

    @property
    def columns(self) -> Columns:
        """The (process, functional flow) pairs: the same for every rule set on one inventory."""
        return self.work.columns

    @cached_property
    def interventions(self) -> IntArray:
        """Flow rows of the intervention axis: every elementary and aggregated flow of the inventory, and
        once more each flow of which a
        rule may show a part as a component of its own; the same for every rule set on one inventory.
        """
        own = self.database.is_word("flows", "kind", FlowKind.ELEMENTARY, FlowKind.AGGREGATED_CO2E)
        return np.concatenate([np.flatnonzero(own), *(rows for _, rows in self._parts)]).astype(np.int64)

    @cached_property
    def intervention_components(self) -> NDArray[np.object_]:
        """Component that each row of the intervention axis (interventions,) is shown as; "" for that of its flow."""
        parts = [word for component, rows in self._parts for word in [str(component)] * len(rows)]
        return np.array([""] * (len(self.interventions) - len(parts)) + parts, object)

    @cached_property
    def intervention_labels(self) -> NDArray[np.object_]:
        """Label of each row of the intervention axis (interventions,): id of the flow, with the component
        where it is a part.
        """
        ids = self.database.column("flows", "id")[self.interventions]
        labels = [
            f"{i} ({part})" if part else i for i, part in zip(ids, self.intervention_components, strict=True)
        ]
        return np.array(labels, object)

    @cached_property
    def _parts(self) -> tuple[tuple[Component, IntArray], ...]:
        return separable_flows(self.database)

    def column_of(self, process: str, flow: str = "") -> int:
        """Return the column of a process id and, where the process has several, a functional flow id.

        Raises
        ------
        NotFoundError
            If the process does not supply the flow, or supplies several and none is named.
        """
        row = self.database.process_row(process)
        found = np.flatnonzero(self.columns.process == row)
        if flow:
            found = found[self.columns.flow[found] == self.database.flow_row(flow)]
        elif len(found) > 1:
            reference = self.database.column("exchanges", "is_reference")
            found = found[reference[self.work.technosphere.exchange[self.columns.entry[found]]]]
        if len(found) != 1:
            own = self.columns.flow[self.columns.process == row]
            names = ", ".join(self.database.column("flows", "id")[own]) or "nothing"
            raise NotFoundError(
                f"process {process!r} does not supply {flow!r}"
                if flow
                else f"process {process!r} has no reference flow",
                remedy=f"it supplies: {names}",
            )
        return int(found[0])

    @cached_property
    def sign(self) -> FloatArray:
        """Sign of the functional flow (columns,): +1 for a product, −1 for a waste that is treated.

        It is that of the flow itself, not of the diagonal of A: a process that consumes more of its product than it
        makes has a diagonal of the other sign and is still no treatment.
        """
        entry = self.columns.entry
        table = self.work.technosphere
        return np.where(table.sign[entry] * self.work.amounts[table.exchange[entry]] < 0, -1.0, 1.0)

    # -- matrices --------------------------------------------------------------------------------------------

    @cached_property
    def has_column(self) -> NDArray[np.bool_]:
        """Which columns are real; the others are identity columns: what the rules removed or could not decide."""
        return np.array([status == "" or Status(status).has_number for status in self.status], bool)

    @cached_property
    def technosphere_pattern(self) -> Pattern:
        """Where technosphere entries sit in A."""
        within = self.work.technosphere.alive.copy()
        within[self.work.beyond] = False
        return self._placed(np.flatnonzero(within))

    @cached_property
    def beyond_pattern(self) -> Pattern:
        """Where entries beyond the system boundary would sit in A, if they were part of it."""
        return self._placed(self.work.beyond[self.work.technosphere.alive[self.work.beyond]])

    def _placed(self, entry: IntArray) -> Pattern:
        table = self.work.technosphere
        entry = entry[table.column[entry] >= 0]
        entry = entry[self.has_column[table.column[entry]]]
        row = _find_columns(
            self.columns, table.provider[entry], table.flow[entry], self.database.flows.num_rows
        )
        if (row < 0).any():
            lost = int(entry[row < 0][0])
            raise InventoryError(
                "a technosphere entry leads to no column after all rules have run",
                where=str(self.database.exchange_at(int(table.exchange[lost]))),
                why="its upstream would be lost without a word",
                remedy="the linking rule has to link or drop every input; report a defect",
            )
        return Pattern(row, table.column[entry], entry)

    @cached_property
    def intervention_pattern(self) -> Pattern:
        """Where intervention entries sit in B."""
        table = self.work.intervention
        entry = np.flatnonzero(table.alive & (table.column >= 0))
        entry = entry[self.has_column[table.column[entry]]]
        whole = np.flatnonzero(self.intervention_components == "")
        position = np.full(self.database.flows.num_rows, -1, np.int64)
        position[self.interventions[whole]] = whole
        row = position[table.flow[entry]]
        for component, shown in self.work.shown_as.items():
            own = np.flatnonzero(self.intervention_components == component)
            position = np.full(self.database.flows.num_rows, -1, np.int64)
            position[self.interventions[own]] = own
            row = np.where(np.isin(entry, shown), position[table.flow[entry]], row)
        if (row < 0).any():
            lost = int(entry[row < 0][0])
            raise InventoryError(
                "an intervention entry is shown as a component that has no row for its flow",
                where=str(self.database.exchange_at(int(table.exchange[lost]))),
                why="the emission would be lost without a word",
                remedy="show only flows of `carbonlab.rules.parts.separable_flows` by themselves; report a defect",
            )
        return Pattern(row, table.column[entry], entry)

    @cached_property
    def matrices(self) -> Matrices:
        """A and B for the nominal amounts."""
        return self.matrices_for(self.work.amounts)

    def matrices_for(self, amounts: FloatArray, *, weights: FloatArray | None = None) -> Matrices:
        """Return A and B for other amounts of the exchanges (exchanges,), and other allocation weights (columns,) if
        they are given; allocation shares are recomputed.
        """
        technosphere, intervention = self.entry_values(amounts, weights=weights)
        count = len(self.columns)
        return Matrices(
            A=_matrix(
                self.technosphere_pattern, technosphere, (count, count), np.flatnonzero(~self.has_column)
            ),
            B=_matrix(self.intervention_pattern, intervention, (len(self.interventions), count), None),
        )

    def entry_values(
        self, amounts: FloatArray, *, weights: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the values of all technosphere and intervention entries for given amounts (exchanges,)."""
        technosphere, intervention = self.work.technosphere, self.work.intervention
        output = amounts[technosphere.exchange[self.columns.entry]]
        columns = self.columns if weights is None else replace(self.columns, weight=weights)
        shares = columns.shares(output)
        return (
            with_shares(technosphere, shares).values(amounts),
            with_shares(intervention, shares).values(amounts),
        )

    @cached_property
    def structure_digest(self) -> str:
        """Digest of axes and sparsity: lanes of equal structure digest can be evaluated together."""
        digester = Digester("structure")
        ids, flows = self.database.column("processes", "id"), self.database.column("flows", "id")
        digester.add_json("columns", [*zip(ids[self.columns.process], flows[self.columns.flow], strict=True)])
        digester.add_json("interventions", list(self.intervention_labels))
        for name, matrix in (("A", self.matrices.A), ("B", self.matrices.B)):
            digester.add_array(f"{name}.indptr", matrix.indptr)
            digester.add_array(f"{name}.indices", matrix.indices)
        return digester.digest()

    def __repr__(self) -> str:
        A, B = self.matrices.A, self.matrices.B
        lines = [
            f"ProductSystem of {self.database.meta.name} under {self.rule_set.key!r} [{self.structure_digest}]"
        ]
        lines += [
            f"  A: {A.shape[0]} × {A.shape[1]}, {A.nnz} entries; B: {B.shape[0]} × {B.shape[1]}, {B.nnz} entries"
        ]
        lines += [
            f"  {int((~self.has_column).sum())} columns without number, {len(self.work.findings)} findings of the rules"
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return product_system_html(self)


_OF_ENTRIES = (
    "interventions",
    "intervention_components",
    "_parts",
    "has_column",
    "technosphere_pattern",
    "beyond_pattern",
    "intervention_pattern",
    "matrices",
    "structure_digest",
)
"""Cached properties that depend on entries, columns and status alone."""


def with_shares(table: EntryTable, shares: FloatArray) -> EntryTable:
    """Return the entries with the allocation factor of weighted columns replaced by the given shares (columns,)."""
    rows = np.flatnonzero(table.share_column >= 0)
    if len(rows) == 0:
        return table
    return table.factor(rows, "multifunctionality", shares[table.share_column[rows]])


def _find_columns(columns: Columns, process: IntArray, flow: IntArray, flows: int) -> IntArray:
    """Return the column of each (process, flow) pair; −1 where there is none."""
    if len(columns) == 0:
        return np.full(len(process), -1, np.int64)
    key = columns.process * flows + columns.flow
    order = np.argsort(key)
    wanted = process * flows + flow
    place = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
    return np.where((process >= 0) & (key[order[place]] == wanted), order[place], -1)


def _matrix(
    pattern: Pattern, values: FloatArray, shape: tuple[int, int], identity: IntArray | None
) -> sparse.csc_array:
    row, column, value = pattern.row, pattern.column, values[pattern.entry]
    if identity is not None:
        row, column = np.concatenate([row, identity]), np.concatenate([column, identity])
        value = np.concatenate([value, np.ones(len(identity))])
    return sparse.csc_array(sparse.coo_array((value, (row, column)), shape=shape))
