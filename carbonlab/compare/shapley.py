"""Shares of the players in the difference between nobody's and everybody's value; arrays only.

With v(S) the value when the players in S have changed and n players:

    Shapley value   φ_i = Σ_{S∌i} |S|! (n−|S|−1)! / n! · (v(S∪i) − v(S)),   Σ φ_i = v(N) − v(∅)
    dividend        d(S) = Σ_{T⊆S} (−1)^{|S|−|T|} v(T),                      Σ_{S≠∅} d(S) = v(N) − v(∅)
 The dividend of one player is what it moves alone; the dividend of several is what they move together beyond
all smaller groups. Shapley 1953, doi:10.1515/9781400881970-018; Harsanyi 1963, doi:10.2307/2525487.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def shapley_values(values: FloatArray) -> FloatArray:
    """Return the Shapley value of every player.

    Parameters
    ----------
    values : float array (2ⁿ, ...)
        v(S); bit i of the index says that player i is in S.

    Returns
    -------
    float array (n, ...)
        They sum to ``values[-1] - values[0]`` within rounding. Players that change nothing get exactly 0.

    Examples
    --------
    Two players that move 1 and 2 alone and 5 together:

    >>> shapley_values(np.array([0.0, 1.0, 2.0, 5.0]))
    array([2., 3.])
    """
    players, subsets = _count(values), np.arange(len(values))
    size = np.bitwise_count(subsets)
    weight = np.array(
        [factorial(k) * factorial(players - k - 1) / factorial(players) for k in range(players)]
    )
    result = np.zeros((players, *values.shape[1:]))
    for i in range(players):
        without = subsets[subsets >> i & 1 == 0]
        result[i] = np.tensordot(weight[size[without]], values[without | 1 << i] - values[without], axes=1)
    return result


def dividends(values: FloatArray) -> FloatArray:
    """Return the dividend of every group of players (2ⁿ, ...); of nobody it is v(∅).

    Examples
    --------
    >>> dividends(np.array([0.0, 1.0, 2.0, 5.0]))
    array([0., 1., 2., 2.])
    """
    result = np.array(values, dtype=float)
    subsets = np.arange(len(result))
    for i in range(_count(values)):
        having = subsets[subsets >> i & 1 == 1]
        result[having] -= result[having ^ 1 << i]
    return result


def marginals(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what each player moves alone from ∅, and what it adds last to reach N: two arrays (n, ...)."""
    last = len(values) - 1
    players = range(_count(values))
    first = np.array([values[1 << i] - values[0] for i in players])
    final = np.array([values[last] - values[last ^ 1 << i] for i in players])
    shape = (len(players), *values.shape[1:])
    return first.reshape(shape), final.reshape(shape)


def largest_step(values: FloatArray) -> FloatArray:
    """Return the largest absolute change that each player makes in any group (n, ...)."""
    subsets = np.arange(len(values))
    steps = []
    for i in range(_count(values)):
        without = subsets[subsets >> i & 1 == 0]
        steps.append(np.abs(values[without | 1 << i] - values[without]).max(axis=0))
    return np.array(steps).reshape(len(steps), *values.shape[1:])


def _count(values: FloatArray) -> int:
    return len(values).bit_length() - 1
