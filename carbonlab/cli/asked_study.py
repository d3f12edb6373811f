"""Which study a command is about: an embedded study, a study file, or one product of a database."""

from __future__ import annotations

import argparse
from pathlib import Path

from carbonlab.cli.databases import DATABASE_HELP, amount_of, open_database
from carbonlab.errors import StudyError
from carbonlab.spelling import did_you_mean
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import DEFAULT_STUDY, list_studies, study_path

RESULTS = ("manifest.json", "study.toml")
"""Files by which a folder of results is known."""


def study_help() -> str:
    """Return what may stand where a study is asked for."""
    return f"an embedded study ({', '.join(list_studies())}), a study file (.toml), a folder of results"


def is_results(text: str) -> bool:
    """Say whether a text is the path of a folder that `carbonlab run` wrote."""
    return text not in list_studies() and all((Path(text) / name).is_file() for name in RESULTS)


def is_study(text: str) -> bool:
    """Say whether a text names a study: an embedded one, a study file, or a folder of results."""
    return text in list_studies() or text.endswith(".toml") or is_results(text)


def named_study(text: str) -> Study:
    """Return the study that a text names: the key of an embedded one, a study file, or a folder of results.

    Raises
    ------
    StudyError
        If there is no such study, or it cannot be read.
    """
    if text in list_studies():
        return read_study(study_path(text))
    if is_results(text):
        return read_study(Path(text) / "study.toml")
    if not text.endswith(".toml"):
        raise StudyError(
            f"there is no study {text!r}",
            remedy=f"{did_you_mean(text, list_studies())}name a study file (.toml), a folder of results, or an "
            f"embedded study: {', '.join(list_studies())}",
        )
    return read_study(Path(text))


def add_study_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names a study: ``STUDY|DB [PROCESS]``, ``--amount``, ``--unit`` and ``--flow``."""
    parser.add_argument("source", metavar="STUDY|DB", help=f"{study_help()}; or {DATABASE_HELP}")
    parser.add_argument(
        "process",
        nargs="?",
        default="",
        metavar="PROCESS",
        help="a process of a database, or a product of a study: id or key, name, or words of the name",
    )
    parser.add_argument(
        "--amount",
        type=amount_of,
        default=1.0,
        metavar="N",
        help="of a database: how much of the product (default: 1)",
    )
    parser.add_argument("--unit", default="", help="of a database: unit of the amount")
    parser.add_argument(
        "--flow", default="", help="of a database: id of the product flow, where a process has several"
    )


def asked_study(given: argparse.Namespace, command: str) -> Study:
    """Return the study that these arguments ask for.

    Raises
    ------
    StudyError
        If a study has no such product, or no process of a database is named.
    """
    is_inventory = given.source == DEFAULT_STUDY and given.process  # its study and the inventory share a name
    if is_study(given.source) and not is_inventory:
        study = named_study(given.source)
        if not given.process:
            return study
        return study.with_products(given.process)
    if not given.process:
        if not Path(given.source).exists():
            return named_study(given.source)
        raise StudyError(
            "no process is named",
            where=given.source,
            remedy=f"say whose footprint: carbonlab {command} DB PROCESS",
        )
    database = open_database(given.source)
    return Study.of(database, given.process, amount=given.amount, unit=given.unit, flow=given.flow)
