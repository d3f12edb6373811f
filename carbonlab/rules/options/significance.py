"""Judging what is small: shares of exchanges in their process, taken from a solved reference."""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.rules.entries import FloatArray, IntArray
from carbonlab.rules.reference import Reference
from carbonlab.rules.registry import Parameters
from carbonlab.rules.work import Work


def reference_of(work: Work, where: str) -> Reference:
    """Return the solved reference of the slot at work.

    Raises
    ------
    RefusedError
        If the system is built without a solver.
    """
    if work.reference is None:
        raise RefusedError(
            "the rule judges by significance, and nothing has solved the system without it",
            where=where,
            why="what is small can only be told from the footprint with everything in",
            remedy="calculate the study (carbonlab.calculate), or build with "
            "solve=carbonlab.results.reference.solver()",
        )
    return work.reference


def checked_share(parameters: Parameters, name: str, where: str, default: float | None = None) -> float:
    """Return a parameter that has to be a share.

    Raises
    ------
    RuleError
        If it is missing or not between 0 and 1.
    """
    value = parameters.get(name, default)
    if value is None or isinstance(value, bool) or not 0 <= value <= 1:
        raise RuleError(
            f"parameter {name!r} is {value!r}",
            where=where,
            why="a threshold is a share between 0 and 1",
            remedy=f"write {name} = 0.01 for one per cent",
        )
    return float(value)


def check_given_shares(parameters: Parameters, where: str) -> None:
    """Check thresholds as soon as they are written; one that is missing is asked for when the rule runs.

    Raises
    ------
    RuleError
        If one is not between 0 and 1.
    """
    for name in ("item", "total", "share"):
        if name in parameters:
            checked_share(parameters, name, where)


def totals_of_processes(work: Work, reference: Reference) -> FloatArray:
    """Return Σ |contribution| of all exchanges of each process (processes,) [kg CO2e per run]."""
    total = np.zeros(work.database.processes.num_rows)
    np.add.at(total, work.database.column("exchanges", "process"), np.nan_to_num(reference.gross))
    return total


def shares_of_processes(work: Work, exchanges: IntArray, reference: Reference) -> FloatArray:
    """Return |contribution| of exchanges over that of their process (exchanges,); NaN where unknown."""
    total = totals_of_processes(work, reference)[work.database.column("exchanges", "process")[exchanges]]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, reference.gross[exchanges] / total, np.nan)


def coverage_by_process(work: Work, exchanges: IntArray, reference: Reference) -> dict[int, float]:
    """Return the share of absolute contributions that each process keeps without some exchanges."""
    process = work.database.column("exchanges", "process")[exchanges]
    lost = np.zeros(work.database.processes.num_rows)
    np.add.at(lost, process, np.nan_to_num(shares_of_processes(work, exchanges, reference)))
    return {int(row): float(1 - lost[row]) for row in np.unique(process)}
