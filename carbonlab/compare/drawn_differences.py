"""Differences between rule sets when the data are uncertain: every draw under every rule set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from carbonlab.monte_carlo import simulate
from carbonlab.system.study import Study

NAMES: Mapping[str, str] = {
    "mean": "drawn_mean",
    "standard_deviation": "drawn_standard_deviation",
    "quantiles": "drawn_quantiles",
    "quantile_error": "drawn_quantile_error",
    "draws_with_number": "draws_with_number",
    "difference_mean": "drawn_difference",
    "difference_standard_deviation": "drawn_difference_standard_deviation",
    "difference_standard_error": "drawn_difference_standard_error",
    "difference_quantiles": "drawn_difference_quantiles",
    "difference_quantile_error": "drawn_difference_quantile_error",
    "probability_higher": "probability_higher",
    "probability_equal": "probability_equal",
}
"""Variables of a simulation that a comparison takes over, and what it calls them."""

ATTRIBUTES = ("draws", "seed", "sampling", "sampling_digest", "lognormal_keeps", "failed_lanes", "error_max")


def with_draws(comparison: xr.Dataset, study: Study, draws: int) -> xr.Dataset:
    """Return a comparison with what draws of the data say about its differences.

    Parameters
    ----------
    comparison : xarray.Dataset
        Of the same study.
    study : Study
        Under the rule sets that are compared.
    draws : int
        Number of draws; how they are made is the study's sampling plan.

    Raises
    ------
    RefusedError
        If nothing in the inventory is uncertain, or a rule set cannot be drawn.
    """
    baseline = comparison.attrs["baseline"]
    others = [rules for rules in study.rule_sets if rules.key != baseline]
    first = next(rules for rules in study.rule_sets if rules.key == baseline)
    drawn = simulate(study, rule_sets=[first, *others], draws=draws)
    keys = comparison["rule_set"].values
    order: dict[str, Any] = {"rule_set": keys}
    if "other_rule_set" in drawn.dims:
        order["other_rule_set"] = keys
    drawn = drawn.sel(order)
    found = {
        new: drawn[old].drop_vars(_beside(drawn[old]), errors="ignore")
        for old, new in NAMES.items()
        if old in drawn
    }
    result = comparison.assign(found)
    result.attrs |= {name: drawn.attrs[name] for name in ATTRIBUTES}
    return result


def _beside(variable: xr.DataArray) -> list[str]:
    """Return the coordinates that the comparison has of its own."""
    return [str(name) for name in variable.coords if name not in variable.dims]
