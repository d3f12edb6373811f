"""The reference of rules that judge by significance: what each exchange stands for in a solved system.

With λ the footprint of one unit of every column's flow, v an entry of A that takes flow i into column j, c
the factor of an elementary flow and b an entry of B,

    impact(entry) = −v λ_i   or   c b        [kg CO2e per run of the process],

summed over the entries of an exchange: over its suppliers and the co-products that share it. For one product
with the scaling vector s (forward solution of a demand of 1) entries count s_j times. Functional flows
themselves stand for nothing. The gross impact is the same with |c b| in place of c b: nothing cancels.

With d the gross impact of exchanges left out, summed by the column that they belong to, the share that they
take of the gross footprint λ of every product is κ / λ, Aᵀ κ = d: what is cut upstream counts downstream too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        Ids of the process and flow (empty: reference flow) that are asked for, for rules per product system;
        by default all products are.
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
    entries = _entries(evaluation)
    digest, count = system.rule_set.digest, system.database.exchanges.num_rows

    def per_exchange(values: FloatArray) -> FloatArray:
        """Sum over the entries of each exchange (exchanges,); NaN for exchanges without entries."""
        total, found = np.zeros(count), np.zeros(count, bool)
        np.add.at(total, entries.exchange, values)
        found[entries.exchange] = True
        return np.where(found, total, np.nan)

    def lost(left_out: BoolArray) -> FloatArray:
        """Return which share of the gross footprint of every column exchanges take (columns,)."""
        here = left_out[entries.exchange] & np.isfinite(entries.gross)
        taken = np.bincount(entries.column[here], entries.gross[here], minlength=len(system.columns)).astype(
            float
        )
        through = np.abs(evaluation.factorization.solve_transposed(taken.reshape(-1, 1)).x).reshape(-1)
        whole = np.abs(entries.gross_intensity)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(np.isfinite(whole) & (through > 0), through / whole, 0.0)

    impact, gross = per_exchange(entries.impact), per_exchange(entries.gross)
    if product is None:
        return Reference(digest, impact, gross, lost=lost)
    column = system.column_of(*product)
    name = str(system.database.column("processes", "id")[system.columns.process[column]])
    if not Status(evaluation.status[column]).has_number:
        return Reference(digest, impact, gross, name, lost=lost)
    runs = evaluation.run(column, 1.0).x[entries.column]
    return Reference(
        digest,
        impact,
        gross,
        name,
        use=np.nan_to_num(per_exchange(entries.factor * runs)),
        product_impact=per_exchange(entries.impact * runs),
        product_gross=per_exchange(entries.gross * np.abs(runs)),
        lost=lost,
    )


@dataclass(frozen=True, eq=False)
class _Entries:
    """Entries of both matrices but the functional flows; every array is (entries,)."""

    exchange: IntArray
    column: IntArray
    factor: FloatArray
    """Product of the factors, shares included."""
    impact: FloatArray
    gross: FloatArray
    gross_intensity: FloatArray
    """Of every column (columns,); NaN without a number."""


def _entries(evaluation: Evaluation) -> _Entries:
    system = evaluation.system
    amounts = system.work.amounts
    shares = system.columns.shares(amounts[system.work.technosphere.exchange[system.columns.entry]])
    has_number = np.array([Status(status).has_number for status in evaluation.status], bool)
    c = np.asarray(evaluation.factors @ evaluation.weights)
    net = np.where(has_number, evaluation.adjoint.x @ evaluation.factors, np.nan)
    total = np.where(has_number, _gross_intensities(evaluation, c), np.nan)

    pattern, table = system.technosphere_pattern, with_shares(system.work.technosphere, shares)
    kept = ~np.isin(pattern.entry, system.columns.entry)
    row, column, entry = pattern.row[kept], pattern.column[kept], pattern.entry[kept]
    value = table.values(amounts)[entry]
    first = (
        table.exchange[entry],
        column,
        table.multiplier()[entry],
        -value * net[row],
        np.abs(value * total[row]),
    )

    pattern, table = system.intervention_pattern, with_shares(system.work.intervention, shares)
    row, column, entry = pattern.row, pattern.column, pattern.entry
    direct = table.values(amounts)[entry] * c[row]
    second = (table.exchange[entry], column, table.multiplier()[entry], direct, np.abs(direct))
    exchange, column, factor, impact, gross = (
        np.concatenate(pair) for pair in zip(first, second, strict=True)
    )
    return _Entries(exchange, column, np.abs(factor), impact, gross, total)


def _gross_intensities(evaluation: Evaluation, c: FloatArray) -> FloatArray:
    """Return λ (columns,) for |c b| in place of c b: footprints of one unit without canceling."""
    B = evaluation.system.matrices.B
    right = np.asarray(abs(B).T @ np.abs(c)).reshape(-1, 1)
    return np.asarray(evaluation.factorization.solve_transposed(right).x).reshape(-1)
