"""``carbonlab inspect DB``."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from typing import Any

from carbonlab.cli.databases import DATABASE_HELP, add_rule_arguments, chosen_rules, open_database
from carbonlab.cli.import_database import counts, finding_rows, say_contents
from carbonlab.cli.output import say, say_json, say_table, shorten
from carbonlab.inventory.balances import Balance, Verdict, balances_of
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.report.summary import status_counts
from carbonlab.report.wording import word
from carbonlab.results.evaluation import Evaluation, column_names, evaluate_system
from carbonlab.rules.factors import coverage, load_factor_set, match_flows
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import BalanceKind

SHOWN = 10
"""Rows of a table that are printed."""

EPILOG = """\
Loops and statuses depend on the rules: the same database can be productive when burdens are shared by mass
and not when they are shared equally.

examples:
  carbonlab inspect uslci
  carbonlab inspect uslci --set multifunctionality=equal
  carbonlab inspect uslci --balances
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("database", metavar="DB", help=DATABASE_HELP)
    parser.add_argument(
        "--balances",
        action="store_true",
        help="only mass, carbon and energy balances of the unit processes that do not close",
    )
    add_rule_arguments(parser)


def run(given: argparse.Namespace) -> int:
    """Say what is in a database, what is odd about it, and what cannot be solved under a rule set."""
    rules = chosen_rules(given)
    database = open_database(given.database)
    if given.balances:
        return _show_balances(database, as_json=given.json)
    evaluation = evaluate_system(build_product_system([database], rules))
    loops: list[dict[str, Any]] = [
        {
            "gain": loop.gain,
            "size": len(loop.indices),
            "processes": column_names(evaluation.system, loop.indices, 5),
        }
        for loop in evaluation.loops
    ]
    statuses = status_counts(evaluation)
    covered = climate_coverage(database)
    odd = negative_footprints(evaluation)
    if given.json:
        say_json(
            {
                **counts(database),
                "findings": finding_rows(database),
                "rule_set": rules.key,
                "statuses": statuses,
                "climate_flows": covered,
                "loops": loops,
                "negative_footprints": odd,
                "residual": float(evaluation.adjoint.residual.max()),
            }
        )
        return 0
    title = " ".join(part for part in (database.meta.name, database.meta.version) if part)
    say(f"{title}, {database.meta.licence or message('cli.no_licence')}")
    say_contents(database)
    say()
    say(message("cli.under", key=rules.key))
    rows = [[count, message(f"status.{status}")] for status, count in statuses.items()]
    say_table([message("cli.products"), message("cli.status")], rows)
    say()
    ways = [
        message("cli.matched_by", count=count, way=word("match", way))
        for way, count in covered["matched"].items()
    ]
    matched = ", ".join(ways) or message("cli.none")
    say(message("cli.climate_flows", factors=covered["factor_set"], matched=matched))
    for text in covered["without_factor"]:
        say(f"  {message('cli.without_factor', flow=text)}")
    say()
    say_table(
        [message(f"cli.{key}") for key in ("loop_of", "gain", "processes")],
        [
            [loop["size"], float(loop["gain"]), shorten("; ".join(loop["processes"]), 90)]
            for loop in loops[:SHOWN]
        ],
    )
    _say_rest(loops)
    if odd:
        say()
        say(message("cli.negative", count=len(odd)))
        say_table(
            ["kg CO2e", message("cli.per"), message("cli.process")],
            [[row["intensity"], row["unit"], shorten(row["process"], 90)] for row in odd[:SHOWN]],
        )
        _say_rest(odd)
    return 0


def _show_balances(database: Database, *, as_json: bool) -> int:
    """Print the balances that stay open, explained or not, and how many close."""
    balances = balances_of(database)
    counted = Counter(f"{balance.kind} {balance.verdict}" for balance in balances)
    is_open = (Verdict.OPEN, Verdict.UNKNOWN)
    shown = [balance for balance in balances if balance.verdict in is_open or balance.explanation]
    if as_json:
        say_json({"counts": dict(counted), "balances": [asdict(balance) for balance in shown]})
        return 0
    for kind in BalanceKind:
        counts = ", ".join(f"{counted[f'{kind} {verdict}']} {verdict}" for verdict in Verdict)
        say(f"{kind} balance of the unit processes: {counts}")
    say()
    rows = [
        [
            b.process,
            b.kind,
            b.entering,
            b.leaving,
            b.from_air,
            b.unit,
            _why_open(b),
            "" if b.is_settled else "!",
        ]
        for b in shown
    ]
    say_table(["process", "balance", "in", "out", "from air", "unit", "why", ""], rows)
    say()
    say(
        "! not explained, or explained without need; the table balances of carbonlab tables holds explanations"
    )
    return 0


def _why_open(balance: Balance) -> str:
    if balance.explanation:
        return shorten(balance.explanation, 60)
    if balance.unknown:
        return shorten(f"content not stated: {', '.join(balance.unknown)}", 60)
    return f"gap {100 * balance.gap:.0f} %"


def _say_rest(rows: list[dict[str, Any]]) -> None:
    if len(rows) > SHOWN:
        say(message("cli.and_more_json", count=len(rows) - SHOWN))


def climate_coverage(database: Database) -> dict[str, Any]:
    """Return how the elementary flows were matched with gases, and the climate-relevant ones without a factor."""
    factors = load_factor_set()
    covered = coverage(database, match_flows(database), factors)
    return {
        "factor_set": str(factors),
        "matched": covered.matched,
        "without_factor": [finding.detail for finding in covered.without_factor],
    }


def negative_footprints(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the products whose footprint is negative, the most negative first."""
    intensity, columns = evaluation.intensity(), evaluation.system.columns
    database = evaluation.system.database
    names, ids = database.column("processes", "name"), database.column("processes", "id")
    flows, units = database.column("flows", "name"), database.column("flows", "unit")
    rows = sorted((float(value), i) for i, value in enumerate(intensity) if value < 0)
    return [
        {
            "intensity": value,
            "unit": str(units[columns.flow[i]]),
            "process": str(names[columns.process[i]]),
            "process_id": str(ids[columns.process[i]]),
            "flow": str(flows[columns.flow[i]]),
        }
        for value, i in rows
    ]
