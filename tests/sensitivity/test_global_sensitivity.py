"""Global sensitivity of footprints: against closed forms, drawn lanes, and rules beside data."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.errors import RefusedError, StudyError
from carbonlab.monte_carlo.lane_group import LaneGroup
from carbonlab.monte_carlo.parts import sides_of
from carbonlab.results.store import load_result, save_result
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.asked import footprint_of
from carbonlab.sensitivity.chosen_inputs import choose_inputs
from carbonlab.sensitivity.estimators import Factors, levels_of, morris_effects
from carbonlab.sensitivity.explicit_inputs import at_quantiles, with_values
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.response import Response
from carbonlab.system.study import Study
from tests.monte_carlo.spread_systems import emitted, inventory, lognormal, made, normal, used
from tests.sensitivity.systems import chain_study


def product_study(first: float = 1.5, second: float = 1.2) -> Study:
    """h = a · b with a = kg of steel, b = CO2 of steel, both lognormal."""
    processes = {
        "steel": (made("steel"), emitted("co2", 2.0, lognormal(2.0, second))),
        "widget": (made("widget"), used("steel", 3.0, lognormal(3.0, first))),
    }
    return Study.of(inventory("two", processes), "widget")


def test_product_of_lognormals() -> None:
    """With u = exp(σ²) − 1 of each: V = (1 + u₁)(1 + u₂) − 1, main u_i / V, total u_i (1 + u_j) / V."""
    found = global_sensitivity(product_study(), samples=1024)
    u = np.exp(np.log([1.5, 1.2]) ** 2) - 1
    variance = np.prod(1 + u) - 1
    assert found["name"].values.tolist() == ["widget uses steel", "steel emits co2"]
    index, interval = found["index"], found["interval"]
    expected = {"main": u / variance, "total": u * (1 + u[::-1]) / variance}
    for measure, values in expected.items():
        off = np.abs(index.sel(measure=measure).values - values)
        assert (off <= 1.5 * interval.sel(measure=measure).values + 1e-3).all()
    assert found.attrs["change_since_half"] < 0.05 and found.attrs["converged"] == 0
    assert found.attrs["covered"] == pytest.approx(1.0)
    assert found.attrs["evaluations"] == 1024 * 4
    assert "an interval is ±" in found.attrs["verdict"]
    assert global_sensitivity(product_study(), samples=64, width=0.9).attrs["converged"] == 1
    middle = 6.0 * np.exp((np.log(1.5) ** 2 + np.log(1.2) ** 2) / 2)
    assert found.attrs["mean"] == pytest.approx(middle, rel=0.01)


def test_the_response_is_the_footprint_of_the_matrices() -> None:
    """Every kind of input at odd quantiles: lanes agree with a dense solve of their own matrices."""
    asked = footprint_of(chain_study())
    chosen = choose_inputs(asked)
    points = np.random.default_rng(0).uniform(size=(12, len(chosen.inputs)))
    response = Response(asked, chosen.inputs)
    found = response.at_points(points)
    explicit = with_values(chosen.inputs, at_quantiles(chosen.inputs, points))
    sides = [sides_of(asked.evaluation, ())]
    source = LaneGroup(explicit.plan, [asked.evaluation], sides, None, explicit).source
    c = asked.evaluation.factors @ asked.evaluation.weights
    for lane in range(12):
        matrices = source.matrices(lane)
        x = np.linalg.solve(matrices.A.toarray().T, matrices.B.T @ c)
        assert found[lane] == pytest.approx(asked.demand * x[asked.column], rel=1e-6)
    assert np.ptp(found) > 0.1 * found.mean()


def test_all_methods_rank_alike() -> None:
    study = chain_study()
    first = {}
    for method, samples in (("sobol", 256), ("morris", 12), ("delta", 128)):
        found = global_sensitivity(study, method=method, inputs=6, samples=samples)
        first[method] = found["factor"].values[int(found["index"].values[:, 0].argmax())]
    assert len(set(first.values())) == 1
    assert found.attrs["covered"] < 1.0


def test_rules_beside_data() -> None:
    """h = a · r with the factor of methane r = 29.8 or 25 and m lognormal: closed forms of data, rule and both."""
    database = inventory("m", {"w": (made("w"), emitted("ch4", 1.0, lognormal(1.0, 1.3)))})
    rules = load_rule_set("default").replace(characterization="gwp100_ar6")
    study = Study.of(database, "w", rule_sets=(rules,))
    slots = {"characterization": ["gwp100_ar6", "gwp100_ar4"]}
    found = global_sensitivity(study, slots=slots, samples=1024)
    m = np.exp(np.log(1.3) ** 2) - 1
    factors = np.array([29.8, 25.0])
    u = factors.var() / factors.mean() ** 2
    v = (1 + m) * (1 + u) - 1
    np.testing.assert_allclose(found["index"].sel(measure="main"), [m / v, u / v], atol=0.02)
    np.testing.assert_allclose(
        found["index"].sel(measure="total"), [m * (1 + u) / v, u * (1 + m) / v], atol=0.02
    )
    assert found["factor_kind"].values.tolist() == ["input", "slot"]
    grouped = global_sensitivity(study, slots=slots, groups="data_and_rules", samples=256)
    assert grouped["factor"].values.tolist() == ["data", "rules"]
    alone = global_sensitivity(study, slots=slots, inputs=0, samples=64)
    assert alone["index"].sel(measure="main").item() == pytest.approx(1.0, abs=0.01)


def test_groups_by_process_and_by_hand(tmp_path) -> None:
    study = product_study()
    found = global_sensitivity(study, groups="process", samples=64)
    assert sorted(found["factor"].values.tolist()) == ["steel", "widget"]
    save_result(found, tmp_path / "groups.nc")
    assert load_result(tmp_path / "groups.nc").attrs["method"] == "sobol"
    with pytest.raises(StudyError, match="no group is named for the input"):
        global_sensitivity(study, groups={"exchanges:steel|steel emits co2": "x"}, samples=64)
    with pytest.raises(StudyError, match="cannot be grouped by 'color'"):
        global_sensitivity(study, groups="color", samples=64)  # type: ignore[arg-type]


def test_inputs_by_name() -> None:
    label = "exchanges:steel|steel emits co2"
    found = global_sensitivity(product_study(), inputs=[label], samples=64)
    assert found["factor"].values.tolist() == [label]
    assert 0.1 < found.attrs["covered"] < 0.5
    with pytest.raises(StudyError, match="no uncertain input 'x'"):
        global_sensitivity(product_study(), inputs=["x"], samples=64)


def test_nothing_to_vary() -> None:
    certain = Study.of(inventory("c", {"w": (made("w"), emitted("co2", 1.0))}), "w")
    with pytest.raises(RefusedError, match="nothing that is uncertain moves the footprint"):
        global_sensitivity(certain)
    with pytest.raises(StudyError, match="neither inputs nor rule slots"):
        global_sensitivity(certain, inputs=0)


def test_quantiles_are_clipped_as_the_plan_says() -> None:
    study = Study.of(inventory("n", {"w": (made("w"), emitted("co2", 1.0, normal(1.0, 1.0)))}), "w")
    asked = footprint_of(study.with_sampling(SamplingPlan(sign_changes="clip")))
    chosen = choose_inputs(asked)
    assert Response(asked, chosen.inputs).at_points(np.array([[0.01], [0.5]])).tolist() == [0.0, 1.0]


def test_an_input_that_has_no_part_in_a_footprint_is_called_by_its_own_name() -> None:
    """Shared by mass, nothing depends on the price of lumber."""
    by_mass = load_rule_set("default").replace(multifunctionality="mass")
    labels = ["properties:|lumber|price", "exchanges:mill|mill power in"]
    found = global_sensitivity(chain_study(), rule_set=by_mass, inputs=labels, samples=16)
    price = found.isel(factor=0)
    assert [str(price[word].values) for word in ("table", "process", "flow", "name")] == [
        "properties",
        "",
        "",
        "|lumber|price",
    ]
    assert price["first_order_share"].item() == 0.0
    assert str(found["process"].values[1]) == "mill"


def test_steps_that_would_pass_over_options_are_refused() -> None:
    """Of four options Morris' steps compare the first with the third, and the second with the fourth only."""
    for effects, seen in (
        ([0.0, 10.0, 0.0], True),
        ([0.0, 10.0] * 2, False),
        ([0.0, 0.0, 10.0, 0.0, 0.0], False),
    ):
        found = morris_effects(
            Factors(("slot", "beside")),
            lambda x, e=effects: np.array(e)[levels_of(x[:, 0], len(e))] + x[:, 1],
        )
        assert (found.of("mu_star")[0] > 0) == seen
    slots = {"multifunctionality": ["price", "mass", "equal", "reference_flow"]}
    with pytest.raises(RefusedError, match="slot 'multifunctionality' has 4 options, too many for Morris"):
        global_sensitivity(chain_study(), method="morris", inputs=2, slots=slots, samples=4)
    fewer = {"multifunctionality": slots["multifunctionality"][::3]}
    found = global_sensitivity(chain_study(), method="morris", inputs=2, slots=fewer, samples=4)
    assert found["index"].sel(factor="multifunctionality", measure="mu_star").item() > 0
