"""Who buys from whom in a *generated* economy: the pattern of the technology matrix, drawn at random.

Products come in groups. A group is one activity in several regions: producers with nearly the same list of inputs,
and, where there is more than one producer, one or more markets that mix their output. A list of inputs names other
groups: mostly hubs (electricity, transport: a few groups that nearly everybody buys from), partly neighbors in a
long chain of processing steps, partly anybody. Now and then a neighbor lies downstream, and hubs buy from each other:
that makes the loops. A third of the groups is bought by nobody: their products are in no loop.

A producer buys from the market of its region; some buy from one producer directly. Some groups treat waste.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

USED = 0.68
"""Part of the groups that others buy from."""
TREATMENTS = 0.05
"""Part of the used groups that treat waste: negative diagonal entries."""
FROM_HUBS, FROM_NEIGHBORS = 0.75, 0.245
"""Parts of the inputs that come from hubs and from the neighborhood; the rest comes from anywhere."""
POPULARITY = 1.0
"""Exponent of the hubs' popularity: the k-th hub is bought from in proportion to k^−POPULARITY."""
FROM_DOWNSTREAM = 0.06
"""Part of the neighbors that lie downstream."""
FROM_PRODUCERS = 0.12
"""Part of the inputs that are bought from one producer and not from a market."""
PRODUCERS_PER_MARKET = 6


@dataclass(frozen=True, eq=False)
class Groups:
    """Activities, in the order of the chain; products of a group are numbered one after the other.

    Attributes
    ----------
    start, producers, markets : integers (groups,)
        First product, number of producers (they come first) and number of markets.
    is_used, is_treatment : bool (groups,)
        Whether others buy from it; whether it treats waste.
    """

    start: IntArray
    producers: IntArray
    markets: IntArray
    is_used: BoolArray
    is_treatment: BoolArray

    @property
    def size(self) -> IntArray:
        """Products of each group (groups,)."""
        return self.producers + self.markets


@dataclass(frozen=True, eq=False)
class Network:
    """Pattern of the couplings beside the diagonal, each (seller, buyer) pair once.

    Attributes
    ----------
    group : integers (n,)
        Of each product.
    is_market : bool (n,)
    seller, buyer : integers (edges,)
        Row and column of the technology matrix.
    is_share : bool (edges,)
        Whether the edge is the part of a producer in a market; the parts of a market sum to one.
    """

    groups: Groups
    group: IntArray
    is_market: BoolArray
    seller: IntArray
    buyer: IntArray
    is_share: BoolArray


def draw_network(products: int, edges: int, random: np.random.Generator) -> Network:
    """Draw a network of so many products and exactly so many edges."""
    groups = _draw_groups(products, random)
    group = np.repeat(np.arange(len(groups.start)), groups.size)
    place = np.arange(products) - groups.start[group]
    is_market = place >= groups.producers[group]
    seller, buyer = _market_edges(groups, group, place, is_market, random)
    shares = _unique(products, seller, buyer)
    wanted = edges - len(shares)
    others = np.empty(0, np.int64)
    while len(others) < wanted:
        per_producer = 1.15 * (wanted - len(others)) / max(int((~is_market).sum()), 1)
        seller, buyer = _recipe_edges(groups, group, is_market, per_producer, random)
        others = np.setdiff1d(
            sort_unique(np.concatenate([others, _unique(products, seller, buyer)])),
            shares,
            assume_unique=True,
        )
    if wanted < len(others):
        others = np.sort(random.choice(others, max(wanted, 0), replace=False))
    both = np.concatenate([shares, others])
    is_share = np.arange(len(both)) < len(shares)
    return Network(groups, group, is_market, both % products, both // products, is_share)


def _unique(products: int, seller: IntArray, buyer: IntArray) -> IntArray:
    """Return buyer · n + seller of every pair once, without those that buy from themselves."""
    other = seller != buyer
    return sort_unique(buyer[other] * products + seller[other])


def sort_unique(keys: IntArray) -> IntArray:
    """Return the different keys in ascending order: seven times as fast as ``numpy.unique`` on millions."""
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]


