"""Options of some rule slots, labelled, and the rule sets that their combinations make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from carbonlab.errors import RuleError
from carbonlab.rules.comparison_table import describe_rule
from carbonlab.rules.ruleset import Rule, RuleSet
from carbonlab.rules.slots import SLOTS, slot_of

Choices = Mapping[str, Sequence[str | Rule] | Mapping[str, str | Rule]]
"""Slot → options: keys of options, or rules; a mapping gives each a label of its own."""
Options = Mapping[str, Mapping[str, str | Rule]]
"""Slot → label → option."""


def label_choices(base: RuleSet, choices: Choices) -> dict[str, dict[str, str | Rule]]:
    """Return the choices with a label for each option, slots in the order of stages.

    Raises
    ------
    RuleError
        If a slot does not exist or has no choice, or two of its choices have the same label.
    """
    for slot in choices:
        slot_of(slot, "rule space")
    found: dict[str, dict[str, str | Rule]] = {}
    for slot in (slot.key for slot in SLOTS if slot.key in choices):
        given = choices[slot]
        if isinstance(given, Mapping):
            found[slot] = dict(given)
        else:
            labels = [describe_rule(option) if isinstance(option, Rule) else option for option in given]
            found[slot] = dict(zip(labels, given, strict=True))
        if not given or len(found[slot]) < len(given):
            raise RuleError(
                f"the choices of slot {slot!r} are none, or two of them have the same label",
                where="rule space",
                why="combinations could not be told apart",
                remedy="give a mapping of labels to options",
            )
        for option in found[slot].values():
            base.replace(**{slot: option})
    return found


def combinations_of(base: RuleSet, options: Options) -> Iterator[tuple[tuple[int, ...], RuleSet]]:
    """Yield every combination and its place; the first stages change slowest, so that neighbors share most
    work. Each has a key of its own.
    """
    for chosen in product(*(list(enumerate(labels.items())) for labels in options.values())):
        place = tuple(number for number, _ in chosen)
        changed = base.replace(**dict(zip(options, (option for _, (_, option) in chosen), strict=True)))
        labels = (f"{slot}={label}" for slot, (_, (label, _)) in zip(options, chosen, strict=True))
        yield place, replace(changed, key="+".join([base.key, *labels]))
