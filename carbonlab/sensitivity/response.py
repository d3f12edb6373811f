"""A footprint as a function of the values of some inputs and of the rule set, evaluated in lanes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carbonlab.monte_carlo.lane_group import LaneGroup, groups_of
from carbonlab.monte_carlo.parts import sides_of
from carbonlab.results.evaluation import Evaluation
from carbonlab.sampling.inputs import FloatArray, Inputs, IntArray
from carbonlab.sensitivity.asked import AskedFootprint
from carbonlab.sensitivity.explicit_inputs import at_quantiles, with_values
from carbonlab.sensitivity.watched_work import UNWATCHED, Watch


class Response:
    """The footprint that was asked for, at any values of some inputs; all others keep their stated value.

    Parameters
    ----------
    asked : AskedFootprint
    inputs : Inputs
        Those whose values are handed over.
    evaluations : sequence of Evaluation, optional
        The rule sets that a point may name; by default the one that was asked for.
    watch : Watch
        Is told how many points are done, and may stop the work.
    """

    def __init__(
        self,
        asked: AskedFootprint,
        inputs: Inputs,
        evaluations: Sequence[Evaluation] | None = None,
        *,
        watch: Watch = UNWATCHED,
    ) -> None:
        self.asked, self.inputs, self.watch = asked, inputs, watch
        self.evaluations = (asked.evaluation,) if evaluations is None else tuple(evaluations)

    def at_points(self, points: FloatArray, rules: IntArray | None = None) -> FloatArray:
        """Return footprints (rows,) at quantiles (rows, inputs) of the inputs, under a rule set (rows,) each."""
        return self.at_values(at_quantiles(self.inputs, points), rules)

    def at_values(self, values: NDArray[np.float32], rules: IntArray | None = None) -> FloatArray:
        """Return footprints (rows,) [kg CO2e] at values (inputs, rows) of the inputs.

        Parameters
        ----------
        values : float32 array (inputs, rows)
        rules : int array (rows,), optional
            Position of the rule set of each row; by default the first.

        Returns
        -------
        float array (rows,)
            NaN where there is no footprint, or no trustworthy solution.

        Raises
        ------
        CancelledError
            If somebody stopped the work.
        """
        count = values.shape[1]
        rule = np.zeros(count, np.int64) if rules is None else rules
        found = np.full(count, np.nan)
        explicit = with_values(self.inputs, values)
        column, done = np.array([self.asked.column]), 0
        for members in groups_of(self.evaluations, explicit):
            rows = np.flatnonzero(np.isin(rule, members))
            if not len(rows):
                continue
            own = [self.evaluations[number] for number in members]
            sides = [sides_of(evaluation, ()) for evaluation in own]
            group = LaneGroup(explicit.plan, own, sides, column, explicit)
            for some in self.watch.pieces(rows, where="samples of a sensitivity"):
                x = group.solve(some, threads=None).x
                for number, evaluation, part in zip(members, own, group.slices, strict=True):
                    chosen = np.flatnonzero(rule[some] == number)
                    demand = self.asked.demand * evaluation.system.sign[self.asked.column]
                    found[some[chosen]] = demand * x[part][:, 0, chosen].sum(axis=0)
                done += len(some)
                self.watch.report(done, count)
        return found
