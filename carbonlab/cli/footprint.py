"""``carbonlab footprint DB PROCESS``."""

from __future__ import annotations

import argparse
from typing import Any

from carbonlab.atomic import new_file
from carbonlab.cli.databases import (
    DATABASE_HELP,
    add_rule_arguments,
    amount_of,
    chosen_rules,
    open_database,
)
from carbonlab.cli.missing_number import processes_without_basis, say_without_basis
from carbonlab.cli.output import say, say_json, say_table, shorten, tell
from carbonlab.messages import current_language, message, shown_name
from carbonlab.report.pdf import check_can_print, pdf_bytes
from carbonlab.report.study_report import build_study_report
from carbonlab.report.summary import summarize
from carbonlab.report.wording import unit_of
from carbonlab.report.workbook import workbook_bytes
from carbonlab.results.calculate import collect, evaluate
from carbonlab.system.study import Study
from carbonlab.vocabulary import Status

WITHOUT_NUMBER = 3

EPILOG = """\
PROCESS is an id, a name, or some words of the name; if several processes fit, they are listed.

examples:
  carbonlab footprint teaching "primary aluminium"
  carbonlab footprint uslci "portland cement" --amount 1 --unit t
  carbonlab footprint teaching sawmill --rules cbam-2023 --what-if
  carbonlab footprint uslci sawmill --set multifunctionality=price --set characterization=gwp100_ar5
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("database", metavar="DB", help=DATABASE_HELP)
    parser.add_argument("process", metavar="PROCESS", help="id, name, or words of the name")
    parser.add_argument(
        "--amount", type=amount_of, default=1.0, metavar="N", help="how much of the product (default: 1)"
    )
    parser.add_argument(
        "--unit", default="", help="unit of the amount (default: the unit of the product's flow)"
    )
    parser.add_argument("--flow", default="", help="id of the product flow, where a process has several")
    parser.add_argument(
        "--what-if", action="store_true", help="also ask a rule set of products that it is not written for"
    )
    parser.add_argument(
        "--pdf", default="", metavar="FILE", help="write the study report as PDF (needs the extra lab)"
    )
    parser.add_argument("--xlsx", default="", metavar="FILE", help="write the numbers as a workbook")
    add_rule_arguments(parser)


def run(given: argparse.Namespace) -> int:
    """Calculate and show one footprint."""
    if given.pdf:
        check_can_print(current_language())
    rules = chosen_rules(given)
    if given.what_if:
        rules = rules.as_what_if()
    database = open_database(given.database)
    study = Study.of(
        database,
        given.process,
        amount=given.amount,
        unit=given.unit,
        flow=given.flow,
        rule_sets=[rules],
    )
    evaluations = evaluate(study)
    summary = summarize(study, evaluations, collect(study, evaluations))
    _write(given, summary)
    rules = summary["rule_sets"][0]
    product = rules["products"][0]
    if product["status"] == Status.NO_BASIS:
        product["without_basis"] = processes_without_basis(evaluations[0], study.units[0].process, given.flow)
    if given.json:
        say_json(
            {
                "database": summary["databases"][0],
                "rule_set": rules["key"],
                "rule_set_digest": rules["digest"],
                **product,
                "findings": rules["findings"],
            }
        )
    else:
        _show(rules, product)
    return 0 if product["total"] is not None else WITHOUT_NUMBER


def _write(given: argparse.Namespace, summary: dict[str, Any]) -> None:
    """Write the files that are asked for."""
    if given.pdf:
        with new_file(given.pdf) as draft:
            draft.write_bytes(pdf_bytes(build_study_report(summary)))
    if given.xlsx:
        with new_file(given.xlsx) as draft:
            draft.write_bytes(workbook_bytes(summary))
    for file in filter(None, (given.pdf, given.xlsx)):
        tell(message("cli.written", file=file))


def _show(rules: dict[str, Any], product: dict[str, Any]) -> None:
    say(f"{shown_name(product['name'])}   ({product['process']})")
    factors = rules["characterization"]
    say(message("cli.rule_set", key=rules["key"], characterization=factors))
    say()
    if product["total"] is None:
        hint = " (--what-if)" if product["status"] == Status.NOT_APPLICABLE else ""
        say(f"{product['status_text']}{hint}")
        say_without_basis(product.get("without_basis", []))
        return
    say(f"{product['total']:.6g} {unit_of(product)}")
    say(message("cli.status_is", status=product["status_text"]))
    residual, error = product["residual"], product["error_estimate"]
    say(message("cli.accuracy", residual=f"{residual:.1e}", error=f"{error:.1e}"))
    say()
    parts = [[value, message(f"component.{key}")] for key, value in product["components"].items() if value]
    say_table(["kg CO2e", message("cli.component")], parts)
    say()
    tier = product["first_tier"]
    rows: list[list[Any]] = [[tier["direct"], "", message("cli.direct")]]
    rows += [
        [row["footprint"], f"{row['amount']:.4g} {row['unit']}", shorten(shown_name(row["process"]), 80)]
        for row in tier["inputs"]
    ]
    rows += [[tier["rest"], "", message("cli.rest")]] if tier["rest"] else []
    say_table(["kg CO2e", message("cli.amount"), message("cli.first_tier")], rows)
    say()
    processes = product["processes"]
    rows = [[row["footprint"], shorten(shown_name(row["name"]), 90)] for row in processes["largest"]]
    rows += [
        [processes[key], message(f"report.{key}")]
        for key in ("rest_positive", "rest_negative")
        if processes[key]
    ]
    say_table(["kg CO2e", message("cli.emitting_process")], rows)
    warnings = [row for row in rules["findings"] if row["severity"] == "warning"]
    if warnings:
        say()
        say_table(
            [message("cli.findings"), message("cli.what_in_database")],
            [[row["count"], row["text"]] for row in warnings],
        )
