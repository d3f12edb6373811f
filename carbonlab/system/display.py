"""What a notebook shows of a study and of a product system."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from carbonlab.display.card import Card, Part
from carbonlab.messages import has_message, message, translated

if TYPE_CHECKING:  # studies and systems show themselves by these cards, so the import goes the other way
    from carbonlab.system.product_system import ProductSystem
    from carbonlab.system.study import Study


def study_html(study: Study) -> str:
    """Return the card of a study: what is asked, on which data, under which rules; goal and scope folded."""
    own_unit = message("display.of_reference_flow")
    units = tuple(
        (
            unit.key,
            unit.name,
            f"{unit.amount:g} {unit.unit or own_unit}",
            message(f"unit_type.{unit.unit_type}"),
        )
        for unit in study.units
    )
    sets = tuple((rules.key, translated(rules.title), rules.digest) for rules in study.rule_sets)
    databases = [*study.databases, *([study.foreground] if study.foreground is not None else [])]
    data = tuple((db.meta.name, db.meta.version, db.digest) for db in databases)
    texts = tuple(
        (message(f"{group}.{key}"), text)
        for group, stated in (("goal", study.goal), ("scope", study.scope))
        for key, text in stated.items()
    )
    facts = [(message("report.reference_year"), study.reference_year)] if study.reference_year else []
    if study.sampling is not None:
        plan = study.sampling
        facts.append((message("display.draws"), f"{plan.draws:,} ({plan.kind}, {plan.seed})"))
    parts = [
        Part(message("display.products"), (), units, is_open=True),
        Part(message("report.rules"), (), sets, is_open=len(sets) < 4),
        Part(message("report.databases"), (), data),
        Part(message("report.goal_and_scope"), (), texts),
    ]
    return Card(message("display.study"), study.title, facts, parts, study.digest).html()


def product_system_html(system: ProductSystem) -> str:
    """Return the card of a product system: sizes of its matrices, and what every rule did to how many entries."""
    A, B = system.matrices.A, system.matrices.B
    facts = [
        ("A", f"{A.shape[0]:,} × {A.shape[1]:,}, {A.nnz:,}"),
        ("B", f"{B.shape[0]:,} × {B.shape[1]:,}, {B.nnz:,}"),
        (message("display.without_number"), f"{int((~system.has_column).sum()):,}"),
    ]
    log = tuple(
        (_slot(line.slot), line.option, line.verb, line.table, f"{len(line.rows):,}")
        for line in system.work.log
    )
    counted = Counter(finding.code for finding in system.work.findings)
    found = tuple((f"{count:,}", message(f"finding.{code}")) for code, count in counted.most_common())
    head = tuple(message(f"display.{key}") for key in ("slot", "option", "verb", "table", "entries"))
    parts = [
        Part(message("display.log"), head, log, (4,)),
        Part(f"{message('report.findings')} ({len(system.work.findings):,})", (), found, (0,)),
    ]
    title = f"{system.database.meta.name} · {system.rule_set.key}"
    return Card(message("display.product_system"), title, facts, parts, system.structure_digest).html()


def _slot(key: str) -> str:
    return message(f"slot.{key}") if has_message(f"slot.{key}") else key
