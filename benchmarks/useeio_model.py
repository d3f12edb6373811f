"""USEEIO v1.2 as a database: sectors are processes, a dollar of each sector's output is their product."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, StatedFactor, UnitProcess
from carbonlab.vocabulary import Direction, FlowKind

GREENHOUSE = "GHG"
"""Code of the indicator [kg CO2e], AR4 GWP100."""


@dataclass(frozen=True)
class Useeio:
    """The published matrices: A (sectors, sectors), B (flows, sectors), C (indicators, flows), L and N."""

    sectors: list[dict[str, Any]]
    flows: list[dict[str, Any]]
    indicators: list[dict[str, Any]]
    matrix: dict[str, NDArray[np.float64]]

    @property
    def greenhouse(self) -> int:
        return next(int(row["index"]) for row in self.indicators if row["code"] == GREENHOUSE)

    @property
    def climate_flows(self) -> NDArray[np.intp]:
        """Flows (rows of B) that the greenhouse indicator counts."""
        return np.flatnonzero(self.matrix["C"][self.greenhouse])


def read_useeio(path: Path) -> Useeio:
    with zipfile.ZipFile(path) as archive:

        def content(name: str) -> Any:
            return json.loads(archive.read(name))

        matrix = {name: np.array(content(f"matrix/{name}.json")) for name in "ABCDLN"}
        return Useeio(content("sectors.json"), content("flows.json"), content("indicators.json"), matrix)


def useeio_database(model: Useeio, *, stated_factors: bool) -> Database:
    """Return the model with its climate flows; with the model's own factors stated, or without any."""
    A, B, C = (model.matrix[name] for name in "ABC")
    builder = DatabaseBuilder(DatabaseMeta(name="USEEIO", version="1.2"))
    sectors = [sector["id"] for sector in model.sectors]
    builder.flows += [Flow(id=sector, name=sector, kind=FlowKind.PRODUCT, unit="USD") for sector in sectors]
    gases = {int(row): model.flows[row] for row in model.climate_flows}
    builder.flows += [
        Flow(
            id=gas["id"],
            name=gas["flowable"],
            kind=FlowKind.ELEMENTARY,
            unit=gas["unit"],
            direction=Direction.EMITTED,
            compartment=gas["context"],
        )
        for gas in gases.values()
    ]
    for j, sector in enumerate(sectors):
        exchanges = [Exchange(flow=sector, is_input=False, amount=1.0, is_reference=True)]
        exchanges += [
            Exchange(flow=sectors[i], is_input=True, amount=float(A[i, j])) for i in np.flatnonzero(A[:, j])
        ]
        exchanges += [
            Exchange(flow=gas["id"], is_input=False, amount=float(B[row, j]))
            for row, gas in gases.items()
            if B[row, j]
        ]
        builder.processes.append(UnitProcess(id=sector, name=sector, exchanges=tuple(exchanges)))
    if stated_factors:
        factor = C[model.greenhouse]
        builder.factors += [
            StatedFactor(flow=gas["id"], metric="GWP100 AR4", value=float(factor[row]))
            for row, gas in gases.items()
        ]
    return builder.build()
