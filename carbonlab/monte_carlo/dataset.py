"""Statistics → xarray.Dataset under the schema of simulations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.monte_carlo.accumulate import Ending
from carbonlab.monte_carlo.lane_group import FAILED, WITHOUT_VALUE
from carbonlab.monte_carlo.moments import FloatArray
from carbonlab.monte_carlo.pair_counts import PairCounts
from carbonlab.monte_carlo.parts import UNSAMPLED
from carbonlab.monte_carlo.products import MOST_PAIRED
from carbonlab.monte_carlo.quantile_sketch import relative_error
from carbonlab.monte_carlo.row_statistics import RowStatistics
from carbonlab.monte_carlo.sampled import certain_of, formulas_without_value, odd_spreads, summary_of
from carbonlab.monte_carlo.statistics import Statistics
from carbonlab.monte_carlo.study_draws import MOST_PAIRED_RULE_SETS, StudyDrawer
from carbonlab.provenance import canonical_json, installed_versions
from carbonlab.results.schema import SCHEMA_VERSION
from carbonlab.results.simulation_schema import SIMULATION, check_simulation, variables_of
from carbonlab.solve.lanes.solving import IS_COMPILED
from carbonlab.vocabulary import Component

Dims = tuple[str, ...]
Data = dict[str, tuple[Dims, Any]]

_EACH = ("rule_set", "product")
_STANDARD_ERRORS = {"standard_error", "difference_standard_error"}
"""Of independent draws; not known of a design."""


def build_dataset(
    drawer: StudyDrawer, statistics: Statistics, *, shares: Sequence[float], ending: Ending, place: str
) -> xr.Dataset:
    """Return the dataset of a simulation, checked against its schema.

    Parameters
    ----------
    drawer : StudyDrawer
        What was drawn.
    statistics : Statistics
        What was kept.
    shares : sequence of float
        Quantiles that are wanted.
    ending : Ending
        Why it came to its end.
    place : str
        Where the work was done.
    """
    data = _of_totals(drawer, statistics, shares) | _of_lanes(statistics)
    if statistics.differences:
        data |= _of_differences(statistics, shares)
    data |= _of_pairs(statistics)
    if drawer.parts.names:
        data |= _of_parts(drawer, statistics, shares)
    if drawer.sampling.is_design:  # s / √n is that of independent draws: far too wide for a design
        for name in _STANDARD_ERRORS & data.keys():
            data[name] = (_EACH, np.full(statistics.axes.static_totals.shape, np.nan))
    result = xr.Dataset(data, coords=_coordinates(drawer, statistics, shares))
    result.attrs = _attributes(drawer, statistics, ending, place)
    for name, variable in variables_of(result).items():
        result[name].attrs = {"units": variable.units, "long_name": variable.long_name}
    check_simulation(result)
    return result


def _of_totals(drawer: StudyDrawer, statistics: Statistics, shares: Sequence[float]) -> Data:
    rows = statistics.totals
    found = _moments(rows, _EACH)
    found["standard_error"] = (_EACH, _standard_errors(rows))
    found["static"] = (_EACH, statistics.axes.static_totals)
    found["status"] = (_EACH, drawer.statuses.astype(str))
    found["draws_with_number"] = (_EACH, np.stack([own.moments.count for own in rows]))
    found["sign_changes"] = (_EACH, np.stack([own.opposite for own in rows]))
    values, errors = _quantiles(rows, shares)
    return found | {
        "quantiles": ((*_EACH, "quantile"), values),
        "quantile_error": ((*_EACH, "quantile"), errors),
    }


def _of_differences(statistics: Statistics, shares: Sequence[float]) -> Data:
    """Return differences to the first rule set; its own are zero in every draw."""
    rows, first = statistics.differences, statistics.totals[0]
    exists = np.where(first.moments.count > 0, 0.0, np.nan)[None]
    values, errors = _quantiles(rows, shares)
    own = (
        np.repeat(exists[..., None], len(shares), axis=2)
        if not np.isnan(values).all()
        else values[:1] * np.nan
    )
    moments = _moments(rows, _EACH)
    quantile = (*_EACH, "quantile")
    return {
        "difference_mean": (_EACH, np.concatenate([exists, moments["mean"][1]])),
        "difference_standard_deviation": (_EACH, np.concatenate([exists, moments["standard_deviation"][1]])),
        "difference_standard_error": (_EACH, np.concatenate([exists, _standard_errors(rows)])),
        "difference_draws": (_EACH, np.stack([first.moments.count, *(own.moments.count for own in rows)])),
        "difference_quantiles": (quantile, np.concatenate([own, values])),
        "difference_quantile_error": (quantile, np.concatenate([own, errors])),
    }


def _of_parts(drawer: StudyDrawer, statistics: Statistics, shares: Sequence[float]) -> Data:
    """Return parts with a dimension for each kind; parts that never occur are zero, where a product has a number."""
    by, names = drawer.parts.by, drawer.parts.names
    words = _words_of_parts(drawer)
    at = tuple(np.array([words[k].index(name[k]) for name in names]) for k in range(len(by)))
    products, shape = len(drawer.products), tuple(len(own) for own in words)
    exists = np.stack([own.moments.count > 0 for own in statistics.totals])

    def dense(values: FloatArray) -> FloatArray:
        own = values.reshape(len(values), products, len(names), *values.shape[2:])
        full = np.zeros((len(values), products, *shape, *own.shape[3:]))
        where: Any = (slice(None), slice(None), *at)
        full[where] = own
        full[~exists] = np.nan
        return full

    dims = (*_EACH, *by)
    values, errors = _quantiles(statistics.parts, shares)
    found: Data = {
        f"part_{name}": (dims, dense(array)) for name, (_, array) in _moments(statistics.parts, dims).items()
    }
    static = statistics.axes.static_parts
    found["part_static"] = (dims, dense(static.reshape(len(static), -1)))
    found["part_quantiles"] = ((*dims, "quantile"), dense(values))
    found["part_quantile_error"] = ((*dims, "quantile"), dense(errors))
    return found


def _of_pairs(statistics: Statistics) -> Data:
    found: Data = {}
    for prefix, pairs, dims in (
        ("", statistics.rule_set_pairs, ("rule_set", "other_rule_set", "product")),
        ("product_", statistics.product_pairs, ("product", "other_product", "rule_set")),
    ):
        if isinstance(pairs, PairCounts):
            higher, equal = pairs.probability()
            if pairs is statistics.product_pairs:
                higher, equal = _of_all_products(statistics, higher), _of_all_products(statistics, equal)
            found |= {
                f"{prefix}probability_higher": (dims, higher),
                f"{prefix}probability_equal": (dims, equal),
            }
    return found


def _of_all_products(statistics: Statistics, values: FloatArray) -> FloatArray:
    """Return values of paired products (paired, paired, rule_sets) with a row for every product, NaN for the others."""
    paired, products = list(statistics.axes.product_pairs), statistics.axes.static_totals.shape[1]
    found = np.full((products, *values.shape[1:]), np.nan)
    found[paired] = values
    return found


def _of_lanes(statistics: Statistics) -> Data:
    return {
        "lanes_by_status": (("rule_set", "lane_status"), statistics.lane_statuses),
        "lanes_by_stage": (("rule_set", "lane_stage"), statistics.lane_stages),
        "residual": (("rule_set",), statistics.residual),
        "error_bound": (("rule_set",), statistics.error),
        "input_sign_changes": (("uncertain_input",), statistics.crossings),
    }


def _moments(rows: Sequence[RowStatistics], dims: Dims) -> Data:
    counts = np.stack([own.moments.count for own in rows])
    return {
        "mean": (dims, np.where(counts > 0, np.stack([own.moments.mean for own in rows]), np.nan)),
        "standard_deviation": (dims, np.sqrt(np.stack([own.moments.variance for own in rows]))),
        "minimum": (dims, np.stack([own.smallest for own in rows])),
        "maximum": (dims, np.stack([own.largest for own in rows])),
    }


def _standard_errors(rows: Sequence[RowStatistics]) -> FloatArray:
    return np.stack([np.sqrt(own.moments.variance / np.maximum(own.moments.count, 1)) for own in rows])


def _quantiles(rows: Sequence[RowStatistics], shares: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Return quantiles and their errors (rule sets, rows, shares)."""
    pairs = [own.quantiles(shares) for own in rows]
    values, errors = (np.stack([pair[k] for pair in pairs]).transpose(0, 2, 1) for k in (0, 1))
    return values, errors


