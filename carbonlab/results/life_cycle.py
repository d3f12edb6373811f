"""Footprint by life-cycle stage and year: stages belong to foreground links, the background carries none.

A link's own stage goes before that of its process, and both before the stage of the link through which the
process is reached; years likewise. At the product itself, where nothing is stated, direct emissions are
*production* and inputs *raw-material acquisition*. With s[j, g] the output of foreground column j that is
demanded in state g = (stage, year), the footprint of a state is

    h_g = Σ_j Σ_e∈direct(j→g) c_e b_e s[j, ·]  +  Σ_j Σ_e∈inputs(j→g) −A_e s[j, ·] λ_provider(e),

and the states sum to the footprint of the product, because λ holds everything upstream of a background
column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from carbonlab.errors import StudyError
from carbonlab.rules.entries import EntryTable, FloatArray, IntArray
from carbonlab.system.product_system import ProductSystem
from carbonlab.vocabulary import LifeCycleStage

State = tuple[str, float]
"""Life-cycle stage ("" = inherited from nothing yet) and year offset [a] (NaN likewise)."""

NO_STATE: State = ("", float("nan"))


@dataclass(frozen=True, eq=False)
class Foreground:
    """Entries of the foreground columns, with what they state of stage and year.

    Attributes
    ----------
    columns : int array (foreground columns,)
        Columns of A that the study models, or the demanded one alone.
    """

    columns: IntArray
    links: list[tuple[int, int, float, State]]
    """(foreground column, providing foreground column, −A value, own state)."""
    inputs: list[tuple[int, int, float, State]]
    """(foreground column, providing background column, −A value, own state)."""
    direct: list[tuple[int, int, float, State]]
    """(foreground column, intervention row, B value, own state)."""
    beyond: list[tuple[int, int, float, State]]
    """(foreground column, providing column, −value, own state) of what lies beyond the boundary."""
    output: FloatArray
    """Functional amounts: the diagonal without self-consumption (foreground columns,)."""


def split_by_state(
    system: ProductSystem,
    column: int,
    demand: float,
    intensity: FloatArray,
    weights: sparse.csr_array,
    *,
    repeats: tuple[int, ...] = (),
    values: tuple[FloatArray, FloatArray] | None = None,
) -> dict[State, FloatArray]:
    """Return the footprint of a demand by life-cycle stage and year.

    Parameters
    ----------
    system : ProductSystem
        The system.
    column : int
        Column that supplies the demand.
    demand : float
        Demand [unit of the column's flow].
    intensity : float array (columns, channels)
        λ: what one unit of every column stands for, by channel.
    weights : sparse array (channels, interventions)
        What one unit of every intervention stands for, by channel.
    repeats : tuple of int
        The channels that those of module D, the last ones, repeat.
    values : tuple of float arrays, optional
        Values of all technosphere and intervention entries; by default the stated ones.

    Returns
    -------
    dict of (stage, year) to float array (channels,)
        Their sum is ``demand × intensity[column]``.
    """
    foreground = _foreground(system, column, values)
    start = int(np.flatnonzero(foreground.columns == column)[0])
    produced = _produced_by_state(foreground, start, demand)
    result: dict[State, FloatArray] = {}
    direct_weights = weights.T.tocsr()
    for (j, state), amount in produced.items():
        for position, row, value, own in foreground.direct:
            if position == j:
                share = direct_weights[[row]].toarray()[0] * value * amount
                _add(result, _resolved(own, state, LifeCycleStage.PRODUCTION), share)
        for position, provider, value, own in foreground.inputs:
            if position == j:
                share = intensity[provider] * value * amount
                _add(result, _resolved(own, state, LifeCycleStage.RAW_MATERIAL), share)
        for position, provider, value, own in foreground.beyond:
            if position == j:
                share = np.zeros(intensity.shape[1])
                share[len(share) - len(repeats) :] = intensity[provider, list(repeats)] * value * amount
                _add(result, _resolved(own, state, LifeCycleStage.END_OF_LIFE), share)
    return result


def _add(result: dict[State, FloatArray], state: State, value: FloatArray) -> None:
    result[state] = result[state] + value if state in result else value


def _resolved(own: State, inherited: State, default: str) -> State:
    stage, year = _merged(own, inherited)
    return (stage or default, 0.0 if np.isnan(year) else year)


def _merged(own: State, inherited: State) -> State:
    return (own[0] or inherited[0], inherited[1] if np.isnan(own[1]) else own[1])


def _foreground(
    system: ProductSystem, column: int, given: tuple[FloatArray, FloatArray] | None
) -> Foreground:
    inside = system.work.foreground[system.columns.process] & system.has_column
    inside[column] = True
    columns = np.flatnonzero(inside)
    position = np.full(len(inside), -1, np.int64)
    position[columns] = np.arange(len(columns))
    models = bool(system.work.foreground[system.columns.process[column]])
    if not models:  # a product of a database: loops back to itself are in its own intensity
        position[:] = -1
    links, inputs = [], []
    output = np.zeros(len(columns))
    technosphere = system.work.technosphere
    values = technosphere.values(system.work.amounts) if given is None else given[0]
    pattern, state_of = system.technosphere_pattern, _States(system, technosphere)
    where = {int(c): i for i, c in enumerate(columns)}
    for k in np.flatnonzero(inside[pattern.column]):
        entry, row = int(pattern.entry[k]), int(pattern.row[k])
        j, value = where[int(pattern.column[k])], float(values[entry])
        if entry == system.columns.entry[columns[j]]:
            output[j] += value
        elif position[row] >= 0:
            links.append((j, int(position[row]), -value, state_of[entry]))
        else:
            inputs.append((j, row, -value, state_of[entry]))
    pattern = system.beyond_pattern
    beyond = [
        (
            where[int(pattern.column[k])],
            int(pattern.row[k]),
            -float(values[pattern.entry[k]]),
            state_of[int(pattern.entry[k])],
        )
        for k in np.flatnonzero(inside[pattern.column])
    ]
    intervention = system.work.intervention
    values = intervention.values(system.work.amounts) if given is None else given[1]
    pattern, state_of = system.intervention_pattern, _States(system, intervention)
    direct = [
        (
            where[int(pattern.column[k])],
            int(pattern.row[k]),
            float(values[pattern.entry[k]]),
            state_of[int(pattern.entry[k])],
        )
        for k in np.flatnonzero(inside[pattern.column])
    ]
    return Foreground(columns, links, inputs, direct, beyond, output)


class _States:
    """What entries state themselves: the link's stage and year, else its process's stage."""

    def __init__(self, system: ProductSystem, table: EntryTable) -> None:
        database = system.database
        self.exchange, self.process = table.exchange, table.process
        self.link_stage = database.column("exchanges", "stage")
        self.year = database.column("exchanges", "year_offset")
        self.process_stage = database.column("processes", "stage")
        added = system.work.at_stage.items() if table is system.work.technosphere else ()
        self.own_stage = {int(row): str(stage) for stage, rows in added for row in rows}

    def __getitem__(self, entry: int) -> State:
        exchange = int(self.exchange[entry])
        stage = (
            self.own_stage.get(entry, "")
            or self.link_stage[exchange]
            or self.process_stage[int(self.process[entry])]
        )
        return (stage, float(self.year[exchange]))


def _produced_by_state(foreground: Foreground, start: int, demand: float) -> dict[tuple[int, State], float]:
    """Solve the foreground for the output runs s[j, g] of each column in each state that reaches it."""
    unknowns: dict[tuple[int, str], int] = {}
    states: list[tuple[int, State]] = []

    def index(j: int, state: State) -> int:
        key = (j, repr(state))  # repr, because NaN does not equal itself
        if key not in unknowns:
            unknowns[key] = len(states)
            states.append((j, state))
        return unknowns[key]

    index(start, NO_STATE)
    entries: list[tuple[int, int, float]] = []
    done = 0
    while done < len(states):
        j, state = states[done]
        entries.append((done, done, foreground.output[j]))
        for position, provider, value, own in foreground.links:
            if position == j:
                entries.append((index(provider, _merged(own, state)), done, -value))
        done += 1
    rows, cols, values = (np.array(part) for part in zip(*entries, strict=True))
    matrix = sparse.csc_array((values, (rows, cols)), shape=(len(states), len(states)))
    right = np.zeros(len(states))
    right[0] = demand
    runs = np.atleast_1d(spsolve(matrix, right))
    if not np.isfinite(runs).all():
        raise StudyError(
            "the foreground of the study has no solution",
            why="its processes feed one another in a loop that makes nothing",
            remedy="check the amounts on the links between foreground processes",
        )
    return {key: float(run) for key, run in zip(states, runs, strict=True)}
