"""The same generated system as a data package of bw2calc, the peer that runs beside carbonlab."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.generated_system import GeneratedSystem

METHOD = ("generated", "climate change")


def build_package(
    system: GeneratedSystem, *, has_spreads: bool = False, only_characterized: bool = False, fs: Any = None
) -> Any:
    """Return the data package of a system.

    Parameters
    ----------
    system : GeneratedSystem
    has_spreads : bool
        Whether the spreads go with the values.
    only_characterized : bool
        Leave out elementary flows without a factor: they change no score, but the peer draws and places them.
    fs : file system of fsspec, optional
        Where it is to be written; in memory by default.
    """
    import bw_processing

    package = bw_processing.create_datapackage(fs=fs)
    n = system.size
    B, sigma = system.B, system.intervention_sigma
    if only_characterized:
        kept = system.c[B.indices] != 0
        column = np.repeat(np.arange(n), np.diff(B.indptr))[kept]
        ends = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=n))])
        B = sparse.csc_array((B.data[kept], B.indices[kept], ends), shape=B.shape)
        sigma = sigma[kept]
    parts = (
        ("technosphere_matrix", system.A, system.technosphere_sigma, 0),
        ("biosphere_matrix", B, sigma, n),
    )
    for name, matrix, spread, first in parts:
        column = np.repeat(np.arange(n), np.diff(matrix.indptr))
        words: dict[str, Any] = {
            "matrix": name,
            "name": name.removesuffix("_matrix"),
            "indices_array": _indices(matrix.indices.astype(np.int64) + first, column),
            "data_array": np.abs(matrix.data),
            "flip_array": matrix.data < 0,
        }
        if has_spreads:
            words["distributions_array"] = _distributions(np.abs(matrix.data), spread)
        package.add_persistent_vector(**words)
    flows = np.arange(n, n + len(system.c))
    package.add_persistent_vector(
        matrix="characterization_matrix",
        name="characterization",
        indices_array=_indices(flows, flows),
        data_array=system.c,
        identifier=list(METHOD),
    )
    return package


def start_peer(kind: str, system: GeneratedSystem, column: int, package: Any, **words: Any) -> Any:
    """Return an object of a class of bw2calc, calculated for one unit of a column."""
    import bw2calc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on solvers and on flags that the diagonal does not need
        demand = {column: float(system.A[column, column])}
        lca = getattr(bw2calc, kind)(demand=demand, data_objs=[package], **words)
        lca.lci()
        lca.lcia()
    return lca


def _indices(rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.void]:
    import bw_processing

    pairs = np.empty(len(rows), dtype=bw_processing.INDICES_DTYPE)
    pairs["row"], pairs["col"] = rows, columns
    return pairs


def _distributions(values: NDArray[np.float64], sigma: NDArray[np.float32]) -> NDArray[np.void]:
    """Return lognormals (type 2) where there is a spread, and plain numbers (type 0) elsewhere."""
    import bw_processing

    found = np.full(len(values), np.nan, dtype=bw_processing.UNCERTAINTY_DTYPE)
    spread = sigma > 0
    found["uncertainty_type"] = np.where(spread, 2, 0)
    found["loc"] = np.where(spread, np.log(values), values)
    found["scale"] = np.where(spread, sigma, np.nan)
    found["negative"] = False
    return found
