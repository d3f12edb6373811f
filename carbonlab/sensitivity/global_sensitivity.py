"""Global sensitivity of a footprint: Sobol' indices, Morris' effects or delta of data and rules, side by side.

Uncertain inputs are varied over their whole distributions, rule slots over options of equal weight; a footprint is
computed for every point of the design, in lanes. Inputs that are not varied keep their stated value: how much of the
first-order variance the varied ones cover is stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import xarray as xr

from carbonlab.arguments import checked_number, checked_share, checked_whole
from carbonlab.errors import RefusedError, StudyError
from carbonlab.monte_carlo.accumulate import Cancel, Progress
from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.results.sensitivity_schema import GLOBAL, with_units
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.inputs import FloatArray, IntArray
from carbonlab.sensitivity.asked import AskedFootprint, footprint_of
from carbonlab.sensitivity.chosen_inputs import ChosenInputs, choose_inputs
from carbonlab.sensitivity.convergence import WIDTH, verdict_of
from carbonlab.sensitivity.estimators import (
    Estimate,
    Factors,
    delta_measures,
    levels_of,
    morris_effects,
    sobol_indices,
)
from carbonlab.sensitivity.response import Response
from carbonlab.sensitivity.rule_choices import Choices, Options, combinations_of, label_choices
from carbonlab.sensitivity.watched_work import Watch
from carbonlab.system.study import Study

Method = Literal["sobol", "morris", "delta"]
Groups = Mapping[str, str] | Literal["table", "process", "data_and_rules"]

SAMPLES: dict[Method, int] = {"sobol": 1024, "morris": 20, "delta": 1024}
CAUTIONS: dict[Method, str] = {
    "sobol": "",
    "morris": "",
    "delta": "delta is no exact measure: it rests on kernel densities of a hundred points, is low where one input "
    "dominates (0.54 instead of 0.70 in a case with a known answer) and above 0 for an input that does nothing, and "
    "the intervals do not hold this; it ranks inputs, Sobol' indices measure them",
}
"""What an estimate must not be read as."""
UNITS = {"mu_star": IMPACT_UNIT, "mu": IMPACT_UNIT, "sigma": IMPACT_UNIT}
"""Units of measures that are not shares."""
RULES, DATA = "rules", "data"
MOST_RULE_SETS = 1024
MOST_OPTIONS_OF_MORRIS = 3
"""Options that Morris' steps of two thirds of the range compare: of four, the first with the third and the second with
the fourth only; a fifth one is never looked at."""


def global_sensitivity(
    study: Study,
    *,
    product: str | None = None,
    rule_set: RuleSet | str | None = None,
    method: Method = "sobol",
    inputs: int | Sequence[str] = 20,
    slots: Choices | None = None,
    groups: Groups | None = None,
    samples: int | None = None,
    level: float = 0.95,
    seed: int = 0,
    width: float = WIDTH,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> xr.Dataset:
    """Return global sensitivities of a footprint.

    Parameters
    ----------
    study, product, rule_set
        As in `carbonlab.sensitivity.first_order.first_order`.
    method : str
        ``sobol`` (first-order and total indices), ``morris`` or ``delta``. Delta (SALib) ranks inputs and is not exact:
        it is low where one input dominates and above 0 for an input that does nothing, which its intervals do not hold
        (the attribute ``caution``). Its densities are slow: some 13 s for 50 inputs and 1,024 points, beside the
        footprints themselves.
    inputs : int or sequence of str
        How many uncertain inputs to vary, those with the largest shares of the first-order variance; or their labels.
        0: rules alone.
    slots : mapping, optional
        Rule slots that are varied too: `carbonlab.sensitivity.rule_choices.Choices`.
    groups : mapping of str to str, or str, optional
        Group of each input (by label) and slot, judged together; or ``table``, ``process``, or ``data_and_rules``.
        Slots keep to themselves under ``table`` and ``process``.
    samples : int, optional
        Base samples (``sobol``, default 1024), trajectories (``morris``, 20), points (``delta``, 1024).
    level : float
        Of the bootstrap intervals [-].
    seed : int
        Of design and bootstrap; any integer from 0 on.
    width : float
        Half width of intervals at which indices count as converged [-].
    progress : callable, optional
        Is told how many samples are evaluated, and how many there are.
    cancel : Event-like, optional
        Stops the work between two pieces of the sample when set.

    Returns
    -------
    xarray.Dataset
        ``index`` (factor, measure) with ``interval`` and ``index_before`` (from half of the sample); attributes say
        whether it ``converged`` and why not, how many ``evaluations`` there were, and what share of the first-order
        variance is ``covered``.

    Raises
    ------
    RefusedError
        If nothing varies, a point has no footprint, there are too many rule sets, or Morris' steps would pass over
        options of a slot.
    StudyError, ArgumentError
        If an input or method is not known, a group is missing, or a number makes no sense or is none.
    RuleError
        For unknown slots or options.
    CancelledError
        If it was cancelled.
    """
    inputs = _checked_arguments(method, inputs, samples, level, seed, width)
    asked = footprint_of(study, product=product, rule_set=rule_set)
    model = _model_of(asked, inputs, slots, Watch(progress, cancel))
    factors = Factors(model.names, _groups(model, groups))
    _check_steps(method, model.options)
    size = SAMPLES[method] if samples is None else int(samples)
    if method == "sobol":
        estimate = sobol_indices(factors, model.evaluate, samples=size, level=level, seed=seed)
    elif method == "morris":
        estimate = morris_effects(factors, model.evaluate, trajectories=size, level=level, seed=seed)
    else:
        estimate = delta_measures(factors, model.evaluate, samples=size, level=level, seed=seed)
    result = _dataset(model, factors, estimate)
    verdict = verdict_of(estimate, width=width)
    result.attrs = asked.attributes(GLOBAL) | {
        "seed": str(seed),
        "method": method,
        "samples": size,
        "level": level,
        "evaluations": len(estimate.results),
        "varied_inputs": len(model.chosen.inputs) if model.chosen is not None else 0,
        "covered": model.chosen.covered if model.chosen is not None else 0.0,
        "slots": list(model.options),
        "converged": int(verdict.converged),
        "verdict": "; ".join(verdict.reasons) or "converged",
        "widest_interval": verdict.widest,
        "change_since_half": verdict.change,
        "sum_of_main": verdict.sum_of_main,
        "mean": float(estimate.results.mean()),
        "standard_deviation": float(estimate.results.std()),
        "notes": "; ".join(estimate.notes),
        "caution": CAUTIONS[method],
    }
    return with_units(result)


@dataclass(frozen=True, eq=False)
class _Model:
    """A footprint as a function of numbers between 0 and 1: inputs first, then slots."""

    asked: AskedFootprint
    chosen: ChosenInputs | None
    options: Options
    evaluations: tuple[Evaluation, ...]
    watch: Watch

    @property
    def names(self) -> tuple[str, ...]:
        labels = self.chosen.inputs.label if self.chosen is not None else ()
        return (*map(str, labels), *self.options)

    def evaluate(self, points: FloatArray) -> FloatArray:
        """Return footprints (rows,) at points (rows, factors)."""
        count = points.shape[1] - len(self.options)
        rule: IntArray = np.zeros(len(points), np.int64)
        for column, labels in enumerate(self.options.values()):
            rule = rule * len(labels) + levels_of(points[:, count + column], len(labels))
        if self.chosen is not None:
            response = Response(self.asked, self.chosen.inputs, self.evaluations, watch=self.watch)
            return response.at_points(points[:, :count], rule)
        self.watch.report(len(points), len(points))
        return self._of_rules()[rule]

    def _of_rules(self) -> FloatArray:
        """Return the static footprint under every combination of options."""
        column, demand = self.asked.column, self.asked.demand
        return np.array([demand * evaluation.intensity()[column] for evaluation in self.evaluations])


def _checked_arguments(
    method: str,
    inputs: int | Sequence[str],
    samples: int | None,
    level: float,
    seed: int,
    width: float,
) -> int | Sequence[str]:
    """Check the numbers that are asked for, and return the inputs; text alone is one label."""
    where = "global_sensitivity"
    if method not in SAMPLES:
        raise StudyError(
            f"there is no method {method!r}", where=where, remedy=f"use one of {', '.join(SAMPLES)}"
        )
    if samples is not None:
        checked_whole(samples, name="samples", where=where, least=1)
    checked_share(level, name="level", where=where)
    checked_whole(seed, name="seed", where=where, least=0)
    if not checked_number(width, name="width", where=where) > 0:
        raise StudyError(
            f"a half width of {width!r} is asked for", where=where, remedy="give a number above 0"
        )
    if isinstance(inputs, str):
        return (inputs,)
    if isinstance(inputs, Sequence):
        return inputs
    return checked_whole(inputs, name="inputs", where=where, least=0)


def _model_of(
    asked: AskedFootprint, inputs: int | Sequence[str], slots: Choices | None, watch: Watch
) -> _Model:
    chosen = choose_inputs(asked, inputs) if inputs else None
    options = label_choices(asked.evaluation.system.rule_set, slots or {})
    if chosen is None and not options:
        raise StudyError("neither inputs nor rule slots are to be varied", remedy="name some of either")
    return _Model(asked, chosen, options, _evaluations(asked, options, watch), watch)


def _evaluations(asked: AskedFootprint, options: Options, watch: Watch) -> tuple[Evaluation, ...]:
    if not options:
        return (asked.evaluation,)
    count = prod(len(labels) for labels in options.values())
    if count > MOST_RULE_SETS:
        raise RefusedError(
            f"the slots have {count} combinations of options, more than {MOST_RULE_SETS}",
            remedy="choose fewer slots or options",
        )
    sets = [rules for _, rules in combinations_of(asked.evaluation.system.rule_set, options)]
    return evaluate(asked.study.with_rule_sets(*sets), progress=watch.check)


def _check_steps(method: Method, options: Options) -> None:
    for slot, labels in options.items():
        if method == "morris" and len(labels) > MOST_OPTIONS_OF_MORRIS:
            raise RefusedError(
                f"slot {slot!r} has {len(labels)} options, too many for Morris' effects",
                why=f"its steps compare {MOST_OPTIONS_OF_MORRIS} at most: effects of the others would be missing",
                remedy="use the method 'sobol', or choose fewer options",
            )


def _groups(model: _Model, groups: Groups | None) -> tuple[str, ...]:
    if groups is None:
        return ()
    labels = model.names[: len(model.names) - len(model.options)]
    slots = tuple(model.options)
    if isinstance(groups, str):
        if groups == "data_and_rules":
            return (*(DATA for _ in labels), *(RULES for _ in slots))
        if groups not in ("table", "process"):
            raise StudyError(
                f"inputs cannot be grouped by {groups!r}", remedy="use table, process or data_and_rules"
            )
        words = model.chosen.words[groups] if model.chosen is not None else ()
        return (*(str(word) or DATA for word in words), *slots)
    missing = [name for name in labels if name not in groups]
    if missing:
        raise StudyError(
            f"no group is named for the input {missing[0]!r}",
            why="it would be judged with others by accident",
            remedy="give every input that is varied a group",
        )
    return (*(groups[name] for name in labels), *(groups.get(slot, slot) for slot in slots))


def _dataset(model: _Model, factors: Factors, estimate: Estimate) -> xr.Dataset:
    count = len(estimate.names)
    words = {name: np.full(count, "", object) for name in ("table", "process", "flow", "name", "unit")}
    share = np.full(count, np.nan)
    kind = np.full(count, "group" if factors.groups else "input", object)
    inputs = len(factors.names) - len(model.options)
    for place in range(count):
        if estimate.names[place] in model.options:
            kind[place] = "slot"
    if not factors.groups and model.chosen is not None:
        share[:inputs] = model.chosen.share
        for name in words:
            words[name][:inputs] = model.chosen.words[name]
    dims = ("factor", "measure")
    return xr.Dataset(
        {
            "index": (dims, estimate.values),
            "interval": (dims, estimate.intervals),
            "index_before": (dims, estimate.before),
            "first_order_share": (
                ("factor",),
                share,
                {"units": "1", "long_name": "share of first-order variance"},
            ),
        },
        coords={
            "factor": list(estimate.names),
            "factor_kind": (("factor",), kind),
            "measure": list(estimate.measures),
            "measure_unit": (("measure",), [UNITS.get(name, "1") for name in estimate.measures]),
            **{name: (("factor",), texts) for name, texts in words.items()},
        },
    )
