"""The reference of rules that judge by significance: a product system solved, and what each exchange stands for in it.

With λ the footprint of one unit of every column's flow, v an entry of A that takes flow i into column j, c the factor of an elementary
flow and b an entry of B,

    impact(entry) = −v λ_i   or   c b        [kg CO2e per run of the process],

summed over the entries of an exchange: over its suppliers and the co-products that share it. For one product with the scaling vector s
(forward solution of a demand of 1) entries count s_j times. Functional flows themselves stand for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.results.shared_solves import SharedFactorizations
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.rules.reference import Reference
from carbonlab.system.pipeline import Solve
from carbonlab.system.product_system import ProductSystem, with_shares
from carbonlab.system.study import UnitOfAnalysis
from carbonlab.vocabulary import Status


def solver(product: tuple[str, str] | None = None, *, shared: SharedFactorizations | None = None) -> Solve:
    """Return what solves references, for `carbonlab.system.pipeline.build_product_system`.

    Parameters
    ----------
    product : tuple of str, optional
        Ids of the process and flow (empty: reference flow) that are asked for, for rules per product system; by default all
        products are.
    shared : SharedFactorizations, optional
        Where systems with the same technology matrix meet.
    """

    def solve(system: ProductSystem) -> Reference:
        return reference_of(evaluate_system(system, shared=shared), product)

    return solve


def product_of(units: Sequence[UnitOfAnalysis]) -> tuple[str, str] | None:
    """Return the one product that units of analysis ask for; None if they ask for several."""
    asked = {(unit.process, unit.flow) for unit in units}
    return asked.pop() if len(asked) == 1 else None


def reference_of(evaluation: Evaluation, product: tuple[str, str] | None = None) -> Reference:
    """Return what each exchange stands for in a solved system."""
    system = evaluation.system
    technosphere, intervention = _entries(evaluation)
    count = system.database.exchanges.num_rows
    impact = _per_exchange(count, *((e.exchange, e.impact) for e in (technosphere, intervention)))
    digest = system.rule_set.digest
    if product is None:
        return Reference(digest, impact)
    column = system.column_of(*product)
    name = str(system.database.column("processes", "id")[system.columns.process[column]])
    if not Status(evaluation.status[column]).has_number:
        return Reference(digest, impact, name)
    runs = evaluation.run(column, 1.0).x
    use = _per_exchange(count, *((e.exchange, e.factor * runs[e.column]) for e in (technosphere, intervention)))
    scaled = ((e.exchange, e.impact * runs[e.column]) for e in (technosphere, intervention))
    return Reference(digest, impact, name, np.nan_to_num(use), _per_exchange(count, *scaled))


class _Entries:
    """Entries of one matrix: exchange, column, factors and impact of each; arrays are (entries,)."""

    def __init__(self, exchange: IntArray, column: IntArray, factor: FloatArray, impact: FloatArray, keep: BoolArray) -> None:
        self.exchange, self.column, self.factor, self.impact = exchange[keep], column[keep], factor[keep], impact[keep]


def _entries(evaluation: Evaluation) -> tuple[_Entries, _Entries]:
    system = evaluation.system
    amounts = system.work.amounts
    shares = system.columns.shares(amounts[system.work.technosphere.exchange[system.columns.entry]])
    λ = evaluation.adjoint.x @ evaluation.factors
    has_number = np.array([Status(status).has_number for status in evaluation.status], bool)
    λ = np.where(has_number, λ, np.nan)
    pattern, table = system.technosphere_pattern, with_shares(system.work.technosphere, shares)
    values = table.values(amounts)[pattern.entry]
    functional = np.isin(pattern.entry, system.columns.entry)
    first = _Entries(
        table.exchange[pattern.entry],
        pattern.column,
        np.abs(table.multiplier()[pattern.entry]),
        -values * λ[pattern.row],
        ~functional,
    )
    pattern, table = system.intervention_pattern, with_shares(system.work.intervention, shares)
    c = np.asarray(evaluation.factors @ evaluation.weights)
    values = table.values(amounts)[pattern.entry]
    factor = np.abs(table.multiplier()[pattern.entry])
    everything = np.ones(len(pattern.entry), bool)
    second = _Entries(table.exchange[pattern.entry], pattern.column, factor, values * c[pattern.row], everything)
    return first, second


def _per_exchange(count: int, *parts: tuple[IntArray, FloatArray]) -> FloatArray:
    """Return sums per exchange (exchanges,); NaN for exchanges without entries."""
    total, found = np.zeros(count), np.zeros(count, bool)
    for exchange, values in parts:
        np.add.at(total, exchange, values)
        found[exchange] = True
    return np.where(found, total, np.nan)
