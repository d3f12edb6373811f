"""The effect of delayed emission: what weighting by year changes of a footprint split by stage and year.

    effect(stage, year, channel) = kilograms × factor × (weight(gas, year) − 1),

summed over the channels that are in the total. At the start the weight is 1, and the effect nothing.
"""

from __future__ import annotations

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.life_cycle import State, split_by_state
from carbonlab.rules.delay import UNWEIGHTED, Delay
from carbonlab.rules.entries import FloatArray


def delay_effect(evaluation: Evaluation, states: dict[State, FloatArray]) -> dict[State, FloatArray]:
    """Return the effect of delay by stage and year, (channels,) each [kg CO2e]; empty if nothing is weighted.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system; its rule of the timing slot says how to weight.
    states : dict of (stage, year) to float array (channels,)
        Masses of a product (`carbonlab.results.life_cycle.split_by_state`) [kg].

    Raises
    ------
    RuleError
        If a dynamic weighting is over another horizon than the characterization.
    """
    delay = evaluation.system.work.delay
    if delay is None:
        return {}
    _check_horizon(evaluation, delay)
    factors = np.where(
        [channel.component in UNWEIGHTED for channel in evaluation.channels], 0.0, evaluation.factors
    )
    impact = {state: masses * factors for state, masses in states.items()}
    later = {year for (_, year), values in impact.items() if year > 0 and np.any(values)}
    return {
        (stage, year): values
        * np.array(
            [delay.weight(channel.gas, year, single=len(later) == 1) - 1.0 for channel in evaluation.channels]
        )
        for (stage, year), values in impact.items()
        if year in later
    }


def delay_effect_of(evaluation: Evaluation, column: int, demand: float) -> float:
    """Return the effect of delay on the footprint of a demand of one column's flow [kg CO2e]."""
    if evaluation.system.work.delay is None:
        return 0.0
    sign = float(np.sign(evaluation.system.matrices.A.diagonal()[column]))
    states = split_by_state(
        evaluation.system,
        column,
        sign * demand,
        evaluation.adjoint.x,
        evaluation.weights,
        repeats=evaluation.repeats,
    )
    return float(sum(values.sum() for values in delay_effect(evaluation, states).values()))


def _check_horizon(evaluation: Evaluation, delay: Delay) -> None:
    metrics = evaluation.system.work.characterization.metrics
    wanted, given = f"GWP{delay.horizon:g}", ", ".join(metrics)
    if delay.model == "dynamic" and any(metric != wanted for metric in metrics):
        raise RuleError(
            f"emissions are weighted over {delay.horizon:g} years and characterized with {given}",
            where=f"rule set {evaluation.system.rule_set.key!r}, slots timing and characterization",
            why="the weight of a later emission is what is left of the same horizon",
            remedy=f"set horizon to that of the characterization, or characterize with {wanted}",
        )
