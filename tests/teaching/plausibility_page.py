"""Write docs/plausibility.md: results of the teaching inventory beside published totals.

Run after values or published totals changed: ``python -m tests.teaching.plausibility_page``.
"""

from __future__ import annotations

from functools import cache

from carbonlab.report.plausibility import (
    Comparison,
    compare_with_published,
    plausibility_markdown,
    read_published_totals,
)
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.teaching.tables_as_written import TEACHING

PAGE = TEACHING.parents[1] / "docs" / "plausibility.md"

HEAD = """\
# Are the results plausible?

Each chapter of the teaching inventory beside totals that others published. *Ours* is the result under the rule set
`default` (AR6, mass allocation where nothing else is stated), in kg CO2e for the same amount. The gap is ours less the
published value, as a share of the published value. A gap of more than 30 % is explained below the table.

A published total is another study with other rules, boundaries and years. A small gap shows that nothing is grossly
wrong; it proves no single value.

This page is generated from `published_totals.toml` of the chapters: `python -m tests.teaching.plausibility_page`. A
test compares it with a fresh one.

"""


@cache
def comparisons() -> tuple[Comparison, ...]:
    """Return the published totals of all chapters beside our results."""
    study = read_study(study_path())
    system = build_product_system(study.databases, load_rule_set("default"), foreground=study.foreground)
    files = sorted((TEACHING / "inventory").glob("*/published_totals.toml"))
    totals = [total for file in files for total in read_published_totals(file)]
    return compare_with_published(evaluate_system(system), totals)


def page() -> str:
    """Return the page as it has to be."""
    return HEAD + plausibility_markdown(comparisons())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
