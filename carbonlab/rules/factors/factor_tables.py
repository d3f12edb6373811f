"""The published characterization factors that are packaged, each with its table and source."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources

from carbonlab.vocabulary import Confidence

VINTAGES = {
    "SAR": "IPCC Second Assessment Report",
    "TAR": "IPCC Third Assessment Report",
    "AR4": "IPCC Fourth Assessment Report",
    "AR5": "IPCC Fifth Assessment Report, without climate–carbon feedback",
    "AR5-CCF": "IPCC Fifth Assessment Report, with climate–carbon feedback",
    "AR6": "IPCC Sixth Assessment Report",
}
"""Assessment reports, oldest first."""

LATEST_VINTAGE = "AR6"
HORIZONS = {"GWP20": 20, "GWP100": 100, "GWP500": 500, "GTP100": 100}
"""Metrics and their time horizon [a]."""

FACTOR_TABLES = ("climate_factors.csv", "climate_factors_more.csv")
METHANE = "CH4"
CARBON_DIOXIDE = "CO2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One published characterization factor.

    Attributes
    ----------
    gas : str
        Key of the gas.
    origin : str
        ``fossil`` or ``non-fossil`` for methane that is told apart; empty otherwise.
    metric, vintage : str
        For example ``GWP100`` and ``AR6``.
    value : float
        [kg CO2e/kg].
    year : str
        Year of the report.
    table : str
        Table of the report; empty where the source does not name it.
    source, url : str
        Where the value was read.
    confidence : Confidence
        How far it was checked.
    """

    gas: str
    origin: str
    metric: str
    vintage: str
    value: float
    year: str
    table: str
    source: str
    url: str
    confidence: Confidence


@cache
def load_factors() -> tuple[Factor, ...]:
    """Return every published factor that is packaged.

    They are read with the plain csv module, so that no data-frame library is loaded for it.
    """
    folder = resources.files(__package__)
    rows: list[Factor] = []
    for name in FACTOR_TABLES:
        for row in csv.DictReader(io.StringIO(folder.joinpath(name).read_text(encoding="utf-8"))):
            fields = {key: text for key, text in row.items() if key not in ("value", "confidence")}
            rows.append(Factor(**fields, value=float(row["value"]), confidence=Confidence(row["confidence"])))
    return tuple(rows)
