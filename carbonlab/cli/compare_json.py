"""A comparison of rule sets as one JSON object: what ``carbonlab compare --json`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr


def comparison_json(comparison: xr.Dataset, attributions: Sequence[xr.Dataset]) -> dict[str, Any]:
    """Return a comparison and its attributions for ``--json``."""
    names = (
        "total",
        "difference",
        "relative_difference",
        "rank",
        "kendall_tau",
        "spearman_rho",
        "rank_reversals",
    )
    return {
        "baseline": comparison.attrs["baseline"],
        "study": comparison.attrs["study"],
        "study_digest": comparison.attrs["study_digest"],
        "rule_sets": comparison["rule_set"].values.tolist(),
        "rule_set_digests": comparison["rule_set_digest"].values.tolist(),
        "products": comparison["product"].values.tolist(),
        "status": comparison["status"].transpose("rule_set", "product").values.tolist(),
        **{name: _plain(comparison[name]) for name in names},
        "apart": _plain(comparison["apart"].transpose("rule_set", "product", "component")),
        "components": comparison["component"].values.tolist(),
        "attributions": [_attribution_json(attribution) for attribution in attributions],
    }


def _attribution_json(attribution: xr.Dataset) -> dict[str, Any]:
    return {
        **{
            key: attribution.attrs[key]
            for key in (
                "baseline",
                "alternative",
                "baseline_digest",
                "alternative_digest",
                "hybrids",
                "hybrids_without_number",
            )
        },
        "products": attribution["product"].values.tolist(),
        "players": attribution["player"].values.tolist(),
        "groups": attribution["group"].values.tolist(),
        **{
            name: _plain(attribution[name])
            for name in (
                "difference",
                "shapley",
                "from_baseline",
                "from_alternative",
                "interaction",
                "unreachable",
            )
        },
        "reason": attribution["reason"].values.tolist(),
    }


def _plain(values: xr.DataArray) -> Any:
    """Return nested lists with None for what is no number."""
    found = values.values.astype(object)
    found[np.isnan(values.values.astype(float))] = None
    return found.tolist()
