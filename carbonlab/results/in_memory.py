"""An xarray.Dataset of arrays that are in memory already.

The constructor of a dataset asks of every array whether it belongs to dask, pint or sparse, and imports these
packages to find out. For plain numpy arrays the answer is known: variables and indexes are made here and handed over.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from xarray.indexes import PandasIndex

Placed = tuple[tuple[str, ...], NDArray[np.generic]]
"""The dimensions of an array, and the array."""


def build_dataset(variables: Mapping[str, Placed], coords: Mapping[str, Placed]) -> xr.Dataset:
    """Return the same dataset as ``xarray.Dataset(variables, coords)``, without looking for other kinds of arrays.

    Parameters
    ----------
    variables, coords : mappings
        Name to (dimensions, array); a coordinate with the name of its only dimension becomes an index.
    """
    indexes = {name: _index(name, values) for name, (dims, values) in coords.items() if dims == (name,)}
    placed = {
        name: indexes[name].create_variables()[name] if name in indexes else _variable(*given)
        for name, given in coords.items()
    }
    made = {name: _variable(*given) for name, given in variables.items()}
    return xr.Dataset(made, coords=xr.Coordinates(placed, indexes))


def _variable(dims: tuple[str, ...], values: NDArray[np.generic]) -> xr.Variable:
    return xr.Variable(dims, values, fastpath=True)


def _index(name: str, values: NDArray[np.generic]) -> PandasIndex:
    given = pd.Index(values, dtype="object") if values.dtype == object else pd.Index(values)
    return PandasIndex(given, name, coord_dtype=values.dtype)
