"""``carbonlab run [STUDY]``: the main job."""

from __future__ import annotations

import argparse
import re
from typing import Any

from carbonlab.cli.asked_study import named_study, study_help
from carbonlab.cli.data_quality import show_quality
from carbonlab.cli.output import Progress, name_width, number, say, say_json, say_table, shorten, tell
from carbonlab.compare.assumed_rules import AssumedRules, assumed_in_words
from carbonlab.compare.comparison_notes import NO_MATERIAL, WITHOUT_EFFECT, notes_beyond
from carbonlab.compare.side_by_side import summarize_side_by_side
from carbonlab.messages import current_language, message, shown_name, translated
from carbonlab.report.package import check_free, write_package
from carbonlab.report.pdf import check_can_print
from carbonlab.report.summary import summarize
from carbonlab.report.uncertainty import uncertainty_notes
from carbonlab.report.wording import status_word
from carbonlab.results.calculate import collect, evaluate
from carbonlab.teaching import CATEGORIES_STUDY
from carbonlab.vocabulary import Status

_EDITION = re.compile(r"-(19|20)\d\d$")
"""Year at the end of the key of a rule set: left out at the head of a table unless there are two editions."""

WITHOUT_NUMBER = 3

EPILOG = """\
Writes results.nc (xarray dataset), summary.json, report.html (opens in any browser, no network) and what
is needed to get the number again: the study, its foreground tables, the rule sets, and the digests of the
databases.

With --draws the uncertain numbers are drawn so many times, each time under all rule sets. Reports then say intervals,
how certain the order of the rule sets is, which inputs and how much of the choice of rules make up the variance, and
which rule makes the widest gap, with its interval; draws.nc holds the simulation.

examples:
  carbonlab run
  carbonlab run lumber --out lumber
  carbonlab run my_study.toml --out my_study
  carbonlab run my_study.toml --draws 1000 --pdf --xlsx
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "study",
        nargs="?",
        default="",
        metavar="STUDY",
        help=f"{study_help()} (default: categories, the embedded study of eleven product categories)",
    )
    parser.add_argument("--out", default="", metavar="DIR", help="folder to write (default: carbonlab-run)")
    parser.add_argument(
        "--pdf",
        action="store_true",
        help="also write study_report.pdf and declaration.pdf, a draft (needs the extra lab)",
    )
    parser.add_argument(
        "--draws", type=count_of, default=0, metavar="N", help="also draw the data and report the uncertainty"
    )
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N", help="of the draws (default: of the plan, 0)"
    )
    parser.add_argument("--xlsx", action="store_true", help="also write the numbers as tables.xlsx")


def run(given: argparse.Namespace) -> int:
    """Calculate a study, write its folder, and show the table of results."""
    study = named_study(given.study or CATEGORIES_STUDY)
    if given.pdf:
        check_can_print(current_language())
    target = given.out or "carbonlab-run"
    check_free(target, overwrite=not given.out)  # before minutes of work, not after
    tell(message("cli.study", key=study.key, title=shown_name(study.title)))
    evaluations = evaluate(study, progress=tell)
    result = collect(study, evaluations)
    tell(message("cli.comparing"))
    summary = summarize(study, evaluations, result)
    summary["comparison"] = summarize_side_by_side(study, result)
    simulation = None
    if given.draws:
        from carbonlab.report.study_uncertainty import (
            assess_uncertainty,
        )  # Monte Carlo: a run without it starts sooner

        tell(message("uncertainty.asking"))
        summary["uncertainty"], simulation = assess_uncertainty(
            study,
            evaluations,
            draws=given.draws,
            seed=given.seed,
            widest=(summary["comparison"] or {}).get("widest"),
            progress=Progress(silent=given.json),
        )
    folder = write_package(
        study,
        result,
        summary,
        target,
        overwrite=not given.out,
        pdf=given.pdf,
        workbook=given.xlsx,
        simulation=simulation,
    )
    if given.json:
        say_json({**summary, "folder": str(folder)})
    else:
        if summary["comparison"]:
            idle = {rules["key"] for rules in summary["rule_sets"] if _has_idle_formula(rules)}
            beyond = notes_beyond(study, evaluations[0].system, study.rule_sets)
            _show_comparison(summary["comparison"], idle, beyond)
        _show(summary["rule_sets"][0])
        show_quality(summary["rule_sets"][0])
        if simulation is not None:
            _show_uncertainty(summary["uncertainty"])
        say(message("cli.report", file=folder / "report.html"))
        for name in ("study_report.pdf", "declaration.pdf", "tables.xlsx"):
            if (folder / name).exists():
                say(message("cli.written", file=folder / name))
    missing = [
        product
        for rules in summary["rule_sets"]
        for product in rules["products"]
        if product["total"] is None and product["status"] != Status.NOT_APPLICABLE
    ]
    return WITHOUT_NUMBER if missing else 0


def count_of(text: str) -> int:
    """Return a number of draws.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.

    Examples
    --------
    >>> count_of("1000")
    1000
    """
    try:
        if int(text) < 2:
            raise ValueError
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of draws: write 1000") from error
    return int(text)


def _show_uncertainty(uncertainty: dict[str, Any]) -> None:
    """Print the intervals of all products under the first rule set."""
    ends = [f"{100 * share:g} %" for share in (uncertainty["quantiles"][0], uncertainty["quantiles"][-1])]
    head = [message(f"cli.{name}") for name in ("product", "unit", "stated", "mean", "deviation")]
    rows = [
        [
            shorten(shown_name(row["name"]), name_width()),
            row["unit"],
            *(row[name] for name in ("static", "mean", "standard_deviation")),
            row["quantiles"][0],
            row["quantiles"][-1],
        ]
        for row in uncertainty["rows"]
        if row["rule_set"] == uncertainty["baseline"] and row["mean"] is not None
    ]
    say(f"{message('uncertainty.title')} ({uncertainty['baseline']})")
    say()
    say_table([*head, *ends], rows)
    for line in uncertainty_notes(uncertainty):
        say(line)
    say()


def _has_idle_formula(rules: dict[str, Any]) -> bool:
    return any(finding["code"] == NO_MATERIAL for finding in rules["findings"])


def _show_comparison(comparison: dict[str, Any], idle: set[str], beyond: list[str]) -> None:
    """Print rule set × product, the spread, and which rules make the widest gap."""
    say(message("cli.how_to_read"))
    say()
    say(message("cli.every_rule_set"))
    say()
    sets = comparison["rule_sets"]
    short = [_EDITION.sub("", rules["key"]) for rules in sets]
    names = short if len(set(short)) == len(short) else [rules["key"] for rules in sets]
    titles = [name + _marks(rules, idle) for name, rules in zip(names, sets, strict=True)]
    rows = [
        [
            shorten(product["key"], name_width()),
            f"{product['amount']:g} {product['unit']}",
            *(_cell(product, rules["key"]) for rules in sets),
            _percent(product["spread"]),
        ]
        for product in comparison["products"]
    ]
    say_table([message("cli.product"), message("cli.per"), *titles, message("cli.spread")], rows)
    if any(rules["partial"] for rules in sets):
        say(message("cli.partial"))
    for rules in sets:
        if rules["key"] in idle:
            say(f"{WITHOUT_EFFECT} {message('cli.without_effect', rule_set=rules['key'])}")
    for line in beyond:
        say(line)
    zeros = [
        f"{product['key']} ({key})"
        for product in comparison["products"]
        for key, total in product["totals"].items()
        if total == 0
    ]
    if zeros:
        say(message("cli.bare_zero", pairs=", ".join(zeros)))
    for group in _same_numbers(comparison):
        say(message("cli.same_numbers", sets=", ".join(group)))
    for pair in comparison["assumed"]:
        say(assumed_in_words(AssumedRules(**pair), mark=""))
    say()
    widest = comparison["widest"]
    if widest:
        ends = {"lowest": widest["from"], "highest": widest["to"]}
        say(message("cli.widest", name=shown_name(widest["name"]), **ends))
        say()
        moved = sorted(
            (term for term in widest["terms"] if term["moved"]), key=lambda term: -abs(term["moved"])
        )
        rows = [[widest["from_total"], widest["from"]]]
        rows += [[term["moved"], f"  {_slots(term['slot'])}"] for term in moved]
        say_table(["kg CO2e", message("cli.slot")], [*rows, [widest["to_total"], widest["to"]]])
        say()


def _marks(rules: dict[str, Any], idle: set[str]) -> str:
    return (" †" if rules["partial"] else "") + (f" {WITHOUT_EFFECT}" if rules["key"] in idle else "")


def _same_numbers(comparison: dict[str, Any]) -> list[list[str]]:
    """Return the groups of rule sets that give the very same numbers for every product."""
    groups: dict[tuple[float | None, ...], list[str]] = {}
    for rules in comparison["rule_sets"]:
        numbers = tuple(product["totals"][rules["key"]] for product in comparison["products"])
        if any(value is not None for value in numbers):
            groups.setdefault(numbers, []).append(rules["key"])
    return [keys for keys in groups.values() if len(keys) > 1]


def _cell(product: dict[str, Any], key: str) -> str:
    total = product["totals"][key]
    if total is not None:
        return number(total) if product["statuses"][key] == Status.COMPLETE else f"{number(total)}*"
    return (
        "n/a" if product["statuses"][key] == Status.NOT_APPLICABLE else status_word(product["statuses"][key])
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _slots(player: str) -> str:
    return " + ".join(message(f"slot.{slot}") for slot in player.split(" + "))


def _show(rules: dict[str, Any]) -> None:
    title, factors = translated(rules["title"]), rules["characterization"]
    say(message("cli.rule_set_titled", key=rules["key"], title=title, characterization=factors))
    say()
    head = [
        message("cli.product"),
        message("cli.per"),
        "kg CO2e",
        *(message(f"cli.{part}") for part in ("fossil", "biogenic", "land_use", "unsplit")),
        message("cli.largest_stage"),
        message("cli.status"),
    ]
    say_table(head, [_row(product) for product in rules["products"]])
    say()
    warnings = [row for row in rules["findings"] if row["severity"] == "warning"]
    if warnings:
        say_table(
            [message("cli.findings"), message("cli.what")], [[row["count"], row["text"]] for row in warnings]
        )
        say()


def _row(product: dict[str, Any]) -> list[Any]:
    name, per = shorten(shown_name(product["name"]), name_width()), f"{product['amount']:g} {product['unit']}"
    if product["total"] is None:
        return [name, per, float("nan"), *[float("nan")] * 4, "", status_word(product["status"])]
    parts, stages = product["components"], product["stages"]
    largest = max(stages, key=lambda stage: abs(stages[stage]))
    biogenic = parts["biogenic_emission"] + parts["biogenic_uptake"]
    stage = message(f"stage.{largest}")
    return [
        name,
        per,
        product["total"],
        parts["fossil"],
        biogenic,
        parts["land_use_change"],
        parts["aggregated_co2e"],
        stage,
        status_word(product["status"]),
    ]
