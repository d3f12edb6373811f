"""Rule sets as tables: what one says, and in what two differ, slot by slot and dimension by dimension.

A table is data (title, head, rows of text) with a text form for terminals and an HTML form for notebooks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from carbonlab.display.card import STYLE
from carbonlab.display.width import fill, text_width, wrap_text
from carbonlab.messages import message, translated
from carbonlab.rules.dimensions import DIMENSIONS, DOCUMENTATION, REFUSED, SWITCHES
from carbonlab.rules.parameter_words import option_in_words, parameter_in_words
from carbonlab.rules.slots import SLOTS

if TYPE_CHECKING:  # rule sets show themselves as tables, so the import goes the other way
    from carbonlab.rules.ruleset import Line, Reference, Rule, RuleSet

WIDTH = 110
"""Columns of a terminal, where none is asked for."""
OF_KEYS = {"slot", "key", "switch", "decided by", "derives from"}
"""Heads of columns that hold keys: what a command or a file takes is the same in every language."""
_NARROWEST = 14


@dataclass(frozen=True)
class RuleTable:
    """A table of texts.

    Attributes
    ----------
    title : str
        What is shown.
    head : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        Cells.
    notes : tuple of str
        Lines below the table.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def records(self) -> list[dict[str, str]]:
        """The rows as one mapping each, for data frames and JSON."""
        return [dict(zip(self.head, row, strict=True)) for row in self.rows]

    def in_language(self) -> RuleTable:
        """Return the table with heads, and packaged sentences in its cells, in the chosen language."""
        return RuleTable(
            translated(self.title),
            tuple(map(translated, self.head)),
            tuple(
                tuple(
                    cell if name in OF_KEYS else translated(cell)
                    for name, cell in zip(self.head, row, strict=True)
                )
                for row in self.rows
            ),
            tuple(map(translated, self.notes)),
        )

    def text(self, width: int = WIDTH) -> str:
        """Return the table for a terminal of so many columns; long cells are wrapped."""
        return self.in_language()._text(width)

    def _text(self, width: int) -> str:
        widths = _widths([self.head, *self.rows], width)
        lines = [*wrap_text(self.title, width), ""]
        if self.rows:
            lines += [_join(self.head, widths), _join(["-" * w for w in widths], widths)]
        for row in self.rows:
            cells = [wrap_text(cell, max(w, 1)) for cell, w in zip(row, widths, strict=True)]
            height = max(map(len, cells))
            lines += [
                _join([cell[n] if n < len(cell) else "" for cell in cells], widths) for n in range(height)
            ]
        if self.notes:
            lines += [
                "",
                *(
                    _indented(part, n)
                    for note in self.notes
                    for n, part in enumerate(wrap_text(note, width - 2))
                ),
            ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.in_language()._html()

    def _html(self) -> str:
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in self.head)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows
        )
        notes = "".join(f"<div class='remark'>{escape(note)}</div>" for note in self.notes)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.rows else ""
        folded = f"<details open><summary>{escape(self.title)}</summary>{table}</details>"
        return f"<div class='carbonlab carbonlab-card'>{STYLE}{folded}{notes}</div>"


# -- one rule set ----------------------------------------------------------------------------------


def list_table(rule_sets: Sequence[RuleSet]) -> RuleTable:
    """Return the rule sets with editions, what they derive from and which products they are for."""
    rows = [
        (
            rules.key,
            rules.edition,
            rules.title,
            rules.base_key or "-",
            ", ".join(rules.applies_to) or "all products",
        )
        for rules in rule_sets
    ]
    return RuleTable(
        "Rule sets in the package", ("key", "edition", "title", "derives from", "for"), tuple(rows)
    )


def show_table(rules: RuleSet, *, in_words: bool = False) -> RuleTable:
    """Return slot by slot what the rule is and where it is written; one row per line of a rule.

    By keys, which are the same in every language and those of rule files, or in words with the keys behind them.
    """
    rows = []
    for slot in SLOTS:
        for number, line in enumerate(rules.rules[slot.key].lines):
            name = _name(slot.key, in_words) if number == 0 else ""
            said = line_in_words(slot.key, line) if in_words else describe_line(line)
            rows.append((name, said, *_written(rules, line.reference)))
    return RuleTable(
        heading(rules), ("slot", "rule", "written in", "level", "in our words"), tuple(rows), _notes(rules)
    )


