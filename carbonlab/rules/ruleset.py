"""Rules and rule sets: data only. Two rule sets are compared by comparing two immutable objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import Any

import carbonlab.rules.options  # noqa: F401  (registers the options that rules refer to)
from carbonlab.arguments import describe
from carbonlab.errors import RuleError
from carbonlab.provenance import digest_of_json
from carbonlab.rules.applicability import is_named
from carbonlab.rules.comparison_table import RuleTable, describe_rule, show_table
from carbonlab.rules.product_category import ProductCategory
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS, slot_of


@dataclass(frozen=True)
class Reference:
    """Where a rule is written.

    Attributes
    ----------
    source : str
        Key of the rule set's list of references.
    clause : str
        Clause, table or page.
    source_level : str
        ``read`` (the text was read), ``summary`` (a public summary was read), ``recalled`` (general
        professional knowledge), or ``own`` (a choice of this rule set's author).
    note : str
        In our own words.
    """

    source: str = ""
    clause: str = ""
    source_level: str = "own"
    note: str = ""


@dataclass(frozen=True)
class Statement:
    """What a rule set says about one of the 22 dimensions, in our own words, and where that is written.

    The dimensions that a slot decides are computed by the slot's rule; the statement says what the rule book
    asks for, also where it leaves open what the rule then takes.
    """

    says: str
    reference: Reference


@dataclass(frozen=True)
class Line:
    """One line of a rule: selector → option with parameters, and where that is written."""

    option: str
    selector: Selector = Selector()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reference: Reference = Reference()


@dataclass(frozen=True)
class Rule:
    """An ordered list of lines; the first that matches a subject decides, the last one catches everything."""

    slot: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        slot_of(self.slot)
        if not self.lines or not self.lines[-1].selector.is_everything:
            raise RuleError(
                f"the rule of slot {self.slot!r} has no default line",
                why="what no line catches would be decided by accident",
                remedy="end it with a line without a selector",
            )
        for number, line in enumerate(self.lines):
            _check_line(self.slot, line, place_of_line(f"slot {self.slot}", number, len(self.lines)))

    @property
    def needs_reference(self) -> bool:
        """Whether a line asks for the same rule set with this slot neutral, solved."""
        return any(option_of(self.slot, line.option).needs_reference for line in self.lines)

    @property
    def value(self) -> list[dict[str, Any]]:
        """What counts for the digest: selectors, options with versions, parameters; no prose."""
        return [
            {
                "select": line.selector.value,
                "option": line.option,
                "version": option_of(self.slot, line.option).version,
                "parameters": dict(line.parameters),
            }
            for line in self.lines
        ]


def place_of_line(place: str, number: int, count: int) -> str:
    """Return where a line of a rule stands: the only one of its rule needs no number.

    Examples
    --------
    >>> place_of_line("slot cut_off", 0, 1), place_of_line("slot cut_off", 0, 2)
    ('slot cut_off', 'slot cut_off, rule line 1 of 2')
    """
    return place if count == 1 else f"{place}, rule line {number + 1} of {count}"


def _check_line(slot: str, line: Line, where: str) -> None:
    option = option_of(slot, line.option, where)
    for name, value in line.parameters.items():
        if name not in option.parameters:
            known = ", ".join(option.parameters) or "none"
            raise RuleError(
                f"option {line.option!r} has no parameter {name!r}",
                where=where,
                why="the parameter would be ignored",
                remedy=f"its parameters are: {known}",
            )
        if (isinstance(value, bool) and bool not in option.parameters[name]) or not isinstance(
            value, option.parameters[name]
        ):
            types = " or ".join(kind.__name__ for kind in option.parameters[name])
            raise RuleError(
                f"parameter {name!r} of option {line.option!r} is {value!r}",
                where=where,
                why=f"it has to be of type {types}",
                remedy="correct the rule file",
            )
        if not _is_finite(value):
            raise RuleError(
                f"parameter {name!r} of option {line.option!r} holds a number that is not finite: {value!r}",
                where=where,
                why="nothing can be computed with it",
                remedy="correct the rule file",
            )
    if option.check:
        option.check(line.parameters, where)


def _is_finite(value: Any) -> bool:
    """Whether every number in plain data is finite."""
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, Mapping):
        return all(_is_finite(part) for part in value.values())
    return all(_is_finite(part) for part in value) if isinstance(value, list | tuple) else True


@dataclass(frozen=True)
class RuleChange:
    """What differs between two rule sets in one slot."""

    slot: str
    before: Rule
    after: Rule


@dataclass(frozen=True, eq=False)
class RuleSet:
    """One rule per slot.

    Attributes
    ----------
    key, title, edition : str
        Name, title (an *interpretation* of a standard, where it is one) and edition.
    rules : mapping of slot to Rule
        Total: every slot has one.
    references : mapping of key to citation
        What `Reference.source` refers to.
    applies_to : tuple of str
        Product categories; empty for all.
    not_for : tuple of str
        Words that take a product out again: it goes beyond what the rules are written for.
    base : str
        Digest of the rule set that it derives from; empty for none.
    base_key : str
        Key of that rule set, where a rule file names it.
    dimensions : mapping of str to Statement
        What it says about the dimensions in which rule books are compared (`carbonlab.rules.dimensions`).
    category : ProductCategory, optional
        What a product category rule states besides accounting.
    what_if : bool
        Whether it may be asked of products outside `applies_to`.
    file : str
        Name of the file that it was read from, for messages.
    """

    key: str
    title: str
    rules: Mapping[str, Rule]
    edition: str = ""
    references: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    applies_to: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    base: str = ""
    note: str = ""
    base_key: str = ""
    dimensions: Mapping[str, Statement] = field(default_factory=dict)
    category: ProductCategory | None = None
    what_if: bool = False
    file: str = ""

    def __post_init__(self) -> None:
        for slot in self.rules:
            slot_of(slot, f"rule set {self.key!r}")
        missing = [slot.key for slot in SLOTS if slot.key not in self.rules]
        if missing:
            raise RuleError(
                f"rule set {self.key!r} decides nothing for: {', '.join(missing)}",
                why="a slot is never empty, so that two rule sets can be compared completely",
                remedy="write a rule for it; the neutral option is a rule too",
            )

    @cached_property
    def digest(self) -> str:
        """Digest of what the rules do (options, selectors, parameters), not of how they are worded."""
        return digest_of_json("rule_set", {slot.key: self.rules[slot.key].value for slot in SLOTS})

    def replace(self, **options: str | Rule) -> RuleSet:
        """Return a rule set with other rules; a word means the option of that key, for everything.

        Parameters of the old default line that the new option knows too are kept.

        Raises
        ------
        RuleError
            If a slot or option does not exist.

        Examples
        --------
        >>> from carbonlab.rules.rulefile import load_rule_set
        >>> mine = load_rule_set("default").replace(multifunctionality="price")
        >>> mine.rules["multifunctionality"].lines[0].option
        'price'
        """
        rules = dict(self.rules)
        for slot, choice in options.items():
            slot_of(slot, "RuleSet.replace")
            if isinstance(choice, Rule) and choice.slot != slot:
                raise RuleError(f"a rule of slot {choice.slot!r} cannot take the place of slot {slot!r}")
            if not isinstance(choice, Rule | str):
                raise RuleError(
                    f"slot {slot!r} cannot be decided by {describe(choice)}",
                    where="RuleSet.replace",
                    remedy=f"name an option: {', '.join(list_options(slot))}; or leave the "
                    "slot out to keep its rule",
                )
            rules[slot] = choice if isinstance(choice, Rule) else _with_option(rules[slot], choice)
        changed = "+".join(f"{slot}={_name(rules[slot])}" for slot in options)
        key = f"{self.key}+{changed}" if changed else self.key
        return replace(self, rules=rules, key=key, base=self.digest, base_key=self.key)

    @property
    def place(self) -> str:
        """How messages name it: by its file, else by its key."""
        return self.file or f"rule set {self.key}"

    def applies(self, *names: str) -> bool:
        """Whether it is written for a product, told by its category, its name or its flow.

        A product category of `applies_to` is found as a word (or words) of one of the names, and nothing of
        `not_for` is; without either, or as a what-if, it is written for everything.

        Examples
        --------
        >>> from carbonlab.rules.rulefile import load_rule_set
        >>> rules = load_rule_set("cbam-2023")
        >>> rules.applies("Portland cement"), rules.applies("Sawn lumber"), rules.applies("Cement in a building")
        (True, False, False)
        """
        return self.what_if or (
            not self.beyond(*names)
            and (not self.applies_to or any(is_named(category, names) for category in self.applies_to))
        )

    def beyond(self, *names: str) -> tuple[str, ...]:
        """Return the words of `not_for` that are found in the names of a product."""
        return tuple(word for word in self.not_for if is_named(word, names))

    def as_what_if(self) -> RuleSet:
        """Return the rule set to be asked of any product, also outside `applies_to`; same rules."""
        if not (self.applies_to or self.not_for) or self.what_if:
            return self
        return replace(
            self, key=f"{self.key}+what-if", title=f"{self.title}, asked as a what-if", what_if=True
        )

    def diff(self, other: RuleSet) -> tuple[RuleChange, ...]:
        """Return what differs, in the order of stages; empty if and only if the digests are equal."""
        return tuple(
            RuleChange(slot.key, self.rules[slot.key], other.rules[slot.key])
            for slot in SLOTS
            if self.rules[slot.key].value != other.rules[slot.key].value
        )

    def table(self) -> RuleTable:
        """Return what the rule of each slot is and where it is written, for terminal and notebook."""
        return show_table(self)

    def __repr__(self) -> str:
        lines = [f"RuleSet {self.key!r}: {self.title} [{self.digest}]"]
        lines += [f"  {slot.key}: {describe_rule(self.rules[slot.key])}" for slot in SLOTS]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def _with_option(rule: Rule, key: str) -> Rule:
    known = option_of(rule.slot, key, "RuleSet.replace").parameters
    kept = {name: value for name, value in rule.lines[-1].parameters.items() if name in known}
    return Rule(rule.slot, (Line(key, parameters=kept),))


def _name(rule: Rule) -> str:
    return ", ".join(
        line.option if line.selector.is_everything else f"{line.selector} → {line.option}"
        for line in rule.lines
    )
