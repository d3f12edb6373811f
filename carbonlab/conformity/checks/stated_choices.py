"""Requirements that ask for a stated choice: the rule of a slot, and where it is written."""

from __future__ import annotations

from carbonlab.conformity.context import Context
from carbonlab.conformity.registry import Check, check
from carbonlab.conformity.verdicts import Outcome, met, not_met

SLOT_OF = {
    "L-03": "boundary",
    "B-04": "cut_off",
    "A-06": "recycling",
    "A-07": "recycling",
    "X-05": "land_use_change",
    "X-06": "land_use_change",
    "I-06": "characterization",
}
"""Requirement → slot whose rule has to be stated with its source."""


def choice_is_stated(slot: str) -> Check:
    """Return the check that every line of a slot's rule says where it is written."""

    def stated(context: Context) -> Outcome:
        lines = context.rules.rules[slot].lines
        silent = [line.option for line in lines if not (line.reference.source or line.reference.note)]
        if silent:
            return not_met(
                f"the rule {', '.join(silent)} of slot {slot} says neither where it is written nor "
                "why it was chosen"
            )
        return met(
            f"slot {slot}: "
            + "; ".join(
                f"{line.option} ({line.reference.source} {line.reference.clause})".replace(" )", ")")
                for line in lines
            )
        )

    return stated


for _requirement, _slot in SLOT_OF.items():
    check(_requirement)(choice_is_stated(_slot))
