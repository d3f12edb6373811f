"""Which rule made the difference, with intervals: the attribution of every draw as an xarray.Dataset."""

from __future__ import annotations

import numpy as np
import xarray as xr

from carbonlab.compare.drawn_attribution import DrawnGame, DrawnGames, draw_games
from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.players import name_player
from carbonlab.errors import RuleError, StudyError
from carbonlab.monte_carlo.accumulate import Cancel, Progress
from carbonlab.monte_carlo.simulate import with_draws
from carbonlab.provenance import canonical_json
from carbonlab.results.schema import CANCELLATION, IMPACT_UNIT
from carbonlab.rules.entries import FloatArray
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.watched_work import Watch
from carbonlab.system.study import Study, check_study

_EACH = ("product", "player")
_LONG_NAMES = {
    "baseline_total": (IMPACT_UNIT, "carbon footprint under the baseline in each draw"),
    "difference": (IMPACT_UNIT, "alternative less baseline in each draw"),
    "difference_mean": (IMPACT_UNIT, "mean difference"),
    "difference_standard_deviation": (IMPACT_UNIT, "standard deviation of the difference"),
    "difference_standard_error": (IMPACT_UNIT, "standard error of its mean; not known of a design"),
    "probability_higher": ("1", "share of the draws in which the alternative is above the baseline"),
    "probability_equal": ("1", "share of the draws in which both give the same number"),
    "difference_interval": (IMPACT_UNIT, "quantiles of the difference at the ends of the interval"),
    "shapley": (
        IMPACT_UNIT,
        "part of the difference that each slot makes in each draw (exact Shapley value)",
    ),
    "shapley_of_stated": (IMPACT_UNIT, "part of the difference that each slot makes on the stated amounts"),
    "shapley_mean": (IMPACT_UNIT, "mean of the part that each slot makes"),
    "shapley_standard_deviation": (IMPACT_UNIT, "standard deviation of that part"),
    "shapley_standard_error": (IMPACT_UNIT, "standard error of its mean; not known of a design"),
    "shapley_interval": (IMPACT_UNIT, "quantiles of that part at the ends of the interval"),
    "probability_positive": ("1", "share of the draws in which the slot raises the footprint"),
    "probability_negative": ("1", "share of the draws in which the slot lowers the footprint"),
    "probability_largest": ("1", "share of the draws in which the slot moves more than any other"),
    "draws_with_number": ("1", "draws in which every hybrid has a number"),
    "plays": ("", "whether the player takes part in the attribution of the product"),
}


