"""Generated systems with the shape of a large background database: A, B, c, and the spread of every entry.

Nothing in them is data about the world. Sizes, entries, uncertain entries and the length of the Neumann series are
set to public facts about one database (`PUBLIC`); what is not matched is measured and printed beside (`system_shape`).
The pattern is drawn by `supply_network`; values are drawn as follows. In units in which every footprint is about one,
the couplings of a producer sum to about `UPSTREAM`, with a heavy tail; those of a market sum to one and a little
transport. They are scaled, markets aside, until the Neumann series needs the wanted number of products. Direct
emissions are what is left. Then every group gets a unit of its own, several orders of magnitude apart.

The `bad` variant has eight short loops that consume nearly as much as they make or more, and one coupling in twenty
turned into a credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.supply_network import Network, draw_network, sort_unique
from carbonlab.rules.factors import load_factor_set
from carbonlab.vocabulary import CarbonOrigin

FloatArray = NDArray[np.float64]
SpreadArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

PUBLIC = {
    "products": 23_523,
    "technosphere entries": 293_000,
    "uncertain technosphere entries": 187_000,
    "uncertain biosphere entries": 222_000,
    "Neumann products": 70,
    "SuperLU on A, times Aᵀ": 30,
}
"""Of ecoinvent 3.10, as reported by others (entries count the diagonal)."""

PRODUCTS = 23_523
COUPLINGS = (293_000 - 23_523) / 23_523
"""Entries per column beside the diagonal."""
UNCERTAIN = 187_000 / (293_000 - 23_523)
INTERVENTIONS = 514_000 / 23_523
"""Entries of B per column: of another generated system, not a public figure."""
UNCERTAIN_INTERVENTIONS = 222_000 / 514_000
NEUMANN = 70
DIGITS = 1e-14
UPSTREAM = 0.62
GASES = (
    ("CO2", CarbonOrigin.FOSSIL, 0.34),
    ("CH4", CarbonOrigin.FOSSIL, 0.22),
    ("N2O", CarbonOrigin.UNSPECIFIED, 0.2),
    ("CH4", CarbonOrigin.BIOGENIC, 0.12),
    ("SF6", CarbonOrigin.UNSPECIFIED, 0.06),
    ("CF4", CarbonOrigin.UNSPECIFIED, 0.03),
    ("HFC134a", CarbonOrigin.UNSPECIFIED, 0.03),
)
"""Gases, origin of their carbon, and part of the climate entries."""
COMPARTMENTS = ("air/unspecified", "air/rural", "air/urban", "air/stratosphere", "air/indoor")
CLIMATE = 0.16
"""Part of the entries of B that belong to climate gases."""
BAD_GAINS = (1.2, 1.5, 1.64, 2.0, 3.0, 0.97, 0.99, 1.03)
CREDITS = 0.05


@dataclass(frozen=True, eq=False)
class GeneratedSystem:
    """A generated product system.

    Attributes
    ----------
    A : sparse array (n, n)
        Technology matrix; the diagonal is 1, or −1 where waste is treated.
    B : sparse array (flows, n)
        Elementary flows, emissions +; the first ones are climate gases (`GASES` × `COMPARTMENTS`).
    c : array (flows,)
        [kg CO2e/kg], GWP100 of AR6; 0 for all but the climate gases.
    technosphere_sigma : float32 (A.nnz,)
        Standard deviation of the logarithm of each entry of ``A.data``; 0 where it is certain.
    intervention_sigma : float32 (B.nnz,)
        The same for ``B.data``.
    is_market, is_treatment : bool (n,)
    name : str
        With size, variant and seed: always "generated …".
    """

    name: str
    A: sparse.csc_array
    B: sparse.csc_array
    c: FloatArray
    technosphere_sigma: SpreadArray
    intervention_sigma: SpreadArray
    is_market: NDArray[np.bool_]
    is_treatment: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of products n."""
        return int(self.A.shape[0])

    @cached_property
    def right_side(self) -> FloatArray:
        """Direct emissions g = Bᵀc (n,) [kg CO2e per unit]."""
        return np.asarray(self.B.T @ self.c)

    @cached_property
    def varying(self) -> IntArray:
        """Positions in ``A.data`` of the uncertain entries (v,)."""
        return np.flatnonzero(self.technosphere_sigma > 0)


