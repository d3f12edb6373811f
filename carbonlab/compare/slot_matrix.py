"""How much each slot can move each product of a study: its neutral rule against every rule that applies.

A slot matters for a product if some rule of it gives another number than the neutral one, the other slots
unchanged. The rules tried are those of all rule sets at hand, every option that needs no parameters, and the
usual parameters of some that do (`USUAL`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from carbonlab.compare.lanes import StudyLanes
from carbonlab.compare.movement import describe_rule
from carbonlab.errors import CarbonlabError, RuleError
from carbonlab.results.schema import IMPACT_UNIT
from carbonlab.rules.registry import list_options
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.slots import SLOTS, Slot
from carbonlab.system.study import Study

MATTERS = 1e-3
"""Share of the footprint that a slot has to move to matter: what four printed digits show."""

USUAL = (
    ("electricity", Line("losses", parameters={"losses": 0.05, "where": "everywhere"})),
    ("cut_off", Line("by_mass", parameters={"item": 0.01, "total": 0.05})),
    ("cut_off", Line("by_impact", parameters={"item": 0.01, "total": 0.05})),
    ("timing", Line("pas2050", parameters={"in_total": True})),
    ("timing", Line("dynamic", parameters={"in_total": True})),
    ("aviation", Line("multiplier", parameters={"factor": 1.9})),
    ("land_use_change", Line("equal", parameters={"years": 20})),
    ("land_use_change", Line("declining", parameters={"years_since": 5})),
)
"""Rules that need parameters, with values that standards and guides use; the aviation factor is that of the UK
conversion factors before 2024 (recalled). They are tried, not recommended."""


ONLY_OF_A_PART = {("boundary", "exclude")}
"""Options that mean something for what a selector catches only: of everything, they leave nothing."""


@dataclass(frozen=True)
class Alternative:
    """A rule that a slot could have, and where it comes from."""

    slot: str
    rule: Rule
    label: str


def alternatives(rule_sets: Iterable[RuleSet], base: RuleSet) -> list[Alternative]:
    """Return the rules that are tried in each slot, each once, in the order of the stages.

    Parameters
    ----------
    rule_sets : iterable of RuleSet
        Whose rules are tried.
    base : RuleSet
        Decides the other slots; an option that it cannot take is left out.
    """
    given = list(rule_sets)
    found: list[Alternative] = []
    for slot in SLOTS:
        neutral = neutral_rule(base, slot)
        known = {str(neutral.value)}
        candidates = [(rules.rules[slot.key], rules.key) for rules in given]
        candidates += [(Rule(slot.key, (line,)), "") for key, line in USUAL if key == slot.key]
        plain = [key for key in list_options(slot.key) if (slot.key, key) not in ONLY_OF_A_PART]
        candidates += [(Rule(slot.key, (Line(key),)), "") for key in plain]
        for rule, key in candidates:
            if str(rule.value) in known or not _is_complete(base, rule):
                continue
            known.add(str(rule.value))
            text = describe_rule(rule)
            found.append(Alternative(slot.key, rule, f"{text} [{key}]" if key else text))
    return found


def neutral_rule(base: RuleSet, slot: Slot) -> Rule:
    """Return the neutral rule of a slot; what a base says of the same option, such as a factor set, is kept."""
    own = base.rules[slot.key]
    if len(own.lines) == 1 and own.lines[0].option == slot.neutral:
        return own
    return Rule(slot.key, (Line(slot.neutral),))


def _is_complete(base: RuleSet, rule: Rule) -> bool:
    try:
        base.replace(**{rule.slot: rule})
    except RuleError:
        return False
    return True


def move_each_slot(
    study: Study,
    *,
    rule_sets: Sequence[RuleSet] = (),
    base: RuleSet | str = "default",
    lanes: StudyLanes | None = None,
) -> xr.Dataset:
    """Return the largest movement of each product by each slot.

    Parameters
    ----------
    study : Study
        The products; its own rule sets play no part unless they are handed over.
    rule_sets : sequence of RuleSet
        Whose rules are tried (see `alternatives`).
    base : RuleSet or str
        Decides the slots that are not varied.
    lanes : StudyLanes, optional
        Evaluations of the same study to share work with.

    Returns
    -------
    xarray.Dataset
        ``moved`` (slot, product): footprint under the rule that moves most, less that under the neutral rule [kg
        CO2e per unit of analysis], 0 where none moves it; ``option`` (slot, product): that rule; ``apart``: the
        largest movement of what is reported apart from the total; ``total`` (slot, product): the footprint with this
        slot neutral; ``tried``, ``refused`` (slot): how many rules gave numbers, and
        how many could not be computed.
    """
    rules = find_rule_set(base)
    lanes = lanes or StudyLanes(study)
    size = (len(SLOTS), len(study.units))
    moved, apart, total = np.zeros(size), np.zeros(size), np.zeros(size)
    option = np.full(size, "", object)
    tried, refused = np.zeros(len(SLOTS), np.int64), np.zeros(len(SLOTS), np.int64)
    every = alternatives(rule_sets, rules)
    for place, slot in enumerate(SLOTS):
        neutral = rules.replace(**{slot.key: neutral_rule(rules, slot)})
        before = lanes.answer(neutral)
        total[place] = before.total
        for one in (found for found in every if found.slot == slot.key):
            try:
                after = lanes.answer(neutral.replace(**{slot.key: one.rule}))
            except (
                CarbonlabError
            ):  # a rule for other data: it names what this study has not, or refuses to decide
                refused[place] += 1
                continue
            tried[place] += 1
            change = np.nan_to_num(after.total - before.total)
            is_larger = np.abs(change) > np.abs(moved[place])
            moved[place] = np.where(is_larger, change, moved[place])
            option[place, is_larger] = one.label
            beside = np.nan_to_num(after.apart.sum(axis=1) - before.apart.sum(axis=1))
            apart[place] = np.where(np.abs(beside) > np.abs(apart[place]), beside, apart[place])
    rounding = np.abs(moved) <= 1e-9 * np.abs(total)
    moved[rounding], option[rounding] = 0.0, ""
    return _dataset(study, rules, moved, apart, total, option, tried, refused)


def _dataset(
    study: Study,
    base: RuleSet,
    moved: np.ndarray,
    apart: np.ndarray,
    total: np.ndarray,
    option: np.ndarray,
    tried: np.ndarray,
    refused: np.ndarray,
) -> xr.Dataset:
    result = xr.Dataset(
        {
            "moved": (("slot", "product"), moved),
            "apart": (("slot", "product"), apart),
            "total": (("slot", "product"), total),
            "option": (("slot", "product"), option.astype(str)),
            "tried": ("slot", tried),
            "refused": ("slot", refused),
        },
        {
            "slot": [slot.key for slot in SLOTS],
            "product": [unit.key for unit in study.units],
            "product_name": ("product", [unit.name for unit in study.units]),
        },
    )
    texts = {
        "moved": "largest movement of the footprint by a rule of the slot",
        "apart": "largest movement of what is reported apart",
        "total": "footprint with this slot neutral",
    }
    for name, text in texts.items():
        result[name].attrs = {"units": IMPACT_UNIT, "long_name": text}
    result["option"].attrs = {"units": "", "long_name": "rule that moves most"}
    result["tried"].attrs = {"units": "1", "long_name": "rules tried beside the neutral one"}
    result["refused"].attrs = {"units": "1", "long_name": "rules that do not fit this study"}
    result.attrs = {"study": study.key, "study_digest": study.digest, "base": base.key}
    return result


def has_moved(matrix: xr.Dataset) -> xr.DataArray:
    """Return whether each slot matters (slot, product): it moves the total by more than `MATTERS` of it."""
    return abs(matrix["moved"]) > MATTERS * abs(matrix["total"])
