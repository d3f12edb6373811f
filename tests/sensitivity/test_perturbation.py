"""One at a time against dense solves, and screening."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.errors import RefusedError, StudyError
from carbonlab.inventory.parameters import ParameterKey, ParameterTable
from carbonlab.monte_carlo import simulate
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.asked import footprint_of
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import perturb
from carbonlab.sensitivity.screening import screen
from carbonlab.system.study import Study
from tests.monte_carlo.spread_systems import emitted, inventory, loop_study, made
from tests.sensitivity.systems import chain_study, normal


def test_every_change_is_calculated_again() -> None:
    """Exchanges, parameters, prices and factors, each 10 % down and up, against dense solves of the changed system."""
    found = perturb(chain_study(), change=0.1, inputs=100)
    asked = footprint_of(chain_study())
    system = asked.evaluation.system
    table = ParameterTable.of(system.database)
    tables = set()
    for place in range(found.sizes["input"]):
        one = found.isel(input=place)
        row, kind = int(one["row"]), str(one["table"].values)
        tables.add(kind)
        for side, ratio in (("down", 0.9), ("up", 1.1)):
            amounts, weights = system.work.amounts.copy(), system.columns.weight.copy()
            c = np.asarray(asked.evaluation.factors @ asked.evaluation.weights).ravel()
            if kind == "exchanges":
                amounts[row] *= ratio
            elif kind == "parameters":
                key = ParameterKey(system.database.parameters["name"][row].as_py())
                amounts[table.exchange_rows] = table.evaluate({key: float(one["stated"]) * ratio})
            elif kind == "properties":
                weights[system.columns.flow == system.database.column("properties", "flow")[row]] *= ratio
            else:
                c[system.interventions == row] *= ratio
            matrices = system.matrices_for(amounts, weights=weights)
            exact = asked.demand * np.linalg.solve(matrices.A.toarray().T, matrices.B.T @ c)[asked.column]
            at = one.sel(side=side)
            assert at["footprint"].item() == pytest.approx(exact, rel=1e-6), (kind, row)
            difference = exact - found.attrs["footprint"]
            assert at["change"].item() == pytest.approx(difference, rel=1e-4, abs=2e-6 * abs(exact))
    assert tables == {"exchanges", "parameters", "properties", "characterization"}
    assert (np.diff(np.abs(found["change"]).max("side")) <= 1e-12).all()


def test_parameters_are_changed_where_their_formula_has_a_spread_too() -> None:
    one, other = (
        perturb(chain_study(drawn=False, pedigree=scores), change=0.1, inputs=100)
        for scores in ("", "(2;3;2;1;1)")
    )
    for name in ("rate", "waste"):
        plain, scored = (
            found.isel(input=found["name"].values.tolist().index(name)) for found in (one, other)
        )
        assert (np.abs(plain["change"]) > 0).all()
        np.testing.assert_allclose(scored["change"], plain["change"], rtol=1e-4)


def test_a_spread_beside_a_formula_goes_before_it_everywhere() -> None:
    """Uncertain parameters of such a formula move nothing: in draws, designs, derivatives, changes and samples."""
    study = chain_study(own=normal(4.5, 0.2))
    labels = ("parameters:||rate", "parameters:||waste")
    listed = first_order(study)
    of_parameters = listed["table"].values == "parameters"
    assert of_parameters.sum() == 2 and (listed["derivative"].values[of_parameters] == 0).all()
    changed = perturb(study, inputs=100)
    assert "rate" not in changed["name"].values and "waste" not in changed["name"].values
    name = "joiner power in"
    at = changed.isel(input=changed["name"].values.tolist().index(name))
    np.testing.assert_allclose(at["change"], at["linear"], rtol=1e-3)  # the footprint is linear in it
    own = f"exchanges:joiner|{name}"
    design = SamplingPlan(kind="latin_hypercube", draws=64, inputs=labels)
    with pytest.raises(RefusedError, match="nothing that is uncertain moves the footprint of"):
        simulate(study.with_sampling(design))
    both, alone = (
        simulate(study.with_sampling(design.replace(inputs=listed)))["standard_deviation"].item()
        for listed in ((own, *labels), (own,))
    )
    assert both == pytest.approx(alone, rel=0.05) and alone > 0
    sampled = global_sensitivity(study, inputs=[*labels, f"exchanges:joiner|{name}"], samples=16)
    totals = sampled["index"].sel(measure="total").values
    assert (totals[:2] == 0).all() and totals[2] == pytest.approx(1.0, abs=0.02)


def test_a_parameter_without_a_spread_moves_a_formula_with_one() -> None:
    """It is no uncertain number: who changes it on purpose moves whatever is computed from it."""
    plain, own = (
        perturb(chain_study(drawn=False, own=spread), inputs=100) for spread in (None, normal(4.5, 0.2))
    )
    for name in ("rate", "waste"):
        one, other = (
            found.isel(input=found["name"].values.tolist().index(name))["change"].values
            for found in (plain, own)
        )
        assert (np.abs(one) > 0).all()
        np.testing.assert_allclose(other, one, rtol=1e-4)


def test_small_changes_are_those_of_the_derivative() -> None:
    found = perturb(loop_study(), change=0.001, inputs=5)
    np.testing.assert_allclose(
        found["change"], found["linear"], rtol=5e-3, atol=1e-6 * found.attrs["footprint"]
    )


def test_one_geometric_standard_deviation() -> None:
    """Steel uses electricity 0.5 with GSD 1.2: down to 0.5 / 1.2, up to 0.6."""
    found = perturb(loop_study(), change="spread", inputs=20)
    one = found.isel(input=int(np.flatnonzero(found["name"].values == "steel uses electricity")[0]))
    np.testing.assert_allclose(one["changed"], [0.5 / 1.2, 0.6])
    middle = found.isel(input=int(np.flatnonzero(found["name"].values == "steel emits co2")[0]))
    np.testing.assert_allclose(middle["changed"], [1.8, 2.2])  # a normal


def test_what_cannot_be_changed() -> None:
    certain = Study.of(inventory("c", {"w": (made("w"), emitted("co2", 1.0))}), "w")
    with pytest.raises(RefusedError, match="no input that can be changed moves"):
        perturb(certain, change="spread")
    with pytest.raises(StudyError, match="relative change of 0 is asked for"):
        perturb(certain, change=0)


def test_screening_keeps_what_makes_up_the_share() -> None:
    study = chain_study()
    everything = screen(study, share=1.0, trajectories=6)
    kept = screen(study, share=0.9, trajectories=6)
    count = kept.sizes["input"]
    assert 1 <= count < everything.sizes["input"]
    np.testing.assert_allclose(kept["share"], everything["share"][:count])
    assert kept["cumulative"].values[-1] >= 0.9 > kept["cumulative"].values[-2]
    assert kept.attrs["covered"] == pytest.approx(kept["cumulative"].values[-1])
    assert (kept["mu_star"] > 0).all()
    labels = kept["input"].values.tolist()
    found = global_sensitivity(study, inputs=labels, samples=16)
    assert found["factor"].values.tolist() == labels
    assert found.attrs["covered"] == pytest.approx(kept.attrs["covered"])
