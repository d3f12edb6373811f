"""Why a product has no number: the processes upstream of it whose co-products no basis fits."""

from __future__ import annotations

import numpy as np

from carbonlab.cli.output import say
from carbonlab.messages import message
from carbonlab.results.evaluation import Evaluation
from carbonlab.solve import Direction, reaches

CODES = ("no_allocation_basis", "no_substitute")
SHOWN = 5


def processes_without_basis(evaluation: Evaluation, process: str, flow: str) -> list[dict[str, str]]:
    """Return the processes upstream of a product that have no basis: id, name, bases tried, what was found.

    What lies behind such a process is not known: nothing of it is shared among its products.
    """
    system = evaluation.system
    upstream = reaches(system.matrices.A, [system.column_of(process, flow)], direction=Direction.FORWARD)
    ids, names = (system.database.column("processes", name) for name in ("id", "name"))
    reached = np.unique(system.columns.process[upstream])
    name_of = dict(zip(ids[reached].tolist(), names[reached].tolist(), strict=True))
    return [
        {
            "id": finding.process,
            "name": str(name_of[finding.process]),
            "tried": finding.detail,
            "text": message(f"finding.{finding.code}"),
        }
        for finding in evaluation.findings
        if finding.code in CODES and finding.process in name_of
    ]


def say_without_basis(rows: list[dict[str, str]]) -> None:
    """Print the processes without a basis, five at most, the bases that were tried, and a remedy."""
    if not rows:
        return
    say(message("without_basis.heading", count=len(rows)))
    for row in rows[:SHOWN]:
        say(f"  {row['name']}   ({row['id']})")
    if len(rows) > SHOWN:
        say(f"  {message('cli.and_more', count=len(rows) - SHOWN)}")
    for why in sorted({_why(row) for row in rows}):
        say(why)
    say(message("without_basis.remedy"))


def _why(row: dict[str, str]) -> str:
    return message("without_basis.tried", bases=row["tried"]) if row["tried"] else row["text"]