def _draw_groups(products: int, random: np.random.Generator) -> Groups:
    producers = random.geometric(0.34, products)
    producers = np.where(random.random(products) < 0.02, producers * 8, producers)  # one per country
    markets = np.where(producers > 1, 1 + producers // PRODUCERS_PER_MARKET, 0)
    ends = np.cumsum(producers + markets)
    count = int(np.searchsorted(ends, products)) + 1
    producers, markets, ends = producers[:count], markets[:count], ends[:count]
    start = np.concatenate([[0], ends[:-1]])
    left = products - int(start[-1])
    producers[-1] = min(producers[-1], left)
    markets[-1] = left - producers[-1]
    is_used = random.random(count) < USED
    is_used[0] = True
    is_treatment = is_used & (random.random(count) < TREATMENTS)
    return Groups(start, producers, markets, is_used, is_treatment)


def _market_edges(
    groups: Groups, group: IntArray, place: IntArray, is_market: BoolArray, random: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Let the first market of a group take from all its producers, the others from those of their region."""
    markets = np.flatnonzero(is_market)
    own, number = group[markets], place[markets] - groups.producers[group[markets]]
    count = groups.producers[own]
    buyer = np.repeat(markets, count)
    within = np.arange(len(buyer)) - np.repeat(np.cumsum(count) - count, count)
    seller = groups.start[group[buyer]] + within
    region, regions = np.repeat(number, count), groups.markets[group[buyer]]
    kept = (region == 0) | (within % regions == region)
    return seller[kept], buyer[kept]


def _recipe_edges(
    groups: Groups, group: IntArray, is_market: BoolArray, per_producer: float, random: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw a list of inputs per group, and let every producer and market (transport) buy by it."""
    count = len(groups.start)
    length = 1 + random.negative_binomial(2.0, 2.0 / (2.0 + max(per_producer - 1.0, 0.1)), count)
    owner = np.repeat(np.arange(count), length)
    first = np.cumsum(length) - length
    target = _draw_targets(groups, owner, random)
    takes = np.where(is_market, np.minimum(length[group], 2), length[group])  # a market needs transport only
    buyer = np.repeat(np.arange(len(group)), takes)
    line = first[group[buyer]] + np.arange(len(buyer)) - np.repeat(np.cumsum(takes) - takes, takes)
    kept = random.random(len(buyer)) < 0.93  # not every region needs everything
    buyer, line = buyer[kept], line[kept]
    bought = target[line]
    region = buyer - groups.start[group[buyer]]
    markets, producers = groups.markets[bought], groups.producers[bought]
    directly = (markets == 0) | (random.random(len(buyer)) < FROM_PRODUCERS)
    of_market = producers + region % np.maximum(markets, 1)
    return groups.start[bought] + np.where(directly, region % producers, of_market), buyer


def _draw_targets(groups: Groups, owner: IntArray, random: np.random.Generator) -> IntArray:
    used = np.flatnonzero(groups.is_used)
    many = len(used)
    kind = random.random(len(owner))
    hubs = random.choice(used, max(many // 25, min(many, 5)), replace=False)
    popularity = np.cumsum(np.arange(1, len(hubs) + 1) ** -POPULARITY)
    hub = hubs[np.searchsorted(popularity, random.random(len(owner)) * popularity[-1])]
    here = np.searchsorted(used, owner)
    step = random.geometric(0.08, len(owner)) * np.where(random.random(len(owner)) < FROM_DOWNSTREAM, 1, -1)
    neighbor = used[np.clip(here + step, 0, many - 1)]
    anywhere = used[random.integers(0, many, len(owner))]
    return np.where(kind < FROM_HUBS, hub, np.where(kind < FROM_HUBS + FROM_NEIGHBORS, neighbor, anywhere))
