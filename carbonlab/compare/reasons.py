"""Why a rule that differs moves nothing in a study: silence is no evidence, so it is explained where it can
be.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from carbonlab.compare.lanes import StudyLanes
from carbonlab.messages import message
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION
from carbonlab.results.shared_solves import digest_of_matrix
from carbonlab.rules.entries import BoolArray, FloatArray
from carbonlab.rules.selectors import flow_has_role
from carbonlab.vocabulary import Role

SAME_RULE = "reason.same_rule"


class Reasons:
    """Why taking one slot from the alternative leaves products as they are.

    Attributes
    ----------
    slot : str
        The slot.
    before, after : Evaluation
        The baseline, and the baseline with this slot of the alternative.
    """

    def __init__(self, lanes: StudyLanes, slot: str, before: Evaluation, after: Evaluation) -> None:
        self.lanes, self.slot, self.before, self.after = lanes, slot, before, after
        self.database = before.system.database

    def of_product(self, position: int) -> str:
        """Return the reason for one product, in words."""
        apart = self._apart[position]
        if apart:
            moved = f"{apart:+.4g}".replace("-", "−")
            return message("reason.only_apart", moved=moved, baseline=self.before.system.rule_set.key)
        upstream = self._upstream(position)
        decided = [
            part.meta.decided_upstream[self.slot]
            for part in self.lanes.inventory.parts
            if self.slot in part.meta.decided_upstream
        ]
        if decided:
            return message("reason.decided_upstream", option=", ".join(sorted(set(decided))))
        if self.slot == "multifunctionality":
            several = np.bincount(self.before.system.columns.process, minlength=len(upstream)) > 1
            if not several.any():
                return message("reason.no_multifunctional_process")
            if not several[upstream].any():
                return message("reason.no_multifunctional_upstream", count=int(several.sum()))
        if self.slot == "electricity" and not self._takes_electricity[upstream].any():
            return message("reason.no_electricity")
        if self.slot == "recycling" and self._same_numbers and self._formula_is_idle:
            return message("reason.formula_without_parameters")
        if self._same_numbers:
            return message("reason.no_line_acts" if not self._acts else "reason.same_numbers")
        if self.slot == "characterization":
            return message("reason.same_factors")
        if not self._changed_processes[upstream].any():
            return message("reason.not_upstream", count=int(self._changed_processes.sum()))
        return message("reason.no_effect")

    def _upstream(self, position: int) -> BoolArray:
        """Return which processes (processes,) run for a product under either side."""
        column, demand = int(self.lanes.columns[position]), float(self.lanes.demands[position])
        runs = np.zeros(self.database.processes.num_rows, bool)
        for evaluation in (self.before, self.after):
            runs[evaluation.system.columns.process[evaluation.run(column, demand).x != 0]] = True
        return runs

    @cached_property
    def _apart(self) -> FloatArray:
        """What the components apart from the total change (products,) [kg CO2e]; 0 within rounding."""
        first, second = (self.lanes.answers_of(side).apart for side in (self.before, self.after))
        moved = np.nan_to_num(second.sum(axis=1) - first.sum(axis=1))
        sizes = np.nan_to_num(np.abs(first).sum(axis=1) + np.abs(second).sum(axis=1))
        return np.where(np.abs(moved) > CANCELLATION * sizes, moved, 0.0)

    @cached_property
    def _takes_electricity(self) -> BoolArray:
        table = self.before.system.work.technosphere
        found = np.zeros(self.database.processes.num_rows, bool)
        taken = table.alive & (table.sign < 0) & flow_has_role(self.database, Role.ELECTRICITY)[table.flow]
        found[table.process[taken]] = True
        return found

    @cached_property
    def _same_numbers(self) -> bool:
        """Whether matrices and weights of the two sides are equal to the last bit."""
        first, second = self.before, self.after
        return first.channels == second.channels and all(
            digest_of_matrix(a) == digest_of_matrix(b)
            for a, b in (
                (first.system.matrices.A, second.system.matrices.A),
                (first.system.matrices.B, second.system.matrices.B),
                (first.weights.tocsc(), second.weights.tocsc()),
            )
        )

    @cached_property
    def _formula_is_idle(self) -> bool:
        """Whether a recycling formula of one of the sides finds no material that it could be about."""
        return any(
            finding.code == "recycling_no_material"
            for side in (self.before, self.after)
            for finding in side.system.work.findings
        )

    @cached_property
    def _acts(self) -> bool:
        """Whether a line of the slot changed any entry on either side."""
        logs = (*self.before.system.work.log, *self.after.system.work.log)
        return any(line.slot == self.slot for line in logs)

    @cached_property
    def _changed_processes(self) -> BoolArray:
        """Return the processes (processes,) whose columns of A or B differ between the sides."""
        first, second = self.before.system, self.after.system
        changed = np.zeros(len(first.columns), bool)
        for a, b in ((first.matrices.A, second.matrices.A), (first.matrices.B, second.matrices.B)):
            changed |= np.asarray(abs(a - b).sum(axis=0)).ravel() != 0
        found = np.zeros(self.database.processes.num_rows, bool)
        found[first.columns.process[changed]] = True
        return found
