"""Distributions in the numbering and the parameters of `stats_arrays`, which many inventories are exchanged in.

There a lognormal has μ and σ of the logarithm, a gamma shape and scale, a discrete uniform an upper end that is
left out; here records have geometric means and deviations, means and standard deviations, and lists. What one side
cannot say is refused, not approximated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from carbonlab.errors import FormatError, RefusedError
from carbonlab.inventory.points import MAX_POINTS, points_of, points_text
from carbonlab.inventory.records import Distribution
from carbonlab.vocabulary import DistributionKind

NUMBERS = {
    2: DistributionKind.LOGNORMAL,
    3: DistributionKind.NORMAL,
    4: DistributionKind.UNIFORM,
    5: DistributionKind.TRIANGULAR,
    7: DistributionKind.DISCRETE,
    9: DistributionKind.GAMMA,
    13: DistributionKind.BETA_PERT,
}
"""Number of the format → shape; 0 and 1 are numbers without a spread."""

NAMES_OF_OTHERS = {
    6: "Bernoulli",
    8: "Weibull",
    10: "beta",
    11: "generalized extreme value",
    12: "Student's t",
}
BOUNDED = (
    DistributionKind.UNIFORM,
    DistributionKind.TRIANGULAR,
    DistributionKind.DISCRETE,
    DistributionKind.BETA_PERT,
)
"""Shapes that minimum and maximum belong to; those of others cut off their ends."""
NAN = math.nan


def distribution_from_numbers(number: int, values: Mapping[str, float]) -> Distribution | None:
    """Return the distribution of an entry of the format; None for a number without a spread.

    Parameters
    ----------
    number : int
        ``uncertainty_type`` (or ``id``).
    values : mapping of str to float
        ``loc``, ``scale``, ``shape``, ``minimum``, ``maximum``, ``negative``; missing or NaN ones are not stated.

    Raises
    ------
    FormatError
        If the number is unknown or a parameter is missing.
    RefusedError
        If there is no such shape here, or its ends are cut off.

    Examples
    --------
    >>> distribution_from_numbers(2, {"loc": 0.0, "scale": 0.0953101798, "negative": 1}).loc
    -1.0
    """
    if number in (0, 1):
        return None
    if number in NAMES_OF_OTHERS:
        raise RefusedError(
            f"the distribution {NAMES_OF_OTHERS[number]} ({number}) has no counterpart here",
            why="another shape would give other draws",
            remedy="give observations of it as an empirical distribution",
        )
    if number not in NUMBERS:
        raise FormatError(f"there is no uncertainty type {number}", remedy="use a number of stats_arrays")
    kind = NUMBERS[number]
    given = {name: float(values.get(name, NAN)) for name in ("loc", "scale", "shape", "minimum", "maximum")}
    sign = -1.0 if values.get("negative", 0) == 1 else 1.0
    _check_ends(kind, given, sign)
    return _READERS[kind](given, sign)


def numbers_from_distribution(distribution: Distribution) -> dict[str, float]:
    """Return ``uncertainty_type`` and parameters of the format for a distribution.

    Raises
    ------
    RefusedError
        If the format has no such shape.
    """
    kind = distribution.kind
    number = next((n for n, known in NUMBERS.items() if known is kind), None)
    if number is None:
        raise RefusedError(
            f"stats_arrays has no {kind} distribution", remedy="draw amounts and hand these over"
        )
    d = distribution
    numbers: dict[str, float]
    if kind is DistributionKind.LOGNORMAL:
        numbers = {"loc": math.log(abs(d.loc)), "scale": math.log(d.scale), "negative": float(d.loc < 0)}
    elif kind is DistributionKind.GAMMA:
        above = d.loc - d.minimum
        numbers = {"loc": d.minimum, "shape": (above / d.scale) ** 2, "scale": d.scale**2 / above}
    elif kind is DistributionKind.DISCRETE:
        numbers = _range_of(d)
    else:
        fields = ("loc", "scale", "minimum", "maximum")
        numbers = {name: getattr(d, name) for name in fields if not math.isnan(getattr(d, name))}
    return {"uncertainty_type": float(number), **numbers}


def _check_ends(kind: DistributionKind, given: Mapping[str, float], sign: float) -> None:
    if kind not in BOUNDED and not (math.isnan(given["minimum"]) and math.isnan(given["maximum"])):
        raise RefusedError(
            f"a {kind} distribution is cut off at {given['minimum']:g} and {given['maximum']:g}",
            why="distributions here have all of their ends: mean and spread would be others",
            remedy="take the ends out, or give observations as an empirical distribution",
        )
    if sign < 0 and kind not in (DistributionKind.LOGNORMAL, DistributionKind.NORMAL):
        raise RefusedError(
            f"a {kind} distribution is marked as negative",
            why="its parameters may or may not have the sign already",
            remedy="state the parameters with their sign",
        )


def _needed(given: Mapping[str, float], *names: str) -> list[float]:
    for name in names:
        if not math.isfinite(given[name]):
            raise FormatError(f"the distribution has no {name}", remedy=f"give {', '.join(names)}")
    return [given[name] for name in names]


def _lognormal(given: Mapping[str, float], sign: float) -> Distribution:
    mu, sigma = _needed(given, "loc", "scale")
    return Distribution(kind=DistributionKind.LOGNORMAL, loc=sign * math.exp(mu), scale=math.exp(sigma))


def _normal(given: Mapping[str, float], sign: float) -> Distribution:
    mean, deviation = _needed(given, "loc", "scale")  # the mean has its sign already
    return Distribution(kind=DistributionKind.NORMAL, loc=mean, scale=deviation)


def _uniform(given: Mapping[str, float], sign: float) -> Distribution:
    low = 0.0 if math.isnan(given["minimum"]) else given["minimum"]
    (high,) = _needed(given, "maximum")
    return Distribution(kind=DistributionKind.UNIFORM, minimum=low, maximum=high)


def _triangular(given: Mapping[str, float], sign: float) -> Distribution:
    low, high = _needed(given, "minimum", "maximum")
    mode = (low + high) / 2 if math.isnan(given["loc"]) else given["loc"]
    return Distribution(kind=DistributionKind.TRIANGULAR, minimum=low, loc=mode, maximum=high)


def _beta_pert(given: Mapping[str, float], sign: float) -> Distribution:
    low, mode, high = _needed(given, "minimum", "loc", "maximum")
    if not (math.isnan(given["scale"]) or given["scale"] == 4.0):
        raise RefusedError(
            f"a beta-PERT distribution weighs its mode {given['scale']:g} times",
            why="here it weighs four times: the draws would be others",
            remedy="give observations as an empirical distribution",
        )
    return Distribution(kind=DistributionKind.BETA_PERT, minimum=low, loc=mode, maximum=high)


def _gamma(given: Mapping[str, float], sign: float) -> Distribution:
    shape, scale = _needed(given, "shape", "scale")
    begin = 0.0 if math.isnan(given["loc"]) else given["loc"]
    mean = begin + shape * scale
    return Distribution(kind=DistributionKind.GAMMA, loc=mean, scale=math.sqrt(shape) * scale, minimum=begin)


def _discrete(given: Mapping[str, float], sign: float) -> Distribution:
    low = 0.0 if math.isnan(given["minimum"]) else given["minimum"]
    (high,) = _needed(given, "maximum")
    if low != int(low) or high != int(high) or not 0 < high - low <= MAX_POINTS:
        raise FormatError(
            f"a discrete uniform distribution from {low:g} to {high:g} has no whole numbers, or too many",
            remedy="give whole numbers; the upper end is not one of the values",
        )
    values = np.arange(low, high)
    text = points_text(values, np.ones(len(values)))
    return Distribution(kind=DistributionKind.DISCRETE, points=text)


_READERS = {
    DistributionKind.LOGNORMAL: _lognormal,
    DistributionKind.NORMAL: _normal,
    DistributionKind.UNIFORM: _uniform,
    DistributionKind.TRIANGULAR: _triangular,
    DistributionKind.BETA_PERT: _beta_pert,
    DistributionKind.GAMMA: _gamma,
    DistributionKind.DISCRETE: _discrete,
}


def _range_of(distribution: Distribution) -> dict[str, float]:
    values, weights = points_of(distribution.kind, distribution.points)
    is_range = (np.diff(values) == 1).all() and (values == np.round(values)).all() and np.ptp(weights) < 1e-12
    if not is_range:
        raise RefusedError(
            "stats_arrays has discrete distributions over whole numbers of equal weight only",
            where=distribution.points[:80],
            remedy="draw amounts and hand these over",
        )
    return {"minimum": float(values[0]), "maximum": float(values[-1]) + 1.0}
