"""The parts of a rule file: lines, references and statements, each checked where it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from carbonlab.errors import RuleError
from carbonlab.rules.dimensions import dimension_of
from carbonlab.rules.ruleset import Line, Reference, Rule, Statement, place_of_line
from carbonlab.rules.selectors import Selector

SOURCE_LEVELS = ("read", "summary", "recalled", "own")
_LINE = {"select", "option", "parameters", "reference"}
_REFERENCE = {"source", "clause", "source_level", "note"}
_STATEMENT = {"says", *_REFERENCE}


def parse_rule(slot: str, table: Any, references: Collection[str], where: str) -> Rule:
    """Return the rule of a slot.

    Raises
    ------
    RuleError
        For unknown keys, options, parameters, selectors, and missing references.
    """
    here = f"{where}, slots.{slot}"
    if not isinstance(table, dict):
        raise RuleError(
            f"slot {slot!r} is not a table", where=here, remedy="write [slots.NAME] with an option"
        )
    lines = table.get("lines", [table])
    if "lines" in table:
        check_keys(table, {"lines"}, here)
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise wrong_kind("lines", "a list of tables: [[slots.NAME.lines]]", lines, here)
    parsed = tuple(
        _line(line, references, place_of_line(here, i, len(lines))) for i, line in enumerate(lines)
    )
    try:
        return Rule(slot, parsed)
    except RuleError as error:
        raise named(error, where) from error


def _line(table: Mapping[str, Any], references: Collection[str], where: str) -> Line:
    check_keys(table, _LINE, where)
    if not isinstance(table.get("option"), str):
        raise RuleError("a line of a rule names no option", where=where, remedy='add option = "..."')
    stated = table.get("reference")
    if not isinstance(stated, dict) or not stated.get("source"):
        raise RuleError(
            "a line of a rule has no reference",
            where=where,
            why="a rule that nobody can look up cannot be verified",
            remedy="add reference = { source = ..., clause = ..., source_level = ... }",
        )
    check_keys(stated, _REFERENCE, f"{where}, reference")
    reference = _reference(stated, references, where)
    for name in ("select", "parameters"):
        if not isinstance(table.get(name, {}), dict):
            raise wrong_kind(name, "a table", table[name], where)
    try:
        selector = Selector.of(table.get("select", {}), where)
    except RuleError as error:
        raise named(error, where) from error
    return Line(str(table["option"]), selector, dict(table.get("parameters", {})), reference)


def parse_statements(
    table: Mapping[str, Any], references: Collection[str], standard: str, where: str
) -> dict[str, Statement]:
    """Return what a rule file says under ``[dimensions]``; what names no source is written in `standard`.

    Raises
    ------
    RuleError
        For unknown dimensions or keys, and statements without words, source or source level.
    """
    statements = {}
    for key, stated in table.items():
        here = f"{where}, dimensions.{key}"
        dimension_of(key, here)
        if not isinstance(stated, dict):
            raise wrong_kind(key, "a table", stated, here)
        check_keys(stated, _STATEMENT, here)
        for name, value in (("says", stated.get("says")), ("source", stated.get("source", standard))):
            if not isinstance(value, str) or not value:
                remedy = (
                    'add says = "..."'
                    if name == "says"
                    else 'name it here, or add standard = "..." at the top'
                )
                raise RuleError(
                    f"the statement has no {name}", where=here, why="nobody could verify it", remedy=remedy
                )
        reference = {"source": standard, **{name: text for name, text in stated.items() if name != "says"}}
        statements[key] = Statement(stated["says"], _reference(reference, references, here))
    return statements


def _reference(stated: Mapping[str, Any], references: Collection[str], where: str) -> Reference:
    reference = Reference(**{name: str(text) for name, text in stated.items()})
    if reference.source not in references:
        raise RuleError(
            f"the reference {reference.source!r} is not in the list of references",
            where=where,
            why="a rule that nobody can look up cannot be verified",
            remedy=f"add [references.{reference.source}] with a citation",
        )
    if reference.source_level not in SOURCE_LEVELS:
        raise RuleError(
            f"source_level is {reference.source_level!r}",
            where=where,
            why="a reader has to know whether anybody read the text",
            remedy=f"use one of {', '.join(SOURCE_LEVELS)}",
        )
    return reference


def check_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse keys that nothing would read."""
    unknown = sorted(set(table) - known)
    if unknown:
        raise RuleError(
            f"the rule file has an unknown key {unknown[0]!r}",
            where=where,
            why="what it says would be ignored",
            remedy=f"use only {', '.join(sorted(known))}",
        )


def wrong_kind(name: str, kind: str, value: object, where: str) -> RuleError:
    """Return the error on a value of the wrong kind."""
    return RuleError(
        f"{name!r} is {value!r} in the rule file",
        where=where,
        why=f"it has to be {kind}",
        remedy="look at a packaged rule set for the form",
    )


def named(error: RuleError, where: str) -> RuleError:
    """Return an error with the file in front of its place."""
    place = error.where if error.where.startswith(where) else ", ".join(filter(None, [where, error.where]))
    return RuleError(error.what, where=place, why=error.why, remedy=error.remedy)
