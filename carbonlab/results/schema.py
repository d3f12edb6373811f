"""The written schema of results: what a dataset has to hold before it is called one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from carbonlab.errors import ResultError
from carbonlab.vocabulary import Component, LifeCycleStage, Status

IMPACT_UNIT = "kg CO2e"
SCHEMA_VERSION = "1"
CANCELLATION = 1e-9
"""Two ways of computing agree when |Δ| ≤ 1e-9 · max(|h|, Σ|contributions|): credits may cancel."""


@dataclass(frozen=True)
class Variable:
    """A variable of the schema.

    Attributes
    ----------
    dims : tuple of str
        Dimensions; their order never matters.
    units : str
        Value of the attribute ``units``; empty where it differs by element or there is none.
    long_name : str
        Value of the attribute ``long_name``.
    """

    dims: tuple[str, ...]
    units: str
    long_name: str


_BY_GAS = ("rule_set", "product", "stage", "year", "gas", "component")

VARIABLES: dict[str, Variable] = {
    "footprint": Variable(_BY_GAS, IMPACT_UNIT, "carbon footprint per unit of analysis"),
    "inventory": Variable(
        _BY_GAS, "kg", "mass of greenhouse gas, in its own direction, per unit of analysis"
    ),
    "total": Variable(
        ("rule_set", "product"), IMPACT_UNIT, "carbon footprint, sum of the components in the total"
    ),
    "status": Variable(("rule_set", "product"), "", "what the number is worth"),
    "residual": Variable(("rule_set", "product"), "1", "relative residual after equilibration, recomputed"),
    "error_estimate": Variable(("rule_set", "product"), "1", "estimate of the relative forward error"),
    "process_contribution": Variable(
        ("rule_set", "product", "process"),
        IMPACT_UNIT,
        "contribution of the direct emissions of each process",
    ),
    "flow_contribution": Variable(
        ("rule_set", "product", "elementary_flow"), IMPACT_UNIT, "contribution of each elementary flow"
    ),
    "intensity": Variable(
        ("rule_set", "column", "component"),
        "kg CO2e per unit of the column's flow",
        "footprint of one unit of every product",
    ),
    "column_status": Variable(("rule_set", "column"), "", "what the intensity is worth"),
    "column_basis": Variable(("rule_set", "column"), "", "basis on which the process shares its burdens"),
}

ATTRIBUTES = (
    "schema",
    "study",
    "study_digest",
    "database_digests",
    "foreground_digest",
    "solver",
    "versions",
    "seed",
    "residual_max",
    "created",
)
"""Attributes that every result carries."""


def check_result(result: xr.Dataset) -> None:
    """Check a dataset against the schema; nothing is mended.

    Raises
    ------
    ResultError
        For a missing variable, dimension, unit or attribute, a component that does not say whether it is
        in the total, a total that is not the sum of its parts, or a product without a number whose status
        does not say why.
    """
    complaint = find_bad_variable(result, VARIABLES, kind="result")
    if complaint:
        _refuse(*complaint)
    missing = [name for name in ATTRIBUTES if name not in result.attrs]
    if missing:
        _refuse(f"the result has no attribute {missing[0]!r}", "it could not be recomputed")
    _check_coordinates(result)
    _check_total(result)


def find_bad_variable(
    result: xr.Dataset, variables: Mapping[str, Variable], *, kind: str
) -> tuple[str, str] | None:
    """Return what is wrong with a variable of a dataset of some kind, and why that matters; None for nothing."""
    for name, variable in variables.items():
        if name not in result:
            return (
                f"the {kind} has no variable {name!r}",
                "it was not made by carbonlab, or by another version",
            )
        if set(result[name].dims) != set(variable.dims):
            return (
                f"variable {name!r} has the dimensions {result[name].dims}",
                f"the schema says {variable.dims}",
            )
        for attribute in ("units", "long_name"):
            if attribute not in result[name].attrs:
                return f"variable {name!r} has no {attribute}", "a number without its unit can be misread"
    return None


def _check_coordinates(result: xr.Dataset) -> None:
    for dimension, words in (("stage", LifeCycleStage), ("component", Component)):
        unknown = set(result[dimension].values.tolist()) - {str(word) for word in words}
        if unknown:
            _refuse(f"dimension {dimension!r} has {sorted(unknown)}", "sums over it would mix unknown things")
    if "in_total" not in result.coords or set(result["in_total"].dims) != {"rule_set", "component"}:
        _refuse(
            "components do not say whether they are in the total", "separately reported ones would be added"
        )
    unknown = set(np.unique(result["status"].values.astype(str)).tolist()) - {
        str(status) for status in Status
    }
    if unknown:
        _refuse(f"status {sorted(unknown)} is not known", "nobody could tell what the number is worth")


def _check_total(result: xr.Dataset) -> None:
    order = ("rule_set", "product")
    counted = (
        result["in_total"].transpose("rule_set", "component").values.astype(bool)[:, None, None, None, None]
    )
    parts = np.where(counted, result["footprint"].transpose(*_BY_GAS).values, 0.0)
    total = result["total"].transpose(*order).values
    inner = tuple(range(len(order), len(_BY_GAS)))
    scale = np.fmax(np.abs(total), np.nansum(np.abs(parts), axis=inner))
    words = result["status"].transpose(*order).values.astype(str)
    has_number = np.array([Status(word).has_number for word in words.flat], bool).reshape(words.shape)
    wrong = (np.abs(total - parts.sum(axis=inner)) > CANCELLATION * scale) & has_number
    if wrong.any():
        _refuse("the total is not the sum of the components in it", "one of them is wrong")
    if (np.isnan(total) & has_number).any():
        _refuse(
            "a product has no number and its status does not say why", "it would look like a missing value"
        )


def _refuse(what: str, why: str) -> None:
    raise ResultError(what, why=why, remedy="calculate the study again with this version of carbonlab")
