"""``carbonlab check STUDY --against STANDARD``: requirement by requirement, with evidence; nothing here
certifies. ``carbonlab check FOLDER``: whether published results come out again; ``--label VALUE``: whether the
number of a label does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from carbonlab.cli.asked_study import is_results, named_study, study_help
from carbonlab.cli.check_label import check_number
from carbonlab.cli.check_results import check_results
from carbonlab.cli.output import say, say_json, tell
from carbonlab.conformity.assessment import Assessment, as_data, assess
from carbonlab.conformity.requirements import STANDARDS
from carbonlab.conformity.verdicts import Verdict
from carbonlab.messages import message, shown_name, translated
from carbonlab.system.scenario_table import read_scenarios

NOT_MET = 4
DEFAULT_STANDARD = "gbt-24067-2024"

EPILOG = """\
Every requirement that can be computed is checked on the model and the solved result. "as interpreted":
the text of the requirement was recalled, not read. "for a person": no program can close it. The
requirements are in our own words.
Exit code 4: a requirement is not met.

Of a folder that carbonlab run wrote, the digests of its files are checked, its study is calculated again, and every
number is set beside the published one (with --against, the requirements too). Exit code 4: a file was altered, or a
number does not come out again. An inventory that the folder names by digest only is given with --database.

With --label, the number of a label is set beside the recalculated one, and where they differ, rule sets and single
rules that would give it are looked for. Exit code 4: it does not round to the stated number.

examples:
  carbonlab check my_study.toml
  carbonlab check categories --product battery_nmc_china --label 0.19 --against gbt-24067-2024
  carbonlab check my_study.toml --against iso-14067-2018 --scenarios scenarios.csv
  carbonlab check lumber --failed
  carbonlab check carbonlab-run
  carbonlab check their_results --database uslci
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "study",
        metavar="STUDY",
        help=study_help(),
    )
    parser.add_argument(
        "--against",
        default="",
        choices=list(STANDARDS),
        help="the standard (default: gbt-24067-2024)",
    )
    parser.add_argument(
        "--rules",
        default=None,
        metavar="SET",
        help="rule set under which the number is checked (default: the study's own)",
    )
    parser.add_argument(
        "--scenarios", default="", metavar="FILE", help="table of scenarios that the study is shown under"
    )
    parser.add_argument(
        "--earlier",
        default="",
        metavar="STUDY",
        help="earlier study of the same product, where performance is tracked",
    )
    parser.add_argument(
        "--compare", default="", metavar="A,B", help="products of the study that are set side by side"
    )
    parser.add_argument(
        "--label",
        default="",
        metavar="VALUE",
        help="the number of a label, as it is printed [kg CO2e per unit of the product]: is it right?",
    )
    parser.add_argument("--product", default="", help="with --label: the product, where a study has several")
    parser.add_argument(
        "--database",
        action="append",
        default=[],
        metavar="DB",
        help="of a folder of results: an inventory that its study names by digest; may be repeated",
    )
    parser.add_argument("--failed", action="store_true", help="show only requirements that are not met")


def run(given: argparse.Namespace) -> int:
    """Check a study and show the verdicts."""
    if given.label:
        return check_number(given, named_study(given.study))
    if is_results(given.study) or Path(given.study).is_dir():
        study, code = check_results(given)
        if not given.against:
            return code
    else:
        study, code = named_study(given.study), 0
    tell(message("cli.study", key=study.key, title=shown_name(study.title)))
    assessment = assess(
        study,
        given.against or DEFAULT_STANDARD,
        rule_set=given.rules,
        scenarios=read_scenarios(given.scenarios, study=study) if given.scenarios else (),
        earlier=named_study(given.earlier) if given.earlier else None,
        compared=[key for key in given.compare.split(",") if key],
    )
    if given.json:
        say_json(as_data(assessment))
    else:
        show(assessment, failed_only=given.failed)
    return NOT_MET if assessment.failures else code


def show(assessment: Assessment, *, failed_only: bool = False) -> None:
    """Print an assessment, topic by topic."""
    title = STANDARDS[assessment.standard]
    say(message("conformity.title", study=assessment.study, standard=title, rule_set=assessment.rule_set))
    say(message("conformity.what_it_is"))
    topic = ""
    for row in assessment.failures if failed_only else assessment.rows:
        if row.requirement.topic != topic:
            topic = row.requirement.topic
            say()
            say(translated(topic))
        place = row.requirement.place_in(assessment.standard)
        verdict, text = message(f"verdict.{row.verdict}"), translated(row.requirement.text)
        say(f"  {row.requirement.id:5} {verdict}: {text} [{place}]")
        say(f"        {row.outcome.evidence}")
        if row.requirement.person and row.verdict in (Verdict.PASS, Verdict.PASS_AS_INTERPRETED):
            say(f"        {message('conformity.left_to_a_person', what=translated(row.requirement.person))}")
    say()
    say(
        ", ".join(
            f"{count} {message(f'verdict.{verdict}')}"
            for verdict, count in assessment.counts.items()
            if count
        )
    )