def generate_system(
    products: int = PRODUCTS,
    *,
    seed: int = 1,
    couplings: float = COUPLINGS,
    interventions: float = INTERVENTIONS,
    bad: bool = False,
    neumann: int = NEUMANN,
) -> GeneratedSystem:
    """Generate a system; the same arguments give the same numbers.

    Parameters
    ----------
    products : int
        n, 100 at least.
    couplings, interventions : float
        Entries of A beside the diagonal, and of B, per column.
    bad : bool
        With loops whose gain is near one and above, and with credits.
    neumann : int
        Products that a plain Neumann series shall need for `DIGITS`; without the bad loops.
    """
    random = np.random.default_rng([seed, products])
    network = draw_network(products, round(couplings * products), random)
    coupling = _draw_couplings(network, random)
    coupling = _calibrated(network, coupling, neumann)
    upstream = np.bincount(network.buyer, coupling, products)
    emitted = np.maximum(1.0 - upstream, 0.02) * random.lognormal(0.0, 0.3, products)
    if bad:
        network, coupling = _with_bad_loops(network, coupling, random)
    place = random.permutation(products)
    unit = 10.0 ** random.normal(0.0, 1.5, len(network.groups.start))
    A, sigma = _technosphere(network, coupling, unit[network.group], place, random, share=UNCERTAIN)
    emitted_in_units = np.empty(products)
    emitted_in_units[place] = emitted * unit[network.group]
    B, intervention_sigma, c = _interventions(emitted_in_units, interventions, random)
    is_market, is_treatment = np.empty(products, bool), np.empty(products, bool)
    is_market[place] = network.is_market
    is_treatment[place] = network.groups.is_treatment[network.group]
    name = f"generated, {products} products{', bad loops' if bad else ''}, seed {seed}"
    return GeneratedSystem(name, A, B, c, sigma, intervention_sigma, is_market, is_treatment)


def neumann_products(coupling: sparse.csr_array, right: FloatArray, *, most: int = 1000) -> int:
    """Return how many products the series x = g + N g + N² g + … needs until all of x stands to `DIGITS`.

    Entry by entry: the last term is below `DIGITS` times the sum in every unknown, which does not depend on units.
    Returns `most` if it does not get there.
    """
    term, total = right, right.copy()
    for count in range(1, most):
        term = coupling @ term
        total += term
        if (np.abs(term) <= DIGITS * np.abs(total)).all():
            return count
    return most


def _draw_couplings(network: Network, random: np.random.Generator) -> FloatArray:
    """Draw couplings (edges,) for units in which every footprint is about one."""
    count = len(network.group)
    weight = random.lognormal(0.0, 1.8, len(network.buyer))
    weight[network.is_share] = random.lognormal(0.0, 1.0, int(network.is_share.sum()))
    shares = np.bincount(network.buyer, weight * network.is_share, count)
    others = np.bincount(network.buyer, weight * ~network.is_share, count)
    upstream = np.where(network.is_market, random.uniform(0.01, 0.06, count), random.beta(6.0, 3.7, count))
    sums = np.where(network.is_share, shares[network.buyer], (others / upstream)[network.buyer])
    return np.asarray(weight / sums)


def _calibrated(network: Network, coupling: FloatArray, neumann: int) -> FloatArray:
    """Scale the couplings of producers until the Neumann series needs about `neumann` products."""
    products = len(network.group)
    low, high, factor = 0.3, 1.6, 1.0
    for _ in range(12):
        scaled = np.where(network.is_share, coupling, coupling * factor)
        matrix = sparse.csr_array((scaled, (network.buyer, network.seller)), shape=(products, products))
        length = neumann_products(matrix, np.ones(products), most=3 * neumann)
        if abs(length - neumann) <= 0.03 * neumann:
            break
        low, high = (factor, high) if length < neumann else (low, factor)
        factor = (low + high) / 2
    return scaled


def _with_bad_loops(
    network: Network, coupling: FloatArray, random: np.random.Generator
) -> tuple[Network, FloatArray]:
    """Put loops of two and three products in, two of them through hubs, and turn some couplings into credits."""
    products = len(network.group)
    popularity = np.bincount(network.seller, minlength=products)
    sold = np.flatnonzero((popularity > 0) & ~network.is_market)
    hubs = sold[np.argsort(-popularity[sold], kind="stable")[:2]]
    others = random.permutation(np.setdiff1d(sold, hubs))
    seller, buyer, value = [], [], []
    used = 0
    for number, gain in enumerate(BAD_GAINS):
        length = 2 + number % 2
        members = others[used : used + length].copy()
        used += length
        if number in (2, 5):
            members[0] = hubs[(2, 5).index(number)]
        seller += list(members)
        buyer += list(np.roll(members, 1))
        value += [gain] * length
    keys = np.concatenate([np.array(buyer) * products + seller, network.buyer * products + network.seller])
    order, first = np.unique(keys, return_index=True)  # the loops come first: they replace what is there
    credit = random.random(len(coupling)) < CREDITS
    signed = np.where(credit & ~network.is_share, -coupling, coupling)
    values = np.concatenate([value, signed])[first]
    is_share = np.concatenate([np.zeros(len(value), bool), network.is_share])[first]
    changed = Network(
        network.groups, network.group, network.is_market, order % products, order // products, is_share
    )
    return changed, values


