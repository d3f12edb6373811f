"""What two rule sets say where they differ, and where it is written: beside a difference between them."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from carbonlab.compare.movement import clause_of
from carbonlab.errors import RuleError
from carbonlab.messages import message
from carbonlab.report.export import Column, Table
from carbonlab.report.wording import slot_words
from carbonlab.rules.ruleset import Rule, RuleSet
from carbonlab.widgets.rule_set_words import rule_in_words, rule_set_in_words


def sides_of(attribution: xr.Dataset, rule_sets: Sequence[RuleSet]) -> tuple[RuleSet, RuleSet]:
    """Return baseline and alternative, after a look at whether they are those of the attribution.

    Raises
    ------
    RuleError
        If they are not.
    """
    asked = [attribution.attrs[f"{side}_digest"] for side in ("baseline", "alternative")]
    if [rules.digest for rules in rule_sets] != asked:
        raise RuleError(
            "these rule sets are not the two that were compared",
            where=", ".join(rules.key for rules in rule_sets),
            why="clauses of other rules would stand beside the numbers",
            remedy="hand over the baseline and the alternative of the attribution, in this order",
        )
    baseline, alternative = rule_sets
    return baseline, alternative


def titles_of_sides(baseline: RuleSet, alternative: RuleSet) -> dict[str, str]:
    """Return the titles of both, with the rules that were turned since."""
    return {
        message("widget.baseline"): rule_set_in_words(baseline),
        message("widget.alternative"): rule_set_in_words(alternative),
    }


def differing_rules(baseline: RuleSet, alternative: RuleSet) -> tuple[Table, ...]:
    """Return a table of the slots in which they differ: option and clause of both; none where they do not differ."""
    changes = baseline.diff(alternative)
    if not changes:
        return ()
    columns = [Column(message("bench.rule"), tuple(slot_words(one.slot) for one in changes))]
    for side, rules, said in (
        ("baseline", baseline, [one.before for one in changes]),
        ("alternative", alternative, [one.after for one in changes]),
    ):
        name = message(f"widget.{side}")
        columns += [
            Column(name, tuple(rule_in_words(rule) for rule in said)),
            Column(f"{name}: {message('bench.clause')}", tuple(_clauses(rules, rule) for rule in said)),
        ]
    return (Table(message("bench.rules_of_sides"), tuple(columns)),)


def _clauses(rules: RuleSet, rule: Rule) -> str:
    return "; ".join(dict.fromkeys(filter(None, (clause_of(rules, line) for line in rule.lines))))
