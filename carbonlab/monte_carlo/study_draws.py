"""A study, drawn: from its inventory and rule sets to footprints in any draw. A frozen task, which another process can
prepare for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from carbonlab.errors import NothingUncertainError, RefusedError
from carbonlab.monte_carlo.chunks import PreparedDraws
from carbonlab.monte_carlo.drawn import Axes, Drawn
from carbonlab.monte_carlo.lane_group import STAGE_WORDS, STATUS_WORDS, LaneGroup, Solved, groups_of
from carbonlab.monte_carlo.moments import FloatArray, IntArray
from carbonlab.monte_carlo.parts import Parts, Sides, collect_sides, parts_of, sides_of
from carbonlab.monte_carlo.products import ALL, Asked, Products, paired_products, products_of
from carbonlab.monte_carlo.quantile_sketch import bits_for
from carbonlab.monte_carlo.stage_draws import stage_parts
from carbonlab.monte_carlo.statistics import rows_of
from carbonlab.provenance import digest_of_json, installed_versions
from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.sampling.inputs import Inputs, inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status

MOST_PAIRED_RULE_SETS = 16
"""Rule sets of which every pair is compared draw by draw; with more, each is compared with the first one only."""


class StudyDrawer:
    """Evaluates draws of a study under all its rule sets.

    Parameters
    ----------
    study : Study
        With rule sets and sampling plan.
    asked : Asked
        Products.
    by : tuple of str
        Kinds of parts.
    paired : tuple of str, optional
        Keys of the products that are compared with each other draw by draw; by default see `paired_products`.
    evaluations : sequence of Evaluation, optional
        The study under its rule sets, in their order, if it is solved already.
    check : callable, optional
        Is called before each longer piece of work with what it is, and may raise.

    Raises
    ------
    RefusedError
        If nothing in the inventory is uncertain, or what is asked for cannot be drawn.
    """

    def __init__(
        self,
        study: Study,
        asked: Asked,
        by: tuple[str, ...],
        paired: tuple[str, ...] | None = None,
        *,
        evaluations: Sequence[Evaluation] | None = None,
        check: Callable[[str], None] | None = None,
    ) -> None:
        self.study, self.sampling = study, study.sampling or SamplingPlan()
        self.evaluations: tuple[Evaluation, ...] = tuple(
            evaluate(study, progress=check) if evaluations is None else evaluations
        )
        system = self.evaluations[0].system
        self.inputs: Inputs = inputs_of(system.database, self.sampling)
        _check_uncertain(self.inputs, system.database.meta.name)
        _check_parts(asked, by)
        self.products: Products = products_of(study, system, asked)
        self.paired: tuple[int, ...] = paired_products(self.products, paired)
        self.sides: list[Sides] = [sides_of(evaluation, by) for evaluation in self.evaluations]
        self.parts: Parts = parts_of(by, self.sides)
        self.statuses = np.stack([self.products.statuses(evaluation) for evaluation in self.evaluations])
        self._no_number = np.array(
            [[not word.has_number or word is Status.NON_PRODUCTIVE for word in row] for row in self.statuses]
        )
        self._wanted, self._position = np.unique(self.products.column, return_inverse=True)
        if self.parts.has_stages:  # links of the foreground lead to any column
            self._wanted, self._position = np.arange(len(system.columns)), self.products.column
        wanted = None if len(self._wanted) == len(system.columns) else self._wanted
        self._members = groups_of(self.evaluations, self.inputs)
        self.groups = [self._group(members, wanted, check) for members in self._members]

    def _group(
        self, members: list[int], wanted: IntArray | None, check: Callable[[str], None] | None
    ) -> LaneGroup:
        evaluations = [self.evaluations[number] for number in members]
        if check is not None:
            check(f"rule set {evaluations[0].system.rule_set.key}: planning its draws")
        sides = [self.sides[number] for number in members]
        asked = self.products.column if self.parts.has_stages else None
        return LaneGroup(self.sampling, evaluations, sides, wanted, self.inputs, asked=asked)

    def with_groups(self) -> list[tuple[Evaluation, LaneGroup]]:
        """Return the rule sets in their order, each with the group that draws it."""
        own = {
            number: group
            for group, members in zip(self.groups, self._members, strict=True)
            for number in members
        }
        return [(evaluation, own[number]) for number, evaluation in enumerate(self.evaluations)]

    def draw(self, lanes: IntArray, *, threads: int | None) -> list[Drawn]:
        """Return what each rule set gives in some draws."""
        found: dict[int, Drawn] = {}
        for group, members in zip(self.groups, self._members, strict=True):
            solved = group.solve(lanes, threads=threads)
            for number, own in zip(members, group.slices, strict=True):
                found[number] = self._drawn(number, group, lanes, solved, own)
        return [found[number] for number in range(len(self.evaluations))]

    def crossings(self, lanes: IntArray) -> IntArray:
        """Return in how many draws each input that may change its sign does so."""
        return self.inputs.crossings(lanes)[self.inputs.may_cross]

    def static(self) -> tuple[FloatArray, FloatArray]:
        """Return the static footprints (rule_sets, products) and parts (rule_sets, products, parts)."""
        totals = np.full(self.statuses.shape, np.nan)
        parts = np.full((*totals.shape, len(self.parts.names)), np.nan)
        for number, evaluation in enumerate(self.evaluations):
            own = self.sides[number]
            mass = evaluation.adjoint.x * np.array([channel.factor for channel in evaluation.channels])
            x = np.zeros((len(own.in_total), mass.shape[0]))
            if own.labels:
                for column, channel in enumerate(evaluation.channels):
                    label = (channel.gas, str(channel.component))
                    if label in own.labels:
                        x[own.labels.index(label)] += mass[:, column]
            else:
                x[0] = evaluation.adjoint.x @ evaluation.factors
            totals[number], parts[number] = self._footprints(number, x[:, self._wanted, None], None, None)
        return totals, parts

    def axes(self, *, quantiles: bool) -> Axes:
        """Return the axes of the statistics."""
        totals, parts = self.static()
        axes = Axes(
            static_totals=totals,
            static_parts=parts,
            lane_statuses=STATUS_WORDS,
            lane_stages=STAGE_WORDS,
            bits=None,
            rule_set_pairs=1 < len(totals) <= MOST_PAIRED_RULE_SETS,
            product_pairs=self.paired,
            inputs=tuple(map(str, self.inputs.label[self.inputs.may_cross])),
        )
        return replace(axes, bits=bits_for(rows_of(axes))) if quantiles else axes

    def _drawn(self, number: int, group: LaneGroup, lanes: IntArray, solved: Solved, own: slice) -> Drawn:
        totals, parts = self._footprints(number, solved.x[own], group, lanes)
        return Drawn(
            totals=totals,
            parts=parts,
            lane_status=solved.status,
            lane_stage=solved.stage,
            residual=solved.residual[own].max(axis=0),
            error=solved.error[own].max(axis=0),
        )

    def _footprints(
        self, number: int, x: FloatArray, group: LaneGroup | None, lanes: IntArray | None
    ) -> tuple[FloatArray, Any]:
        """Return totals (products, draws) and parts (products, parts, draws) of solutions (sides, wanted, draws);
        without lanes, of the stated amounts, and without the last dimension.
        """
        own, demand = self.sides[number], self.products.demand
        each = x[:, self._position] if len(self._position) < x.shape[1] or not self.products.is_all else x
        each = np.multiply(
            each, demand[:, None], out=each if each is x and not self.parts.has_stages else None
        )
        totals = each[0] if not own.labels else each[0] * own.in_total[0]
        for side in range(1, len(each)):
            totals = totals + each[side] * own.in_total[side]
        totals[self._no_number[number]] = np.nan
        parts = np.zeros((len(demand), len(self.parts.names), x.shape[2]))
        if self.parts.has_stages:
            evaluation = self.evaluations[number]
            stage_parts(evaluation, own, self.products, self.parts, x, totals, group, lanes, parts)
        elif self.parts.names:
            for side, part in enumerate(collect_sides(self.parts, own.labels)):
                parts[:, part] += each[side]
        if self.parts.names:
            parts[np.isnan(totals)[:, None, :].repeat(parts.shape[1], axis=1)] = np.nan
        return (totals, parts) if lanes is not None else (totals[:, 0], parts[:, :, 0])


@dataclass(frozen=True)
class StudyTask:
    """What is sent to a worker.

    Attributes
    ----------
    study : Study
        With rule sets and sampling plan.
    asked : Asked
        Products.
    by : tuple of str
        Kinds of parts.
    axes : Axes
        As whoever asks has them: all workers fill the same bins.
    paired : tuple of str, optional
        As in `StudyDrawer`.
    """

    study: Study
    asked: Asked
    by: tuple[str, ...]
    axes: Axes
    paired: tuple[str, ...] | None = None
    _ready: list[StudyDrawer] = field(default_factory=list, repr=False, compare=False)

    @cached_property
    def digest(self) -> str:
        """Digest of everything that the results depend on."""
        asked = list(self.asked) if isinstance(self.asked, tuple) else self.asked
        shape = [*self.axes.static_parts.shape, self.axes.bits, list(self.axes.product_pairs)]
        return digest_of_json("simulation", [self.study.digest, asked, list(self.by), shape])

    def prepare(self) -> PreparedDraws:
        """Build and plan everything; in the process that asked, it is there already."""
        drawer = self._ready[0] if self._ready else StudyDrawer(self.study, self.asked, self.by, self.paired)
        return PreparedDraws(drawer, self.axes)

    def identity(self) -> dict[str, str]:
        """Return everything that the numbers depend on, by what it is called in messages."""
        sampling = self.study.sampling or SamplingPlan()
        if not sampling.is_design:  # a stream does not depend on how many draws are taken from it
            sampling = sampling.replace(draws=1)
        return {
            "study": self.study.with_sampling(sampling).digest,
            "sampling plan": sampling.digest,
            "products": str(self.asked),
            "parts": ", ".join(self.by),
            "pairs of products": ", ".join(map(str, self.axes.product_pairs)),
            "rule sets": ", ".join(rules.digest for rules in self.study.rule_sets),
            "bins": str(self.axes.bits),
            "versions": ", ".join(f"{name} {number}" for name, number in installed_versions().items()),
        }

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_ready": []}


def _check_uncertain(inputs: Inputs, name: str) -> None:
    if not len(inputs):
        raise NothingUncertainError(
            f"nothing in {name!r} states a spread that numbers can be drawn from",
            why="data would seem to be without uncertainty",
            remedy="state distributions in the inventory, or name a set of pedigree factors in the sampling plan",
        )


def _check_parts(asked: Asked, by: tuple[str, ...]) -> None:
    if asked == ALL and "stage" in by:
        raise RefusedError(
            "the products of a whole inventory have no life-cycle stages",
            why="stages belong to the links of a study's foreground",
            remedy="ask for the products of a study, or leave 'stage' out",
        )
