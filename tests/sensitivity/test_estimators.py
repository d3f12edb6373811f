"""Published test functions within their intervals; seeds, groups, refusals and the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.errors import RefusedError
from carbonlab.sensitivity.convergence import verdict_of
from carbonlab.sensitivity.estimators import (
    Factors,
    delta_measures,
    levels_of,
    morris_effects,
    salib_seed,
    sobol_indices,
)

ISHIGAMI = Factors(("x1", "x2", "x3"))


def ishigami(points: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    """sin x₁ + a sin² x₂ + b x₃⁴ sin x₁ on [−π, π]³."""
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_truth(a: float = 7.0, b: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    first = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    second, both = a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = first + second + both
    return np.array([first, second, 0.0]) / total, np.array([first + both, second, both]) / total


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def sobol_g(points: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * points - 2) + G) / (1 + G), axis=1)


def sobol_g_truth() -> tuple[np.ndarray, np.ndarray]:
    own = 1 / (3 * (1 + G) ** 2)
    total = np.prod(1 + own) - 1
    return own / total, own * np.prod(1 + own) / (1 + own) / total


def check_within(estimate, truth: tuple[np.ndarray, np.ndarray]) -> None:
    """Truth lies within the 95 % intervals, by 1.5 times where there are many of them."""
    for measure, expected in zip(("main", "total"), truth, strict=True):
        off = np.abs(estimate.of(measure) - expected)
        assert (off <= 1.5 * estimate.interval(measure) + 1e-3).all(), (
            measure,
            off,
            estimate.interval(measure),
        )
        assert off.max() < 0.03


@pytest.mark.parametrize("seed", [0, 5])
def test_ishigami(seed: int) -> None:
    found = sobol_indices(ISHIGAMI, ishigami, samples=2048, seed=seed)
    check_within(found, ishigami_truth())
    assert found.results.size == 2048 * 5
    assert verdict_of(found, width=0.08).converged
    assert found.results.var() == pytest.approx(13.844588, rel=0.05)


def test_sobol_g() -> None:
    found = sobol_indices(Factors(tuple("abcdefgh")), sobol_g, samples=4096, seed=1)
    check_within(found, sobol_g_truth())
    assert verdict_of(found).converged


def test_delta_of_a_sum() -> None:
    """y = x₁ + 3 x₂, x₃ in vain: densities are trapezoids, given one x they are boxes; δ = ½ E ∫ |f − f_x| dy."""
    y, x = np.linspace(0, 4, 4001), np.linspace(0.0005, 0.9995, 1000)
    density = np.interp(y, [0, 1, 3, 4], [0, 1 / 3, 1 / 3, 0])
    truth = []
    for own, other in ((1.0, 3.0), (3.0, 1.0)):
        given_x = ((y >= own * x[:, None]) & (y <= own * x[:, None] + other)) / other
        truth.append(0.5 * np.abs(given_x - density).sum(axis=1).mean() * (y[1] - y[0]))
    found = delta_measures(ISHIGAMI, lambda u: u[:, 0] + 3 * u[:, 1], samples=512, seed=0)
    # kernel densities smooth the edges: the published estimator is low where a factor dominates
    np.testing.assert_allclose(found.of("delta"), [*truth, 0.0], atol=0.2)
    assert found.of("delta").argmax() == 1 and found.of("delta")[2] < 0.1
    np.testing.assert_allclose(found.of("main"), [0.1, 0.9, 0.0], atol=0.06)


def test_morris_of_a_plane_is_its_slope() -> None:
    found = morris_effects(Factors(("a", "b", "c")), lambda x: 3 * x[:, 0] - 2 * x[:, 1], trajectories=10)
    np.testing.assert_allclose(found.of("mu"), [2.7, -1.8, 0.0], atol=1e-9)  # over 90 % of the range
    np.testing.assert_allclose(found.of("mu_star"), [2.7, 1.8, 0.0], atol=1e-9)
    np.testing.assert_allclose(found.of("sigma"), 0.0, atol=1e-9)
    assert verdict_of(found).converged
    assert not verdict_of(morris_effects(ISHIGAMI, ishigami, trajectories=8)).converged


def test_groups_are_judged_together() -> None:
    """y = d + r₁ + r₂ with equal variances: the rules as a group have two thirds."""
    factors = Factors(("d", "r1", "r2"), ("the data", "rules", "rules"))
    found = sobol_indices(factors, lambda x: levels_of(x, 2).sum(axis=1), samples=512)
    assert found.names == ("the data", "rules")
    np.testing.assert_allclose(found.of("main"), [1 / 3, 2 / 3], atol=0.02)
    assert len(found.results) == 512 * 4
    effects = morris_effects(factors, lambda x: x.sum(axis=1), trajectories=8)
    assert effects.names == ("the data", "rules")  # members of a group may move against each other
    assert effects.of("mu_star")[0] == pytest.approx(0.9) and effects.of("mu_star")[1] < 1.8
    with pytest.raises(RefusedError, match="delta is asked for groups"):
        delta_measures(factors, ishigami)


@pytest.mark.parametrize("estimate", [sobol_indices, delta_measures, morris_effects])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_gives_the_same_numbers_and_leaves_the_world_as_it_was(
    estimate, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonlab.sensitivity.estimators.DELTA_RESAMPLES", 8)  # each takes its time
    size = {"trajectories": 8} if estimate is morris_effects else {"samples": 128}
    np.random.seed(99)
    before = np.random.get_state()[1].copy()
    first = estimate(ISHIGAMI, ishigami, seed=seed, **size)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    np.random.seed(5)
    second = estimate(ISHIGAMI, ishigami, seed=seed, **size)
    for name in ("values", "intervals", "before"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    other = estimate(ISHIGAMI, ishigami, seed=seed + 1, **size)
    assert not np.array_equal(first.values, other.values)


def test_salib_never_gets_the_seed_that_it_ignores() -> None:
    seeds = {salib_seed(seed) for seed in range(1000)}
    assert min(seeds) > 0 and len(seeds) > 990


def test_what_is_refused() -> None:
    with pytest.raises(RefusedError, match="no number at 2560 of 2560 points"):
        sobol_indices(ISHIGAMI, lambda x: np.full(len(x), np.nan), samples=512)
    with pytest.raises(RefusedError, match="does not vary at all"):
        sobol_indices(ISHIGAMI, lambda x: np.ones(len(x)), samples=512)
    with pytest.raises(RefusedError, match="100 base samples are asked for"):
        sobol_indices(ISHIGAMI, ishigami, samples=100)
    with pytest.raises(RefusedError, match="3 trajectories are asked for"):
        morris_effects(ISHIGAMI, ishigami, trajectories=3)
    with pytest.raises(RefusedError, match="32 samples are asked for"):
        delta_measures(ISHIGAMI, ishigami, samples=32)


def test_a_small_sample_has_not_converged_and_says_why() -> None:
    verdict = verdict_of(sobol_indices(ISHIGAMI, ishigami, samples=16))
    assert not verdict.converged
    assert any("an interval is" in reason for reason in verdict.reasons)


def test_levels_have_equal_weight() -> None:
    assert np.bincount(levels_of(np.linspace(0, 1, 3001), 3)).tolist() == [1000, 1000, 1001]
