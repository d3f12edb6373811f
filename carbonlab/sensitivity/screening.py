"""Screening: the few inputs that make up nearly all of the first-order variance, and how straight each acts."""

from __future__ import annotations

import numpy as np
import xarray as xr

from carbonlab.arguments import checked_share, checked_whole
from carbonlab.monte_carlo.accumulate import Cancel, Progress
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.sensitivity_schema import SCREENING, with_units
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sensitivity.asked import footprint_of
from carbonlab.sensitivity.chosen_inputs import choose_inputs
from carbonlab.sensitivity.convergence import verdict_of
from carbonlab.sensitivity.estimators import Factors, morris_effects
from carbonlab.sensitivity.response import Response
from carbonlab.sensitivity.watched_work import Watch
from carbonlab.system.study import Study


def screen(
    study: Study,
    *,
    share: float = 0.99,
    most: int = 200,
    trajectories: int = 10,
    product: str | None = None,
    rule_set: RuleSet | str | None = None,
    evaluation: Evaluation | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> xr.Dataset:
    """Return the inputs that make up a share of the first-order variance, with Morris' effects of each.

    First order sees every input at one point; elementary effects look at those it keeps over their whole spread: a
    `sigma` that is large beside `mu_star` says that the input acts crookedly, or together with others.

    Parameters
    ----------
    study, product, rule_set, evaluation
        As in `carbonlab.sensitivity.first_order.first_order`.
    share : float
        Part of the first-order variance that is kept [-].
    most : int
        Inputs that are kept at most; the attribute ``covered`` says what share they make up.
    trajectories : int
        Of Morris' design over the middle 90 % of the probability of each input.
    seed : int
        Of that design.
    progress, cancel
        As in `carbonlab.sensitivity.global_sensitivity.global_sensitivity`.

    Returns
    -------
    xarray.Dataset
        Per ``input``, labelled as in a sampling plan: ``share``, ``cumulative``, ``mu_star`` with interval, ``sigma``.
        The labels can be handed to `global_sensitivity` or a design.

    Raises
    ------
    RefusedError
        If nothing that is uncertain moves the footprint.
    StudyError, ArgumentError
        If a number makes no sense, or is none.
    CancelledError
        If it was cancelled.
    """
    checked_share(share, name="share", where="screen", whole=True)
    checked_whole(most, name="most", where="screen", least=1)
    checked_whole(trajectories, name="trajectories", where="screen", least=1)
    checked_whole(seed, name="seed", where="screen", least=0)
    asked = footprint_of(study, product=product, rule_set=rule_set, evaluation=evaluation)
    chosen = choose_inputs(asked, most, share=share)
    response = Response(asked, chosen.inputs, watch=Watch(progress, cancel))
    factors = Factors(tuple(map(str, chosen.inputs.label)))
    effects = morris_effects(factors, response.at_points, trajectories=trajectories, seed=seed)
    verdict = verdict_of(effects)
    result = xr.Dataset(
        {
            "share": (("input",), chosen.share),
            "cumulative": (("input",), np.cumsum(chosen.share)),
            "mu_star": (("input",), effects.of("mu_star")),
            "mu_star_interval": (("input",), effects.interval("mu_star")),
            "sigma": (("input",), effects.of("sigma")),
        },
        coords={"input": list(factors.names)}
        | {name: (("input",), texts) for name, texts in chosen.words.items()},
    )
    result.attrs = asked.attributes(SCREENING) | {
        "seed": str(seed),
        "asked_share": share,
        "covered": chosen.covered,
        "uncertain_inputs_that_matter": int((chosen.first.variances > 0).sum()),
        "evaluations": len(effects.results),
        "converged": int(verdict.converged),
        "verdict": "; ".join(verdict.reasons) or "converged",
    }
    return with_units(result)
