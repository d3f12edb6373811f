"""Solve a product system: intensities of every product, statuses, and the forward solution of a demand.

    adjoint:  Aᵀ Λ = Bᵀ Wᵀ      Λ (columns, channels): what one unit of every column's flow stands for
    forward:  A s = f            s (columns,): how much each column has to run for the demand f

A channel is a (gas, component, factor) triple; W (channels, interventions) turns an amount of an
elementary flow into kilograms of its gas, and h = Σ factor · W B s into kg CO2e.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.errors import RefusedError, SolveError
from carbonlab.inventory.records import Finding
from carbonlab.results.beyond import Beyond, solve_beyond
from carbonlab.results.display import evaluation_html
from carbonlab.results.shared_solves import SharedFactorizations
from carbonlab.rules.entries import BoolArray, FloatArray
from carbonlab.rules.selectors import flow_has_role
from carbonlab.solve import Loop, Prepared, Solution, SolveStatus, find_loops, reaches
from carbonlab.system.product_system import ProductSystem
from carbonlab.vocabulary import Component, Role, Status


@dataclass(frozen=True)
class Channel:
    """A gas of one origin and its factor: the finest part that a footprint is kept in.

    Attributes
    ----------
    gas : str
        Key of the gas.
    component : Component
        Part of the footprint that it belongs to.
    factor : float
        [kg CO2e/kg], with the sign of the component (uptake: negative).
    """

    gas: str
    component: Component
    factor: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A product system, solved.

    Attributes
    ----------
    system : ProductSystem
        What was solved.
    channels : tuple of Channel
        Parts of the footprint.
    weights : sparse array (channels, interventions)
        [kg of gas per unit of elementary flow].
    factorization : Factorization or Iteration
        A, prepared for every demand.
    adjoint : Solution
        Λ with residual and error estimate per channel.
    non_productive : tuple of Loop
        Loops that consume at least as much as they make; their gains are one and above.
    repeats : tuple of int
        The channels that those of module D, the last ones, repeat; empty where nothing lies beyond the boundary.
    """

    system: ProductSystem
    channels: tuple[Channel, ...]
    weights: sparse.csr_array
    factorization: Prepared
    adjoint: Solution
    non_productive: tuple[Loop, ...]
    repeats: tuple[int, ...] = ()

    @property
    def factors(self) -> FloatArray:
        """What a kilogram of each channel adds to the total (channels,) [kg CO2e/kg]; 0 for what is reported apart."""
        apart = self.system.work.apart
        return np.array([0.0 if channel.component in apart else channel.factor for channel in self.channels])

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """Strongly connected columns and their gains, the largest first; measured when first asked for."""
        return (*_own_loops(self.system), *find_loops(self.system.matrices.A))

    @cached_property
    def status(self) -> NDArray[np.object_]:
        """Status of every column (columns,), what lies upstream included."""
        system, A = self.system, self.system.matrices.A
        result = np.where(system.status == "", Status.COMPLETE, system.status).astype(object)
        spreading = [
            (Status.UNLINKED, unlinked_columns(system)),
            (Status.NON_PRODUCTIVE, self._in_bad_loop()),
            (Status.NO_OUTPUT, system.status == Status.NO_OUTPUT),
            (Status.NO_BASIS, system.status == Status.NO_BASIS),
        ]
        for status, first in spreading:  # the worse ones last
            if first.any():
                reached = reaches(A, np.flatnonzero(first))
                result[reached & (result != Status.ABSENT)] = status
        return result

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules and the solution found, on top of the findings of the databases."""
        return (
            *self.system.work.findings,
            *(self._loop_finding(loop) for loop in self.non_productive),
        )

    @cached_property
    def mass_intensity(self) -> FloatArray:
        """Λ (columns, channels) [kg of gas per unit of the flow, waste: per unit treated]; NaN without a number."""
        is_treatment = self.system.sign < 0
        # the intensity of a waste is reported per unit treated: −λ
        mass = np.where(is_treatment[:, None], -self.adjoint.x, self.adjoint.x)
        has_number = np.array([Status(status).has_number for status in self.status], bool)
        return np.where(has_number[:, None], mass, np.nan)

    def intensity(self) -> FloatArray:
        """Footprint (columns,) [kg CO2e per unit of the column's flow]; NaN where the status says why."""
        return np.asarray(self.mass_intensity @ self.factors)

    def run(self, column: int, demand: float) -> Solution:
        """Return the scaling vector s (columns,) for a demand of one column's flow.

        Raises
        ------
        RefusedError
            If the column has no number.
        """
        status = Status(self.status[column])
        if not status.has_number:
            process = self.system.database.processes["name"][int(self.system.columns.process[column])].as_py()
            raise RefusedError(
                f"the product of {process!r} has no footprint under {self.system.rule_set.key!r}: {status}",
                why="a number would be made up",
                remedy="look at the findings, or choose another option of the slot that decided it",
            )
        f = np.zeros(len(self.system.columns))
        f[column] = demand * self.system.sign[column]
        return self.factorization.solve(f)

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{(self.status == status).sum()} {status}" for status in Status if (self.status == status).any()
        )
        gain = max((loop.gain for loop in self.loops), default=0.0)
        lines = [f"Evaluation of {self.system.database.meta.name} under {self.system.rule_set.key!r}"]
        lines += [f"  products: {counts}", f"  loops: {len(self.loops)}, largest gain {gain:.3g}"]
        lines += [f"  relative residual {float(np.max(self.adjoint.residual, initial=0.0)):.1e}"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return evaluation_html(self)

    def _in_bad_loop(self) -> BoolArray:
        bad = np.zeros(len(self.system.columns), bool)
        for loop in self.non_productive:
            bad[loop.indices] = True
        return bad

    def _loop_finding(self, loop: Loop) -> Finding:
        return Finding(
            code="non_productive_loop",
            amount=loop.gain,
            unit="gain",
            detail=", ".join(column_names(self.system, loop.indices, 6)),
        )


def evaluate_system(system: ProductSystem, *, shared: SharedFactorizations | None = None) -> Evaluation:
    """Factorize a product system and solve it for all its products.

    Parameters
    ----------
    system : ProductSystem
        What to solve.
    shared : SharedFactorizations, optional
        Where systems with the same technology matrix meet; by default every system is factorized on its own.

    Raises
    ------
    SolveError
        If the technology matrix is singular; the message names the processes of the loop.
    """
    shared = shared or SharedFactorizations()
    channels, weights = _channels(system)
    matrices = system.matrices
    try:
        factorization = shared.factorization(matrices.A)
        right = (weights @ matrices.B).T.toarray()
        adjoint = factorization.solve_transposed(right)
        beyond = solve_beyond(system, factorization, adjoint)
    except SolveError as error:
        raise _named(error, system, (*_own_loops(system), *find_loops(matrices.A))) from error
    non_productive = _non_productive(system, factorization, shared)
    evaluation = Evaluation(system, channels, weights, factorization, adjoint, non_productive)
    return evaluation if beyond is None else _with_beyond(evaluation, beyond)


def _non_productive(
    system: ProductSystem, factorization: Prepared, shared: SharedFactorizations
) -> tuple[Loop, ...]:
    """Return the loops that consume at least as much as they make; measured only where no proof excludes them."""
    own = _own_loops(system)
    if factorization.has_productive_loops:
        return own
    return (*own, *(loop for loop in shared.loops(system.matrices.A) if loop.gain >= 1))


def _with_beyond(evaluation: Evaluation, beyond: Beyond) -> Evaluation:
    """Return an evaluation with the channels of module D behind its own; no intervention belongs to them."""
    own, more = evaluation.adjoint, beyond.solution
    channels = tuple(replace(evaluation.channels[k], component=Component.MODULE_D) for k in beyond.kept)
    empty = sparse.csr_array((len(channels), evaluation.weights.shape[1]))
    worse = own if more.status is SolveStatus.WITHIN_BOUND else more
    return replace(
        evaluation,
        channels=(*evaluation.channels, *channels),
        weights=sparse.csr_array(sparse.vstack([evaluation.weights, empty])),
        adjoint=replace(
            own,
            x=np.hstack([own.x, more.x]),
            residual=np.concatenate([own.residual, more.residual]),
            error=np.concatenate([own.error, more.error]),
            worst=np.concatenate([own.worst, more.worst]),
            status=worse.status,
        ),
        repeats=tuple(beyond.kept),
    )


def _own_loops(system: ProductSystem) -> tuple[Loop, ...]:
    """Return the columns that consume more of their own product than they make, each as a loop of one."""
    table = system.work.technosphere
    made = (table.sign * system.work.amounts[table.exchange])[system.columns.entry]
    net = system.matrices.A.diagonal()
    bad = np.flatnonzero(system.has_column & (made * net < 0))
    return tuple(Loop(np.array([column]), float(1 - net[column] / made[column]), ()) for column in bad)


def _channels(system: ProductSystem) -> tuple[tuple[Channel, ...], sparse.csr_array]:
    given = system.work.characterization
    rows, parts = system.interventions, system.intervention_components
    position: dict[Channel, int] = {}
    entries: list[tuple[int, int, float]] = []
    for place, flow in enumerate(rows):
        if given.factor[flow] and given.gas[flow]:
            component = Component(parts[place] or given.component[flow])
            channel = Channel(str(given.gas[flow]), component, float(given.factor[flow]))
            entries.append((position.setdefault(channel, len(position)), place, float(given.mass[flow])))
    shape = (max(len(position), 1), len(rows))
    if not entries:
        return (Channel("CO2", Component.FOSSIL, 1.0),), sparse.csr_array(shape)
    number, row, mass = zip(*entries, strict=True)
    return tuple(position), sparse.csr_array(sparse.coo_array((mass, (number, row)), shape=shape))


def unlinked_columns(system: ProductSystem) -> BoolArray:
    """Return which columns (columns,) have an input that was left out for want of a producer."""
    rows = [line.rows for line in system.work.log if line.slot == "linking" and line.verb == "drop"]
    found = np.zeros(len(system.columns), bool)
    if rows:
        declared = flow_has_role(system.database, Role.DECLARED_CUT_OFF)
        table = system.work.technosphere
        lost = np.concatenate(rows)
        lost = lost[~declared[table.flow[lost]]]
        found[np.isin(system.columns.process, table.process[lost])] = True
    return found & system.has_column


def column_names(system: ProductSystem, columns: NDArray[np.int64], limit: int) -> list[str]:
    """Return the names of the processes of some columns, at most `limit` and then how many more."""
    names = system.database.column("processes", "name")[system.columns.process[columns[:limit]]].tolist()
    return [*names, f"and {len(columns) - limit} more"] if len(columns) > limit else names


def _named(error: SolveError, system: ProductSystem, loops: tuple[Loop, ...]) -> SolveError:
    indices = np.asarray(getattr(error, "indices", ()), np.int64)
    worst = [loop for loop in loops if np.isin(indices, loop.indices).any()]
    gain = f", whose gain is {max(loop.gain for loop in worst):.4g}" if worst else ""
    return SolveError(
        f"the technology matrix has no solution{gain}",
        where="processes: " + ", ".join(column_names(system, indices, 8)) if len(indices) else error.where,
        why=error.what,
        remedy="likely causes: a process consumes all that it makes, two processes make only each other's input, "
        "or an amount is in the wrong unit; inspect the database, or choose other linking or multifunctionality rules",
    )