def _words_of_parts(drawer: StudyDrawer) -> list[list[str]]:
    return [sorted({name[k] for name in drawer.parts.names}) for k in range(len(drawer.parts.by))]


def _coordinates(drawer: StudyDrawer, statistics: Statistics, shares: Sequence[float]) -> dict[str, Any]:
    products, axes = drawer.products, statistics.axes
    systems = [evaluation.system for evaluation in drawer.evaluations]
    keys = [system.rule_set.key for system in systems]
    found: dict[str, Any] = {
        "rule_set": keys,
        "rule_set_digest": ("rule_set", [system.rule_set.digest for system in systems]),
        "rule_set_title": ("rule_set", [system.rule_set.title for system in systems]),
        "structure_digest": ("rule_set", [system.structure_digest for system in systems]),
        "product": products.key,
        "product_name": ("product", products.name),
        "product_amount": ("product", products.amount),
        "product_unit": ("product", products.unit),
        "quantile": list(shares),
        "lane_status": list(axes.lane_statuses),
        "lane_stage": list(axes.lane_stages),
        "uncertain_input": np.array(axes.inputs, dtype=str),
    }
    if statistics.rule_set_pairs is not None:
        found["other_rule_set"] = keys
    if statistics.product_pairs is not None:
        found["other_product"] = [products.key[place] for place in axes.product_pairs]
    for kind, words in zip(drawer.parts.by, _words_of_parts(drawer), strict=True):
        found[kind] = words
        if kind == "component":
            found["in_total"] = (
                ("rule_set", "component"),
                [[Component(word) not in system.work.apart for word in words] for system in systems],
            )
    return found


