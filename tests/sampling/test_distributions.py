"""Shapes against scipy's distributions, and their moments against numerical integrals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from carbonlab.inventory.distributions import problem_of
from carbonlab.inventory.points import points_of, points_text, scaled_points
from carbonlab.inventory.records import Distribution
from carbonlab.sampling.distributions import Shapes
from carbonlab.vocabulary import DistributionKind
from tests.sampling.spread_database import KINDS, SPREADS

LAWS = {
    "lognormal": stats.lognorm(np.log(1.3), scale=2.0),
    "normal": stats.norm(5.0, 0.5),
    "triangular": stats.triang(1 / 3, 1.0, 3.0),
    "uniform": stats.uniform(-1.0, 4.0),
    "beta_pert": stats.beta(1 + 4 * 1 / 5, 1 + 4 * 4 / 5, 1.0, 5.0),
    "gamma": stats.gamma((2 / 0.6) ** 2, 1.0, 0.6**2 / 2),
}


def shapes_of(spread: Distribution) -> Shapes:
    numbers = [np.array([getattr(spread, name)]) for name in ("loc", "scale", "minimum", "maximum")]
    return Shapes(spread.kind, *numbers, (spread.points,))


def test_every_kind_has_a_spread_here() -> None:
    assert {spread.kind for spread in SPREADS.values()} == set(DistributionKind)


@pytest.mark.parametrize("name", LAWS)
def test_quantiles_and_moments_of_laws(name: str) -> None:
    shapes, law = shapes_of(SPREADS[name]), LAWS[name]
    u = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(shapes.quantiles(u[None, :])[0], law.ppf(u), rtol=1e-10)
    assert shapes.mean()[0] == pytest.approx(law.mean(), rel=1e-12)
    assert shapes.variance()[0] == pytest.approx(law.var(), rel=1e-12)
    assert shapes.median()[0] == pytest.approx(law.median(), rel=1e-12)
    assert (shapes.lowest()[0], shapes.highest()[0]) == pytest.approx(law.support())


@pytest.mark.parametrize("name", [name for name in SPREADS if name != "broken"])
def test_quantiles_grow_and_integrate_to_the_moments(name: str) -> None:
    shapes = shapes_of(SPREADS[name])
    u = (np.arange(400_000) + 0.5) / 400_000
    values = shapes.quantiles(u[None, :])[0]
    assert (np.diff(values) >= 0).all()
    assert values.mean() == pytest.approx(shapes.mean()[0], rel=1e-4)
    assert values.var() == pytest.approx(shapes.variance()[0], rel=2e-3)
    assert shapes.lowest()[0] <= values[0] and values[-1] <= shapes.highest()[0]


def test_a_negative_lognormal_is_the_mirror_image() -> None:
    plus, minus = shapes_of(SPREADS["lognormal"]), shapes_of(SPREADS["negative"])
    u = np.linspace(0.01, 0.99, 99)[None, :]
    np.testing.assert_allclose(minus.quantiles(u), -plus.quantiles(1 - u), rtol=1e-12)
    assert minus.mean()[0] == -plus.mean()[0] and minus.variance()[0] == plus.variance()[0]


def test_lists() -> None:
    values, weights = points_of(KINDS.DISCRETE, "4:0.3; 1:0.2; 2:0.5")
    assert values.tolist() == [1.0, 2.0, 4.0] and weights == pytest.approx([0.2, 0.5, 0.3])
    shapes = shapes_of(SPREADS["discrete"])
    assert shapes.quantiles(np.array([[0.1, 0.2, 0.21, 0.7, 0.71]]))[0].tolist() == [1, 1, 2, 2, 4]
    assert shapes.mean()[0] == pytest.approx(2.4)
    assert shapes.variance()[0] == pytest.approx(0.2 * 1 + 0.5 * 4 + 0.3 * 16 - 2.4**2)
    observed = shapes_of(SPREADS["empirical"])
    u = np.array([[0.0, 0.25, 0.5, 1.0]])
    np.testing.assert_allclose(observed.quantiles(u)[0], np.quantile([1, 1.5, 4, 5], u[0]))
    assert scaled_points("1:0.2; 2:0.8", 10.0) == "10:0.2; 20:0.8"
    assert points_text(np.array([1.5, 2.0])) == "1.5; 2"


@pytest.mark.parametrize(
    ("spread", "problem"),
    [
        (Distribution(kind=KINDS.DISCRETE, points="1; 2"), "points_unreadable"),
        (Distribution(kind=KINDS.DISCRETE, points="1:-1; 2:1"), "points_unreadable"),
        (Distribution(kind=KINDS.DISCRETE, points="1:1; 2:0"), "no_width"),
        (Distribution(kind=KINDS.EMPIRICAL, points="1:1; 2:1"), "points_unreadable"),
        (Distribution(kind=KINDS.EMPIRICAL, points="7"), "points_unreadable"),
        (Distribution(kind=KINDS.EMPIRICAL, points="1; x"), "points_unreadable"),
        (Distribution(kind=KINDS.EMPIRICAL, points=""), "spread_missing"),
        (Distribution(kind=KINDS.GAMMA, loc=1.0, scale=0.5, minimum=1.0), "mean_below_minimum"),
        (Distribution(kind=KINDS.GAMMA, loc=1.0, scale=0.5), "spread_missing"),
        (Distribution(kind=KINDS.BETA_PERT, minimum=1.0, loc=0.5, maximum=2.0), "reversed_triangle"),
        *((spread, "") for name, spread in SPREADS.items() if name != "broken"),
    ],
)
def test_what_is_wrong_with_a_shape(spread: Distribution, problem: str) -> None:
    assert problem_of(spread) == problem
