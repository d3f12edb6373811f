"""Pedigree scores as geometric standard deviations, by one of three published sets of factors.

With factors U (squared geometric standard deviations; sets ``ecoinvent_2``, ``empirical``) and a basic factor U_b,

    σ² = [(ln U_b)² + Σ (ln U)²] / 4,        geometric standard deviation = e^σ,

with the set ``ecoinvent_3``, whose values are variances of the logarithm, σ² = (ln U_b)² / 4 + Σ added variances
(Frischknecht et al. 2007; Weidema et al. 2013; Ciroth et al. 2016, doi:10.1007/s11367-013-0670-5, recalled). The
sets are not mixed. Each value stands in ``pedigree_factors.csv`` with its source and how far it was checked.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import InventoryError, NotFoundError
from carbonlab.inventory.database import Database
from carbonlab.sampling.plan import SamplingPlan

INDICATORS = (
    "reliability",
    "completeness",
    "temporal_correlation",
    "geographical_correlation",
    "technological_correlation",
    "sample_size",
)
"""In the order in which scores are written; the sixth, of ecoinvent 2 only, may be missing."""

SETS = ("ecoinvent_2", "empirical", "ecoinvent_3")
ADDED_VARIANCE = ("ecoinvent_3",)
"""Sets whose values are variances of the logarithm; those of the others are squared geometric deviations."""

_SCORES = re.compile(r"\(?\s*(\d(?:\s*[;,]\s*\d){4,5})\s*\)?")


def pedigree_factors(name: str) -> Mapping[tuple[str, int], float]:
    """Return the values of a set by indicator and score.

    Raises
    ------
    NotFoundError
        If there is no such set.
    """
    if name not in SETS:
        raise NotFoundError(
            f"there is no set of pedigree factors {name!r}", remedy=f"use one of {', '.join(SETS)}"
        )
    return MappingProxyType(
        {(row["indicator"], int(row["score"])): float(row["value"]) for row in _rows() if row["set"] == name}
    )


def basic_uncertainty_factors() -> Mapping[str, float]:
    """Return the basic uncertainty factors, squared geometric standard deviations, by kind of exchange [-]."""
    return MappingProxyType(
        {row["indicator"]: float(row["value"]) for row in _rows() if row["set"] == "basic"}
    )


def scores_of(text: str) -> tuple[int, ...]:
    """Return the five or six scores of a text such as ``(2;3;2;1;1)``.

    Raises
    ------
    InventoryError
        If the text is no list of five or six scores from 1 to 5.

    Examples
    --------
    >>> scores_of("(2;3;2;1;1)")
    (2, 3, 2, 1, 1)
    """
    found = _SCORES.fullmatch(text.strip())
    scores = tuple(int(score) for score in re.findall(r"\d", found.group(1))) if found else ()
    if not scores or not all(1 <= score <= 5 for score in scores):
        raise InventoryError(
            f"{text!r} are no pedigree scores",
            why="a spread would be made up",
            remedy="write five or six scores from 1 to 5: (2;3;2;1;1)",
        )
    return scores


def geometric_deviation(text: str, *, factors: str, basic: float) -> float:
    """Return the geometric standard deviation [-] that pedigree scores stand for.

    Parameters
    ----------
    text : str
        The scores.
    factors : str
        Name of the set, one of `SETS`.
    basic : float
        Basic uncertainty factor: a squared geometric standard deviation [-], 1 for none.

    Raises
    ------
    InventoryError
        If the text is no list of scores, or the set has no factor for one of them.
    NotFoundError
        If there is no such set.

    Examples
    --------
    >>> round(geometric_deviation("(1;1;1;1;1)", factors="ecoinvent_2", basic=1.05) ** 2, 6)
    1.05
    """
    table = pedigree_factors(factors)
    scores = scores_of(text)
    variance = math.log(basic) ** 2 / 4
    for indicator, score in zip(INDICATORS, scores, strict=False):
        value = table.get((indicator, score))
        if value is None:
            raise InventoryError(
                f"the pedigree factors {factors!r} have none for {indicator.replace('_', ' ')}",
                where=text,
                why="a part of the spread would be left out",
                remedy="choose another set, or state the spread itself",
            )
        variance += value if factors in ADDED_VARIANCE else math.log(value) ** 2 / 4
    return math.exp(math.sqrt(variance))


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files(__package__).joinpath("pedigree_factors.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def scored_rows(
    database: Database, plan: SamplingPlan, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64], int]:
    """Return those of some exchanges (rows) that have scores, their geometric standard deviations under a plan, and
    how many scores cannot be read.
    """
    codes, words = database.codes("exchanges", "pedigree")
    deviations = np.full(len(words) + 1, np.nan)
    for number, word in enumerate(words):
        try:
            deviations[number] = geometric_deviation(
                word, factors=plan.pedigree, basic=plan.basic_uncertainty
            )
        except InventoryError:
            continue  # counted: what the scores say is not known
    deviation = deviations[codes[rows]]
    unreadable = int(((codes[rows] >= 0) & np.isnan(deviation)).sum())
    return rows[deviation > 1.0], deviation[deviation > 1.0], unreadable
