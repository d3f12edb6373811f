"""Draws of exchange amounts from the spreads that a database states, for small designs of data by rules.
 Limits: spreads of parameters do not reach the exchanges whose formulas use them; an exchange with a formula
is drawn from its own spread, if it states one; exchanges are independent of one another. A lognormal keeps
its stated geometric mean (median).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from carbonlab.errors import RefusedError
from carbonlab.inventory.database import Database
from carbonlab.inventory.distributions import usable
from carbonlab.vocabulary import DistributionKind

FloatArray = NDArray[np.float64]


def draw_amounts(database: Database, draws: int, *, seed: int = 0) -> FloatArray:
    """Return amounts of all exchanges in every draw.

    Parameters
    ----------
    database : Database
        The inventory; exchanges without a usable spread keep their amount.
    draws : int
        Number of draws.
    seed : int
        Any integer from 0 on. Each exchange has a stream of its own, keyed by its id and the seed: other
        exchanges, and the number of draws, change nothing in it.

    Returns
    -------
    float array (draws, exchanges)
        In the units of the flows.

    Raises
    ------
    RefusedError
        If no exchange has a spread that numbers can be drawn from.
    """
    amounts = np.tile(database.column("exchanges", "amount"), (draws, 1))
    rows = np.flatnonzero(usable(database))
    if not len(rows):
        raise RefusedError(
            f"no exchange of {database.meta.name!r} states a spread that numbers can be drawn from",
            why="data would seem to be without uncertainty",
            remedy="hand over amounts of your own, or state distributions in the inventory",
        )
    ids = database.column("exchanges", "id")[rows]
    uniform = np.array([_stream(identity, seed).random(draws) for identity in ids]).T
    kinds = database.column("exchanges", "distribution")[rows]
    columns = {
        name: database.column("exchanges", name)[rows] for name in ("loc", "scale", "minimum", "maximum")
    }
    for kind in DistributionKind:
        own = kinds == kind
        if own.any():
            amounts[:, rows[own]] = _quantiles(kind, uniform[:, own], {k: v[own] for k, v in columns.items()})
    return amounts


def _stream(identity: str, seed: int) -> np.random.Generator:
    key = hashlib.blake2b(f"{seed}:{identity}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))


def _quantiles(kind: DistributionKind, u: FloatArray, given: dict[str, FloatArray]) -> FloatArray:
    loc, scale, low, high = (given[name] for name in ("loc", "scale", "minimum", "maximum"))
    if kind is DistributionKind.LOGNORMAL:  # a negative geometric mean is the mirror image
        return np.asarray(loc * np.exp(stats.norm.ppf(u) * np.log(scale)))
    if kind is DistributionKind.NORMAL:
        return np.asarray(stats.norm.ppf(u, loc, scale))
    if kind is DistributionKind.TRIANGULAR:
        return np.asarray(stats.triang.ppf(u, (loc - low) / (high - low), low, high - low))
    return np.asarray(stats.uniform.ppf(u, low, high - low))
