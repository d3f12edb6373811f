"""The range that rules leave open: every combination equals its own evaluation; ranges, effects and variance
by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from carbonlab.compare.rule_range import summarize_space
from carbonlab.compare.rule_space import explore_rules
from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.sensitivity.estimators import Factors, levels_of, sobol_indices
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.compare.systems import TWO_MILLS, baseline, excluding, mill, study_of
from tests.tiny import tiny_database

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

    def look_up(points: np.ndarray) -> np.ndarray:
        return table[tuple(levels_of(points[:, axis], size) for axis, size in enumerate(table.shape))]

    found = sobol_indices(Factors(tuple(space.attrs["slots"])), look_up, samples=4096, seed=0)
    np.testing.assert_allclose(found.of("main"), exact["main"], atol=0.02)
    np.testing.assert_allclose(found.of("total"), exact["total_effect"], atol=0.02)


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
