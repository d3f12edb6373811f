"""The range that rules leave open: every combination of options of some slots, evaluated with shared work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.compare.lanes import StudyLanes
from carbonlab.errors import RefusedError, RuleError, SolveError
from carbonlab.messages import message
from carbonlab.results.calculate import Progress
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.rules.entries import FloatArray
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import Rule, RuleSet
from carbonlab.sensitivity.rule_choices import Choices, combinations_of, label_choices
from carbonlab.system.study import Study


def explore_rules(
    study: Study,
    base: RuleSet | str,
    choices: Choices,
    *,
    all_products: bool = False,
    progress: Progress | None = None,
    lanes: StudyLanes | None = None,
) -> xr.Dataset:
    """Return the footprints under every combination of options.

    Parameters
    ----------
    study : Study
        The products; its own rule sets play no part.
    base : RuleSet or str
        Decides the slots that are not varied.
    choices : mapping
        See `carbonlab.sensitivity.rule_choices.Choices`, for example ``{"multifunctionality": ["mass", "price"],
        "characterization": ["gwp100_ar5", "gwp100_ar6"]}``.
    all_products : bool
        Whether to keep the footprint of one unit of every product of the inventory too; without effects of
        delay, which belong to products with a timeline.
    progress : callable, optional
        Is told how far it is.
    lanes : StudyLanes, optional
        Evaluations of the same study to share work with.

    Returns
    -------
    xarray.Dataset
        ``total`` (product, slot, slot, ...) with one dimension per varied slot [kg CO2e per unit of
        analysis], NaN where a combination gives no number; ``reason`` (slot, slot, ...) where a combination
        cannot be computed at all; with `all_products` ``intensity`` (column, slot, slot, ...).

    Raises
    ------
    RuleError
        For an unknown slot or option, or two choices of the same label.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> inventory = load_teaching_inventory()
    >>> study = Study.of(inventory, inventory.column("processes", "id")[0])
    >>> space = explore_rules(study, "default", {"characterization": ["gwp100_ar5", "gwp100_ar6"]})
    >>> dict(space["total"].sizes)
    {'product': 1, 'characterization': 2}
    """
    rules = base if isinstance(base, RuleSet) else find_rule_set(base)
    options = label_choices(rules, choices)
    lanes = lanes or StudyLanes(study)
    shape = tuple(len(labels) for labels in options.values())
    total = np.full((*shape, len(study.units)), np.nan)
    reasons = np.full(shape, "", object)
    intensity: FloatArray | None = None
    for number, (place, rule_set) in enumerate(combinations_of(rules, options)):
        if progress and number % 32 == 0:
            progress(message("progress.one_of", number=number + 1, count=reasons.size))
        try:
            evaluation = lanes.evaluate(rule_set)
        except (RuleError, RefusedError, SolveError) as error:
            reasons[place] = error.what
            continue
        total[place] = lanes.answers_of(evaluation).total
        if all_products:
            if intensity is None:
                intensity = np.full((*shape, len(evaluation.system.columns)), np.nan)
            intensity[place] = evaluation.intensity()
    return _dataset(lanes, rules, options, total, reasons, intensity)


def _dataset(
    lanes: StudyLanes,
    base: RuleSet,
    options: Mapping[str, Mapping[str, str | Rule]],
    total: FloatArray,
    reasons: np.ndarray,
    intensity: FloatArray | None,
) -> xr.Dataset:
    study, slots = lanes.study, tuple(options)
    variables: dict[str, Any] = {
        "total": ((*slots, "product"), total),
        "reason": (slots, reasons.astype(str)),
    }
    coords: dict[str, Any] = {
        "product": [unit.key for unit in study.units],
        "product_name": ("product", [unit.name for unit in study.units]),
        **{slot: list(labels) for slot, labels in options.items()},
    }
    if intensity is not None:
        columns = lanes.inventory.work.columns
        processes, flows = (lanes.inventory.database.column(table, "id") for table in ("processes", "flows"))
        variables["intensity"] = ((*slots, "column"), intensity)
        coords["column_process"] = ("column", processes[columns.process].astype(str))
        coords["column_flow"] = ("column", flows[columns.flow].astype(str))
    result = xr.Dataset(variables, coords).transpose(
        "product", *(["column"] if intensity is not None else []), *slots
    )
    result["total"].attrs = {"units": IMPACT_UNIT, "long_name": "carbon footprint per unit of analysis"}
    result["reason"].attrs = {"units": "", "long_name": "why a combination of rules cannot be computed"}
    if intensity is not None:
        result["intensity"].attrs = {
            "units": "kg CO2e per unit of the column's flow",
            "long_name": "footprint of one unit of every product",
        }
    result.attrs = {
        "study": study.key,
        "study_digest": study.digest,
        "base": base.key,
        "base_digest": base.digest,
        "slots": list(slots),
        "rule_sets": int(reasons.size),
    }
    return result
