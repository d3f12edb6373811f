"""Battery, solar module and laptop: published shares come back from the plants put together again; rules act."""

from __future__ import annotations

from functools import cache

import pytest

from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.product_system import ProductSystem
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path
from carbonlab.vocabulary import Status

COBALT_IN_HYDROXIDE = 59 / 155 / 1.087
"""kg Co per kg of crude hydroxide: 1.087 kg of it make 1 kg of cobalt sulphate."""


@cache
def system_by(option: str) -> ProductSystem:
    """Return the inventory with co-products shared by one property."""
    line = Line(option, parameters={"inherent": ["biogenic_carbon"]})
    rules = load_rule_set("default").replace(multifunctionality=Rule("multifunctionality", (line,)))
    return build_product_system([load_teaching_inventory()], rules)


def electricity_of(option: str, process: str, flow: str, supplier: str) -> float:
    """Return the electricity [kWh] that one unit of a product takes from a supplier."""
    system = system_by(option)
    A = system.matrices.A
    column, row = system.column_of(process, flow), system.column_of(supplier, ELECTRICITY[supplier])
    own = system.column_of(process, flow)
    return float(-A[row, column] / A[own, column])


ELECTRICITY = {"power_hydro_world": "electricity_generated", "grid_de": "electricity"}


@pytest.mark.parametrize(
    ("option", "published"),
    [("mass", 0.6878), ("price", 3.009)],
    ids=["Dai et al. 2018 by mass", "Dai et al. 2018 by value"],
)
def test_cobalt_refinery_gives_both_published_allocations(option: str, published: float) -> None:
    per_cobalt = electricity_of(option, "cobalt_refinery", "cobalt_hydroxide", "power_hydro_world")
    assert per_cobalt * COBALT_IN_HYDROXIDE == pytest.approx(published, rel=1e-6)


@pytest.mark.parametrize(
    ("flow", "published"),
    [("cullet", 0.004046), ("aluminium_scrap_module", 0.1416), ("copper_scrap_module", 0.8093)],
)
def test_treatment_of_modules_by_value_gives_the_published_burdens(flow: str, published: float) -> None:
    found = electricity_of("price", "module_recovery", flow, "grid_de")
    assert found == pytest.approx(published, rel=1e-3)


def footprints(key: str, rules: str) -> dict[str, float]:
    """Return the footprint of each product of a study, all of them complete."""
    result = calculate(read_study(study_path(key)), load_rule_set(rules))
    assert set(result["status"].values.ravel().tolist()) == {Status.COMPLETE.value}
    total = result["footprint"].sum([name for name in result["footprint"].dims if name != "product"])
    return {
        str(name): float(value) for name, value in zip(total["product"].values, total.values, strict=True)
    }


def test_rules_move_the_battery() -> None:
    default, cut_off = footprints("battery", "default"), footprints("battery", "pas-2050-2011")
    assert default["nmc_air"] - default["nmc"] > 0.05, "air freight"
    assert cut_off["nmc"] > 1.2 * default["nmc"], "no credit for recovered metal"
    assert footprints("battery", "eu-battery-2023")["nmc"] < default["nmc"] - 0.02, "no use stage"


def test_grid_and_freight_move_the_module() -> None:
    found = footprints("photovoltaic", "default")
    assert found["module_eu"] < 0.9 * found["module_cn"]
    assert found["germany_eu"] < found["germany"] < found["germany_air"]


def test_most_of_the_laptop_is_out_of_reach_of_rules() -> None:
    default, pact = footprints("electronics", "default"), footprints("electronics", "pact-v3")
    assert pact["gate"] == pytest.approx(default["gate"], rel=0.02)
    assert default["germany_sea"] < default["germany"] < default["china"]
