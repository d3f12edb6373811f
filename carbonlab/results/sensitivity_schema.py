"""The written schema of sensitivities: what a dataset has to hold before it is called one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from carbonlab.errors import ResultError
from carbonlab.results.schema import IMPACT_UNIT, Variable, find_bad_variable

FIRST_ORDER, PERTURBATION, SCREENING = "first_order", "perturbation", "screening"
GLOBAL, DATA_AND_RULES = "global_sensitivity", "data_and_rules"

_INPUT, _EACH = ("input",), ("product", "effect")

VARIABLES: dict[str, dict[str, Variable]] = {
    FIRST_ORDER: {
        "stated": Variable(_INPUT, "", "stated value, in the unit of the input"),
        "derivative": Variable(_INPUT, "kg CO2e per unit of the input", "derivative of the carbon footprint"),
        "elasticity": Variable(
            _INPUT, "1", "relative change of the footprint per relative change of the input"
        ),
        "standard_deviation": Variable(_INPUT, "", "standard deviation of the input, in its unit"),
        "share": Variable(_INPUT, "1", "share of the first-order variance of the footprint"),
        "crossing": Variable(_INPUT, "1", "probability that a draw has another sign than the stated value"),
        "is_computed": Variable(_INPUT, "1", "whether a formula gives the value"),
    },
    PERTURBATION: {
        "stated": Variable(_INPUT, "", "stated value, in the unit of the input"),
        "changed": Variable(("input", "side"), "", "changed value, in the unit of the input"),
        "footprint": Variable(("input", "side"), IMPACT_UNIT, "carbon footprint at the changed value"),
        "change": Variable(("input", "side"), IMPACT_UNIT, "change of the carbon footprint"),
        "linear": Variable(("input", "side"), IMPACT_UNIT, "change that the derivative predicts"),
    },
    SCREENING: {
        "share": Variable(_INPUT, "1", "share of the first-order variance of the footprint"),
        "cumulative": Variable(_INPUT, "1", "share of this input and of all larger ones"),
        "mu_star": Variable(_INPUT, IMPACT_UNIT, "Morris: mean absolute elementary effect"),
        "mu_star_interval": Variable(_INPUT, IMPACT_UNIT, "half width of the bootstrap interval of mu_star"),
        "sigma": Variable(_INPUT, IMPACT_UNIT, "Morris: standard deviation of the elementary effects"),
    },
    GLOBAL: {
        "index": Variable(("factor", "measure"), "", "sensitivity of the footprint to a factor"),
        "interval": Variable(("factor", "measure"), "", "half width of the bootstrap interval"),
        "index_before": Variable(("factor", "measure"), "", "the same from half of the sample"),
    },
    DATA_AND_RULES: {
        "share": Variable(_EACH, "1", "share of the variance; all effects sum to one"),
        "interval": Variable((*_EACH, "bound"), "1", "bootstrap interval over the draws"),
        "main": Variable(("product", "factor"), "1", "main effect: share of the variance"),
        "total_effect": Variable(("product", "factor"), "1", "main effect and all interactions"),
        "variance": Variable(("product",), f"({IMPACT_UNIT})²", "variance over draws and rules"),
    },
}
"""By kind of sensitivity."""

ATTRIBUTES = (
    "schema", "kind", "study", "study_digest", "rule_set", "rule_set_digest", "seed", "versions", "created",
)  # fmt: skip
"""Attributes that every sensitivity carries."""


def check_sensitivity(result: xr.Dataset) -> None:
    """Check a dataset against the schema of its kind; nothing is mended.

    Raises
    ------
    ResultError
        For an unknown kind, a missing variable, dimension, unit or attribute, or shares that cannot be.
    """
    kind = result.attrs.get("kind")
    if kind not in VARIABLES:
        _refuse(f"the dataset is no sensitivity, its kind is {kind!r}", "something else is in it")
    missing = [name for name in ATTRIBUTES if name not in result.attrs]
    if missing:
        _refuse(f"the sensitivity has no attribute {missing[0]!r}", "it could not be repeated")
    complaint = find_bad_variable(result, VARIABLES[str(kind)], kind="sensitivity")
    if complaint:
        _refuse(*complaint)
    if "share" in result and kind != SCREENING:
        total = result["share"].sum([dim for dim in result["share"].dims if dim != "product"], skipna=False)
        known = total.values[np.isfinite(total.values)]
        if kind == FIRST_ORDER:
            known = known + float(result.attrs["share_left_out"]) if result.attrs["variance"] else known[:0]
        if (np.abs(known - 1.0) > 1e-6).any():
            _refuse("shares of the variance do not sum to one", "some of it is lost, or counted twice")


def with_units(result: xr.Dataset) -> xr.Dataset:
    """Return a sensitivity with units and names as the schema has them, checked.

    Raises
    ------
    ResultError
        As `check_sensitivity`.
    """
    for name, variable in VARIABLES[result.attrs["kind"]].items():
        if name in result:
            result[name].attrs = {
                "units": variable.units,
                "long_name": variable.long_name,
            }
    check_sensitivity(result)
    return result


def _refuse(what: str, why: str) -> None:
    raise ResultError(what, why=why, remedy="make it again with this version of carbonlab")
