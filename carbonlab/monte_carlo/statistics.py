"""Statistics of a simulation: everything that is kept of all draws under all rule sets, of fixed size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carbonlab.monte_carlo.drawn import Axes, Drawn
from carbonlab.monte_carlo.moments import FloatArray, IntArray
from carbonlab.monte_carlo.pair_counts import PairCounts, resolution_of
from carbonlab.monte_carlo.row_statistics import RowPartial, RowStatistics

LEAST_DIFFERENCE = 2.0**-10
"""A difference of rule sets is expected to be at least this share of the footprint, or nothing; it sets the bins."""


@dataclass(frozen=True, eq=False)
class Partial:
    """What one process found in consecutive draws; small enough to be sent. `seconds` is how long it took."""

    first: int
    draws: int
    rows: tuple[RowPartial, ...]
    pairs: tuple[PairCounts, ...]
    lane_statuses: IntArray
    lane_stages: IntArray
    residual: FloatArray
    error: FloatArray
    crossings: IntArray
    seconds: float = 0.0


class Statistics:
    """Statistics of all draws so far.

    Attributes
    ----------
    draws : int
        Draws that were added, failed lanes included.
    totals, differences, parts : list of RowStatistics
        One per rule set; rows are products, or products × parts. Differences are to the first rule set, and there
        is none of the first one.
    rule_set_pairs, product_pairs : PairCounts or None
        (rule set, rule set, product) and (paired product, paired product, rule set).
    lane_statuses, lane_stages : int array (rule_sets, statuses), (rule_sets, stages)
        Lanes that ended with a status, and that a stage of the solver answered.
    residual, error : float array (rule_sets,)
        Largest of all lanes with a number.
    crossings : int array (inputs,)
        Draws in which an input has not the sign of its stated value.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        totals = np.nan_to_num(axes.static_totals)
        rule_sets, products = totals.shape
        parts = np.nan_to_num(axes.static_parts).reshape(rule_sets, -1)
        self.draws = 0
        self.totals = [RowStatistics(row, axes.bits) for row in totals]
        self.parts = [RowStatistics(row, axes.bits) for row in parts] if parts.shape[1] else []
        self.differences = [
            RowStatistics(_expected_difference(row, totals[0]), axes.bits) for row in totals[1:]
        ]
        self.rule_set_pairs = PairCounts.none(rule_sets, products) if axes.rule_set_pairs else None
        paired = list(axes.product_pairs)
        self.product_pairs = PairCounts.none(len(paired), rule_sets) if paired else None
        self._rule_set_resolution = resolution_of(totals) if axes.rule_set_pairs else None
        self._product_resolution = resolution_of(totals.T[paired]) if paired else None
        self.lane_statuses: IntArray
        self.lane_stages: IntArray
        self.residual: FloatArray
        self.error: FloatArray
        self.crossings: IntArray
        self._forget_lanes()

    def add(self, drawn: Sequence[Drawn], crossings: IntArray) -> None:
        """Add draws that begin a grain: one `Drawn` per rule set, and what `Drawer.crossings` says of them."""
        for grain in zip(*(own.grains() for own in drawn), strict=True):
            self._add_grain(grain)
        self.crossings = self.crossings + crossings

    def _add_grain(self, drawn: Sequence[Drawn]) -> None:
        first = drawn[0].totals
        for number, own in enumerate(drawn):
            self.totals[number].add(own.totals)
            if number:
                self.differences[number - 1].add(own.totals - first)
            if self.parts:
                self.parts[number].add(own.parts.reshape(-1, own.parts.shape[-1]))
            np.add.at(self.lane_statuses[number], own.lane_status, 1)
            np.add.at(self.lane_stages[number], own.lane_stage, 1)
            self.residual[number] = np.fmax.reduce(own.residual, initial=self.residual[number])
            self.error[number] = np.fmax.reduce(own.error, initial=self.error[number])
        self._add_pairs(drawn)
        self.draws += first.shape[1]

    def _add_pairs(self, drawn: Sequence[Drawn]) -> None:
        if self.rule_set_pairs is None and self.product_pairs is None:
            return
        totals = np.stack([own.totals for own in drawn])
        if self.rule_set_pairs is not None and self._rule_set_resolution is not None:
            self.rule_set_pairs.add(totals, self._rule_set_resolution)
        if self.product_pairs is not None and self._product_resolution is not None:
            paired = totals[:, list(self.axes.product_pairs)]
            self.product_pairs.add(paired.transpose(1, 0, 2), self._product_resolution)

    def take(self, first: int) -> Partial:
        """Return what was added since the last call, beginning with draw `first`, and forget it."""
        found = Partial(
            first,
            self.draws,
            tuple(rows.take() for rows in self._rows),
            tuple(pairs.take() for pairs in self._pairs),
            self.lane_statuses,
            self.lane_stages,
            self.residual,
            self.error,
            self.crossings,
        )
        self.draws = 0
        self._forget_lanes()
        return found

    def merge(self, later: Partial) -> None:
        """Add what another process found in the draws that follow."""
        if later.first != self.draws:
            raise ValueError(f"draw {self.draws} is next, not {later.first}")
        for rows, found in zip(self._rows, later.rows, strict=True):
            rows.merge(found)
        for pairs, counts in zip(self._pairs, later.pairs, strict=True):
            pairs.merge(counts)
        self.lane_statuses = self.lane_statuses + later.lane_statuses
        self.lane_stages = self.lane_stages + later.lane_stages
        self.residual = np.fmax(self.residual, later.residual)
        self.error = np.fmax(self.error, later.error)
        self.crossings = self.crossings + later.crossings
        self.draws += later.draws

    @property
    def memory(self) -> int:
        """Bytes that are kept; no draw adds to them, but for a product that changes its sign for the first time."""
        return sum(rows.memory for rows in self._rows)

    def state(self) -> dict[str, np.ndarray]:
        """Return everything as arrays, to be written."""
        found: dict[str, np.ndarray] = {
            "draws": np.array(self.draws),
            "lane_statuses": self.lane_statuses,
            "lane_stages": self.lane_stages,
            "residual": self.residual,
            "error": self.error,
            "crossings": self.crossings,
        }
        for number, rows in enumerate(self._rows):
            found |= {f"rows{number}_{name}": values for name, values in rows.state().items()}
        for number, pairs in enumerate(self._pairs):
            found |= {f"pairs{number}_higher": pairs.higher, f"pairs{number}_both": pairs.both}
        return found

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take over what `state` returned, in place of what is here."""
        self.draws = int(state["draws"])
        self.lane_statuses, self.lane_stages = state["lane_statuses"], state["lane_stages"]
        self.residual, self.error = state["residual"], state["error"]
        self.crossings = state["crossings"]
        for number, rows in enumerate(self._rows):
            begin = f"rows{number}_"
            rows.restore({n.removeprefix(begin): v for n, v in state.items() if n.startswith(begin)})
        for number, pairs in enumerate(self._pairs):
            pairs.higher, pairs.both = state[f"pairs{number}_higher"], state[f"pairs{number}_both"]

    @property
    def _rows(self) -> list[RowStatistics]:
        return [*self.totals, *self.parts, *self.differences]

    @property
    def _pairs(self) -> list[PairCounts]:
        return [pairs for pairs in (self.rule_set_pairs, self.product_pairs) if pairs is not None]

    def _forget_lanes(self) -> None:
        rule_sets = len(self.axes.static_totals)
        self.lane_statuses = np.zeros((rule_sets, len(self.axes.lane_statuses)), np.int64)
        self.lane_stages = np.zeros((rule_sets, len(self.axes.lane_stages)), np.int64)
        self.residual, self.error = np.zeros(rule_sets), np.zeros(rule_sets)
        self.crossings = np.zeros(len(self.axes.inputs), np.int64)


def rows_of(axes: Axes) -> int:
    """Return how many numbers there are in a draw whose quantiles are kept."""
    rule_sets, products = axes.static_totals.shape
    return int((2 * rule_sets - 1) * products + axes.static_parts.size)


def _expected_difference(own: FloatArray, first: FloatArray) -> FloatArray:
    difference = own - first
    least = LEAST_DIFFERENCE * np.maximum(np.abs(own), np.abs(first))
    return np.where(np.abs(difference) >= least, difference, least)
