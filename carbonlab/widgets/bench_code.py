"""Python that shows again what a rules bench shows."""

from __future__ import annotations

from collections.abc import Sequence

from carbonlab.messages import message
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.code import code_of_view

Side = tuple[RuleSet, RuleSet]
"""A rule set, and the one that it was made from by replacing rules."""


def code_of_bench(
    study: Study,
    baseline: Side,
    alternative: Side,
    *,
    shown: str,
    product: str,
    interaction: str,
    slots: Sequence[str],
    part: str,
    one_run: bool,
    rule_sets: Sequence[RuleSet] = (),
    source: str = "",
) -> str:
    """Return a cell that shows the two sides, the waterfall, the matrix or the words of a bench.

    Parameters
    ----------
    study : Study
        The question.
    baseline, alternative
        The two sides.
    shown : str
        ``sides``, ``waterfall``, ``matrix`` or ``words``.
    part, one_run
        See `carbonlab.widgets.views.comparison_view`.
    product, interaction, slots
        See the functions of `carbonlab.widgets.rule_views`.
    rule_sets : sequence of RuleSet
        Columns of the matrix.
    source : str
        Python expression that gives the inventory or study; empty for a variable.
    """
    sides = {"baseline": baseline, "alternative": alternative}
    if shown == "sides":
        imports = ["from carbonlab.widgets import comparison_view"]
        show = (
            "comparison_view(cl.calculate(study, baseline), cl.calculate(study, alternative), "
            f"part={part!r}, one_run={one_run})"
        )
    elif shown == "waterfall":
        imports = ["from carbonlab.compare import attribute", "from carbonlab.widgets import waterfall_view"]
        show = (
            "waterfall_view(attribute(study, baseline, alternative), study, "
            f"product={product!r}, interaction={interaction!r}, rule_sets=(baseline, alternative))"
        )
    elif shown == "matrix":
        imports = ["from carbonlab.widgets import matrix_view"]
        names, sides = _named(rule_sets, sides)
        base = baseline[0].key
        at = f", baseline={base!r}" if any(rules.key == base for rules in rule_sets) else ""
        show = f"matrix_view(cl.calculate(study.with_rule_sets({', '.join(names)})), study{at})"
    else:
        imports = ["from carbonlab.compare import explain", "from carbonlab.widgets import words_view"]
        said = ", ".join(
            f"{side_name(name, rules)!r}: explain(study, {name}, product={product!r})"
            for name, (rules, _) in sides.items()
        )
        show = f"words_view({{{said}}}, study, product={product!r}, slots={tuple(slots)!r})"
    return code_of_view(study, sides, imports=imports, show=show, source=source)


def side_name(side: str, rules: RuleSet) -> str:
    """Return what a side is called: baseline or alternative, and its rule set."""
    return f"{message(f'widget.{side}')}: {rules.key}"


def _named(rule_sets: Sequence[RuleSet], sides: dict[str, Side]) -> tuple[list[str], dict[str, Side]]:
    """Return how the columns of a matrix are written, and the variables that this needs."""
    needed: dict[str, Side] = {}
    names = []
    for number, rules in enumerate(rule_sets):
        name = next((name for name, (made, _) in sides.items() if made == rules), "")
        if name:
            needed[name] = sides[name]
        elif rules.key in list_rule_sets() and load_rule_set(rules.key).digest == rules.digest:
            name = repr(rules.key)
        else:
            name = f"rule_set_{number}"
            needed[name] = (rules, rules)
        names.append(name)
    return names, needed
