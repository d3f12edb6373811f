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

A product category rule derives from a base, pinned by its digest, and writes only what it changes::

    base = { key = "iso-14067-2018", digest = "blake2b-128:..." }

    [category]
    scope = "Portland cement"
    unit = "t"

What a rule book says on the dimensions in which standards are compared stands under ``[dimensions]``; see
docs/rules.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import tomli_w

from carbonlab.arguments import check_kind, checked_path, describe
from carbonlab.atomic import new_file
from carbonlab.errors import ArgumentError, NotFoundError, RuleError
from carbonlab.rules.derivation import (
    Base,
    check_base,
    check_edition,
    check_order,
    merged_references,
    parse_base,
)
from carbonlab.rules.product_category import ProductCategory, parse_category
from carbonlab.rules.rule_lines import check_keys, parse_rule, parse_statements, wrong_kind
from carbonlab.rules.ruleset import Line, Reference, RuleSet
from carbonlab.rules.slots import SLOTS, slot_of
from carbonlab.spelling import did_you_mean

_TOP = {
    "key", "title", "edition", "applies_to", "not_for", "base", "note", "standard", "references", "slots",
    "dimensions", "category",
}  # fmt: skip
_REFERENCE = {"citation", "name", "url", "numbering", "assumed_from"}


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
    check_kind(key, str, name="the key of a rule set", where="load_rule_set(key)", remedy="give it as text")
    if key not in list_rule_sets():
        raise NotFoundError(
            f"there is no rule set {key!r}",
            remedy=did_you_mean(key, list_rule_sets())
            + f"use one of {', '.join(list_rule_sets())}, or the path of a TOML file of your own",
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
    file = checked_path(path, where="read_rule_set(path)")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(
            f"the rule file cannot be read: {error}",
            where=str(file),
            remedy="check path and encoding (UTF-8)",
        ) from error
    return parse_rule_set(text, file.name, folder=file.parent)


def find_rule_set(rules: RuleSet | str) -> RuleSet:
    """Return a packaged rule set by key, one of the user's own by the path of its TOML file, or the rule set given."""
    if isinstance(rules, RuleSet):
        return rules
    if not isinstance(rules, str):
        raise ArgumentError(
            f"a rule set is needed; {describe(rules)} was given",
            remedy=f"give a RuleSet, the key of a packaged one ({', '.join(list_rule_sets())}), or the path of a "
            "rule file",
        )
    is_file = rules.endswith(".toml")
    return read_rule_set(rules) if is_file else load_rule_set(rules)


def write_rule_set(rules: RuleSet, path: str | Path) -> None:
    """Write a rule set as a TOML file that `read_rule_set` gives back with the same digest.

    The file is complete, also for a rule set that derives from another: the digest of its base is kept for
    the record.
    """
    slots = {
        slot.key: {"lines": [_line_table(line) for line in rules.rules[slot.key].lines]} for slot in SLOTS
    }
    table = {
        "key": rules.key,
        "title": rules.title,
        "edition": rules.edition,
        "applies_to": list(rules.applies_to),
        "not_for": list(rules.not_for),
        "base": rules.base,
        "note": rules.note,
        "references": {key: dict(entry) for key, entry in rules.references.items()},
        "slots": slots,
        "dimensions": {
            key: {"says": said.says, **_reference_table(said.reference)}
            for key, said in rules.dimensions.items()
        },
    }
    if rules.category:
        table["category"] = rules.category.table
    with new_file(path) as draft:
        draft.write_text(tomli_w.dumps(table), encoding="utf-8")


def _line_table(line: Line) -> dict[str, Any]:
    table: dict[str, Any] = {"option": line.option, "reference": _reference_table(line.reference)}
    if line.parameters:
        table["parameters"] = dict(line.parameters)
    if not line.selector.is_everything:
        table["select"] = line.selector.value
    return table


def _reference_table(reference: Reference) -> dict[str, str]:
    return {"source": "own", **{name: text for name, text in asdict(reference).items() if text}}


def parse_rule_set(
    text: str, where: str, *, folder: Path | None = None, deriving: tuple[Path, ...] = ()
) -> RuleSet:
    """Return the rule set that a TOML text states.

    Parameters
    ----------
    text : str
        The content of a rule file.
    where : str
        Name of the file, for messages.
    folder : Path, optional
        Where rule files that it derives from are looked for; without it, only packaged ones can be a base.
    deriving : tuple of Path
        Files that derive from this one, so that none derives from itself.

    Raises
    ------
    RuleError
        For text that is no TOML, unknown keys, slots or options, missing references, and a base that is not
        the one named.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RuleError(
            f"the rule file is not valid TOML: {error}", where=where, remedy="mend the line named"
        ) from error
    check_keys(table, _TOP, where)
    stated = parse_base(table.get("base"), where)
    for name in ("key", "title") if stated else ("key", "title", "slots"):
        if not table.get(name):
            raise RuleError(f"the rule file has no {name!r}", where=where, remedy=f"add {name} at the top")
    _check_top(table, where)
    base = _base(stated, where, folder, deriving) if stated else None
    return _rule_set(table, base, where)


def _rule_set(table: Mapping[str, Any], base: RuleSet | None, where: str) -> RuleSet:
    edition = str(table.get("edition", ""))
    own = {"own": {"citation": "carbonlab"}, **table.get("references", {})}
    references = merged_references(own, base, where) if base else own
    if base:
        check_order(edition, base, where)
    elif edition:
        check_edition(edition, where)
    slots = table.get("slots", {})
    for slot in slots:
        slot_of(slot, where)
    rules = {
        slot.key: parse_rule(slot.key, slots[slot.key], references, where)
        for slot in SLOTS
        if slot.key in slots
    }
    statements = parse_statements(
        table.get("dimensions", {}), references, str(table.get("standard", "")), where
    )
    category: ProductCategory | None = (
        parse_category(table["category"], where) if "category" in table else None
    )
    if base:
        rules, statements = {**base.rules, **rules}, {**base.dimensions, **statements}
    return RuleSet(
        key=str(table["key"]),
        title=str(table["title"]),
        rules=rules,
        edition=edition,
        references=references,
        applies_to=tuple(table.get("applies_to", base.applies_to if base else ())),
        not_for=tuple(table.get("not_for", base.not_for if base else ())),
        base=base.digest if base else str(table.get("base", "")),
        base_key=base.key if base else "",
        note=str(table.get("note", "")),
        dimensions=statements,
        category=category or (base.category if base else None),
        file=where,
    )


def _base(base: Base, where: str, folder: Path | None, deriving: tuple[Path, ...]) -> RuleSet:
    """Return the base that a file names, checked: a packaged rule set, or a file beside this one."""
    here = f"{where}, base.key"
    if not base.key.endswith(".toml"):
        try:
            found = load_rule_set(base.key)
        except NotFoundError as error:
            raise RuleError(
                f"the base {base.key!r} is not in the package",
                where=here,
                why="rules that are not written here are those of the base",
                remedy=error.remedy,
            ) from error
    else:
        path = (folder / base.key).resolve() if folder else None
        if folder is None or path is None or not path.is_relative_to(folder.resolve()):
            raise RuleError(
                f"the base {base.key!r} does not lie beside the rule file",
                where=here,
                why="a rule file reads nothing outside its own folder",
                remedy="copy the base into the folder of the file, or name a packaged rule set",
            )
        if path in deriving:
            raise RuleError(
                f"the rule set derives from itself by way of {base.key!r}",
                where=here,
                why="no file would say what the rules are",
                remedy="derive from a complete rule set",
            )
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RuleError(
                f"the base cannot be read: {error}", where=here, remedy="check path and encoding (UTF-8)"
            ) from error
        found = parse_rule_set(text, path.name, folder=folder, deriving=(*deriving, path))
    check_base(base, found, where)
    return found


def _check_top(table: Mapping[str, Any], where: str) -> None:
    """Check the kinds of the values at the top of a rule file; texts may be numbers, as editions are."""
    for name in ("key", "title", "edition", "base", "note", "standard"):
        is_base = name == "base" and isinstance(table.get(name), dict)
        if not is_base and not isinstance(table.get(name, ""), str | int | float):
            raise wrong_kind(name, "text", table[name], where)
    for name in ("applies_to", "not_for"):
        words = table.get(name, [])
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise wrong_kind(name, "a list of names", words, where)
    for name in ("references", "slots", "dimensions", "category"):
        if not isinstance(table.get(name, {}), dict):
            raise wrong_kind(name, "a table", table[name], where)
    for key, entry in table.get("references", {}).items():
        if not isinstance(entry, dict) or not entry.get("citation"):
            raise RuleError(
                f"the reference {key!r} has no citation",
                where=where,
                why="nobody could look it up",
                remedy=f'add citation = "..." under [references.{key}]',
            )
        check_keys(entry, _REFERENCE, f"{where}, references.{key}")
        _check_origin(key, table["references"], where)


def _check_origin(key: str, entries: Mapping[str, Any], where: str) -> None:
    """Check that what a text is assumed from is a reference too."""
    origin = entries[key].get("assumed_from")
    if origin is not None and (origin == key or origin not in entries):
        raise RuleError(
            f"the reference {key!r} is assumed from {origin!r}, which is no other reference",
            where=where,
            why="nobody could look up what stands in for it",
            remedy=f"add [references.{origin}], or leave assumed_from out",
        )
