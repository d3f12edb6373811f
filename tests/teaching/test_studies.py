"""The embedded studies: they read, ask what they say, and the package finds what the dense oracle finds."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.product_system import ProductSystem
from carbonlab.system.study import GOAL, Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import list_studies, study_path
from carbonlab.vocabulary import FlowKind, LifeCycleStage
from tests.teaching.dense_oracle import AR6_GWP100, DenseOracle
from tests.teaching.tables_as_written import FOLDERS, rows

DEFAULT = load_rule_set("default")


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(study_path())


def with_shares(option: str, *inherent: str) -> RuleSet:
    """Return the default rules with another way of sharing; the listed properties stay with their flow."""
    line = Line(option, parameters={"inherent": list(inherent)})
    return DEFAULT.replace(multifunctionality=Rule("multifunctionality", (line,)))


def system_of(study: Study, rules: RuleSet) -> ProductSystem:
    return build_product_system(study.databases, rules, foreground=study.foreground)


def intensities(system: ProductSystem, factors: dict[str, float]) -> dict[tuple[str, str], float]:
    """Return the footprint of one unit of each product by a dense solve of the matrices of the package."""
    database, matrices = system.database, system.matrices
    flows = database.column("flows", "id")
    totals = database.is_word("flows", "kind", FlowKind.AGGREGATED_CO2E)
    factor = np.array([factors.get(flows[row], float(totals[row])) for row in system.interventions])
    values = np.linalg.solve(matrices.A.toarray().T, matrices.B.toarray().T @ factor)
    processes = database.column("processes", "id")[system.columns.process]
    return dict(zip(zip(processes, flows[system.columns.flow], strict=True), values, strict=True))


@pytest.mark.parametrize("key", list_studies())
def test_study_reads_and_says_what_it_is_for(key: str) -> None:
    read = read_study(study_path(key))
    assert read.key == key
    assert set(read.goal) == set(GOAL)
    assert "Not for declarations" in read.goal["communication"]
    assert {"system", "functions", "boundary", "geography", "limitations"} <= set(read.scope)
    system = system_of(read, DEFAULT)
    for unit in read.units:
        assert system.status[system.column_of(unit.process, unit.flow)] == ""


def test_default_study_asks_for_the_four_products(study: Study) -> None:
    assert [unit.key for unit in study.units] == ["cement", "aluminium", "urea", "lumber"]


@pytest.mark.parametrize(
    ("rules", "oracle"),
    [
        (DEFAULT, DenseOracle(carbon_stays=True)),
        (with_shares("mass"), DenseOracle(with_stated=False)),
        (with_shares("price"), DenseOracle("price", with_stated=False)),
    ],
    ids=["default", "mass", "price"],
)
def test_product_system_agrees_with_the_dense_oracle(
    study: Study, rules: RuleSet, oracle: DenseOracle
) -> None:
    found = intensities(system_of(study, rules), AR6_GWP100)
    assert set(found) == set(oracle.index)
    for column, value in found.items():
        assert value == pytest.approx(oracle.intensity[oracle.index[column]], rel=1e-9), column


def test_energy_rule_has_no_basis_where_energy_means_nothing(study: Study) -> None:
    system = system_of(study, with_shares("energy"))
    columns = {system.column_of("chlor_alkali", "caustic_soda"), system.column_of("blast_furnace", "slag")}
    assert {system.status[column] for column in columns} == {"no_basis"}
    assert system.status[system.column_of("sawmill", "lumber_green")] == ""


CARBON = dict.fromkeys(AR6_GWP100, 0.0) | {
    "co2_biogenic": 12 / 44,
    "ch4_biogenic": 12 / 16,
    "co2_in_air": -12 / 44,
}
CARBON |= {row["id"]: 0.0 for row in rows(FOLDERS[0], "flows") if row["kind"] == FlowKind.AGGREGATED_CO2E}


@pytest.mark.parametrize("option", ["default_chain", "mass", "price"])
def test_carbon_stays_with_the_wood_whatever_the_shares(study: Study, option: str) -> None:
    found = intensities(system_of(study, with_shares(option, "biogenic_carbon")), CARBON)
    for process, flow in (
        ("sawmill", "bark"),
        ("kiln_drying", "lumber_dry"),
        ("planer_mill", "lumber_planed"),
    ):
        assert found[process, flow] == pytest.approx(-0.5, abs=1e-5), (process, flow)
    assert found["lumber_in_building", "lumber_in_building"] == pytest.approx(0.0, abs=1e-3)


def test_price_moves_the_carbon_unless_it_is_kept_with_the_wood(study: Study) -> None:
    moved = intensities(system_of(study, with_shares("price")), CARBON)
    assert moved["planer_mill", "lumber_planed"] < -0.9
    assert moved["sawmill", "chips"] > -0.25


@pytest.fixture(scope="module")
def foreground(study: Study) -> Database:
    assert study.foreground is not None
    return study.foreground


def test_foreground_covers_the_five_stages(foreground: Database) -> None:
    codes, words = foreground.codes("exchanges", "stage")
    assert {words[code] for code in codes if code >= 0} == {str(stage) for stage in LifeCycleStage}


def test_delayed_emissions_carry_their_year(foreground: Database) -> None:
    offsets = {
        (process.id, exchange.flow): exchange.year_offset
        for process in foreground.each_process()
        for exchange in process.exchanges
        if exchange.year_offset > 0
    }
    assert offsets["urea_applied", "co2_fossil"] == offsets["urea_applied", "n2o"] == 1
    assert offsets["lumber_in_building", "wood_waste"] == offsets["lumber_in_building", "truck"] == 35
    assert all(1 <= years <= 150 for years in offsets.values())


def test_plants_of_the_producer_are_under_control(foreground: Database) -> None:
    for process in foreground.each_process():
        assert process.under_control is process.id.startswith("own_"), process.id
        assert process.data_kind == "secondary", "nothing in the studies was measured on site"
