"""Who supplies whom, and how much of a footprint each supply carries: the numbers of a Sankey diagram.

With s the scaling vector of a demand, λ the intensities and d the direct emissions of one unit of every
column [kg CO2e], the supply of i to j carries −A_ij s_j λ_i. At every column the incoming supplies and its own
emissions d_j s_j add up to A_jj s_j λ_j, what it hands on; this holds in loops too, where a tree never ends.
Credits are supplies of negative value: they keep their sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import RefusedError
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION
from carbonlab.rules.entries import FloatArray, IntArray

DIRECT, REST_POSITIVE, REST_NEGATIVE = -1, -2, -3
"""Sources that are no column: own emissions, and hidden inputs by sign."""


@dataclass(frozen=True)
class SupplyNode:
    """A column that is shown.

    Attributes
    ----------
    column : int
        Column of the system.
    name, place, flow : str
        Of its process, and of the product that it supplies.
    handed_on : float
        What it hands on [kg CO2e]: A_jj s_j λ_j.
    """

    column: int
    name: str
    place: str
    flow: str
    handed_on: float


@dataclass(frozen=True)
class SupplyLink:
    """What one supply carries.

    Attributes
    ----------
    source : int
        A column, or `DIRECT`, `REST_POSITIVE`, `REST_NEGATIVE`.
    target : int
        Column that takes it.
    footprint : float
        [kg CO2e], signed.
    """

    source: int
    target: int
    footprint: float


@dataclass(frozen=True)
class SupplyNetwork:
    """The supplies that carry most of one product's footprint.

    Attributes
    ----------
    product : int
        Column of the product.
    total : float
        Its footprint [kg CO2e].
    nodes : tuple of SupplyNode
        Columns, the product first.
    links : tuple of SupplyLink
        Supplies between them, own emissions, and per column a rest by sign of what is hidden.
    """

    product: int
    total: float
    nodes: tuple[SupplyNode, ...]
    links: tuple[SupplyLink, ...]

    @property
    def credits(self) -> float:
        """Sum of the negative supplies that are shown one by one [kg CO2e]."""
        return sum(link.footprint for link in self.links if link.source >= 0 and link.footprint < 0)

    @property
    def hidden(self) -> tuple[float, float]:
        """Sums of the hidden inputs by sign [kg CO2e]."""
        positive = sum(link.footprint for link in self.links if link.source == REST_POSITIVE)
        return positive, sum(link.footprint for link in self.links if link.source == REST_NEGATIVE)


def supply_network(
    evaluation: Evaluation, column: int, demand: float, *, minimum: float = 0.01, most: int = 25
) -> SupplyNetwork:
    """Return the supplies that carry most of a product's footprint.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    column : int
        Column of the product.
    demand : float
        Amount of its flow.
    minimum : float
        Supplies below this share of the sum of the product's absolute inputs are hidden [-].
    most : int
        Number of columns at most; those that hand on most stay.

    Raises
    ------
    RefusedError
        If fewer than one column may be shown, or the share lies outside 0 to 1.
    """
    if most < 1 or not 0 <= minimum <= 1:
        raise RefusedError(
            f"a network of {most} columns with supplies above {minimum:g} cannot be drawn",
            why="it would be empty",
            remedy="ask for at least one column and a share from 0 to 1",
        )
    flows = _Supplies(evaluation, column, demand)
    threshold = minimum * flows.gross(column)
    kept = flows.reached(column, threshold, most)
    links = [link for target in kept for link in flows.into(target, kept, threshold)]
    return SupplyNetwork(column, flows.total, tuple(flows.node(k) for k in kept), tuple(links))


class _Supplies:
    """What every supply of a solved demand carries."""

    def __init__(self, evaluation: Evaluation, column: int, demand: float) -> None:
        self.system = evaluation.system
        A = self.system.matrices.A
        s = np.asarray(evaluation.run(column, demand).x, float)
        intensity = np.asarray(evaluation.adjoint.x @ evaluation.factors)
        per_run = np.asarray(impact_weights(evaluation) @ self.system.matrices.B)
        self.direct: FloatArray = per_run * s
        target = np.repeat(np.arange(A.shape[1]), np.diff(A.indptr))
        carried = -A.data * s[target] * intensity[A.indices]
        is_supply = (A.indices != target) & (carried != 0)
        self.source: IntArray = A.indices[is_supply].astype(np.int64)
        self.carried: FloatArray = carried[is_supply]
        self.begin: NDArray[np.int64] = np.searchsorted(target[is_supply], np.arange(A.shape[1] + 1))
        self.handed_on: FloatArray = A.diagonal() * s * intensity
        self.total = float(demand * self.system.sign[column] * intensity[column])

    def inputs(self, column: int) -> tuple[IntArray, FloatArray]:
        """Return the suppliers of a column and what they carry."""
        own = slice(int(self.begin[column]), int(self.begin[column + 1]))
        return self.source[own], self.carried[own]

    def gross(self, column: int) -> float:
        """Return the sum of the absolute inputs and own emissions of a column [kg CO2e]."""
        return float(np.abs(self.inputs(column)[1]).sum() + abs(self.direct[column]))

    def reached(self, column: int, threshold: float, most: int) -> list[int]:
        """Return the columns that are reached over supplies above the threshold, the strongest supply first."""
        kept, waiting = [column], dict[int, float]()
        while len(kept) < most:
            suppliers, carried = self.inputs(kept[-1])
            for supplier, value in zip(suppliers.tolist(), np.abs(carried).tolist(), strict=True):
                if value >= threshold and supplier not in kept:
                    waiting[supplier] = max(waiting.get(supplier, 0.0), value)
            if not waiting:
                break
            strongest = max(waiting, key=lambda key: (waiting[key], -key))
            del waiting[strongest]
            kept.append(strongest)
        return kept

    def into(self, target: int, kept: Sequence[int], threshold: float) -> list[SupplyLink]:
        """Return the links into one column; what they do not show one by one is in its rests."""
        suppliers, carried = self.inputs(target)
        is_shown = np.isin(suppliers, kept) & (np.abs(carried) >= threshold)
        links = [
            SupplyLink(int(i), target, float(v))
            for i, v in zip(suppliers[is_shown], carried[is_shown], strict=True)
        ]
        hidden = [float(value) for value in carried[~is_shown]]
        direct = float(self.direct[target])
        # module D, where a rule counts it, stems from no process: it closes the balance of the column
        beyond = float(self.handed_on[target]) - direct - float(carried.sum())
        if abs(beyond) > 1e3 * CANCELLATION * max(self.gross(target), abs(float(self.handed_on[target]))):
            hidden.append(beyond)
        rests = (
            (DIRECT, direct),
            (REST_POSITIVE, sum(v for v in hidden if v > 0)),
            (REST_NEGATIVE, sum(v for v in hidden if v < 0)),
        )
        return links + [SupplyLink(source, target, value) for source, value in rests if value]

    def node(self, column: int) -> SupplyNode:
        """Return a column with its names."""
        database, columns = self.system.database, self.system.columns
        process, flow = int(columns.process[column]), int(columns.flow[column])
        return SupplyNode(
            column,
            str(database.column("processes", "name")[process]),
            str(database.column("processes", "location")[process]),
            str(database.column("flows", "name")[flow]),
            float(self.handed_on[column]),
        )
