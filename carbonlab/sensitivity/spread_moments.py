"""Standard deviations of uncertain numbers in closed form, and how likely their draws change sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.sampling.distributions import Shapes
from carbonlab.sampling.inputs import Inputs

FloatArray = NDArray[np.float64]

STEPS = 4096
"""Quantiles that stand for a distribution which is clipped: no closed form covers all of them."""
HALVINGS = 60


@dataclass(frozen=True, eq=False)
class SpreadMoments:
    """What is known of the spread of uncertain numbers; every array is (inputs,).

    Attributes
    ----------
    deviation : float
        Standard deviation of the draws, clipping included.
    crossing : float
        Probability that a draw has another sign than the stated value [-]; under a plan that clips, such a draw is 0.
    """

    deviation: FloatArray
    crossing: FloatArray


def spread_moments(inputs: Inputs) -> SpreadMoments:
    """Return standard deviations and probabilities of crossing of all inputs."""
    deviation, crossing = np.zeros(len(inputs)), np.zeros(len(inputs))
    for own, shapes in inputs.shapes(np.arange(len(inputs))).values():
        deviation[own] = np.sqrt(shapes.variance())
    at = inputs.may_cross
    for own, shapes in inputs.shapes(at).values():
        stated = inputs.stated[at[own]]
        crossing[at[own]] = _beyond_zero(shapes, stated)
        if inputs.plan.sign_changes == "clip":
            deviation[at[own]] = _clipped_deviation(shapes, stated)
    return SpreadMoments(deviation, crossing)


def _beyond_zero(shapes: Shapes, stated: FloatArray) -> FloatArray:
    """Return the probability of a sign other than that of the stated values, by halving where quantiles are 0."""
    low, high = np.zeros(len(stated)), np.ones(len(stated))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        value = shapes.quantiles(middle[:, None])[:, 0]
        below = np.where(stated < 0, value <= 0, value < 0)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(stated < 0, 1.0 - high, low)


def _clipped_deviation(shapes: Shapes, stated: FloatArray) -> FloatArray:
    u = (np.arange(STEPS) + 0.5) / STEPS
    values = shapes.quantiles(np.repeat(u[None, :], len(stated), axis=0))
    values[values * np.sign(stated)[:, None] < 0] = 0.0
    return np.asarray(values.std(axis=1))
