"""Tables of rule sets in the language of the command: the words that are put together from a key or a level."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from carbonlab.messages import has_message, message, translated
from carbonlab.rules.comparison_table import RuleTable
from carbonlab.rules.dimensions import DOCUMENTATION, REFUSED

_LEVEL = re.compile(r"(.*) \((read|summary|recalled|own)\)", re.DOTALL)
_NO_SLOT = {f"no slot: {reason}": f"rule_table.no_slot_{reason}" for reason in (REFUSED, DOCUMENTATION)}
_SAME = "the same in both: "


def shown_in_words(name: str, table: RuleTable, key: str) -> RuleTable:
    """Return a table of one rule set; `name` says which: slots, dimensions, switches, category."""
    title = message(f"rule_table.{name}", key=key) if has_message(f"rule_table.{name}") else table.title
    words: dict[str, Callable[[str], str]] = {
        "decided by": _without_slot,
        "slot": _without_slot,
        "switch": _switches,
        "item": _category_item,
    }
    as_is: Callable[[str], str] = str
    rows = tuple(
        tuple(words.get(column, as_is)(cell) for column, cell in zip(table.head, row, strict=True))
        for row in table.rows
    )
    return replace(table, title=title, rows=rows)


def diff_in_words(name: str, table: RuleTable, before: str, after: str) -> RuleTable:
    """Return a table of two rule sets; `name` is slots or dimensions."""
    head = tuple(_same_blanks(column) for column in table.head)
    leveled = (2, 4) if name == "slots" else (1, 2)
    rows = tuple(
        tuple(_levels(cell) if place in leveled else cell for place, cell in enumerate(row))
        for row in table.rows
    )
    notes = tuple(
        message("rule_table.same", slots=note.removeprefix(_SAME)) if note.startswith(_SAME) else note
        for note in table.notes
    )
    title = message(f"rule_table.against_{name}", before=before, after=after)
    return RuleTable(title, head, rows, notes)


def _same_blanks(column: str) -> str:
    """Translate a head that has a blank at its end, by which two columns of one name are told apart."""
    words = column.rstrip()
    return translated(words) + column[len(words) :]


def _levels(cell: str) -> str:
    return "; ".join(_level(part) for part in cell.split("; "))


def _level(part: str) -> str:
    found = _LEVEL.fullmatch(part)
    if not found:
        return part
    return message("rule_table.with_level", text=translated(found[1]), level=translated(found[2]))


def _without_slot(cell: str) -> str:
    return message(_NO_SLOT[cell]) if cell in _NO_SLOT else cell


def _switches(cell: str) -> str:
    first, both, second = cell.partition(" and ")
    return message("rule_table.both", first=first, second=second) if both else cell


def _category_item(cell: str) -> str:
    key = f"category_item.{cell.replace(' ', '_')}"
    return message(key) if has_message(key) else cell
