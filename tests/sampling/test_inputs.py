"""What is drawn of an inventory: shapes, identities, conventions, counts, designs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from carbonlab.errors import InventoryError, RefusedError, StudyError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import (
    DatabaseMeta,
    Distribution,
    Exchange,
    Flow,
    FlowProperty,
    Parameter,
    StatedFactor,
    UnitProcess,
)
from carbonlab.sampling.inputs import Inputs, inputs_of
from carbonlab.sampling.pedigree import geometric_deviation
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.vocabulary import FlowKind
from tests.sampling.spread_database import KINDS, SPREADS, spread_database
from tests.sampling.test_distributions import LAWS, shapes_of

GOOD = [name for name in SPREADS if name != "broken"]


def drawn(database: Database, plan: SamplingPlan, lanes: np.ndarray) -> dict[str, np.ndarray]:
    inputs = inputs_of(database, plan)
    names = [label.rpartition("|")[2] for label in inputs.label]
    return dict(zip(names, inputs.draw(lanes).astype(float), strict=True))


def test_draws_follow_the_stated_spreads() -> None:
    plan = SamplingPlan()
    inputs = inputs_of(spread_database(*SPREADS), plan)
    assert inputs.left_out == {"no usable spread": 1}
    found = drawn(spread_database(*SPREADS), plan, np.arange(20_000))
    assert set(found) == set(GOOD)
    for name, law in LAWS.items():
        assert stats.kstest(found[name], law.cdf).pvalue > 1e-3, name
    assert (found["negative"] < 0).all()
    assert stats.kstest(-found["negative"], LAWS["lognormal"].cdf).pvalue > 1e-3
    for name in GOOD:
        shapes = shapes_of(SPREADS[name])
        error = np.sqrt(shapes.variance()[0] / 20_000)
        assert abs(found[name].mean() - shapes.mean()[0]) < 4.5 * error, name
        assert found[name].var() == pytest.approx(shapes.variance()[0], rel=0.06), name
    for value, share in ((1.0, 0.2), (2.0, 0.5), (4.0, 0.3)):
        assert np.isclose(found["discrete"], value).mean() == pytest.approx(share, abs=0.015)


@pytest.mark.parametrize("keeps", ["median", "mean"])
def test_what_a_lognormal_keeps(keeps: str) -> None:
    """σ = ln 2: a median of 10 goes with a mean of 10 exp(σ²/2) = 12.72, a mean of 10 with a median of 7.86."""
    builder = DatabaseBuilder(DatabaseMeta(name="one"))
    builder.flows.append(Flow(id="p", name="p", kind=FlowKind.PRODUCT, unit="kg"))
    spread = Distribution(kind=KINDS.LOGNORMAL, loc=9.0, scale=2.0)  # published beside an amount of 10
    used = Exchange(flow="p", is_input=True, amount=10.0, distribution=spread, id="x")
    made = Exchange(flow="p", is_input=False, amount=1.0, is_reference=True)
    builder.processes.append(UnitProcess(id="a", name="a", exchanges=(made, used)))
    inputs = inputs_of(builder.build(), SamplingPlan(lognormal_keeps=keeps))
    values = inputs.draw(np.arange(200_000))[0].astype(float)
    factor = np.exp(np.log(2.0) ** 2 / 2)
    median, mean = (10.0, 10.0 * factor) if keeps == "median" else (10.0 / factor, 10.0)
    assert np.median(values) == pytest.approx(median, rel=0.008)
    assert values.mean() == pytest.approx(mean, rel=0.01)
    assert inputs.recentered == 1


@pytest.mark.parametrize("name", GOOD)
def test_a_stream_belongs_to_its_exchange(name: str) -> None:
    """Other exchanges, processes, draws, their order and their number change nothing in it."""
    lanes = np.array([7, 0, 3, 12])
    alone = drawn(spread_database(name), SamplingPlan(seed=4), lanes)[name]
    among = drawn(spread_database(*reversed(GOOD), more=3), SamplingPlan(seed=4, draws=9), np.arange(20))[
        name
    ]
    np.testing.assert_array_equal(alone, among[lanes])
    other = drawn(spread_database(name), SamplingPlan(seed=5), lanes)[name]
    assert (alone != other).any()


def test_exchanges_of_one_name_in_two_processes_are_independent() -> None:
    inputs = inputs_of(spread_database("normal", more=30), SamplingPlan())
    z = inputs.draw(np.arange(3000)).astype(float)
    found = np.corrcoef(z)[np.triu_indices(31, 1)] * np.sqrt(3000)
    assert abs(found).max() < 4.5 and stats.kstest(found, "norm").pvalue > 1e-3


def everything() -> Database:
    """Return a database whose exchange, parameter, property and factor have all the same spread and name."""
    spread = Distribution(kind=KINDS.NORMAL, loc=2.0, scale=0.1)
    builder = DatabaseBuilder(DatabaseMeta(name="all"))
    builder.flows.append(Flow(id="x", name="x", kind=FlowKind.PRODUCT, unit="kg"))
    made = Exchange(flow="x", is_input=False, amount=2.0, is_reference=True, id="x", distribution=spread)
    builder.processes.append(UnitProcess(id="x", name="x", exchanges=(made,)))
    builder.parameters.append(Parameter(name="x", amount=2.0, process="x", distribution=spread))
    builder.parameters.append(Parameter(name="y", formula="2 * x", process="x", distribution=spread))
    builder.properties.append(FlowProperty(flow="x", name="x", value=2.0, unit="EUR", distribution=spread))
    builder.factors.append(StatedFactor(flow="x", metric="x", value=2.0, distribution=spread))
    return builder.build()


def test_one_name_in_four_tables_is_four_inputs() -> None:
    inputs = inputs_of(everything(), SamplingPlan())
    assert inputs.label.tolist() == ["exchanges:x|x", "parameters:x||x", "properties:|x|x", "factors:x|x"]
    assert inputs.left_out == {"parameter that a formula gives": 1}
    found = np.corrcoef(inputs.draw(np.arange(20_000)))[np.triu_indices(4, 1)]
    assert np.abs(found).max() < 4.5 / np.sqrt(20_000)


def test_properties_and_factors_of_nothing_are_counted_as_left_out() -> None:
    """They act as a multiple of the stated value, and nothing has no multiple: not an input that moves nothing."""
    spread = Distribution(kind=KINDS.UNIFORM, minimum=0.0, maximum=2.0)
    builder = DatabaseBuilder(DatabaseMeta(name="nothing"))
    builder.flows.append(Flow(id="x", name="x", kind=FlowKind.PRODUCT, unit="kg"))
    made = Exchange(flow="x", is_input=False, amount=1.0, is_reference=True)
    used = Exchange(flow="x", is_input=True, amount=0.0, id="used", distribution=spread)
    builder.processes.append(UnitProcess(id="x", name="x", exchanges=(made, used)))
    builder.properties.append(FlowProperty(flow="x", name="x", value=0.0, unit="EUR", distribution=spread))
    builder.factors.append(StatedFactor(flow="x", metric="x", value=0.0, distribution=spread))
    inputs = inputs_of(builder.build(), SamplingPlan())
    assert inputs.label.tolist() == ["exchanges:x|used"]
    assert inputs.left_out == {"property or factor with a value of 0": 2}


def test_one_identity_twice_is_refused() -> None:
    database = everything()
    twice = database.with_tables(factors=database.factors.take([0, 0]))
    with pytest.raises(InventoryError, match="two uncertain numbers have the same identity: factors:x"):
        inputs_of(twice, SamplingPlan())


def test_amounts_beyond_single_precision_are_refused() -> None:
    database = spread_database("lognormal")
    for loc, scale in ((1e35, 1.3), (2.0, 1e6)):
        builder = DatabaseBuilder(DatabaseMeta(name="far"))
        builder.flows.append(Flow(id="p", name="p", kind=FlowKind.PRODUCT, unit="kg"))
        spread = Distribution(kind=KINDS.LOGNORMAL, loc=loc, scale=scale)
        made = Exchange(flow="p", is_input=False, amount=loc, is_reference=True, distribution=spread)
        builder.processes.append(UnitProcess(id="a", name="a", exchanges=(made,)))
        with pytest.raises(RefusedError, match="reaches"):
            inputs_of(builder.build(), SamplingPlan())
    assert len(inputs_of(database, SamplingPlan())) == 1


def test_draws_of_another_sign_are_counted_or_clipped() -> None:
    """Uniform between −1 and 3 at an amount of 2: a quarter of the draws is negative."""
    database = spread_database("uniform", "lognormal", "negative")
    lanes = np.arange(4000)
    kept, clipped = (inputs_of(database, SamplingPlan(sign_changes=rule)) for rule in ("keep", "clip"))
    names = [label.rpartition("|")[2] for label in kept.label]
    counts = dict(zip(names, kept.crossings(lanes).tolist(), strict=True))
    assert counts["lognormal"] == counts["negative"] == 0
    assert counts["uniform"] == pytest.approx(1000, abs=4.5 * np.sqrt(750))
    assert counts == dict(zip(names, clipped.crossings(lanes).tolist(), strict=True))
    before, after = (inputs.draw(lanes)[names.index("uniform")] for inputs in (kept, clipped))
    assert (before < 0).sum() == counts["uniform"] and (after[before < 0] == 0).all()
    np.testing.assert_array_equal(after[before >= 0], before[before >= 0])
    assert [names[i] for i in kept.may_cross] == ["uniform"]


@pytest.mark.parametrize("kind", ["sobol", "latin_hypercube"])
def test_designs_are_even_in_every_input(kind: str) -> None:
    database = spread_database(*SPREADS)
    labels = tuple(sorted(inputs_of(database, SamplingPlan()).label))
    plan = SamplingPlan(kind=kind, draws=256, inputs=labels)
    inputs = inputs_of(database, plan)
    assert tuple(inputs.label) == labels
    values = inputs.draw(np.arange(256))
    for i, label in enumerate(labels):
        name = label.rpartition("|")[2]
        if name in LAWS:  # one draw in each of 256 parts of equal probability
            parts = np.floor(LAWS[name].cdf(values[i].astype(float)) * 256 + 1e-4).astype(int)
            assert len(np.unique(parts)) > 250, name
        assert values[i].mean() == pytest.approx(shapes_of(SPREADS[name]).mean()[0], rel=0.02)
    some = inputs.draw(np.array([3, 200]))
    np.testing.assert_array_equal(some, values[:, [3, 200]])
    with pytest.raises(RefusedError, match="draw 256 is not in a design of 256 draws"):
        inputs.draw(np.array([256]))
    again: Inputs = inputs_of(database, plan.replace(seed=1))
    assert (again.draw(np.arange(8)) != values[:, :8]).any()


def test_a_design_needs_its_inputs() -> None:
    with pytest.raises(StudyError, match="names no inputs"):
        inputs_of(spread_database("normal"), SamplingPlan(kind="sobol", draws=4)).draw(np.arange(4))
    plan = SamplingPlan(kind="sobol", draws=4, inputs=("exchanges:a|gone",))
    with pytest.raises(StudyError, match="lists an input that is not there, or has no spread: exchanges:a"):
        inputs_of(spread_database("normal"), plan)


@pytest.mark.parametrize("deviation", [None, 0.2])
def test_scores_of_a_formula_do_not_hide_the_spread_of_its_parameters(deviation: float | None) -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="scores"))
    builder.flows.append(Flow(id="p", name="p", kind=FlowKind.PRODUCT, unit="kg"))
    made = Exchange(flow="p", is_input=False, amount=1.0, is_reference=True)
    used = Exchange(
        flow="p", is_input=True, amount=0.5, formula="half", pedigree="(2;3;2;1;1)", id="computed"
    )
    builder.processes.append(UnitProcess(id="a", name="a", exchanges=(made, used)))
    spread = None if deviation is None else Distribution(kind=KINDS.NORMAL, loc=1.0, scale=deviation)
    builder.parameters += [
        Parameter(name="x", amount=1.0, distribution=spread),
        Parameter(name="half", formula="x / 2"),
    ]
    inputs = inputs_of(builder.build(), SamplingPlan())
    if spread is None:
        assert (inputs.label.tolist(), inputs.left_out) == (["exchanges:a|computed"], {})
    else:
        assert inputs.label.tolist() == ["parameters:||x"]
        assert inputs.left_out == {"pedigree scores of a formula whose parameters are drawn": 1}


def test_pedigree_scores_give_a_spread_where_none_is_stated() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="scores"))
    builder.flows.append(Flow(id="p", name="p", kind=FlowKind.PRODUCT, unit="kg"))
    scores = {"scored": "(2;3;2;1;1)", "unreadable": "good", "plain": ""}
    used = [Exchange(flow="p", is_input=True, amount=3.0, pedigree=s, id=i) for i, s in scores.items()]
    made = Exchange(flow="p", is_input=False, amount=1.0, is_reference=True)
    builder.processes.append(UnitProcess(id="a", name="a", exchanges=(made, *used)))
    database = builder.build()
    assert len(inputs_of(database, SamplingPlan(pedigree=""))) == 0
    inputs = inputs_of(database, SamplingPlan(pedigree="ecoinvent_2", basic_uncertainty=1.5))
    assert inputs.label.tolist() == ["exchanges:a|scored"]
    assert inputs.left_out == {"pedigree scores that cannot be read": 1}
    deviation = geometric_deviation("(2;3;2;1;1)", factors="ecoinvent_2", basic=1.5)
    z = np.log(inputs.draw(np.arange(20_000))[0] / 3.0) / np.log(deviation)
    assert stats.kstest(z.astype(float), "norm").pvalue > 1e-3
