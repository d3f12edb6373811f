"""The written schema of simulations: what a dataset of drawn footprints has to hold before it is called one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from carbonlab.errors import ResultError
from carbonlab.results.schema import ATTRIBUTES, IMPACT_UNIT, Variable, find_bad_variable
from carbonlab.vocabulary import Component, LifeCycleStage, Status

SIMULATION = "simulation"
"""Value of the attribute ``kind``."""

_EACH = ("rule_set", "product")
_SHARES = (*_EACH, "quantile")
_PER_UNIT = "per unit of analysis"

NEEDED: dict[str, Variable] = {
    "static": Variable(_EACH, IMPACT_UNIT, f"carbon footprint of the stated amounts {_PER_UNIT}"),
    "status": Variable(_EACH, "", "what the static number is worth"),
    "mean": Variable(_EACH, IMPACT_UNIT, f"mean of the drawn carbon footprints {_PER_UNIT}"),
    "standard_deviation": Variable(_EACH, IMPACT_UNIT, "standard deviation of the drawn carbon footprints"),
    "standard_error": Variable(_EACH, IMPACT_UNIT, "standard error of the mean"),
    "minimum": Variable(_EACH, IMPACT_UNIT, "smallest drawn carbon footprint"),
    "maximum": Variable(_EACH, IMPACT_UNIT, "largest drawn carbon footprint"),
    "quantiles": Variable(_SHARES, IMPACT_UNIT, "value that this share of the draws does not exceed"),
    "quantile_error": Variable(_SHARES, IMPACT_UNIT, "how far off the sample quantile can be at most"),
    "draws_with_number": Variable(_EACH, "1", "draws in which the product has a number"),
    "sign_changes": Variable(_EACH, "1", "draws whose sign is not that of the static number"),
    "lanes_by_status": Variable(
        ("rule_set", "lane_status"), "1", "draws, by what is known of their solution"
    ),
    "lanes_by_stage": Variable(
        ("rule_set", "lane_stage"), "1", "draws, by the stage of the solver that answered"
    ),
    "residual": Variable(("rule_set",), "1", "largest relative residual of a draw"),
    "error_bound": Variable(("rule_set",), "1", "largest bound on the relative error of a draw"),
    "input_sign_changes": Variable(
        ("uncertain_input",), "1", "draws in which an input has not the sign of its stated value"
    ),
}

OF_DIFFERENCES: dict[str, Variable] = {
    "difference_mean": Variable(_EACH, IMPACT_UNIT, "mean difference to the baseline in the same draw"),
    "difference_standard_deviation": Variable(_EACH, IMPACT_UNIT, "standard deviation of the difference"),
    "difference_standard_error": Variable(_EACH, IMPACT_UNIT, "standard error of the mean difference"),
    "difference_quantiles": Variable(
        _SHARES, IMPACT_UNIT, "difference that this share of the draws does not exceed"
    ),
    "difference_quantile_error": Variable(
        _SHARES, IMPACT_UNIT, "how far off the quantile of the difference can be at most"
    ),
    "difference_draws": Variable(_EACH, "1", "draws in which the product has both numbers"),
}
"""Of simulations of several rule sets; the baseline is the first."""

_RULE_SETS = ("rule_set", "other_rule_set", "product")
_PRODUCTS = ("rule_set", "product", "other_product")
OF_PAIRS: dict[str, Variable] = {
    "probability_higher": Variable(
        _RULE_SETS, "1", "share of the draws in which the number is above that of the other rule set"
    ),
    "probability_equal": Variable(
        _RULE_SETS, "1", "share of the draws in which both rule sets give the same number"
    ),
    "product_probability_higher": Variable(
        _PRODUCTS, "1", "share of the draws in which the number is above that of the other product"
    ),
    "product_probability_equal": Variable(
        _PRODUCTS, "1", "share of the draws in which both products have the same number"
    ),
}
"""Of simulations of several rule sets, and of several products."""


def of_parts(by: tuple[str, ...]) -> dict[str, Variable]:
    """Return the variables of simulations that split footprints by stage, gas or component."""
    each = (*_EACH, *by)
    return {
        "part_static": Variable(
            each, IMPACT_UNIT, f"part of the footprint of the stated amounts {_PER_UNIT}"
        ),
        "part_mean": Variable(each, IMPACT_UNIT, "mean of the part of the drawn footprints"),
        "part_standard_deviation": Variable(each, IMPACT_UNIT, "standard deviation of the part"),
        "part_minimum": Variable(each, IMPACT_UNIT, "smallest drawn part"),
        "part_maximum": Variable(each, IMPACT_UNIT, "largest drawn part"),
        "part_quantiles": Variable(
            (*each, "quantile"), IMPACT_UNIT, "part that this share of the draws does not exceed"
        ),
        "part_quantile_error": Variable(
            (*each, "quantile"), IMPACT_UNIT, "how far off the quantile of the part can be at most"
        ),
    }


SIMULATION_ATTRIBUTES = (
    *ATTRIBUTES,
    "draws",
    "ended",
    "sampling",
    "sampling_digest",
    "lognormal_keeps",
    "sampled",
    "failed_lanes",
    "quantile_relative_error",
    "error_max",
)
"""Attributes that every simulation carries."""


def variables_of(result: xr.Dataset) -> dict[str, Variable]:
    """Return the variables of the schema that a simulation has to hold, by what was asked."""
    by = tuple(str(kind) for kind in ("stage", "gas", "component") if kind in result.dims)
    found = dict(NEEDED)
    if result.sizes.get("rule_set", 0) > 1:
        found |= OF_DIFFERENCES
    for dimension, prefix in (("other_rule_set", "probability"), ("other_product", "product_probability")):
        if dimension in result.dims:
            found |= {name: variable for name, variable in OF_PAIRS.items() if name.startswith(prefix)}
    return found | (of_parts(by) if by else {})


def check_simulation(result: xr.Dataset) -> None:
    """Check a dataset against the schema of simulations; nothing is mended.

    Raises
    ------
    ResultError
        For a missing variable, dimension, unit or attribute, a word that is not known, draws that are not all
        accounted for, numbers out of order, or a missing number that nothing explains.
    """
    if result.attrs.get("kind") != SIMULATION:
        _refuse("the dataset is no simulation", "its attribute kind says something else, or nothing")
    complaint = find_bad_variable(result, variables_of(result), kind="simulation")
    if complaint:
        _refuse(*complaint)
    missing = [name for name in SIMULATION_ATTRIBUTES if name not in result.attrs]
    if missing:
        _refuse(f"the simulation has no attribute {missing[0]!r}", "it could not be repeated")
    _check_words(result)
    _check_numbers(result)


def _check_words(result: xr.Dataset) -> None:
    unknown = set(np.unique(result["status"].values.astype(str)).tolist()) - {
        str(status) for status in Status
    }
    for dimension, words in (("stage", LifeCycleStage), ("component", Component)):
        if dimension in result.coords:
            unknown |= set(result[dimension].values.tolist()) - {str(word) for word in words}
    if unknown:
        _refuse(f"{sorted(unknown)} is not known", "nobody could tell what the numbers mean")


def _check_numbers(result: xr.Dataset) -> None:
    draws = int(result.attrs["draws"])
    if bool((result["lanes_by_status"].sum("lane_status") != draws).any()):
        _refuse("not every draw has a status", "some were lost, or counted twice")
    counted = result["draws_with_number"]
    if bool((counted > draws).any()) or bool((counted < 0).any()):
        _refuse("more draws have a number than were made", "some were counted twice")
    if bool(((counted > 0) & result["mean"].isnull()).any()):
        _refuse("a product was drawn and has no mean", "it would look like a product without a number")
    if bool(((counted == 0) & result["mean"].notnull()).any()):
        _refuse("a product has a mean without draws", "the number was made up")
    slack = 1e-9 * abs(result["mean"])
    if bool(
        ((result["minimum"] > result["mean"] + slack) | (result["mean"] > result["maximum"] + slack)).any()
    ):
        _refuse("a mean lies outside of the drawn numbers", "one of them is wrong")
    steps = result["quantiles"].sortby("quantile").diff("quantile")
    if bool((steps < -2e-9 * abs(result["mean"])).any()):
        _refuse("quantiles are not in order", "one of them is wrong")


def _refuse(what: str, why: str) -> None:
    raise ResultError(what, why=why, remedy="simulate the study again with this version of carbonlab")
