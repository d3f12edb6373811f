"""Rules that two rule sets share by assumption: the text of one was not read, and the other stands in for it.

A rule file says so of a reference (``assumed_from``). Where both sides then have the same rule, no difference was
found because none could be: equal by assumption, and no result on the two standards.
"""

from __future__ import annotations

from dataclasses import dataclass

from carbonlab.messages import message
from carbonlab.rules.ruleset import Reference, RuleSet

ASSUMED = "§"
"""Mark of a difference between two rule sets of which one is taken from the other."""


@dataclass(frozen=True)
class AssumedRules:
    """Slots whose rules agree because one side was taken from the other.

    Attributes
    ----------
    name, taken_from : str
        The standard whose text was not read, and the one that stands in for it.
    slots : tuple of str
        Keys of the slots.
    """

    name: str
    taken_from: str
    slots: tuple[str, ...]


def find_assumed(first: RuleSet, second: RuleSet) -> AssumedRules | None:
    """Return which rules two rule sets share by assumption; None where they share none so.

    A rule that is known from a summary or from its text is no assumption.

    Examples
    --------
    >>> from carbonlab.rules.rulefile import load_rule_set
    >>> found = find_assumed(load_rule_set("iso-14067-2018"), load_rule_set("gbt-24067-2024"))
    >>> found.name, found.taken_from
    ('GB/T 24067-2024', 'ISO 14067:2018')
    >>> find_assumed(load_rule_set("iso-14067-2018"), load_rule_set("eu-pef-2021")) is None
    True
    """
    for taker, giver in ((first, second), (second, first)):
        found: dict[tuple[str, str], list[str]] = {}
        for slot, rule in taker.rules.items():
            if rule.value != giver.rules[slot].value:
                continue
            sources = {line.reference.source for line in giver.rules[slot].lines}
            for reference in dict.fromkeys(line.reference for line in rule.lines):
                origin = _origin(taker, reference)
                if origin in sources:
                    found.setdefault((reference.source, origin), []).append(slot)
        if found:
            (source, origin), slots = max(found.items(), key=lambda pair: len(pair[1]))
            name, other = (taker.references[key].get("name") or key for key in (source, origin))
            return AssumedRules(name, other, tuple(slots))
    return None


def _origin(rules: RuleSet, reference: Reference) -> str:
    """Return the source that a recalled rule was taken from; empty if none."""
    if reference.source_level != "recalled":
        return ""
    return rules.references.get(reference.source, {}).get("assumed_from", "")


def assumed_in_words(assumed: AssumedRules, *, mark: str = ASSUMED) -> str:
    """Return what is equal by assumption in a sentence, behind the mark that stands at the numbers, if any."""
    slots = ", ".join(message(f"slot.{slot}") for slot in assumed.slots)
    words = {"name": assumed.name, "taken_from": assumed.taken_from, "slots": slots}
    return message("cli.assumed", mark=mark, count=len(assumed.slots), **words).lstrip()
