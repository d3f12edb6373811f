"""A footprint taken apart sums to itself, whatever a cut-off hides; checked on a published example."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import RefusedError, ResultError
from carbonlab.results.breakdown import (
    Breakdown,
    By,
    CutOff,
    CutOffMode,
    Part,
    break_down,
    break_down_first_tier,
)
from carbonlab.results.calculate import calculate, collect, evaluate
from carbonlab.results.contributions import largest_paths, upstream_tree
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.supply_network import DIRECT, REST_NEGATIVE, REST_POSITIVE, supply_network
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from tests.tiny import read_case, tiny_database

STEEL = read_case("steel")
"""Cited in the file: the published contributions of one kilogram of steel."""
LOOP_WITH_CREDIT = """
[flows]
power = "kWh"
coal = "kg"
heat = "MJ"
[[processes]]
id = "plant"
out = { power = 1, co2 = 2 }
in = { coal = 0.5 }
avoided = { heat = 3 }
[[processes]]
id = "mine"
out = { coal = 1, co2 = 0.1 }
in = { power = 0.2 }
[[processes]]
id = "boiler"
out = { heat = 1, co2 = 0.4 }
"""
values_of_parts = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=30)
cut_offs = st.one_of(
    st.builds(CutOff, st.sampled_from([CutOffMode.MINIMUM, CutOffMode.CUMULATIVE]), st.floats(0, 100)),
    st.builds(CutOff, st.just(CutOffMode.TOP), st.integers(1, 40).map(float)),
)


@pytest.fixture(scope="module")
def steel() -> tuple[Evaluation, xr.Dataset]:
    study = Study.of(tiny_database(STEEL), "steel")
    evaluations = evaluate(study)
    return evaluations[0], collect(study, evaluations)


def parts_of(found: Breakdown) -> dict[str, float]:
    return {part.key: part.footprint for part in found.parts}


def test_the_published_example(steel: tuple[Evaluation, xr.Dataset]) -> None:
    evaluation, result = steel
    asked = STEEL["questions"][0]
    assert parts_of(break_down(result, "product", "process")) == pytest.approx(asked["processes"])
    assert parts_of(break_down(result, "product", "elementary_flow")) == pytest.approx(asked["flows"])
    column = evaluation.system.column_of("steel", "steel")
    tier = parts_of(break_down_first_tier(evaluation, column, 1.0))
    expected = {f"{key}/{key}": value for key, value in asked["first_tier"].items()}
    assert tier == pytest.approx(expected | {"direct": asked["direct"]})


@pytest.mark.parametrize("by", [by for by in By if by is not By.FIRST_TIER])
def test_parts_sum_to_the_footprint(by: By) -> None:
    result = calculate(Study.of(load_teaching_inventory(), "sawmill"))
    found = break_down(result, "product", by)
    assert sum(part.footprint for part in found.parts) == pytest.approx(float(result["total"][0, 0]))
    assert all(part.name for part in found.parts)


@given(values_of_parts, cut_offs)
def test_a_cut_off_hides_and_never_drops(values: list[float], cut_off: CutOff) -> None:
    parts = tuple(Part(str(i), str(i), value) for i, value in enumerate(values))
    whole = Breakdown(By.PROCESS, float(np.sum(values)), parts)
    found = whole.cut(cut_off)
    shown = [part.footprint for part in found.parts]
    scale = max(whole.gross, 1e-300)
    assert abs(sum(shown) + found.rest_positive + found.rest_negative - sum(values)) <= 1e-9 * scale
    assert abs(found.gross - whole.gross) <= 1e-9 * scale
    assert found.rest_positive >= 0 >= found.rest_negative
    assert found.hidden + len(shown) == sum(value != 0 for value in values)
    left = sorted(map(abs, values))[: len(values) - len(shown)]
    assert not shown or not left or min(map(abs, shown)) >= max(left)


def test_how_much_each_mode_keeps() -> None:
    values = [5.0, -3.0, 1.5, 0.5]
    assert CutOff(CutOffMode.MINIMUM, 15).kept(values) == [0, 1, 2]
    assert CutOff(CutOffMode.CUMULATIVE, 80).kept(values) == [0, 1]
    assert CutOff(CutOffMode.CUMULATIVE, 81).kept(values) == [0, 1, 2]
    assert CutOff(CutOffMode.CUMULATIVE, 100).kept(values) == [0, 1, 2, 3]
    assert CutOff(CutOffMode.TOP, 1).kept(values) == [0]


@pytest.mark.parametrize(
    ("mode", "level"), [("minimum", 101), ("cumulative", -1), ("top", 0), ("minimum", float("nan"))]
)
def test_a_level_that_means_nothing_is_refused(mode: str, level: float) -> None:
    with pytest.raises(RefusedError) as caught:
        CutOff(CutOffMode(mode), level)
    assert "give a percentage from 0 to 100" in str(caught.value)


def test_what_cannot_be_taken_apart(steel: tuple[Evaluation, xr.Dataset]) -> None:
    _, result = steel
    with pytest.raises(ResultError, match="has no product 'gold'"):
        break_down(result, "gold", "process")
    default = load_rule_set("default")
    study = Study.of(tiny_database(STEEL), "steel", rule_sets=(default, default.replace(linking="by_share")))
    with pytest.raises(ResultError, match="holds 2 rule sets"):
        break_down(calculate(study), "product", "process")
    wrong = result.assign(process_contribution=result["process_contribution"] * 1.1)
    with pytest.raises(ResultError, match=r"the parts by process sum to 1\.76"):
        break_down(wrong, "product", "process")
    without = result.assign(status=result["status"].astype("U20").where(False, "no_basis"))
    with pytest.raises(ResultError, match="has no footprint: no_basis"):
        break_down(without, "product", "process")


@pytest.mark.parametrize(("minimum", "most"), [(0.0, 25), (0.3, 25), (0.0, 2), (1.0, 1)])
def test_every_node_of_a_network_is_in_balance(minimum: float, most: int) -> None:
    (evaluation,) = evaluate(Study.of(tiny_database(LOOP_WITH_CREDIT), "plant"))
    column = evaluation.system.column_of("plant", "power")
    network = supply_network(evaluation, column, 10.0, minimum=minimum, most=most)
    for node in network.nodes:
        entering = sum(link.footprint for link in network.links if link.target == node.column)
        assert entering == pytest.approx(node.handed_on), node.name
    # by hand: λ_power = 2 + 0.5 λ_coal − 3·0.4, λ_coal = 0.1 + 0.2 λ_power
    assert network.total == pytest.approx(10 * 0.85 / 0.9)
    own = {link.source: link.footprint for link in network.links if link.target == column}
    run = 10 / 0.9
    assert own[DIRECT] == pytest.approx(2 * run)
    if most == 25 and minimum == 0:
        assert network.credits == pytest.approx(-1.2 * run)
        assert network.hidden == (0.0, 0.0)
        loop = {(link.source, link.target) for link in network.links if link.source >= 0}
        mine = evaluation.system.column_of("mine", "coal")
        assert {(mine, column), (column, mine)} <= loop
    if most == 1:
        assert network.credits == 0
        assert own[REST_NEGATIVE] == pytest.approx(-1.2 * run)
        assert own[REST_POSITIVE] == pytest.approx(0.5 * run * (0.1 + 0.2 * 0.85 / 0.9))


def test_an_empty_network_is_refused() -> None:
    (evaluation,) = evaluate(Study.of(tiny_database(STEEL), "steel"))
    with pytest.raises(RefusedError, match="cannot be drawn"):
        supply_network(evaluation, 0, 1.0, most=0)


CHAIN = """
[flows]
chair = "kg"
board = "kg"
glue = "kg"
[[processes]]
id = "workshop"
out = { chair = 1, co2 = 0.5 }
in = { board = 2, glue = 0.1 }
[[processes]]
id = "press"
out = { board = 1, co2 = 0.25 }
in = { glue = 1 }
[[processes]]
id = "reactor"
out = { glue = 1, co2 = 3 }
"""


@pytest.fixture(scope="module")
def chain() -> Evaluation:
    return evaluate(Study.of(tiny_database(CHAIN), "workshop"))[0]


def test_the_largest_path_may_lie_behind_smaller_ones(chain: Evaluation) -> None:
    """By hand: 0.5 of the workshop, 2 · 0.25 of the press, 2 · 3 behind it, 0.1 · 3 of the glue itself: 7.3."""
    workshop, press, reactor = (chain.system.column_of(name) for name in ("workshop", "press", "reactor"))
    (largest,), explained = largest_paths(chain, workshop, 1.0, count=1)
    assert largest.columns == (workshop, press, reactor)
    assert largest.footprint == pytest.approx(6.0)
    assert explained == pytest.approx(6.0 / 7.3)
    every, explained = largest_paths(chain, workshop, 1.0)
    assert [path.footprint for path in every] == pytest.approx([6.0, 0.5, 0.5, 0.3])
    assert explained == pytest.approx(1.0)


def test_what_a_tree_leaves_out_stands_in_its_rest(chain: Evaluation) -> None:
    column = chain.system.column_of("workshop")
    root = upstream_tree(chain, column, 1.0, depth=0)
    assert (root.inputs, root.footprint, root.direct) == ((), pytest.approx(7.3), pytest.approx(0.5))
    assert root.rest == pytest.approx(6.8)
    tree = upstream_tree(chain, column, 1.0, depth=1, minimum=0.1)
    (board,) = tree.inputs
    assert (board.footprint, board.direct, board.rest) == pytest.approx((6.5, 0.5, 6.0))
    assert tree.rest == pytest.approx(0.3), "the glue is below a tenth of 7.3 and is left out"
