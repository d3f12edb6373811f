"""Whether estimated sensitivities can be trusted: intervals, sums, and what half of the sample said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carbonlab.messages import message
from carbonlab.sensitivity.estimators import Estimate

WIDTH = 0.05
"""Largest half width of an interval [-]: a convention (compare Sarrazin, Pianosi and Wagener 2016,
doi:10.1016/j.envsoft.2016.02.005, recalled).
"""
WITHOUT_SUM = ("mu_star", "delta")


@dataclass(frozen=True)
class Verdict:
    """What to think of an estimate.

    Attributes
    ----------
    converged : bool
    reasons : tuple of str
        Why not; empty if it converged.
    widest : float
        Largest half width of an interval of the measure that ranks, relative for Morris' effects [-].
    change : float
        Largest change of it since half of the sample [-].
    sum_of_main : float
        Sum of first-order indices; NaN where there is none.
    """

    converged: bool
    reasons: tuple[str, ...]
    widest: float
    change: float
    sum_of_main: float


def verdict_of(estimate: Estimate, *, width: float = WIDTH) -> Verdict:
    """Return whether an estimate has converged: every interval of the measure that ranks (total index, mean absolute
    effect, delta) is narrow, doubling the sample moved none of them more than that, and first-order indices sum to
    one at most.
    """
    ranks = estimate.values[:, 0]
    scale = float(np.abs(ranks).max(initial=0.0)) if estimate.measures[0] == "mu_star" else 1.0
    scale = scale or 1.0
    widest = float(estimate.intervals[:, 0].max(initial=0.0)) / scale
    change = float(np.abs(ranks - estimate.before[:, 0]).max(initial=0.0)) / scale
    total = float(estimate.of("main").sum()) if "main" in estimate.measures else np.nan
    reasons = []
    if not widest <= width:
        reasons.append(message("sensitivity.wide", found=f"{widest:.3f}", limit=f"{width:g}"))
    if not change <= width:
        reasons.append(message("sensitivity.moved", found=f"{change:.3f}", limit=f"{width:g}"))
    if estimate.measures[0] not in WITHOUT_SUM and total > 1.0 + width:
        reasons.append(message("sensitivity.sums", found=f"{total:.3f}"))
    return Verdict(not reasons, tuple(reasons), widest, change, total)
