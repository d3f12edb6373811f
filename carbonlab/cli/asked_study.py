"""Which study a command is about: a study file, or one product of a database."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from carbonlab.cli.databases import DATABASE_HELP, amount_of, open_database
from carbonlab.errors import StudyError
from carbonlab.inventory.search import find_process
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study


def add_study_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names a study: ``STUDY|DB [PROCESS]``, ``--amount``, ``--unit`` and ``--flow``."""
    parser.add_argument("source", metavar="STUDY|DB", help=f"study file (.toml), or {DATABASE_HELP}")
    parser.add_argument(
        "process",
        nargs="?",
        default="",
        metavar="PROCESS",
        help="of a database: id, name, or words of the name; of a study: key of one product",
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
    if given.source.endswith(".toml"):
        study = read_study(Path(given.source))
        if not given.process:
            return study
        units = tuple(unit for unit in study.units if unit.key == given.process)
        if not units:
            raise StudyError(
                f"study {study.key!r} has no product {given.process!r}",
                remedy=f"its products are {', '.join(unit.key for unit in study.units)}",
            )
        return replace(study, units=units)
    if not given.process:
        raise StudyError(
            "no process is named",
            where=given.source,
            remedy=f"say whose footprint: carbonlab {command} DB PROCESS",
        )
    database = open_database(given.source)
    process = find_process(database, given.process)
    return Study.of(database, process, amount=given.amount, unit=given.unit, flow=given.flow)
