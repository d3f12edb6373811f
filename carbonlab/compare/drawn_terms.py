"""The terms of an attribution over draws in reading order: the largest mean first, rounding as zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from carbonlab.compare.attribution_terms import player_in_words
from carbonlab.compare.paired_words import PairedDifference


@dataclass(frozen=True)
class DrawnTerm:
    """What a slot makes of a difference over the draws [kg CO2e per unit of analysis].

    Attributes
    ----------
    player, name : str
        Keys of the slots joined by ` + `, and their names.
    stated, mean, low, high : float
        On the stated data, on average over the draws, and the ends of the interval of the draws.
    raises, lowers : float
        Shares of the draws in which it raises and lowers the footprint [-].
    """

    player: str
    name: str
    stated: float
    mean: float
    low: float
    high: float
    raises: float
    lowers: float


def drawn_terms_of(one: xr.Dataset) -> tuple[DrawnTerm, ...]:
    """Return the terms of one product of `carbonlab.attribute_draws`."""
    playing = one.isel(player=np.flatnonzero(one["plays"].values))
    order = np.argsort(-np.abs(playing["shapley_mean"].values), kind="stable")
    return tuple(_term(playing.isel(player=int(place))) for place in order)


def _term(term: xr.Dataset) -> DrawnTerm:
    raises, lowers = float(term["probability_positive"]), float(term["probability_negative"])
    moves = raises + lowers > 0  # else it is rounding
    names = ("shapley_of_stated", "shapley_mean")
    stated, mean = (float(term[name]) if moves else 0.0 for name in names)
    low, high = term["shapley_interval"].values.tolist() if moves else (0.0, 0.0)
    player = str(term["player"].item())
    return DrawnTerm(player, player_in_words(player), stated, mean, low, high, raises, lowers)


def paired_of(one: xr.Dataset) -> PairedDifference:
    """Return the difference of one product of `carbonlab.attribute_draws` over the draws."""
    names = ("difference_mean", "difference_standard_error", "probability_higher", "probability_equal")
    mean, error, higher, equal = (float(one[name]) for name in names)
    return PairedDifference(mean, error, int(one["draws_with_number"]), higher, equal)
