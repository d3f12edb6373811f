"""Every number that a footprint is made of, in one list: exchanges, factors, properties, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonlab.sampling.inputs import Inputs
from carbonlab.sensitivity.derivatives import Derivatives, FloatArray, IntArray, property_of_columns
from carbonlab.sensitivity.spread_moments import SpreadMoments
from carbonlab.system.drawn_amounts import DrawnAmounts

TABLES = ("exchanges", "characterization", "properties", "parameters")
"""Where inputs come from; ``characterization`` are the factors of elementary flows as the rule set has them."""

TextArray = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class InputList:
    """Inputs of one footprint; every array is (inputs,).

    Attributes
    ----------
    table : int
        Position in `TABLES`.
    row : int
        Row of that table of the inventory; of ``characterization`` the row of the flow.
    stated : float
        Stated value.
    derivative : float
        ∂h/∂(input) [kg CO2e per unit of the input]; 0 for exchanges that a formula computes and that have no spread of
        their own, whose parameters stand for them.
    spread : int
        Position among the uncertain numbers (`carbonlab.sampling.inputs.Inputs`); −1 for none.
    is_computed : bool
        Whether a formula gives the value.
    kinked : int
        How many computed exchanges depend on a formula whose slope jumps somewhere.
    """

    table: NDArray[np.int8]
    row: IntArray
    stated: FloatArray
    derivative: FloatArray
    spread: IntArray
    is_computed: NDArray[np.bool_]
    kinked: int

    def __len__(self) -> int:
        return len(self.row)


def list_inputs(found: Derivatives, inputs: Inputs) -> InputList:
    """Return the inputs of a footprint with its derivatives by them.

    Parameters
    ----------
    found : Derivatives
    inputs : Inputs
        The uncertain numbers of the inventory.
    """
    parts = [*_exchanges_and_parameters(found, inputs), _factors(found, inputs), _properties(found, inputs)]
    order = sorted(parts, key=lambda part: int(part.table[0]) if len(part) else len(TABLES))
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in order])
        for name in ("table", "row", "stated", "derivative", "spread", "is_computed")
    }
    return InputList(**joined, kinked=sum(part.kinked for part in parts))


def _exchanges_and_parameters(found: Derivatives, inputs: Inputs) -> tuple[InputList, InputList]:
    database = found.system.database
    spread = _positions(inputs, "exchanges", database.exchanges.num_rows)
    table = found.formulas
    at = np.asarray(table.input_rows, np.int64) if table is not None else np.empty(0, np.int64)
    own = _positions(inputs, "parameters", database.parameters.num_rows)[at]
    has_spread = np.zeros(len(spread), bool)
    has_spread[inputs.own_spread] = True
    slopes, computed, kinked = found.by_parameter(has_spread, own >= 0)
    derivative = found.exchange.copy()
    derivative[computed] = 0.0
    is_computed = np.zeros(len(derivative), bool)
    is_computed[computed] = True
    rows = np.arange(len(derivative))
    exchanges = _part("exchanges", rows, found.system.work.amounts, derivative, spread, is_computed)
    stated = database.column("parameters", "amount")[at] if len(at) else np.empty(0)
    return exchanges, _part("parameters", at, stated, slopes, own, kinked=len(kinked))


def _factors(found: Derivatives, inputs: Inputs) -> InputList:
    """Return the factors in use: one for each flow, which may stand in several rows of the intervention axis."""
    system = found.system
    used = np.flatnonzero(found.factor)
    flows, place = np.unique(system.interventions[used], return_inverse=True)
    drawn = DrawnAmounts.of(system, inputs).input_of_flow if len(inputs.of_table("factors")) else None
    spread, value = np.full(len(flows), -1, np.int64), np.zeros(len(flows))
    value[place] = found.factor[used]
    if drawn is not None:
        spread[place] = drawn[used]
    # all rows of a flow move together with its factor: c_i = factor × (c_i / factor)
    slope = np.bincount(place, found.factor[used] * found.intervention[used], len(flows)) / value
    stated = np.where(spread >= 0, inputs.stated[spread], value) if len(inputs) else value
    return _part("characterization", flows.astype(np.int64), stated, slope * value / stated, spread)


def _properties(found: Derivatives, inputs: Inputs) -> InputList:
    row_of = property_of_columns(found.system)
    used = np.flatnonzero(row_of >= 0)
    rows, place = np.unique(row_of[used], return_inverse=True)
    database = found.system.database
    stated = database.column("properties", "value")[rows] if len(rows) else np.empty(0)
    moved = np.bincount(place, found.weight[used] * found.system.columns.weight[used], len(rows))
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(stated != 0, moved / stated, 0.0)
    spread = _positions(inputs, "properties", database.properties.num_rows)[rows]
    return _part("properties", rows.astype(np.int64), stated, slope, spread)


def _positions(inputs: Inputs, table: str, rows: int) -> IntArray:
    found = np.full(rows, -1, np.int64)
    at = inputs.of_table(table)
    found[inputs.row[at]] = at
    return found


def _part(
    table: str,
    row: IntArray,
    stated: FloatArray,
    derivative: FloatArray,
    spread: IntArray,
    is_computed: NDArray[np.bool_] | None = None,
    *,
    kinked: int = 0,
) -> InputList:
    return InputList(
        np.full(len(row), TABLES.index(table), np.int8),
        row,
        stated,
        derivative,
        spread,
        np.zeros(len(row), bool) if is_computed is None else is_computed,
        kinked,
    )


def deviations(listed: InputList, moments: SpreadMoments) -> FloatArray:
    """Return the standard deviation of every input (inputs,); 0 for those without a spread."""
    own = np.flatnonzero(listed.spread >= 0)
    found = np.zeros(len(listed))
    found[own] = moments.deviation[listed.spread[own]]
    return found


def words_of(
    found: Derivatives, listed: InputList, at: IntArray | slice = slice(None)
) -> dict[str, TextArray]:
    """Return what some inputs are called, each (inputs,): table, process, flow, name and unit."""
    database = found.system.database
    table, row = listed.table[at], listed.row[at]
    words = {name: np.full(len(row), "", object) for name in ("table", "process", "flow", "name", "unit")}
    words["table"] = np.array(TABLES, object)[table]
    process_name = np.append(database.column("processes", "name"), "")
    flow_name, flow_unit = database.column("flows", "name"), database.column("flows", "unit")
    for number, name in enumerate(TABLES):
        own = np.flatnonzero(table == number)
        if not len(own):
            continue
        rows = row[own]
        if name == "characterization":
            words["flow"][own] = flow_name[rows]
            words["unit"][own] = np.array([f"kg CO2e/{unit}" for unit in flow_unit[rows]], object)
            continue
        words["process"][own] = process_name[database.column(name, "process")[rows]]
        if name != "parameters":
            flow = database.column(name, "flow")[rows]
            words["flow"][own] = flow_name[flow]
        words["name"][own] = database.column(name, "id" if name == "exchanges" else "name")[rows]
        words["unit"][own] = flow_unit[flow] if name == "exchanges" else database.column(name, "unit")[rows]
    return words
