"""When two ways of computing agree, and the same matrices solved by somebody else's program."""

from __future__ import annotations

from collections.abc import Iterable

import bw2calc
import bw_processing
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation

CANCELLATION = 1e-9
"""|Δ| ≤ 1e-9 · max(|h|, Σ|contributions|): relative error alone means nothing after cancellation."""

Floats = NDArray[np.float64]


def disagreement(one: ArrayLike, other: ArrayLike, contributions: ArrayLike = 0.0) -> float:
    """Return the largest |Δ| / max(|h|, Σ|contributions|); 0 where both are 0, inf where only one is NaN."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    scale = np.maximum.reduce([np.abs(one), np.abs(other), np.broadcast_to(contributions, one.shape)])
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(one == other, 0.0, np.abs(one - other) / scale)
    relative = np.where(np.isnan(one) & np.isnan(other), 0.0, relative)
    return float(np.max(np.nan_to_num(relative, nan=np.inf), initial=0.0))


def sum_of_contributions(evaluation: Evaluation, scaling: Floats) -> Floats:
    """Return Σ_kj |w_k b_kj s_j| for each scaling vector (columns, demands): every flow of every process for itself.

    Uptake and emission of one process may cancel to the last bit; their rounding does not.
    """
    direct = np.abs(impact_weights(evaluation)) @ abs(evaluation.system.matrices.B)
    return np.asarray(direct @ np.abs(scaling))


def forward(evaluation: Evaluation, columns: Iterable[int]) -> tuple[Floats, Floats]:
    """Return footprint and Σ|contributions| (columns,) of one unit of each column, solved forward."""
    scaling = np.stack([evaluation.run(int(column), 1.0).x for column in columns], axis=1)
    direct = impact_weights(evaluation) @ evaluation.system.matrices.B
    return np.asarray(direct @ scaling), sum_of_contributions(evaluation, scaling)


def by_bw2calc(
    A: sparse.csc_array, B: sparse.csc_array, weights: Floats, columns: Iterable[int], sign: Floats
) -> Floats:
    """Return the footprint of ``sign`` units of each column, by bw2calc from the same numbers.

    Parameters
    ----------
    A, B : sparse arrays (n, n), (flows, n)
        Matrices.
    weights : float array (flows,)
        [kg CO2e per unit of the flow].
    columns : iterable of int
        Columns that are asked for.
    sign : float array (n,)
        Demand of each column.
    """
    count = A.shape[0]
    package = bw_processing.create_datapackage()
    for name, matrix, first in (("technosphere_matrix", A, 0), ("biosphere_matrix", B, count)):
        entries = matrix.tocoo()
        package.add_persistent_vector(
            matrix=name,
            indices_array=_indices(entries.row + first, entries.col),
            data_array=entries.data,
        )
    flows = np.arange(count, count + B.shape[0])
    package.add_persistent_vector(
        matrix="characterization_matrix", indices_array=_indices(flows, flows), data_array=weights
    )
    columns = [int(column) for column in columns]
    lca = bw2calc.LCA(demand={columns[0]: sign[columns[0]]}, data_objs=[package])
    lca.lci(factorize=True)
    lca.lcia()
    scores = []
    for column in columns:
        lca.lci({column: sign[column]})
        lca.lcia_calculation()
        scores.append(lca.score)
    return np.array(scores)


def _indices(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.void]:
    pairs = np.empty(len(rows), dtype=bw_processing.INDICES_DTYPE)
    pairs["row"], pairs["col"] = rows, columns
    return pairs
