"""The terms of an attribution in reading order: the largest first, rounding as zero, and why a slot moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr

from carbonlab.messages import available_languages, has_message, in_language, message, shown_name
from carbonlab.results.schema import CANCELLATION

MOST_TOGETHER = 5
"""Groups of slots that move something only together, of which so many are listed."""


@dataclass(frozen=True)
class Term:
    """What one slot, or slots that are one player, make of a difference [kg CO2e per unit of analysis].

    Attributes
    ----------
    player, name : str
        Keys of the slots joined by ` + `, and their names.
    shapley, alone, last : float
        Its part of the difference; what it moves as the first change from the baseline, and as the last one.
    note : str
        Why it moves nothing, or which share it cannot reach.
    """

    player: str
    name: str
    shapley: float
    alone: float
    last: float
    note: str


@dataclass(frozen=True)
class AttributionTerms:
    """The attribution of the difference of one product.

    Attributes
    ----------
    product, product_name, baseline, alternative : str
        Keys, and the name of the product as it is shown.
    difference, baseline_total, alternative_total : float
        [kg CO2e per unit of analysis]
    terms : tuple of Term
        Slots whose rules differ, the largest part first.
    same : tuple of str
        Names of the slots that have the same rule on both sides.
    together : tuple of (str, float)
        What slots move only together, the largest first.
    """

    product: str
    product_name: str
    baseline: str
    alternative: str
    difference: float
    baseline_total: float
    alternative_total: float
    terms: tuple[Term, ...]
    same: tuple[str, ...]
    together: tuple[tuple[str, float], ...]


def split_unmoved(attribution: xr.Dataset) -> tuple[list[AttributionTerms], list[AttributionTerms]]:
    """Return the terms of the products with a number: those that some rule moves, and those that none moves.

    A single product that nothing moves is among the first: it is told with its reasons.
    """
    every = [terms_of(attribution, str(product)) for product in attribution["product"].values]
    known = [found for found in every if found is not None]
    unmoved = [found for found in known if not any(term.shapley for term in found.terms)]
    if len(unmoved) < 2:
        return known, []
    return [found for found in known if found not in unmoved], unmoved


def unmoved_in_words(unmoved: Sequence[AttributionTerms]) -> str:
    """Return one sentence on products that no rule moves."""
    ends = {"baseline": unmoved[0].baseline, "alternative": unmoved[0].alternative}
    products = ", ".join(found.product for found in unmoved)
    return message("comparison.unmoved", count=len(unmoved), products=products, **ends)


def terms_of(attribution: xr.Dataset, product: str) -> AttributionTerms | None:
    """Return the terms of one product of an attribution (`carbonlab.compare.attribution.attribute`).

    None where one of the two rule sets gives it no number.
    """
    one = attribution.sel(product=product)
    difference, base = float(one["difference"]), float(one["baseline_total"])
    if np.isnan(difference):
        return None
    terms, same = _terms(one, CANCELLATION * max(abs(base), float(np.abs(one["shapley"]).max())))
    together = [
        (" × ".join(player_in_words(p) for p in str(group).split(" × ")), float(value))
        for group, value in zip(one["group"].values, one["interaction"].values, strict=True)
        if abs(value) > 1e-9 * abs(base)
    ]
    return AttributionTerms(
        product=product,
        product_name=shown_name(str(one["product_name"].item())),
        baseline=str(attribution.attrs["baseline"]),
        alternative=str(attribution.attrs["alternative"]),
        difference=difference,
        baseline_total=base,
        alternative_total=float(one["alternative_total"]),
        terms=tuple(terms),
        same=tuple(same),
        together=tuple(sorted(together, key=lambda pair: -abs(pair[1]))[:MOST_TOGETHER]),
    )


def _terms(one: xr.Dataset, rounding: float) -> tuple[list[Term], list[str]]:
    terms, same = [], []
    for place in np.argsort(-np.abs(one["shapley"].values), kind="stable"):
        row = one.isel(player=int(place))
        player, reason = str(row["player"].item()), str(row["reason"].item())
        if reason in _same_rule():
            same.append(player_in_words(player))
            continue
        parts = (float(row[name]) for name in ("shapley", "from_baseline", "from_alternative"))
        shapley, alone, last = (without_rounding(part, rounding) for part in parts)
        note = reason or _beyond(float(row["unreachable"]))
        terms.append(Term(player, player_in_words(player), shapley, alone, last, note))
    return terms, same


@cache
def _same_rule() -> frozenset[str]:
    """Return how an attribution says that both sides have the same rule, in the language that it was made in."""
    texts = set()
    for language in available_languages():
        with in_language(language):
            texts.add(message("reason.same_rule"))
    return frozenset(texts)


def without_rounding(moved: float, rounding: float) -> float:
    """Return what a rule moved, or 0 where it is only what cancellation leaves."""
    return 0.0 if abs(moved) <= rounding else moved


def player_in_words(player: str) -> str:
    """Return the names of the slots of a player."""
    return " + ".join(
        message(f"slot.{slot}") if has_message(f"slot.{slot}") else slot for slot in player.split(" + ")
    )


def _beyond(share: float) -> str:
    return message("reason.unreachable", share=f"{100 * share:.1f}") if share >= 5e-4 else ""
