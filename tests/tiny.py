"""Tiny systems written as TOML: cases as data, and the databases that tests of one rule need."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import (
    AllocationShare,
    DatabaseMeta,
    Exchange,
    Flow,
    FlowProperty,
    RoleAssignment,
    UnitProcess,
)
from carbonlab.vocabulary import CarbonOrigin, Direction, FlowKind, LifeCycleStage, Role

CASES = Path(__file__).parent / "cases"

GASES = {
    "co2": Flow(
        id="co2",
        name="Carbon dioxide, fossil",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.EMITTED,
        compartment="air",
        cas="124-38-9",
        origin=CarbonOrigin.FOSSIL,
    ),
    "co2_biogenic": Flow(
        id="co2_biogenic",
        name="Carbon dioxide, biogenic",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.EMITTED,
        compartment="air",
        cas="124-38-9",
        origin=CarbonOrigin.BIOGENIC,
    ),
    "co2_taken": Flow(
        id="co2_taken",
        name="Carbon dioxide, in air",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.TAKEN,
        compartment="air",
        cas="124-38-9",
        origin=CarbonOrigin.BIOGENIC,
    ),
    "ch4": Flow(
        id="ch4",
        name="Methane, fossil",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.EMITTED,
        compartment="air",
        cas="74-82-8",
        origin=CarbonOrigin.FOSSIL,
    ),
    "ch4_biogenic": Flow(
        id="ch4_biogenic",
        name="Methane, biogenic",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.EMITTED,
        compartment="air",
        cas="74-82-8",
        origin=CarbonOrigin.BIOGENIC,
    ),
    "co2_land_use": Flow(
        id="co2_land_use",
        name="Carbon dioxide, from land use change",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.EMITTED,
        compartment="air",
        cas="124-38-9",
        origin=CarbonOrigin.LAND_USE,
    ),
    "so2": Flow(
        id="so2",
        name="Sulfur dioxide",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction=Direction.EMITTED,
        compartment="air",
    ),
    "crude_oil": Flow(
        id="crude_oil",
        name="Crude oil, in ground",
        kind=FlowKind.ELEMENTARY,
        unit="l",
        direction=Direction.TAKEN,
    ),
}


def read_case(name: str) -> dict[str, Any]:
    """Return the data of a case file."""
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))


def tiny_database(text: str | dict[str, Any], name: str = "tiny") -> Database:
    """Return the database of a TOML text (or its data).

    ``[flows] NAME = "unit"`` (``"unit waste"`` for a waste); gases are known. Each ``[[processes]]`` has
    ``id``, ``out``, ``in``, ``avoided`` (flow → amount, or → table with ``amount``, ``provider``,
    ``stage``, ``year``), ``reference`` (default: the first ``out``),
    ``location``, ``stage``, ``capital_good``; ``[[properties]]`` and ``[[allocation]]`` are as in
    carbonlab tables;
    ``[roles] flow = "role"``.
    """
    data = tomllib.loads(text) if isinstance(text, str) else text
    builder = DatabaseBuilder(DatabaseMeta(name=name))
    for identity, unit in data.get("flows", {}).items():
        kind = FlowKind.WASTE if unit.endswith(" waste") else FlowKind.PRODUCT
        builder.flows.append(Flow(id=identity, name=identity, kind=kind, unit=unit.removesuffix(" waste")))
    used = {flow for process in data["processes"] for side in ("in", "out") for flow in process.get(side, {})}
    builder.flows += [flow for identity, flow in GASES.items() if identity in used]
    builder.processes += [_process(process) for process in data["processes"]]
    builder.properties += [FlowProperty(**{"unit": "kg", **entry}) for entry in data.get("properties", [])]
    builder.allocation += [
        AllocationShare(**{"basis": "physical", **entry}) for entry in data.get("allocation", [])
    ]
    builder.roles += [
        RoleAssignment(subject="flow", id=flow, role=Role(role))
        for flow, role in data.get("roles", {}).items()
    ]
    return builder.build()


def split_foreground(case: dict[str, Any]) -> tuple[Database | None, Database]:
    """Return the foreground (processes that the case lists as ``foreground``) and the background of a case."""
    inside = case.get("foreground", [])
    if not inside:
        return None, tiny_database(case)
    halves = [
        {**case, "processes": [p for p in case["processes"] if (p["id"] in inside) == wanted]}
        for wanted in (True, False)
    ]
    return tiny_database(halves[0], "foreground"), tiny_database(halves[1], "background")


def _process(data: dict[str, Any]) -> UnitProcess:
    reference = data.get("reference", next(iter(data.get("out", {})), ""))
    exchanges = []
    for side, is_input, avoided in (("out", False, False), ("in", True, False), ("avoided", True, True)):
        for flow, value in data.get(side, {}).items():
            entry = value if isinstance(value, dict) else {"amount": value}
            exchanges.append(
                Exchange(
                    flow=flow,
                    is_input=is_input,
                    amount=float(entry["amount"]),
                    is_reference=flow == reference and not avoided,
                    is_avoided=avoided,
                    provider=entry.get("provider", ""),
                    stage=LifeCycleStage(entry["stage"]) if "stage" in entry else None,
                    year_offset=float(entry.get("year", "nan")),
                )
            )
    return UnitProcess(
        id=data["id"],
        name=data.get("name", data["id"]),
        location=data.get("location", ""),
        is_capital_good=data.get("capital_good", False),
        stage=LifeCycleStage(data["stage"]) if "stage" in data else None,
        exchanges=tuple(exchanges),
    )