def dimension_table(rules: RuleSet) -> RuleTable:
    """Return what the rule set says about each of the 22 dimensions, and which slot decides it here."""
    rows = []
    for dimension in DIMENSIONS:
        said = rules.dimensions.get(dimension.key)
        words = (said.says, *_written(rules, said.reference)) if said else ("not stated", "", "", "")
        rows.append((str(dimension.number), dimension.title, _deciding(rules, dimension.decided_by), *words))
    head = ("no.", "dimension", "decided by", "the rule book, in our words", "written in", "level", "note")
    return RuleTable(f"Dimensions: {rules.key}", head, tuple(rows))


def switch_table(rules: RuleSet) -> RuleTable:
    """Return the 12 switches, the slot that turns each and how it stands."""
    rows = []
    for switch, slot in SWITCHES.items():
        stands = "forbidden" if slot == REFUSED else describe_rule(rules.rules[slot])
        rows.append((switch, "no slot: refused" if slot == REFUSED else slot, stands))
    return RuleTable(f"Switches: {rules.key}", ("switch", "slot", "stands at"), tuple(rows))


def category_table(rules: RuleSet) -> RuleTable:
    """Return what a product category rule states besides accounting; no rows for other rule sets."""
    stated: Mapping[str, Any] = rules.category.table if rules.category else {}
    rows = [
        (name.replace("_", " "), "; ".join(value) if isinstance(value, list) else str(value))
        for name, value in stated.items()
    ]
    return RuleTable(f"Product category: {rules.key}", ("item", "stated"), tuple(rows))


# -- two rule sets ---------------------------------------------------------------------------------


def diff_table(before: RuleSet, after: RuleSet, *, in_words: bool = False) -> RuleTable:
    """Return what differs between two rule sets, and where each side is written; no rows if nothing does.

    By keys or in words, as in `show_table`.
    """
    changes = before.diff(after)
    describe = rule_in_words if in_words else describe_rule
    rows = [
        (
            _name(change.slot, in_words),
            describe(change.before),
            _where_written(before, change.before),
            describe(change.after),
            _where_written(after, change.after),
        )
        for change in changes
    ]
    differing = {change.slot for change in changes}
    same = [_name(slot.key, in_words) for slot in SLOTS if slot.key not in differing]
    notes = [f"the same in both: {', '.join(same)}"] if same else []
    if not changes:
        notes.append("the two give the same numbers: every rule is the same")
    head = ("slot", before.key, "written in", after.key, "written in ")
    return RuleTable(f"{before.key} against {after.key}", head, tuple(rows), tuple(notes))


def dimension_diff_table(before: RuleSet, after: RuleSet) -> RuleTable:
    """Return what two rule books say, in our words, on every dimension that one of them speaks about."""
    rows = []
    for dimension in DIMENSIONS:
        one, other = before.dimensions.get(dimension.key), after.dimensions.get(dimension.key)
        if one or other:
            # how well each side is known is shown, and is no difference between the rule books
            same = one and other and one.says.casefold() == other.says.casefold()
            rows.append((dimension.title, _said(one), _said(other), "" if same else "≠"))
    head = ("dimension", before.key, after.key, "")
    return RuleTable(f"{before.key} against {after.key}, dimension by dimension", head, tuple(rows))


# -- words -----------------------------------------------------------------------------------------


def heading(rules: RuleSet) -> str:
    """Return key, title, edition and digest on one line."""
    edition = f", {translated('edition')} {rules.edition}" if rules.edition else ""
    return f"{rules.key}: {translated(rules.title)}{edition} [{rules.digest}]"


def _name(slot: str, in_words: bool) -> str:
    return f"{message(f'slot.{slot}')} ({slot})" if in_words else slot


def rule_in_words(rule: Rule) -> str:
    """Return a rule as a reader would say it, with the keys of its options, in the order of its lines."""
    return "; ".join(line_in_words(rule.slot, line) for line in rule.lines)


