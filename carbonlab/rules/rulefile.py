"""Rule sets as TOML: values with their references; no code.

A slot is either one option for everything::

    [slots.linking]
    option = "equal_split"
    reference = { source = "own", note = "no market shares are known" }

or an ordered list of lines, the last without a selector::

    [[slots.boundary.lines]]
    select = { role = "capital_good" }
    option = "exclude"
    reference = { source = "pas2050", clause = "6.4.4", source_level = "recalled" }

    [[slots.boundary.lines]]
    option = "as_modelled"
    reference = { source = "pas2050", clause = "6", source_level = "summary" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import tomli_w

from carbonlab.atomic import new_file
from carbonlab.errors import NotFoundError, RuleError
from carbonlab.rules.ruleset import Line, Reference, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS, slot_of

SOURCE_LEVELS = ("read", "summary", "recalled", "own")
_TOP = {"key", "title", "edition", "applies_to", "base", "note", "references", "slots"}
_LINE = {"select", "option", "parameters", "reference"}


def list_rule_sets() -> tuple[str, ...]:
    """Return the keys of the packaged rule sets."""
    folder = resources.files("carbonlab.rules").joinpath("standards")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_rule_set(key: str) -> RuleSet:
    """Return a packaged rule set.

    Raises
    ------
    NotFoundError
        If there is none of that key.
    """
    if key not in list_rule_sets():
        raise NotFoundError(
            f"there is no rule set {key!r}",
            remedy=f"use one of {', '.join(list_rule_sets())}, or the path of a TOML file of your own",
        )
    file = resources.files("carbonlab.rules").joinpath("standards", f"{key}.toml")
    return parse_rule_set(file.read_text(encoding="utf-8"), f"{key}.toml")


def read_rule_set(path: str | Path) -> RuleSet:
    """Return the rule set of a TOML file of the user's own.

    Raises
    ------
    RuleError
        If the file is not a complete rule set; the message names file, key and remedy.
    """
    file = Path(path)
    try:
        return parse_rule_set(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(
            f"the rule file cannot be read: {error}",
            where=str(file),
            remedy="check path and encoding (UTF-8)",
        ) from error


def find_rule_set(key_or_path: str) -> RuleSet:
    """Return a packaged rule set by key, or one of the user's own by the path of its TOML file."""
    is_file = key_or_path.endswith(".toml")
    return read_rule_set(key_or_path) if is_file else load_rule_set(key_or_path)


def write_rule_set(rules: RuleSet, path: str | Path) -> None:
    """Write a rule set as a TOML file that `read_rule_set` gives back with the same digest."""
    slots = {
        slot.key: {"lines": [_line_table(line) for line in rules.rules[slot.key].lines]} for slot in SLOTS
    }
    table = {
        "key": rules.key,
        "title": rules.title,
        "edition": rules.edition,
        "applies_to": list(rules.applies_to),
        "base": rules.base,
        "note": rules.note,
        "references": {key: dict(entry) for key, entry in rules.references.items()},
        "slots": slots,
    }
    with new_file(path) as draft:
        draft.write_text(tomli_w.dumps(table), encoding="utf-8")


def _line_table(line: Line) -> dict[str, Any]:
    reference = {name: text for name, text in asdict(line.reference).items() if text}
    table: dict[str, Any] = {"option": line.option, "reference": {"source": "own", **reference}}
    if line.parameters:
        table["parameters"] = dict(line.parameters)
    if not line.selector.is_everything:
        table["select"] = line.selector.value
    return table


