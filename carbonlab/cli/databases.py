"""Which database a command means, and which rules."""

from __future__ import annotations

import argparse

from carbonlab.errors import RuleError
from carbonlab.formats import read
from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS
from carbonlab.teaching import load_teaching_inventory

DATABASE_HELP = "'teaching' (embedded), or a path: stored database, openLCA zip or folder, carbonlab tables"


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
    return rules.replace(**changes)
