"""Study → Monte Carlo → xarray.Dataset: one call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import xarray as xr

from carbonlab.arguments import checked_number, checked_whole
from carbonlab.errors import CancelledError, NothingUncertainError, StudyError
from carbonlab.execution import Executor, ThisProcess
from carbonlab.monte_carlo.accumulate import Cancel, Ending, Progress, accumulate
from carbonlab.monte_carlo.checkpoint import Checkpoint
from carbonlab.monte_carlo.dataset import build_dataset
from carbonlab.monte_carlo.parts import kinds_of
from carbonlab.monte_carlo.products import asked_of
from carbonlab.monte_carlo.statistics import Statistics
from carbonlab.monte_carlo.stopping import Until
from carbonlab.monte_carlo.study_draws import StudyDrawer, StudyTask
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study, check_study
from carbonlab.vocabulary import Status

QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)


def simulate(
    study: Study,
    *,
    rule_sets: Sequence[RuleSet | str] | RuleSet | str | None = None,
    draws: int | None = None,
    products: Sequence[str] | str | None = None,
    by: Collection[str] = (),
    product_pairs: Sequence[str] | None = None,
    quantiles: Sequence[float] = QUANTILES,
    executor: Executor | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: float = 10.0,
    until: Until | float | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> xr.Dataset:
    """Return what is known of footprints when the uncertain numbers of an inventory are drawn many times.

    Every draw is solved for all products asked for, under all rule sets: differences are between numbers of
    the same draw. Only statistics are kept, whose size does not depend on the number of draws. The same
    question has the same numbers to the last bit from every executor, with any number of workers and size of chunks,
    and after interruptions. Other rule sets or products beside it leave the draws as they are, and the numbers within
    the bound of the solver (1e-8).

    Parameters
    ----------
    study : Study
        What is asked; its sampling plan says how numbers are drawn (by default streams with seed 0).
    rule_sets : RuleSet or str, or a sequence of them, optional
        Under which it is answered; by default those of the study. The first is the baseline of differences.
    draws : int, optional
        Largest number of draws; by default that of the sampling plan. A design has as many as its plan says.
    products : sequence of str or str, optional
        Keys of the study's units of analysis, by default all; ``"all"`` asks for one unit of every product of the
        inventory.
    by : collection of str
        ``gas``, ``component`` and ``stage``: statistics of parts of the footprint, for every combination.
    product_pairs : sequence of str, optional
        Keys of the products (coordinate ``product``) that are compared with each other draw by draw, 64 at most. By
        default the study's own, if they are not more; of all products of an inventory none, since pairs grow with the
        square of their number. Rule sets are compared for every product. The attribute ``not_compared`` says which
        pairs are left out.
    quantiles : sequence of float
        Shares of the quantiles; with none, no memory is taken for them.
    executor : Executor, optional
        Where to work (`carbonlab.execution`); by default in this process, on all its cores.
    checkpoint : str or Path, optional
        File that keeps the state. If it exists, the simulation goes on from there; the result is the same as
        if it had never stopped.
    checkpoint_every : float
        Seconds between two writings of it.
    until : Until or float, optional
        When to stop early; a number is the relative width of the 95 % confidence interval of the mean. Not with a
        design. `carbonlab.monte_carlo.stopping` says what stopping early costs.
    chunk : int, optional
        Draws that are handed out together; by default as many as take about a second.
    progress : callable, optional
        Is told how many draws are done, and how many there will be at most.
    cancel : Event-like, optional
        Stops when set: after the chunk under way, and the result is that of the draws so far and says so; before the
        first draw, while systems are built (between two rule sets), by `CancelledError`.

    Returns
    -------
    xarray.Dataset
        Under the schema of simulations (`carbonlab.results.simulation_schema`). Standard errors are those of
        independent draws, NaN for a design: simulate with several seeds to see how far its means scatter. Draws
        without a number are counted (``lanes_by_status``, ``draws_with_number``) and never averaged in: those that
        could not be solved, those of a loop that consumes what it makes, and those in which a formula that matters has
        no value (the attribute ``formulas_without_value`` names it). What is left describes the other draws only. The
        attribute ``odd_spreads`` names spreads that do not lie where their stated value does, and
        ``without_uncertainty`` products whose every draw is the same.

    Raises
    ------
    RefusedError
        If nothing in the inventory is uncertain, or nothing of it upstream of what is asked for; or what is asked for
        cannot be drawn.
    StudyError
        If there is nothing to draw, a name is not known, products to compare are too many, or a design should end
        early.
    StoreError
        If the checkpoint is damaged or belongs to another simulation.
    CancelledError
        If it was cancelled before its first draw.
    ArgumentError
        If a number is none, such as a truth value or a text.
    RuleError, SolveError
        If a rule set cannot be computed for the stated amounts.
    ExecutionError
        If workers are lost.
    """
    check_study(study, "simulate")
    _check_numbers(chunk, checkpoint_every)
    check = _hearing(cancel)
    chosen = (rule_sets,) if isinstance(rule_sets, RuleSet | str) else rule_sets
    asked = with_draws(study if chosen is None else study.with_rule_sets(*chosen), draws)
    shares = _checked_shares(quantiles)
    paired = asked_of(product_pairs)
    named = (paired,) if isinstance(paired, str) else paired
    end = _end_of(until, asked.sampling or SamplingPlan())
    drawer = StudyDrawer(asked, asked_of(products), kinds_of(by), named, check=check)
    _check_varies(drawer)
    axes = drawer.axes(quantiles=bool(shares) or (end is not None and end.of != "mean"))
    task = StudyTask(asked, asked_of(products), kinds_of(by), axes, named, [drawer])
    statistics = Statistics(axes)
    kept = None if checkpoint is None else Checkpoint(checkpoint, task.identity(), every=checkpoint_every)
    state = kept.load() if kept is not None else None
    if state is not None:
        statistics.restore(state)
    place = executor or ThisProcess()
    ending = accumulate(
        task,
        statistics,
        draws=drawer.sampling.draws,
        chunk=chunk,
        executor=place,
        checkpoint=kept,
        until=end,
        progress=progress,
        cancel=cancel,
    )
    if not statistics.draws:
        check("before the first draw")
    if statistics.draws > drawer.sampling.draws:
        raise StudyError(
            f"the checkpoint holds {statistics.draws} draws, and only {drawer.sampling.draws} were asked for",
            where=str(checkpoint),
            why="draws cannot be taken out of statistics",
            remedy="ask for at least as many draws, or give another file",
        )
    return build_dataset(drawer, statistics, shares=shares, ending=Ending(ending), place=place.description)


def with_draws(study: Study, draws: int | None) -> Study:
    """Return the study with a sampling plan of so many draws.

    Raises
    ------
    StudyError
        If its plan is a design of another size, or there would be no draws.
    ArgumentError
        If `draws` is no whole number.
    """
    plan = study.sampling or SamplingPlan()
    draws = None if draws is None else checked_whole(draws, name="draws")
    if draws is None or draws == plan.draws:
        return study.with_sampling(plan)
    if plan.is_design:
        raise StudyError(
            f"{draws} draws were asked for, and the design of study {study.key!r} has {plan.draws}",
            why="the draws of a design belong together",
            remedy="change the sampling plan of the study",
        )
    return study.with_sampling(plan.replace(draws=draws))


def _check_varies(drawer: StudyDrawer) -> None:
    has_number = any(Status(word).has_number for word in drawer.statuses.ravel())
    if has_number and not any(group.source.varies for group in drawer.groups):
        raise NothingUncertainError(
            f"nothing that is uncertain moves the footprint of {drawer.products.name[0]!r}"
            + (f" or one of {len(drawer.products) - 1:,} more" if len(drawer.products) > 1 else ""),
            where="simulate",
            why=f"none of the {len(drawer.inputs):,} uncertain numbers of the inventory lies upstream of what is asked "
            "for: every draw would be the stated footprint, and the data would seem to be without uncertainty",
            remedy="state distributions or pedigree scores upstream, or ask for other products",
        )


def _hearing(cancel: Cancel | None) -> Callable[[str], None]:
    """Return what raises when somebody asked to stop; for the time before the first draw, when there is no result."""

    def check(where: str) -> None:
        if cancel is not None and cancel.is_set():
            raise CancelledError(
                "the simulation was cancelled before its first draw",
                where=where,
                why="its systems were still being built",
                remedy="start it again; a checkpoint keeps what it holds",
            )

    return check


def _check_numbers(chunk: int | None, checkpoint_every: float) -> None:
    if chunk is not None:
        checked_whole(chunk, name="chunk", where="simulate", least=1)
    if not checked_number(checkpoint_every, name="checkpoint_every", where="simulate") >= 0:
        raise StudyError(
            f"a checkpoint every {checkpoint_every!r} s is asked for",
            where="simulate",
            remedy="give seconds, 0 for after every chunk",
        )


def _end_of(until: Until | float | None, plan: SamplingPlan) -> Until | None:
    if until is not None and plan.is_design:
        raise StudyError(
            f"a {plan.kind} design cannot end early",
            where="until",
            why="its draws belong together, and the interval is that of independent draws",
            remedy="use the plan 'streams', or choose the size of the design",
        )
    if until is None or isinstance(until, Until):
        return until
    return Until(checked_number(until, name="until (a relative width, or an Until)", where="simulate"))


def _checked_shares(quantiles: Sequence[float]) -> tuple[float, ...]:
    shares = tuple(sorted(checked_number(q, name="a quantile", where="simulate") for q in quantiles))
    if any(not 0 <= share <= 1 for share in shares) or len(set(shares)) < len(shares):
        raise StudyError(
            f"quantiles {shares} are not different shares between 0 and 1",
            why="they could not be found",
            remedy="give shares such as 0.05, 0.5, 0.95",
        )
    return shares