def parse_rule_set(text: str, where: str) -> RuleSet:
    """Return the rule set that a TOML text states.

    Raises
    ------
    RuleError
        For text that is no TOML, unknown keys, unknown slots or options, and missing references.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RuleError(
            f"the rule file is not valid TOML: {error}", where=where, remedy="mend the line named"
        ) from error
    _check_keys(table, _TOP, where)
    for name in ("key", "title", "slots"):
        if not table.get(name):
            raise RuleError(f"the rule file has no {name!r}", where=where, remedy=f"add {name} at the top")
    _check_top(table, where)
    references = {"own": {"citation": "carbonlab"}, **table.get("references", {})}
    slots = table["slots"]
    for slot in slots:
        slot_of(slot, where)
    rules = {
        slot.key: _rule(slot.key, slots[slot.key], references, where) for slot in SLOTS if slot.key in slots
    }
    return RuleSet(
        key=str(table["key"]),
        title=str(table["title"]),
        rules=rules,
        edition=str(table.get("edition", "")),
        references=references,
        applies_to=tuple(table.get("applies_to", ())),
        base=str(table.get("base", "")),
        note=str(table.get("note", "")),
    )


def _check_top(table: Mapping[str, Any], where: str) -> None:
    """Check the kinds of the values at the top of a rule file; texts may be numbers, as editions are."""
    for name in ("key", "title", "edition", "base", "note"):
        if not isinstance(table.get(name, ""), str | int | float):
            raise _wrong_kind(name, "text", table[name], where)
    applies_to = table.get("applies_to", [])
    if not isinstance(applies_to, list) or not all(isinstance(name, str) for name in applies_to):
        raise _wrong_kind("applies_to", "a list of names", applies_to, where)
    for name in ("references", "slots"):
        if not isinstance(table.get(name, {}), dict):
            raise _wrong_kind(name, "a table", table[name], where)
    for key, entry in table.get("references", {}).items():
        if not isinstance(entry, dict) or not entry.get("citation"):
            raise RuleError(
                f"the reference {key!r} has no citation",
                where=where,
                why="nobody could look it up",
                remedy=f'add citation = "..." under [references.{key}]',
            )


def _wrong_kind(name: str, kind: str, value: object, where: str) -> RuleError:
    return RuleError(
        f"{name!r} is {value!r} in the rule file",
        where=where,
        why=f"it has to be {kind}",
        remedy="look at a packaged rule set for the form",
    )


def _rule(slot: str, table: Mapping[str, Any], references: Mapping[str, Any], where: str) -> Rule:
    here = f"{where}, slots.{slot}"
    if not isinstance(table, dict):
        raise RuleError(
            f"slot {slot!r} is not a table", where=here, remedy="write [slots.NAME] with an option"
        )
    lines = table.get("lines", [table])
    if "lines" in table:
        _check_keys(table, {"lines"}, here)
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise _wrong_kind("lines", "a list of tables: [[slots.NAME.lines]]", lines, here)
    return Rule(slot, tuple(_line(line, references, f"{here}, line {i + 1}") for i, line in enumerate(lines)))


def _line(table: Mapping[str, Any], references: Mapping[str, Any], where: str) -> Line:
    _check_keys(table, _LINE, where)
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
    _check_keys(stated, {"source", "clause", "source_level", "note"}, f"{where}, reference")
    reference = Reference(**{name: str(text) for name, text in stated.items()})
    if reference.source not in references:
        raise RuleError(
            f"the reference {reference.source!r} is not in the list of references",
            where=where,
            remedy=f"add [references.{reference.source}] with a citation",
        )
    if reference.source_level not in SOURCE_LEVELS:
        raise RuleError(
            f"source_level is {reference.source_level!r}",
            where=where,
            remedy=f"use one of {', '.join(SOURCE_LEVELS)}",
        )
    for name in ("select", "parameters"):
        if not isinstance(table.get(name, {}), dict):
            raise _wrong_kind(name, "a table", table[name], where)
    selector = Selector.of(table.get("select", {}), where)
    return Line(str(table["option"]), selector, dict(table.get("parameters", {})), reference)


def _check_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise RuleError(
            f"the rule file has an unknown key {unknown[0]!r}",
            where=where,
            why="what it says would be ignored",
            remedy=f"use only {', '.join(sorted(known))}",
        )
