"""Contracted electricity: the ladder of ISO 14067 6.4.9.4 (summary), its conditions checked.

An instrument is a table in the rule's parameter `instruments`:

    consumer = "process id"     supplier = "process id"     amount = 1000 [kWh in the period]     kind = one
    of

- ``own_generation``: `on_site` = true and `certificates_sold` = false;
- ``direct_line``: `dedicated` = true and `certificates_sold` = false;
- ``supplier_product``: a `certificate` (its number) that tells the `attributes` of the plant, `unique` =
  true, `cancelled` = true for the
  user, a `period` (year, or year-month) close to the rule's `period` (within `months`, default 12), and a
  `market`: the country of the consumer or one of the same list in `connected_markets`. `volume` [kWh], where
  given, is what the certificate was issued for.

A condition that fails is refused by name: contracted electricity that does not count must not lower a
footprint quietly. `consumption` (process id → kWh in the period) says what the contracts are part of; without
it a run of the process as inventoried counts. What is not contracted, consumers without an instrument
included, comes from `rest` (location → process id: the residual mix where instruments are traded, else the
grid), or stays as linked. Inputs are split by constant shares of nominal amounts, so that shares hold in
every draw.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonlab.errors import RefusedError, RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import IntArray
from carbonlab.rules.options.electricity import (
    WHERE_OF,
    Supply,
    add_losses,
    consumption,
    kilowatt_hours,
    location_of,
    nearest,
    supplies_by_location,
    supply_of,
    unit_factors,
    with_reach,
)
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Severity

CLAUSE = "ISO 14067 6.4.9.4"
RANK = {"own_generation": 1, "direct_line": 2, "supplier_product": 3}
TEXTS = ("kind", "consumer", "supplier")
KNOWN = {
    *TEXTS,
    "amount",
    "on_site",
    "dedicated",
    "certificates_sold",
    "certificate",
    "attributes",
    "unique",
    "cancelled",
    "period",
    "market",
    "volume",
}


@dataclass(frozen=True)
class Instrument:
    """One checked instrument; `amount` [kWh in the period]."""

    name: str
    kind: str
    consumer: int
    supply: Supply
    amount: float


@register(
    "electricity",
    "contracts",
    parameters={
        "instruments": (list,),
        "consumption": (dict,),
        "rest": (dict,),
        "default": (str,),
        "losses": (float, int, dict),
        "period": (str, int),
        "months": (int,),
        "connected_markets": (list,),
        **WHERE_OF,
    },
)
def contracts(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Own generation, direct lines, supplier products, rest from the grid (ISO 14067 6.4.9.4, summary)."""
    taken = consumption(work, rows, parameters)
    instruments = check_instruments(work, parameters)
    used = consumed(work, taken, parameters, instruments)
    _check_not_more_than_consumed(work, instruments, used)
    rest = supplies_by_location(work, parameters, "rest")
    if instruments or rest:
        work = with_reach(work, parameters)
    work = add_losses(work, taken, parameters)
    work = _split(work, taken, instruments, used, rest)
    return work.with_finding(*_findings(work, taken, instruments, used, rest))


def check_instruments(work: Work, parameters: Parameters) -> list[Instrument]:
    """Return the instruments of a rule, every condition of their rank checked.

    Raises
    ------
    RuleError
        For an instrument that is not complete, or names what the inventory does not have.
    RefusedError
        For a condition that fails, by its name.
    """
    checked: list[Instrument] = []
    certificates: dict[str, str] = {}
    for number, entry in enumerate(parameters.get("instruments", []), 1):
        name = f"instrument {number}"
        if not isinstance(entry, Mapping):
            raise _incomplete(name, "it is no table")
        _check_form(name, entry)
        _check_conditions(work, name, entry, parameters)
        certificate = str(entry.get("certificate", ""))
        if certificate and certificate in certificates:
            raise _failed(
                name,
                "unique claim",
                f"its certificate {certificate!r} is already claimed by {certificates[certificate]}",
            )
        certificates[certificate] = name
        consumer = _row(work, name, str(entry["consumer"]))
        supply = supply_of(work, str(entry["supplier"]), name)
        checked.append(Instrument(name, str(entry["kind"]), consumer, supply, float(entry["amount"])))
    return sorted(checked, key=lambda one: RANK[one.kind])


