"""One input at a time: the footprint calculated again at a changed value, beside what the derivative predicts."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr
from scipy.special import ndtr

from carbonlab.arguments import checked_number, checked_whole
from carbonlab.errors import RefusedError, StudyError
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.sensitivity_schema import PERTURBATION, with_units
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.inputs import FloatArray, Inputs, IntArray, inputs_of
from carbonlab.sensitivity.asked import AskedFootprint, footprint_of
from carbonlab.sensitivity.explicit_inputs import plain_inputs
from carbonlab.sensitivity.first_order import FirstOrder, first_order_of
from carbonlab.sensitivity.input_list import TABLES, words_of
from carbonlab.sensitivity.response import Response
from carbonlab.system.study import Study

SIDES = ("down", "up")
SPREAD: Literal["spread"] = "spread"
FACTORS, PARAMETERS = TABLES.index("characterization"), TABLES.index("parameters")


def perturb(
    study: Study,
    *,
    change: float | Literal["spread"] = 0.1,
    inputs: int = 20,
    product: str | None = None,
    rule_set: RuleSet | str | None = None,
    evaluation: Evaluation | None = None,
) -> xr.Dataset:
    """Return the footprint with one input changed at a time, down and up.

    Every change is solved in a lane of its own, allocation shares and formulas recomputed; values are rounded to single
    precision as all lanes are, the unchanged footprint likewise. An uncertain parameter does not move an exchange that
    states a spread beside its formula (`carbonlab.sampling.inputs`), as in draws. A characterization factor acts on its
    flow alone: its change is exact without a solution.

    Parameters
    ----------
    study, product, rule_set, evaluation
        As in `carbonlab.sensitivity.first_order.first_order`.
    change : float or "spread"
        Relative change of every input [-], or one geometric standard deviation: the quantiles 15.87 % and 84.13 % of
        each distribution, which are stated · GSD^∓1 for a lognormal and mean ∓ standard deviation for a normal.
    inputs : int
        How many inputs: those with the largest elasticities, or the largest shares of the first-order variance.

    Returns
    -------
    xarray.Dataset
        Per ``input`` and ``side``: ``changed``, ``footprint``, ``change`` and ``linear`` (what the derivative
        predicts), the largest first. NaN where a changed system has no trustworthy solution.

    Raises
    ------
    StudyError, ArgumentError
        For a change of 0 or of more than 1, or what is no number.
    RefusedError
        If no input moves the footprint, or none is uncertain for ``"spread"``.
    """
    checked_whole(inputs, name="inputs", where="perturb", least=1)
    if change != SPREAD and not 0 < checked_number(change, name="change", where="perturb") <= 1:
        raise StudyError(
            f"a relative change of {change!r} is asked for", remedy="give a number above 0, at most 1"
        )
    asked = footprint_of(study, product=product, rule_set=rule_set, evaluation=evaluation)
    own = inputs_of(asked.evaluation.system.database, asked.plan, identified=False)
    first = first_order_of(asked, inputs=own)
    at = first.largest(inputs, first.variances if change == SPREAD else np.nan_to_num(first.elasticities))
    if not len(at):
        raise RefusedError(
            f"no input that can be changed moves the footprint of {asked.name!r}",
            remedy="state spreads, or ask for a relative change",
        )
    changed = _changed(first, own, at, change)
    static, footprint = _footprints(asked, first, own, at, changed)
    stated = first.listed.stated[at]
    linear = first.listed.derivative[at][:, None] * (changed - stated[:, None])
    order = np.argsort(-np.nanmax(np.abs(footprint - static[:, None]), axis=1, initial=0.0), kind="stable")
    return _dataset(
        asked, first, at[order], (changed[order], footprint[order], static[order], linear[order]), change
    )


def _changed(first: FirstOrder, inputs: Inputs, at: IntArray, change: float | str) -> FloatArray:
    """Return the changed values (inputs, 2)."""
    stated = first.listed.stated[at]
    if change != SPREAD:
        return stated[:, None] * (1.0 + float(change) * np.array([-1.0, 1.0]))
    spread = first.listed.spread[at]
    found = np.empty((len(at), 2))
    for own, shapes in inputs.shapes(spread).values():
        found[own] = shapes.quantiles(np.repeat([[ndtr(-1.0), ndtr(1.0)]], len(own), axis=0))
    return found


def _footprints(
    asked: AskedFootprint, first: FirstOrder, own: Inputs, at: IntArray, changed: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the unchanged (inputs,) and the changed footprints (inputs, 2)."""
    listed, h = first.listed, first.derivatives.footprint
    static = np.full(len(at), h)
    footprint = h + listed.derivative[at][:, None] * (changed - listed.stated[at][:, None])
    is_parameter = listed.table[at] == PARAMETERS
    is_uncertain = listed.spread[at] >= 0
    none = np.empty(0, np.int64)
    # three times, apart: an exchange that is handed over does not follow its formula, and one with a spread of its own
    # follows parameters without a spread only
    for chosen, own_spread in (
        (is_parameter & is_uncertain, own.own_spread),
        (is_parameter & ~is_uncertain, none),
        (~is_parameter & (listed.table[at] != FACTORS), none),
    ):
        solved = np.flatnonzero(chosen)
        if len(solved):
            static[solved], footprint[solved] = _solved(asked, first, at[solved], changed[solved], own_spread)
    return static, footprint


def _solved(
    asked: AskedFootprint, first: FirstOrder, some: IntArray, changed: FloatArray, own_spread: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the unchanged and the changed footprints of some inputs, each change in a lane of its own."""
    listed = first.listed
    tables = [TABLES[number] for number in listed.table[some]]
    labels = [f"{table}:{row}" for table, row in zip(tables, listed.row[some].tolist(), strict=True)]
    stated = listed.stated[some]
    inputs = plain_inputs(asked.plan, tables, listed.row[some], labels, stated, own_spread=own_spread)
    count = len(some)
    values = np.repeat(stated[:, None], 1 + 2 * count, axis=1)
    for side in (0, 1):
        values[np.arange(count), 1 + 2 * np.arange(count) + side] = changed[:, side]
    found = Response(asked, inputs).at_values(values.astype(np.float32))
    return np.full(count, found[0]), found[1:].reshape(count, 2)


def _dataset(
    asked: AskedFootprint,
    first: FirstOrder,
    at: IntArray,
    numbers: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    change: float | str,
) -> xr.Dataset:
    changed, footprint, static, linear = numbers
    both = ("input", "side")
    words = words_of(first.derivatives, first.listed, at)
    result = xr.Dataset(
        {
            "stated": (("input",), first.listed.stated[at]),
            "changed": (both, changed),
            "footprint": (both, footprint),
            "change": (both, footprint - static[:, None]),
            "linear": (both, linear),
        },
        coords={name: (("input",), texts) for name, texts in words.items()}
        | {"row": (("input",), first.listed.row[at]), "side": list(SIDES)},
    )
    result.attrs = asked.attributes(PERTURBATION) | {
        "footprint": first.derivatives.footprint,
        "perturbed_by": str(change),
        "inputs": len(first.listed),
        "failed_lanes": int(np.isnan(footprint).sum()),
    }
    return with_units(result)
