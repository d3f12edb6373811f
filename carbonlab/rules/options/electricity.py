"""Electricity: which mix supplies what a process takes from the grid (ISO 14067 6.4.9.4, summary).

Options act on inputs of flows with the role electricity, of processes that supply no electricity themselves:
what a power plant or grid takes is its technology, not consumption. ``where = "foreground"`` (default) keeps
to what the study models, ``"everywhere"`` goes through all databases.

`suppliers` names a process per location of the consumer; a location without one falls back to its part before
the last hyphen (CN-SW → CN), then to `default`; else the input stays as linked and a finding says so.
`losses` [kWh lost per kWh delivered], one number or one per location, multiplies the input by (1 + loss) as
the named factor *losses*: only for suppliers whose factor does not include them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonlab.errors import NotFoundError, RuleError, UnitError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import FloatArray, IntArray
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import flow_has_role, named_rows
from carbonlab.rules.work import Work
from carbonlab.units import conversion_factor
from carbonlab.vocabulary import FlowKind, Role, Severity

FOREGROUND, EVERYWHERE = "foreground", "everywhere"
WHERE_OF = {"where": (str,)}
MIX = {"suppliers": (dict,), "default": (str,), "losses": (float, int, dict), **WHERE_OF}


@dataclass(frozen=True)
class Supply:
    """A process that supplies electricity: rows of the process and of its flow."""

    process: int
    flow: int


@register("electricity", "as_linked")
def as_linked(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Electricity comes from the process that the inventory links."""
    return work


