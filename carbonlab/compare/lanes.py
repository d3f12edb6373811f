"""One study under many rule sets with shared work: databases are combined once, stages and factorizations
shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from carbonlab.results.delay import delay_effect_of
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.results.reference import product_of, solver
from carbonlab.results.shared_solves import SharedFactorizations
from carbonlab.rules.entries import FloatArray, IntArray
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.pipeline import Inventory, SharedStages, build_inventory
from carbonlab.system.study import Study, reference_amount
from carbonlab.vocabulary import Component, Status

COMPONENTS = tuple(Component)


@dataclass(frozen=True, eq=False)
class Answers:
    """The products of a study under one rule set.

    Attributes
    ----------
    counted : float array (products, components)
        Parts of the footprint that are in the total [kg CO2e per unit of analysis]; NaN without a number.
    apart : float array (products, components)
        Parts that are reported apart.
    status : tuple of Status
        What each number is worth.
    """

    counted: FloatArray
    apart: FloatArray
    status: tuple[Status, ...]

    @property
    def total(self) -> FloatArray:
        """Footprint (products,) [kg CO2e per unit of analysis]."""
        return np.asarray(self.counted.sum(axis=1))


class StudyLanes:
    """Evaluates the products of a study under one rule set after the other; equal ones are evaluated once.

    Attributes
    ----------
    study : Study
        What is asked; its own rule sets are not used here.
    inventory : Inventory
        Its databases and foreground, combined.
    columns : int array (products,)
        Column of each product: the same under every rule set.
    demands : float array (products,)
        Amount of each product in the unit of its flow.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.inventory: Inventory = build_inventory(study.databases, foreground=study.foreground)
        self._shared = SharedFactorizations()
        self._stages = SharedStages(
            self.inventory, solve=solver(product_of(study.units), shared=self._shared)
        )
        self._answers: dict[tuple[str, tuple[str, ...], bool], Answers] = {}
        self.columns: IntArray = np.empty(0, np.int64)
        self.demands: FloatArray = np.empty(0)

    def evaluate(self, rule_set: RuleSet) -> Evaluation:
        """Return the solved system under a rule set; errors as in `build_product_system` and
        `evaluate_system`.
        """
        system = self._stages.build(rule_set)
        if not len(self.columns):
            self.columns = np.array(
                [system.column_of(unit.process, unit.flow) for unit in self.study.units], np.int64
            )
            units = system.database.column("flows", "unit")[system.columns.flow[self.columns]]
            asked = zip(self.study.units, units, strict=True)
            self.demands = np.array([reference_amount(unit, flow_unit) for unit, flow_unit in asked])
        return evaluate_system(system, shared=self._shared)

    def answer(self, rule_set: RuleSet) -> Answers:
        """Return the products of the study under a rule set."""
        key = (rule_set.digest, (*rule_set.applies_to, "/", *rule_set.not_for), rule_set.what_if)
        if key not in self._answers:
            self._answers[key] = self.answers_of(self.evaluate(rule_set))
        return self._answers[key]

    def answers_of(self, evaluation: Evaluation) -> Answers:
        """Return the products of the study in a solved system; those that its rule set is not written for
        have no number.
        """
        mass = evaluation.mass_intensity[self.columns] * self.demands[:, None]
        shape = (len(self.columns), len(COMPONENTS))
        counted, apart = np.zeros(shape), np.zeros(shape)
        for number, channel in enumerate(evaluation.channels):
            is_apart = channel.component in evaluation.system.work.apart
            (apart if is_apart else counted)[:, COMPONENTS.index(channel.component)] += (
                mass[:, number] * channel.factor
            )
        self._add_delay(evaluation, counted, apart)
        rules = evaluation.system.rule_set
        applies = [rules.applies(*names) for names in self._names]
        counted[np.logical_not(applies)] = apart[np.logical_not(applies)] = np.nan
        found = zip(evaluation.status[self.columns], applies, strict=True)
        return Answers(
            counted, apart, tuple(Status(word) if yes else Status.NOT_APPLICABLE for word, yes in found)
        )

    @cached_property
    def _names(self) -> list[tuple[str, ...]]:
        """What each product is called: its unit of analysis, name and category of its process, name of its
        flow.
        """
        columns, database = self.inventory.work.columns, self.inventory.database
        process, flow = columns.process[self.columns], columns.flow[self.columns]
        names = (database.column("processes", name)[process] for name in ("name", "category"))
        flows = database.column("flows", "name")[flow]
        return [
            tuple(map(str, row))
            for row in zip([u.name for u in self.study.units], *names, flows, strict=True)
        ]

    def _add_delay(self, evaluation: Evaluation, counted: FloatArray, apart: FloatArray) -> None:
        """Add the effect of delayed emission: it belongs to products with a timeline, not to columns."""
        if evaluation.system.work.delay is None:
            return
        target = apart if Component.DELAY_EFFECT in evaluation.system.work.apart else counted
        for position, (column, demand) in enumerate(zip(self.columns, self.demands, strict=True)):
            if Status(evaluation.status[column]).has_number:
                target[position, COMPONENTS.index(Component.DELAY_EFFECT)] += delay_effect_of(
                    evaluation, int(column), float(demand)
                )
