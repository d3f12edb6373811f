"""Data, rules, and both together in the variance of a design, as SALib estimates them: Sobol' indices of two
groups.
 The design of `carbonlab.compare.data_lanes` holds every combination already, so Saltelli's samples only look
results up. The exact split is in `carbonlab.compare.rule_range`; this one is the published estimator, with
its own interval.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from carbonlab.sensitivity.sobol import LevelArray, sobol_indices
from carbonlab.sensitivity.variance import PARTS, FloatArray


def estimate_data_and_rules(design: xr.Dataset, *, samples: int = 4096, seed: int = 0) -> xr.Dataset:
    """Return estimated shares of data, rules and both in the variance over the draws that were made.

    Parameters
    ----------
    design : xarray.Dataset
        From `carbonlab.compare.data_lanes.explore_data_and_rules`.
    samples : int
        Base samples of Saltelli's design, a power of two.
    seed : int
        Any integer from 0 on.

    Returns
    -------
    xarray.Dataset
        ``share`` (product, part) and ``half_width`` (product, part) of the 95 % interval of data and rules
        [-]. *both* is what the first-order indices of the two groups leave; its half width is NaN.

    Raises
    ------
    RefusedError
        If a product lacks a number in some lane, or nothing varies.
    """
    slots = [str(slot) for slot in np.atleast_1d(design.attrs["slots"])]
    total = design["total"].transpose("product", "draw", *slots)
    levels = dict(zip(("draw", *slots), total.shape[1:], strict=True))
    groups = ["data", *("rules" for _ in slots)]
    shares, widths = [], []
    for table in total.values:
        found = sobol_indices(levels, _look_up(table), groups=groups, samples=samples, seed=seed)
        shares.append([*found.main, 1.0 - found.main.sum()])
        widths.append([*found.main_interval, np.nan])
    return xr.Dataset(
        {
            "share": (("product", "part"), np.array(shares), {"units": "1"}),
            "half_width": (("product", "part"), np.array(widths), {"units": "1"}),
        },
        coords={"product": total["product"], "part": list(PARTS)},
        attrs=dict(design.attrs),
    )


def _look_up(table: FloatArray) -> Callable[[LevelArray], FloatArray]:
    return lambda levels: np.asarray(table[tuple(levels.T)])
