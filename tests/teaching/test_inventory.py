"""What the teaching inventory must be: complete, linked, balanced, with a loop, and near published totals."""

from __future__ import annotations

import math
import tomllib
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import NotFoundError
from carbonlab.inventory.database import Database
from carbonlab.teaching import DEFAULT_STUDY, list_studies, load_teaching_inventory, study_path
from tests.teaching.dense_oracle import DenseOracle
from tests.teaching.tables_as_written import (
    FOLDERS,
    HERE,
    TEACHING,
    amounts,
    arithmetic,
    origin_of,
    parameters,
    rows,
)

INVENTORY, FOREGROUND = FOLDERS
CARBON_IN = {"co2_biogenic": 12 / 44, "ch4_biogenic": 12 / 16, "co2_in_air": 12 / 44}
"""Biogenic carbon of elementary flows [kg C/kg]."""
PUBLISHED_BALANCE = {"power_biomass_us": 1e-5}
"""Published as it stands: uptake equals CO2, and the carbon in methane comes on top."""
TOTALS = tomllib.loads((HERE / "published_totals.toml").read_text(encoding="utf-8"))["totals"]


@pytest.fixture(scope="module")
def inventory() -> Database:
    return load_teaching_inventory()


@pytest.fixture(scope="module")
def oracle() -> DenseOracle:
    return DenseOracle()


def test_size_and_parts(inventory: Database) -> None:
    processes = rows(INVENTORY, "processes")
    assert len(processes) == inventory.processes.num_rows >= 120
    assert inventory.exchanges.num_rows == len(rows(INVENTORY, "exchanges"))
    kinds = Counter(row["kind"] for row in processes)
    assert set(kinds) == {"unit_process", "aggregated"}
    assert kinds["unit_process"] > kinds["aggregated"]
    roles = {row["role"] for row in rows(INVENTORY, "roles")}
    assert {"electricity", "heat", "fuel", "transport", "packaging", "capital_good", "cbam_good"} <= roles


def test_every_product_and_waste_input_names_a_supplier_that_supplies_it() -> None:
    kind = {row["id"]: row["kind"] for folder in FOLDERS for row in rows(folder, "flows")}
    supplies = defaultdict(set)
    for row, _ in amounts():
        if (kind[row["flow"]], row["direction"]) in (("product", "output"), ("waste", "input")):
            supplies[row["process"]].add(row["flow"])
    for row, _ in amounts():
        if (kind[row["flow"]], row["direction"]) in (("product", "input"), ("waste", "output")):
            if row["provider"]:
                assert row["flow"] in supplies[row["provider"]], row
            else:
                assert row["process"].endswith("_market"), row
                assert sum(row["flow"] in made for made in supplies.values()) > 1, row


def test_published_totals_stand_in_aggregated_processes_only() -> None:
    aggregated = {row["id"] for row in rows(INVENTORY, "processes") if row["kind"] == "aggregated"}
    totals = {row["id"] for row in rows(INVENTORY, "flows") if row["kind"] == "aggregated_co2e"}
    for row, _ in amounts():
        assert (row["value_kind"] == "published_product_total") == (row["flow"] in totals), row
        assert row["flow"] not in totals or row["process"] in aggregated, row
    for flow in rows(INVENTORY, "flows"):
        assert flow["kind"] != "aggregated_co2e" or flow["metric"], flow


def test_all_four_kinds_of_value_occur() -> None:
    kinds = Counter(row["value_kind"] for row, _ in amounts())
    assert set(kinds) == {"measured_or_statistical", "published_product_total", "proxy", "assumption"}
    assert kinds["assumption"] < 0.2 * sum(kinds.values())


def test_formulas_give_what_their_comment_computes() -> None:
    found = 0
    for row, amount in amounts():
        if row.get("formula"):
            assert math.isclose(amount, arithmetic(origin_of(row).expression), rel_tol=1e-12), row
            found += 1
    assert found >= 20


