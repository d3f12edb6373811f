"""A dense solve of the tables as they are written, with nothing of the package: the teaching results' oracle.

Allocation: stated shares where the tables give them, else a property of the co-products. Every exchange of a
product or waste names its provider. Intensities solve Aᵀ λ = Bᵀ c (Heijungs and Suh 2002,
doi:10.1007/978-94-015-9900-9).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tests.teaching.tables_as_written import FOLDERS, Row, amounts, rows

AR6_GWP100 = {
    "co2_fossil": 1.0,
    "co2_biogenic": 1.0,
    "co2_land_use": 1.0,
    "co2_in_air": -1.0,
    "ch4_fossil": 29.8,
    "ch4_biogenic": 27.0,
    "n2o": 273.0,
    "cf4": 7380.0,
    "c2f6": 12400.0,
}
"""IPCC AR6 WG I, Table 7.15 (methane, nitrous oxide, CF4) and Table 7.SM.7 (C2F6) [kg CO2e/kg]."""


class DenseOracle:
    """Columns (process, product), their shares, and the footprint of one unit of each."""

    def __init__(
        self,
        basis: str = "mass",
        *,
        factors: Mapping[str, float] = AR6_GWP100,
        with_stated: bool = True,
        carbon_stays: bool = False,
    ) -> None:
        self.with_stated, self.carbon_stays = with_stated, carbon_stays
        self.carbon = {
            row["flow"]: float(row["value"])
            for folder in FOLDERS
            for row in rows(folder, "properties")
            if row["property"] == "biogenic_carbon"
        }
        self.flows = {row["id"]: row for folder in FOLDERS for row in rows(folder, "flows")}
        self.exchanges: dict[str, list[tuple[Row, float]]] = defaultdict(list)
        for row, amount in amounts():
            self.exchanges[row["process"]].append((row, amount))
        self.share: dict[tuple[str, str], float] = {}
        for process in self.exchanges:
            self.share |= self._shares(process, basis)
        self.index = {column: i for i, column in enumerate(self.share)}
        self.technology, direct = self._matrices(factors)
        self.intensity = np.linalg.solve(self.technology.T, direct)

    def footprint(self, process: str, flow: str) -> float:
        """Return the footprint per unit of a product, or per unit of a waste treated [kg CO2e]."""
        value = float(self.intensity[self.index[process, flow]])
        return -value if self.flows[flow]["kind"] == "waste" else value

    def _is_functional(self, row: Row) -> bool:
        kind = self.flows[row["flow"]]["kind"]
        return (kind, row["direction"]) in (("product", "output"), ("waste", "input"))

    def _shares(self, process: str, basis: str) -> dict[tuple[str, str], float]:
        functional = [
            (row["flow"], amount) for row, amount in self.exchanges[process] if self._is_functional(row)
        ]
        if len(functional) == 1:
            return {(process, functional[0][0]): 1.0}
        stated = {
            row["product"]: float(row["share"])
            for folder in FOLDERS
            for row in rows(folder, "allocation")
            if row["process"] == process
        }
        if stated and self.with_stated:
            return {(process, flow): stated[flow] for flow, _ in functional}
        values = {
            row["flow"]: float(row["value"])
            for folder in FOLDERS
            for row in rows(folder, "properties")
            if row["property"] == basis
        }
        weights = {flow: amount * values[flow] for flow, amount in functional}
        return {(process, flow): weight / sum(weights.values()) for flow, weight in weights.items()}

    def _matrices(self, factors: Mapping[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        size = len(self.index)
        technology, direct = np.zeros((size, size)), np.zeros(size)
        for (process, product), column in self.index.items():
            share = self.share[process, product]
            for row, amount in self.exchanges[process]:
                kind, credited = self.flows[row["flow"]]["kind"], row.get("avoided") == "yes"
                sign = 1 if row["direction"] == "output" or credited else -1
                if self._is_functional(row):
                    if row["flow"] == product:
                        technology[column, column] += sign * amount
                elif kind in ("product", "waste"):
                    for supplier, part in self._suppliers(row):
                        technology[supplier, column] += sign * share * part * amount
                else:
                    direct[column] += share * self._factor(row["flow"], factors) * amount
            if self.carbon_stays:
                direct[column] += self._carbon_moved(process, product) * factors["co2_in_air"]
        return technology, direct

    def _suppliers(self, row: Row) -> list[tuple[int, float]]:
        """Return who supplies an exchange, and its part: all makers in equal parts where none is named."""
        if row["provider"]:
            return [(self.index[row["provider"], row["flow"]], 1.0)]
        makers = [column for (_, flow), column in self.index.items() if flow == row["flow"]]
        return [(maker, 1 / len(makers)) for maker in makers]

    def _carbon_moved(self, process: str, product: str) -> float:
        """Return the uptake that belongs to a co-product by its carbon, beyond its share [kg CO2]."""
        joint = {row["flow"]: amount for row, amount in self.exchanges[process] if self._is_functional(row)}
        carbon = {flow: amount * self.carbon.get(flow, 0.0) for flow, amount in joint.items()}
        return (carbon[product] - self.share[process, product] * sum(carbon.values())) * 44 / 12

    def _factor(self, flow: str, factors: Mapping[str, float]) -> float:
        """Return 1 for what arrives characterized, 0 for what does not go to or come from the air."""
        if self.flows[flow]["kind"] == "aggregated_co2e":
            return 1.0
        return factors[flow] if self.flows[flow]["compartment"] == "air" else 0.0
