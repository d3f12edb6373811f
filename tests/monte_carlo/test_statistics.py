"""Statistics of draws: against numpy on all draws at once, and the same bits for every way of cutting them up."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import RefusedError
from carbonlab.monte_carlo import row_statistics
from carbonlab.monte_carlo.accumulate import accumulate
from carbonlab.monte_carlo.chunks import Chunk
from carbonlab.monte_carlo.moments import GRAIN, Moments
from carbonlab.monte_carlo.pair_counts import PairCounts, resolution_of
from carbonlab.monte_carlo.quantile_sketch import MEMORY, QuantileSketch, bits_for, relative_error
from carbonlab.monte_carlo.row_statistics import RowStatistics
from carbonlab.monte_carlo.statistics import Statistics
from tests.monte_carlo.toy_draws import SIGMA, STATIC, ToyTask, toy_axes, toy_totals

DRAWS = 1000
SHARES = (0.0, 0.025, 0.5, 0.95, 1.0)


def simulated(chunk: int | None = None, *, draws: int = DRAWS) -> Statistics:
    statistics = Statistics(toy_axes())
    accumulate(ToyTask(), statistics, draws=draws, chunk=chunk)
    return statistics


def same_bits(one: Statistics, other: Statistics) -> bool:
    a, b = one.state(), other.state()
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a)


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    return simulated()


@pytest.fixture(scope="module")
def totals() -> np.ndarray:
    return toy_totals(np.arange(DRAWS))


def test_mean_and_variance_are_those_of_all_draws(statistics: Statistics, totals: np.ndarray) -> None:
    for rows, own in zip(statistics.totals, totals, strict=True):
        assert np.array_equal(rows.moments.count, (~np.isnan(own)).sum(axis=1))
        np.testing.assert_allclose(rows.moments.mean, np.nanmean(own, axis=1), rtol=1e-13)
        np.testing.assert_allclose(rows.moments.variance, np.nanvar(own, axis=1, ddof=1), rtol=1e-12)
        assert np.array_equal(rows.smallest, np.nanmin(own, axis=1))
        assert np.array_equal(rows.largest, np.nanmax(own, axis=1))


def test_mean_of_a_lognormal_is_the_one_of_theory(statistics: Statistics) -> None:
    expected = STATIC[1, :2] * np.exp(SIGMA[1, :2] ** 2 / 2)
    standard_error = np.sqrt(statistics.totals[1].moments.variance[:2] / DRAWS)
    assert (np.abs(statistics.totals[1].moments.mean[:2] - expected) < 4 * standard_error).all()


def test_quantiles_lie_within_their_stated_error(statistics: Statistics, totals: np.ndarray) -> None:
    for rows, own in zip(statistics.totals, totals, strict=True):
        values, errors = rows.quantiles(SHARES)
        for row, draws in enumerate(own):
            true = np.quantile(draws[~np.isnan(draws)], SHARES, method="inverted_cdf")
            assert (np.abs(values[:, row] - true) <= errors[:, row] * (1 + 1e-12)).all()
    values, errors = statistics.totals[0].quantiles(SHARES)
    assert (
        errors <= relative_error(8) * np.abs(values) * 1.01
    ).all()  # no sign change there: every bin is narrow
    assert np.abs(errors / values).max() > 1e-4  # and the error is no fiction


def test_failed_lanes_are_counted_and_never_averaged_in(statistics: Statistics) -> None:
    assert statistics.lane_statuses.tolist() == [[990, 10], [1000, 0]]
    assert statistics.lane_stages.tolist() == [[990, 10], [1000, 0]]
    assert statistics.totals[0].moments.count.tolist() == [990] * 3
    assert statistics.differences[0].moments.count.tolist() == [990] * 3
    assert np.isfinite(statistics.totals[0].moments.mean).all()
    assert statistics.crossings.tolist() == [100, 0]
    assert statistics.residual.max() == pytest.approx(7e-12)
    assert statistics.error.max() == pytest.approx(5e-10)


def test_sign_changes_are_counted(statistics: Statistics, totals: np.ndarray) -> None:
    assert statistics.totals[0].opposite.tolist() == [0, 0, 0]
    assert statistics.totals[1].opposite.tolist() == [0, 0, int((totals[1, 2] < 0).sum())]
    assert statistics.totals[1].opposite[2] > 100


def test_differences_are_paired(statistics: Statistics, totals: np.ndarray) -> None:
    difference = totals[1] - totals[0]
    rows = statistics.differences[0]
    np.testing.assert_allclose(rows.moments.mean, np.nanmean(difference, axis=1), rtol=1e-12, atol=1e-15)
    assert (
        rows.moments.squares[1] == 0.0
    )  # the same number in every draw: two independent histograms would differ
    assert statistics.rule_set_pairs is not None
    higher, equal = statistics.rule_set_pairs.probability()
    pairs = ~np.isnan(difference)
    assert higher[1, 0].tolist() == ((difference > 0).sum(axis=1) / pairs.sum(axis=1) * [1, 0, 1]).tolist()
    assert equal[1, 0].tolist() == [0.0, 1.0, 0.0]
    assert (higher[0, 1] + higher[1, 0] + equal[0, 1] == 1.0).all()


def test_products_are_compared_in_the_same_draw(statistics: Statistics, totals: np.ndarray) -> None:
    assert statistics.product_pairs is not None
    higher, _ = statistics.product_pairs.probability()
    assert higher[1, 0].tolist() == [1.0, 1.0]
    assert higher[2, 0, 1] == (totals[1, 2] > totals[1, 0]).mean()


def test_parts_sum_to_the_total(statistics: Statistics) -> None:
    for parts, rows in zip(statistics.parts, statistics.totals, strict=True):
        np.testing.assert_allclose(
            parts.moments.mean.reshape(-1, 2).sum(axis=1), rows.moments.mean, rtol=1e-12
        )


@pytest.mark.parametrize("chunk", [1, 64, 192, 320, 5000])
def test_the_size_of_chunks_changes_no_bit(statistics: Statistics, chunk: int) -> None:
    assert same_bits(statistics, simulated(chunk))


def test_more_draws_leave_the_first_ones_alone(statistics: Statistics) -> None:
    short = simulated(draws=640)
    longer = simulated(draws=640)
    accumulate(ToyTask(), longer, draws=DRAWS)
    assert same_bits(statistics, longer)
    assert not same_bits(statistics, short)


def test_memory_does_not_grow_with_draws() -> None:
    assert simulated(draws=64 * 2).memory == simulated(draws=64 * 40).memory
    peaks = []
    for draws in (64 * 10, 64 * 10, 64 * 100):  # the first run fills caches of libraries
        tracemalloc.start()
        simulated(64, draws=draws)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.05 * peaks[1]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(-1e3, 1e3), st.integers(3, 11))
def test_every_value_lies_in_the_bounds_of_its_rank(values: list[float], reference: float, bits: int) -> None:
    sketch = QuantileSketch(np.array([reference]), bits)
    sketch.add(np.array([values]))
    value, low, high = sketch.bounds(np.arange(1, len(values) + 1)[:, None])
    true = np.sort(values)
    assert (low[:, 0] <= true).all()
    assert (true <= high[:, 0]).all()
    assert not (value[:, 0] < low[:, 0]).any()


def test_ranks_within_one_bin_stand_at_the_middles_of_equal_parts() -> None:
    sketch = QuantileSketch(np.ones(1), 6)
    sketch.add(np.full((1, 4), 1.001))
    value, low, high = sketch.bounds(np.array([[1], [2], [3], [4]]))
    np.testing.assert_allclose((value - low) / (high - low), [[0.125], [0.375], [0.625], [0.875]], rtol=1e-12)


def test_zero_infinity_and_missing_values_have_their_places() -> None:
    rows = RowStatistics(np.array([1.0, 0.0]), 6)
    rows.add(np.array([[0.0, -0.0, 1e150, np.nan], [-1e-300, 1e-300, np.nan, np.nan]]))
    values, errors = rows.quantiles([0.0, 1.0])
    assert values[0, 0] == pytest.approx(0.0, abs=1 / 64)
    assert values[1, 0] + errors[1, 0] >= 1e150  # beyond the last bin: the error says so
    assert np.abs(values[:, 1]).max() <= 1e-300
    assert rows.moments.count.tolist() == [3, 2]


def test_merging_sketches_is_adding_in_any_order() -> None:
    values = np.random.default_rng(3).normal(size=(5, 300))
    whole, merged = QuantileSketch(values[:, 0], 7), QuantileSketch(values[:, 0], 7)
    whole.add(values)
    for start in (200, 0, 100):
        part = QuantileSketch(values[:, 0], 7)
        part.add(values[:, start : start + 100])
        merged.merge(*part.take())
        assert len(part.sparse()[0].place) == 0
    for one, other in zip(whole.sparse(), merged.sparse(), strict=True):
        assert np.array_equal(one.place, other.place)
        assert np.array_equal(one.count, other.count)


def test_bins_get_coarser_with_more_rows_and_stay_within_the_memory() -> None:
    assert bits_for(1) == 11
    assert bits_for(23_523) == 6
    sketch = QuantileSketch(np.ones(23_523), bits_for(23_523))
    assert sketch.memory <= MEMORY
    with pytest.raises(RefusedError, match="quantiles of 10,000,000 numbers") as caught:
        bits_for(10_000_000)
    assert "ask for fewer products" in caught.value.remedy


def test_without_quantiles_everything_else_is_there() -> None:
    rows = RowStatistics(np.array([1.0]), None)
    rows.add(np.arange(1.0, 11.0)[None])
    assert rows.moments.mean[0] == 5.5
    assert np.isnan(rows.quantiles([0.5])[0]).all()


def test_a_single_draw_has_no_variance() -> None:
    assert np.isnan(Moments.of(np.array([[1.0]])).variance[0])
    assert Moments.none(1).merged(Moments.of(np.array([[np.nan]]))).count[0] == 0


def test_partial_results_are_added_in_the_order_of_draws() -> None:
    task = ToyTask().prepare()
    with pytest.raises(ValueError, match="draw 0 is next, not 64"):
        Statistics(toy_axes()).merge(task.run(Chunk(GRAIN, GRAIN)))


def test_equal_means_within_the_accuracy_of_the_solver() -> None:
    static = np.array([[1.0], [1.0]])
    pairs = PairCounts.none(2, 1)
    pairs.add(np.array([[[1.0, 1.0]], [[1.0 + 1e-9, 1.1]]]), resolution_of(static))
    higher, equal = pairs.probability()
    assert (higher[1, 0, 0], equal[1, 0, 0]) == (0.5, 0.5)


@pytest.mark.parametrize("draws", [64, 37])
def test_the_compiled_form_gives_the_same_bits_as_numpy(monkeypatch: pytest.MonkeyPatch, draws: int) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(50, draws)) + 2.0 * rng.normal(size=(50, 1))
    values[3, 5], values[4] = np.nan, np.nan
    values[6], values[7, 2] = 0.0, -0.0
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(row_statistics, "IS_COMPILED", compiled and row_statistics.IS_COMPILED)
        rows = RowStatistics(np.linspace(-3, 3, 50), 7)
        rows.add(values)
        rows.add(2 * values)
        found.append(rows.state())
    for name in found[0]:
        assert np.array_equal(found[0][name], found[1][name], equal_nan=True), name