def test_reader_gives_the_amounts_as_written(inventory: Database) -> None:
    written: dict[str, list[tuple[str, bool, str, float]]] = defaultdict(list)
    for row, amount in amounts():
        written[row["process"]].append((row["flow"], row["direction"] == "input", row["provider"], amount))
    for process in inventory.each_process():
        read = [(e.flow, e.is_input, e.provider, e.amount) for e in process.exchanges]
        assert [entry[:3] for entry in read] == [entry[:3] for entry in written[process.id]], process.id
        assert np.allclose([e[3] for e in read], [e[3] for e in written[process.id]], rtol=1e-12, atol=0), (
            process.id
        )


def test_carbon_of_wood_balances_in_every_process() -> None:
    carbon = dict(CARBON_IN)
    carbon |= {
        row["flow"]: float(row["value"])
        for folder in FOLDERS
        for row in rows(folder, "properties")
        if row["property"] == "biogenic_carbon"
    }
    balance: dict[str, list[float]] = defaultdict(list)
    for row, amount in amounts():
        if row["flow"] in carbon:
            sign = 1 if row["direction"] == "input" else -1
            balance[row["process"]].append(sign * amount * carbon[row["flow"]])
    assert {"forest_us", "sawmill", "kiln_drying", "planer_mill", "wood_boiler", "wood_waste_burning"} < set(
        balance
    )
    for process, parts in balance.items():
        tolerance = PUBLISHED_BALANCE.get(process, 1e-9)
        assert abs(sum(parts)) <= tolerance * sum(map(abs, parts)), (process, sum(parts))


def test_carbon_of_urea_balances_between_gas_and_field() -> None:
    of = {(row["process"], row["flow"]): amount for row, amount in amounts()}
    gas = of["ammonia_for_urea_cn", "natural_gas"] * 1.96  # kg CO2 from the carbon in the gas
    left, bound = of["ammonia_for_urea_cn", "co2_fossil"], of["urea_applied", "co2_fossil"]
    assert math.isclose(gas, left + bound / of["urea_cn", "ammonia_for_urea"], rel_tol=1e-9)
    assert math.isclose(gas, of["ammonia_cn", "co2_fossil"], rel_tol=1e-9)
    assert 0 < left < of["ammonia_cn", "co2_fossil"]
    assert math.isclose(bound, 44 / 60, rel_tol=1e-3)


@pytest.mark.parametrize(
    "process", ["cement_portland_cn", "cement_blended_cn", "own_mill_portland", "own_mill_blended"]
)
def test_mass_of_cement_balances(process: str) -> None:
    solids = ("clinker", "slag", "gypsum", "limestone")
    assert math.isclose(
        sum(a for row, a in amounts() if row["process"] == process and row["flow"] in solids), 1
    )


def test_mass_of_clinker_balances_before_kiln_dust() -> None:
    meal = sum(
        a for row, a in amounts() if row["process"] == "clinker_cn" and row["flow"] in ("limestone", "clay")
    )
    assert math.isclose(meal, 1 + 0.51)


def test_stated_shares_of_slag_sum_to_one_and_follow_price() -> None:
    shares = {
        row["product"]: float(row["share"])
        for row in rows(INVENTORY, "allocation")
        if row["process"] == "blast_furnace"
    }
    price = {
        row["flow"]: float(row["value"])
        for row in rows(INVENTORY, "properties")
        if row["property"] == "price"
    }
    slag = next(a for row, a in amounts() if row["process"] == "blast_furnace" and row["flow"] == "slag")
    assert math.isclose(sum(shares.values()), 1)
    assert math.isclose(
        shares["slag"], slag * price["slag"] / (slag * price["slag"] + price["pig_iron"]), rel_tol=1e-3
    )


@pytest.mark.parametrize("basis", ["mass", "price"])
def test_every_multi_output_process_can_be_shared(basis: str) -> None:
    known = {row["flow"] for row in rows(INVENTORY, "properties") if row["property"] == basis}
    shares = DenseOracle(basis).share
    products = Counter(process for process, _ in shares)
    joint = [column for column in shares if products[column[0]] > 1]
    assert len({process for process, _ in joint}) >= 10
    assert {flow for _, flow in joint} <= known


@pytest.mark.parametrize("process", ["sawmill", "planer_mill", "own_planer_mill", "refinery", "coke_oven"])
def test_energy_is_known_where_it_means_something(process: str) -> None:
    known = {row["flow"] for row in rows(INVENTORY, "properties") if row["property"] == "energy"}
    assert {flow for maker, flow in DenseOracle().share if maker == process} <= known


