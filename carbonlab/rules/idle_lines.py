"""Lines of a rule that select nothing: a typing error, or a product that this inventory does not have."""

from __future__ import annotations

from carbonlab.inventory.records import Finding
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.rules.work import Work


def idle_lines(work: Work, rule_set: RuleSet) -> tuple[Finding, ...]:
    """Return a finding for each line with a selector that caught nothing: rule set, slot and line."""
    return tuple(
        Finding(
            code="rule_line_caught_nothing",
            detail=f"{rule_set.place}, slots.{slot.key}, line {number + 1}: {line.selector} → {line.option}",
        )
        for slot in SLOTS
        for number, line in enumerate(rule_set.rules[slot.key].lines)
        if not line.selector.is_everything and work.caught.get((slot.key, number)) == 0
    )
