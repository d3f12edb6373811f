"""Rule sets side by side on the same products: results, differences to a baseline, and whether the order of
products holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from carbonlab.arguments import describe
from carbonlab.compare.ranks import Reversal, list_reversals, rank_agreement, ranks
from carbonlab.errors import ArgumentError, ResultError, StudyError
from carbonlab.messages import message
from carbonlab.results.calculate import Progress, collect, evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import CANCELLATION, IMPACT_UNIT, check_result
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study, check_study

_PARTS = ("stage", "year", "gas", "component")

_LONG_NAMES = {
    "difference": (IMPACT_UNIT, "carbon footprint less that under the baseline"),
    "relative_difference": ("1", "difference as a share of the baseline's absolute value"),
    "counted_difference": (IMPACT_UNIT, "difference by part of the total; the parts sum to it"),
    "apart": (IMPACT_UNIT, "components reported apart from the total"),
    "apart_difference": (IMPACT_UNIT, "difference of the components reported apart from the total"),
    "process_difference": (IMPACT_UNIT, "difference by the process that emits"),
    "rank": ("1", "place of the product among those asked, 1 the smallest footprint"),
    "kendall_tau": ("1", "agreement of the order of products under two rule sets (Kendall, tau-b)"),
    "spearman_rho": ("1", "agreement of the order of products under two rule sets (Spearman)"),
    "rank_reversals": ("1", "pairs of products whose order is opposite under two rule sets"),
    "ranked_products": ("1", "products with a number under both rule sets"),
}


def compare(
    study: Study,
    rule_sets: Sequence[RuleSet | str] = (),
    *,
    baseline: RuleSet | str | None = None,
    draws: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return the footprints of a study's products under several rule sets, and how they differ.

    Parameters
    ----------
    study : Study
        What is asked.
    rule_sets : sequence of RuleSet or str
        To be compared; by default the study's own.
    baseline : RuleSet or str, optional
        What differences are measured against; by default the first. A baseline that is none of the rule sets
        is put first.
    draws : int, optional
        Draw the uncertain numbers of the inventory so many times, each time under all rule sets, as the study's
        sampling plan says. The result then has means and quantiles of the footprints and of their differences
        (``drawn_...``), and the share of the draws in which one rule set gives more than another
        (``probability_higher``).
    progress : callable, optional
        Is told what begins.

    Returns
    -------
    xarray.Dataset
        The result of `carbonlab.calculate` under all rule sets, and beside it ``difference`` with its parts
        by stage, year, gas, component (of the total) and process, the components apart from the total and
        their differences, and the agreement of every pair of rule sets in the order of the products. [kg CO2e
        per unit of analysis]

    Raises
    ------
    StudyError
        If two rule sets have the same key, or there is none to compare with.
    RefusedError, RuleError, SolveError
        If a rule set cannot be computed.

    Notes
    -----
    Ranks are of the products as asked, each per its own unit of analysis: they mean something for products
    that serve the same function.

    Examples
    --------
    >>> from carbonlab.rules.rulefile import load_rule_set
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> inventory, default = load_teaching_inventory(), load_rule_set("default")
    >>> study = Study.of(inventory, inventory.column("processes", "id")[0])
    >>> found = compare(study, [default, default.replace(characterization="gwp20_ar6")])
    >>> found["difference"].dims, float(found["difference"][0, 0])
    (('rule_set', 'product'), 0.0)
    """
    check_study(study, "compare")
    if isinstance(rule_sets, str | RuleSet):
        raise ArgumentError(
            f"rule sets have to be a list; {describe(rule_sets)} was given",
            where="compare(study, rule_sets)",
            remedy="put at least two in brackets: compare(study, [first, second])",
        )
    chosen, base = _chosen(study, rule_sets, baseline)
    compared = study.with_rule_sets(*chosen)
    found = compare_evaluations(compared, evaluate(compared, progress=progress), baseline=base)
    if draws is None:
        return found
    from carbonlab.compare.drawn_differences import with_draws

    if progress:
        progress(message("progress.draws", draws=draws, count=len(chosen)))
    return with_draws(found, compared, draws)


