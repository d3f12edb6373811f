"""What a simulation draws, which spreads are odd, which formulas have no value in some draws: for its attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonlab.inventory.distributions import SPREAD_TABLES
from carbonlab.monte_carlo.lane_group import LaneGroup
from carbonlab.monte_carlo.statistics import Statistics
from carbonlab.monte_carlo.study_draws import StudyDrawer

NAMED = 3
"""Formulas or inputs that are named; of the others the number is told."""
AT_ONCE = 4096
"""Draws in which formulas are looked at together."""


def summary_of(drawer: StudyDrawer) -> dict[str, Any]:
    """Return how much is sampled: of the inventory, and, by rule set, of its matrices."""
    found: dict[str, Any] = {}
    for evaluation, group in drawer.with_groups():
        own = group.source.summary()
        common = drawer.inputs.summary()
        found |= common
        found.setdefault("by_rule_set", {})[evaluation.system.rule_set.key] = {
            name: count for name, count in own.items() if name not in common
        }
    return found


def certain_of(drawer: StudyDrawer, statistics: Statistics) -> str:
    """Return the products, with the rule set, whose every draw is the same: nothing uncertain lies upstream."""
    found = []
    for (evaluation, _), rows in zip(drawer.with_groups(), statistics.totals, strict=True):
        same = (rows.moments.count > 1) & (rows.smallest == rows.largest)
        rule_set = evaluation.system.rule_set.key
        found += [f"{drawer.products.key[place]} under {rule_set}" for place in np.flatnonzero(same)]
    return _some(found)


def odd_spreads(drawer: StudyDrawer) -> str:
    """Return in words which spreads do not lie where their stated values do; empty if all do."""
    inputs, found = drawer.inputs, []
    if inputs.recentered:
        kept = drawer.sampling.lognormal_keeps
        found.append(
            f"{inputs.recentered} lognormals of the inventory state another geometric mean than their amount, "
            f"which their {kept} is set to"
        )
    for at, words in (
        (
            inputs.off_center,
            "normal, gamma, triangular or beta-PERT spreads of the inventory lie around another value than the "
            "stated one",
        ),
        (inputs.apart, "spreads of the inventory do not contain the stated value at all"),
    ):
        if len(at):
            found.append(f"{len(at)} {words}, and are drawn as they are: {_named(drawer, at)}")
    return "; ".join(found)


def formulas_without_value(drawer: StudyDrawer, draws: int) -> str:
    """Return which formulas that matter have no value in some of the first draws, and why; empty if all have one.

    Draws are looked at again from the first one on, until there is one that has no value.
    """
    for start in range(0, draws, AT_ONCE):
        lanes = np.arange(start, min(start + AT_ONCE, draws), dtype=np.int64)
        failed: dict[int, str] = {}
        for group in drawer.groups:
            failed |= _failures(group, lanes)
        if failed:
            return _some([failed[row] for row in sorted(failed)])
    return ""


def _failures(group: LaneGroup, lanes: np.ndarray) -> dict[int, str]:
    found = group.source.drawn.failures(group.source.formula_rows, lanes)
    return {row: f"{error.where}: {error.what.partition(' (in ')[0]}" for row, error in found.items()}


def _named(drawer: StudyDrawer, at: np.ndarray) -> str:
    return _some([_called(drawer, i) for i in at[:NAMED].tolist()], count=len(at))


def _called(drawer: StudyDrawer, number: int) -> str:
    """Return what an input is called: the process and flow of an exchange, the label of anything else."""
    inputs, database = drawer.inputs, drawer.evaluations[0].system.database
    if SPREAD_TABLES[inputs.table[number]] != "exchanges":
        return str(inputs.label[number])
    row = int(inputs.row[number])
    process = database.column("exchanges", "process")[row]
    flow = database.column("exchanges", "flow")[row]
    names = (database.column("processes", "name")[process], database.column("flows", "name")[flow])
    return " – ".join(map(str, names))


def _some(words: list[str], *, count: int | None = None) -> str:
    more = (len(words) if count is None else count) - NAMED
    return "; ".join(words[:NAMED]) + (f"; and {more} more" if more > 0 else "")
