"""Derivatives of one footprint by every number it is made of, from one forward and one adjoint solution.

With A s = f, Aᵀ λ = Bᵀ c and h = c B s,

    ∂h/∂a_ij = −λ_i s_j,        ∂h/∂b_ij = c_i s_j,        ∂h/∂c_i = (B s)_i,

(P. Heijungs and S. Suh, The Computational Structure of LCA, 2002, doi:10.1007/978-94-015-9900-9, ch. 6), times the
Jacobians of the entries by exchange amounts and allocation weights (`carbonlab.system.jacobian`), and of the amounts
by parameters (`carbonlab.inventory.parameters`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.formulas.tree import Call, Node
from carbonlab.inventory.parameters import ParameterTable
from carbonlab.monte_carlo.parts import sides_of
from carbonlab.results.evaluation import Evaluation
from carbonlab.system.jacobian import entry_jacobian, weight_jacobian
from carbonlab.system.product_system import ProductSystem

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

WITH_KINKS = frozenset(
    ("abs", "if", "min", "max", "div", "mod", "//", "%", "trunc", "round", "floor", "ceil", "frac", "sign")
)
"""Functions of formulas whose slope jumps somewhere."""


@dataclass(frozen=True, eq=False)
class Derivatives:
    """What a footprint h is most sensitive to.

    Attributes
    ----------
    system : ProductSystem
    footprint : float
        h [kg CO2e].
    exchange : float array (exchanges,)
        ∂h/∂(amount) [kg CO2e per unit of the flow]; with allocation shares recomputed.
    weight : float array (columns,)
        ∂h/∂(allocation weight) [kg CO2e per unit of the property].
    intervention : float array (interventions,)
        ∂h/∂(factor) [unit of the flow]: the inventory g = B s.
    factor : float array (interventions,)
        c [kg CO2e per unit of the flow], as far as it is in the total.
    residual, error : float
        The larger of those of the two solutions.
    """

    system: ProductSystem
    footprint: float
    exchange: FloatArray
    weight: FloatArray
    intervention: FloatArray
    factor: FloatArray
    residual: float
    error: float

    @cached_property
    def formulas(self) -> ParameterTable | None:
        """The parameters and formulas of the inventory; none if it has no parameters."""
        return ParameterTable.of(self.system.database) if self.system.database.parameters.num_rows else None

    def by_parameter(
        self, own_spread: NDArray[np.bool_], is_drawn: NDArray[np.bool_]
    ) -> tuple[FloatArray, IntArray, IntArray]:
        """Return derivatives by parameters, and which exchanges these go through.

        Parameters
        ----------
        own_spread : bool array (exchanges,)
            Exchanges that are drawn from a spread of their own.
        is_drawn : bool array (inputs of the parameter table,)
            Parameters that are drawn: a spread of the exchange itself goes before its formula then, so that they do not
            move it. All others move whatever is computed from them.

        Returns
        -------
        derivative : float array (inputs of the parameter table,)
            ∂h/∂(parameter) [kg CO2e per unit of the parameter].
        computed : int array
            Exchanges that formulas compute and that have no spread of their own.
        kinked : int array
            Exchanges that matter here and whose formula, or one that it uses, has a kink: the slope is that of
            the branch that is active.
        """
        none = np.empty(0, np.int64)
        table = self.formulas
        if table is None:
            return np.empty(0), none, none
        rows = np.asarray(table.exchange_rows, np.int64)
        computed = np.sort(rows[~own_spread[rows]])
        matters = np.sort(rows[self.exchange[rows] != 0])
        derivative = np.zeros(len(table.inputs))
        if len(matters):
            jacobian = table.jacobian(rows=matters.tolist())
            own = np.where(own_spread[matters], 0.0, self.exchange[matters])
            derivative = np.where(is_drawn, own @ jacobian, self.exchange[matters] @ jacobian)
        return derivative, computed, _kinked(table, matters)


def derivatives_of(evaluation: Evaluation, column: int, demand: float) -> Derivatives:
    """Return the derivatives of the footprint of one demand.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system: its λ is used, s is solved for.
    column : int
        Column that supplies the demand.
    demand : float
        [unit of the column's flow; waste: treated amount]

    Raises
    ------
    RefusedError
        If the product has no footprint, or the total holds something that is not computed from matrices.
    """
    system = evaluation.system
    sides_of(evaluation, ())
    run = evaluation.run(column, demand)
    s, intensity = run.x, evaluation.adjoint.x @ evaluation.factors
    c = np.asarray(evaluation.factors @ evaluation.weights).ravel()
    gradient = {}
    for table, rows in (("technosphere", -intensity), ("intervention", c)):
        pattern = getattr(system, f"{table}_pattern")
        gradient[table] = np.zeros(len(getattr(system.work, table)))
        gradient[table][pattern.entry] = rows[pattern.row] * s[pattern.column]
    exchange = np.zeros(system.database.exchanges.num_rows)
    weight = np.zeros(len(system.columns))
    for table, slope in gradient.items():
        exchange += slope @ entry_jacobian(system, table)
        if (getattr(system.work, table).share_column >= 0).any():
            weight += slope @ weight_jacobian(system, table)
    return Derivatives(
        system=system,
        footprint=float(demand * system.sign[column] * intensity[column]),
        exchange=exchange,
        weight=weight,
        intervention=np.asarray(system.matrices.B @ s),
        factor=c,
        residual=float(max(run.residual.max(), evaluation.adjoint.residual.max())),
        error=float(max(run.error.max(), evaluation.adjoint.error.max())),
    )


def property_of_columns(system: ProductSystem) -> IntArray:
    """Return the row of the property that each column's allocation weight is (columns,); −1 where it is none.

    A value for one process goes before one for all.
    """
    columns, database = system.columns, system.database
    found = np.full(len(columns), -1, np.int64)
    flow, process, name = (database.column("properties", c) for c in ("flow", "process", "name"))
    if not len(flow):
        return found
    row_of = {(int(f), int(p), n): row for row, (f, p, n) in enumerate(zip(flow, process, name, strict=True))}
    for column in np.flatnonzero(np.isfinite(columns.weight)).tolist():
        f, p, basis = int(columns.flow[column]), int(columns.process[column]), columns.basis[column]
        everywhere = row_of.get((f, -1, basis), -1)
        found[column] = row_of.get((f, p, basis), everywhere)
    return found


def _kinked(table: ParameterTable, rows: IntArray) -> IntArray:
    definitions = table.definitions
    has_kink = np.zeros(len(definitions.items), bool)
    for number in definitions.order[0]:
        item = definitions.items[number]
        own = item.formula is not None and _has_kink(item.formula.tree)
        has_kink[number] = own or any(has_kink[used] for used in item.uses.values())
    place = len(definitions.keys) + np.searchsorted(table.exchange_rows, rows)
    return rows[has_kink[place]]


def _has_kink(tree: Node) -> bool:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            if node.function.name.casefold() in WITH_KINKS:
                return True
            waiting.extend(node.arguments)
    return False