def _check_form(name: str, entry: Mapping[str, Any]) -> None:
    unknown = sorted(set(entry) - KNOWN)
    if unknown:
        raise _incomplete(name, f"it has an unknown key {unknown[0]!r}")
    for key in TEXTS:
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise _incomplete(name, f"it states no {key}")
    if entry["kind"] not in RANK:
        raise _incomplete(name, f"its kind is {entry['kind']!r}, not one of {', '.join(RANK)}")
    for key in ("amount", "volume"):
        value = entry.get(key, 1.0 if key == "volume" else None)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not (math.isfinite(value) and value > 0)
        ):
            raise _incomplete(name, f"its {key} is {value!r}, not a positive number of kWh")


def _check_conditions(work: Work, name: str, entry: Mapping[str, Any], parameters: Parameters) -> None:
    if entry["kind"] != "supplier_product":
        place = (
            ("on_site", "consumed on site")
            if entry["kind"] == "own_generation"
            else ("dedicated", "dedicated line")
        )
        if entry.get(place[0]) is not True:
            raise _failed(name, place[1], f"{place[0]} = true is not stated")
        if entry.get("certificates_sold") is not False:
            raise _failed(name, "no certificates sold to others", "certificates_sold = false is not stated")
        return
    for key, condition in (
        ("certificate", "tracked by a certificate"),
        ("attributes", "tells the attributes of the plant"),
    ):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise _failed(name, condition, f"{key} is not stated")
    for key, condition in (("unique", "unique claim"), ("cancelled", "tracked and cancelled for the user")):
        if entry.get(key) is not True:
            raise _failed(name, condition, f"{key} = true is not stated")
    if entry.get("volume", entry["amount"]) < entry["amount"]:
        raise _failed(
            name,
            "no more than the certificate holds",
            f"{entry['amount']:g} kWh are claimed of {entry['volume']:g} kWh",
        )
    apart = abs(_month(name, entry.get("period")) - _month("the rule", parameters.get("period")))
    if apart > parameters.get("months", 12):
        raise _failed(
            name, "close in time to consumption", f"its period is {apart} months from that of consumption"
        )
    _check_market(work, name, entry, parameters)


def _check_market(work: Work, name: str, entry: Mapping[str, Any], parameters: Parameters) -> None:
    market = str(entry.get("market", ""))
    consumer = _row(work, name, str(entry["consumer"]))
    country = str(work.database.processes["location"][consumer].as_py() or "").partition("-")[0]
    connected = any(
        {market, country} <= set(map(str, group)) for group in parameters.get("connected_markets", [])
    )
    if not market or (market.partition("-")[0] != country and not connected):
        raise _failed(
            name,
            "same country or connected market",
            f"its market is {market!r}, the consumer is in {country!r}",
        )


def consumed(
    work: Work, rows: IntArray, parameters: Parameters, instruments: list[Instrument]
) -> dict[int, float]:
    """Return what each consumer with an instrument uses [kWh]: as stated, else per run as inventoried.

    Raises
    ------
    RuleError
        If a stated consumption is no positive number or of an unknown process.
    RefusedError
        If a consumer takes no electricity that the rule acts on.
    """
    stated: dict[int, float] = {}
    for identity, value in parameters.get("consumption", {}).items():
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not (math.isfinite(value) and value > 0)
        ):
            raise RuleError(
                f"the consumption of {identity!r} is {value!r}",
                where="slot electricity, parameter consumption",
                why="shares of it could not be taken",
                remedy="state a positive number of kWh in the period",
            )
        stated[_row(work, "consumption", str(identity))] = float(value)
    amounts = kilowatt_hours(work, rows)
    process = work.technosphere.process[rows]
    result = {}
    for one in instruments:
        own = process == one.consumer
        if not own.any() or not amounts[own].sum() > 0:
            identity = work.database.processes["id"][one.consumer].as_py()
            raise RefusedError(
                f"{one.name} supplies {identity!r}, which takes no electricity that the rule acts on",
                where="slot electricity, option contracts",
                why="contracted electricity cannot exceed what is consumed",
                remedy='check the consumer and the selector of the line, or set where = "everywhere"',
            )
        result[one.consumer] = stated.get(one.consumer, float(amounts[own].sum()))
    return result