def line_in_words(slot: str, line: Line) -> str:
    """Return a line of a rule as a reader would say it: what it catches, the option with its key, its parameters."""
    option = option_in_words(slot, line.option)
    text = option if line.option in option else f"{option} ({line.option})"
    given = ", ".join(parameter_in_words(name, value) for name, value in line.parameters.items())
    text = f"{text}: {given}" if given else text
    return text if line.selector.is_everything else f"{line.selector} → {text}"


def describe_rule(rule: Rule) -> str:
    """Return a rule in one line of text: selector → option (parameters), in the order of the lines."""
    return "; ".join(describe_line(line) for line in rule.lines)


def describe_line(line: Line) -> str:
    """Return a line of a rule in words: what it catches, the option and its parameters."""
    parameters = ", ".join(f"{name} {_value(value)}" for name, value in line.parameters.items())
    option = f"{line.option} ({parameters})" if parameters else line.option
    return option if line.selector.is_everything else f"{line.selector} → {option}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def citation_of(rules: RuleSet, reference: Reference) -> str:
    """Return the short name of a reference's source with the clause, and where its number is only assumed."""
    entry = rules.references.get(reference.source, {})
    is_own = reference.source in ("", "own")
    name = entry.get("name", "") or ("" if is_own else entry.get("citation", reference.source).split(",")[0])
    cited = f"{name} {reference.clause}".strip() or "own choice"
    numbering = entry.get("numbering", "")
    return f"{cited}, {translated(numbering)}" if numbering and reference.clause else cited


def _written(rules: RuleSet, reference: Reference) -> tuple[str, str, str]:
    return citation_of(rules, reference), reference.source_level, reference.note


def _where_written(rules: RuleSet, rule: Rule) -> str:
    places = (f"{citation_of(rules, line.reference)} ({line.reference.source_level})" for line in rule.lines)
    return "; ".join(dict.fromkeys(places))


def _deciding(rules: RuleSet, slot: str) -> str:
    if slot in (REFUSED, DOCUMENTATION):
        return f"no slot: {slot}"
    return f"{slot}: {describe_rule(rules.rules[slot])}"


def _said(statement: Any) -> str:
    return f"{statement.says} ({statement.reference.source_level})" if statement else "not stated"


def _notes(rules: RuleSet) -> tuple[str, ...]:
    notes = [rules.note] if rules.note else []
    if rules.base:
        notes.append(f"{translated('derives from')} {rules.base_key or '-'} [{rules.base}]")
    notes.append(
        f"{translated('for')}: {', '.join(rules.applies_to) or translated('all products')}"
        + (f" ({translated('asked as a what-if')})" if rules.what_if else "")
    )
    used = {line.reference.source for rule in rules.rules.values() for line in rule.lines}
    used |= {said.reference.source for said in rules.dimensions.values()}
    for key, entry in rules.references.items():
        if key in used and key != "own":
            notes.append(
                ": ".join(
                    filter(
                        None,
                        [
                            entry.get("name", key),
                            " ".join(filter(None, [entry["citation"], entry.get("url", "")])),
                        ],
                    )
                )
            )
    return tuple(notes)


# -- layout ----------------------------------------------------------------------------------------


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: what the cells need; where that is too much, the widest give way.

    A column is narrower than its longest word only where all of them are: a broken key cannot be copied.
    """
    widths = [max((text_width(row[n]) for row in rows), default=0) for n in range(len(rows[0]))]
    words = [
        max((text_width(word) for row in rows for word in _keys(row[n])), default=0)
        for n in range(len(widths))
    ]
    space = width - 2 * (len(widths) - 1)
    while sum(widths) > space:
        ready = [n for n in range(len(widths)) if widths[n] > max(words[n], _NARROWEST)]
        widest = max(ready or range(len(widths)), key=lambda n: widths[n])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _keys(cell: str) -> list[str]:
    """Return the words of a cell that cannot be wrapped; Chinese is wrapped between any two letters."""
    return [word for word in cell.split() if word.isascii()]


def _indented(line: str, number: int) -> str:
    return f"  {line}" if number else line


def _join(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(fill(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()
