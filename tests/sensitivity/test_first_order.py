"""First-order sensitivity against finite differences, closed forms and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from carbonlab.errors import RefusedError, ResultError, StudyError
from carbonlab.inventory.parameters import ParameterKey, ParameterTable
from carbonlab.monte_carlo import simulate
from carbonlab.results.sensitivity_schema import check_sensitivity
from carbonlab.results.store import load_result, save_result
from carbonlab.sampling.inputs import inputs_of
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.asked import footprint_of
from carbonlab.sensitivity.first_order import first_order, first_order_of
from carbonlab.sensitivity.input_list import TABLES
from carbonlab.sensitivity.spread_moments import spread_moments
from carbonlab.system.study import Study
from tests.monte_carlo.spread_systems import emitted, inventory, loop_study, made
from tests.monte_carlo.spread_systems import normal as spread_normal
from tests.sensitivity.systems import chain_study


def solved(system, amounts: np.ndarray, weights: np.ndarray | None, factors: np.ndarray) -> np.ndarray:
    matrices = system.matrices_for(amounts, weights=weights)
    return np.linalg.solve(matrices.A.toarray().T, matrices.B.T @ factors)


def test_every_derivative_agrees_with_finite_differences() -> None:
    asked = footprint_of(chain_study())
    found, system = first_order_of(asked), asked.evaluation.system
    listed, amounts, c = found.listed, system.work.amounts, found.derivatives.factor
    table = ParameterTable.of(system.database)

    def footprint(kind: str, row: int, step: float) -> float:
        changed, weights, factors = amounts.copy(), system.columns.weight.copy(), c.copy()
        if kind == "exchanges":
            changed[row] += step
        elif kind == "parameters":
            key = ParameterKey(system.database.parameters["name"][row].as_py())
            old = system.database.parameters["amount"][row].as_py()
            changed[table.exchange_rows] = table.evaluate({key: old + step})
        elif kind == "properties":
            flow = system.database.column("properties", "flow")[row]
            weights[system.columns.flow == flow] += step
        else:
            factors[system.interventions == row] += step
        return asked.demand * solved(system, changed, weights, factors)[asked.column]

    kinds = set()
    for at in range(len(listed)):
        kind = TABLES[listed.table[at]]
        if listed.is_computed[at]:
            assert listed.derivative[at] == 0.0
            continue
        step = 1e-6 * max(abs(listed.stated[at]), 1.0)
        slope = (footprint(kind, listed.row[at], step) - footprint(kind, listed.row[at], -step)) / (2 * step)
        assert listed.derivative[at] == pytest.approx(slope, rel=1e-6, abs=1e-9), (kind, listed.row[at])
        kinds.add(kind)
    assert kinds == set(TABLES)
    assert found.derivatives.footprint == pytest.approx(footprint("exchanges", 0, 0.0), rel=1e-12)


def test_elasticities_of_a_linear_system_sum_as_euler_says() -> None:
    """h is of degree one in the emissions, and of degree one in the factors."""
    asked = footprint_of(loop_study())
    result = first_order(asked.study)
    elasticity = result["elasticity"].groupby(result["table"]).sum()
    assert elasticity.sel(table="characterization").item() == pytest.approx(1.0, rel=1e-9)


def test_the_variance_is_that_of_monte_carlo_where_spreads_are_small() -> None:
    """With spreads ten times smaller h is nearly linear: 4,096 draws find the same deviation within 4 %."""
    study = chain_study(small=0.1)
    linear = first_order(study)
    drawn = simulate(study, draws=4096)
    assert linear.attrs["standard_deviation"] == pytest.approx(drawn["standard_deviation"].item(), rel=0.04)
    assert linear["share"].sum().item() == pytest.approx(1.0)
    assert linear.attrs["uncertain_inputs"] == len(inputs_of(study.databases[0], SamplingPlan()))


def test_shares_by_hand() -> None:
    """h = a + 29.8 b with standard deviations 3 and 0.1: variances 9 and 8.8804."""
    database = inventory(
        "two",
        {
            "w": (
                made("w"),
                emitted("co2", 10.0, spread_normal(10.0, 3.0)),
                emitted("ch4", 1.0, spread_normal(1.0, 0.1)),
            )
        },
    )
    found = first_order(Study.of(database, "w"), largest=2)
    factor = found["derivative"].max().item()
    expected = np.array([9.0, (0.1 * factor) ** 2])
    np.testing.assert_allclose(np.sort(found["share"]), np.sort(expected / expected.sum()))
    assert found.attrs["share_left_out"] == pytest.approx(0.0, abs=1e-12)


def test_crossings_are_closed_forms_and_clipping_changes_the_deviation() -> None:
    """A normal of mean 1 and deviation 1 is negative with Φ(−1); clipped at 0 its deviation is 0.7518."""
    database = inventory("odd", {"w": (made("w"), emitted("co2", 1.0, spread_normal(1.0, 1.0)))})
    study = Study.of(database, "w")
    found = first_order(study, largest=1)
    assert found["crossing"].item() == pytest.approx(0.15865525, abs=1e-7)
    assert found.attrs["inputs_that_may_change_sign"] == 1
    clipped = first_order(study.with_sampling(SamplingPlan(sign_changes="clip")), largest=1)
    mean = 0.8413447 + 0.2419707  # Φ(1) + φ(1)
    second = 2 * 0.8413447 + 0.2419707  # E[X²; X > 0] of a unit normal around 1
    assert clipped["standard_deviation"].item() == pytest.approx(np.sqrt(second - mean**2), abs=1e-3)


def test_deviations_are_those_of_the_draws() -> None:
    study = chain_study()
    inputs = inputs_of(study.databases[0], SamplingPlan())
    drawn = inputs.draw(np.arange(20000)).std(axis=1)
    np.testing.assert_allclose(spread_moments(inputs).deviation, drawn, rtol=0.05)


@pytest.mark.parametrize("drawn", [True, False])
def test_parameters_act_through_formulas_with_pedigree_scores(drawn: bool) -> None:
    """Scores give a formula a spread where its parameters have none; its slopes stay those of the formula."""
    plain = first_order(chain_study(drawn=drawn))
    scored = first_order(chain_study(drawn=drawn, pedigree="(2;3;2;1;1)"))
    slopes = [found["derivative"].values[found["table"].values == "parameters"] for found in (plain, scored)]
    assert (slopes[0] != 0).all()
    np.testing.assert_allclose(slopes[1], slopes[0], rtol=1e-12)
    assert scored.attrs["uncertain_inputs"] == plain.attrs["uncertain_inputs"] + (not drawn)


def test_formulas_with_kinks_are_counted() -> None:
    assert first_order(chain_study()).attrs["exchanges_of_formulas_with_kinks"] == 0
    kinked = first_order(chain_study(formula="max(4 * rate ^ 2 + waste, 1)"))
    assert kinked.attrs["exchanges_of_formulas_with_kinks"] == 1
    assert kinked["is_computed"].sum().item() == 1


def test_the_schema_is_kept_through_a_file(tmp_path) -> None:
    found = first_order(chain_study(), largest=4)
    save_result(found, tmp_path / "first.nc")
    xr.testing.assert_allclose(load_result(tmp_path / "first.nc"), found)
    broken = found.copy(deep=True)
    broken["share"][0] += 0.5
    with pytest.raises(ResultError, match="do not sum to one"):
        check_sensitivity(broken)
    with pytest.raises(ResultError, match="no variable 'share'"):
        check_sensitivity(found.drop_vars("share"))
    with pytest.raises(ResultError, match="is no sensitivity"):
        check_sensitivity(found.assign_attrs(kind="guess"))


def test_what_cannot_be_asked() -> None:
    with pytest.raises(StudyError, match="asks for no product 'x'"):
        first_order(chain_study(), product="x")
    no_basis = chain_study().with_rule_sets("default")
    rules = no_basis.rule_sets[0].replace(multifunctionality="energy")
    with pytest.raises(RefusedError, match="has no footprint under"):
        first_order(no_basis, rule_set=rules)
