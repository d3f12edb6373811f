"""The range that rules leave open: every combination equals its own evaluation; ranges, effects and variance
by hand; data by rules."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from carbonlab.compare.data_lanes import explore_data_and_rules
from carbonlab.compare.rule_range import split_data_and_rules, summarize_space
from carbonlab.compare.rule_space import explore_rules
from carbonlab.compare.sobol_split import estimate_data_and_rules
from carbonlab.errors import RefusedError, RuleError, StudyError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Distribution, Exchange, Flow, FlowProperty, UnitProcess
from carbonlab.results.calculate import calculate
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.sobol import sobol_indices
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import DistributionKind, FlowKind
from tests.compare.systems import TWO_MILLS, baseline, excluding, mill, study_of
from tests.tiny import GASES, tiny_database

CHOICES = {
    "boundary": ["as_modelled", "no_capital_goods"],
    "multifunctionality": ["default_chain", "price", "reference_flow"],
    "characterization": ["gwp100_ar6", "gtp100_ar6"],
}


def test_every_combination_equals_its_own_evaluation() -> None:
    study = read_study(study_path("teaching"))
    space = explore_rules(study, "default", CHOICES, all_products=True)
    assert space.attrs["rule_sets"] == 12 and (space["reason"] == "").all()
    for combination in product(*CHOICES.values()):
        options = dict(zip(CHOICES, combination, strict=True))
        rules = load_rule_set("default").replace(**options)
        alone = calculate(study, rules)
        np.testing.assert_allclose(space["total"].sel(options), alone["total"].isel(rule_set=0), rtol=1e-12)
        system = build_product_system(study.databases, rules, foreground=study.foreground)
        np.testing.assert_array_equal(space["intensity"].sel(options), evaluate_system(system).intensity())


def test_range_effects_and_variance_by_hand() -> None:
    """1 kg of lumber, 0.1 or 0.15 of the mill: 3.18 and 4.77 under AR6, 2.7 and 4.05 under AR4.

    Mean 3.675; means by key 2.94 and 4.41, by vintage 3.975 and 3.375. Variance (0.495² + 1.095² + 0.975² +
    0.375²)/4 = 0.633825, of the means by key 0.735² = 0.540225, by vintage 0.3² = 0.09; the rest, 0.0036, is
    what they do together.
    """
    study = study_of(mill(), ("mill", "lumber", 1.0), ("nail_works", "nail", 1.0))
    space = explore_rules(
        study,
        baseline(),
        {"characterization": ["gwp100_ar6", "gwp100_ar4"], "multifunctionality": ["mass", "price"]},
    )
    found = summarize_space(space)
    lumber = found.sel(product="lumber")
    assert [lumber[name].item() for name in ("low", "high", "range", "mean")] == pytest.approx(
        [2.7, 4.77, 2.07, 3.675]
    )
    assert lumber["low_at"].values.tolist() == ["mass", "gwp100_ar4"]
    assert lumber["high_at"].values.tolist() == ["price", "gwp100_ar6"]
    effect = lumber["option_effect"]
    assert effect.sel(option="multifunctionality=price").item() == pytest.approx(0.735)
    assert effect.sel(option="characterization=gwp100_ar4").item() == pytest.approx(-0.3)
    assert lumber["main"].values.tolist() == pytest.approx([0.540225 / 0.633825, 0.09 / 0.633825])
    assert lumber["total_effect"].values.tolist() == pytest.approx([0.543825 / 0.633825, 0.0936 / 0.633825])
    nail = found.sel(product="nail")
    assert nail["range"].item() == 0.0 and np.isnan(nail["main"]).all()


def test_salib_agrees_with_the_exact_split() -> None:
    study = study_of(mill(), ("mill", "lumber", 1.0))
    space = explore_rules(study, "default", CHOICES)
    exact = summarize_space(space).isel(product=0)
    table = space["total"].isel(product=0).values
    levels = dict(zip(space.attrs["slots"], table.shape, strict=True))
    found = sobol_indices(levels, lambda at: table[tuple(at.T)], samples=4096, seed=0)
    np.testing.assert_allclose(found.main, exact["main"], atol=0.02)
    np.testing.assert_allclose(found.total, exact["total_effect"], atol=0.02)


def test_an_option_without_a_number_is_left_out_and_named() -> None:
    study = study_of(mill(), ("mill", "lumber", 1.0))
    space = explore_rules(
        study,
        baseline(),
        {"multifunctionality": ["mass", "energy", "price"], "characterization": ["gwp100_ar6", "gwp100_ar4"]},
    )
    found = summarize_space(space).isel(product=0)
    left_out = found["option"].values[found["is_left_out"].values].tolist()
    assert left_out == ["multifunctionality=energy"] and found["combinations"].item() == 4
    assert np.isnan(found["option_effect"].sel(option="multifunctionality=energy"))
    assert found["mean"].item() == pytest.approx(3.675) and found["main"].values[0] == pytest.approx(
        0.540225 / 0.633825
    )


def test_a_combination_that_cannot_be_computed_says_why() -> None:
    study = study_of(tiny_database(TWO_MILLS), ("mill", "board", 1.0))
    space = explore_rules(
        study,
        "default",
        {
            "linking": ["equal_split", "refuse"],
            "boundary": {"all": "as_modelled", "no logs": excluding("boundary", flow="log")},
        },
    )
    assert "2 producers" in space["reason"].sel(boundary="all", linking="refuse").item()
    assert space["total"].sel(boundary="no logs", linking="refuse").item() == pytest.approx(5.0)
    assert np.isnan(summarize_space(space)["main"]).all()


def test_labels_and_slots_are_checked() -> None:
    study = study_of(mill(), ("mill", "lumber", 1.0))
    with pytest.raises(RuleError, match="no rule slot 'color'"):
        explore_rules(study, "default", {"color": ["red"]})
    with pytest.raises(RuleError, match="has no option 'massive'"):
        explore_rules(study, "default", {"multifunctionality": ["massive"]})
    twice = Rule("multifunctionality", (Line("mass"),))
    with pytest.raises(RuleError, match="same label"):
        explore_rules(study, "default", {"multifunctionality": [twice, twice]})


# -- data by rules ------------------------------------------------------------------------------------


def uncertain_mill(methane: Distribution | None, *, price: Distribution | None = None) -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name="uncertain"))
    builder.flows += [
        Flow(id="lumber", name="lumber", kind=FlowKind.PRODUCT, unit="kg"),
        Flow(id="chips", name="chips", kind=FlowKind.PRODUCT, unit="kg"),
        GASES["ch4"],
    ]
    out = {"lumber": 6.0, "chips": 4.0}
    exchanges = [
        Exchange(flow=f, is_input=False, amount=a, is_reference=f == "lumber") for f, a in out.items()
    ]
    exchanges.append(Exchange(flow="ch4", is_input=False, amount=1.0, distribution=methane, id="methane"))
    builder.processes.append(UnitProcess(id="mill", name="mill", exchanges=tuple(exchanges)))
    builder.properties += [
        FlowProperty(flow="lumber", name="price", value=3.0, unit="USD", distribution=price),
        FlowProperty(flow="chips", name="price", value=0.5, unit="USD"),
    ]
    return builder.build()


DATA_CHOICES = {"multifunctionality": ["mass", "price"], "characterization": ["gwp100_ar6", "gwp100_ar4"]}


def test_given_amounts_enter_every_lane() -> None:
    """h = a · g · m for m kg of methane: exactly linear in the draw, under every rule."""
    database = uncertain_mill(None)
    study = study_of(database, ("mill", "lumber", 1.0))
    amounts = np.tile(database.column("exchanges", "amount"), (3, 1))
    amounts[:, database.column("exchanges", "id") == "methane"] = [[1.0], [2.0], [5.0]]
    found = explore_data_and_rules(study, baseline(), DATA_CHOICES, amounts=amounts)
    total = found["total"].isel(product=0)
    assert total.sel(
        multifunctionality="price", characterization="gwp100_ar4"
    ).values.tolist() == pytest.approx([0.15 * 25 * m for m in (1, 2, 5)])
    assert found.attrs["failed_lanes"] == 0 and found.attrs["exchanges_that_vary"] == 1


def test_shares_follow_the_draws() -> None:
    """Price shares are recomputed: with 12 kg of lumber instead of 6 it carries 36/38, spread over 12 kg."""
    database = uncertain_mill(None)
    amounts = np.tile(database.column("exchanges", "amount"), (2, 1))
    lumber = database.column("exchanges", "flow") == database.flow_row("lumber")
    amounts[1, lumber] = 12.0
    found = explore_data_and_rules(
        study_of(database, ("mill", "lumber", 1.0)), baseline(), DATA_CHOICES, amounts=amounts
    )
    total = found["total"].isel(product=0).sel(multifunctionality="price", characterization="gwp100_ar6")
    assert total.values.tolist() == pytest.approx([29.8 * 0.9 / 6, 29.8 * 36 / 38 / 12])


def test_data_rules_and_both_sum_to_one() -> None:
    spread = Distribution(kind=DistributionKind.LOGNORMAL, loc=1.0, scale=1.5)
    study = study_of(uncertain_mill(spread), ("mill", "lumber", 1.0))
    design = explore_data_and_rules(study, baseline(), DATA_CHOICES, draws=64, seed=0)
    again = explore_data_and_rules(study, baseline(), DATA_CHOICES, draws=64, seed=0)
    np.testing.assert_array_equal(design["total"], again["total"])
    split = split_data_and_rules(design, seed=0).isel(product=0)
    assert split["share"].sum().item() == pytest.approx(1.0)
    # h = r m: with v = Var(m) / E(m)² and u = Var(r) / E(r)² the parts are as v : u : u v
    m = np.exp(np.log(1.5) ** 2) - 1
    u = np.var([0.1 * 29.8, 0.15 * 29.8, 2.5, 3.75]) / np.mean([2.98, 4.47, 2.5, 3.75]) ** 2
    expected = np.array([m, u, m * u]) / (m + u + m * u)
    low, high = split["interval"].values.T
    assert ((low <= expected) & (expected <= high)).all(), (low, expected, high)
    estimated = estimate_data_and_rules(design, seed=0).isel(product=0)
    # SALib looks at the draws as they are, uncorrected for being few: the shares are near, not equal
    np.testing.assert_allclose(estimated["share"], split["share"], atol=0.05)
    assert split["factor"].values.tolist() == ["data", "multifunctionality", "characterization"]


def test_data_without_a_spread_are_not_called_certain() -> None:
    study = study_of(uncertain_mill(None), ("mill", "lumber", 1.0))
    with pytest.raises(RefusedError, match="states a spread that numbers can be drawn from"):
        explore_data_and_rules(study, baseline(), DATA_CHOICES)
    with pytest.raises(StudyError, match="one amount for each of the 3 exchanges"):
        explore_data_and_rules(study, baseline(), DATA_CHOICES, amounts=np.ones((2, 7)))


def test_spreads_of_prices_reach_the_shares() -> None:
    """Only the price of lumber is uncertain: under price its share p · 6 / (p · 6 + 0.5 · 4) varies, by mass nothing
    does.
    """
    spread = Distribution(kind=DistributionKind.LOGNORMAL, loc=3.0, scale=1.5)
    study = study_of(uncertain_mill(None, price=spread), ("mill", "lumber", 1.0))
    found = explore_data_and_rules(study, baseline(), DATA_CHOICES, draws=16)
    total = found["total"].isel(product=0).sel(characterization="gwp100_ar6")
    assert found.attrs["exchanges_that_vary"] == 0 and found.attrs["lognormal_keeps"] == "median"
    np.testing.assert_allclose(total.sel(multifunctionality="mass"), 29.8 / 10)
    inputs = inputs_of(study.databases[0], SamplingPlan(draws=16))
    price = inputs.draw(np.arange(16))[0].astype(float)
    np.testing.assert_allclose(
        total.sel(multifunctionality="price"), 29.8 / 6 * price * 6 / (price * 6 + 0.5 * 4), rtol=1e-12
    )
