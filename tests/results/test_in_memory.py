"""A dataset of arrays in memory: the same as xarray's own constructor makes, without packages that nobody asked for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import xarray as xr

from carbonlab.results.in_memory import build_dataset

COORDS = {
    "place": (("place",), np.array(["here", "elsewhere"])),
    "place_name": (("place",), np.array(["a", "b"])),
    "year": (("year",), np.array([0.0, 1.5])),
    "number": (("number",), np.arange(3)),
    "word": (("word",), np.array(["x", ""], dtype=object)),
    "none": (("none",), np.array([], dtype=str)),
    "is_one": (("place", "number"), np.eye(2, 3, dtype=bool)),
}
VARIABLES = {
    "amount": (("place", "number"), np.array([[0.0, np.nan, 1.0], [2.0, 3.0, 4.0]])),
    "label": (("word",), np.array(["yes", "no"])),
}


def test_is_what_the_constructor_makes() -> None:
    made, wanted = build_dataset(VARIABLES, COORDS), xr.Dataset(VARIABLES, coords=COORDS)
    assert made.identical(wanted)
    assert list(made.variables) == list(wanted.variables)
    for name in wanted.variables:
        assert made[name].dtype == wanted[name].dtype, name
        assert type(made.variables[name]) is type(wanted.variables[name]), name
    for name, index in wanted.indexes.items():
        assert made.indexes[name].equals(index)
        assert made.indexes[name].dtype == index.dtype, name
    assert made.sel(place="here", number=2)["amount"] == 1.0


STATIC = """
import sys
import carbonlab as cl
result = cl.calculate(cl.read_study(cl.study_path()), "default")
assert result["total"].size
print(sorted({"dask.array", "numba", "matplotlib", "SALib"} & set(sys.modules)))
"""


def test_a_static_footprint_does_not_wait_for_packages_that_it_does_not_use() -> None:
    done = subprocess.run([sys.executable, "-c", STATIC], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
