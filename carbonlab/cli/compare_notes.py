"""What has to stand beside the numbers of ``carbonlab compare``: rules without effect, and what was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carbonlab.compare.lanes import StudyLanes
from carbonlab.messages import message
from carbonlab.rules.ruleset import RuleSet

WITHOUT_EFFECT = "‡"
"""Mark of a rule set whose recycling formula computes nothing in this study."""
NO_MATERIAL = "recycling_no_material"


@dataclass(frozen=True)
class CutShare:
    """What a cut-off takes of a product: at most `share` of the absolute contributions; `limit` is the rule's."""

    rule_set: str
    product: str
    share: float
    limit: float


def has_idle_formula(lanes: StudyLanes, rules: RuleSet) -> bool:
    """Whether a recycling formula finds no material: its parameters are missing, and it moves nothing."""
    return any(finding.code == NO_MATERIAL for finding in lanes.evaluate(rules).system.work.findings)


def shares_cut(lanes: StudyLanes, rules: RuleSet) -> list[CutShare]:
    """Return what the cut-off of a rule set takes of every product that has a number; empty without a cut-off."""
    rule = rules.rules["cut_off"]
    if not rule.needs_reference:
        return []
    system = lanes.evaluate(rules).system
    has_number = [status.has_number for status in lanes.answer(rules).status]
    found: list[CutShare] = []
    for bill in system.work.bills:
        if bill.slot != "cut_off" or bill.lost is None:
            continue
        limit = float(rule.lines[bill.line].parameters["total"])
        found += [
            CutShare(rules.key, unit.key, float(bill.lost[column]), limit)
            for unit, column, asked in zip(lanes.study.units, lanes.columns, has_number, strict=True)
            if asked
        ]
    return found


def notes(lanes: StudyLanes, rule_sets: Sequence[RuleSet]) -> list[str]:
    """Return the sentences that belong under a comparison."""
    lines = [
        f"{WITHOUT_EFFECT} {message('cli.without_effect', rule_set=rules.key)}"
        for rules in rule_sets
        if has_idle_formula(lanes, rules)
    ]
    for rules in rule_sets:
        for cut in shares_cut(lanes, rules):
            key = "cli.cut_above" if cut.share > cut.limit * (1 + 1e-6) else "cli.cut_within"
            words = {"share": f"{100 * cut.share:.2g}", "limit": f"{100 * cut.limit:g}"}
            lines.append(message(key, rule_set=cut.rule_set, product=cut.product, **words))
    return lines
