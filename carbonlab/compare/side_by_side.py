"""Products under all rule sets of a study as one table of plain data, and the widest gap taken apart by slot."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from carbonlab.compare.attribution import attribute, check_attribution
from carbonlab.messages import message
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status


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
        Plain data; None for a study under one rule set.
    """
    if result.sizes["rule_set"] < 2:
        return None
    products = [_product(result, position) for position in range(result.sizes["product"])]
    return {
        "baseline": str(result["rule_set"].values[0]),
        "rule_sets": [
            {"key": str(key), "title": str(title)}
            for key, title in zip(result["rule_set"].values, result["rule_set_title"].values, strict=True)
        ],
        "products": products,
        "widest": _widest(study, products),
    }


def _product(result: xr.Dataset, position: int) -> dict[str, Any]:
    own = result.isel(product=position)
    keys = [str(key) for key in own["rule_set"].values]
    totals = {
        key: float(total) if Status(str(status)).has_number else None
        for key, total, status in zip(keys, own["total"].values, own["status"].values, strict=True)
    }
    statuses = {key: str(status) for key, status in zip(keys, own["status"].values, strict=True)}
    known = {key: total for key, total in totals.items() if total is not None}
    ends = (min(known, key=lambda key: known[key]), max(known, key=lambda key: known[key])) if known else None
    middle = float(np.median(list(known.values()))) if known else 0.0
    return {
        "key": str(own["product"].values),
        "name": str(own["product_name"].values),
        "amount": float(own["product_amount"]),
        "unit": str(own["product_unit"].values),
        "totals": totals,
        "statuses": statuses,
        "lowest": ends[0] if ends else "",
        "highest": ends[1] if ends else "",
        "spread": (known[ends[1]] - known[ends[0]]) / abs(middle) if ends and middle else None,
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
