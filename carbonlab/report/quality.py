"""Data quality of a result: how much of it rests on values of which kind, confidence, age and place.

The footprint is the sum of emission values times how often their process runs; each such term belongs to
the exchange that states the emission, so that the shares of all kinds sum to one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carbonlab.inventory.years import year_of
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import FloatArray

AGES = ((5, "to_5"), (10, "to_10"), (20, "to_20"))
"""Age in years up to which a value is of a class; older ones are ``over_20``."""

EVERYWHERE = ("GLO", "RoW", "World", "global")
"""Words for values that hold for no place in particular."""


def quality_of(
    evaluation: Evaluation, scaling: FloatArray, *, reference_year: str, location: str
) -> dict[str, dict[str, float]]:
    """Return how much of a result rests on values of which kind, confidence, age and place.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    scaling : float array (columns,)
        Scaling vector of the demand.
    reference_year : str
        Year that the study is about; the age of a value counts back from it.
    location : str
        Where the product is made; "" if nobody says.

    Returns
    -------
    dict of str to dict
        ``value_kind``, ``confidence``; ``age`` (``to_5``, ``to_10``, ``to_20``, ``over_20`` years, ``undated``);
        ``place`` (``same``, ``wider`` or ``narrower`` region of the same name, ``everywhere``, ``other``,
        ``not_stated``). Shares of absolute contributions that sum to one.
    """
    now = year_of(reference_year)
    return {
        "value_kind": share_by(evaluation, scaling, "value_kind"),
        "confidence": share_by(evaluation, scaling, "confidence"),
        "age": _in_classes(share_by(evaluation, scaling, "year"), lambda year: age_class(year, now)),
        "place": _in_classes(
            share_by(evaluation, scaling, "geography"), lambda place: place_class(place, location)
        ),
    }


def age_class(year: str, now: int | None) -> str:
    """Return the class of age of a value of a year, seen from another.

    Examples
    --------
    >>> age_class("2015-2019", 2024), age_class("1999", 2024), age_class("n.d.", 2024)
    ('to_5', 'over_20', 'undated')
    """
    made = year_of(year)
    if made is None or now is None:
        return "undated"
    return next((name for limit, name in AGES if abs(now - made) <= limit), "over_20")


def place_class(place: str, location: str) -> str:
    """Return how the place of a value matches that of a product.

    Examples
    --------
    >>> [place_class(place, "CN-SW") for place in ("CN-SW", "CN", "GLO", "RNA", "")]
    ['same', 'wider', 'everywhere', 'other', 'not_stated']
    """
    if not place or not location:
        return "not_stated"
    if place == location:
        return "same"
    if place in EVERYWHERE:
        return "everywhere"
    if location.startswith(f"{place}-"):
        return "wider"
    return "narrower" if place.startswith(f"{location}-") else "other"


def _in_classes(shares: dict[str, float], class_of: Callable[[str], str]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for word, share in shares.items():
        sums[class_of(word)] = sums.get(class_of(word), 0.0) + share
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def share_by(evaluation: Evaluation, scaling: FloatArray, column: str) -> dict[str, float]:
    """Return the share of absolute contributions by a word column of the exchanges.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    scaling : float array (columns,)
        Scaling vector of the demand.
    column : str
        ``value_kind``, ``confidence``, ``year``, ``geography`` or another word column of the exchange table.

    Returns
    -------
    dict of str to float
        Shares that sum to one, the largest first; "" stands for what is not stated. Empty if nothing
        contributes.
    """
    system = evaluation.system
    pattern, table = system.intervention_pattern, system.work.intervention
    values = table.values(system.work.amounts)[pattern.entry]
    part = np.abs(impact_weights(evaluation)[pattern.row] * values * scaling[pattern.column])
    codes, words = system.database.codes("exchanges", column)
    codes = codes[table.exchange[pattern.entry]]
    sums = np.bincount(codes + 1, weights=part, minlength=len(words) + 1)
    total = float(sums.sum())
    if not total:
        return {}
    shares = dict(zip(["", *words], (sums / total).tolist(), strict=True))
    return {word: share for word, share in sorted(shares.items(), key=lambda item: -item[1]) if share}
