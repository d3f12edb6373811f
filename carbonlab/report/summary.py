"""The summary of a study: plain data that the report, the terminal and ``summary.json`` show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.inventory.findings import count_findings
from carbonlab.messages import message
from carbonlab.report.quality import quality_of, share_by
from carbonlab.results.contributions import Tier, first_tier, largest_paths
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION
from carbonlab.rules.factors import AGGREGATED_GAS
from carbonlab.rules.selectors import flow_has_role
from carbonlab.rules.slots import SLOTS
from carbonlab.system.product_system import ProductSystem
from carbonlab.system.study import GOAL, SCOPE, SERVICE_LIFE, Study, reference_amount
from carbonlab.vocabulary import Component, LifeCycleStage, Role, Status

TOP = 10
"""Number of contributions that are listed; the rest is given as one number."""


def summarize(study: Study, evaluations: Sequence[Evaluation], result: xr.Dataset) -> dict[str, Any]:
    """Return the summary of a study as plain data (numbers, texts, lists, mappings).

    Parameters
    ----------
    study : Study
        What was asked.
    evaluations : sequence of Evaluation
        One per rule set, as `carbonlab.results.calculate.evaluate` gives them.
    result : xarray.Dataset
        What `carbonlab.results.calculate.collect` made of them.
    """
    return {
        "study": _study(study),
        "rule_sets": [_rule_set(study, evaluation, result) for evaluation in evaluations],
        "databases": [_database(db) for db in study.databases],
        "foreground": _database(study.foreground) if study.foreground is not None else None,
        "attributes": {name: _plain(value) for name, value in result.attrs.items()},
    }


def _study(study: Study) -> dict[str, Any]:
    return {
        "key": study.key,
        "title": study.title,
        "digest": study.digest,
        "reference_year": study.reference_year,
        "goal": {name: study.goal.get(name, "") for name in GOAL},
        "scope": {name: study.scope.get(name, "") for name in SCOPE}
        | {name: study.scope[name] for name in (SERVICE_LIFE,) if name in study.scope},
    }


def _database(db: Any) -> dict[str, Any]:
    return {
        "name": db.meta.name,
        "version": db.meta.version,
        "licence": db.meta.licence,
        "description": db.meta.description,
        "digest": db.digest,
        "processes": db.processes.num_rows,
        "flows": db.flows.num_rows,
        "exchanges": db.exchanges.num_rows,
        "decided_upstream": dict(db.meta.decided_upstream),
        "sources": [
            {name: row[name] or "" for name in ("citation", "year", "url", "licence")}
            for row in db.sources.to_pylist()
        ],
        "findings": [
            {"code": c.code, "severity": c.severity, "count": c.count, "text": c.text}
            for c in count_findings(db)
        ],
    }


def _rule_set(study: Study, evaluation: Evaluation, result: xr.Dataset) -> dict[str, Any]:
    rules = evaluation.system.rule_set
    here = result.sel(rule_set=rules.key)
    return {
        "key": rules.key,
        "title": rules.title,
        "digest": rules.digest,
        "rules": [_rule(evaluation, slot.key) for slot in SLOTS],
        "characterization": evaluation.system.work.characterization.label,
        "gases_text": _gases_in_words(evaluation),
        "cut_offs": (left_out := _cut_offs(evaluation)),
        "cut_offs_text": message("report.cut_offs_text", **left_out),
        "apart": sorted(str(component) for component in evaluation.system.work.apart),
        "components": _components_shown(here),
        "findings": _findings(evaluation),
        "status_counts": status_counts(evaluation),
        "loops": [
            {"gain": loop.gain, "processes": _names(evaluation.system, loop.indices)}
            for loop in evaluation.loops[:TOP]
        ],
        "products": [_product(study, evaluation, here, position) for position in range(len(study.units))],
    }


def _rule(evaluation: Evaluation, slot: str) -> dict[str, Any]:
    rule = evaluation.system.rule_set.rules[slot]
    return {
        "slot": slot,
        "lines": [
            {
                "select": str(line.selector),
                "option": line.option,
                "parameters": dict(line.parameters),
                "source": line.reference.source,
                "clause": line.reference.clause,
                "source_level": line.reference.source_level,
                "note": line.reference.note,
                "caught": evaluation.system.work.caught.get((slot, number), 0),
            }
            for number, line in enumerate(rule.lines)
        ],
    }


def _components_shown(here: xr.Dataset) -> list[str]:
    """Return the components that are not zero for some product, in the order of the vocabulary."""
    largest = abs(here["footprint"]).max([str(dim) for dim in here["footprint"].dims if dim != "component"])
    return [
        str(key) for key, value in zip(here["component"].values, largest.values, strict=True) if value > 0
    ]


def _gases_in_words(evaluation: Evaluation) -> str:
    gases = sorted({_gas_name(channel.gas) for channel in evaluation.channels})
    return f"{', '.join(gases)} ({evaluation.system.work.characterization.label})"


def _gas_name(gas: str) -> str:
    return message("component.aggregated_co2e") if gas == AGGREGATED_GAS else gas


def _cut_offs(evaluation: Evaluation) -> dict[str, int]:
    """Return how many inputs were left out: without a producer, by the supplier of the data, by the cut-off rule
    (ISO 14067 7.3, summary).
    """
    counts = {"input_left_out": 0.0, "declared_cut_off": 0.0}
    for finding in evaluation.findings:
        if finding.code in counts:
            counts[finding.code] += finding.amount
    cut = {
        int(row)
        for line in evaluation.system.work.log
        if line.slot == "cut_off" and line.verb == "drop" and line.table == "technosphere"
        for row in line.rows
    }
    return {
        "undeclared": int(counts["input_left_out"]),
        "declared": int(counts["declared_cut_off"]),
        "by_rule": len(cut),
    }


def _findings(evaluation: Evaluation) -> list[dict[str, Any]]:
    grouped: dict[str, dict[str, Any]] = {}
    for finding in evaluation.findings:
        entry = grouped.setdefault(
            finding.code,
            {
                "code": finding.code,
                "severity": str(finding.severity),
                "text": message(f"finding.{finding.code}"),
                "count": 0,
                "examples": [],
            },
        )
        entry["count"] += 1
        if len(entry["examples"]) < 5:
            amount = "" if np.isnan(finding.amount) else f"{finding.amount:.4g} {finding.unit}".strip()
            where = finding.process or finding.flow or finding.exchange
            entry["examples"].append(" · ".join(part for part in (where, amount, finding.detail) if part))
    return sorted(grouped.values(), key=lambda entry: (entry["severity"] != "warning", -entry["count"]))


def status_counts(evaluation: Evaluation) -> dict[str, int]:
    """Return how many columns have each status, every status named."""
    values = evaluation.status.astype(str).tolist()
    return {str(status): values.count(str(status)) for status in Status}


def _product(study: Study, evaluation: Evaluation, here: xr.Dataset, position: int) -> dict[str, Any]:
    unit = study.units[position]
    own = here.isel(product=position)
    status = Status(str(own["status"].values))
    summary: dict[str, Any] = {
        "key": unit.key,
        "name": unit.name,
        "amount": unit.amount,
        "unit": str(own["product_unit"].values),
        "unit_type": unit.unit_type,
        "process": unit.process,
        "status": str(status),
        "status_text": message(f"status.{status}"),
    }
    if not status.has_number:
        return summary | {"total": None}
    total = float(own["total"])
    footprint = own["footprint"]
    column = evaluation.system.column_of(unit.process, unit.flow)
    flow_unit = evaluation.system.database.column("flows", "unit")[
        int(evaluation.system.columns.flow[column])
    ]
    demand = reference_amount(unit, flow_unit)
    scaling = evaluation.run(column, demand).x
    places = evaluation.system.database.column("processes", "location")
    paths, explained = largest_paths(evaluation, column, demand)
    return summary | {
        "total": total,
        "residual": float(own["residual"]),
        "error_estimate": float(own["error_estimate"]),
        "stages": {str(s): float(footprint.sel(stage=str(s)).sum()) for s in LifeCycleStage},
        "components": {str(c): float(footprint.sel(component=str(c)).sum()) for c in Component},
        "gases": _named_gases(_largest(footprint.sum(["stage", "year", "component"]), "gas", "gas")),
        "years": {f"{float(y):g}": float(footprint.sel(year=y).sum()) for y in own["year"].values},
        "processes": _largest(own["process_contribution"], "process", "process_name"),
        "locations": _by_location(own),
        "elementary_flows": _largest(own["flow_contribution"], "elementary_flow", "elementary_flow_name"),
        "first_tier": _tier(evaluation, first_tier(evaluation, column, demand)),
        "paths": [
            {"processes": _names(evaluation.system, np.array(path.columns)), "footprint": path.footprint}
            for path in paths
        ],
        "paths_explain": explained,
        "electricity": _electricity(evaluation, scaling),
        "value_kinds": share_by(evaluation, scaling, "value_kind"),
        "confidence": share_by(evaluation, scaling, "confidence"),
        "value_years": share_by(evaluation, scaling, "year"),
        "geography": share_by(evaluation, scaling, "geography"),
        "quality": quality_of(
            evaluation,
            scaling,
            reference_year=study.reference_year,
            location=str(places[int(evaluation.system.columns.process[column])]),
        ),
    }


def _largest(values: xr.DataArray, dimension: str, names: str) -> dict[str, Any]:
    """Return the largest parts by absolute value, and the rest with positive and with negative sign."""
    data = values.values
    order = np.argsort(-np.abs(data), kind="stable")
    kept = [int(i) for i in order[:TOP] if data[i] != 0]
    rest = np.delete(data, kept)
    ids, texts = values[dimension].values, values[names].values
    return {
        "largest": [{"id": str(ids[i]), "name": str(texts[i]), "footprint": float(data[i])} for i in kept],
        "rest_positive": float(rest[rest > 0].sum()),
        "rest_negative": float(rest[rest < 0].sum()),
    }


def _named_gases(contributions: dict[str, Any]) -> dict[str, Any]:
    for row in contributions["largest"]:
        row["name"] = _gas_name(row["id"])
    return contributions


def _by_location(own: xr.Dataset) -> dict[str, float]:
    places = own["process_location"].values.astype(str)
    data = own["process_contribution"].values
    sums = {place or "not stated": float(data[places == place].sum()) for place in np.unique(places)}
    return {place: value for place, value in sorted(sums.items(), key=lambda item: -abs(item[1])) if value}


def _tier(evaluation: Evaluation, tier: Tier) -> dict[str, Any]:
    system = evaluation.system
    inputs = [
        {
            "process": _names(system, np.array([node.column]))[0],
            "amount": node.amount,
            "unit": system.database.column("flows", "unit")[int(system.columns.flow[node.column])],
            "footprint": node.footprint,
        }
        for node in tier.inputs
    ]
    return {
        "direct": tier.direct,
        "inputs": inputs[:TOP],
        "rest": _without_rounding(
            tier.rest + sum(node.footprint for node in tier.inputs[TOP:]), tier.footprint
        ),
    }


def _without_rounding(rest: float, footprint: float) -> float:
    """Return a rest, or 0 where it is only the rounding of a difference."""
    return 0.0 if abs(rest) <= CANCELLATION * abs(footprint) else rest


def _names(system: ProductSystem, columns: np.ndarray) -> list[str]:
    return [
        str(name) for name in system.database.column("processes", "name")[system.columns.process[columns]]
    ]


def _electricity(evaluation: Evaluation, scaling: np.ndarray) -> list[dict[str, Any]]:
    """Return the electricity that a product uses by supplier, with its footprint (ISO 14067 6.4.9.4, summary)."""
    system, columns = evaluation.system, evaluation.system.columns
    supplied = np.flatnonzero(flow_has_role(system.database, Role.ELECTRICITY)[columns.flow] & (scaling != 0))
    output = scaling * system.matrices.A.diagonal()
    intensity = evaluation.intensity()
    order = supplied[np.argsort(-np.abs(output[supplied] * intensity[supplied]), kind="stable")][:TOP]
    units = system.database.column("flows", "unit")
    return [
        {
            "process": _names(system, np.array([column]))[0],
            "amount": float(output[column]),
            "unit": str(units[columns.flow[column]]),
            "intensity": float(intensity[column]),
        }
        for column in order
    ]


def summary_json(summary: dict[str, Any]) -> str:
    """Return the summary as JSON text; numbers that do not exist are null."""
    return json.dumps(_plain(summary), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