def attribute_draws(
    study: Study,
    baseline: RuleSet | str,
    alternative: RuleSet | str,
    *,
    draws: int | None = None,
    seed: int | None = None,
    level: float = 0.95,
    lanes: StudyLanes | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> xr.Dataset:
    """Decompose the difference between two rule sets into the slots that make it, in every draw of the data.

    All mixtures of the two rule sets are evaluated on the same draws: 2ᵏ rule sets for k slots that differ, 1,024 at
    most (`carbonlab.compare.drawn_attribution.hybrids_of` counts them before).

    Parameters
    ----------
    study : Study
        The products; its sampling plan says how numbers are drawn, its own rule sets play no part.
    baseline, alternative : RuleSet or str
        The two sides, or keys or paths of them.
    draws : int, optional
        By default that of the sampling plan.
    seed : int, optional
        By default that of the sampling plan.
    level : float
        Share of the draws between the ends of the intervals [-].
    lanes : StudyLanes, optional
        Evaluations of the same study to share work with.
    progress : callable, optional
        Is told how many lanes (rule sets × draws) are done, and how many there are.
    cancel : Event-like, optional
        Stops the work between two pieces when set.

    Returns
    -------
    xarray.Dataset
        ``shapley`` (product, player, draw), which sum to ``difference`` (product, draw) in every draw; of each
        ``shapley_mean``, ``shapley_interval`` and the like; ``probability_positive`` and ``probability_negative``:
        how certain the sign of a slot's part is; ``probability_largest``. Draws in which a hybrid has no number
        are left out and counted by ``draws_with_number``. [kg CO2e per unit of analysis]

    Raises
    ------
    RefusedError
        If there are too many mixtures or footprints, nothing in the inventory is uncertain, or a mixture cannot be
        drawn.
    StudyError
        If the level is none, or there are no draws.
    RuleError, SolveError
        If one of the two sides cannot be computed at all. Where a mixture cannot be, its slots become one player.
    CancelledError
        If it was cancelled.

    Notes
    -----
    ``probability_higher`` and ``probability_equal`` are of the difference itself; the rest of the draws is lower.
    The intervals say how much of a slot's part depends on the data. How well a mean is known with so many draws, the
    standard error says.
    """
    check_study(study, "attribute_draws")
    if not 0 < level < 1:
        raise StudyError(
            f"an interval of the level {level!r} is asked for", remedy="give a share such as 0.95"
        )
    first, second = find_rule_set(baseline), find_rule_set(alternative)
    plan = study.sampling or SamplingPlan()
    asked = with_draws(study.with_sampling(plan if seed is None else plan.replace(seed=seed)), draws)
    plan = asked.sampling or plan
    found = draw_games(
        lanes or StudyLanes(study), asked, first, second, draws=plan.draws, watch=Watch(progress, cancel)
    )
    result = _dataset(study, found, level)
    if plan.is_design:  # s / √n is that of independent draws: far too wide for a design
        for name in ("difference_standard_error", "shapley_standard_error"):
            result[name] = xr.full_like(result[name], np.nan)
    failed = {
        name_player(hybrid, found.hybrids.slots): why for (hybrid, _), why in found.hybrids.reasons.items()
    }
    result.attrs = {
        "baseline": first.key,
        "alternative": second.key,
        "baseline_digest": first.digest,
        "alternative_digest": second.digest,
        "study": study.key,
        "study_digest": study.digest,
        "rule_sets": found.rule_sets,
        "draws": plan.draws,
        "seed": str(plan.seed),
        "sampling_digest": plan.digest,
        "lognormal_keeps": plan.lognormal_keeps,
        "level": level,
        "failed_lanes": found.failed_lanes,
        "error_max": found.error_max,
        "hybrids_without_number": canonical_json(failed),
    }
    return result


def _dataset(study: Study, found: DrawnGames, level: float) -> xr.Dataset:
    players = [slot.key for slot in SLOTS]
    players += sorted({name for game in found.games for name in game.names} - set(players))
    columns = [_statistics(game, players, level) for game in found.games]
    dims = {
        "baseline_total": ("product", "draw"),
        "difference": ("product", "draw"),
        "difference_mean": ("product",),
        "difference_standard_deviation": ("product",),
        "difference_standard_error": ("product",),
        "probability_higher": ("product",),
        "probability_equal": ("product",),
        "difference_interval": ("product", "bound"),
        "shapley": (*_EACH, "draw"),
        "shapley_interval": (*_EACH, "bound"),
        "draws_with_number": ("product",),
    }
    result = xr.Dataset(
        {name: (dims.get(name, _EACH), np.array([own[name] for own in columns])) for name in _LONG_NAMES},
        coords={
            "product": [unit.key for unit in study.units],
            "product_name": ("product", [unit.name for unit in study.units]),
            "player": players,
            "bound": ["low", "high"],
            "share": ("bound", list(_ends(level))),
        },
    )
    for name, (units, text) in _LONG_NAMES.items():
        result[name].attrs = {"units": units, "long_name": text}
    return result


def _ends(level: float) -> tuple[float, float]:
    return round((1 - level) / 2, 12), round((1 + level) / 2, 12)  # 0.025 of 40 draws is one of them


def _statistics(game: DrawnGame, players: list[str], level: float) -> dict[str, FloatArray]:
    """Return the variables of one product; players that are none here make nothing."""
    draws = len(game.difference)
    has_number = np.isfinite(game.difference)
    count = int(has_number.sum())
    shapley = np.where(has_number, 0.0, np.nan) * np.ones((len(players), 1))
    stated = np.full(len(players), 0.0 if count else np.nan)
    at = [players.index(name) for name in game.names]
    shapley[at], stated[at] = game.shapley, game.stated
    known, noise = shapley[:, has_number], game.resolution[has_number]
    differs = game.difference[has_number]
    blank = np.full(len(players), np.nan)
    size = np.abs(known)
    moves = size.max(axis=0, initial=0.0) > noise
    largest = (size == size.max(axis=0, initial=0.0)) & moves
    deviation = known.std(axis=1, ddof=1) if count > 1 else blank
    spread = np.asarray(differs.std(ddof=1) if count > 1 else np.nan)
    return {
        "baseline_total": game.baseline,
        "difference": game.difference,
        "difference_mean": np.asarray(differs.mean() if count else np.nan),
        "difference_standard_deviation": spread,
        "difference_standard_error": spread / np.sqrt(max(count, 1)),
        "difference_interval": _quantiles(differs[None], level)[0],
        "probability_higher": np.asarray((differs > noise).mean() if count else np.nan),
        "probability_equal": np.asarray((abs(differs) <= noise).mean() if count else np.nan),
        "shapley": shapley.reshape(len(players), draws),
        "shapley_of_stated": stated,
        "shapley_mean": known.mean(axis=1) if count else blank,
        "shapley_standard_deviation": deviation,
        "shapley_standard_error": deviation / np.sqrt(max(count, 1)),
        "shapley_interval": _quantiles(known, level),
        "probability_positive": (known > noise).mean(axis=1) if count else blank,
        "probability_negative": (known < -noise).mean(axis=1) if count else blank,
        "probability_largest": largest.mean(axis=1) if count else blank,
        "draws_with_number": np.asarray(count),
        "plays": np.isin(players, game.names),
    }


def _quantiles(values: FloatArray, level: float) -> FloatArray:
    """Return sample quantiles (rows, 2) of rows of draws: values that occurred; NaN without draws."""
    if not values.shape[1]:
        return np.full((len(values), 2), np.nan)
    return np.asarray(np.quantile(values, _ends(level), axis=1, method="inverted_cdf").T)


def check_drawn_attribution(attribution: xr.Dataset) -> None:
    """Check that the parts of the slots sum to the difference in every draw.

    Raises
    ------
    RuleError
        If they do not: the dataset was changed.
    """
    parts, difference = attribution["shapley"], attribution["difference"]
    off = abs(parts.sum("player", skipna=False) - difference)
    scale = abs(parts).sum("player") + abs(attribution["baseline_total"])
    if bool((off > CANCELLATION * scale).any()):
        raise RuleError(
            "the parts of the slots do not sum to the difference in every draw",
            why="a part of the difference would be attributed to nobody",
            remedy="attribute the difference again",
        )
