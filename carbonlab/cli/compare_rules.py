"""``carbonlab compare STUDY|DB [PROCESS] --rules A --rules B``: rule sets side by side, and which rule makes
the difference.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import xarray as xr

from carbonlab.atomic import new_file
from carbonlab.cli.asked_study import add_study_arguments, asked_study
from carbonlab.cli.compare_json import comparison_json
from carbonlab.cli.compare_tables import show_compared
from carbonlab.cli.databases import with_changes
from carbonlab.cli.drawn_attributions import as_json, check_draws
from carbonlab.cli.output import Progress, say_json, tell
from carbonlab.compare.compared_rules import ComparedRules, compare_in_full
from carbonlab.messages import current_language, message
from carbonlab.report.comparison_document import build_comparison_document
from carbonlab.report.comparison_workbook import comparison_workbook
from carbonlab.report.html import document_html
from carbonlab.report.pdf import check_can_print, pdf_bytes
from carbonlab.report.waterfall import waterfall_of
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet

WITHOUT_NUMBER = 3

EPILOG = """\
The first rule set is the baseline. A SET is a key or the path of a rule file, if need be with changes:
KEY+SLOT=OPTION+SLOT=OPTION. Without --rules the rule sets of the study are compared.

The difference is split over the slots that differ by exact Shapley values: every mixture of the two rule sets
is computed, and the terms sum to the difference. "alone" is what a slot moves by itself from the baseline,
"last" what it moves as the last one.

With --draws the same is done in every draw of the uncertain data, all mixtures on the same draws: the table says what
each slot makes on average, between which ends in 95 % of the draws, and in how many it raises or lowers the footprint.

examples:
  carbonlab compare teaching aluminium_ingot_cn --rules iso-14067-2018 --rules eu-pef-2021
  carbonlab compare teaching aluminium_ingot_cn --rules default --rules default+multifunctionality=price
  carbonlab compare categories battery_nmc_china --rules iso-14067-2018 --rules eu-pef-2021
  carbonlab compare my_study.toml --rules default --rules my_rules.toml
  carbonlab compare my_study.toml --rules default --rules my_rules.toml --draws 256
  carbonlab compare my_study.toml --rules default --rules my_rules.toml --explain --html c.html --pdf c.pdf
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_study_arguments(parser)
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="SET",
        help="rule set, at least twice; the first is the baseline",
    )
    parser.add_argument(
        "--what-if", action="store_true", help="also ask rule sets of products that they are not written for"
    )
    parser.add_argument(
        "--explain", action="store_true", help="what each rule of the alternatives did to which exchange"
    )
    parser.add_argument(
        "--draws",
        type=int,
        default=0,
        metavar="N",
        help="also take the difference apart in N draws of the data: how certain is what each slot makes?",
    )
    parser.add_argument("--html", default="", metavar="FILE", help="write the comparison as a web page")
    parser.add_argument(
        "--pdf",
        default="",
        metavar="FILE",
        help="write it as PDF (needs the extra lab)",
    )
    parser.add_argument("--xlsx", default="", metavar="FILE", help="write its numbers as a workbook")
    parser.add_argument(
        "--svg",
        default="",
        metavar="FILE",
        help="write the waterfall of the first product and the first alternative",
    )


def run(given: argparse.Namespace) -> int:
    """Compare rule sets and show who makes the difference."""
    if given.pdf:
        check_can_print(current_language())
    study = asked_study(given, "compare")
    rule_sets = tuple(parse_rules(text) for text in given.rules) or study.rule_sets
    if given.what_if:
        rule_sets = tuple(rules.as_what_if() for rules in rule_sets)
    if given.draws:
        check_draws(study, rule_sets[0], rule_sets[1:], given.draws)
    compared = compare_in_full(
        study,
        rule_sets,
        is_explained=given.explain,
        draws=given.draws,
        progress=None if given.json else tell,
        drawn_progress=Progress(silent=given.json),
    )
    written = _write(given, compared)
    if given.json:
        more = {"drawn_attributions": [as_json(own) for own in compared.drawn]} if compared.drawn else {}
        say_json(comparison_json(compared.comparison, compared.attributions) | more)
    else:
        show_compared(compared)
        for file in written:
            tell(message("cli.written", file=file))
    return WITHOUT_NUMBER if compared.without_number else 0


def _write(given: argparse.Namespace, compared: ComparedRules) -> list[str]:
    """Write the files that are asked for, and return their names."""
    contents: list[tuple[str, Callable[[], bytes]]] = [
        (given.html, lambda: document_html(build_comparison_document(compared)).encode()),
        (given.pdf, lambda: pdf_bytes(build_comparison_document(compared))),
        (given.xlsx, lambda: comparison_workbook(compared)),
        (given.svg, lambda: _svg(compared.attributions[0], compared.study.units[0].key).encode()),
    ]
    for file, content in contents:
        if file:
            with new_file(file) as draft:
                draft.write_bytes(content())
    return [file for file, _ in contents if file]


def parse_rules(text: str) -> RuleSet:
    """Return the rule set that ``KEY+SLOT=OPTION+...`` asks for.

    Raises
    ------
    RuleError, NotFoundError
        If the set, a slot or an option does not exist.

    Examples
    --------
    >>> parse_rules("default+multifunctionality=price").key
    'default+multifunctionality=price'
    """
    parts = text.split("+")
    first = next((i for i, part in enumerate(parts) if i and "=" in part), len(parts))
    changes = dict(part.split("=", 1) for part in parts[first:] if "=" in part)
    return with_changes(find_rule_set("+".join(parts[:first])), changes, "--rules")


def _svg(attribution: xr.Dataset, product: str) -> str:
    figure = waterfall_of(attribution, product)
    return figure.replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="13" ', 1
    )
