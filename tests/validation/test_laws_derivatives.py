"""Derivatives: of entries by amounts, of footprints by amounts and by parameters, against finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from carbonlab.errors import SolveError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.parameters import ParameterKey, ParameterTable, with_formula_amounts
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, FlowProperty, Parameter, UnitProcess
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.solve import factorize
from carbonlab.system.jacobian import entry_jacobian
from carbonlab.vocabulary import FlowKind
from tests.tiny import GASES
from tests.validation.random_systems import (
    DEFAULT,
    KEYS,
    Spec,
    examples,
    rules_with,
    solved,
    system_of,
    systems,
    tenths,
)

Floats = NDArray[np.float64]
STEP = 1e-5
"""Relative step of a central difference: its own error is of the order of its square."""


def footprint_for(evaluation: Evaluation, column: int, amounts: Floats) -> float:
    """Return the footprint of one unit of a column for other amounts of the exchanges, solved anew."""
    system = evaluation.system
    matrices = system.matrices_for(amounts)
    demand = np.zeros(len(system.columns))
    demand[column] = system.sign[column]
    run = factorize(matrices.A).solve(demand).x
    return float(impact_weights(evaluation) @ matrices.B @ run)


def gradient(evaluation: Evaluation, column: int) -> Floats:
    """Return ∂h/∂(amount) (exchanges,) of one unit of a column: the Jacobian times −λ_i s_j (A) and w_k s_j (B)."""
    system = evaluation.system
    intensity = evaluation.adjoint.x @ evaluation.factors
    run = evaluation.run(column, 1.0).x
    total = np.zeros(system.database.exchanges.num_rows)
    for name, pattern, row_value in (
        ("technosphere", system.technosphere_pattern, -intensity),
        ("intervention", system.intervention_pattern, impact_weights(evaluation)),
    ):
        slope = row_value[pattern.row] * run[pattern.column]
        total += slope @ entry_jacobian(system, name)[pattern.entry]
    return total


def central(function: Any, point: Floats, position: int) -> Any:
    step = STEP * abs(point[position])
    high, low = point.copy(), point.copy()
    high[position] += step
    low[position] -= step
    return (function(high) - function(low)) / (2 * step)


# -- entries by amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [*KEYS, "substitution"])
@examples(3)
@given(data=systems(carbon=True))
def test_jacobian_of_entries_is_their_difference_quotient(key: str, data: Spec) -> None:
    rules = rules_with(key, inherent=True) if key != "substitution" else _substitution()
    system = system_of(data, rules)
    amounts = system.work.amounts
    for number, table in enumerate(("technosphere", "intervention")):
        exact = entry_jacobian(system, table).toarray()
        values = system.entry_values(amounts)[number]
        for position in range(len(amounts)):
            quotient = central(lambda a, n=number: system.entry_values(a)[n], amounts, position)
            size = np.abs(values) / amounts[position] + np.abs(exact[:, position])
            assert (np.abs(quotient - exact[:, position]) <= 1e-6 * size + 1e-12).all()


def _substitution() -> RuleSet:
    return DEFAULT.replace(multifunctionality=Rule("multifunctionality", (Line("substitution"),)))


def test_shares_make_one_amount_touch_many_entries() -> None:
    """Two products by mass: v = a·m₁/(m₁+m₂), so ∂v/∂m₁ = a·m₂/(m₁+m₂)² and ∂v/∂m₂ = −a·m₁/(m₁+m₂)²."""
    system = system_of(
        {
            "flows": {"a": "kg", "b": "kg"},
            "processes": [{"id": "p", "out": {"a": 1.0, "b": 3.0, "co2": 8.0}}],
        }
    )
    jacobian = entry_jacobian(system, "intervention")
    table = system.work.intervention
    (first,) = np.flatnonzero(table.alive & (table.column == system.column_of("p", "a")))
    np.testing.assert_allclose(jacobian[[first]].toarray()[0], [8 * 3 / 16, -8 * 1 / 16, 1 / 4], rtol=1e-15)


# -- footprints by amounts ---------------------------------------------------------------------------------


@examples(12)
@given(data=systems(carbon=True), key=st.sampled_from(["default_chain", "price", "equal", "stated"]))
def test_first_order_sensitivities_are_difference_quotients(data: Spec, key: str) -> None:
    try:
        evaluation = solved(data, rules_with(key, inherent=True))
    except SolveError:
        return
    if any(loop.gain > 0.95 for loop in evaluation.loops):
        return  # so close to singular, a difference quotient is no measure of a derivative
    amounts = evaluation.system.work.amounts
    column = evaluation.system.column_of("p0", "p0_0")
    exact = gradient(evaluation, column)
    size = np.abs(exact * amounts).sum() + 1e-9
    for position in range(len(amounts)):
        quotient = central(lambda a: footprint_for(evaluation, column, a), amounts, position)
        assert abs(quotient - exact[position]) * amounts[position] <= 1e-6 * size


def test_derivative_by_a_matrix_entry() -> None:
    """The textbook system: h = 120 kg CO2 for 1000 kWh; one more litre of fuel per 10 kWh costs 100·0.1 = 10 kg."""
    evaluation = solved(
        {
            "flows": {"electricity": "kWh", "fuel": "l"},
            "processes": [
                {"id": "power", "out": {"electricity": 10.0, "co2": 1.0}, "in": {"fuel": 2.0}},
                {"id": "refinery", "out": {"fuel": 100.0, "co2": 10.0}},
            ],
        }
    )
    slopes = 1000 * gradient(evaluation, evaluation.system.column_of("power"))
    ids = evaluation.system.database.column("exchanges", "id").tolist()
    expected = {
        "power/out/electricity": -120 / 10,
        "power/out/co2": 100.0,
        "power/in/fuel": 10.0,
        "refinery/out/fuel": -20 / 100,
        "refinery/out/co2": 2.0,
    }
    assert dict(zip(ids, slopes, strict=True)) == pytest.approx(expected, rel=1e-12)


# -- footprints by parameters --------------------------------------------------------------------------------


def parametrized(load: float, distance: float, share: float, efficiency: float) -> Database:
    """A mill with two products and a truck; amounts are formulas, one parameter touches outputs and inputs."""
    builder = DatabaseBuilder(DatabaseMeta(name="parametrized"))
    for flow in ("board", "dust", "haul", "fuel"):
        builder.flows.append(Flow(id=flow, name=flow, kind=FlowKind.PRODUCT, unit="kg"))
    builder.flows += [GASES["co2"], GASES["ch4"]]

    def put(flow: str, formula: str, *, into: bool = False, reference: bool = False) -> Exchange:
        return Exchange(
            flow=flow, is_input=into, amount=float("nan"), formula=formula, is_reference=reference
        )

    builder.processes += [
        UnitProcess(
            id="mill",
            name="mill",
            exchanges=(
                put("board", "10 * share", reference=True),
                put("dust", "10 * (1 - share)"),
                put("haul", "distance * load / 100", into=True),
                put("fuel", "used / efficiency", into=True),
                put("co2", "used * 3", into=False),
            ),
        ),
        UnitProcess(
            id="truck",
            name="truck",
            exchanges=(
                put("haul", "1", reference=True),
                put("fuel", "if(load > 5; 0.02 * load; 0.1) + 0.001 * sqrt(distance)", into=True),
                put("ch4", "0.01 * load ^ 2"),
            ),
        ),
        UnitProcess(
            id="well",
            name="well",
            exchanges=(
                put("fuel", "1 + share", reference=True),
                put("co2", "0.4"),
                put("haul", "0.01", into=True),
            ),
        ),
    ]
    builder.parameters += [
        Parameter(name="load", amount=load),
        Parameter(name="distance", amount=distance),
        Parameter(name="share", amount=share),
        Parameter(name="efficiency", amount=efficiency, process="mill"),
        Parameter(name="used", formula="base * load", process="mill"),
        Parameter(name="base", formula="0.1 + share / 10"),
    ]
    builder.properties += [
        FlowProperty(flow=flow, name="price", value=value, unit="EUR")
        for flow, value in (("board", 5.0), ("dust", 0.5))
    ]
    return with_formula_amounts(builder.build())


@pytest.mark.parametrize("key", ["mass", "price", "equal", "reference_flow"])
@examples(3)
@given(
    load=st.integers(6, 30).map(float),
    distance=st.integers(10, 200).map(float),
    share=st.integers(20, 80).map(lambda n: n / 100),
    efficiency=tenths(3, 9),
)
def test_chain_from_parameters_to_footprints(
    key: str, load: float, distance: float, share: float, efficiency: float
) -> None:
    """∂h/∂p = ∂h/∂entries · ∂entries/∂amounts · ∂amounts/∂p, through formulas, dependent parameters and shares."""
    db = parametrized(load, distance, share, efficiency)
    evaluation = solved(db, rules_with(key))
    table = ParameterTable.of(db)
    values = {k.name: v for k, v in table.parameter_values().items()}
    for process, flow in (("mill", "board"), ("mill", "dust"), ("truck", "haul")):
        column = evaluation.system.column_of(process, flow)
        exact = gradient(evaluation, column)[table.exchange_rows] @ table.jacobian()
        for position, parameter in enumerate(table.inputs):
            quotient = by_parameter(evaluation, column, table, parameter, values[parameter.name])
            size = abs(exact[position]) + abs(evaluation.intensity()[column] / values[parameter.name])
            assert abs(quotient - exact[position]) <= 1e-6 * size, parameter


def by_parameter(
    evaluation: Evaluation, column: int, table: ParameterTable, parameter: ParameterKey, value: float
) -> float:
    def footprint(point: Floats) -> float:
        amounts = evaluation.system.work.amounts.copy()
        amounts[table.exchange_rows] = table.evaluate({parameter: point[0]})
        return footprint_for(evaluation, column, amounts)

    return float(central(footprint, np.array([value]), 0))


@pytest.mark.parametrize("mine", ["Coal extraction; Surface mine", "Coal extraction; Underground mine"])
def test_parameters_of_a_real_database(mine: str, uslci: Database, uslci_default: Evaluation) -> None:
    """US LCI: of 335 input parameters, those that count most for a product, its whole supply chain solved anew."""
    table, system = ParameterTable.of(uslci), uslci_default.system
    row = uslci.column("processes", "name").tolist().index(mine)
    column = system.column_of(uslci.column("processes", "id")[row])
    exact = gradient(uslci_default, column)[table.exchange_rows] @ table.jacobian()
    stored = table.parameter_values()
    values = np.array([float(stored[key]) for key in table.inputs])
    weight = np.abs(exact * values)
    assert np.count_nonzero(weight) > 5
    for position in np.argsort(-weight)[:3]:
        quotient = by_parameter(uslci_default, column, table, table.inputs[position], values[position])
        assert quotient == pytest.approx(exact[position], rel=1e-6)


def test_a_system_for_other_amounts_is_the_system_of_a_changed_database() -> None:
    """matrices_for(amounts) is what the pipeline builds from a database with those amounts."""
    db = parametrized(8.0, 50.0, 0.6, 0.5)
    other = parametrized(12.0, 80.0, 0.3, 0.7)
    for key in ("mass", "price"):
        system, expected = system_of(db, rules_with(key)), system_of(other, rules_with(key))
        found = system.matrices_for(other.column("exchanges", "amount"))
        np.testing.assert_allclose(found.A.toarray(), expected.matrices.A.toarray(), rtol=1e-12)
        np.testing.assert_allclose(found.B.toarray(), expected.matrices.B.toarray(), rtol=1e-12)
        assert evaluate_system(expected).intensity().shape == (4,)
