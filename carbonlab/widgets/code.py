"""Python that shows a view again: what a bench's ``to_code`` returns.

The code ends with IPython's ``display``: a notebook shows the view with it, and a script prints the view's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.teaching import load_teaching_inventory

NEUTRAL = "default"
"""Rule set under which studies are compared: a cell names its rule sets itself, those of the study do not count."""
DISPLAY = "from IPython.display import display"
"""What a cell imports for its last line."""


def shown(expression: str) -> str:
    """Return the line that shows the value of an expression in a notebook, and prints it in a script.

    Examples
    --------
    >>> shown("view")
    'display(view)'
    """
    return f"display({expression})"


def question_lines(study: Study, source: str) -> list[str]:
    """Return lines that make the variable ``study``, or take it from the notebook and check it."""
    if not _is_made_of_units(study):
        said = [f"study = {source}"] if source else [_taken("study")]
        return [
            *said,
            *_check("study", study.with_rule_sets(NEUTRAL).digest, f".with_rule_sets({NEUTRAL!r})"),
        ]
    units = ",\n        ".join(_unit(unit) for unit in study.units)
    return [
        *inventory_lines(study.databases[0], source),
        "study = cl.Study(",
        f"    key={study.key!r},",
        f"    title={study.title!r},",
        f"    units=(\n        {units},\n    ),",
        "    databases=(database,),",
        "    rule_sets=(cl.load_rule_set('default'),),",
        ")",
    ]


def code_of_view(
    study: Study,
    rule_sets: Mapping[str, tuple[RuleSet, RuleSet]],
    *,
    imports: Sequence[str],
    show: str,
    source: str,
    steps: Sequence[str] = (),
) -> str:
    """Return a cell that asks a study under some rule sets and shows a view.

    Parameters
    ----------
    study : Study
        The question; the cell has it as ``study``.
    rule_sets : mapping
        Variable of the cell → a rule set, and the one that it was made from by replacing rules.
    imports : sequence of str
        Lines that the last line needs.
    show : str
        Expression of the view.
    source : str
        Python expression that gives the inventory or study; empty for a variable.
    steps : sequence of str
        Lines before the last one.
    """
    origins = {name: _origin(rules, base) for name, (rules, base) in rule_sets.items()}
    turned = [
        rule
        for name, (rules, _) in rule_sets.items()
        for slot, rule in rules.rules.items()
        if rule != origins[name].rules[slot]
    ]
    needed = [DISPLAY, *imports, *(f"from {module} import {names}" for module, names in _imports(turned))]
    lines = ["import carbonlab as cl", *sorted(needed), "", *question_lines(study, source)]
    for name, (rules, base) in rule_sets.items():
        lines += rule_set_lines(name, rules, base)
    return "\n".join([*lines, *steps, shown(show)]) + "\n"


def rule_set_lines(name: str, rules: RuleSet, base: RuleSet) -> list[str]:
    """Return lines that make a variable with a rule set, from the package's or from one of the notebook."""
    base = _origin(rules, base)
    if _is_packaged(base):
        lines = [f"{name} = cl.load_rule_set({base.key!r})"]
    else:
        lines = [*_given(f"{name}_base", base.digest), f"{name} = {name}_base"]
    turned = [rule for slot, rule in rules.rules.items() if rule != base.rules[slot]]
    if turned:
        lines[-1] += f".replace({', '.join(f'{rule.slot}={rule_code(rule)}' for rule in turned)})"
    return lines


def _is_packaged(rules: RuleSet) -> bool:
    return rules.key in list_rule_sets() and load_rule_set(rules.key).digest == rules.digest


def _origin(rules: RuleSet, base: RuleSet) -> RuleSet:
    """Return the rule set that a cell begins with: of two that it may not have, the one of the package."""
    if not _is_packaged(base) and rules.base_key in list_rule_sets():
        packaged = load_rule_set(rules.base_key)
        turned = {change.slot: change.after for change in packaged.diff(rules)}
        again = packaged.replace(**turned) if turned else packaged
        if packaged.digest == rules.base and (again.digest, again.key) == (rules.digest, rules.key):
            return packaged  # under another name it would be labelled differently
    return base


def rule_code(rule: Rule) -> str:
    """Return Python that makes a rule."""
    return f"Rule({rule.slot!r}, ({', '.join(_line(line) for line in rule.lines)},))"


def _unit(unit: UnitOfAnalysis) -> str:
    """Return a unit of analysis without the fields that have their default."""
    said = {f.name: getattr(unit, f.name) for f in fields(unit) if getattr(unit, f.name) != f.default}
    return f"cl.UnitOfAnalysis({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _is_made_of_units(study: Study) -> bool:
    """Whether a study says no more than what is asked of one inventory."""
    prose = study.goal or study.scope or study.reference_year
    return study.foreground is None and len(study.databases) == 1 and not prose


def inventory_lines(database: Database, source: str) -> list[str]:
    """Return lines that make the variable ``database``, or take it from the notebook and check it."""
    if not source and database.digest == load_teaching_inventory().digest:
        source = "cl.load_teaching_inventory()"
    if not source:
        return _given("database", database.digest)
    return [f"database = {source}", *_check("database", database.digest)]


def _given(name: str, digest: str) -> list[str]:
    return [_taken(name), *_check(name, digest)]


def _taken(name: str) -> str:
    return f"# takes the variable `{name}` of this notebook"


def _check(name: str, digest: str, of: str = "") -> list[str]:
    refusal = f"raise ValueError('this {name} is not the one that was shown')"
    return [f"if {name}{of}.digest != {digest!r}:", f"    {refusal}"]


def _imports(turned: list[Rule]) -> list[tuple[str, str]]:
    """Return the modules and names that the rules are written with."""
    found = [("carbonlab.rules.ruleset", "Line, Rule")] if turned else []
    if any(not line.selector.is_everything for rule in turned for line in rule.lines):
        found.append(("carbonlab.rules.selectors", "Selector"))
    return found


def _line(line: Line) -> str:
    said = [repr(line.option)]
    if not line.selector.is_everything:
        said.append(f"Selector(**{line.selector.value!r})")
    if line.parameters:
        said.append(f"parameters={dict(line.parameters)!r}")
    return f"Line({', '.join(said)})"
