"""Which rule made the difference between two rule sets: exact Shapley values over the slots that differ.
 All 2ᵏ hybrids of the two rule sets are evaluated, so nothing is estimated: the terms sum to the difference.
Beside them stand what each slot moves alone (from either end) and what slots move only together. Slots that
move nothing are zero, with the reason.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import xarray as xr

from carbonlab.compare.hybrids import Hybrids, evaluate_hybrids, hybrid_of
from carbonlab.compare.lanes import COMPONENTS, StudyLanes
from carbonlab.compare.players import find_players, name_player, union
from carbonlab.compare.reach import unreachable_shares
from carbonlab.compare.reasons import SAME_RULE, Reasons
from carbonlab.compare.shapley import dividends, largest_step, marginals, shapley_values
from carbonlab.errors import RuleError
from carbonlab.messages import message
from carbonlab.provenance import canonical_json
from carbonlab.results.schema import CANCELLATION, IMPACT_UNIT
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study import Study

TOGETHER = " × "
"""Between the players of an interaction."""
MOST_SLOTS = len(SLOTS)

_LONG_NAMES = {
    "baseline_total": "carbon footprint under the baseline",
    "alternative_total": "carbon footprint under the alternative",
    "difference": "alternative less baseline",
    "shapley": "part of the difference that each slot makes (exact Shapley value)",
    "shapley_by_component": "the same, by component of the footprint",
    "from_baseline": "change when this slot alone is taken from the alternative",
    "from_alternative": "change that this slot makes when it is taken from the alternative last",
    "interaction": "what slots move only together, beyond what fewer of them move",
}


def attribute(
    study: Study, baseline: RuleSet | str, alternative: RuleSet | str, *, lanes: StudyLanes | None = None
) -> xr.Dataset:
    """Decompose the difference between two rule sets into the slots that make it.

    Parameters
    ----------
    study : Study
        The products; its own rule sets play no part.
    baseline, alternative : RuleSet or str
        The two sides, or keys or paths of them.
    lanes : StudyLanes, optional
        Evaluations of the same study to share work with.

    Returns
    -------
    xarray.Dataset
        ``difference``, ``shapley`` (product, player) with the same by component, ``from_baseline``,
        ``from_alternative``, ``interaction`` (product, group), the ``reason`` why a slot moves nothing, and
        ``unreachable``: the share of the baseline that a slot cannot reach, because the data supplier decided
        it already. [kg CO2e per unit of analysis]

    Raises
    ------
    RuleError, RefusedError, SolveError
        If one of the two sides cannot be computed at all. Where a hybrid in between cannot be, its slots
        become one player.

    Examples
    --------
    >>> from carbonlab.rules.rulefile import load_rule_set
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> inventory, default = load_teaching_inventory(), load_rule_set("default")
    >>> study = Study.of(inventory, inventory.column("processes", "id")[0])
    >>> float(attribute(study, default, default)["difference"].sum())
    0.0
    """
    baseline, alternative = find_rule_set(baseline), find_rule_set(alternative)
    lanes = lanes or StudyLanes(study)
    hybrids = evaluate_hybrids(lanes, baseline, alternative)
    games = [_Game(hybrids, position) for position in range(len(study.units))]
    players = [slot.key for slot in SLOTS]
    players += sorted({name for game in games for name in game.names} - set(players))
    groups = sorted({group for game in games for group in game.groups}, key=lambda g: (g.count(TOGETHER), g))
    result = xr.Dataset(
        {
            "baseline_total": ("product", hybrids.total[0]),
            "alternative_total": ("product", hybrids.total[-1]),
            "difference": ("product", hybrids.total[-1] - hybrids.total[0]),
            **{
                name: (("product", "player"), np.array([game.column(name, players) for game in games]))
                for name in ("shapley", "from_baseline", "from_alternative")
            },
            "shapley_by_component": (
                ("product", "player", "component"),
                np.array([game.by_component(players) for game in games]),
            ),
            "interaction": (
                ("product", "group"),
                np.array([[g.groups.get(k, 0.0) for k in groups] for g in games]),
            ),
        },
        coords={
            "product": [unit.key for unit in study.units],
            "product_name": ("product", [unit.name for unit in study.units]),
            "player": players,
            "group": np.array(groups, dtype=str),
            "component": [str(component) for component in COMPONENTS],
        },
    )
    for name, text in _LONG_NAMES.items():
        result[name].attrs = {"units": IMPACT_UNIT, "long_name": text}
    _explain_zeros(result, lanes, baseline, alternative, hybrids, games)
    failed = {name_player(hybrid, hybrids.slots): why for (hybrid, _), why in hybrids.reasons.items()}
    result.attrs = {
        "baseline": baseline.key,
        "alternative": alternative.key,
        "baseline_digest": baseline.digest,
        "alternative_digest": alternative.digest,
        "study": study.key,
        "study_digest": study.digest,
        "hybrids": len(hybrids.counted),
        "hybrids_without_number": canonical_json(failed),
    }
    return result


class _Game:
    """The attribution of one product: its players and what they move."""

    def __init__(self, hybrids: Hybrids, position: int) -> None:
        count = len(hybrids.counted)
        missing = [hybrid for (hybrid, at) in hybrids.reasons if at == position]
        self.has_number = 0 not in missing and count - 1 not in missing
        self.parts = np.full((1, len(COMPONENTS)), np.nan)
        self.players: tuple[int, ...] = ()
        if self.has_number:
            self.players = find_players(len(hybrids.slots), missing)
            subsets = range(1 << len(self.players))
            unions = [union([p for i, p in enumerate(self.players) if s >> i & 1]) for s in subsets]
            self.parts = hybrids.counted[unions, position]
        self.names = tuple(name_player(player, hybrids.slots) for player in self.players)
        total = self.parts.sum(axis=1)
        first, last = marginals(total)
        self.terms = {"shapley": shapley_values(total), "from_baseline": first, "from_alternative": last}
        self.components = shapley_values(self.parts)
        together = dividends(total)
        self.groups = {
            TOGETHER.join(self.names[i] for i in group): float(together[sum(1 << i for i in group)])
            for size in range(2, len(self.players) + 1)
            for group in combinations(range(len(self.players)), size)
        }
        scale = np.abs(self.parts).sum(axis=1).max()
        steps = largest_step(total)
        self.idle = tuple(
            name for name, step in zip(self.names, steps, strict=True) if step <= CANCELLATION * scale
        )

    def column(self, term: str, players: list[str]) -> list[float]:
        """Return a term of every player; 0 for those that are none here, NaN where there is no difference."""
        if not self.has_number:
            return [np.nan] * len(players)
        found = dict(zip(self.names, self.terms[term].tolist(), strict=True))
        return [found.get(name, 0.0) for name in players]

    def by_component(self, players: list[str]) -> np.ndarray:
        """Return the Shapley values (players, components)."""
        result = np.full((len(players), len(COMPONENTS)), 0.0 if self.has_number else np.nan)
        for name, values in zip(self.names, self.components, strict=True):
            result[players.index(name)] = values
        return result


def _explain_zeros(
    result: xr.Dataset,
    lanes: StudyLanes,
    baseline: RuleSet,
    alternative: RuleSet,
    hybrids: Hybrids,
    games: list[_Game],
) -> None:
    """Add why a slot moves nothing, which players there are, and the share that a slot cannot reach."""
    players = result["player"].values.tolist()
    words = [["" for _ in players] for _ in games]
    plays = np.array([[name in game.names for name in players] for game in games])
    before = lanes.evaluate(baseline)
    shares = unreachable_shares(lanes, before)
    idle_slots = {name for game in games for name in game.idle if name in hybrids.slots}
    reasons = {}
    for number, slot in enumerate(hybrids.slots):
        if slot in idle_slots:
            after = lanes.evaluate(hybrid_of(baseline, alternative, hybrids.slots, 1 << number))
            reasons[slot] = Reasons(lanes, slot, before, after)
    for row, game in enumerate(games):
        for place, name in enumerate(players):
            if not game.has_number:
                words[row][place] = message("reason.no_number")
            elif name in game.idle:
                words[row][place] = (
                    reasons[name].of_product(row) if name in reasons else message("reason.no_effect")
                )
            elif name not in game.names and name in hybrids.slots:
                words[row][place] = message("reason.joined")
            elif name not in game.names:
                words[row][place] = (
                    message(SAME_RULE) if name in baseline.rules else message("reason.other_player")
                )
    result["reason"] = (("product", "player"), np.array(words, dtype=str))
    result["plays"] = (("product", "player"), plays)
    columns = [shares[name] if name in shares else np.zeros(len(games)) for name in players]
    result["unreachable"] = (("product", "player"), np.array(columns).T)
    result["reason"].attrs = {"units": "", "long_name": "why a slot moves nothing"}
    result["plays"].attrs = {
        "units": "",
        "long_name": "whether the player takes part in the attribution of the product",
    }
    result["unreachable"].attrs = {
        "units": "1",
        "long_name": "share of the baseline (absolute contributions) in which the supplier decided the slot",
    }


def check_attribution(attribution: xr.Dataset) -> None:
    """Check that the terms sum to the difference, and interactions to what slots alone leave over.

    Raises
    ------
    RuleError
        If they do not: the dataset was changed.
    """
    difference = attribution["difference"]
    scale = (
        abs(attribution["baseline_total"])
        + abs(attribution["alternative_total"])
        + abs(attribution["shapley"]).sum("player")
    )
    sums = {
        "Shapley values": attribution["shapley"].sum("player", skipna=False),
        "single terms and interactions": attribution["from_baseline"].sum("player", skipna=False)
        + attribution["interaction"].sum("group"),
        "Shapley values by component": attribution["shapley_by_component"].sum(
            ("player", "component"), skipna=False
        ),
    }
    for name, total in sums.items():
        if bool((abs(total - difference) > CANCELLATION * scale).any()):
            raise RuleError(
                f"the {name} do not sum to the difference",
                why="a part of the difference would be attributed to nobody",
                remedy="attribute the difference again",
            )