def test_loop_is_real_and_productive(oracle: DenseOracle) -> None:
    inputs = np.eye(len(oracle.index)) - oracle.technology / np.diag(oracle.technology)
    gain = max(abs(np.linalg.eigvals(inputs)))
    assert 0.1 < gain < 0.9
    reach = np.linalg.matrix_power(np.eye(len(inputs)) + (np.abs(inputs) > 1e-15), 24) > 0
    coal, power = (
        oracle.index["coal_mine_cn", "hard_coal"],
        oracle.index["power_coal_cn", "electricity_generated"],
    )
    assert reach[coal, power]
    assert reach[power, coal]


@pytest.mark.parametrize("total", TOTALS, ids=[total["process"] for total in TOTALS])
def test_result_is_near_published_total(total: dict[str, Any], oracle: DenseOracle) -> None:
    assert total["low"] <= oracle.footprint(total["process"], total["flow"]) <= total["high"]
    assert total["low"] / 1.25 <= total["published"] <= total["high"] * 1.25, total["citation"]


def test_electricity_of_the_smelter_orders_the_ingots(oracle: DenseOracle) -> None:
    ingot = [
        oracle.footprint(f"own_smelter{key}", "aluminium_ingot")
        for key in ("_hydro", "_southwest", "", "_coal")
    ]
    assert ingot == sorted(ingot)
    assert ingot[-1] > 2 * ingot[0]


def test_allocation_decides_the_carbon_of_lumber(oracle: DenseOracle) -> None:
    by_price = DenseOracle("price")
    assert oracle.share["sawmill", "lumber_green"] == pytest.approx(0.4963, abs=1e-4)
    assert by_price.share["sawmill", "lumber_green"] > 0.9
    assert by_price.footprint("sawmill", "lumber_green") < oracle.footprint("sawmill", "lumber_green") < 0


def test_biogenic_carbon_of_lumber_is_neutral_over_its_life() -> None:
    carbon_only = DenseOracle(
        factors=dict.fromkeys(CARBON_IN, 0.0)
        | _OTHERS
        | {"co2_biogenic": 12 / 44, "ch4_biogenic": 12 / 16, "co2_in_air": -12 / 44}
    )
    assert carbon_only.footprint("lumber_in_building", "lumber_in_building") == pytest.approx(
        _AGGREGATED, abs=1e-4
    )


_OTHERS = dict.fromkeys(("co2_fossil", "co2_land_use", "ch4_fossil", "n2o", "cf4", "c2f6"), 0.0)
_AGGREGATED = DenseOracle(factors=dict.fromkeys(CARBON_IN, 0.0) | _OTHERS).footprint(
    "lumber_in_building", "lumber_in_building"
)
"""What aggregated totals alone bring [kg CO2e]: they have factor 1 under every rule set."""


def test_studies_are_listed_and_found() -> None:
    assert list_studies()[0] == DEFAULT_STUDY == "teaching"
    assert set(list_studies()) == {path.stem for path in (TEACHING / "studies").glob("*.toml")}
    for key in list_studies():
        assert study_path(key).is_file()
    with pytest.raises(NotFoundError, match="there is no embedded study 'porcelain'"):
        study_path("porcelain")


def test_parameters_are_all_used() -> None:
    text = " ".join(row.get("formula", "") for row, _ in amounts())
    assert all(name in text for name in parameters())


def test_results_in_the_documentation_are_those_of_the_tables(oracle: DenseOracle) -> None:
    page = (TEACHING.parents[1] / "docs" / "teaching_inventory.md").read_text(encoding="utf-8")
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in page.splitlines()
        if line.startswith("| `")
    ]
    stated = {(row[0].strip("`"), row[1].strip("`")): row[2] for row in cells}
    assert len(stated) == 16
    for (process, flow), text in stated.items():
        digits = len(text.lstrip("-").replace(".", "").lstrip("0"))
        assert f"{oracle.footprint(process, flow):.{digits}g}" == f"{float(text):.{digits}g}", (process, text)
