"""``carbonlab check STUDY --label VALUE``: does a label's number come out again, and if not, what would give it."""

from __future__ import annotations

import argparse

from carbonlab.cli.output import number, say, say_json, say_table, tell
from carbonlab.compare.label import LabelCheck, Tried, check_label
from carbonlab.messages import message, shown_name
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets, load_rule_set
from carbonlab.system.study import Study

NOT_CONFIRMED = 4
LISTED = 12
"""Rules that are listed; more give the number where it has few digits."""


def check_number(given: argparse.Namespace, study: Study) -> int:
    """Check the number of a label, show what was found, and return the exit code."""
    rules = find_rule_set(given.rules or given.against or study.rule_sets[0])
    tell(message("label.trying"))
    found = check_label(
        study,
        given.label,
        product=given.product,
        rule_set=rules,
        others=[load_rule_set(key) for key in list_rule_sets()],
    )
    if given.json:
        say_json(found.as_data())
    else:
        show(found)
    return 0 if found.agrees else NOT_CONFIRMED


def show(found: LabelCheck) -> None:
    """Print the stated and the recalculated number, and what would give the stated one."""
    say(f"{shown_name(found.name)}, {found.amount:g} {found.unit}".rstrip())
    say(message("label.stated", value=f"{found.stated:.10g}", rounding=f"{found.rounding:g}"))
    if not found.status.has_number:
        say(
            message("label.without_number", rule_set=found.rule_set, status=message(f"status.{found.status}"))
        )
    else:
        say(message("label.recalculated", rule_set=found.rule_set, value=f"{found.recalculated:.10g}"))
        share = f"{100 * found.difference / abs(found.recalculated):+.2f} %" if found.recalculated else "–"
        say(message("label.difference", value=f"{found.difference:+.4g}", share=share))
    say()
    if found.agrees:
        say(message("label.agrees"))
    elif found.giving:
        say(message("label.giving", count=len(found.giving), tried=found.tried))
        _list(found.giving)
    else:
        say(message("label.none_gives", tried=found.tried))
        _list(found.nearest)
    if not found.agrees and found.without_number:
        say(message("label.without", count=found.without_number))
    say(message("label.limits"))


def _list(tried: tuple[Tried, ...]) -> None:
    head = ["kg CO2e", message("cli.rule_set_head"), message("report.slot"), message("label.rule")]
    rows = [
        [number(one.total), one.rule_set, message(f"slot.{one.slot}") if one.slot else "", one.rule]
        for one in tried[:LISTED]
    ]
    say_table(head, rows)
    if len(tried) > LISTED:
        say(message("label.more", count=len(tried) - LISTED))
