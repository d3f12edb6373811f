"""Lines of a rule that select nothing: a typing error, or a product that this inventory does not have."""

from __future__ import annotations

from carbonlab.inventory.records import Finding
from carbonlab.rules.ruleset import RuleSet, place_of_line
from carbonlab.rules.slots import SLOTS
from carbonlab.rules.work import Work


def idle_lines(work: Work, rule_set: RuleSet) -> tuple[Finding, ...]:
    """Return a finding for each line with a selector that caught nothing: rule set, slot and line."""
    return tuple(
        Finding(
            code="rule_line_caught_nothing",
            detail=f"{place_of_line(f'{rule_set.place}, slots.{slot.key}', number, len(lines))}: "
            f"{line.selector} → {line.option}",
        )
        for slot in SLOTS
        for lines in [rule_set.rules[slot.key].lines]
        for number, line in enumerate(lines)
        if not line.selector.is_everything and work.caught.get((slot.key, number)) == 0
    )