def compare_evaluations(study: Study, evaluations: Sequence[Evaluation], *, baseline: str) -> xr.Dataset:
    """Return the comparison of evaluations that exist already; parameters and result as in `compare`."""
    result = collect(study, evaluations)
    result = result.assign(_differences(result, baseline)).assign(_rank_variables(result))
    for name, (units, text) in _LONG_NAMES.items():
        result[name].attrs = {"units": units, "long_name": text}
    result.attrs["baseline"] = baseline
    check_comparison(result)
    return result


def rank_reversals(comparison: xr.Dataset) -> tuple[Reversal, ...]:
    """Return the pairs of products that change places between any two rule sets of a comparison."""
    total = comparison["total"].transpose("rule_set", "product")
    return list_reversals(total.values, total["rule_set"].values.tolist(), total["product"].values.tolist())


def check_comparison(comparison: xr.Dataset) -> None:
    """Check a comparison against its schema; nothing is mended.

    Raises
    ------
    ResultError
        If it is no valid result, or if the parts of a difference do not sum to it.
    """
    check_result(comparison)
    difference = comparison["difference"].transpose("rule_set", "product")
    scale = abs(comparison["footprint"]).sum(_PARTS).max("rule_set")
    for name, dims in (("counted_difference", _PARTS), ("process_difference", ("process",))):
        parts = comparison[name]
        off = abs(parts.sum(dims, skipna=False) - difference)
        bound = CANCELLATION * (scale + abs(parts).sum(dims))
        if bool((off > bound).any()):
            raise ResultError(
                f"the parts in {name!r} do not sum to the difference",
                why="something would be counted for no rule set",
                remedy="compare the rule sets again with this version of carbonlab",
            )


def _chosen(
    study: Study, rule_sets: Sequence[RuleSet | str], baseline: RuleSet | str | None
) -> tuple[tuple[RuleSet, ...], str]:
    found = tuple(find_rule_set(rules) for rules in rule_sets) or study.rule_sets
    base = found[0] if baseline is None else find_rule_set(baseline)
    if base.key not in {rules.key for rules in found}:
        found = (base, *found)
    if next(rules for rules in found if rules.key == base.key).digest != base.digest:
        raise StudyError(
            f"the baseline and another rule set both have the key {base.key!r}",
            why="differences would be measured against the wrong one",
            remedy="give each its own key",
        )
    if len(found) < 2:
        raise StudyError(
            f"there is only the rule set {base.key!r} to compare",
            why="a difference needs two sides",
            remedy="name at least two rule sets",
        )
    return found, base.key


def _differences(result: xr.Dataset, baseline: str) -> dict[str, xr.DataArray]:
    total = result["total"].transpose("rule_set", "product")
    counted = result["footprint"].where(result["in_total"], 0.0)
    apart = result["footprint"].where(~result["in_total"], 0.0).sum(("stage", "year", "gas"), skipna=False)
    base = {"rule_set": baseline}
    difference = total - total.sel(base, drop=True)
    magnitude = abs(total.sel(base, drop=True))
    return {
        "difference": difference,
        "relative_difference": difference / magnitude.where(magnitude > 0),
        "counted_difference": counted - counted.sel(base, drop=True),
        "apart": apart,
        "apart_difference": apart - apart.sel(base, drop=True),
        "process_difference": result["process_contribution"]
        - result["process_contribution"].sel(base, drop=True),
    }


def _rank_variables(result: xr.Dataset) -> dict[str, xr.DataArray]:
    total = result["total"].transpose("rule_set", "product")
    agreement = rank_agreement(total.values)
    keys = result["rule_set"].values
    pairs = {
        "kendall_tau": agreement.kendall,
        "spearman_rho": agreement.spearman,
        "rank_reversals": agreement.reversals,
        "ranked_products": agreement.compared,
    }
    coords = {"rule_set": keys, "other_rule_set": keys}
    found = {
        name: xr.DataArray(np.asarray(v), coords, ("rule_set", "other_rule_set")) for name, v in pairs.items()
    }
    return {"rank": total.copy(data=ranks(total.values)), **found}
