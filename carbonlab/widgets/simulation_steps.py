"""A simulation as steps for a job: the same draws as at one go, looked at ever later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xarray as xr

from carbonlab.inventory.assumed_spreads import assume_spread
from carbonlab.messages import message
from carbonlab.monte_carlo.moments import GRAIN
from carbonlab.monte_carlo.simulate import simulate
from carbonlab.plots.distributions import GRID
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study
from carbonlab.widgets.followed_draws import FollowedDraws
from carbonlab.widgets.job import Stopped, Watch


def looks(draws: int, *, in_turns: bool = False) -> tuple[int, ...]:
    """Return after how many draws a simulation is looked at: doubling, or evenly where steps have to be short.

    Examples
    --------
    >>> looks(300)
    (64, 128, 256, 300)
    """
    found = [GRAIN]
    while found[-1] < draws:
        found.append(found[-1] + (GRAIN if in_turns else found[-1]))
    return (*(number for number in found if number < draws), draws)


def simulation_steps(
    study: Study, rule_sets: Sequence[RuleSet | str], watch: Watch, *, draws: int
) -> Iterator[xr.Dataset]:
    """Yield the simulation of a study after ever more draws; no draw is made twice.

    Parameters
    ----------
    study : Study
        Its sampling plan says how numbers are drawn.
    rule_sets : sequence of RuleSet or str
        The first is the baseline.
    watch : Watch
        Of the job.
    draws : int
        How many in the end.

    Raises
    ------
    CarbonlabError
        As `carbonlab.monte_carlo.simulate`.
    Stopped
        If the watch said so before the first draw.
    """
    followed = FollowedDraws(watch, draws)
    watch.tell(message("job.building"), is_deaf=True)
    with TemporaryDirectory() as folder:
        for goal in looks(draws, in_turns=watch.in_turns):
            if watch.is_set():
                raise Stopped
            yield simulate(
                study,
                rule_sets=rule_sets,
                draws=goal,
                quantiles=GRID,
                checkpoint=Path(folder) / "draws.npz",
                progress=followed.progress,
                cancel=followed,
            )


def with_plan(study: Study, *, pedigree: str | None = None, **fields: Any) -> Study:
    """Return the study with some fields of its sampling plan replaced; what else the plan says is kept.

    Parameters
    ----------
    study : Study
        With a plan or without.
    pedigree : str, optional
        Published factors that give a spread to amounts with pedigree scores; empty for none. By default those of
        the plan, or, without one, those of every new plan.
    fields
        As of `carbonlab.sampling.plan.SamplingPlan`.

    Raises
    ------
    StudyError
        If a field says what no plan can.
    """
    plan = plan_of(study)
    if pedigree is not None:
        fields["pedigree"] = pedigree
    return study.with_sampling(plan.replace(**fields))


def plan_of(study: Study) -> SamplingPlan:
    """Return the sampling plan of a study, or the one that everything draws by where it has none."""
    return study.sampling or SamplingPlan()


def with_assumed_spread(study: Study, deviation: float | None) -> Study:
    """Return the study with a spread for amounts that have none under its sampling plan.

    Parameters
    ----------
    study : Study
        If its plan says that pedigree scores give no spread, amounts with scores get this one too.
    deviation : float, optional
        Geometric standard deviation [-]; None for none.

    Raises
    ------
    RefusedError
        As `carbonlab.inventory.assumed_spreads.assume_spread`.
    """
    if deviation is None:
        return study
    scored = not plan_of(study).pedigree
    return replace(
        study,
        databases=tuple(assume_spread(db, deviation, scored=scored) for db in study.databases),
        foreground=assume_spread(study.foreground, deviation, scored=scored) if study.foreground else None,
    )
