"""Results as NetCDF 4, written atomically and checked when read."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from carbonlab.arguments import check_kind, checked_path
from carbonlab.atomic import new_file
from carbonlab.errors import ResultError
from carbonlab.results.schema import check_result
from carbonlab.results.sensitivity_schema import VARIABLES as SENSITIVITIES
from carbonlab.results.sensitivity_schema import check_sensitivity
from carbonlab.results.simulation_schema import SIMULATION, check_simulation


def save_result(result: xr.Dataset, path: str | Path) -> None:
    """Write a result as NetCDF 4.

    Raises
    ------
    ResultError
        If it does not follow the schema.
    """
    where = "save_result(result, path)"
    check_kind(result, xr.Dataset, name="what is saved", where=where, remedy="give what calculate returned")
    _check(result)
    with new_file(path) as temporary:
        result.to_netcdf(temporary, engine="h5netcdf")


def load_result(path: str | Path) -> xr.Dataset:
    """Return a result that was saved, all of it in memory.

    Raises
    ------
    ResultError
        If the file is missing, damaged, or does not follow the schema.
    """
    file = checked_path(path, where="load_result(path)")
    try:
        with xr.open_dataset(file, engine="h5netcdf") as opened:
            result = opened.load()
    except (OSError, ValueError) as error:
        raise ResultError(
            f"the result cannot be read: {error}",
            where=str(path),
            remedy="calculate it again with carbonlab run",
        ) from error
    _check(result)
    return result


def _check(result: xr.Dataset) -> None:
    """Check a dataset against its schema: that of results, of simulations, or of sensitivities."""
    kind = result.attrs.get("kind")
    if kind in SENSITIVITIES:
        check_sensitivity(result)
    else:
        (check_simulation if kind == SIMULATION else check_result)(result)
