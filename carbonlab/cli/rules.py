"""``carbonlab rules list | show | diff | new | matrix``: the rule sets, what they say and in what they differ."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from carbonlab.atomic import new_file
from carbonlab.cli import slot_matrix
from carbonlab.cli.output import say, say_json
from carbonlab.cli.rule_words import diff_in_words, shown_in_words
from carbonlab.compare.assumed_rules import assumed_in_words, find_assumed
from carbonlab.errors import RuleError
from carbonlab.messages import available_languages
from carbonlab.rules.comparison_table import (
    RuleTable,
    category_table,
    diff_table,
    dimension_diff_table,
    dimension_table,
    list_table,
    show_table,
    switch_table,
)
from carbonlab.rules.draft import check_key, draft_rule_file
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets, load_rule_set

NARROWEST, WIDEST = 80, 200

EPILOG = """\
A rule set is a TOML file: one rule per slot, each with clause and source level. KEY is a packaged rule set or
the path of a file of your own (ending in .toml). Source levels: read (the text was read), summary (a public
summary was), recalled, own.

examples:
  carbonlab rules list
  carbonlab rules show pas-2050-2011                 slots, 22 dimensions, 12 switches, where each is written
  carbonlab rules diff iso-14067-2018 pas-2050-2011
  carbonlab rules diff iso-14067-2018 eu-pef-2021 --dimensions
  carbonlab rules matrix                             slot × category: kg CO2e that a rule can move
  carbonlab rules new my-paint --base en-15804-a2    writes my-paint.toml, which runs as it is
"""
_KEY_HELP = "packaged rule set, or path of a TOML file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(title="what", dest="what", required=True, metavar="WHAT")
    listing = actions.add_parser("list", help="the packaged rule sets")
    show = actions.add_parser("show", help="what a rule set says, and where that is written")
    show.add_argument("key", metavar="KEY", help=_KEY_HELP)
    diff = actions.add_parser("diff", help="in what two rule sets differ")
    diff.add_argument("before", metavar="KEY", help=_KEY_HELP)
    diff.add_argument("after", metavar="KEY", help=_KEY_HELP)
    diff.add_argument(
        "--dimensions", action="store_true", help="also what both say on each of the 22 dimensions"
    )
    new = actions.add_parser("new", help="write a rule file to start from")
    new.add_argument("key", metavar="KEY", help="key of the new rule set; the file is KEY.toml")
    new.add_argument(
        "--base",
        default="default",
        metavar="KEY",
        help=f"what it derives from: {_KEY_HELP} (default: default)",
    )
    new.add_argument("--out", default="", metavar="DIR", help="folder to write to (default: the current one)")
    matrix = actions.add_parser("matrix", help="how much each slot can move each study")
    slot_matrix.add_arguments(matrix)
    for sub in (listing, show, diff, new, matrix):
        sub.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS,
            help="print one JSON object instead of tables",
        )
        sub.add_argument(
            "--language",
            choices=available_languages(),
            default=argparse.SUPPRESS,
            help="language of the tables (default: en)",
        )


def run(given: argparse.Namespace) -> int:
    """Do what the second word asks for."""
    if given.what == "new":
        return _new(given)
    if given.what == "matrix":
        return slot_matrix.run(given)
    tables = _tables(given)
    if given.json:
        _say_data(tables)
    else:
        _show_tables(_in_words(given, tables))
        if given.what == "diff":
            assumed = find_assumed(find_rule_set(given.before), find_rule_set(given.after))
            if assumed:
                say(f"\n{assumed_in_words(assumed, mark='')}")
    return 0


def _tables(given: argparse.Namespace) -> dict[str, RuleTable]:
    if given.what == "list":
        return {"rule_sets": list_table([load_rule_set(key) for key in list_rule_sets()])}
    if given.what == "show":
        rules = find_rule_set(given.key)
        tables = {
            "slots": show_table(rules, in_words=not given.json),
            "dimensions": dimension_table(rules),
            "switches": switch_table(rules),
        }
        return {**tables, "category": category_table(rules)} if rules.category else tables
    before, after = find_rule_set(given.before), find_rule_set(given.after)
    tables = {"slots": diff_table(before, after, in_words=not given.json)}
    return {**tables, "dimensions": dimension_diff_table(before, after)} if given.dimensions else tables


def _in_words(given: argparse.Namespace, tables: dict[str, RuleTable]) -> dict[str, RuleTable]:
    if given.what == "list":
        return tables
    if given.what == "show":
        key = find_rule_set(given.key).key
        return {name: shown_in_words(name, table, key) for name, table in tables.items()}
    keys = find_rule_set(given.before).key, find_rule_set(given.after).key
    return {name: diff_in_words(name, table, *keys) for name, table in tables.items()}


def _say_data(tables: dict[str, RuleTable]) -> None:
    """Print the tables as data: their columns and cells are the same in every language."""
    say_json(
        {name: {"title": t.title, "rows": t.records, "notes": list(t.notes)} for name, t in tables.items()}
    )


def _show_tables(tables: dict[str, RuleTable]) -> None:
    width = min(max(shutil.get_terminal_size((120, 40)).columns, NARROWEST), WIDEST)
    say("\n\n".join(table.text(width) for table in tables.values()))


def _new(given: argparse.Namespace) -> int:
    check_key(given.key)
    _check_free(given.key, list_rule_sets())
    folder = Path(given.out)
    file = folder / f"{given.key}.toml"
    if file.exists():
        raise RuleError(
            f"the file {file} is there already",
            why="it would be lost",
            remedy="choose another key, or another folder with --out",
        )
    base = find_rule_set(given.base)
    base_key = ""
    if given.base.endswith(".toml"):
        base_key = Path(given.base).name
        if (folder / base_key).resolve() != Path(given.base).resolve():
            raise RuleError(
                f"the base {given.base!r} does not lie in the folder that is written to",
                why="a rule file reads nothing outside its own folder",
                remedy="copy the base there, or write beside it with --out",
            )
    text = draft_rule_file(given.key, base, base_key=base_key)
    with new_file(file) as draft:
        draft.write_text(text, encoding="utf-8")
    if given.json:
        say_json({"file": str(file), "key": given.key, "base": base.key, "digest": base.digest})
    else:
        say(f"wrote {file}: derives from {base.key}, and gives its numbers until you change it")
        say(f"use it: carbonlab footprint teaching PRODUCT --rules {file}")
    return 0


def _check_free(key: str, taken: Sequence[str]) -> None:
    if key in taken:
        raise RuleError(
            f"the package has a rule set {key!r} already",
            why="two rule sets of one key could not be told apart",
            remedy="choose another key",
        )
