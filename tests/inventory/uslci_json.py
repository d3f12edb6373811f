"""The public inventories as the columns that formulas and spreads need, read straight from their JSON.

It shares no code with the package's own reader, so that the two can be compared.
"""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import (
    DatabaseMeta,
    Distribution,
    Exchange,
    Flow,
    Parameter,
    UnitProcess,
)
from carbonlab.vocabulary import DistributionKind, FlowKind

NAN = float("nan")
SPREADS = {
    "LOG_NORMAL_DISTRIBUTION": (DistributionKind.LOGNORMAL, "geomMean", "geomSd"),
    "NORMAL_DISTRIBUTION": (DistributionKind.NORMAL, "mean", "sd"),
    "TRIANGLE_DISTRIBUTION": (DistributionKind.TRIANGULAR, "mode", ""),
    "UNIFORM_DISTRIBUTION": (DistributionKind.UNIFORM, "", ""),
}


@cache
def database_of(path: Path) -> Database:
    """Return the inventory at a path, read once in a process: a database never changes."""
    builder = DatabaseBuilder(DatabaseMeta(name=path.stem))
    seen: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if "/processes/" in f"/{name}" and name.endswith(".json"):
                add_process(builder, json.loads(archive.read(name)), seen)
    return builder.build()


def add_process(builder: DatabaseBuilder, process: dict, seen: set[str]) -> None:
    exchanges = []
    for i, entry in enumerate(process["exchanges"]):
        flow, unit = entry["flow"]["@id"], entry["unit"]["name"]
        if flow not in seen:
            seen.add(flow)
            builder.flows.append(Flow(id=flow, name=entry["flow"]["name"], kind=FlowKind.PRODUCT, unit=unit))
        exchanges.append(
            Exchange(
                id=f"{process['@id']}/{i}",
                flow=flow,
                is_input=bool(entry.get("input")),
                amount=entry["amount"],
                formula=entry.get("amountFormula", ""),
                distribution=distribution_of(entry.get("uncertainty")),
            )
        )
    builder.processes.append(UnitProcess(id=process["@id"], name=process["name"], exchanges=tuple(exchanges)))
    for parameter in process.get("parameters", []):
        builder.parameters.append(
            Parameter(
                name=parameter["name"],
                amount=parameter.get("value", NAN),
                formula=parameter.get("formula", ""),
                process=process["@id"],
            )
        )


def distribution_of(uncertainty: dict | None) -> Distribution | None:
    if not uncertainty or not uncertainty.get("distributionType"):
        return None
    kind, loc, scale = SPREADS[uncertainty["distributionType"]]
    return Distribution(
        kind=kind,
        loc=uncertainty.get(loc, NAN),
        scale=uncertainty.get(scale, NAN),
        minimum=uncertainty.get("minimum", NAN),
        maximum=uncertainty.get("maximum", NAN),
    )
