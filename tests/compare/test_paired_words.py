"""Sentences on a paired difference: each says what its shares allow, and a tie is neither higher nor lower."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from carbonlab.compare.paired_words import (
    PairedDifference,
    mean_in_words,
    share_of_draws,
    shares_in_words,
    verdict_in_words,
)
from carbonlab.messages import set_language


def paired(higher: float, equal: float, mean: float = 1.0) -> PairedDifference:
    return PairedDifference(mean, 2.0, 64, higher, equal)


def test_a_tie_is_not_told_as_never_higher() -> None:
    tie, lower = paired(0.0, 1.0, 0.0), paired(0.0, 0.0, -1.0)
    assert shares_in_words(tie) == "of 64 draws: 0 % higher, 0 % lower, 100 % equal"
    assert shares_in_words(lower) == "of 64 draws: 0 % higher, 100 % lower, 0 % equal"
    assert (
        verdict_in_words(tie, "a", "b") == "b equals a in every draw: the data decide nothing between them."
    )
    assert verdict_in_words(lower, "a", "b") == "b is below a in every draw."


@pytest.mark.parametrize(
    ("higher", "equal", "words"),
    [
        (1.0, 0.0, "b is above a in every draw."),
        (0.96875, 0.0, "b is above a in 96.9 % of the draws: the data hardly"),
        (0.03125, 0.0, "b is below a in 96.9 % of the draws: the data hardly"),
        (0.5, 0.25, "neither is above the other one in enough draws (50.0 % at most)"),
        (0.9375, 0.0, "leave open which is higher"),
    ],
)
def test_the_verdict_follows_the_shares(higher: float, equal: float, words: str) -> None:
    assert words in verdict_in_words(paired(higher, equal), "a", "b")


def test_the_interval_of_the_mean_is_students() -> None:
    values = np.random.default_rng(1).normal(2.0, 3.0, 12)
    found = PairedDifference(
        float(values.mean()), float(values.std(ddof=1) / np.sqrt(12)), 12, 0.5, 0.0
    ).interval_of_mean()
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found == pytest.approx((expected.low, expected.high))


def test_a_design_or_a_single_draw_has_no_interval() -> None:
    assert PairedDifference(1.0, None, 64, 1.0, 0.0).interval_of_mean() is None
    assert PairedDifference(1.0, float("nan"), 1, 1.0, 0.0).interval_of_mean() is None
    assert mean_in_words(PairedDifference(1.5, None, 64, 1.0, 0.0)) == "mean difference +1.5 kg CO2e"


def test_the_mean_of_ties_is_nothing_but_rounding() -> None:
    assert mean_in_words(PairedDifference(2e-16, 1e-16, 64, 0.0, 1.0)) == "mean difference 0 kg CO2e"


def test_percentages_round_to_certainty_only_where_it_is_certain() -> None:
    assert [share_of_draws(x) for x in (0.0, 1e-5, 0.9999, 1.0)] == ["0 %", "< 0.1 %", "> 99.9 %", "100 %"]


def test_in_chinese() -> None:
    set_language("zh_CN")
    try:
        assert shares_in_words(paired(0.25, 0.5)) == "64 次抽样中：25.0 % 更高，25.0 % 更低，50.0 % 相等"
    finally:
        set_language("en")
