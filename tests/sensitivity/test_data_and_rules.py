"""Data beside rules: a crossed design of lanes against closed forms, and what is not computed."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.errors import RefusedError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Distribution, Exchange, Flow, FlowProperty, UnitProcess
from carbonlab.monte_carlo import simulate
from carbonlab.results.store import load_result, save_result
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.variance import split_with_draws
from carbonlab.vocabulary import DistributionKind, FlowKind
from tests.compare.systems import baseline, study_of
from tests.sensitivity.systems import chain_study
from tests.tiny import GASES


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


def test_every_draw_is_exactly_linear_in_a_discrete_input() -> None:
    """h = share · factor · m for m kg of methane, 1, 2 or 5 of them."""
    spread = Distribution(kind=DistributionKind.DISCRETE, points="1:0.4; 2:0.3; 5:0.3")
    study = study_of(uncertain_mill(spread), ("mill", "lumber", 1.0))
    found = data_and_rules(study, DATA_CHOICES, base=baseline(), draws=32)
    m = inputs_of(study.databases[0], SamplingPlan()).draw(np.arange(32))[0]
    assert set(m.tolist()) == {1.0, 2.0, 5.0}
    for options, slope in {
        ("price", "gwp100_ar4"): 0.15 * 25,
        ("price", "gwp100_ar6"): 0.15 * 29.8,
        ("mass", "gwp100_ar4"): 0.1 * 25,
    }.items():
        at = dict(zip(("multifunctionality", "characterization"), options, strict=True))
        np.testing.assert_allclose(found["total"].sel(at).isel(product=0), slope * m, rtol=1e-7)
    assert found.attrs["failed_lanes"] == 0 and found.attrs["rule_sets"] == 4


def test_shares_of_data_and_of_every_slot(tmp_path) -> None:
    """h = a · g · m, independent: with squared coefficients of variation the whole is Π (1 + v) − 1."""
    spread = Distribution(kind=DistributionKind.LOGNORMAL, loc=1.0, scale=1.5)
    study = study_of(uncertain_mill(spread), ("mill", "lumber", 1.0))
    found = data_and_rules(study, DATA_CHOICES, base=baseline(), draws=512, seed=3)
    again = data_and_rules(study, DATA_CHOICES, base=baseline(), draws=512, seed=3)
    np.testing.assert_array_equal(found["total"], again["total"])
    m = np.exp(np.log(1.5) ** 2) - 1
    a, g = (np.var(x) / np.mean(x) ** 2 for x in ([0.1, 0.15], [29.8, 25.0]))
    whole = (1 + m) * (1 + a) * (1 + g) - 1
    rules = (1 + a) * (1 + g) - 1
    expected = np.array([m, a, g, a * g, m * rules]) / whole
    one = found.isel(product=0)
    assert one["effect"].values.tolist() == [
        "data", "multifunctionality", "characterization", "rules with each other", "data with rules"
    ]  # fmt: skip
    low, high = one["interval"].values.T
    assert ((low <= expected + 1e-3) & (expected <= high + 1e-3)).all(), (low, expected, high)
    np.testing.assert_allclose(one["share"], expected, atol=0.06)
    np.testing.assert_allclose(one["share"].sum(), 1.0)
    assert one["total_effect"].sel(factor="data").item() == pytest.approx(m * (1 + rules) / whole, abs=0.06)
    save_result(found, tmp_path / "split.nc")
    assert load_result(tmp_path / "split.nc").attrs["kind"] == "data_and_rules"
    coarse = split_with_draws(one["total"].values)
    assert coarse.shares[0] == pytest.approx(one["share"].sel(effect="data").item(), abs=1e-3)
    estimated = global_sensitivity(
        study, rule_set=baseline(), slots=DATA_CHOICES, groups="data_and_rules", samples=1024
    )
    main = estimated["index"].sel(measure="main")
    np.testing.assert_allclose(main.values, [m / whole, rules / whole], atol=0.04)


def test_spreads_of_parameters_reach_the_draws() -> None:
    """Board needs 4 rate² + waste of power: under both options the draws of the parameters move it."""
    study = chain_study()
    choices = {"characterization": ["gwp100_ar6", "gwp20_ar6"]}
    found = data_and_rules(study, choices, draws=8)
    assert found.attrs["uncertain_inputs"] == 10
    drawn = simulate(study, draws=8)
    mean = found["total"].sel(characterization="gwp100_ar6").mean("draw").item()
    assert mean == pytest.approx(drawn["mean"].item(), rel=1e-9)


def test_data_without_a_spread_are_not_called_certain() -> None:
    study = study_of(uncertain_mill(None), ("mill", "lumber", 1.0))
    with pytest.raises(RefusedError, match="states a spread that numbers can be drawn from"):
        data_and_rules(study, DATA_CHOICES, base=baseline())
    with pytest.raises(RefusedError, match="too large a design"):
        data_and_rules(study, DATA_CHOICES, base=baseline(), draws=2**27)


def test_spreads_of_prices_reach_the_shares() -> None:
    """Only the price of lumber is uncertain: under price its share p · 6 / (p · 6 + 0.5 · 4) varies, by mass nothing
    does.
    """
    spread = Distribution(kind=DistributionKind.LOGNORMAL, loc=3.0, scale=1.5)
    study = study_of(uncertain_mill(None, price=spread), ("mill", "lumber", 1.0))
    found = data_and_rules(study, DATA_CHOICES, base=baseline(), draws=16)
    total = found["total"].isel(product=0).sel(characterization="gwp100_ar6")
    np.testing.assert_allclose(total.sel(multifunctionality="mass"), 29.8 / 10)
    price = inputs_of(study.databases[0], SamplingPlan()).draw(np.arange(16))[0].astype(float)
    np.testing.assert_allclose(
        total.sel(multifunctionality="price"), 29.8 / 6 * price * 6 / (price * 6 + 0.5 * 4), rtol=1e-7
    )


def test_a_product_without_a_number_has_no_shares() -> None:
    spread = Distribution(kind=DistributionKind.LOGNORMAL, loc=1.0, scale=1.5)
    study = study_of(uncertain_mill(spread), ("mill", "lumber", 1.0))
    found = data_and_rules(study, {"multifunctionality": ["mass", "energy"]}, base=baseline(), draws=8)
    assert np.isnan(found["share"]).all() and np.isnan(found["total"].sel(multifunctionality="energy")).all()
