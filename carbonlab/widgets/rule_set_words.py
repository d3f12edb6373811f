"""What a rule set is called in a sentence: its title, and the rules that were turned since."""

from __future__ import annotations

from typing import Any

from carbonlab.messages import has_message, message, translated
from carbonlab.report.wording import option_words, slot_words
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import Rule, RuleSet

SHARES = ("item", "total", "share")
"""Parameters that are shares of one."""


def rule_set_in_words(rules: RuleSet) -> str:
    """Return the title of a rule set, with every rule that differs from the packaged one that it was made of.

    Two rule sets of the same title are told apart by it; where nothing packaged is known, by the key.

    Examples
    --------
    >>> turned = load_rule_set("default").replace(multifunctionality="price")
    >>> rule_set_in_words(turned)  # doctest: +NORMALIZE_WHITESPACE
    'carbonlab default with Multifunctionality: shares by revenue (price), biogenic carbon follows the
    content of each product'
    """
    title = translated(rules.title) or rules.key
    root = rules.key.partition("+")[0]
    if root == rules.key:
        return title
    if root not in list_rule_sets():
        return f"{title} ({rules.key})"
    turned = [f"{slot_words(one.slot)}: {_in_words(one.after)}" for one in load_rule_set(root).diff(rules)]
    if not turned:  # another question, such as a what-if
        return f"{title} ({rules.key})"
    return message("breakdown.turned", rules=title, turned="; ".join(turned))


def _in_words(rule: Rule) -> str:
    """Return the options of a rule with their parameters, one line after the other."""
    said = []
    for line in rule.lines:
        words = option_words(rule.slot, line.option)
        given = [parameter_in_words(name, value) for name, value in line.parameters.items()]
        words = ", ".join([words, *given])
        said.append(words if line.selector.is_everything else f"{line.selector} → {words}")
    return "; ".join(said)


def parameter_in_words(name: str, value: Any) -> str:
    """Return a parameter of an option in words of the field; symbols of formulas stay what they are.

    Examples
    --------
    >>> parameter_in_words("item", 0.01)
    'each at most 1 %'
    >>> parameter_in_words("bases", ["mass", "price"])
    'in the order mass, revenue'
    >>> parameter_in_words("R1", 0.2)
    'R1 = 0.2'
    """
    words = (
        f"{100 * value:g} %" if name in SHARES and isinstance(value, int | float) else _value_in_words(value)
    )
    key = f"parameter.{name}"
    return (
        message(key, value=words) if has_message(key) else message("parameter.other", name=name, value=words)
    )


def _value_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return message(f"parameter_value.{'yes' if value else 'no'}")
    if isinstance(value, list | tuple):
        return ", ".join(_value_in_words(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value_in_words(one)}" for key, one in value.items())
    for group in ("parameter_value", "stage"):
        if has_message(f"{group}.{value}"):
            return message(f"{group}.{value}")
    return f"{value:g}" if isinstance(value, float) else str(value)
