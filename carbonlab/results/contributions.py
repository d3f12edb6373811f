"""Contributions: which process, flow, gas, place, or first-tier input a footprint comes from.

With s the scaling vector of a demand, λ the intensities and w the impact of one unit of each intervention
[kg CO2e]:

    by process          h_j = (wᵀ B)_j s_j              (columns of one process added)
    by elementary flow  h_k = w_k (B s)_k
    first tier          h_i = −A_ij λ_i d / A_jj        for each input i of the demanded column j, and its
    direct emissions upstream tree       the same, tier by tier

Each view sums to the footprint; what a view cuts is returned as a rest, never dropped.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.entries import FloatArray


def impact_weights(evaluation: Evaluation) -> FloatArray:
    """Return what one unit of each intervention stands for (interventions,) [kg CO2e per unit of the flow]."""
    return np.asarray(evaluation.weights.T @ evaluation.factors)


def by_process(evaluation: Evaluation, scaling: FloatArray) -> FloatArray:
    """Return the contribution of the direct emissions of each process (processes,) [kg CO2e].

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    scaling : float array (columns,)
        Scaling vector of the demand.
    """
    direct = impact_weights(evaluation) @ evaluation.system.matrices.B
    result = np.zeros(evaluation.system.database.processes.num_rows)
    np.add.at(result, evaluation.system.columns.process, direct * scaling)
    return result


def by_elementary_flow(evaluation: Evaluation, scaling: FloatArray) -> FloatArray:
    """Return the contribution of each elementary flow (interventions,) [kg CO2e]."""
    return np.asarray(impact_weights(evaluation) * (evaluation.system.matrices.B @ scaling))


@dataclass(frozen=True)
class Tier:
    """A node of the upstream tree.

    Attributes
    ----------
    column : int
        Column that supplies.
    amount : float
        Amount supplied on this path [unit of the column's flow; negative: avoided or treated].
    footprint : float
        Of that amount, with everything upstream of it [kg CO2e].
    direct : float
        Of the column's own emissions for that amount [kg CO2e].
    inputs : tuple of Tier
        Largest suppliers by absolute footprint.
    rest : float
        Footprint of the inputs that the tree leaves out [kg CO2e].
    """

    column: int
    amount: float
    footprint: float
    direct: float
    inputs: tuple[Tier, ...] = ()
    rest: float = 0.0


def first_tier(evaluation: Evaluation, column: int, demand: float) -> Tier:
    """Return a product's direct emissions and all its inputs, each with its whole upstream."""
    return upstream_tree(evaluation, column, demand, depth=1, minimum=0.0)


def upstream_tree(
    evaluation: Evaluation, column: int, demand: float, *, depth: int = 3, minimum: float = 0.01
) -> Tier:
    """Return the upstream tree of a product.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    column : int
        Column of the product.
    demand : float
        Amount of its flow.
    depth : int
        Number of tiers.
    minimum : float
        Inputs below this share of the root's footprint (absolute values) go to ``rest`` [-].
    """
    view = Upstream(evaluation)
    amount = demand * float(evaluation.system.sign[column])
    threshold = minimum * abs(float(view.intensity[column] * amount))
    return view.tier(column, amount, depth, threshold)


@dataclass(frozen=True)
class Path:
    """A supply chain from the product to one process whose direct emissions it carries.

    Attributes
    ----------
    columns : tuple of int
        From the product to the emitting process.
    footprint : float
        Direct emissions of the last one that flow along this path [kg CO2e].
    """

    columns: tuple[int, ...]
    footprint: float


def largest_paths(
    evaluation: Evaluation, column: int, demand: float, *, count: int = 10, limit: int = 20_000
) -> tuple[tuple[Path, ...], float]:
    """Return the supply chains with the largest direct emissions, and the share of the footprint that they explain.

    Best-first search: the branch whose whole upstream is largest is opened first, at most `limit` branches.
    """
    view = Upstream(evaluation)
    amount = demand * float(evaluation.system.sign[column])
    total = float(view.intensity[column] * amount)
    queue: list[tuple[float, int, tuple[int, ...], float]] = [(-abs(total), 0, (column,), amount)]
    found: list[Path] = []
    opened = 0
    while queue and opened < limit:
        bound, _, columns, amount = heapq.heappop(queue)
        smallest = sorted((abs(path.footprint) for path in found), reverse=True)[count - 1 : count]
        if smallest and -bound <= smallest[0]:
            break
        opened += 1
        last = columns[-1]
        found.append(Path(columns, view.direct[last] * amount / view.diagonal[last]))
        if len(found) > 4 * count:
            found = sorted(found, key=lambda path: -abs(path.footprint))[:count]
        for supplier, needed in view.inputs(last, amount):
            footprint = float(view.intensity[supplier] * needed)
            heapq.heappush(
                queue, (-abs(footprint), opened * 100_000 + supplier, (*columns, supplier), needed)
            )
    best = tuple(sorted(found, key=lambda path: -abs(path.footprint))[:count])
    explained = sum(path.footprint for path in best) / total if total else float("nan")
    return best, explained


class Upstream:
    """The solved system as a walk upstream needs it: λ, direct emissions and diagonal per column.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.A = evaluation.system.matrices.A
        self.diagonal = self.A.diagonal()
        self.intensity = evaluation.adjoint.x @ evaluation.factors
        self.direct = impact_weights(evaluation) @ evaluation.system.matrices.B

    def inputs(self, column: int, amount: float) -> list[tuple[int, float]]:
        """Return (supplying column, amount needed) for an amount of a column's flow."""
        begin, end = self.A.indptr[column], self.A.indptr[column + 1]
        run = amount / self.diagonal[column]
        return [
            (int(row), -float(value) * run)
            for row, value in zip(self.A.indices[begin:end], self.A.data[begin:end], strict=True)
            if row != column
        ]

    def tier(self, column: int, amount: float, depth: int, threshold: float) -> Tier:
        """Return one node and, while `depth` lasts, its inputs above the threshold."""
        footprint = float(self.intensity[column] * amount)
        direct = float(self.direct[column] * amount / self.diagonal[column])
        if depth == 0:
            return Tier(column, amount, footprint, direct, rest=footprint - direct)
        suppliers = [
            (row, need, float(self.intensity[row] * need)) for row, need in self.inputs(column, amount)
        ]
        kept = sorted((s for s in suppliers if abs(s[2]) > threshold), key=lambda s: -abs(s[2]))
        nodes = tuple(self.tier(row, need, depth - 1, threshold) for row, need, _ in kept)
        return Tier(
            column,
            amount,
            footprint,
            direct,
            nodes,
            footprint - direct - sum(node.footprint for node in nodes),
        )
