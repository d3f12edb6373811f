"""Figures of the US LCI database that other code found, met under the same rules to the last printed digit."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.system.pipeline import build_product_system
from carbonlab.units import conversion_factor

DATA = tomllib.loads(Path(__file__).with_name("uslci_figures.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def evaluation(uslci: Database) -> Evaluation:
    """US LCI where the first of several suppliers supplies all: the option `stated`, for every ambiguous flow."""
    stated = Line("stated", parameters={"providers": first_suppliers(uslci)})
    rules = load_rule_set("default").replace(linking=Rule("linking", (stated,)), **DATA["rules"])
    return evaluate_system(build_product_system([uslci], rules))


def first_suppliers(db: Database) -> dict[str, str]:
    """Return the first process that makes a flow, for flows with several producers."""
    made = (
        ~db.column("exchanges", "is_input")
        & db.is_word("flows", "kind", "product")[db.column("exchanges", "flow")]
    )
    producers: dict[str, list[str]] = {}
    flows, processes = db.column("flows", "id"), db.column("processes", "id")
    for flow, process in zip(
        db.column("exchanges", "flow")[made], db.column("exchanges", "process")[made], strict=True
    ):
        producers.setdefault(flows[flow], []).append(processes[process])
    return {flow: found[0] for flow, found in producers.items() if len(found) > 1}


@pytest.mark.parametrize("figure", DATA["figures"], ids=lambda figure: figure["process"])
def test_figure(figure: dict[str, Any], evaluation: Evaluation) -> None:
    system = evaluation.system
    names = system.database.column("processes", "name")
    column = system.column_of(system.database.column("processes", "id")[list(names).index(figure["process"])])
    unit = system.database.column("flows", "unit")[system.columns.flow[column]]
    footprint = (
        evaluation.mass_intensity[column] * evaluation.factors * conversion_factor(figure["unit"], unit)
    )
    gases = figure.get("gases", DATA["gases"])
    is_counted = [
        channel.gas in gases and channel.component == DATA["component"] for channel in evaluation.channels
    ]
    assert abs(footprint[is_counted].sum() - figure["value"]) <= figure["digit"] / 2
    assert ("whole" in figure) == ("why" in figure)
    assert abs(footprint.sum() - figure.get("whole", figure["value"])) <= figure["digit"] / 2


def test_fourteen_flows_have_several_suppliers(uslci: Database) -> None:
    assert len(first_suppliers(uslci)) == 14