def _check_not_more_than_consumed(
    work: Work, instruments: list[Instrument], used: Mapping[int, float]
) -> None:
    for consumer, amount in used.items():
        contracted = math.fsum(one.amount for one in instruments if one.consumer == consumer)
        if contracted > amount * (1 + 1e-9):
            identity = work.database.processes["id"][consumer].as_py()
            raise RefusedError(
                f"{contracted:g} kWh are contracted for {identity!r}, which consumes {amount:g} kWh",
                where="slot electricity, option contracts",
                why=f"the same kilowatt-hour would be claimed without being used ({CLAUSE})",
                remedy="correct the amounts, or state the consumption of the period under `consumption`",
            )


def _split(
    work: Work,
    rows: IntArray,
    instruments: list[Instrument],
    used: Mapping[int, float],
    rest: Mapping[str, Supply],
) -> Work:
    parents: list[int] = []
    factors: list[float] = []
    supplies: list[tuple[int, int]] = []
    table = work.technosphere
    for row in rows.tolist():
        consumer = int(table.process[row])
        here = np.array([row], np.int64)
        own = [one for one in instruments if one.consumer == consumer]
        shares = [one.amount / used[consumer] for one in own]
        left = 1 - math.fsum(shares)
        parts = [(one.supply, share) for one, share in zip(own, shares, strict=True)]
        remaining = nearest(rest, location_of(work, row))
        if left > 1e-12 and remaining is not None:
            parts.append((remaining, left))
        for supply, share in parts:
            parents.append(row)
            factors.append(share * float(unit_factors(work, here, supply)[0]))
            supplies.append((supply.process, supply.flow))
        if own and left > 1e-12 and remaining is None:
            parents.append(row)
            factors.append(left)
            supplies.append((int(table.provider[row]), int(table.flow[row])))
    if not parents:
        return work
    providers, flows = (np.array(side, np.int64) for side in zip(*supplies, strict=True))
    return work.split(
        "technosphere", np.array(parents, np.int64), np.array(factors), provider=providers, flow=flows
    )


def _findings(
    work: Work,
    rows: IntArray,
    instruments: list[Instrument],
    used: Mapping[int, float],
    rest: Mapping[str, Supply],
) -> list[Finding]:
    ids = work.database.column("processes", "id")
    findings = [
        Finding(
            code="electricity_contracted",
            severity=Severity.INFO,
            process=ids[one.consumer],
            amount=one.amount,
            unit="kWh",
            detail=f"rank {RANK[one.kind]}, {one.kind}, from {ids[one.supply.process]}: "
            f"{one.amount / used[one.consumer]:.4g} of consumption",
        )
        for one in instruments
    ]
    places = {location_of(work, row) for row in rows.tolist()}
    lacking = sorted(place or "no location" for place in places if nearest(rest, place) is None)
    if lacking:
        findings.append(
            Finding(code="electricity_rest_as_linked", severity=Severity.INFO, detail=", ".join(lacking))
        )
    return findings


def _row(work: Work, name: str, identity: str) -> int:
    if not work.database.has_process(identity):
        raise _incomplete(name, f"the inventory has no process {identity!r}")
    return work.database.process_row(identity)


def _month(name: str, period: object) -> int:
    """Return the number of the month in which a period ``2024`` or ``2024-05`` begins."""
    match = re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", str(period or ""))
    if not match:
        raise _failed(
            name, "close in time to consumption", f"its period is {period!r}, not a year or year-month"
        )
    return int(match[1]) * 12 + int(match[2] or 1) - 1


def _incomplete(name: str, what: str) -> RuleError:
    return RuleError(
        f"{name} of the electricity contracts cannot be used: {what}",
        where="slot electricity, option contracts",
        why="it is not clear what was contracted",
        remedy="see carbonlab.rules.options.electricity_contracts for the form",
    )


def _failed(name: str, condition: str, fact: str) -> RefusedError:
    return RefusedError(
        f"{name} does not meet the condition '{condition}': {fact}",
        where="slot electricity, option contracts",
        why=f"contracted electricity counts only under the conditions of {CLAUSE}",
        remedy="state what fulfils it, or leave the instrument out: the electricity then comes from the grid",
    )
