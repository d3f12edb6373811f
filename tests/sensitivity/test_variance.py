"""Splitting variance: exact over full factorials, corrected for draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from carbonlab.sensitivity.variance import (
    largest_factor,
    split_crossed,
    split_with_draws,
    variance_by_factor,
)

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


def test_split_by_slot_of_a_known_design() -> None:
    """y = d + a + b + a b + d a with d, a, b = ±1, all means 0 (d of two draws: V_D = 2): data 2, a 1 less 2/2 · 1 …

    Over d = ±1 with n = 2: V_D = 2; d a: V_B = 2; a: 1 − V_Ba / 2 = 0; b: 1; a b: 1, of which V_B / 2 = 1 is taken.
    """
    d, a, b = np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0], indexing="ij")
    found = split_crossed(d + a + b + a * b + d * a, ("a", "b"))
    np.testing.assert_allclose(found.shares, np.array([2.0, 0.0, 1.0, 1.0, 2.0]) / 6.0, atol=1e-12)
    assert found.interval.shape == (5, 2) and found.main.tolist() == found.shares[:3].tolist()
    assert found.total[0] == pytest.approx(4 / 6)
    with pytest.raises(ValueError, match="1 axes of rules do not fit 2 slots"):
        split_crossed(np.ones((4, 2)), ("a", "b"))


def test_many_draws_give_the_shares_of_the_slots() -> None:
    """y = z + 2 a + 3 b + a z with a, b = ±1 and z normal: 1, 4, 9, 0 and 1 of 15."""
    z = np.random.default_rng(2).normal(size=(4000, 1, 1))
    a, b = np.array([-1.0, 1.0])[None, :, None], np.array([-1.0, 1.0])[None, None, :]
    found = split_crossed(z + 2 * a + 3 * b + a * z, ("a", "b"), resamples=50)
    np.testing.assert_allclose(found.shares, np.array([1, 4, 9, 0, 1]) / 15, atol=0.01)
    np.testing.assert_allclose(found.total, np.array([2, 5, 9]) / 15, atol=0.01)
    low, high = found.interval.T
    assert (low <= found.shares).all() and (found.shares <= high + 1e-9).all()