def _attributes(drawer: StudyDrawer, statistics: Statistics, ending: Ending, place: str) -> dict[str, Any]:
    study, plan, bits = drawer.study, drawer.sampling, statistics.axes.bits
    is_broken = bool(statistics.lane_statuses[:, WITHOUT_VALUE].any())
    return {
        "schema": SCHEMA_VERSION,
        "kind": SIMULATION,
        "study": study.key,
        "title": study.title,
        "study_digest": study.digest,
        "database_digests": canonical_json({db.meta.name: db.digest for db in study.databases}),
        "foreground_digest": study.foreground.digest if study.foreground is not None else "",
        "baseline": drawer.evaluations[0].system.rule_set.key,
        "solver": f"lanes, {'compiled' if IS_COMPILED else 'not compiled: slower'}; {place}",
        "versions": canonical_json(dict(installed_versions())),
        "seed": str(plan.seed),
        "sampling": canonical_json(plan.to_table()),
        "sampling_digest": plan.digest,
        "lognormal_keeps": plan.lognormal_keeps,
        "sign_changes": plan.sign_changes,
        "sampled": canonical_json(summary_of(drawer)),
        "odd_spreads": odd_spreads(drawer),
        "without_uncertainty": certain_of(drawer, statistics),
        "not_sampled": ", ".join(UNSAMPLED) + " (reported apart)",
        "draws": statistics.draws,
        "ended": str(ending),
        "failed_lanes": int(statistics.lane_statuses[:, [FAILED, WITHOUT_VALUE]].sum()),
        "formulas_without_value": formulas_without_value(drawer, statistics.draws) if is_broken else "",
        "quantile_relative_error": relative_error(bits) if bits is not None else "no quantiles",
        "not_compared": _not_compared(drawer, statistics),
        "residual_max": float(statistics.residual.max()),
        "error_max": float(statistics.error.max()),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _not_compared(drawer: StudyDrawer, statistics: Statistics) -> str:
    """Return which probabilities of being higher are missing, and why; empty if none is."""
    rule_sets, products = statistics.axes.static_totals.shape
    found = []
    if statistics.rule_set_pairs is None and rule_sets > MOST_PAIRED_RULE_SETS:
        found.append(f"pairs of rule sets: {rule_sets} are more than {MOST_PAIRED_RULE_SETS}")
    paired = len(statistics.axes.product_pairs)
    if products > 1 and paired < products:
        reason = "none was named"
        if paired:
            reason = f"of {products} those of the {paired} that were named only"
        elif drawer.products.is_all:
            reason += ", of all products of the inventory"
        elif products > MOST_PAIRED:
            reason += f", and {products} are more than {MOST_PAIRED}"
        found.append(f"pairs of products: {reason} (product_pairs)")
    return "; ".join(found)
