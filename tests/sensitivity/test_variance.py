"""Splitting variance: exact over full factorials, corrected for draws, by SALib with seeds that are what they
say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from carbonlab.errors import RefusedError
from carbonlab.sensitivity.sobol import salib_seed, sobol_indices
from carbonlab.sensitivity.variance import largest_factor, split_with_draws, variance_by_factor

NUMBERS = st.floats(-1e3, 1e3)


def test_interaction_by_hand() -> None:
    """y = x₁ x₂ over {0, 1}²: variance 3/16, of the mean over one factor (0, 1/2) 1/16; main 1/3, total 2/3
    each."""
    found = variance_by_factor(np.array([[0.0, 0.0], [0.0, 1.0]]))
    assert found.variance == 3 / 16
    np.testing.assert_allclose(found.main, [1 / 3, 1 / 3])
    np.testing.assert_allclose(found.total, [2 / 3, 2 / 3])


@given(arrays(float, array_shapes(min_dims=1, max_dims=4, min_side=2, max_side=4), elements=NUMBERS))
def test_main_and_total_effects_bound_each_other(values: np.ndarray) -> None:
    found = variance_by_factor(values)
    if np.isfinite(found.main).all():
        assert (found.main >= -1e-9).all() and (found.total >= found.main - 1e-6).all()
        assert found.main.sum() <= 1 + 1e-6 and found.total.sum() >= 1 - 1e-6
    swapped = variance_by_factor(np.moveaxis(values, 0, -1))
    np.testing.assert_allclose(np.roll(found.main, -1), swapped.main, atol=1e-6)


def test_what_does_not_vary_has_no_shares() -> None:
    assert np.isnan(variance_by_factor(np.full((2, 3), 7.0)).main).all()
    assert np.isnan(variance_by_factor(np.array([[1.0, np.nan], [0.0, 2.0]])).total).all()
    assert largest_factor(["a", "b"], np.array([np.nan, np.nan])) == ""
    assert largest_factor(["a", "b"], np.array([0.1, 0.2])) == "b"


def test_few_draws_do_not_inflate_the_share_of_the_rules() -> None:
    """Rules that do nothing but meet noise: without the correction by V_B/n they would seem to explain a
    part."""
    generator = np.random.default_rng(1)
    shares = [split_with_draws(generator.normal(size=(8, 16)), resamples=2).shares for _ in range(200)]
    assert np.mean([share[1] for share in shares]) < 0.03
    naive = [generator.normal(size=(8, 16)).mean(axis=0).var() for _ in range(200)]
    assert np.mean(naive) > 0.1


def test_split_of_a_known_design() -> None:
    """y = d + r with d = 1, 3 and r = 0, 4: V_D = 2, V_R = 4, nothing together."""
    found = split_with_draws(np.array([[1.0, 5.0], [3.0, 7.0]]))
    assert found.variance == pytest.approx(6.0)
    assert found.shares.tolist() == pytest.approx([1 / 3, 2 / 3, 0.0])
    with pytest.raises(ValueError, match="at least two draws"):
        split_with_draws(np.ones((1, 4)))


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_salib_with_any_seed_gives_the_same_numbers_twice(seed: int) -> None:
    table = np.random.default_rng(3).normal(size=(3, 4, 2))
    levels = {"a": 3, "b": 4, "c": 2}

    def evaluate(at: np.ndarray) -> np.ndarray:
        return table[tuple(at.T)]

    first = sobol_indices(levels, evaluate, samples=256, seed=seed)
    np.random.seed(99)  # what others do with the global state changes nothing
    second = sobol_indices(levels, evaluate, samples=256, seed=seed)
    for name in ("main", "total", "main_interval", "total_interval"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.evaluations == 256 * 5


def test_salib_never_gets_the_seed_that_it_ignores() -> None:
    seeds = {salib_seed(seed) for seed in range(1000)}
    assert min(seeds) > 0 and len(seeds) > 990
    table = np.array([[0.0, 2.0], [1.0, 3.1]])
    found = [
        sobol_indices({"a": 2, "b": 2}, lambda at: table[tuple(at.T)], samples=64, seed=s).main
        for s in (0, 1)
    ]
    assert not np.array_equal(*found)


def test_groups_of_factors() -> None:
    """y = d + r₁ + r₂ with equal variances: the rules as a group have two thirds."""
    found = sobol_indices(
        {"draw": 2, "r1": 2, "r2": 2},
        lambda at: at.sum(axis=1).astype(float),
        groups=["data", "rules", "rules"],
        samples=2048,
    )
    assert found.names == ("data", "rules")
    np.testing.assert_allclose(found.main, [1 / 3, 2 / 3], atol=0.03)


def test_no_indices_of_what_has_no_number() -> None:
    for result in (np.nan, 1.0):
        with pytest.raises(RefusedError, match="no number for some combination, or does not vary"):
            sobol_indices({"a": 2}, lambda at, result=result: np.full(len(at), result), samples=16)
