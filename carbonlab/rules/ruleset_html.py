"""What a notebook shows of a rule set: slot, option, parameters, reference; HTML without script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from carbonlab.messages import message
from carbonlab.rules.registry import option_of
from carbonlab.rules.slots import SLOTS

if TYPE_CHECKING:
    from carbonlab.rules.ruleset import Line, Reference, Rule, RuleSet

LEFT = "style='text-align:left'"
"""Notebooks put cells on the right unless told otherwise."""


def ruleset_html(rule_set: RuleSet) -> str:
    """Return a rule set as a table of its slots, with the citations folded away."""
    title = f"Rule set {rule_set.key}: {rule_set.title} {rule_set.edition}".strip()
    rows = "".join(_rows(rule_set.rules[slot.key]) for slot in SLOTS)
    names = ("Slot", "For", "Option", "Reference")
    head = "".join(f"<th scope='col' {LEFT}>{name}</th>" for name in names)
    note = f"<p>{escape(rule_set.note)}</p>" if rule_set.note else ""
    return (
        f"<div class='carbonlab'><b>{escape(title)}</b>{note}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"{_citations(rule_set.references)}<small>{escape(rule_set.digest)}</small></div>"
    )


def _rows(rule: Rule) -> str:
    name = escape(message(f"slot.{rule.slot}"))
    first = f"<th scope='row' rowspan='{len(rule.lines)}' {LEFT}>{name}</th>"
    cells = [_cells(rule.slot, line) for line in rule.lines]
    return "".join(f"<tr>{first if number == 0 else ''}{cell}</tr>" for number, cell in enumerate(cells))


def _cells(slot: str, line: Line) -> str:
    summary = escape(option_of(slot, line.option).summary)
    option = f"<code title='{summary}'>{escape(line.option)}</code>"
    parameters = ", ".join(f"{name} = {value!r}" for name, value in line.parameters.items())
    said = f"<br><small>{escape(parameters)}</small>" if parameters else ""
    whom = "everything" if line.selector.is_everything else str(line.selector)
    values = (escape(whom), option + said, _reference(line.reference))
    return "".join(f"<td {LEFT}>{value}</td>" for value in values)


def _reference(reference: Reference) -> str:
    where = " ".join(part for part in (reference.source, reference.clause) if part)
    level = message(f"source_level.{reference.source_level}")
    said = [f"{where} ({level})" if where else level, reference.note]
    return "<br>".join(f"<small>{escape(part)}</small>" for part in said if part)


def _citations(references: Mapping[str, Mapping[str, str]]) -> str:
    items = "".join(
        f"<li>{escape(key)}: {escape(', '.join(str(value) for value in citation.values()))}</li>"
        for key, citation in references.items()
    )
    return f"<details><summary>References</summary><ul>{items}</ul></details>" if items else ""
