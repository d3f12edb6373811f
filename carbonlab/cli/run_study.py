"""``carbonlab run [STUDY.toml]``: the main job."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from carbonlab.cli.output import say, say_json, say_table, shorten, tell
from carbonlab.messages import message
from carbonlab.report.package import write_package
from carbonlab.report.summary import summarize
from carbonlab.results.calculate import collect, evaluate
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path

WITHOUT_NUMBER = 3
DEFAULT_STUDY = "teaching"

EPILOG = """\
Writes results.nc (xarray dataset), summary.json, report.html (opens in any browser, no network) and what
is needed to get the number again: the study, its foreground tables, the rule sets, and the digests of the
databases.

examples:
  carbonlab run
  carbonlab run my_study.toml --out my_study
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "study",
        nargs="?",
        default="",
        metavar="STUDY.toml",
        help="study file (default: the embedded teaching study)",
    )
    parser.add_argument("--out", default="", metavar="DIR", help="folder to write (default: carbonlab-run)")


def run(given: argparse.Namespace) -> int:
    """Calculate a study, write its folder, and show the table of results."""
    path = Path(given.study) if given.study else study_path(DEFAULT_STUDY)
    study = read_study(path)
    tell(f"study {study.key}: {study.title}")
    evaluations = evaluate(study, progress=tell)
    result = collect(study, evaluations)
    summary = summarize(study, evaluations, result)
    folder = write_package(study, result, summary, given.out or "carbonlab-run", overwrite=not given.out)
    if given.json:
        say_json({**summary, "folder": str(folder)})
    else:
        for rules in summary["rule_sets"]:
            _show(rules)
        say(f"report: {folder / 'report.html'}")
    missing = [p for rules in summary["rule_sets"] for p in rules["products"] if p["total"] is None]
    return WITHOUT_NUMBER if missing else 0


def _show(rules: dict[str, Any]) -> None:
    say(f"rule set {rules['key']}: {rules['title']} ({rules['characterization']})")
    say()
    head = [
        "product",
        "per",
        "kg CO2e",
        "fossil",
        "biogenic",
        "land use",
        "unsplit",
        "largest stage",
        "status",
    ]
    say_table(head, [_row(product) for product in rules["products"]])
    say()
    warnings = [row for row in rules["findings"] if row["severity"] == "warning"]
    if warnings:
        say_table(["findings", "what"], [[row["count"], row["text"]] for row in warnings])
        say()


def _row(product: dict[str, Any]) -> list[Any]:
    name, per = shorten(product["name"], 48), f"{product['amount']:g} {product['unit']}"
    if product["total"] is None:
        return [name, per, float("nan"), *[float("nan")] * 4, "", product["status"]]
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
        product["status"],
    ]
