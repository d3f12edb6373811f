"""Monte Carlo of small systems: against dense solves of every draw, against theory, and the same bits however asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import xarray as xr

from carbonlab.errors import RefusedError, ResultError, SolveError, StoreError, StudyError
from carbonlab.execution import LocalProcesses
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Distribution
from carbonlab.monte_carlo import Until, simulate
from carbonlab.results.simulation_schema import check_simulation
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import DistributionKind, LifeCycleStage, Status
from tests.monte_carlo.spread_systems import (
    dense_draws,
    emitted,
    inventory,
    lognormal,
    loop_inventory,
    loop_study,
    made,
    normal,
    used,
)
from tests.tiny import tiny_database

DRAWS = 192
OTHER = load_rule_set("default").replace(characterization="gwp20_ar6")
SETS = ("default", OTHER)


@pytest.fixture(scope="module")
def study() -> Study:
    return loop_study(None, *SETS)


@pytest.fixture(scope="module")
def result(study: Study) -> xr.Dataset:
    return simulate(study, by=("gas", "component"))


@pytest.fixture(scope="module")
def dense(study: Study) -> np.ndarray:
    return dense_draws(study, DRAWS)


def assert_same_numbers(one: xr.Dataset, other: xr.Dataset) -> None:
    assert set(one.data_vars) == set(other.data_vars)
    for name in one.data_vars:
        xr.testing.assert_identical(one[name], other[name])


def test_statistics_are_those_of_dense_solves(result: xr.Dataset, dense: np.ndarray) -> None:
    np.testing.assert_allclose(result["mean"], dense.mean(axis=2), rtol=1e-6)
    np.testing.assert_allclose(result["standard_deviation"], dense.std(axis=2, ddof=1), rtol=1e-5)
    np.testing.assert_allclose(result["minimum"], dense.min(axis=2), rtol=1e-6)
    np.testing.assert_allclose(result["maximum"], dense.max(axis=2), rtol=1e-6)
    true = np.quantile(dense, result["quantile"].values, axis=2, method="inverted_cdf").transpose(1, 2, 0)
    assert (np.abs(result["quantiles"] - true) <= result["quantile_error"] + 1e-6 * np.abs(true)).all()
    np.testing.assert_allclose(
        result["standard_error"], dense.std(axis=2, ddof=1) / np.sqrt(DRAWS), rtol=1e-5
    )
    assert (result["draws_with_number"] == DRAWS).all()


def test_differences_of_rule_sets_are_paired(result: xr.Dataset, dense: np.ndarray) -> None:
    difference = dense[1] - dense[0]
    assert (np.abs(difference) > 0).any()
    np.testing.assert_allclose(result["difference_mean"][1], difference.mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(
        result["difference_standard_deviation"][1], difference.std(axis=1, ddof=1), rtol=1e-4
    )
    assert (result["difference_mean"][0] == 0).all()
    higher = result["probability_higher"].sel(rule_set=OTHER.key, other_rule_set="default")
    np.testing.assert_allclose(higher, (difference > 0).mean(axis=1))
    assert result["difference_standard_deviation"][1, 0] < 0.5 * result["standard_deviation"][1, 0]


def test_products_are_paired(result: xr.Dataset, dense: np.ndarray) -> None:
    higher = result["product_probability_higher"].sel(product="widget", other_product="steel")
    np.testing.assert_allclose(higher, (dense[:, 0] > dense[:, 1]).mean(axis=1))


def test_parts_sum_to_the_total(result: xr.Dataset) -> None:
    parts = result["part_mean"].where(result["in_total"], 0.0).sum(("gas", "component"))
    np.testing.assert_allclose(parts.transpose("rule_set", "product"), result["mean"], rtol=1e-9)
    static = result["part_static"].where(result["in_total"], 0.0).sum(("gas", "component"))
    np.testing.assert_allclose(static.transpose("rule_set", "product"), result["static"], rtol=1e-9)
    assert {"CH4", "CO2"} <= set(result["gas"].values.tolist()) or len(result["gas"]) >= 2


def test_every_lane_is_accounted_for(result: xr.Dataset) -> None:
    assert result["lanes_by_status"].sum("lane_status").values.tolist() == [DRAWS, DRAWS]
    assert result["lanes_by_stage"].sum("lane_stage").values.tolist() == [DRAWS, DRAWS]
    assert result.attrs["failed_lanes"] == 0
    assert 0 < result.attrs["error_max"] <= 1e-8
    assert result["input_sign_changes"].sizes["uncertain_input"] == 1  # the normal one
    assert result.attrs["lognormal_keeps"] == "median"


def test_mean_and_median_of_a_product_of_lognormals_are_those_of_theory() -> None:
    database = inventory(
        "chain",
        {
            "end": (made("end"), used("start", 2.0, lognormal(2.0, 1.5))),
            "start": (made("start"), emitted("co2", 3.0, lognormal(3.0, 1.3))),
        },
    )
    variance = np.log(1.5) ** 2 + np.log(1.3) ** 2
    study = Study.of(database, "end").with_sampling(SamplingPlan(draws=20_000, seed=3))
    found = simulate(study, quantiles=(0.5,))
    assert abs(found["mean"] - 6.0 * np.exp(variance / 2)) < 4 * found["standard_error"]
    assert found["quantiles"][0, 0, 0].item() == pytest.approx(6.0, rel=0.02)
    assert found["static"].item() == pytest.approx(6.0)
    mean_kept = simulate(study.with_sampling(SamplingPlan(draws=20_000, seed=3, lognormal_keeps="mean")))
    assert abs(mean_kept["mean"] - 6.0) < 4 * mean_kept["standard_error"]
    assert mean_kept.attrs["lognormal_keeps"] == "mean"


def test_an_input_that_is_stated_as_nothing_is_drawn() -> None:
    """Uniform between 0 and 2 kg of a product with 3 kg CO2 each: 3 kg on average, at a stated 0."""
    flat = Distribution(kind=DistributionKind.UNIFORM, minimum=0.0, maximum=2.0)
    database = inventory(
        "nothing",
        {
            "end": (made("end"), used("start", 0.0, flat)),
            "start": (made("start"), emitted("co2", 3.0)),
            "aside": (made("aside"), emitted("co2", 1.0, lognormal(1.0, 1.1))),
        },
    )
    found = simulate(Study.of(database, "end"), draws=2000)
    assert found["static"].item() == 0.0
    assert abs(found["mean"].item() - 3.0) < 4 * found["standard_error"].item()
    everything = simulate(Study.of(database, "end"), draws=2000, products="all")
    np.testing.assert_allclose(everything["mean"].sel(product="end end"), found["mean"][:, 0], rtol=1e-8)


def test_draws_of_a_loop_that_consumes_what_it_makes_are_counted_and_left_out() -> None:
    study = loop_study(loop_inventory(deviation=2.5))
    found = simulate(study, draws=512)
    dense = dense_draws(study, 512)
    productive = dense[0] > 0  # the loop is the only one, and everything else is positive
    assert 10 < (~productive[0]).sum() < 200
    assert found["draws_with_number"].values.tolist() == productive.sum(axis=1)[None].tolist()
    words = found["lane_status"].values.tolist()
    loops = [k for k, word in enumerate(words) if word.startswith("a loop consumes")]
    assert found["lanes_by_status"].values[0, loops[0]] == (~productive[0]).sum()
    expected = [dense[0, k][productive[k]].mean() for k in range(2)]
    np.testing.assert_allclose(found["mean"][0], expected, rtol=1e-5)
    assert (found["minimum"] > 0).all()


def test_a_product_without_a_number_has_no_statistics() -> None:
    database = inventory(
        "bad", {
            "greedy": (made("greedy"), used("other", 2.0, lognormal(2.0, 1.1)), emitted("co2", 1.0)),
            "other": (made("other"), used("greedy", 2.0), emitted("co2", 1.0)),
            "fine": (made("fine"), emitted("co2", 1.0, lognormal(1.0, 1.1))),
        },
    )  # fmt: skip
    found = simulate(Study.of(database, "fine"), draws=64, products="all")
    assert found["status"].values.tolist() == [
        [Status.NON_PRODUCTIVE, Status.NON_PRODUCTIVE, Status.COMPLETE]
    ] or set(found["status"].values[0].tolist()) == {str(Status.NON_PRODUCTIVE), str(Status.COMPLETE)}
    bad = found["status"].values[0] == Status.NON_PRODUCTIVE
    assert np.isnan(found["mean"].values[0][bad]).all()
    assert (found["draws_with_number"].values[0] == np.where(bad, 0, 64)).all()
    assert np.isnan(found["quantiles"].values[0][bad]).all()


@pytest.mark.parametrize("chunk", [1, 128, 1000])
def test_chunks_change_no_bit(study: Study, result: xr.Dataset, chunk: int) -> None:
    assert_same_numbers(simulate(study, by=("gas", "component"), chunk=chunk), result)


def test_local_processes_change_no_bit(study: Study, result: xr.Dataset) -> None:
    found = simulate(study, by=("gas", "component"), chunk=64, executor=LocalProcesses(2))
    assert_same_numbers(found, result)


def test_another_rule_set_beside_changes_no_draw(study: Study, result: xr.Dataset) -> None:
    alone = simulate(study, rule_sets=[SETS[1]])
    for name in ("mean", "standard_deviation", "minimum", "maximum"):
        np.testing.assert_allclose(alone[name].values[0], result[name].values[1], rtol=2e-8)


def test_all_products_have_the_numbers_of_one(study: Study, result: xr.Dataset) -> None:
    found = simulate(study, products="all")
    own = found.isel(product=[i for i, name in enumerate(found["product_name"].values) if name == "steel"])
    np.testing.assert_allclose(own["mean"].values[:, 0], result["mean"].sel(product="steel"), rtol=1e-8)
    assert found.sizes["product"] == 4
    assert "product_probability_higher" not in found
    left_out = "pairs of products: none was named, of all products of the inventory (product_pairs)"
    assert found.attrs["not_compared"] == left_out
    assert result.attrs["not_compared"] == ""
    assert (found["probability_higher"].dims, "other_product" in found.dims) == (
        ("rule_set", "other_rule_set", "product"),
        False,
    )


def test_products_that_are_named_are_compared_among_all(study: Study, result: xr.Dataset) -> None:
    keys = simulate(study, products="all", draws=64)["product"].values.tolist()
    named = {
        "steel": next(k for k in keys if k.startswith("steel")),
        "widget": next(k for k in keys if "widget" in k),
    }
    found = simulate(study, products="all", product_pairs=[named["widget"], named["steel"]])
    assert found["other_product"].values.tolist() == [named["widget"], named["steel"]]
    for one, other in (("widget", "steel"), ("steel", "widget")):
        own = found["product_probability_higher"].sel(product=named[one], other_product=named[other])
        expected = result["product_probability_higher"].sel(product=one, other_product=other)
        np.testing.assert_array_equal(own, expected)
    others = [key for key in keys if key not in named.values()]
    assert len(others) == 2
    assert found["product_probability_higher"].sel(product=others).isnull().all()
    assert "of 4 those of the 2 that were named only" in found.attrs["not_compared"]
    check_simulation(found)


def test_pairs_of_products_are_compared_by_workers_and_after_a_stop(study: Study, tmp_path: Path) -> None:
    asked = {
        "products": "all",
        "product_pairs": simulate(study, products="all", draws=1)["product"].values[:3].tolist(),
    }
    whole = simulate(study, **asked)
    apart = simulate(study, chunk=64, executor=LocalProcesses(2), checkpoint=tmp_path / "a.npz", **asked)
    assert_same_numbers(apart, whole)
    with pytest.raises(StoreError, match="its pairs of products differs"):
        simulate(study, checkpoint=tmp_path / "a.npz", products="all")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (["nothing"], "there is no product 'nothing' to compare with others"),
        (["steel"], "1 products are named"),
        (["steel", "steel"], "2 products are named"),
    ],
)
def test_pairs_of_products_that_make_no_sense_are_refused(study: Study, named: list[str], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        simulate(study, draws=1, product_pairs=named)


def test_pairs_that_are_too_many_are_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("study_draws", "dataset"):
        monkeypatch.setattr(f"carbonlab.monte_carlo.{module}.MOST_PAIRED_RULE_SETS", 1)
    found = simulate(study, draws=8)
    assert "probability_higher" not in found
    assert found.attrs["not_compared"] == "pairs of rule sets: 2 are more than 1"


def test_a_process_elsewhere_changes_no_draw(result: xr.Dataset) -> None:
    found = simulate(loop_study(loop_inventory(more=True), *SETS))
    np.testing.assert_allclose(found["mean"], result["mean"], rtol=1e-9)
    np.testing.assert_allclose(found["maximum"], result["maximum"], rtol=1e-8)


def test_another_seed_gives_other_draws(study: Study, result: xr.Dataset) -> None:
    found = simulate(loop_study(None, *SETS, seed=1))
    assert (found["mean"].values != result["mean"].values).all()


def staged_study() -> Study:
    background = loop_inventory()
    foreground = inventory(
        "foreground",
        {
            "thing": (
                made("thing"),
                used("steel", 2.0, lognormal(2.0, 1.2), LifeCycleStage.RAW_MATERIAL),
                used("electricity", 5.0, lognormal(5.0, 1.5), LifeCycleStage.USE),
                emitted("co2", 1.0, lognormal(1.0, 1.1)),
            )
        },
    )
    one = Study.of(background, "steel")
    unit = UnitOfAnalysis(key="thing", name="thing", process="thing", amount=10.0)
    return replace(one, foreground=foreground, units=(unit,), sampling=SamplingPlan(draws=70))


def test_stages_sum_to_the_total_in_every_draw() -> None:
    found = simulate(staged_study(), by=("stage",))
    assert found["part_mean"].dims == ("rule_set", "product", "stage")
    parts = found["part_mean"].sum("stage")
    np.testing.assert_allclose(parts, found["mean"], rtol=1e-6)
    static = found["part_static"].sel(
        stage=[LifeCycleStage.USE, LifeCycleStage.RAW_MATERIAL, LifeCycleStage.PRODUCTION]
    )
    assert (static > 0).all()
    np.testing.assert_allclose(found["part_static"].sum("stage"), found["static"], rtol=1e-9)
    spread = found["part_standard_deviation"] / found["part_mean"].where(found["part_mean"] > 0)
    assert (
        spread.sel(stage=LifeCycleStage.USE).item()
        > 1.5 * spread.sel(stage=LifeCycleStage.RAW_MATERIAL).item()
    )


def test_a_product_without_a_number_has_no_stages() -> None:
    """Oil and cake state no energy content: no footprint by energy, and stages of both under equal shares."""
    foreground = inventory(
        "press",
        {
            "press": (
                made("oil"),
                replace(made("cake"), is_reference=False, id="beside"),
                used("steel", 2.0, lognormal(2.0, 1.2)),
            )
        },
    )
    unit = UnitOfAnalysis(key="oil", name="oil", process="press", amount=1.0, flow="oil")
    rules = [load_rule_set("default").replace(multifunctionality=basis) for basis in ("equal", "energy")]
    study = replace(Study.of(loop_inventory(), "steel"), foreground=foreground, units=(unit,))
    found = simulate(study, rule_sets=rules, draws=64, by=("stage",))
    assert found["status"].values.ravel().tolist() == [Status.COMPLETE, Status.NO_BASIS]
    np.testing.assert_allclose(found["part_mean"][0].sum("stage"), found["mean"][0], rtol=1e-6)
    assert found["part_mean"][1].isnull().all() and found["part_static"][1].isnull().all()


def test_all_products_have_no_stages() -> None:
    with pytest.raises(RefusedError, match="have no life-cycle stages"):
        simulate(staged_study(), products="all", by=("stage",))


def test_it_goes_on_where_it_was_cancelled(study: Study, result: xr.Dataset, tmp_path: Path) -> None:
    cancel, path = Event(), tmp_path / "state.npz"
    first = simulate(
        study,
        by=("gas", "component"),
        chunk=64,
        checkpoint=path,
        cancel=cancel,
        progress=lambda done, total: cancel.set(),
    )
    assert (first.attrs["draws"], first.attrs["ended"]) == (64, "it was cancelled")
    assert_same_numbers(simulate(study, by=("gas", "component"), checkpoint=path), result)
    with pytest.raises(StoreError, match="belongs to another simulation: its parts differs"):
        simulate(study, checkpoint=path)
    with pytest.raises(StoreError, match=r"its (rule sets|study) differs"):
        simulate(study, rule_sets=["default"], by=("gas", "component"), checkpoint=path)
    with pytest.raises(StudyError, match="holds 192 draws, and only 64 were asked for"):
        simulate(study, by=("gas", "component"), checkpoint=path, draws=64)


def test_more_draws_continue_a_checkpoint(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    simulate(study, draws=100, checkpoint=path)
    assert_same_numbers(simulate(study, draws=300, checkpoint=path), simulate(study, draws=300))


def test_it_stops_when_the_interval_is_narrow(study: Study) -> None:
    found = simulate(study, draws=20_000, until=Until(0.05, every=128))
    assert found.attrs["ended"] == "the intervals are as narrow as asked"
    assert found.attrs["draws"] < 20_000
    assert (3.92 * found["standard_error"] <= 0.0501 * found["mean"]).all()


def test_a_quantile_is_waited_for_where_none_is_asked_for(study: Study) -> None:
    asked = {"draws": 1024, "until": Until(1e-6, of=0.95)}
    with_them, without = simulate(study, **asked), simulate(study, quantiles=(), **asked)
    assert with_them.attrs["draws"] == without.attrs["draws"] == 1024
    assert without.attrs["ended"] == "all draws were made"


def test_a_design_does_not_end_early(study: Study) -> None:
    labels = ("exchanges:steel|steel uses electricity",)
    plan = SamplingPlan(kind="sobol", draws=1024, inputs=labels)
    with pytest.raises(StudyError, match="a sobol design cannot end early"):
        simulate(study.with_sampling(plan), until=0.5)


def test_a_design_states_no_standard_error_of_independent_draws(study: Study) -> None:
    """Means of designs with other seeds scatter far less than s / √n."""
    labels = ("exchanges:steel|steel uses electricity", "exchanges:electricity|electricity uses steel")
    plan = SamplingPlan(kind="sobol", draws=128, inputs=labels)
    found = [simulate(study.with_sampling(plan.replace(seed=seed))) for seed in range(6)]
    means = np.stack([one["mean"].values for one in found])
    independent = found[0]["standard_deviation"].values / np.sqrt(128)
    assert (means.std(axis=0, ddof=1) < 0.3 * independent).all()
    assert found[0]["standard_error"].isnull().all()
    assert found[0]["difference_standard_error"].isnull().all()


def test_a_design_has_as_many_draws_as_its_plan_says(study: Study) -> None:
    labels = ("exchanges:steel|steel uses electricity", "exchanges:electricity|electricity uses steel")
    plan = SamplingPlan(kind="sobol", draws=128, inputs=labels)
    found = simulate(study.with_sampling(plan), rule_sets=["default"])
    assert found.attrs["draws"] == 128
    streams = simulate(study, rule_sets=["default"], draws=128)
    assert (found["standard_deviation"] < streams["standard_deviation"]).all()  # only two inputs vary
    with pytest.raises(StudyError, match="the design of study 'widget' has 128"):
        simulate(study.with_sampling(plan), draws=64)


def test_certain_data_are_refused() -> None:
    certain: Database = tiny_database(
        '[flows]\nsteel = "kg"\n[[processes]]\nid = "steel"\nout = { steel = 1.0, co2 = 2.0 }'
    )
    with pytest.raises(RefusedError, match="nothing in 'tiny' states a spread"):
        simulate(Study.of(certain, "steel"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"products": ["gadget"]}, "asks for no product 'gadget'"),
        ({"by": ["color"]}, "cannot be split by 'color'"),
        ({"quantiles": [0.5, 1.5]}, "are not different shares between 0 and 1"),
        ({"draws": 0}, "draws = 0"),
        ({"until": 0.0}, "no condition for a simulation to end"),
    ],
)
def test_questions_without_sense_are_refused(study: Study, asked: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        simulate(study, **asked)  # type: ignore[arg-type]


def test_quantiles_can_be_left_out(study: Study) -> None:
    found = simulate(study, quantiles=())
    assert found.sizes["quantile"] == 0
    assert found.attrs["quantile_relative_error"] == "no quantiles"


def test_the_schema_is_checked(result: xr.Dataset) -> None:
    check_simulation(result)
    for damage, words in (
        (result.drop_vars("mean"), "no variable 'mean'"),
        (result.assign(draws_with_number=result["draws_with_number"] + 1), "more draws"),
        (result.assign(mean=result["mean"].where(False).assign_attrs(result["mean"].attrs)), "has no mean"),
        (
            result.assign(mean=(2 * result["maximum"]).assign_attrs(result["mean"].attrs)),
            "outside of the drawn",
        ),
        (result.drop_attrs(deep=False), "is no simulation"),
    ):
        with pytest.raises(ResultError, match=words):
            check_simulation(
                damage.assign(
                    draws_with_number=damage["draws_with_number"].assign_attrs(units="1", long_name="x")
                )
            )


def test_a_normal_input_that_changes_its_sign_is_counted() -> None:
    database = inventory("signs", {"end": (made("end"), emitted("co2", 1.0, normal(1.0, 0.8)))})
    study = Study.of(database, "end")
    found = simulate(study, draws=1000)
    assert found["input_sign_changes"].values.tolist() == [found["sign_changes"].item()]
    assert 60 < found["sign_changes"].item() < 160
    clipped = simulate(study.with_sampling(SamplingPlan(sign_changes="clip")), draws=1000)
    assert clipped["minimum"].item() == 0.0
    assert clipped["input_sign_changes"].values.tolist() == found["input_sign_changes"].values.tolist()
    assert clipped["sign_changes"].item() == 0


def test_amounts_that_single_precision_cannot_keep_are_refused_by_the_names_of_their_processes() -> None:
    processes = {
        "dust": (made("dust"), emitted("co2", 1.0)),
        "widget": (made("widget"), used("dust", 1e-39, lognormal(1e-39, 1.1)), emitted("co2", 1.0)),
    }
    database = inventory("specks", processes)
    study = Study.of(database, "widget")
    with pytest.raises(SolveError, match="processes: widget") as caught:
        simulate(study)
    assert "single precision" in str(caught.value)
