"""What a rule set is called in a sentence: its title, and the rules that were turned since."""

from __future__ import annotations

from carbonlab.messages import message, translated
from carbonlab.report.wording import option_words, slot_words
from carbonlab.rules.parameter_words import parameter_in_words
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import Rule, RuleSet


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
    turned = [
        f"{slot_words(one.slot)}: {rule_in_words(one.after)}" for one in load_rule_set(root).diff(rules)
    ]
    if not turned:  # another question, such as a what-if
        return f"{title} ({rules.key})"
    return message("breakdown.turned", rules=title, turned="; ".join(turned))


def rule_in_words(rule: Rule) -> str:
    """Return the options of a rule with their parameters, one line after the other."""
    said = []
    for line in rule.lines:
        words = option_words(rule.slot, line.option)
        given = [parameter_in_words(name, value) for name, value in line.parameters.items()]
        words = ", ".join([words, *given])
        said.append(words if line.selector.is_everything else f"{line.selector} → {words}")
    return "; ".join(said)
