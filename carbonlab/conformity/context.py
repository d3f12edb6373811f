"""What a check may look at: the study, its solved systems, the dataset, and a few views that many checks
share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from carbonlab.inventory.database import Database
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.selectors import flow_has_role
from carbonlab.rules.work import Work
from carbonlab.system.product_system import ProductSystem
from carbonlab.system.scenario import Scenario
from carbonlab.system.study import Study, UnitOfAnalysis, reference_amount
from carbonlab.vocabulary import Component, FlowKind, LifeCycleStage, Role, Status

SIGNIFICANT = 0.01
"""Share of the absolute contributions from which a datum has to be described [-]: our reading of
"significant", no standard's number."""

LISTED = 6
"""Names that evidence lists; the rest is counted."""


@dataclass(frozen=True, eq=False)
class Product:
    """One unit of analysis, solved.

    Attributes
    ----------
    unit : UnitOfAnalysis
        What is asked.
    position : int
        Its place among the products.
    column : int
        Column that supplies it.
    demand : float
        [unit of the column's flow].
    scaling : float array (columns,)
        How much each column runs; zeros without a number.
    status : Status
        What the number is worth.
    """

    unit: UnitOfAnalysis
    position: int
    column: int
    demand: float
    scaling: FloatArray
    status: Status


@dataclass(frozen=True, eq=False)
class Context:
    """A study under the rule set that is checked.

    Attributes
    ----------
    study : Study
        The study.
    evaluation : Evaluation
        Solved under the rule set that is checked.
    evaluations : tuple of Evaluation
        Under all rule sets of the study.
    result : xarray.Dataset
        The dataset of all rule sets.
    scenarios : tuple of Scenario
        Changes of data that the study is shown under.
    earlier : Study, optional
        An earlier study of the same product, where performance is tracked.
    compared : tuple of str
        Keys of products that the study sets side by side.
    """

    study: Study
    evaluation: Evaluation
    evaluations: tuple[Evaluation, ...]
    result: xr.Dataset
    scenarios: tuple[Scenario, ...] = ()
    earlier: Study | None = None
    compared: tuple[str, ...] = ()

    # -- short ways -------------------------------------------------------------------------------------

    @property
    def system(self) -> ProductSystem:
        """The product system."""
        return self.evaluation.system

    @property
    def work(self) -> Work:
        """The entries after all rules, with log and findings."""
        return self.evaluation.system.work

    @property
    def database(self) -> Database:
        """Foreground and databases as one."""
        return self.evaluation.system.database

    @property
    def rules(self) -> RuleSet:
        """The rule set that is checked."""
        return self.evaluation.system.rule_set

    @cached_property
    def here(self) -> xr.Dataset:
        """The dataset under the rule set that is checked."""
        return self.result.sel(rule_set=self.rules.key)

    @cached_property
    def decided_upstream(self) -> dict[str, str]:
        """Slots that data suppliers decided already."""
        parts = [
            *([self.study.foreground] if self.study.foreground is not None else []),
            *self.study.databases,
        ]
        return {
            slot: f"{option} ({db.meta.name})"
            for db in parts
            for slot, option in db.meta.decided_upstream.items()
        }

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """The units of analysis, solved."""
        return tuple(self._product(position, unit) for position, unit in enumerate(self.study.units))

    def _product(self, position: int, unit: UnitOfAnalysis) -> Product:
        column = self.system.column_of(unit.process, unit.flow)
        demand = reference_amount(
            unit, self.database.column("flows", "unit")[int(self.system.columns.flow[column])]
        )
        status = Status(self.evaluation.status[column])
        scaling = (
            self.evaluation.run(column, demand).x if status.has_number else np.zeros(len(self.system.columns))
        )
        return Product(unit, position, column, demand, scaling, status)

    # -- what runs for the products ---------------------------------------------------------------------

    def runs(self, product: Product) -> BoolArray:
        """Return which processes (processes,) run for a product."""
        used = np.zeros(self.database.processes.num_rows, bool)
        used[self.system.columns.process[product.scaling != 0]] = True
        return used

    @cached_property
    def runs_for_any(self) -> BoolArray:
        """Which processes (processes,) run for some product of the study."""
        return np.asarray(np.logical_or.reduce([self.runs(product) for product in self.products]), bool)

    @cached_property
    def several_products(self) -> IntArray:
        """Rows of the processes with several functional flows that run for some product."""
        count = np.bincount(self.system.columns.process, minlength=self.database.processes.num_rows)
        return np.flatnonzero((count > 1) & self.runs_for_any)

    def basis_of(self, process: int) -> str:
        """Return the basis on which a process shares its burdens."""
        return str(self.system.columns.basis[np.flatnonzero(self.system.columns.process == process)[0]])

    def stages_of(self, product: Product) -> set[str]:
        """Return the life-cycle stages in which something is modelled for a product."""
        footprint = self.here["footprint"].isel(product=product.position)
        parts = abs(footprint).sum([dim for dim in footprint.dims if dim != "stage"])
        found = {str(stage) for stage in LifeCycleStage if float(parts.sel(stage=str(stage))) > 0}
        inside = (self.work.foreground & self.runs(product))[self.database.column("exchanges", "process")]
        found |= set(self.database.column("exchanges", "stage")[inside])
        found |= set(self.database.column("processes", "stage")[self.work.foreground & self.runs(product)])
        return found - {""}

    @cached_property
    def is_foreground_exchange(self) -> BoolArray:
        """Which exchanges (exchanges,) the study itself models, in processes that run."""
        return np.asarray(
            (self.work.foreground & self.runs_for_any)[self.database.column("exchanges", "process")]
        )

    # -- what contributes -------------------------------------------------------------------------------

    def contributions(self, product: Product) -> FloatArray:
        """Return |contribution| of every exchange (exchanges,) of an elementary flow [kg CO2e]."""
        pattern, table = self.system.intervention_pattern, self.work.intervention
        values = self.system.entry_values(self.work.amounts)[1][pattern.entry]
        part = np.abs(impact_weights(self.evaluation)[pattern.row] * values * product.scaling[pattern.column])
        result = np.zeros(self.database.exchanges.num_rows)
        np.add.at(result, table.exchange[pattern.entry], part)
        return result

    @cached_property
    def significant(self) -> IntArray:
        """Exchanges that make at least `SIGNIFICANT` of the absolute contributions of some product, the
        largest first.

        Carbon that a rule lets follow a co-product has the exchange of that product; it is no value of an
        emission, and left out.
        """
        emissions = self.database.is_word("flows", "kind", FlowKind.ELEMENTARY, FlowKind.AGGREGATED_CO2E)
        largest = np.zeros(self.database.exchanges.num_rows)
        for product in self.products:
            parts = self.contributions(product)
            if parts.sum() > 0:
                largest = np.maximum(largest, parts / parts.sum())
        rows = np.flatnonzero((largest >= SIGNIFICANT) & emissions[self.database.column("exchanges", "flow")])
        return np.asarray(rows[np.argsort(-largest[rows], kind="stable")], np.int64)

    def component_share(self, product: Product, component: Component) -> float:
        """Return the share of a component in the sum of absolute components of a product [-]."""
        footprint = self.here["footprint"].isel(product=product.position)
        parts: xr.DataArray = abs(footprint.sum(["stage", "year", "gas"]))
        total = float(parts.sum())
        return float(parts.sel(component=str(component))) / total if total else 0.0

    @cached_property
    def aggregated_share(self) -> float:
        """Largest share, over the products, of what arrived characterized [-]."""
        return max(
            (self.component_share(product, Component.AGGREGATED) for product in self.products), default=0.0
        )

    # -- what is left out -------------------------------------------------------------------------------

    def left_out(self, slot: str, *, declared: bool = False) -> IntArray:
        """Return the exchanges of running processes that a slot dropped; of linking, those declared as cut
        off or the others.
        """
        found = [
            getattr(self.work, line.table).exchange[line.rows]
            for line in self.work.log
            if line.slot == slot and line.verb == "drop"
        ]
        exchanges = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
        exchanges = exchanges[self.runs_for_any[self.database.column("exchanges", "process")[exchanges]]]
        if slot != "linking":
            return np.asarray(exchanges, np.int64)
        is_declared = flow_has_role(self.database, Role.DECLARED_CUT_OFF)[
            self.database.column("exchanges", "flow")[exchanges]
        ]
        return np.asarray(exchanges[is_declared == declared], np.int64)

    # -- names ------------------------------------------------------------------------------------------

    def process_names(self, rows: Sequence[int] | IntArray) -> str:
        """Return the names of processes, as many as evidence lists."""
        return listed(self.database.column("processes", "name")[np.asarray(rows, np.int64)].tolist())

    def exchange_names(self, rows: Sequence[int] | IntArray) -> str:
        """Return exchanges as "flow of process", as many as evidence lists."""
        rows = np.asarray(rows, np.int64)
        flows = self.database.column("flows", "name")[self.database.column("exchanges", "flow")[rows]]
        processes = self.database.column("processes", "name")[
            self.database.column("exchanges", "process")[rows]
        ]
        return listed([f"{flow} of {process}" for flow, process in zip(flows, processes, strict=True)])

    def flow_names(self, ids: Sequence[str]) -> str:
        """Return the names of flows that findings name by id, as many as evidence lists."""
        rows = [self.database.flow_row(identity) for identity in ids]
        return listed(self.database.column("flows", "name")[np.asarray(rows, np.int64)].tolist())


def listed(names: Sequence[str]) -> str:
    """Return names in one text, each once, and how many more there are.

    Examples
    --------
    >>> listed(["kiln", "mill", "kiln"])
    'kiln, mill'
    """
    distinct = list(dict.fromkeys(map(str, names)))
    more = f" and {len(distinct) - LISTED} more" if len(distinct) > LISTED else ""
    return ", ".join(distinct[:LISTED]) + more
