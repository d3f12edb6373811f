"""Which database a command means, and which rules."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping

from carbonlab.errors import RuleError
from carbonlab.formats import read
from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import BY_KEY, SLOTS
from carbonlab.spelling import did_you_mean
from carbonlab.teaching import load_teaching_inventory

DATABASE_HELP = "'teaching' (embedded), or a path: stored database, openLCA zip or folder, carbonlab tables"

OTHER_NAMES = {
    "allocation": "multifunctionality",
    "coproducts": "multifunctionality",
    "co-products": "multifunctionality",
    "gwp": "characterization",
    "end_of_life": "recycling",
    "luc": "land_use_change",
}
"""What slots are called elsewhere."""


def open_database(name: str) -> Database:
    """Return the embedded inventory or whatever `carbonlab.read` finds at a path."""
    return load_teaching_inventory() if name == "teaching" else read(name)


def add_rule_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--rules`` and ``--set``."""
    parser.add_argument(
        "--rules",
        default="default",
        metavar="KEY",
        help="rule set: key, or path of a TOML file (default: default)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SLOT=OPTION",
        help="another option for one slot, several times if need be; slots: "
        + ", ".join(slot.key for slot in SLOTS),
    )


def chosen_rules(given: argparse.Namespace) -> RuleSet:
    """Return the rule set that ``--rules`` and ``--set`` ask for.

    Raises
    ------
    RuleError
        If a change has not the form SLOT=OPTION, or names what does not exist.
    """
    rules = find_rule_set(given.rules)
    changes = {}
    for text in given.set:
        slot, separator, option = text.partition("=")
        if not separator or not option:
            raise RuleError(
                f"{text!r} is no change of a rule",
                where="--set",
                remedy="write --set SLOT=OPTION, for example --set multifunctionality=price",
            )
        changes[slot.strip()] = option.strip()
    return with_changes(rules, changes, "--set")


def with_changes(rules: RuleSet, changes: Mapping[str, str], where: str) -> RuleSet:
    """Return a rule set with other options for some slots; an error names where on the command line it arose.

    Raises
    ------
    RuleError
        If a slot or an option does not exist.
    """
    for slot in changes:
        if slot not in BY_KEY:
            called = OTHER_NAMES.get(slot.casefold())
            hint = f"the slot of {slot} is called {called}; " if called else did_you_mean(slot, BY_KEY)
            raise RuleError(
                f"there is no rule slot {slot!r}",
                where=where,
                why="a rule in an unknown slot would never run",
                remedy=f"{hint}use one of {', '.join(BY_KEY)}",
            )
    try:
        return rules.replace(**changes)
    except RuleError as error:
        raise RuleError(error.what, where=where, why=error.why, remedy=error.remedy) from error


def amount_of(text: str) -> float:
    """Return the amount of a product that ``--amount`` gives.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is no number, or the number is not above zero.

    Examples
    --------
    >>> amount_of("2.5")
    2.5
    """
    try:
        amount = float(text)
    except ValueError as error:
        hint = (
            "; the decimal sign is a point, and thousands are not set apart (1.5, 1000)"
            if "," in text
            else ""
        )
        raise argparse.ArgumentTypeError(f"{text!r} is no number{hint}") from error
    if not 0 < amount < math.inf:
        raise argparse.ArgumentTypeError(
            f"{text} is no amount of a product: a footprint is asked for a finite amount above zero"
        )
    return amount
