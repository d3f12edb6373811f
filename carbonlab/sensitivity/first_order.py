"""First-order sensitivity of a footprint to all its inputs: derivatives, elasticities and shares of the variance.

Two solutions give all derivatives (`derivatives`). Inputs being independent,

    Var(h) ≈ Σ_i (∂h/∂x_i)² Var(x_i),        share_i = (∂h/∂x_i)² Var(x_i) / Σ,

with the variances in closed form. It is exact where h is linear; how far it is from there, Monte Carlo tells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from carbonlab.arguments import checked_whole
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.sensitivity_schema import FIRST_ORDER, with_units
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.inputs import Inputs, inputs_of
from carbonlab.sensitivity.asked import AskedFootprint, footprint_of
from carbonlab.sensitivity.derivatives import Derivatives, FloatArray, IntArray, derivatives_of
from carbonlab.sensitivity.input_list import InputList, deviations, list_inputs, words_of
from carbonlab.sensitivity.spread_moments import SpreadMoments, spread_moments
from carbonlab.system.study import Study


@dataclass(frozen=True, eq=False)
class FirstOrder:
    """What a footprint is sensitive to, as arrays.

    Attributes
    ----------
    derivatives : Derivatives
    listed : InputList
    moments : SpreadMoments
        Of the uncertain numbers.
    deviation : float array (inputs,)
        Standard deviation of each input.
    uncertain : Inputs
        The uncertain numbers of the inventory.
    """

    derivatives: Derivatives
    listed: InputList
    moments: SpreadMoments
    deviation: FloatArray
    uncertain: Inputs

    @property
    def variances(self) -> FloatArray:
        """Contribution of each input (inputs,) to the first-order variance [(kg CO2e)²]."""
        return (self.listed.derivative * self.deviation) ** 2

    @property
    def elasticities(self) -> FloatArray:
        """Relative change of h per relative change of each input (inputs,) [-]; NaN for a footprint of 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self.listed.derivative * self.listed.stated / self.derivatives.footprint
        return found if self.derivatives.footprint else np.full(len(found), np.nan)

    def largest(self, count: int, values: FloatArray) -> IntArray:
        """Return the inputs (positions) with the largest absolute values (inputs,), largest first; never those of 0."""
        size = np.abs(values)
        some = (
            np.argpartition(-size, min(count, len(size) - 1))[:count] if len(size) else np.empty(0, np.int64)
        )
        some = some[np.argsort(-size[some], kind="stable")]
        return np.asarray(some[size[some] > 0], np.int64)


def first_order(
    study: Study,
    *,
    product: str | None = None,
    rule_set: RuleSet | str | None = None,
    evaluation: Evaluation | None = None,
    largest: int | None = None,
) -> xr.Dataset:
    """Return derivatives, elasticities and shares of the variance of a footprint by all its inputs.

    Parameters
    ----------
    study : Study
        Its sampling plan says what a lognormal keeps and how pedigree scores become spreads.
    product : str, optional
        Key of a unit of analysis; by default the first one.
    rule_set : RuleSet or str, optional
        By default the first one of the study.
    evaluation : Evaluation, optional
        The study's inventory under that rule set, if it is solved already.
    largest : int, optional
        Return only so many inputs, those of the largest shares and, after them, elasticities; by default all, in the
        order of the inventory.

    Returns
    -------
    xarray.Dataset
        Per ``input``: ``stated``, ``derivative``, ``elasticity``, ``standard_deviation``, ``share``, ``crossing`` and
        ``is_computed``, with what it is called (``table``, ``process``, ``flow``, ``name``, ``unit``). Attributes:
        the footprint, the first-order standard deviation, how many inputs are uncertain, may change their sign, or
        act through formulas with kinks, how many spreads of the inventory lie around another value than the stated one
        or do not contain it (derivatives are those at the stated value), and the part of the whole that `largest`
        left out.

    Raises
    ------
    StudyError, ArgumentError
        If `largest` is no number from 1 on.
    StudyError, RefusedError
        As `carbonlab.sensitivity.asked.footprint_of`.
    FormulaError
        If a formula that matters has no value.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> inventory = load_teaching_inventory()
    >>> found = first_order(Study.of(inventory, inventory.column("processes", "id")[0]), largest=3)
    >>> found.sizes["input"]
    3
    """
    if largest is not None:
        checked_whole(largest, name="largest", where="first_order", least=1)
    asked = footprint_of(study, product=product, rule_set=rule_set, evaluation=evaluation)
    found = first_order_of(asked)
    result = _dataset(asked, found, _kept(found, largest))
    return with_units(result)


def first_order_of(asked: AskedFootprint, *, inputs: Inputs | None = None) -> FirstOrder:
    """Return the first-order sensitivity of a footprint as arrays.

    Parameters
    ----------
    asked : AskedFootprint
    inputs : Inputs, optional
        The uncertain numbers of the inventory, if they are at hand.
    """
    system = asked.evaluation.system
    own = inputs if inputs is not None else inputs_of(system.database, asked.plan, identified=False)
    found = derivatives_of(asked.evaluation, asked.column, asked.demand)
    listed, moments = list_inputs(found, own), spread_moments(own)
    return FirstOrder(found, listed, moments, deviations(listed, moments), own)


def _kept(found: FirstOrder, largest: int | None) -> IntArray:
    if largest is None:
        return np.arange(len(found.listed))
    by_share = found.largest(largest, found.variances)
    more = found.largest(2 * largest, np.nan_to_num(found.elasticities))
    return np.concatenate([by_share, more[~np.isin(more, by_share)]])[:largest]


def _dataset(asked: AskedFootprint, found: FirstOrder, at: IntArray) -> xr.Dataset:
    listed, variances = found.listed, found.variances
    total = float(variances.sum())
    share = variances / total if total > 0 else np.zeros(len(listed))
    crossing = np.zeros(len(listed))
    own = listed.spread >= 0
    crossing[own] = found.moments.crossing[listed.spread[own]]
    columns = {
        "stated": listed.stated,
        "derivative": listed.derivative,
        "elasticity": found.elasticities,
        "standard_deviation": found.deviation,
        "share": share,
        "crossing": crossing,
        "is_computed": listed.is_computed,
    }
    words = words_of(found.derivatives, listed, at)
    result = xr.Dataset(
        {name: (("input",), values[at]) for name, values in columns.items()},
        coords={name: (("input",), texts) for name, texts in words.items()}
        | {"row": (("input",), listed.row[at])},
    )
    result.attrs = asked.attributes(FIRST_ORDER) | {
        "footprint": found.derivatives.footprint,
        "variance": total,
        "standard_deviation": float(np.sqrt(total)),
        "inputs": len(listed),
        "uncertain_inputs": int((own & (found.deviation > 0)).sum()),
        "uncertain_inputs_that_matter": int((variances > 0).sum()),
        "inputs_that_may_change_sign": int((crossing > 0).sum()),
        "spreads_around_another_value": len(found.uncertain.off_center),
        "spreads_without_the_stated_value": len(found.uncertain.apart),
        "exchanges_of_formulas_with_kinks": listed.kinked,
        "share_left_out": float(1.0 - share[at].sum()) if total > 0 else 0.0,
        "residual": found.derivatives.residual,
        "error": found.derivatives.error,
    }
    return result