def _technosphere(
    network: Network,
    coupling: FloatArray,
    unit: FloatArray,
    place: IntArray,
    random: np.random.Generator,
    *,
    share: float,
) -> tuple[sparse.csc_array, SpreadArray]:
    products, edges = len(network.group), len(coupling)
    sigma = np.zeros(edges, np.float32)
    sigma[_choose_uncertain(~network.is_share, round(share * edges), random)] = 1.0
    uncertain = np.flatnonzero(sigma)
    sigma[uncertain] = _draw_sigma(len(uncertain), random)
    sign = np.where(network.groups.is_treatment[network.group], -1.0, 1.0)
    value = -sign[network.seller] * coupling * (unit[network.buyer] / unit[network.seller])
    row = np.concatenate([place[network.seller], place])
    column = np.concatenate([place[network.buyer], place])
    data = np.concatenate([value, sign])
    spread = np.concatenate([sigma, np.zeros(products, np.float32)])
    return _compressed(row, column, data, spread, (products, products))


def _interventions(
    emitted: FloatArray, per_column: float, random: np.random.Generator
) -> tuple[sparse.csc_array, SpreadArray, FloatArray]:
    """Divide the direct emissions (n,) [kg CO2e] among climate gases, and add flows that do not count."""
    products = len(emitted)
    climate = len(GASES) * len(COMPARTMENTS)
    flows = climate + int(np.clip(0.2 * products, 20, 4500))
    c = np.zeros(flows)
    factors = load_factor_set("AR6", metric="GWP100")
    gas_factor = [factors.value(gas, origin) for gas, origin, _ in GASES]
    c[:climate] = np.repeat(gas_factor, len(COMPARTMENTS))
    wanted = round(per_column * products)
    weight = np.repeat([part for _, _, part in GASES], len(COMPARTMENTS)) / np.tile(
        np.arange(1, len(COMPARTMENTS) + 1), len(GASES)
    )
    own = np.arange(products)
    cumulative = np.cumsum(weight)

    def draw(count: int, *, counts: bool) -> IntArray:
        column = random.integers(0, products, count)
        if counts:
            flow = np.searchsorted(cumulative, random.random(count) * cumulative[-1])
        else:
            flow = climate + (random.random(count) ** 2.5 * (flows - climate)).astype(np.int64)
        return np.asarray(column * flows + flow)

    gases = draw(max(0, round(CLIMATE * wanted * 1.1) - products), counts=True)
    gases = sort_unique(np.concatenate([own * flows, gases]))
    rest = np.empty(0, np.int64)
    while len(rest) < wanted - len(gases):
        more = draw(round(1.1 * (wanted - len(gases) - len(rest))) + 1, counts=False)
        rest = sort_unique(np.concatenate([rest, more]))
    rest = np.sort(random.choice(rest, max(wanted - len(gases), 0), replace=False))
    key = np.concatenate([gases, rest])
    column, flow = key // flows, key % flows
    counts = flow < climate
    weight_of = random.lognormal(0.0, 1.5, len(key))
    sums = np.bincount(column, weight_of * counts, products)
    value = np.where(counts, weight_of / sums[column] * emitted[column], weight_of * 1e-3 * emitted[column])
    value[counts] /= c[flow[counts]]
    sigma = np.zeros(len(key), np.float32)
    uncertain = _choose_uncertain(np.ones(len(key), bool), round(UNCERTAIN_INTERVENTIONS * len(key)), random)
    sigma[uncertain] = _draw_sigma(len(uncertain), random)
    return (*_compressed(flow, column, value, sigma, (flows, products)), c)


def _choose_uncertain(candidates: NDArray[np.bool_], count: int, random: np.random.Generator) -> IntArray:
    """Choose so many candidates, and others only where there are not enough."""
    order = random.permutation(len(candidates))
    order = order[np.argsort(~candidates[order], kind="stable")]
    return order[:count]


def _draw_sigma(count: int, random: np.random.Generator) -> SpreadArray:
    return (0.05 + 0.35 * random.beta(1.3, 3.0, count)).astype(np.float32)


def _compressed(
    row: IntArray, column: IntArray, data: FloatArray, spread: SpreadArray, shape: tuple[int, int]
) -> tuple[sparse.csc_array, SpreadArray]:
    """Return a matrix without duplicates in sorted compressed columns, and a second array in the same order."""
    order = np.lexsort((row, column))
    ends = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=shape[1]))])
    matrix = sparse.csc_array((data[order], row[order].astype(np.intc), ends.astype(np.intc)), shape=shape)
    return matrix, spread[order]
