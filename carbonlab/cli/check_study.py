"""``carbonlab check STUDY --against STANDARD``: requirement by requirement, with evidence; nothing here
certifies.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from carbonlab.cli.output import say, say_json, tell
from carbonlab.conformity.assessment import Assessment, as_data, assess
from carbonlab.conformity.requirements import STANDARDS
from carbonlab.conformity.verdicts import Verdict
from carbonlab.messages import message, translated
from carbonlab.system.scenario_table import read_scenarios
from carbonlab.system.study_file import read_study
from carbonlab.teaching import list_studies, study_path

NOT_MET = 4

EPILOG = """\
Every requirement that can be computed is checked on the model and the solved result. "as interpreted":
the text of the requirement was recalled, not read. "for a person": no program can close it. The
requirements are in our own words.
Exit code 4: a requirement is not met.

examples:
  carbonlab check my_study.toml
  carbonlab check my_study.toml --against iso-14067-2018 --scenarios scenarios.csv
  carbonlab check lumber --failed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "study",
        metavar="STUDY",
        help="study file (.toml), or an embedded study: " + ", ".join(list_studies()),
    )
    parser.add_argument(
        "--against",
        default="gbt-24067-2024",
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
    parser.add_argument("--failed", action="store_true", help="show only requirements that are not met")


def run(given: argparse.Namespace) -> int:
    """Check a study and show the verdicts."""
    path = study_path(given.study) if given.study in list_studies() else Path(given.study)
    study = read_study(path)
    tell(message("cli.study", key=study.key, title=study.title))
    assessment = assess(
        study,
        given.against,
        rule_set=given.rules,
        scenarios=read_scenarios(given.scenarios, study=study) if given.scenarios else (),
        earlier=read_study(given.earlier) if given.earlier else None,
        compared=[key for key in given.compare.split(",") if key],
    )
    if given.json:
        say_json(as_data(assessment))
    else:
        show(assessment, failed_only=given.failed)
    return NOT_MET if assessment.failures else 0


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
        say(
            f"  {row.requirement.id:5} {message(f'verdict.{row.verdict}')}: {translated(row.requirement.text)}"
        )
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
