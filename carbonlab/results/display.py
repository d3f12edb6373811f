"""What a notebook shows of an evaluation: statuses, loops, findings, and how exactly it was solved."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from carbonlab.display.card import Card, Part
from carbonlab.messages import message
from carbonlab.vocabulary import Status

if TYPE_CHECKING:  # evaluations show themselves by this card, so the import goes the other way
    from carbonlab.results.evaluation import Evaluation

SHOWN = 10
"""Loops that are listed; the number of all of them stands in the title."""


def evaluation_html(evaluation: Evaluation) -> str:
    """Return the card of an evaluation."""
    counts = [(status, int((evaluation.status == status).sum())) for status in Status]
    statuses = tuple((f"{count:,}", message(f"status.{status}")) for status, count in counts if count)
    names = evaluation.system.database.column("processes", "name")[evaluation.system.columns.process]
    loops = tuple(
        (f"{loop.gain:.3g}", f"{len(loop.indices):,}", "; ".join(str(names[i]) for i in loop.indices[:3]))
        for loop in evaluation.loops[:SHOWN]
    )
    counted = Counter(finding.code for finding in evaluation.findings)
    found = tuple((f"{count:,}", message(f"finding.{code}")) for code, count in counted.most_common())
    residual = float(np.max(evaluation.adjoint.residual, initial=0.0))
    facts = [(message("display.residual"), f"{residual:.1e}")]
    head = tuple(message(f"cli.{key}") for key in ("gain", "loop_of", "processes"))
    parts = [
        Part(message("report.statuses"), (), statuses, (0,), is_open=True),
        Part(f"{message('display.loops')} ({len(evaluation.loops):,})", head, loops, (0, 1)),
        Part(f"{message('report.findings')} ({len(evaluation.findings):,})", (), found, (0,)),
    ]
    title = f"{evaluation.system.database.meta.name} · {evaluation.system.rule_set.key}"
    return Card(message("display.evaluation"), title, facts, parts).html()