@register("electricity", "consumption_mix", parameters=MIX)
def consumption_mix(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The consumption mix of the grid at the consumer's location (ISO 14067 6.4.9.4, rank 4, summary)."""
    taken = consumption(work, rows, parameters)
    return supply_by_location(work, taken, parameters, [location_of(work, row) for row in taken])


@register("electricity", "residual_mix", parameters=MIX)
def residual_mix(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The grid without what contracts claim, at the consumer's location (PEF 2021/2279 4.4.2, recalled)."""
    taken = consumption(work, rows, parameters)
    return supply_by_location(work, taken, parameters, [location_of(work, row) for row in taken])


@register("electricity", "national_mix", parameters={**MIX, "direct_lines": (list,)})
def national_mix(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The national mix or a direct line, whatever was contracted (EU draft Ares(2024)3131389, summary)."""
    lines = [
        supply_of(work, str(identity), "direct_lines").process
        for identity in parameters.get("direct_lines", [])
    ]
    taken = consumption(work, rows, parameters)
    taken = taken[~np.isin(work.technosphere.provider[taken], lines)]
    return supply_by_location(
        work, taken, parameters, [location_of(work, row).partition("-")[0] for row in taken]
    )


@register("electricity", "losses", parameters={"losses": (float, int, dict), "basis": (str,), **WHERE_OF})
def losses(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Losses of the grid, added to what is linked or stated as included (ISO 14067 6.4.9.4, summary)."""
    basis = parameters.get("basis", "added")
    if basis not in ("added", "included"):
        raise _wrong("basis", basis, "use 'added' or 'included'")
    if "losses" not in parameters:
        raise _wrong("losses", None, "state the losses [kWh per kWh delivered], as a number or per location")
    taken = consumption(work, rows, parameters)
    work = with_reach(work, parameters)
    if basis == "included":
        loss = _losses(work, taken, parameters["losses"])
        detail = (
            f"included in the suppliers' factors: {loss.min():g} to {loss.max():g}"
            if len(loss)
            else "no consumption"
        )
        return work.with_finding(
            Finding(
                code="electricity_losses_included",
                severity=Severity.INFO,
                amount=len(taken),
                unit="inputs",
                detail=detail,
            )
        )
    return add_losses(work, taken, parameters)


@register("electricity", "combustion_only", parameters={"keep_flows": (list,)})
def combustion_only(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Direct emissions of generation only: not life-cycle, against ISO 14067 6.4.9.4 (summary).

    It acts everywhere. Inputs of processes that supply electricity are dropped, but for electricity itself
    and for flows matching `keep_flows` (heat of a boiler that the inventory models apart). Totals that arrive
    characterized cannot be taken apart and stay.
    """
    table, database = work.technosphere, work.database
    power = flow_has_role(database, Role.ELECTRICITY)
    kept = power.copy()
    for pattern in parameters.get("keep_flows", []):
        kept |= named_rows(database, "flows", str(pattern))
    generators = np.zeros(database.processes.num_rows, bool)
    generators[work.columns.process[power[work.columns.flow]]] = True
    dropped = rows[generators[table.process[rows]] & ~kept[table.flow[rows]]]
    own = work.intervention.alive & generators[work.intervention.process]
    totals = own & database.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)[work.intervention.flow]
    work = work.drop("technosphere", dropped)
    detail = "direct emissions of generation only"
    work = work.with_finding(
        Finding(code="electricity_not_life_cycle", amount=len(dropped), unit="inputs", detail=detail)
    )
    if totals.any():
        work = work.with_finding(
            Finding(code="electricity_total_kept", amount=int(totals.sum()), unit="exchanges")
        )
    return work


def with_reach(work: Work, parameters: Parameters) -> Work:
    """Add a finding if the rule acts on a foreground that is not there."""
    if parameters.get("where", FOREGROUND) == FOREGROUND and not work.foreground.any():
        return work.with_finding(
            Finding(code="electricity_no_foreground", detail=f'where = "{EVERYWHERE}" acts on all databases')
        )
    return work


def consumption(work: Work, rows: IntArray, parameters: Parameters) -> IntArray:
    """Return those of the entries that take electricity, as far as the rule's `where` goes.

    Raises
    ------
    RuleError
        If `where` is neither ``foreground`` nor ``everywhere``.
    """
    where = parameters.get("where", FOREGROUND)
    if where not in (FOREGROUND, EVERYWHERE):
        raise _wrong("where", where, f"use {FOREGROUND!r} or {EVERYWHERE!r}")
    table = work.technosphere
    power = flow_has_role(work.database, Role.ELECTRICITY)
    generators = np.zeros(work.database.processes.num_rows, bool)
    generators[work.columns.process[power[work.columns.flow]]] = True
    taken = power[table.flow[rows]] & (table.sign[rows] < 0) & ~generators[table.process[rows]]
    if where == FOREGROUND:
        taken &= work.foreground[table.process[rows]]
    return np.asarray(rows[taken])


def location_of(work: Work, row: int) -> str:
    """Return the location of the process that an entry belongs to."""
    return str(work.database.processes["location"][int(work.technosphere.process[row])].as_py() or "")


def supply_of(work: Work, identity: str, where: str) -> Supply:
    """Return the supply of a process.

    Raises
    ------
    RuleError
        If there is no such process, or it does not supply one flow of electricity.
    """
    try:
        process = work.database.process_row(identity)
    except NotFoundError as error:
        raise RuleError(
            f"the supplier {identity!r} is not in the inventory",
            where=f"slot electricity, {where}",
            why="nothing would supply the electricity",
            remedy="name the id of a process; " + (error.remedy or "see carbonlab inspect"),
        ) from error
    power = flow_has_role(work.database, Role.ELECTRICITY)
    flows = work.columns.flow[(work.columns.process == process) & power[work.columns.flow]]
    if len(flows) != 1:
        raise RuleError(
            f"the supplier {identity!r} supplies {len(flows)} flows with the role electricity",
            where=f"slot electricity, {where}",
            why="it is not clear what would be taken from it",
            remedy="name a process with exactly one, or give its product the role electricity",
        )
    return Supply(process, int(flows[0]))


def supplies_by_location(work: Work, parameters: Parameters, name: str = "suppliers") -> dict[str, Supply]:
    """Return the supply per location that a rule states; the key "" holds the default."""
    stated: Mapping[str, Any] = parameters.get(name, {})
    supplies = {
        str(place): supply_of(work, str(identity), f"{name}.{place}") for place, identity in stated.items()
    }
    if parameters.get("default"):
        supplies[""] = supply_of(work, str(parameters["default"]), "default")
    return supplies


def nearest(supplies: Mapping[str, Supply], location: str) -> Supply | None:
    """Return the supply of a location, else of the wider one that its code names, else the default."""
    place = location
    while place:
        if place in supplies:
            return supplies[place]
        place = place.rpartition("-")[0]
    return supplies.get("")


def supply_by_location(work: Work, rows: IntArray, parameters: Parameters, locations: list[str]) -> Work:
    """Let the stated processes supply entries by location; what has none stays as linked, with a finding.

    Raises
    ------
    RuleError
        If the rule names a supplier that supplies no electricity.
    """
    supplies = supplies_by_location(work, parameters)
    work = with_reach(work, parameters)
    found = [nearest(supplies, location) for location in locations]
    missing = sorted({place for place, supply in zip(locations, found, strict=True) if supply is None})
    if missing:
        count = sum(supply is None for supply in found)
        work = work.with_finding(
            Finding(
                code="electricity_no_mix",
                amount=count,
                unit="inputs",
                detail=", ".join(p or "no location" for p in missing),
            )
        )
    served = np.array([supply is not None for supply in found], bool)
    work = add_losses(work, rows[served], parameters)
    for supply in sorted({s for s in found if s is not None}, key=lambda s: (s.process, s.flow)):
        work = supplied(work, rows[np.array([s == supply for s in found], bool)], supply)
    return work


def supplied(work: Work, rows: IntArray, supply: Supply) -> Work:
    """Let a process supply entries; a flow of another name or unit is converted."""
    same = work.technosphere.flow[rows] == supply.flow
    work = work.relink(rows[same], np.full(int(same.sum()), supply.process, np.int64))
    other = rows[~same]
    count = len(other)
    if not count:
        return work
    return work.split(
        "technosphere",
        other,
        unit_factors(work, other, supply),
        provider=np.full(count, supply.process, np.int64),
        flow=np.full(count, supply.flow, np.int64),
    )


def unit_factors(work: Work, rows: IntArray, supply: Supply) -> FloatArray:
    """Return what turns the amounts of entries into the unit of the supply's flow."""
    units = work.database.column("flows", "unit")
    wanted = units[supply.flow]
    return np.array([_conversion(str(units[flow]), str(wanted)) for flow in work.technosphere.flow[rows]])


def kilowatt_hours(work: Work, rows: IntArray) -> FloatArray:
    """Return what entries take (entries,) [kWh per run of their process, as inventoried]."""
    units = work.database.column("flows", "unit")
    factors = np.array([_conversion(str(units[flow]), "kWh") for flow in work.technosphere.flow[rows]], float)
    return np.asarray(np.abs(work.technosphere.values(work.amounts)[rows]) * factors)


def add_losses(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Multiply entries by (1 + loss), as the named factor *losses*."""
    if "losses" not in parameters or not len(rows):
        return work
    return work.factor("technosphere", rows, 1 + _losses(work, rows, parameters["losses"]), name="losses")


def _losses(work: Work, rows: IntArray, stated: float | Mapping[str, float]) -> FloatArray:
    values = dict(stated) if isinstance(stated, Mapping) else {"": stated}
    for place, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            raise _wrong(
                f"losses{'.' + place if place else ''}", value, "state a share between 0 and 1, e.g. 0.055"
            )
    result = np.empty(len(rows))
    for position, row in enumerate(rows):
        place = location = location_of(work, int(row))
        while place and place not in values:
            place = place.rpartition("-")[0]
        if place not in values:
            raise _wrong(
                "losses",
                location or "no location",
                'state the losses of this location, or one number under ""',
            )
        result[position] = values[place]
    return result


def _conversion(unit: str, wanted: str) -> float:
    if unit == wanted:
        return 1.0
    try:
        return conversion_factor(unit, wanted)
    except UnitError as error:
        raise RuleError(
            f"electricity in {unit!r} cannot be supplied in {wanted!r}",
            where="slot electricity",
            why="the amount taken would be wrong",
            remedy="give the role electricity to flows measured in energy only",
        ) from error


def _wrong(name: str, value: object, remedy: str) -> RuleError:
    return RuleError(
        f"parameter {name!r} of the electricity rule is {value!r}",
        where="slot electricity",
        why="the rule could not be applied as meant",
        remedy=remedy,
    )
