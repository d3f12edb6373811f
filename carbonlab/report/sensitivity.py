"""Sensitivities in words and tables: from their datasets to what a reader sees."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.messages import has_message, message, shown_name
from carbonlab.report.figures import format_number, format_share
from carbonlab.results.sensitivity_schema import (
    DATA_AND_RULES,
    FIRST_ORDER,
    GLOBAL,
    PERTURBATION,
    SCREENING,
    check_sensitivity,
)
from carbonlab.sensitivity.variance import DATA, RULE_SET, TOGETHER, WITH_DATA

EFFECTS = {
    RULE_SET: "rule_set",
    DATA: "data",
    TOGETHER: "rules_with_each_other",
    WITH_DATA: "data_with_rules",
}
"""Words for the effects that are no slot."""
ROWS = 20


def input_label(table: str, process: str, flow: str, name: str) -> str:
    """Return what a reader calls an input.

    Examples
    --------
    >>> input_label("exchanges", "Kiln", "coal", "12")
    'coal · Kiln'
    >>> input_label("parameters", "Kiln", "", "loss")
    'loss · Kiln'
    """
    process, flow = shown_name(process), shown_name(flow)
    if table == "characterization":
        return message("sensitivity.factor_of", flow=flow)
    words = {"exchanges": (flow, process), "properties": (flow, name, process), "parameters": (name, process)}
    return " · ".join(filter(None, words.get(table, (name, process))))


def input_labels(result: xr.Dataset, dim: str = "input") -> list[str]:
    """Return the labels of the inputs of a dataset; of groups and slots their own name.

    Inputs that would be called alike, such as the same supply in several years, have their ids instead of the process.
    """
    own = result[dim].values if dim in result.coords else np.full(result.sizes[dim], "", object)
    columns = [result[name].values.tolist() for name in ("table", "process", "flow", "name")]
    labels = [
        input_label(*words) if words[0] else factor_label(str(key))
        for key, words in zip(own.tolist(), zip(*columns, strict=True), strict=True)
    ]
    count = Counter(labels)
    return [
        f"{shown_name(flow)} · {name}" if count[label] > 1 and flow and name else label
        for label, flow, name in zip(labels, columns[2], columns[3], strict=True)
    ]


def factor_label(key: str) -> str:
    """Return what a reader calls a slot, an effect or a group of inputs."""
    if key in EFFECTS:
        return message(f"sensitivity.{EFFECTS[key]}")
    return message(f"slot.{key}") if has_message(f"slot.{key}") else key


def summarize_sensitivity(result: xr.Dataset) -> dict[str, Any]:
    """Return a sensitivity as plain data: what was done, a head with units, and rows.

    Parameters
    ----------
    result : xarray.Dataset
        Of `first_order`, `perturb`, `screen`, `global_sensitivity` or `data_and_rules`.

    Raises
    ------
    ResultError
        If it is no valid sensitivity.
    """
    check_sensitivity(result)
    kind = result.attrs["kind"]
    head, rows = _TABLES[kind](result)
    kept = (
        "study",
        "study_digest",
        "rule_set",
        "seed",
        "footprint",
        "unit",
        "method",
        "converged",
        "verdict",
    )
    return {
        "kind": kind,
        **{name: _plain(result.attrs[name]) for name in kept if name in result.attrs},
        "head": head,
        "rows": rows,
        "notes": sensitivity_notes(result),
    }


def sensitivity_notes(result: xr.Dataset) -> list[str]:
    """Return in words what was done, and what was left out."""
    attrs, lines = result.attrs, []
    if attrs["kind"] == FIRST_ORDER:
        numbers = {name: format_number(attrs[name]) for name in ("footprint", "standard_deviation")}
        lines.append(
            message(
                "sensitivity.first_order",
                inputs=attrs["inputs"],
                uncertain=attrs["uncertain_inputs"],
                footprint=numbers["footprint"],
                unit=attrs["unit"],
                deviation=numbers["standard_deviation"],
            )
        )
        if attrs["inputs_that_may_change_sign"] or attrs["exchanges_of_formulas_with_kinks"]:
            counts = (attrs["inputs_that_may_change_sign"], attrs["exchanges_of_formulas_with_kinks"])
            lines.append(message("sensitivity.crossing", count=counts[0], kinks=counts[1]))
    if attrs["kind"] in (GLOBAL, SCREENING):
        lines.append(message("sensitivity.covered", share=format_share(float(attrs["covered"]))))
        key = "converged" if attrs["converged"] else "not_converged"
        lines.append(
            message(f"sensitivity.{key}", evaluations=attrs["evaluations"], verdict=attrs["verdict"])
        )
    if attrs.get("method") == "delta":
        lines.append(message("sensitivity.delta_ranks"))
    if attrs["kind"] == DATA_AND_RULES:
        names = ("draws", "rule_sets")
        lines.append(
            message(
                "sensitivity.draws", failed=attrs["failed_lanes"], **{name: attrs[name] for name in names}
            )
        )
        for product, variance in zip(result["product_name"].values, result["variance"].values, strict=True):
            if np.isnan(variance):
                lines.append(message("sensitivity.no_shares", product=product))
    return lines


def sensitivity_section(result: xr.Dataset, *, figure: str = "") -> str:
    """Return a sensitivity as a piece of HTML: a table, what was done, and a figure if one is given.

    Parameters
    ----------
    result : xarray.Dataset
    figure : str
        An SVG element (`carbonlab.plots`).
    """
    summary = summarize_sensitivity(result)
    head = "".join(f"<th>{escape(text)}</th>" for text in summary["head"])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell_text(cell))}</td>" for cell in row) + "</tr>"
        for row in summary["rows"][:ROWS]
    )
    notes = "".join(f"<p>{escape(line)}</p>" for line in summary["notes"])
    title = escape(message("sensitivity.title"))
    table = f"<table><tr>{head}</tr>{body}</table>"
    return f"<section class='sensitivity'><h2>{title}</h2>{figure}{table}{notes}</section>"


def cell_text(cell: Any) -> str:
    """Return a cell of a table as a reader sees it."""
    return cell if isinstance(cell, str) else format_number(cell)


Cells = tuple[list[str], list[list[Any]]]


def _word(key: str, unit: str = "") -> str:
    text = message(f"sensitivity.{key}")
    return f"{text} [{unit}]" if unit else text


def _of_first_order(result: xr.Dataset) -> Cells:
    order = np.argsort(-result["share"].values, kind="stable")[:ROWS]
    one = result.isel(input=order)
    head = [_word("input"), _word("stated"), _word("deviation"), _word("elasticity"), _word("share")]
    return head, _rows(
        input_labels(one),
        [f"{value:.4g} {unit}" for value, unit in zip(one["stated"].values, one["unit"].values, strict=True)],
        one["standard_deviation"].values,
        one["elasticity"].values,
        [format_share(share) for share in one["share"].values],
    )


def _of_perturbation(result: xr.Dataset) -> Cells:
    unit = result.attrs["unit"]
    head = [_word("input"), _word("stated"), _word("down", unit), _word("up", unit), _word("linear", unit)]
    stated = zip(result["stated"].values, result["unit"].values, strict=True)
    change = result["change"].transpose("input", "side").values
    return head, _rows(
        input_labels(result),
        [f"{value:.4g} {own}" for value, own in stated],
        change[:, 0],
        change[:, 1],
        result["linear"].transpose("input", "side").values[:, 1],
    )


def _of_screening(result: xr.Dataset) -> Cells:
    unit = result.attrs["unit"]
    head = [_word("input"), _word("share"), _word("mu_star", unit), _word("sigma", unit)]
    shares = [format_share(share) for share in result["share"].values]
    return head, _rows(input_labels(result), shares, result["mu_star"].values, result["sigma"].values)


def _of_indices(result: xr.Dataset) -> Cells:
    measures = [str(name) for name in result["measure"].values]
    units = [str(unit) for unit in result["measure_unit"].values]
    index, width = (result[name].transpose("factor", "measure").values for name in ("index", "interval"))
    order = np.argsort(-index[:, 0], kind="stable")
    labels = np.array(input_labels(result, "factor"), object)[order].tolist()
    head, columns = [_word("input")], []
    for place, (measure, unit) in enumerate(zip(measures, units, strict=True)):
        head += [_word(measure, "" if unit == "1" else unit), "±"]
        columns += [index[order, place], width[order, place]]
    return head, _rows(labels, *columns)


def _of_split(result: xr.Dataset) -> Cells:
    several = result.sizes["product"] > 1
    rows = []
    for product, name in zip(result["product"].values, result["product_name"].values, strict=True):
        one = result.sel(product=product)
        for effect in result["effect"].values:
            share, interval = (
                one["share"].sel(effect=effect).item(),
                one["interval"].sel(effect=effect).values,
            )
            cells = [factor_label(str(effect)), format_share(share), *(format_share(end) for end in interval)]
            rows.append([str(name), *cells] if several else cells)
    head = [_word("effect"), _word("share"), "2.5 %", "97.5 %"]
    tail = 50 * (1 - float(result.attrs["level"]))
    head[-2:] = [f"{tail:g} %", f"{100 - tail:g} %"]
    return (["", *head] if several else head), rows


def _rows(*columns: Any) -> list[list[Any]]:
    return [[_plain(cell) for cell in row] for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value


_TABLES = {
    FIRST_ORDER: _of_first_order,
    PERTURBATION: _of_perturbation,
    SCREENING: _of_screening,
    GLOBAL: _of_indices,
    DATA_AND_RULES: _of_split,
}
