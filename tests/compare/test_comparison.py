"""Rule sets side by side: differences and their parts, components apart, ranks, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carbonlab.compare.comparison import check_comparison, compare, compare_evaluations, rank_reversals
from carbonlab.compare.ranks import list_reversals, rank_agreement, ranks
from carbonlab.errors import RefusedError, ResultError, StudyError
from carbonlab.monte_carlo import simulate
from carbonlab.results.calculate import calculate
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import SharedStages, build_inventory, build_product_system
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import Component
from tests.compare.systems import baseline, mill, study_of
from tests.monte_carlo.spread_systems import loop_study


@pytest.fixture(scope="module")
def products() -> Study:
    return study_of(mill(), ("mill", "lumber", 1.0), ("nail_works", "nail", 1.2), ("mill", "chips", 1.0))


def test_results_and_differences_by_hand(products: Study) -> None:
    """Lumber 3.18 by mass, 0.15 · 31.8 = 4.77 by price; chips 3.18 and 0.025 · 31.8 = 0.795; nails 3.6 either
    way."""
    found = compare(products, [baseline(), baseline().replace(multifunctionality="price")])
    total = found["total"].transpose("rule_set", "product").values
    np.testing.assert_allclose(total, [[3.18, 3.6, 3.18], [4.77, 3.6, 0.795]], atol=1e-12)
    np.testing.assert_allclose(found["difference"].values[1], [1.59, 0.0, -2.385], atol=1e-12)
    np.testing.assert_allclose(found["relative_difference"].values[1], [0.5, 0.0, -0.75], atol=1e-12)
    lumber = found.isel(rule_set=1).sel(product="lumber")
    by_gas = lumber["counted_difference"].sum(("stage", "year", "component"))
    assert by_gas.sel(gas="CH4").item() == pytest.approx(0.05 * 29.8, abs=1e-12)
    by_stage = lumber["counted_difference"].sum(("gas", "year", "component"))
    assert by_stage.sel(stage="raw_material_acquisition").item() == pytest.approx(0.1, abs=1e-12)
    assert lumber["process_difference"].sel(process="machine_works").item() == pytest.approx(0.1, abs=1e-12)


def test_order_of_the_products(products: Study) -> None:
    found = compare(products, [baseline(), baseline().replace(multifunctionality="price")])
    np.testing.assert_array_equal(found["rank"].values, [[1.5, 3.0, 1.5], [3.0, 2.0, 1.0]])
    assert found["rank_reversals"].values.tolist() == [[0, 1], [1, 0]]
    (reversal,) = rank_reversals(found)
    assert (reversal.first, reversal.second) == ("lumber", "nail")
    # τ-b of (1.5, 3, 1.5) and (3, 2, 1): one pair agrees, one disagrees, one is tied
    assert found["kendall_tau"].values[0, 1] == pytest.approx(0.0, abs=1e-12)
    assert found["ranked_products"].values[0, 1] == 3


def test_components_apart_are_kept_out_of_the_difference(products: Study) -> None:
    """What is reported apart is no part of the difference, and its own difference is shown."""
    default = load_rule_set("default")
    keys = [
        default,
        replace(default, key="apart"),
        replace(default.replace(characterization="gwp100_ar4"), key="apart_ar4"),
    ]
    study = products.with_rule_sets(*keys)
    plain = evaluate_system(build_product_system(study.databases, default))

    def fossil_apart(number: int) -> Evaluation:
        system = build_product_system(study.databases, keys[number])
        work = replace(system.work, apart=frozenset({Component.FOSSIL}))
        return evaluate_system(replace(system, work=work))

    found = compare_evaluations(study, [plain, fossil_apart(1), fossil_apart(2)], baseline="default")
    lumber = found.sel(product="lumber")
    assert lumber["total"].values.tolist() == pytest.approx([3.18, 0.0, 0.0], abs=1e-12)
    assert lumber["difference"].values.tolist() == pytest.approx([0.0, -3.18, -3.18], abs=1e-12)
    fossil = lumber["apart"].sel(component="fossil").values.tolist()
    assert fossil == pytest.approx([0.0, 3.18, 2.7], abs=1e-12)
    assert lumber["apart_difference"].sel(component="fossil").values[2] == pytest.approx(2.7, abs=1e-12)


def test_one_side_and_equal_keys_are_refused(products: Study) -> None:
    with pytest.raises(StudyError, match="only the rule set 'default'"):
        compare(products)
    default = load_rule_set("default")
    other = replace(default.replace(multifunctionality="price"), key="default")
    with pytest.raises(StudyError, match="both have the key 'default'"):
        compare(products, [other], baseline=default)
    with pytest.raises(StudyError, match="same key"):
        compare(products, [default, other])


def test_a_baseline_that_is_not_among_the_sets_comes_first(products: Study) -> None:
    price = baseline().replace(multifunctionality="price")
    found = compare(products, [price], baseline=baseline())
    assert (
        found["rule_set"].values.tolist() == [baseline().key, price.key]
        and found.attrs["baseline"] == baseline().key
    )


def test_a_changed_comparison_is_found_out(products: Study) -> None:
    found = compare(products, [baseline(), baseline().replace(multifunctionality="price")])
    found["process_difference"] = found["process_difference"] + 1.0
    with pytest.raises(ResultError, match="'process_difference' do not sum"):
        check_comparison(found)


def test_shared_work_changes_no_bit() -> None:
    """The stages of many rule sets in any order give what each gives alone."""
    study = read_study(study_path("teaching"))
    default = load_rule_set("default")
    sets = [
        default.replace(boundary=b, multifunctionality=m, characterization=c)
        for c in ("gwp100_ar6", "gwp20_ar5")
        for b in ("no_capital_goods", "as_modelled")
        for m in ("price", "default_chain")
    ]
    stages = SharedStages(build_inventory(study.databases, foreground=study.foreground))
    for rules in sets:
        shared = stages.build(rules)
        alone = build_product_system(study.databases, rules, foreground=study.foreground)
        assert shared.structure_digest == alone.structure_digest
        np.testing.assert_array_equal(shared.matrices.A.data, alone.matrices.A.data)
        np.testing.assert_array_equal(shared.matrices.B.data, alone.matrices.B.data)
        # by their texts: an amount that is not stated is NaN, which equals nothing
        assert [*map(repr, shared.work.findings)] == [*map(repr, alone.work.findings)]
        assert shared.work.caught == alone.work.caught
    together = compare(study, sets)
    for rules in sets:
        one = calculate(study, rules)
        np.testing.assert_array_equal(
            together["total"].sel(rule_set=rules.key), one["total"].isel(rule_set=0)
        )


@given(arrays(float, (3, 5), elements=st.floats(-10, 10) | st.just(float("nan"))))
def test_rank_agreement_laws(totals: np.ndarray) -> None:
    found = rank_agreement(totals)
    np.testing.assert_array_equal(found.reversals, found.reversals.T)
    assert (np.diag(found.reversals) == 0).all()
    both = np.isfinite(totals[0]) & np.isfinite(totals[1])
    assert found.compared[0, 1] == both.sum()
    listed = list_reversals(totals, ["a", "b", "c"], list("vwxyz"))
    assert len(listed) == found.reversals[np.triu_indices(3, 1)].sum()
    own = np.diag(found.kendall)
    assert all(np.isnan(value) or value == pytest.approx(1.0) for value in own)
    np.testing.assert_array_equal(np.isnan(ranks(totals)), np.isnan(totals))


def test_draws_tell_how_sure_a_difference_is() -> None:
    gwp20 = baseline().replace(characterization="gwp20_ar6")
    study = loop_study(None, gwp20)
    found = compare(study, [gwp20, baseline()], baseline=baseline(), draws=128)
    alone = simulate(study, rule_sets=[baseline(), gwp20], draws=128)
    own = {"rule_set": gwp20.key}
    np.testing.assert_array_equal(found["drawn_difference"].sel(own), alone["difference_mean"].sel(own))
    np.testing.assert_array_equal(found["drawn_quantiles"].sel(own), alone["quantiles"].sel(own))
    assert (found["probability_higher"].sel(own).sel(other_rule_set=baseline().key) == 1.0).all()
    assert found["rule_set"].values.tolist() == [gwp20.key, baseline().key]
    assert found.attrs["draws"] == 128
    assert found["drawn_difference"].attrs["units"] == "kg CO2e"
    check_comparison(found)
    without = compare(study, [gwp20, baseline()], baseline=baseline())
    np.testing.assert_array_equal(found["total"], without["total"])
    assert "drawn_difference" not in without


def test_draws_of_certain_data_are_refused(products: Study) -> None:
    sets = [baseline(), baseline().replace(multifunctionality="price")]
    with pytest.raises(RefusedError, match="states a spread"):
        compare(products, sets, draws=64)
