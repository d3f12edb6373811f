"""Laws of the numbers, on random systems: linear, additive, the same by every way of computing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carbonlab.errors import SolveError
from carbonlab.inventory.database import Database
from carbonlab.results.calculate import calculate
from carbonlab.results.contributions import (
    by_elementary_flow,
    by_process,
    impact_weights,
    largest_paths,
    upstream_tree,
)
from carbonlab.rules.factors import load_factor_set
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import CarbonOrigin, Component
from tests.tiny import tiny_database
from tests.validation.agreement import CANCELLATION, by_bw2calc, disagreement, forward, sum_of_contributions
from tests.validation.random_systems import (
    DEFAULT,
    KEYS,
    SHARED,
    Spec,
    by_name,
    examples,
    rules_with,
    solved,
    systems,
    tenths,
)

few = examples(12)

SIZE = 1e-3
"""[kg CO2e]: amounts are tenths of a kilogram and more, and 1e-9 of this is what another way may leave of a zero."""


# -- three ways of computing -------------------------------------------------------------------------------


@few
@given(data=systems(carbon=True), key=st.sampled_from(KEYS))
def test_adjoint_equals_forward(data: Spec, key: str) -> None:
    """Under every way of sharing, loops with a gain above one included; a singular system is refused, not solved."""
    try:
        evaluation = solved(data, rules_with(key, inherent=True))
    except SolveError:
        return
    columns = range(len(evaluation.system.columns))
    footprint, contributions = forward(evaluation, columns)
    tolerance = max(CANCELLATION, 10 * float(np.max(evaluation.adjoint.error)))
    assert disagreement(footprint, evaluation.intensity(), contributions) <= tolerance


@examples(5)
@given(data=systems())
def test_bw2calc_equals_forward(data: Spec) -> None:
    evaluation = solved(data)
    matrices, columns = evaluation.system.matrices, range(len(evaluation.system.columns))
    assume(matrices.B.nnz)
    _, contributions = forward(evaluation, columns)
    theirs = by_bw2calc(matrices.A, matrices.B, impact_weights(evaluation), columns, evaluation.system.sign)
    assert disagreement(evaluation.intensity(), theirs, contributions + SIZE) <= CANCELLATION


@few
@given(data=systems(carbon=True))
def test_dense_inverse_equals_forward(data: Spec) -> None:
    evaluation = solved(data)
    A, B = (getattr(evaluation.system.matrices, name).toarray() for name in "AB")
    expected = impact_weights(evaluation) @ B @ np.linalg.inv(A)
    _, contributions = forward(evaluation, range(len(expected)))
    assert disagreement(evaluation.intensity(), expected, contributions + SIZE) <= CANCELLATION


# -- linear and additive -----------------------------------------------------------------------------------


@examples(6)
@given(data=systems(carbon=True), times=st.sampled_from([2.0, 1e-6, 1e9, -1.0, 1 / 3]))
def test_linear_in_the_functional_unit(data: Spec, times: float) -> None:
    """Every number of the result grows with the amount asked for, intensities and shares stay."""
    study = Study.of(tiny_database(data), "p0", flow="p0_0", amount=2.0)
    (unit,) = study.units
    other = replace(study, units=(replace(unit, amount=2.0 * times),))
    one, scaled = calculate(study), calculate(other)
    for name in ("footprint", "inventory", "total", "process_contribution", "flow_contribution"):
        size = float(max(np.abs(one[part]).sum() for part in ("footprint", name)) * abs(times))
        assert disagreement(one[name].values * times, scaled[name].values, size) <= CANCELLATION, name
    np.testing.assert_array_equal(one["intensity"].values, scaled["intensity"].values)


@examples(6)
@given(data=systems(), amounts=st.tuples(tenths(1, 100), tenths(1, 100)))
def test_two_units_of_analysis_are_two_answers(data: Spec, amounts: tuple[float, float]) -> None:
    """Asked together or alone: the same numbers, to the last bit."""
    study = Study.of(tiny_database(data), "p0", flow="p0_0")
    units = tuple(
        UnitOfAnalysis(key=process, name=process, process=process, flow=f"{process}_0", amount=amount)
        for process, amount in zip(("p0", "p1"), amounts, strict=True)
    )
    together = calculate(replace(study, units=units))
    for unit in units:
        alone = calculate(replace(study, units=(unit,)))
        np.testing.assert_array_equal(
            together["total"].sel(product=unit.key).values, alone["total"].sel(product=unit.key).values
        )


@few
@given(data=systems(), cut=st.integers(0, 5), key=st.sampled_from(["default_chain", "price", "equal"]))
def test_partial_footprints_over_a_partition_of_processes_sum_to_the_whole(
    data: Spec, cut: int, key: str
) -> None:
    """The same system, emitting only here and only there."""

    def emitting(inside: range) -> Spec:
        gases = {"co2", "ch4", "so2", "co2_taken"}
        processes = [
            p
            if i in inside
            else {
                **p,
                **{side: {f: a for f, a in p[side].items() if f not in gases} for side in ("in", "out")},
            }
            for i, p in enumerate(data["processes"])
        ]
        return {**data, "processes": processes}

    try:
        whole = solved(data, rules_with(key))
    except SolveError:
        return
    count = len(data["processes"])
    parts = [solved(emitting(part), rules_with(key)) for part in (range(cut), range(cut, count))]
    _, contributions = forward(whole, range(len(whole.system.columns)))
    size = by_name(whole.system, contributions)
    values = [by_name(part.system, part.intensity()) for part in parts]
    for name, value in by_name(whole.system, whole.intensity()).items():
        assert disagreement(value, values[0][name] + values[1][name], size[name] + SIZE) <= 1e-8


@few
@given(data=systems(carbon=True), key=st.sampled_from(KEYS))
def test_every_view_of_contributions_sums_to_the_footprint(data: Spec, key: str) -> None:
    try:
        evaluation = solved(data, rules_with(key, inherent=True))
    except SolveError:
        return
    for column in range(len(evaluation.system.columns)):
        run = evaluation.run(column, 3.0).x
        footprint = 3.0 * evaluation.intensity()[column]
        size = float(sum_of_contributions(evaluation, run)) + SIZE
        assert disagreement(by_process(evaluation, run).sum(), footprint, size) <= 1e-8
        assert disagreement(by_elementary_flow(evaluation, run).sum(), footprint, size) <= 1e-8
        tree = upstream_tree(evaluation, column, 3.0, depth=3, minimum=0.0)
        assert disagreement(_sum_of(tree), footprint, size) <= 1e-8


def _sum_of(tier: Any) -> float:
    return float(tier.direct + tier.rest + sum(_sum_of(node) for node in tier.inputs))


def part_of(data: Spec, name: str, *, inside: bool, cut: int) -> Database:
    """Return the first `cut` processes of a system, or the others, as a database."""
    kept = [p for i, p in enumerate(data["processes"]) if (i < cut) == inside]
    ids = {p["id"] for p in kept}
    allocation = [entry for entry in data["allocation"] if entry["process"] in ids]
    return tiny_database({**data, "processes": kept, "allocation": allocation}, name)


@examples(6)
@given(data=systems(carbon=True), cut=st.integers(1, 4), key=st.sampled_from([*KEYS, "substitution"]))
def test_a_foreground_splits_the_footprint_and_does_not_change_it(data: Spec, cut: int, key: str) -> None:
    """The same processes, some of them modelled by the study: stages sum to the footprint, shares to 100 %."""
    assume(cut < len(data["processes"]))
    rules = rules_with(key) if key != "substitution" else DEFAULT.replace(multifunctionality=key)
    whole = Study.of(tiny_database(data), "p0", flow="p0_0", amount=2.0, rule_sets=[rules])
    study = replace(
        whole,
        databases=(part_of(data, "background", inside=False, cut=cut),),
        foreground=part_of(data, "foreground", inside=True, cut=cut),
    )
    try:
        one = calculate(whole)
    except SolveError:
        return
    split = calculate(study)
    assert one["status"].values.tolist() == split["status"].values.tolist()
    assume(np.isfinite(one["total"].values).all())
    size = float(np.abs(split["footprint"]).sum())
    assert disagreement(one["total"].values, split["total"].values, size) <= 1e-8
    stages = split["footprint"].sum(["year", "gas", "component"])
    assert disagreement(stages.sum().values, split["total"].values.sum(), size) <= 1e-8
    by_stage = {p["id"]: str(p["stage"]) for p in data["processes"][:cut]}
    inherited = {*by_stage.values(), "production", "raw_material_acquisition"}
    assert set(stages["stage"].values[(np.abs(stages.values) > 0).any(axis=(0, 1))]) <= inherited


# -- climate factors ---------------------------------------------------------------------------------------


@examples(8)
@given(
    data=systems(carbon=True),
    sets=st.tuples(
        *[st.sampled_from([("AR6", "GWP100"), ("AR6", "GWP20"), ("AR5", "GWP100"), ("AR4", "GWP500")])] * 2
    ),
)
def test_difference_of_two_metrics_is_gas_by_gas(data: Spec, sets: tuple[tuple[str, str], ...]) -> None:
    """Σ over gases of inventory × (factor a − factor b), with the factors of the tables themselves."""
    keys = [f"{metric}_{vintage}".lower() for vintage, metric in sets]
    study = Study.of(tiny_database(data), "p0", flow="p0_0", amount=5.0)
    results = [calculate(study.with_rule_sets(DEFAULT.replace(characterization=key))) for key in keys]
    tables = [load_factor_set(vintage, metric=metric) for vintage, metric in sets]
    inventory = results[0]["inventory"].isel(rule_set=0, product=0).sum(["stage", "year"])
    expected = 0.0
    for component, sign in ((Component.FOSSIL, 1.0), (Component.BIOGENIC_UPTAKE, -1.0)):
        for gas in inventory["gas"].values:
            mass = float(inventory.sel(gas=gas, component=str(component)))
            if mass:
                factors = [table.value(str(gas), _origin(component)) for table in tables]
                expected += sign * mass * (factors[0] - factors[1])
    found = float(results[0]["total"].values.item() - results[1]["total"].values.item())
    size = sum(float(np.abs(result["footprint"]).sum()) for result in results)
    assert disagreement(found, expected, size) <= CANCELLATION
    np.testing.assert_allclose(results[0]["inventory"].sum(), results[1]["inventory"].sum(), rtol=1e-12)


def _origin(component: Component) -> CarbonOrigin:
    return CarbonOrigin.FOSSIL if component is Component.FOSSIL else CarbonOrigin.BIOGENIC


# -- matrix and tree ---------------------------------------------------------------------------------------


def enumerated(data: Spec, process: str, amount: float, depth: int) -> Iterator[float]:
    """Yield the emissions [kg CO2e] on every supply chain of at most `depth` steps, read from the data by hand.

    Shares by mass: everything is in kg, so a kilogram of any product of a process carries the same.
    """
    by_id = {p["id"]: p for p in data["processes"]}
    made_by = {flow: p["id"] for p in data["processes"] for flow in p["out"] if flow in data["flows"]}
    here = by_id[process]
    run = amount / sum(value for flow, value in here["out"].items() if flow in data["flows"])
    yield run * sum(FACTOR.get(flow, 0.0) * value for flow, value in here["out"].items())
    if depth:
        for flow, value in here["in"].items():
            if flow in made_by:
                yield from enumerated(data, made_by[flow], run * value, depth - 1)


FACTOR = {"co2": 1.0, "ch4": 29.8}
BY_MASS = rules_with("mass")


@few
@given(data=systems(loops=False, positive=True, several=False, processes=(2, 6)))
def test_matrix_equals_enumeration_of_paths_without_loops(data: Spec) -> None:
    evaluation = solved(data, BY_MASS)
    for (process, _), value in by_name(evaluation.system, evaluation.intensity()).items():
        assert value == pytest.approx(sum(enumerated(data, process, 1.0, 10)), rel=1e-9, abs=1e-12)


@few
@given(data=systems(positive=True, several=False, processes=(2, 3)))
def test_matrix_exceeds_every_truncated_enumeration_with_loops(data: Spec) -> None:
    """All amounts positive: deeper trees come closer from below and never arrive."""
    evaluation = solved(data, BY_MASS)
    assume(evaluation.loops)
    loop = evaluation.loops[0]
    in_loop = set(evaluation.system.columns.process[loop.indices])
    ids = evaluation.system.database.column("processes", "id")
    found = by_name(evaluation.system, evaluation.intensity())
    for process in in_loop:
        value = found[ids[process], f"{ids[process]}_0"]
        sums = [sum(enumerated(data, ids[process], 1.0, depth)) for depth in range(5)]
        rounding = 1e-9 * value
        assert all(shallow <= deep + rounding for shallow, deep in pairwise(sums))
        assert sums[-1] <= value + rounding
    emits = any(
        p["id"] in {ids[row] for row in in_loop} and {"co2", "ch4"} & set(p["out"]) for p in data["processes"]
    )
    if emits:
        assert any(
            sum(enumerated(data, ids[row], 1.0, 4)) < found[ids[row], f"{ids[row]}_0"] for row in in_loop
        )


@few
@given(data=systems(loops=False, positive=True, several=False, processes=(2, 4)))
def test_all_paths_together_explain_everything_without_loops(data: Spec) -> None:
    evaluation = solved(data, BY_MASS)
    column = evaluation.system.column_of("p0", "p0_0")
    assume(evaluation.intensity()[column] > 0)
    paths, explained = largest_paths(evaluation, column, 1.0, count=10_000)
    assert explained == pytest.approx(1.0, rel=1e-9)
    assert sum(path.footprint for path in paths) == pytest.approx(evaluation.intensity()[column], rel=1e-9)


# -- biogenic carbon ---------------------------------------------------------------------------------------


@few
@given(
    content=st.lists(tenths(1, 5), min_size=2, max_size=3),
    made=st.lists(tenths(1, 100), min_size=3, max_size=3),
    prices=st.lists(tenths(1, 100), min_size=3, max_size=3),
    methane=tenths(0, 5),
    key=st.sampled_from(["mass", "price", "equal", "reference_flow", "default_chain"]),
)
def test_biogenic_closure(
    content: list[float], made: list[float], prices: list[float], methane: float, key: str
) -> None:
    """A sawmill and the burning of each of its products.

    −1/+1 and 0/0 agree over the whole life if all carbon leaves as CO2, whatever shares the burdens; if a
    part leaves as methane, they differ by exactly the carbon that it holds.
    """
    names = [f"part{k}" for k in range(len(content))]
    carbon = sum(c * m for c, m in zip(content, made, strict=False))
    processes: list[dict[str, Any]] = [
        {"id": "forest", "out": {"log": 1.0}, "in": {"co2_taken": carbon * 44 / 12}},
        {"id": "sawmill", "out": dict(zip(names, made, strict=False)) | {"co2": 1.0}, "in": {"log": 1.0}},
    ]
    for name, c in zip(names, content, strict=True):
        burned = {"co2_biogenic": c * 44 / 12 * (1 - methane), "ch4": c * 16 / 12 * methane}
        processes.append({"id": f"burn_{name}", "out": {f"burnt_{name}": 1.0} | burned, "in": {name: 1.0}})
    data: Spec = {
        "flows": dict.fromkeys(["log", *names, *(f"burnt_{name}" for name in names)], "kg"),
        "processes": processes,
        "properties": [
            {"flow": name, "name": "biogenic_carbon", "value": c, "unit": "kg C"}
            for name, c in zip(names, content, strict=True)
        ]
        + [
            {"flow": n, "name": "price", "value": p, "unit": "USD"}
            for n, p in zip(names, prices, strict=False)
        ],
    }
    evaluation = solved(data, rules_with(key, inherent=True))
    parts = evaluation.mass_intensity * evaluation.factors
    biogenic = np.array(
        [
            channel.component in (Component.BIOGENIC_EMISSION, Component.BIOGENIC_UPTAKE)
            for channel in evaluation.channels
        ]
    )
    minus_one_plus_one, zero_zero = parts.sum(axis=1), parts[:, ~biogenic].sum(axis=1)
    for name, c in zip(names, content, strict=True):
        column = evaluation.system.column_of(f"burn_{name}")
        stored = c * 44 / 12
        difference = minus_one_plus_one[column] - zero_zero[column]
        assert difference == pytest.approx(-stored * methane, rel=1e-9, abs=1e-9 * stored)


@few
@given(data=systems(), key=st.sampled_from(KEYS))
def test_a_shared_product_costs_the_mean_of_its_producers(data: Spec, key: str) -> None:
    """Equal split: taking in one unit is taking in a share of each producer's."""
    assume(SHARED in data["flows"])
    consumer = {"id": "buyer", "out": {"bought": 1.0}, "in": {SHARED: 1.0}}
    data = {**data, "flows": {**data["flows"], "bought": "kg"}, "processes": [*data["processes"], consumer]}
    try:
        evaluation = solved(data, rules_with(key))
    except SolveError:
        return
    found = by_name(evaluation.system, evaluation.intensity())
    shared = [value for (_, flow), value in found.items() if flow == SHARED]
    assert found["buyer", "bought"] == pytest.approx(
        np.mean(shared), rel=1e-9, abs=1e-9 * max(map(abs, shared))
    )
