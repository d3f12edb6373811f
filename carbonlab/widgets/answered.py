"""A study with its result and its solved system: what contribution views are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import xarray as xr

from carbonlab.errors import NotFoundError
from carbonlab.results.breakdown import Breakdown, By, CutOff, CutOffMode, break_down, break_down_first_tier
from carbonlab.results.calculate import collect, each_evaluation, evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.supply_network import SupplyNetwork, supply_network
from carbonlab.results.upstream_tree import UpstreamTree
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study, UnitOfAnalysis, reference_amount
from carbonlab.widgets.answers import unit_of
from carbonlab.widgets.job import Stopped, Watch

MOST_NODES = 30
"""Columns of a supply network at most; more cannot be read."""
ALL_NODES = 300
"""Columns that are looked at to find the cumulative share of supplies."""


@dataclass(frozen=True, eq=False)
class Answered:
    """A study and its answers, one per rule set; every breakdown is looked up or read from them.

    Attributes
    ----------
    study : Study
        What was asked.
    evaluations : tuple of Evaluation
        The solved system under each rule set.
    result : xarray.Dataset
        Under the written schema.
    """

    study: Study
    evaluations: tuple[Evaluation, ...]
    result: xr.Dataset
    _trees: dict[tuple[str, str], UpstreamTree] = field(default_factory=dict, repr=False)
    _networks: dict[tuple[str, str, CutOff], SupplyNetwork] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(study: Study) -> Answered:
        """Return a study with its answers.

        Raises
        ------
        CarbonlabError
            As `carbonlab.results.calculate.calculate`.
        """
        evaluations = evaluate(study)
        return Answered(study, evaluations, collect(study, evaluations))

    def rule_set(self, key: str = "") -> RuleSet:
        """Return a rule set of the study by its key; the first for no key.

        Raises
        ------
        NotFoundError
            If the study was not answered under it.
        """
        return self.study.rule_sets[self._position(key)]

    def unit(self, product: str = "") -> UnitOfAnalysis:
        """Return a unit of analysis with its unit stated, also where the study takes that of the flow."""
        unit = unit_of(self.study, product)
        return replace(unit, unit=str(self.result["product_unit"].sel(product=unit.key).values))

    def breakdown(self, product: str, by: By | str, *, rule_set: str = "") -> Breakdown:
        """Return the parts of a product's footprint."""
        position = self._position(rule_set)
        if By(by) is By.FIRST_TIER:
            return break_down_first_tier(self.evaluations[position], *self._demand(position, product))
        return break_down(self.result.isel(rule_set=[position]), product, by)

    def tree(self, product: str, *, rule_set: str = "") -> UpstreamTree:
        """Return the upstream tree of a product."""
        position = self._position(rule_set)
        key = (self.study.rule_sets[position].key, product)
        if key not in self._trees:
            self._trees[key] = UpstreamTree(self.evaluations[position], *self._demand(position, product))
        return self._trees[key]

    def network(self, product: str, cut_off: CutOff, *, rule_set: str = "") -> SupplyNetwork:
        """Return the supplies that carry most of a product's footprint."""
        position = self._position(rule_set)
        key = (self.study.rule_sets[position].key, product, cut_off)
        if key not in self._networks:
            self._networks[key] = self._network(position, product, cut_off)
        return self._networks[key]

    def _network(self, position: int, product: str, cut_off: CutOff) -> SupplyNetwork:
        asked = (self.evaluations[position], *self._demand(position, product))
        if cut_off.mode is CutOffMode.MINIMUM:
            return supply_network(*asked, minimum=cut_off.level / 100, most=MOST_NODES)
        if cut_off.mode is CutOffMode.TOP:
            return supply_network(*asked, minimum=0.0, most=min(int(cut_off.level), ALL_NODES))
        everything = supply_network(*asked, minimum=0.0, most=ALL_NODES)
        values = [link.footprint for link in everything.links]
        kept = [abs(values[i]) for i in cut_off.kept(values)]
        gross = sum(abs(link.footprint) for link in everything.links if link.target == everything.product)
        smallest = min(1.0, min(kept, default=0.0) / gross) if gross else 0.0
        return supply_network(*asked, minimum=smallest, most=MOST_NODES)

    def _position(self, rule_set: str) -> int:
        keys = [rules.key for rules in self.study.rule_sets]
        if not rule_set:
            return 0
        if rule_set not in keys:
            raise NotFoundError(
                f"study {self.study.key!r} was not answered under {rule_set!r}",
                remedy=f"its rule sets are: {', '.join(keys)}",
            )
        return keys.index(rule_set)

    def _demand(self, position: int, product: str) -> tuple[int, float]:
        unit, system = unit_of(self.study, product), self.evaluations[position].system
        column = system.column_of(unit.process, unit.flow)
        flow_unit = str(system.database.column("flows", "unit")[int(system.columns.flow[column])])
        return column, reference_amount(unit, flow_unit)


def answering(study: Study, watch: Watch) -> Iterator[Answered]:
    """Yield a study with the answer under its first rule set, and in the end with all of them.

    Parameters
    ----------
    study : Study
        What is asked.
    watch : Watch
        Of a job: is told how many rule sets are done, and asked whether to stop.

    Raises
    ------
    CarbonlabError
        As `carbonlab.results.calculate.calculate`.
    Stopped
        If the watch says so.
    """
    evaluations: list[Evaluation] = []
    first: Answered | None = None
    most = len(study.rule_sets)
    watch.report(0, most)
    for evaluation in each_evaluation(study):
        evaluations.append(evaluation)
        watch.report(len(evaluations), most)
        if watch.is_set():
            raise Stopped
        if first is None:
            asked = study.with_rule_sets(study.rule_sets[0])
            first = Answered(asked, (evaluation,), collect(asked, (evaluation,)))
        yield first
    if most > 1:
        yield Answered(study, tuple(evaluations), collect(study, evaluations))
