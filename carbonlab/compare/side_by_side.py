"""Products under all rule sets of a study as one table of plain data, and the widest gap taken apart by slot."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations
from typing import Any

import xarray as xr

from carbonlab.compare.assumed_rules import AssumedRules, find_assumed
from carbonlab.compare.attribution import attribute, check_attribution
from carbonlab.messages import message
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status

PARTIAL = ("process_only", "cradle_to_gate", "stages")
"""Boundary options that leave life-cycle stages out: their numbers answer another question than a whole life cycle."""

WHOLE_LIFE_CYCLE = {"A1-A3", "A4-A5", "B1-B7", "C1-C4"}


def is_partial(rules: RuleSet) -> bool:
    """Whether the boundary of a rule set leaves out life-cycle stages, for some product at least."""
    return any(
        line.option in PARTIAL
        or (line.option == "modules" and not set(line.parameters.get("keep", ())) >= WHOLE_LIFE_CYCLE)
        for line in rules.rules["boundary"].lines
    )


def summarize_side_by_side(study: Study, result: xr.Dataset) -> dict[str, Any] | None:
    """Return the table product × rule set of a result, and which rules make the widest gap in it.

    Parameters
    ----------
    study : Study
        What was asked; its first rule set is the baseline.
    result : xarray.Dataset
        What `carbonlab.results.calculate.calculate` gave for it.

    Returns
    -------
    dict or None
        Plain data; None for a study under one rule set. Spread and widest gap are those of the rule sets that
        look at the whole life cycle that the study models.
    """
    if result.sizes["rule_set"] < 2:
        return None
    partial = {rules.key for rules in study.rule_sets if is_partial(rules)}
    products = [_product(result, position, partial) for position in range(result.sizes["product"])]
    return {
        "baseline": str(result["rule_set"].values[0]),
        "rule_sets": [
            {"key": str(key), "title": str(title), "partial": str(key) in partial}
            for key, title in zip(result["rule_set"].values, result["rule_set_title"].values, strict=True)
        ],
        "products": products,
        "assumed": [asdict(pair) for pair in _assumed(study)],
        "widest": _widest(study, products),
    }


def _assumed(study: Study) -> list[AssumedRules]:
    """Return which rule sets share rules by assumption only, each pair of standards once."""
    pairs = (find_assumed(first, second) for first, second in combinations(study.rule_sets, 2))
    largest: dict[tuple[str, str], AssumedRules] = {}
    for pair in filter(None, pairs):
        known = largest.setdefault((pair.name, pair.taken_from), pair)
        if len(pair.slots) > len(known.slots):
            largest[pair.name, pair.taken_from] = pair
    return list(largest.values())


def _product(result: xr.Dataset, position: int, partial: set[str]) -> dict[str, Any]:
    own = result.isel(product=position)
    keys = [str(key) for key in own["rule_set"].values]
    totals = {
        key: float(total) if Status(str(status)).has_number else None
        for key, total, status in zip(keys, own["total"].values, own["status"].values, strict=True)
    }
    statuses = {key: str(status) for key, status in zip(keys, own["status"].values, strict=True)}
    known = {key: total for key, total in totals.items() if total is not None and key not in partial}
    ends = (min(known, key=lambda key: known[key]), max(known, key=lambda key: known[key])) if known else None
    larger = max(map(abs, known.values()), default=0.0)  # a median may be near zero where credits balance
    return {
        "key": str(own["product"].values),
        "name": str(own["product_name"].values),
        "amount": float(own["product_amount"]),
        "unit": str(own["product_unit"].values),
        "totals": totals,
        "statuses": statuses,
        "lowest": ends[0] if ends else "",
        "highest": ends[1] if ends else "",
        "spread": (known[ends[1]] - known[ends[0]]) / larger if ends and larger else None,
    }


def _widest(study: Study, products: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the attribution of the largest relative gap between two rule sets that both give a number."""
    apart = [product for product in products if product["spread"]]
    if not apart:
        return None
    product = max(apart, key=lambda one: one["spread"])
    rules = {rules.key: rules for rules in study.rule_sets}
    attribution = attribute(study, rules[product["lowest"]], rules[product["highest"]])
    check_attribution(attribution)
    one = attribution.sel(product=product["key"])
    return {
        "product": product["key"],
        "name": product["name"],
        "from": product["lowest"],
        "to": product["highest"],
        "from_total": float(one["baseline_total"]),
        "to_total": float(one["alternative_total"]),
        "unit": f"kg CO2e {message('report.per')} {product['amount']:g} {product['unit']}",
        "terms": [
            {"slot": str(player), "moved": float(moved), "reason": str(reason)}
            for player, moved, reason in zip(
                one["player"].values, one["shapley"].values, one["reason"].values, strict=True
            )
        ],
    }
