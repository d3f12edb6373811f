"""What a rule space says: how far apart rules put a footprint, which option moves most, and each slot's share
of the variance.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.sensitivity.variance import variance_by_factor


def summarize_space(space: xr.Dataset) -> xr.Dataset:
    """Return range, effects and variance of a rule space (`carbonlab.compare.rule_space.explore_rules`).

    Returns
    -------
    xarray.Dataset
        Per product: ``low``, ``high`` and ``range`` left open by the rules, with the options at either end
        (``low_at``, ``high_at``); per option ``option_effect``: mean footprint with it less the mean of all;
        per slot ``main`` and ``total_effect``: shares of the variance over the combinations, exact and each
        combination counting the same.

        An option under which a product never has a number is left out of its mean, effects and shares
        (``is_left_out``); where combinations still lack a number after that, these are NaN. ``combinations``
        counts those with a number.
    """
    slots = [str(slot) for slot in np.atleast_1d(space.attrs["slots"])]
    total = space["total"].transpose("product", *slots)
    found = [_of_product(total.sel(product=key), slots) for key in total["product"].values]
    result = xr.concat(found, "product").assign_coords(
        product=total["product"], product_name=space["product_name"]
    )
    for name in ("low", "high", "range", "mean", "option_effect"):
        result[name].attrs["units"] = IMPACT_UNIT
    for name in ("main", "total_effect", "relative_range"):
        result[name].attrs["units"] = "1"
    result.attrs = dict(space.attrs)
    return result


def _of_product(total: xr.DataArray, slots: list[str]) -> xr.Dataset:
    values = total.values
    known = np.isfinite(values)
    low, high = (float(pick(values[known])) if known.any() else np.nan for pick in (np.min, np.max))
    places = [
        np.unravel_index(int(pick(values)), values.shape) if known.any() else None
        for pick in (np.nanargmin, np.nanargmax)
    ]
    at = [
        [str(total[slot].values[place[i]]) if place is not None else "" for i, slot in enumerate(slots)]
        for place in places
    ]
    left = _without_empty_options(total, slots)
    mean = float(left.values.mean())
    labels, owners, effects, empty = [], [], [], []
    for slot in slots:
        means = left.mean([name for name in slots if name != slot], skipna=False)
        for label in total[slot].values:
            has_mean = label in left[slot].values
            labels.append(f"{slot}={label}")
            owners.append(slot)
            effects.append(float(means.sel({slot: label})) - mean if has_mean else np.nan)
            empty.append(not has_mean)
    shares = variance_by_factor(left.values)
    return xr.Dataset(
        {
            "low": low,
            "high": high,
            "range": high - low,
            "relative_range": (high - low) / abs(mean) if mean else np.nan,
            "mean": mean,
            "combinations": int(known.sum()),
            "low_at": ("slot", at[0]),
            "high_at": ("slot", at[1]),
            "main": ("slot", shares.main),
            "total_effect": ("slot", shares.total),
            "option_effect": ("option", effects),
            "is_left_out": ("option", empty),
        },
        coords={"slot": slots, "option": labels, "option_slot": ("option", owners)},
    )


def _without_empty_options(total: xr.DataArray, slots: list[str]) -> xr.DataArray:
    """Return the combinations without the options under which there is never a number; all of them if nothing
    would be left.
    """
    known = total.notnull()
    kept = {slot: known.any([name for name in slots if name != slot]).values for slot in slots}
    return total.isel({slot: np.flatnonzero(rows) for slot, rows in kept.items()}) if known.any() else total
