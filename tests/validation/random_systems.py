"""Random small systems for laws that hold for every system: co-products, loops, several producers, places, stages."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.product_system import ProductSystem
from carbonlab.vocabulary import LifeCycleStage
from tests.tiny import tiny_database

Spec = dict[str, Any]
"""A system as `tests.tiny` reads it."""

DEFAULT = load_rule_set("default")


def examples(count: int) -> settings:
    """Return the settings of a law: so many systems in the quick suite, CARBONLAB_EXAMPLES times as many if set."""
    times = int(os.environ.get("CARBONLAB_EXAMPLES", "1"))
    return settings(max_examples=count * times, suppress_health_check=[HealthCheck.too_slow])


KEYS = ("default_chain", "stated", "mass", "energy", "price", "property", "equal", "reference_flow")
"""Options of multifunctionality that give every co-product a share, with the data that the random systems offer."""

SHARED = "shared"
"""A product that several processes make."""

PLACES = ("CN", "US", "GLO")


def tenths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda number: number / 10)


@st.composite
def systems(
    draw: st.DrawFn,
    *,
    loops: bool = True,
    positive: bool = False,
    several: bool = True,
    carbon: bool = False,
    processes: tuple[int, int] = (2, 5),
) -> Spec:
    """Return a system whose processes take in at most 80 % of the mass that they put out.

    By mass every loop therefore makes more than it consumes; under other keys it may not.

    Parameters
    ----------
    loops : bool
        Whether processes may feed each other in circles, themselves included.
    positive : bool
        Whether there is nothing but emissions and inputs: no uptake.
    several : bool
        Whether one product may have several producers.
    carbon : bool
        Whether products state their biogenic carbon.
    processes : tuple of int
        Fewest and most processes.
    """
    count = draw(st.integers(*processes))
    made = [{f"p{i}_{k}": draw(tenths(1, 100)) for k in range(draw(st.integers(1, 3)))} for i in range(count)]
    if several and draw(st.booleans()):
        for i in draw(st.sets(st.integers(0, count - 1), min_size=2, max_size=3)):
            made[i][SHARED] = draw(tenths(1, 100))
    data: Spec = {"flows": dict.fromkeys(sorted({flow for outputs in made for flow in outputs}), "kg")}
    data["processes"] = [
        {
            "id": f"p{i}",
            "out": outputs | _emissions(draw),
            "in": _inputs(draw, i, made, loops=loops) | ({} if positive else _uptake(draw)),
            "reference": f"p{i}_0",
            "location": draw(st.sampled_from(PLACES)),
            "stage": draw(st.sampled_from(LifeCycleStage)),
            "capital_good": draw(st.integers(0, 4)) == 0,
        }
        for i, outputs in enumerate(made)
    ]
    data["properties"] = [
        {"flow": flow, "name": name, "value": draw(tenths(1, 100)), "unit": unit}
        for flow in data["flows"]
        for name, unit in (("price", "USD"), ("energy", "MJ"), ("worth", "points"))
    ]
    if carbon:
        data["properties"] += [
            {"flow": flow, "name": "biogenic_carbon", "value": draw(tenths(0, 5)), "unit": "kg C"}
            for flow in data["flows"]
        ]
    data["allocation"] = [
        entry for i, outputs in enumerate(made) for entry in _stated(draw, f"p{i}", list(outputs))
    ]
    return data


def _emissions(draw: st.DrawFn) -> dict[str, float]:
    return {gas: draw(tenths(1, 100)) for gas in draw(st.sets(st.sampled_from(["co2", "ch4", "so2"])))}


def _uptake(draw: st.DrawFn) -> dict[str, float]:
    return {"co2_taken": draw(tenths(1, 100))} if draw(st.booleans()) else {}


def _inputs(draw: st.DrawFn, i: int, made: Sequence[dict[str, float]], *, loops: bool) -> dict[str, float]:
    """Return inputs that weigh at most 80 % of the outputs; without loops only of later processes."""
    within_reach = made if loops else [m for j, m in enumerate(made) if j > i]
    offered = sorted(
        {flow for outputs in within_reach for flow in outputs} - ({SHARED} if not loops else set())
    )
    if not offered:
        return {}
    parts = {flow: draw(tenths(1, 100)) for flow in draw(st.sets(st.sampled_from(offered), max_size=4))}
    limit = draw(tenths(1, 8)) * sum(made[i].values())
    return {flow: limit * part / sum(parts.values()) for flow, part in parts.items()}


def _stated(draw: st.DrawFn, process: str, products: list[str]) -> list[dict[str, Any]]:
    if len(products) < 2:
        return []
    parts = [draw(tenths(0, 10)) + 0.1 for _ in products]
    return [
        {"process": process, "product": product, "share": part / sum(parts)}
        for product, part in zip(products, parts, strict=True)
    ]


# -- rules and solutions -----------------------------------------------------------------------------------


def rules_with(key: str, *, inherent: bool = False) -> RuleSet:
    """Return the default rules under another way of sharing."""
    parameters: dict[str, Any] = {"inherent": ["biogenic_carbon"]} if inherent else {}
    if key == "property":
        parameters["name"] = "worth"
    return DEFAULT.replace(multifunctionality=Rule("multifunctionality", (Line(key, parameters=parameters),)))


def system_of(data: Spec | Database, rules: RuleSet = DEFAULT) -> ProductSystem:
    database = tiny_database(data) if isinstance(data, dict) else data
    return build_product_system([database], rules)


def solved(data: Spec | Database, rules: RuleSet = DEFAULT) -> Evaluation:
    return evaluate_system(system_of(data, rules))


def by_name(system: ProductSystem, values: np.ndarray) -> dict[tuple[str, str], Any]:
    """Return values (columns,) by the ids of process and flow."""
    database = system.database
    processes = database.column("processes", "id")[system.columns.process]
    flows = database.column("flows", "id")[system.columns.flow]
    return dict(zip(zip(processes, flows, strict=True), values, strict=True))
