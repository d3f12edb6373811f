"""The numbering of stats_arrays: moments on both sides, there and back, refusals by their words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from carbonlab.errors import FormatError, RefusedError
from carbonlab.formats.stats_arrays import distribution_from_numbers, numbers_from_distribution
from carbonlab.inventory.records import Distribution
from tests.sampling.spread_database import KINDS
from tests.sampling.test_distributions import shapes_of

ENTRIES: dict[int, tuple[dict[str, float], float, float]] = {
    2: ({"loc": math.log(3.0), "scale": 0.2}, 3.0 * math.exp(0.02), 9.0 * math.exp(0.04) * math.expm1(0.04)),
    3: ({"loc": 5.0, "scale": 0.5}, 5.0, 0.25),
    4: ({"minimum": 2.0, "maximum": 5.0}, 3.5, 0.75),
    5: ({"minimum": 1.0, "loc": 2.0, "maximum": 6.0}, 3.0, (1 + 4 + 36 - 2 - 6 - 12) / 18),
    7: ({"minimum": 2.0, "maximum": 5.0}, 3.0, 2 / 3),
    9: ({"loc": 1.0, "scale": 0.5, "shape": 4.0}, 3.0, 1.0),
    13: ({"minimum": 1.0, "loc": 2.0, "maximum": 6.0}, 2.5, 1.5 * 3.5 / 7),
}


@pytest.mark.parametrize("number", ENTRIES)
def test_moments_and_back(number: int) -> None:
    values, mean, variance = ENTRIES[number]
    found = distribution_from_numbers(number, values)
    assert found is not None
    shapes = shapes_of(found)
    assert shapes.mean()[0] == pytest.approx(mean) and shapes.variance()[0] == pytest.approx(variance)
    again = numbers_from_distribution(found)
    assert again.pop("uncertainty_type") == number
    assert {name: again[name] for name in values} == pytest.approx(values)


def test_no_spread_and_negative_amounts() -> None:
    assert distribution_from_numbers(0, {}) is None and distribution_from_numbers(1, {"loc": 3.0}) is None
    found = distribution_from_numbers(2, {"loc": math.log(3.0), "scale": 0.2, "negative": 1})
    assert found is not None and found.loc == pytest.approx(-3.0)
    assert numbers_from_distribution(found)["negative"] == 1.0
    middle = distribution_from_numbers(5, {"minimum": 1.0, "maximum": 3.0, "loc": np.nan})
    assert middle is not None and middle.loc == 2.0


@pytest.mark.parametrize(
    ("number", "values", "error", "words"),
    [
        (8, {"shape": 2.0}, RefusedError, r"Weibull \(8\) has no counterpart"),
        (99, {}, FormatError, "no uncertainty type 99"),
        (2, {"loc": 1.0}, FormatError, "has no scale"),
        (2, {"loc": 1.0, "scale": 0.1, "maximum": 9.0}, RefusedError, "is cut off at nan and 9"),
        (13, {"minimum": 1.0, "loc": 2.0, "maximum": 3.0, "scale": 2.0}, RefusedError, "weighs its mode 2"),
        (9, {"shape": 2.0, "scale": 1.0, "negative": 1}, RefusedError, "marked as negative"),
        (7, {"minimum": 0.5, "maximum": 3.0}, FormatError, "no whole numbers"),
    ],
)
def test_what_cannot_be_said_here(number: int, values: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        distribution_from_numbers(number, values)


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        (Distribution(kind=KINDS.EMPIRICAL, points="1; 2"), "no empirical distribution"),
        (Distribution(kind=KINDS.DISCRETE, points="1:1; 2:3"), "whole numbers of equal weight"),
    ],
)
def test_what_cannot_be_said_there(distribution: Distribution, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        numbers_from_distribution(distribution)
