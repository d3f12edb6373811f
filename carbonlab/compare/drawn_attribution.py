"""Which rule made the difference when the data are uncertain: exact Shapley values over the slots, in every draw.

All hybrids of the two rule sets are evaluated on the same draws of the data. A draw is then a game of its own, with
v(S, d) the footprint in draw d when the slots in S are the alternative's, and

    φ_i(d) = Σ_{S∌i} |S|! (n−|S|−1)! / n! · (v(S∪i, d) − v(S, d)),        Σ_i φ_i(d) = v(N, d) − v(∅, d),

so that the mean of φ_i is the Shapley value of the mean, and its spread says how far the part that a rule makes
depends on the data (`carbonlab.compare.shapley`; nothing is estimated but the distribution over the draws).

The cost is 2ᵏ rule sets, each in every draw, for k slots that differ; `hybrids_of` says how many before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carbonlab.compare.hybrids import Hybrids, evaluate_hybrids, hybrid_of
from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.players import find_players, name_player, union
from carbonlab.compare.shapley import shapley_values
from carbonlab.errors import RefusedError
from carbonlab.monte_carlo.lane_group import is_failed
from carbonlab.monte_carlo.pair_counts import RESOLUTION
from carbonlab.monte_carlo.study_draws import StudyDrawer
from carbonlab.rules.entries import FloatArray, IntArray
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sensitivity.watched_work import Watch
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status

MOST_RULE_SETS = 1024
"""Hybrids of two rule sets that differ in ten slots; the packaged ones differ in nine at most."""
LARGEST = 2**26
"""Footprints that are held in memory until their Shapley values are known."""
_TOGETHER = 16
"""Hybrids whose matrices are in memory at the same time."""


@dataclass(frozen=True, eq=False)
class DrawnGame:
    """The attribution of one product in every draw.

    Attributes
    ----------
    names : tuple of str
        Its players: slots, or slots that only work together.
    shapley : float array (players, draws)
        What each makes of the difference [kg CO2e]; NaN in a draw in which some hybrid has no number.
    stated : float array (players,)
        The same for the stated amounts.
    baseline : float array (draws,)
        Footprint under the baseline.
    difference : float array (draws,)
        Alternative less baseline.
    scale : float array (draws,)
        Largest absolute footprint of a hybrid.
    """

    names: tuple[str, ...]
    shapley: FloatArray
    stated: FloatArray
    baseline: FloatArray
    difference: FloatArray
    scale: FloatArray

    @property
    def resolution(self) -> FloatArray:
        """What counts as nothing (draws,): footprints are solved to 1e-8."""
        return np.asarray(RESOLUTION * self.scale)


@dataclass(frozen=True, eq=False)
class DrawnGames:
    """The attributions of all products of a study.

    Attributes
    ----------
    games : tuple of DrawnGame
    hybrids : Hybrids
        On stated amounts.
    rule_sets : int
        Hybrids that were drawn.
    failed_lanes : int
        Lanes without a trustworthy solution.
    error_max : float
        Largest bound on the relative error of a lane.
    """

    games: tuple[DrawnGame, ...]
    hybrids: Hybrids
    rule_sets: int
    failed_lanes: int
    error_max: float


def hybrids_of(baseline: RuleSet, alternative: RuleSet) -> int:
    """Return how many rule sets an attribution has to evaluate in every draw: 2ᵏ for k slots that differ."""
    return 1 << len(tuple(baseline.diff(alternative)))


def check_size(baseline: RuleSet, alternative: RuleSet, *, draws: int, products: int) -> None:
    """Check that an attribution is of a size that can be computed: before anything long begins.

    Raises
    ------
    RefusedError
        If there are too many hybrids, or too many footprints to hold.
    """
    count = hybrids_of(baseline, alternative)
    slots = count.bit_length() - 1
    if count > MOST_RULE_SETS:
        raise RefusedError(
            f"{baseline.key!r} and {alternative.key!r} differ in {slots} slots: {count:,} rule sets in every draw",
            where="attribution over draws",
            why=f"exact Shapley values need every mixture of the two; {MOST_RULE_SETS:,} are computed at most",
            remedy="attribute in two steps, by way of a rule set that has some slots of each, or on the stated amounts",
        )
    footprints = count * draws * products
    if footprints > LARGEST:
        raise RefusedError(
            f"{count:,} rule sets, {draws:,} draws and {products:,} products are {footprints:,} footprints",
            where="attribution over draws",
            why=f"they are held in memory together, {LARGEST:,} at most",
            remedy=f"ask for one product, or for {max(1, LARGEST // (count * products)):,} draws",
        )


def draw_games(
    lanes: StudyLanes, study: Study, baseline: RuleSet, alternative: RuleSet, *, draws: int, watch: Watch
) -> DrawnGames:
    """Return the attribution of every product of a study in every draw.

    Parameters
    ----------
    lanes : StudyLanes
        Evaluations of the study.
    study : Study
        With the sampling plan that says how numbers are drawn.
    baseline, alternative : RuleSet
    draws : int
    watch : Watch
        Is told how many lanes (hybrids × draws) are done, and may stop the work.

    Raises
    ------
    RefusedError
        If the lattice is too large, nothing is uncertain, or a rule set cannot be drawn.
    RuleError, SolveError
        If one of the two sides cannot be computed.
    CancelledError
        If it was cancelled.
    """
    check_size(baseline, alternative, draws=draws, products=len(study.units))
    watch.check("attribution over draws")
    hybrids = evaluate_hybrids(lanes, baseline, alternative)
    rule_set_of = _RuleSets(hybrids, baseline, alternative)
    players = [_players(lanes, hybrids, rule_set_of, position) for position in range(len(study.units))]
    unions = [
        [union([p for i, p in enumerate(own) if number >> i & 1]) for number in range(1 << len(own))]
        for own in players
    ]
    wanted = _in_order({number for own in unions for number in own} or {0}, len(hybrids.slots))
    values, failed, error = _draw(lanes, study, [rule_set_of(n) for n in wanted], draws, watch)
    place = {number: i for i, number in enumerate(wanted)}
    games = tuple(
        _game(own, hybrids, values[[place[n] for n in numbers], position], hybrids.total[numbers, position])
        for position, (own, numbers) in enumerate(zip(players, unions, strict=True))
    )
    return DrawnGames(games, hybrids, len(wanted), failed, error)


@dataclass(frozen=True, eq=False)
class _RuleSets:
    """Hybrids by number; the last one is the alternative itself."""

    hybrids: Hybrids
    baseline: RuleSet
    alternative: RuleSet

    def __call__(self, number: int) -> RuleSet:
        if number == len(self.hybrids.counted) - 1:
            return self.alternative
        return hybrid_of(self.baseline, self.alternative, self.hybrids.slots, number)


def _players(lanes: StudyLanes, hybrids: Hybrids, rule_set_of: _RuleSets, position: int) -> tuple[int, ...]:
    """Return the players of a product: no union of them lacks a number; none if a side has no number."""
    last = len(hybrids.counted) - 1
    missing = {hybrid for (hybrid, at) in hybrids.reasons if at == position}
    if missing & {0, last}:
        return ()
    for number in range(last + 1):  # a loop that consumes what it makes has no number in draws
        if number not in missing and np.isfinite(hybrids.counted[number, position]).all():
            status = lanes.answer(rule_set_of(number)).status[position]
            if status is Status.NON_PRODUCTIVE:
                missing.add(number)
    return () if missing & {0, last} else find_players(len(hybrids.slots), sorted(missing))


def _in_order(numbers: set[int], slots: int) -> list[int]:
    """Return hybrids so that the first stages change as rarely as possible: neighbors share most work."""
    return sorted(numbers, key=lambda number: [number >> i & 1 for i in range(slots)])


def _draw(
    lanes: StudyLanes, study: Study, rule_sets: Sequence[RuleSet], draws: int, watch: Watch
) -> tuple[FloatArray, int, float]:
    """Return the footprints (rule sets, products, draws), lanes that failed, and the largest bound of an error."""
    values = np.full((len(rule_sets), len(study.units), draws), np.nan)
    numbers: IntArray = np.arange(draws, dtype=np.int64)
    failed, error, done, total = 0, 0.0, 0, len(rule_sets) * draws
    for start in range(0, len(rule_sets), _TOGETHER):
        some = rule_sets[start : start + _TOGETHER]
        watch.check("attribution over draws")
        drawer = StudyDrawer(study, None, (), evaluations=[lanes.evaluate(rules) for rules in some])
        for part in watch.pieces(numbers, lanes=len(some), where="attribution over draws"):
            for place, own in enumerate(drawer.draw(part, threads=None), start):
                values[place, :, part] = own.totals.T
                failed += int(is_failed(own.lane_status).sum())
                error = float(np.nanmax(own.error, initial=error))
            done += len(some) * len(part)
            watch.report(done, total)
    return values, failed, error


def _game(players: tuple[int, ...], hybrids: Hybrids, values: FloatArray, static: FloatArray) -> DrawnGame:
    draws = values.shape[1]
    if not players:
        is_same = bool(np.isfinite(hybrids.total[0]).all()) and not hybrids.slots
        nothing = values[0] * 0.0 if is_same else np.full(draws, np.nan)
        return DrawnGame((), np.zeros((0, draws)), np.zeros(0), values[0], nothing, np.abs(values[0]))
    lacks = np.isnan(values).any(axis=0)
    shapley = shapley_values(values)
    shapley[:, lacks] = np.nan
    difference = np.where(lacks, np.nan, values[-1] - values[0])
    names = tuple(name_player(player, hybrids.slots) for player in players)
    return DrawnGame(
        names, shapley, shapley_values(static), values[0], difference, np.abs(values).max(axis=0)
    )
