"""Values of lanes against the matrices of the drawn amounts; the same whatever else is drawn beside them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats

from carbonlab.errors import StudyError
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
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.solve import Direction, reaches
from carbonlab.system.lane_values import LaneValues
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import DistributionKind, FlowKind
from tests.tiny import GASES

KINDS = DistributionKind


def spread(amount: float, deviation: float = 1.2) -> Distribution:
    return Distribution(kind=KINDS.LOGNORMAL, loc=amount, scale=deviation)


def sawmill(*, others: int = 0) -> Database:
    """Return a mill with two products, a power plant that takes lumber, and a truck ruled by parameters.

    Spreads: exchanges of five shapes, a parameter of two formulas, a price, a stated factor.
    """
    builder = DatabaseBuilder(DatabaseMeta(name="sawmill"))
    builder.flows += [GASES[gas] for gas in ("co2", "ch4", "so2")]
    for name in ("lumber", "chips", "power", "trip", "idle", *(f"other_{i}" for i in range(others))):
        builder.flows.append(Flow(id=name, name=name, kind=FlowKind.PRODUCT, unit="kg"))
    for i in range(others):
        made = Exchange(flow=f"other_{i}", is_input=False, amount=1.0, is_reference=True)
        used = Exchange(flow="power", is_input=True, amount=0.2, distribution=spread(0.2))
        builder.processes.append(UnitProcess(id=f"other_{i}", name=f"other_{i}", exchanges=(made, used)))
    normal = Distribution(kind=KINDS.NORMAL, loc=0.5, scale=0.05)
    flat = Distribution(kind=KINDS.UNIFORM, minimum=0.8, maximum=1.3)
    builder.processes += [
        UnitProcess(
            id="mill",
            name="mill",
            exchanges=(
                Exchange(
                    flow="lumber", is_input=False, amount=6.0, is_reference=True, distribution=spread(6.0)
                ),
                Exchange(flow="chips", is_input=False, amount=4.0),
                Exchange(flow="power", is_input=True, amount=2.0, distribution=spread(2.0)),
                Exchange(flow="trip", is_input=True, amount=10.0, formula="2 * distance", id="haul"),
                Exchange(flow="co2", is_input=False, amount=1.0, distribution=flat, id="burnt"),
                Exchange(flow="so2", is_input=False, amount=1.0, distribution=spread(1.0), id="sulfur"),
            ),
        ),
        UnitProcess(
            id="plant",
            name="plant",
            exchanges=(
                Exchange(flow="power", is_input=False, amount=1.0, is_reference=True),
                Exchange(flow="lumber", is_input=True, amount=0.5, distribution=normal, id="first"),
                Exchange(flow="lumber", is_input=True, amount=0.1, distribution=spread(0.1), id="second"),
                Exchange(flow="trip", is_input=True, amount=-0.3, distribution=spread(-0.3), id="credit"),
                Exchange(flow="ch4", is_input=False, amount=0.01, distribution=spread(0.01, 1.5), id="slip"),
                Exchange(flow="co2", is_input=False, amount=0.3, distribution=spread(0.3), id="stack"),
            ),
        ),
        UnitProcess(
            id="truck",
            name="truck",
            exchanges=(
                Exchange(flow="trip", is_input=False, amount=1.0, is_reference=True),
                Exchange(flow="co2", is_input=False, amount=0.05, formula="distance / 100", id="exhaust"),
                Exchange(flow="idle", is_input=True, amount=2.0, distribution=spread(2.0), id="idling"),
            ),
        ),
        UnitProcess(
            id="idle",
            name="idle",
            exchanges=(Exchange(flow="idle", is_input=False, amount=1.0, is_reference=True),),
        ),
    ]
    builder.parameters.append(Parameter(name="distance", amount=5.0, distribution=spread(5.0, 1.4)))
    builder.properties += [
        FlowProperty(flow="lumber", name="price", value=3.0, unit="EUR", distribution=spread(3.0, 1.3)),
        FlowProperty(flow="chips", name="price", value=0.5, unit="EUR"),
    ]
    builder.factors.append(
        StatedFactor(flow="ch4", metric="GWP100", value=30.0, distribution=spread(30.0, 1.1))
    )
    return builder.build()


def solved(database: Database, basis: str = "price") -> Evaluation:
    rules = load_rule_set("default").replace(multifunctionality=basis)
    return evaluate_system(build_product_system([database], rules))


def weights_of(evaluation: Evaluation) -> sparse.csr_array:
    return sparse.csr_array(evaluation.weights.multiply(evaluation.factors[:, None]))


def filled(values: LaneValues, lanes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    channels = values.weights.shape[0]
    table = np.full((len(values.order), len(lanes)), np.nan, np.float32)
    right = np.full((channels, len(values.system.columns), len(lanes)), np.nan)
    values.fill(np.array(lanes), table, right)
    return table, right


@pytest.fixture(scope="module")
def mill() -> Evaluation:
    return solved(sawmill())


@pytest.mark.parametrize("basis", ["price", "equal", "reference_flow"])
@pytest.mark.parametrize("compiled", [True, False])
def test_lanes_are_the_matrices_of_the_drawn_amounts(basis: str, compiled: bool) -> None:
    evaluation = solved(sawmill(), basis)
    system, weights = evaluation.system, weights_of(evaluation)
    values = LaneValues(system, SamplingPlan(), weights, compiled=compiled)
    values.order = np.random.default_rng(0).permutation(len(values.varying))
    lanes = [0, 1, 2, 3, 4, 5, 6, 7]
    table, right = filled(values, lanes)
    A = system.matrices.A
    for column, lane in enumerate(lanes):
        drawn = values.matrices(lane)
        assert (drawn.A.indptr == A.indptr).all() and (drawn.A.indices == A.indices).all()
        np.testing.assert_array_equal(
            drawn.A.data[values.varying[values.order]].astype(np.float32), table[:, column]
        )
        fixed = np.setdiff1d(np.arange(A.nnz), values.varying)
        np.testing.assert_array_equal(drawn.A.data[fixed], A.data[fixed])
        ratio = values.drawn.factor_ratios(np.array([lane]))[:, 0]
        expected = ((weights * ratio) @ drawn.B).toarray()
        np.testing.assert_allclose(right[:, :, column], expected, rtol=1e-13, atol=0)
    assert (table[:, 1:] != table[:, :1]).all(), "whatever is called varying varies"


def test_shares_of_price_by_hand(mill: Evaluation) -> None:
    """w = (p₁ a₁, p₂ a₂) with drawn price and drawn output; the burdens of the mill are shared by it in that draw."""
    values = LaneValues(mill.system, SamplingPlan(), weights_of(mill))
    amounts, lane = values.amounts(np.array([3]))[:, 0], 3
    ids = mill.system.database.column("exchanges", "id").tolist()
    price = values.inputs.draw(np.array([lane]))[
        values.inputs.label.tolist().index("properties:|lumber|price")
    ]
    lumber, burnt = amounts[ids.index("mill/out/lumber")], amounts[ids.index("burnt")]
    share = price[0] * lumber / (price[0] * lumber + 0.5 * 4.0)
    row = mill.system.intervention_labels.tolist().index("co2")
    B = values.matrices(lane).B
    assert B[row, mill.system.column_of("mill", "lumber")] == pytest.approx(share * burnt, rel=1e-12)
    assert B[row, mill.system.column_of("mill", "chips")] == pytest.approx((1 - share) * burnt, rel=1e-12)


def test_formulas_follow_their_parameters(mill: Evaluation) -> None:
    values = LaneValues(mill.system, SamplingPlan(), weights_of(mill))
    ids = mill.system.database.column("exchanges", "id").tolist()
    amounts = values.amounts(np.arange(50))
    haul, exhaust = amounts[ids.index("haul")], amounts[ids.index("exhaust")]
    np.testing.assert_allclose(haul / 2, exhaust * 100, rtol=1e-12)
    assert haul.std() > 0


@pytest.mark.parametrize("compiled", [True, False])
def test_width_order_and_neighbors_change_nothing(mill: Evaluation, compiled: bool) -> None:
    values = LaneValues(mill.system, SamplingPlan(), weights_of(mill), compiled=compiled)
    whole, right = filled(values, list(range(24)))
    for lanes in (
        [5],
        [2, 3],
        [23, 0, 7],
        list(range(8, 16)),
        list(range(3, 19)),
        [9, 9, 1, 22, 17, 4, 0, 2],
    ):
        table, own = filled(values, lanes)
        np.testing.assert_array_equal(table, whole[:, lanes])
        np.testing.assert_array_equal(own, right[:, :, lanes])


def test_compiled_and_numpy_give_the_same_numbers(mill: Evaluation) -> None:
    one, other = (
        filled(LaneValues(mill.system, SamplingPlan(), weights_of(mill), compiled=c), list(range(8)))
        for c in (True, False)
    )
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_allclose(one[1], other[1], rtol=1e-15, atol=0)


def test_a_process_elsewhere_changes_no_draw(mill: Evaluation) -> None:
    lanes = np.arange(6)
    for other in (solved(sawmill(others=3)), solved(sawmill(), "reference_flow")):
        one, two = (LaneValues(e.system, SamplingPlan(), weights_of(e)) for e in (mill, other))
        ids = [v.system.database.column("exchanges", "id").tolist() for v in (one, two)]
        amounts = [dict(zip(i, v.amounts(lanes), strict=True)) for i, v in zip(ids, (one, two), strict=True)]
        for name, expected in amounts[0].items():
            np.testing.assert_array_equal(amounts[1][name], expected)


def test_an_order_may_leave_out_values(mill: Evaluation) -> None:
    values = LaneValues(mill.system, SamplingPlan(), weights_of(mill))
    whole, _ = filled(values, [4, 5, 6])
    for order in ([2, 0], list(range(len(values.varying)))[::-2], []):
        values.order = np.array(order, np.int64)
        table, _ = filled(values, [4, 5, 6])
        np.testing.assert_array_equal(table, whole[order])


def test_only_what_can_matter_is_sampled(mill: Evaluation) -> None:
    """Sulfur has no factor, and nothing is emitted for idling: neither moves a footprint."""
    system, weights = mill.system, weights_of(mill)
    A, B = system.matrices.A, system.matrices.B
    emitting = np.flatnonzero(np.abs(weights @ B).sum(axis=0) > 0)
    only = reaches(A, emitting) & reaches(A, [system.column_of("plant")], direction=Direction.FORWARD)
    full, few = (
        LaneValues(system, SamplingPlan(), weights),
        LaneValues(system, SamplingPlan(), weights, only=only),
    )
    assert len(few.varying) < len(full.varying)
    assert set(few.varying_right) <= set(full.varying_right)
    answers = []
    for values in (full, few):
        table, right = filled(values, [11])
        own = A.copy()
        own.data[values.varying[values.order]] = table[:, 0]
        answers.append(
            np.linalg.solve(own.toarray().T, right[:, :, 0].sum(axis=0))[system.column_of("plant")]
        )
    assert answers[0] == pytest.approx(answers[1], rel=1e-12)
    assert answers[0] != pytest.approx(mill.intensity()[system.column_of("plant")], rel=1e-3)
    sulfur = full.inputs.label.tolist().index("exchanges:mill|sulfur")
    moved = [values.drawn.input_of_exchange for values in (full, few)]
    assert all((own == sulfur).any() for own in moved), "it is an input, and stays one"


def test_technosphere_interventions_parameters_and_factors_are_independent(mill: Evaluation) -> None:
    inputs = inputs_of(mill.system.database, SamplingPlan())
    draws = 20_000
    values = inputs.draw(np.arange(draws)).astype(float)
    found = np.corrcoef(stats.rankdata(values, axis=1))
    beside = found[np.triu_indices(len(inputs), 1)] * np.sqrt(draws)
    assert {label.partition(":")[0] for label in inputs.label} == {
        "exchanges",
        "parameters",
        "properties",
        "factors",
    }
    assert np.abs(beside).max() < 4.5 and stats.kstest(beside, "norm").pvalue > 1e-3


def test_a_design_moves_its_inputs_alone(mill: Evaluation) -> None:
    labels = ("exchanges:plant|slip", "properties:|lumber|price", "exchanges:mill|mill/in/power")
    plan = SamplingPlan(kind="sobol", draws=64, inputs=labels)
    values = LaneValues(mill.system, plan, weights_of(mill))
    table, _ = filled(values, list(range(64)))
    assert np.isfinite(table).all() and (table.std(axis=1) > 0).all()
    amounts = values.amounts(np.arange(64))
    ids = mill.system.database.column("exchanges", "id")
    assert set(ids[np.ptp(amounts, axis=1) > 0]) == {"slip", "mill/in/power"}
    np.testing.assert_array_equal(filled(values, [9])[0][:, 0], table[:, 9])


def test_weights_have_to_fit(mill: Evaluation) -> None:
    with pytest.raises(StudyError, match="weights for 1 flows do not fit a system with"):
        LaneValues(mill.system, SamplingPlan(), sparse.csr_array(np.ones((1, 1))))


def test_how_much_is_sampled_is_said(mill: Evaluation) -> None:
    summary = LaneValues(mill.system, SamplingPlan(), weights_of(mill)).summary()
    assert summary["uncertain_inputs"] == len(inputs_of(mill.system.database, SamplingPlan()))
    assert summary["varying_technosphere_values"] > summary["of_these_recomputed"] > 0
