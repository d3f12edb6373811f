"""Drawn amounts of exchanges, weights of co-products and factors of flows, for all lanes of a block at once.

An exchange with a spread of its own is drawn from it, or keeps its stated amount where it is not among the inputs; one
without, whose formula uses drawn parameters, is computed; every other exchange keeps its stated amount
(`carbonlab.sampling.inputs` states the rule). Properties with a spread move the weights of allocation, stated
characterization factors with one move what a flow stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import FormulaError
from carbonlab.inventory.parameters import ParameterKey, ParameterTable
from carbonlab.rules.entries import BoolArray, FloatArray, IntArray
from carbonlab.sampling.inputs import Inputs
from carbonlab.system.product_system import ProductSystem

SAME_FACTOR = 1e-9
"""How near a factor in use has to be to a stated one to be that one, relative [-]."""


@dataclass(frozen=True, eq=False)
class DrawnAmounts:
    """What draws make of the numbers that a product system is computed from.

    Attributes
    ----------
    system : ProductSystem
    inputs : Inputs
        The uncertain numbers of its inventory.
    input_of_exchange : int array (exchanges,)
        Input that an exchange is drawn from; −1 for none.
    formula_rows : int array
        Exchanges that formulas compute from drawn parameters; ascending.
    input_of_weight : int array (columns,)
        Property that a column's weight is drawn from; −1 for none.
    input_of_flow : int array (interventions,)
        Stated factor that a row of the intervention axis is drawn from; −1 for none.
    formulas_beside_a_spread : int
        Exchanges that formulas would compute from drawn parameters, had they no spread of their own.
    """

    system: ProductSystem
    inputs: Inputs
    input_of_exchange: IntArray
    formula_rows: IntArray
    input_of_weight: IntArray
    input_of_flow: IntArray
    parameters: ParameterTable | None
    parameter_inputs: tuple[tuple[ParameterKey, int], ...]
    formulas_beside_a_spread: int

    @staticmethod
    def of(system: ProductSystem, inputs: Inputs) -> DrawnAmounts:
        """Return the drawn numbers of a system."""
        database = system.database
        own = np.full(database.exchanges.num_rows, -1, np.int64)
        direct = inputs.of_table("exchanges")
        own[inputs.row[direct]] = direct
        table, keys, rows = _formulas(system, inputs)
        free = np.setdiff1d(rows[own[rows] < 0], inputs.own_spread)  # a spread goes before a formula
        return DrawnAmounts(
            system=system,
            inputs=inputs,
            input_of_exchange=own,
            formula_rows=free,
            input_of_weight=_of_weights(system, inputs),
            input_of_flow=_of_flows(system, inputs),
            parameters=table,
            parameter_inputs=keys,
            formulas_beside_a_spread=len(rows) - len(free),
        )

    @property
    def is_formula(self) -> BoolArray:
        """Which exchanges (exchanges,) formulas compute from drawn parameters."""
        found = np.zeros(len(self.input_of_exchange), bool)
        found[self.formula_rows] = True
        return found

    def amounts(self, rows: IntArray, lanes: IntArray) -> FloatArray:
        """Return the amounts (rows, lanes) of some exchanges in some draws, in reference units.

        Raises
        ------
        FormulaError
            If a formula has no value in one of the draws.
        """
        stated = self.system.work.amounts[rows]
        values = np.repeat(stated[:, None], len(lanes), axis=1)
        drawn = np.flatnonzero(self.input_of_exchange[rows] >= 0)
        if len(drawn):
            values[drawn] = self.inputs.draw(lanes, self.input_of_exchange[rows[drawn]])
        if self.parameters is None or not len(self.formula_rows):
            return values
        computed = np.flatnonzero(np.isin(rows, self.formula_rows))
        if len(computed):
            values[computed] = self._computed(rows[computed], lanes)
        return values

    def weights(self, lanes: IntArray) -> FloatArray:
        """Return the allocation weights (columns, lanes) of all columns in some draws."""
        weight = np.repeat(self.system.columns.weight[:, None], len(lanes), axis=1)
        drawn = np.flatnonzero(self.input_of_weight >= 0)
        weight[drawn] *= self.ratios(self.input_of_weight[drawn], lanes)
        return weight

    def factor_ratios(self, lanes: IntArray) -> FloatArray:
        """Return drawn over stated factor (interventions, lanes) of every intervention; 1 where none is drawn."""
        ratio = np.ones((len(self.input_of_flow), len(lanes)))
        drawn = np.flatnonzero(self.input_of_flow >= 0)
        ratio[drawn] = self.ratios(self.input_of_flow[drawn], lanes)
        return ratio

    def ratios(self, inputs: IntArray, lanes: IntArray) -> FloatArray:
        """Return drawn over stated value (inputs, lanes) of some inputs."""
        return self.inputs.draw(lanes, inputs) / self.inputs.stated[inputs][:, None]

    def failures(self, rows: IntArray, lanes: IntArray) -> dict[int, FormulaError]:
        """Return why an exchange (row) has no amount in one of some draws, for those of some rows that lack one."""
        if self.parameters is None:
            return {}
        found = self.parameters.failures(self._parameter_values(lanes))
        return {row: found[row] for row in rows.tolist() if row in found}

    def _computed(self, rows: IntArray, lanes: IntArray) -> FloatArray:
        assert self.parameters is not None
        return self.parameters.evaluate(self._parameter_values(lanes), rows=rows.tolist())

    def _parameter_values(self, lanes: IntArray) -> dict[ParameterKey, FloatArray]:
        at = np.array([position for _, position in self.parameter_inputs], np.int64)
        drawn = self.inputs.draw(lanes, at).astype(np.float64)
        return {key: drawn[i] for i, (key, _) in enumerate(self.parameter_inputs)}


def _formulas(
    system: ProductSystem, inputs: Inputs
) -> tuple[ParameterTable | None, tuple[tuple[ParameterKey, int], ...], IntArray]:
    """Return the parameters of a system, which of them are drawn, and the exchanges that depend on these."""
    drawn = inputs.of_table("parameters")
    none = np.empty(0, np.int64)
    if not len(drawn):
        return None, (), none
    table = ParameterTable.of(system.database)
    keys = tuple((table.definitions.keys[int(inputs.row[i])], int(i)) for i in drawn)
    return table, keys, table.rows_that_use(inputs.row[drawn])


def _of_weights(system: ProductSystem, inputs: Inputs) -> IntArray:
    """Return the property (position of the input) that each column's weight comes from; −1 for none drawn."""
    columns, database = system.columns, system.database
    found = np.full(len(columns), -1, np.int64)
    drawn = inputs.of_table("properties")
    if not len(drawn):
        return found
    flow, process, name = (database.column("properties", c) for c in ("flow", "process", "name"))
    everywhere = process < 0
    specific = {
        (int(f), int(p), n) for f, p, n in zip(flow, process, name, strict=True)
    }  # a value for one process goes before one for all
    for i in drawn.tolist():
        row = int(inputs.row[i])
        own = (columns.flow == flow[row]) & (columns.basis == name[row]) & np.isfinite(columns.weight)
        if everywhere[row]:
            shadowed = [(int(flow[row]), int(p), name[row]) in specific for p in columns.process[own]]
            own[np.flatnonzero(own)[shadowed]] = False
        else:
            own &= columns.process == process[row]
        if inputs.stated[i] != 0:
            found[own] = i
    return found


def _of_flows(system: ProductSystem, inputs: Inputs) -> IntArray:
    """Return the stated factor (position of the input) that each intervention's factor is; −1 for none drawn."""
    found = np.full(len(system.interventions), -1, np.int64)
    drawn = inputs.of_table("factors")
    if not len(drawn):
        return found
    given = system.work.characterization
    flow, metric = (system.database.column("factors", c) for c in ("flow", "metric"))
    used = tuple(word.casefold() for word in given.metrics)
    general_first = sorted(drawn.tolist(), key=lambda i: len(metric[inputs.row[i]]))
    for i in general_first:
        row = int(inputs.row[i])
        word = metric[row].casefold()
        is_metric = any(word == one or word.startswith(f"{one} ") for one in used)
        in_use = given.mass[flow[row]] * given.factor[flow[row]]
        is_used = np.isclose(in_use, inputs.stated[i], rtol=SAME_FACTOR, atol=0.0)
        if is_metric and is_used and inputs.stated[i] != 0:
            found[system.interventions == flow[row]] = i
    return found


def drawn_lanes(lanes: NDArray[np.int64]) -> IntArray:
    """Return draw numbers as the array that streams take."""
    return np.asarray(lanes, np.int64).reshape(-1)
