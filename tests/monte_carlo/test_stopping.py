"""Adaptive stop: wide enough to be true, and at the same draw however the work is cut up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from carbonlab.errors import StudyError
from carbonlab.monte_carlo.accumulate import Ending, accumulate
from carbonlab.monte_carlo.row_statistics import RowStatistics
from carbonlab.monte_carlo.statistics import Statistics
from carbonlab.monte_carlo.stopping import Until, interval
from tests.monte_carlo.toy_draws import ToyTask, toy_axes


def stopped(until: Until, chunk: int | None = None, draws: int = 6400) -> tuple[Ending, Statistics]:
    statistics = Statistics(toy_axes())
    return accumulate(ToyTask(), statistics, draws=draws, chunk=chunk, until=until), statistics


def test_it_ends_as_soon_as_the_mean_is_known_well_enough() -> None:
    until = Until(0.5, every=128)
    ending, statistics = stopped(until)
    assert ending is Ending.NARROW_ENOUGH
    assert 256 <= statistics.draws < 6400
    assert until.is_reached(statistics)
    _, before = stopped(Until(1e-9), draws=statistics.draws - until.step)
    assert not until.is_reached(before)
    for rows in statistics.totals:
        low, high = interval(rows, "mean", 0.95)
        assert ((high - low) / np.abs(rows.moments.mean) <= 0.5).all()


@pytest.mark.parametrize("chunk", [64, 320, 2048])
def test_it_ends_at_the_same_draw_for_every_size_of_chunks(chunk: int) -> None:
    until = Until(0.5, every=100)
    assert until.step == 128
    assert stopped(until, chunk)[1].draws == stopped(until)[1].draws


def test_a_quantile_can_be_waited_for_too() -> None:
    loose, tight = (stopped(Until(width, of=0.5, every=64)) for width in (2.0, 1.0))
    assert loose[1].draws < tight[1].draws
    assert tight[0] is Ending.NARROW_ENOUGH


def test_all_draws_are_made_where_the_interval_stays_wide() -> None:
    ending, statistics = stopped(Until(1e-6), draws=640)
    assert (ending, statistics.draws) == (Ending.ALL_DRAWS, 640)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    rows = RowStatistics(np.ones(400), 11)
    rows.add(np.exp(rng.normal(size=(400, 512))))
    for of, true in (("mean", np.exp(0.5)), (0.9, np.exp(stats.norm.ppf(0.9)))):
        low, high = interval(rows, of, 0.95)
        covered = ((low <= true) & (true <= high)).mean()
        assert 0.90 <= covered <= 0.99


def test_what_ending_early_costs_is_what_is_said() -> None:
    """Lognormals with σ = 1, 20 % wide: 93 % of the intervals for 95 % cover the mean, which is 0.4 % low."""
    rng, count, true = np.random.default_rng(5), 3000, np.exp(0.5)
    rows = RowStatistics(np.ones(count), None)
    mean, covers, waits = np.zeros(count), np.zeros(count, bool), np.ones(count, bool)
    for _ in range(40):
        rows.add(np.exp(rng.normal(size=(count, 256))))
        low, high = interval(rows, "mean", 0.95)
        now = waits & (high - low <= 0.2 * rows.moments.mean)
        mean[now], covers[now] = rows.moments.mean[now], ((low <= true) & (true <= high))[now]
        waits &= ~now
    assert not waits.any()
    assert covers.mean() == pytest.approx(0.932, abs=0.014)
    assert mean.mean() / true - 1 == pytest.approx(-0.004, abs=0.003)


def test_too_few_draws_make_an_endless_interval() -> None:
    rows = RowStatistics(np.ones(2), 8)
    assert np.isnan(interval(rows, "mean", 0.95)[0]).all()
    rows.add(np.ones((2, 1)))
    assert np.isinf(interval(rows, "mean", 0.95)[1]).all()
    assert np.isinf(interval(rows, 0.99, 0.95)[1]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 0.0},
        {"width": 1.0, "of": 1.5},
        {"width": 1.0, "of": "mode"},
        {"width": 1.0, "confidence": 1.0},
    ],
)
def test_conditions_without_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(StudyError, match="no condition for a simulation to end"):
        Until(**wrong)


@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959963985), (0.99, 2.575829304)])
def test_the_interval_of_the_mean_has_both_tails(confidence: float, z: float) -> None:
    """Values of z: two-sided, as tables of the normal distribution print them."""
    rows = stopped(Until(1e-6), draws=640)[1].totals[0]
    low, high = interval(rows, "mean", confidence)
    wanted = 2 * z * np.sqrt(rows.moments.variance / rows.moments.count)
    known = rows.moments.count > 1
    assert known.any()
    np.testing.assert_allclose((high - low)[known], wanted[known], rtol=1e-8)
