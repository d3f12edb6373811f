"""Which climate gas each elementary flow of a database is.

A flow is found by UUID, CAS number, name, synonym or refrigerant number, in this order.

Matching does not look at a factor set: a database is matched once, and every set is then applied to the
same match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import UnitError
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Finding
from carbonlab.rules.factors.factor_tables import CARBON_DIOXIDE
from carbonlab.rules.factors.flow_use import FlowUse
from carbonlab.rules.factors.gases import AGGREGATED_GAS, load_gases
from carbonlab.rules.factors.identity import MatchWay, identify
from carbonlab.rules.factors.names import ReadName, read_name
from carbonlab.rules.factors.placing import Placing, Remark, medium_of, place
from carbonlab.units import conversion_factor
from carbonlab.vocabulary import CarbonOrigin, Component, Direction, FlowKind, Severity

WAYS = tuple(MatchWay)
COMPONENTS = tuple(Component)
ORIGINS = tuple(CarbonOrigin)
GASES = (*(gas.key for gas in load_gases()), AGGREGATED_GAS)
"""The gas axis: every climate gas, and the pseudo-gas of flows that arrive characterized."""

Codes = NDArray[np.int16]


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowMatch:
    """Which gas each flow of a database is; every array is (flows,), in the order of the flow table.

    Attributes
    ----------
    gas : int
        Index in `GASES`; −1 for flows that no factor applies to.
    way : int
        Index in `WAYS`: how the flow was recognized; −1 for none.
    component : int
        Index in `COMPONENTS`: the part of the footprint that it goes into; −1 for none.
    origin : int
        Index in `ORIGINS`: where its carbon comes from; −1 for none.
    sign : float
        +1 emitted, −1 taken up, 0 for none; the factor of the flow is sign × kg_per_unit × factor of the gas.
    kg_per_unit : float
        Mass of one reference unit of the flow [kg]; NaN for none.
    findings : tuple of Finding
        What was odd, whatever the factor set: origins not stated, gases in units that are no mass,
        contradictions.
    """

    gas: Codes
    way: Codes
    component: Codes
    origin: Codes
    sign: NDArray[np.float64]
    kg_per_unit: NDArray[np.float64]
    findings: tuple[Finding, ...]

    @property
    def is_matched(self) -> NDArray[np.bool_]:
        """Whether each flow (flows,) is a climate gas that counts."""
        return self.gas >= 0

    def how(self, row: int) -> str:
        """Return how the flow in a row was recognized; empty if it was not."""
        return WAYS[self.way[row]].value if self.way[row] >= 0 else ""

    def counts(self, rows: NDArray[np.bool_] | None = None) -> dict[str, int]:
        """Return the number of matched flows by way, of all flows or of those that `rows` (flows,) marks."""
        way = self.way if rows is None else self.way[rows]
        counted = Counter(way[way >= 0].tolist())
        return {word.value: counted[code] for code, word in enumerate(WAYS) if counted[code]}


def match_flows(db: Database) -> FlowMatch:
    """Return which climate gas each flow of a database is.

    Emissions to air (or to no stated compartment) are matched, and carbon dioxide taken from the air.
    Carbon dioxide and methane of unknown origin count as fossil, with a finding that gives the amount: that
    is the cautious choice, as a biogenic origin would be set against an uptake that nobody has shown.

    Parameters
    ----------
    db : Database
        Any database; nothing in it is changed.

    Returns
    -------
    FlowMatch
        Arrays (flows,) and findings. Only flows that occur in an exchange give findings. A database is
        matched once and the
        match kept as long as the database lives.
    """
    if db not in _MATCHES:
        _MATCHES[db] = _match(db)
    return _MATCHES[db]


_MATCHES: WeakKeyDictionary[Database, FlowMatch] = WeakKeyDictionary()


def _match(db: Database) -> FlowMatch:
    table = _Table(db)
    for row in np.flatnonzero(table.is_elementary).tolist():
        table.match_elementary(row)
    for row in np.flatnonzero(db.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)).tolist():
        table.match_aggregated(row)
    return table.result()


class _Table:
    """The columns of a match while they are filled."""

    def __init__(self, db: Database) -> None:
        count = db.flows.num_rows
        self.is_elementary = db.is_word("flows", "kind", FlowKind.ELEMENTARY)
        names = ("id", "name", "cas", "unit", "direction", "compartment", "category", "origin", "synonyms")
        self.flows = {name: db.column("flows", name) for name in names}
        self.use = FlowUse.of(db)
        self.codes = {name: np.full(count, -1, np.int16) for name in ("gas", "way", "component", "origin")}
        self.sign = np.zeros(count)
        self.kg_per_unit = np.full(count, np.nan)
        self.findings: list[Finding] = []
        self.kg_per: dict[tuple[str, ...], float | None] = {}

    def match_elementary(self, row: int) -> None:
        flows = self.flows
        read = read_name(flows["name"][row])
        found = identify(flows["id"][row], flows["cas"][row], read, flows["synonyms"][row])
        if found is None:
            return
        placing, remarks = place(
            found.gas,
            read,
            direction=_direction_of(flows["direction"][row], read),
            medium=medium_of(flows["compartment"][row] or flows["category"][row]),
            stated_origin=CarbonOrigin(flows["origin"][row] or CarbonOrigin.UNSPECIFIED),
        )
        if found.contradiction:
            code, severity = "gas_contradiction", Severity.WARNING
            remarks.append(Remark(code=code, severity=severity, reason=found.contradiction))
        self._set(row, found.gas, found.way, placing, remarks)

    def match_aggregated(self, row: int) -> None:
        placing = Placing(component=Component.AGGREGATED, sign=1, origin=CarbonOrigin.UNSPECIFIED)
        self._set(row, AGGREGATED_GAS, MatchWay.AGGREGATED, placing, [])

    def _set(
        self, row: int, gas: str, way: MatchWay, placing: Placing | None, remarks: Iterable[Remark]
    ) -> None:
        remarks = list(remarks)
        kilograms = self._kilograms(gas, self.flows["unit"][row])
        if placing is not None and kilograms is None:
            reason = f"{gas} is measured in {self.flows['unit'][row]!r}, which is no unit of mass"
            remarks.append(Remark(code="climate_flow_unit", severity=Severity.WARNING, reason=reason))
        for remark in remarks:
            self.findings.extend(self.use.finding(row, remark.code, remark.severity, remark.reason))
        if placing is None or kilograms is None:
            return
        self.codes["gas"][row] = GASES.index(gas)
        self.codes["way"][row] = WAYS.index(way)
        self.codes["component"][row] = COMPONENTS.index(placing.component)
        self.codes["origin"][row] = ORIGINS.index(placing.origin)
        self.sign[row] = placing.sign
        self.kg_per_unit[row] = kilograms

    def _kilograms(self, gas: str, unit: str) -> float | None:
        key = (unit, *_UNITS_OF.get(gas, ("kg",)))
        if key not in self.kg_per:
            self.kg_per[key] = _first_conversion(*key)
        return self.kg_per[key]

    def result(self) -> FlowMatch:
        arrays = {**self.codes, "sign": self.sign, "kg_per_unit": self.kg_per_unit}
        for array in arrays.values():
            array.setflags(write=False)
        return FlowMatch(**arrays, findings=tuple(self.findings))


def _direction_of(stated: str, read: ReadName) -> Direction:
    if stated:
        return Direction(stated)
    return Direction.TAKEN if read.is_from_air else Direction.EMITTED


_UNITS_OF = {AGGREGATED_GAS: ("kg CO2e", "kg"), CARBON_DIOXIDE: ("kg", "kg CO2")}
"""Units that the amounts of a gas may convert to; of every other gas it is the kilogram alone."""


def _first_conversion(unit: str, *targets: str) -> float | None:
    """Return the factor to the first unit that a unit converts to; None if it converts to none."""
    for target in targets:
        try:
            return conversion_factor(unit, target)
        except UnitError:
            continue
    return None
