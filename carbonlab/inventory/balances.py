"""Balances of unit processes: what leaves is what entered, in mass, carbon and energy.

*Mass*: inputs and outputs agree within the tolerance. Oxygen and nitrogen that outputs hold beyond inputs may
come from air, which inventories leave out, and so may all of an emission whose formula is not stated.
*Carbon*: likewise, with nothing from air. *Energy*: products hold no more than enters; what is lost as heat is no
flow of an inventory. A process that moves nothing of a kind has no such balance, and neither has an aggregated
one or the construction of a capital good. Avoided products are no flows of the process; where a process has an
end of life, its product is what was used, and leaves as waste.

See ISO 14044:2006, 4.3.3.2 (data are validated, by mass and energy balances for instance). The tolerance is a
choice of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.contents import FloatArray, contents_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.open_balances import open_balances
from carbonlab.vocabulary import BalanceKind, FlowKind, LifeCycleStage, ProcessKind

TOLERANCE = 0.05
"""Share by which the two sides may differ: our choice, for rounding, moisture and dust."""

TRACE = 1e-3
"""Carbon below this share of the mass that a process moves is no matter of a balance (fugitive methane)."""

UNITS = {BalanceKind.MASS: "kg", BalanceKind.CARBON: "kg C", BalanceKind.ENERGY: "MJ"}


class Verdict(StrEnum):
    """What a balance shows."""

    CLOSES = "closes"
    OPEN = "open"
    UNKNOWN = "unknown"
    """Flows that could decide do not state their content."""
    NONE = "none"
    """There is nothing to balance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One balance of one process, for the amounts in which its exchanges are written."""

    process: str
    kind: BalanceKind
    entering: float
    """What inputs hold [`unit`]."""
    leaving: float
    """What outputs hold [`unit`]; for energy, what products and waste hold."""
    from_air: float
    """Oxygen and nitrogen of outputs beyond that of inputs [kg]; 0 for carbon and energy."""
    gap: float
    """Difference of the two sides as a share of the larger one [1]."""
    verdict: Verdict
    unknown: tuple[str, ...] = ()
    """Ids of the flows that decide and do not state their content."""
    explanation: str = ""
    """What the owner of the data says of it."""

    @property
    def unit(self) -> str:
        """Unit of both sides."""
        return UNITS[self.kind]

    @property
    def is_settled(self) -> bool:
        """Whether it closes, or is open and explained; an explanation of what closes settles nothing."""
        is_open = self.verdict in (Verdict.OPEN, Verdict.UNKNOWN)
        return is_open == bool(self.explanation)


def balances_of(db: Database, *, tolerance: float = TOLERANCE) -> list[Balance]:
    """Return mass, carbon and energy balance of every unit process.

    Parameters
    ----------
    db : Database
        With its explanations of open balances as findings (see `open_balances`).
    tolerance : float
        Share by which the sides may differ [1].
    """
    return [
        *_balances(db, BalanceKind.MASS, tolerance),
        *_balances(db, BalanceKind.CARBON, tolerance),
        *_balances(db, BalanceKind.ENERGY, tolerance),
    ]


def unsettled(balances: Sequence[Balance]) -> list[Balance]:
    """Return the balances that neither close nor are explained, and those explained without need."""
    return [balance for balance in balances if not balance.is_settled]


@dataclass(frozen=True, slots=True)
class _Sides:
    """Sums over the exchanges of each process (processes,)."""

    entering: FloatArray
    leaving: FloatArray
    from_air: FloatArray
    throughput: FloatArray
    """Mass that the process moves [kg]."""
    doubt: FloatArray
    """What flows that state no content may hold at most; infinite where not even their mass is known."""
    doubtful: NDArray[np.bool_]
    """Exchanges (exchanges,) without a stated content."""


def _balances(db: Database, kind: BalanceKind, tolerance: float) -> list[Balance]:
    sides = _sides(db, kind)
    explanations = open_balances(db)
    ids, flows = db.column("processes", "id"), db.column("flows", "id")
    is_judged = _is_judged(db, kind)
    balances = []
    for row, process in enumerate(ids.tolist()):
        entering, leaving, air = (
            float(side[row]) for side in (sides.entering, sides.leaving, sides.from_air)
        )
        gap = _gap(entering, leaving, air, is_one_sided=kind is BalanceKind.ENERGY)
        larger = max(entering, leaving)
        is_trace = kind is BalanceKind.CARBON and larger <= TRACE * sides.throughput[row]
        needs = leaving if kind is BalanceKind.ENERGY else larger
        unknown: tuple[str, ...] = ()
        if not is_judged[row] or ((needs == 0 or is_trace) and not _has_doubt(kind, sides, row)):
            verdict = Verdict.NONE
        elif sides.doubt[row] > tolerance * larger:
            rows = db.exchange_rows(row)
            named = flows[db.column("exchanges", "flow")[rows[sides.doubtful[rows]]]]
            unknown, verdict = tuple(dict.fromkeys(named.tolist())), Verdict.UNKNOWN
        else:
            verdict = Verdict.CLOSES if gap <= tolerance else Verdict.OPEN
        balances.append(
            Balance(
                process=process,
                kind=kind,
                entering=entering,
                leaving=leaving,
                from_air=air,
                gap=gap,
                verdict=verdict,
                unknown=unknown,
                explanation=explanations.get((process, kind), ""),
            )
        )
    return balances


def _has_doubt(kind: BalanceKind, sides: _Sides, row: int) -> bool:
    """Return whether a flow without a known mass is all that a process moves: of carbon nothing is claimed then."""
    return kind is BalanceKind.MASS and bool(sides.doubt[row] > 0)


def _gap(entering: float, leaving: float, from_air: float, *, is_one_sided: bool) -> float:
    if leaving > entering + from_air:
        return (leaving - entering - from_air) / leaving
    if entering > leaving and not is_one_sided:
        return (entering - leaving) / entering
    return 0.0


def _is_judged(db: Database, kind: BalanceKind) -> NDArray[np.bool_]:
    """Return which processes (processes,) have a balance; of carbon, only those without CO2e totals."""
    judged = ~db.is_word("processes", "kind", ProcessKind.AGGREGATED)
    judged &= ~db.column("processes", "is_capital_good")  # what is built in is the product
    if kind is BalanceKind.CARBON:
        totals = db.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)[db.column("exchanges", "flow")]
        judged[db.column("exchanges", "process")[totals]] = False
    return np.asarray(judged)


def _is_service_of_a_life(db: Database) -> NDArray[np.bool_]:
    """Return which exchanges (exchanges,) are products of a process with an end of life: they leave as waste."""
    process, flow = db.column("exchanges", "process"), db.column("exchanges", "flow")
    ends = np.zeros(db.processes.num_rows, dtype=np.bool_)
    ends[process[db.is_word("exchanges", "stage", LifeCycleStage.END_OF_LIFE)]] = True
    is_product = db.is_word("flows", "kind", FlowKind.PRODUCT)[flow]
    return np.asarray(is_product & ~db.column("exchanges", "is_input") & ends[process])


def _sides(db: Database, kind: BalanceKind) -> _Sides:
    contents = contents_of(db)
    process, flow = db.column("exchanges", "process"), db.column("exchanges", "flow")
    size = db.processes.num_rows
    real = ~db.column("exchanges", "is_avoided") & ~_is_service_of_a_life(db)
    is_input = db.column("exchanges", "is_input")
    held = {
        BalanceKind.MASS: contents.mass,
        BalanceKind.CARBON: contents.carbon,
        BalanceKind.ENERGY: contents.energy,
    }[kind]
    counted = real
    if kind is BalanceKind.ENERGY:  # what is lost as heat, and what emissions hold, is no matter
        counted = real & (is_input | ~db.is_word("flows", "kind", FlowKind.ELEMENTARY)[flow])

    def total(values: FloatArray, where: NDArray[np.bool_]) -> FloatArray:
        sums = np.bincount(process[where], weights=np.nan_to_num(values[where]), minlength=size)
        return np.asarray(sums, dtype=np.float64)

    air = np.zeros(size)
    if kind is BalanceKind.MASS:
        for element in (contents.oxygen, contents.nitrogen):
            air += np.maximum(total(element, real & ~is_input) - total(element, real & is_input), 0.0)
        unnamed = db.is_word("flows", "kind", FlowKind.ELEMENTARY) & ~contents.is_composition_known
        air += total(contents.mass, real & ~is_input & unnamed[flow])
    doubtful = real & np.isnan(held)
    most = np.where(np.isnan(contents.mass), np.inf, contents.mass)
    doubt = np.zeros(size)
    np.add.at(doubt, process[doubtful], most[doubtful])
    return _Sides(
        total(held, counted & is_input),
        total(held, counted & ~is_input),
        air,
        np.maximum(total(contents.mass, real & is_input), total(contents.mass, real & ~is_input)),
        doubt,
        doubtful,
    )
