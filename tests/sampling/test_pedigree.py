"""Pedigree factors: complete sets, hand calculations, what the sets have in common, mistakes in words."""

from __future__ import annotations

import csv
import math
from importlib import resources
from pathlib import Path

import pytest

from carbonlab.errors import InventoryError, NotFoundError
from carbonlab.sampling.pedigree import (
    INDICATORS,
    SETS,
    basic_uncertainty_factors,
    geometric_deviation,
    pedigree_factors,
    scores_of,
)


@pytest.mark.parametrize("name", SETS)
def test_sets_are_complete_and_grow_with_the_score(name: str) -> None:
    table = pedigree_factors(name)
    indicators = INDICATORS if name == "ecoinvent_2" else INDICATORS[:5]
    assert set(table) == {(indicator, score) for indicator in indicators for score in range(1, 6)}
    nothing = 0.0 if name == "ecoinvent_3" else 1.0
    for indicator in indicators:
        values = [table[indicator, score] for score in range(1, 6)]
        assert values[0] == nothing and values == sorted(values)


def test_every_value_has_a_source() -> None:
    text = resources.files("carbonlab.sampling").joinpath("pedigree_factors.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 111 and all(row["source"] and row["url"] and row["confidence"] for row in rows)


def test_values_are_those_of_the_figures(shared_reference: Path) -> None:
    with (shared_reference / "figures_2.csv").open(encoding="utf-8") as file:
        figures = [row for row in csv.DictReader(file) if row["name"].startswith(("Pedigree", "Basic unc"))]
    ours = resources.files("carbonlab.sampling").joinpath("pedigree_factors.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(ours.splitlines()))
    assert [(f["value"], f["source"], f["confidence"]) for f in figures] == [
        (r["value"], r["source"], r["confidence"]) for r in rows
    ]


def test_by_hand() -> None:
    """(2;3;2;1;1) with 1.05: factors 1.05, 1.05, 1.03; ln² sums to 2·0.0023805 + 0.0008737 + 0.0023805."""
    expected = math.exp(math.sqrt((3 * math.log(1.05) ** 2 + math.log(1.03) ** 2) / 4))
    assert geometric_deviation("(2;3;2;1;1)", factors="ecoinvent_2", basic=1.05) == pytest.approx(expected)
    assert geometric_deviation("2, 3, 2, 1, 1", factors="ecoinvent_2", basic=1.05) == pytest.approx(expected)
    variance = 0.0006 + 0.0006 + 0.0002 + math.log(1.05) ** 2 / 4
    added = geometric_deviation("(2;3;2;1;1)", factors="ecoinvent_3", basic=1.05)
    assert added == pytest.approx(math.exp(math.sqrt(variance)))
    assert added == pytest.approx(expected, rel=2e-3), "the variances are those of the older factors, rounded"
    assert geometric_deviation("(5;1;1;1;1)", factors="empirical", basic=1.0) == pytest.approx(1.69**0.5)


def test_basic_factors() -> None:
    factors = basic_uncertainty_factors()
    assert len(factors) == 31 and factors["infrastructure"] == 3.0
    assert all(1 < value <= 5 for value in factors.values())


@pytest.mark.parametrize(
    "text", ["", "good", "(1;2;3)", "(1;2;3;4;6)", "(0;1;1;1;1)", "(1;2;3;4;5;1;1)", "n.a."]
)
def test_what_are_no_scores(text: str) -> None:
    with pytest.raises(InventoryError, match="are no pedigree scores"):
        scores_of(text)


def test_no_factor_is_no_guess() -> None:
    with pytest.raises(InventoryError, match="have none for sample size"):
        geometric_deviation("(1;1;1;1;1;2)", factors="ecoinvent_3", basic=1.0)
    with pytest.raises(NotFoundError, match="no set of pedigree factors 'best'"):
        geometric_deviation("(1;1;1;1;1)", factors="best", basic=1.0)
