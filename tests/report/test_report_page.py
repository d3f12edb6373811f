"""The page of a study leads to its sections and folds long lists; the table of rule sets explains itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import xarray as xr

from carbonlab.cli import run_study
from carbonlab.compare import side_by_side
from carbonlab.compare.side_by_side import summarize_side_by_side
from carbonlab.report.html import build_report
from carbonlab.report.summary import summarize
from carbonlab.results.calculate import collect, evaluate
from carbonlab.system.study import Study
from tests.tiny import tiny_database

PROCESSES = "".join(f'[[processes]]\nid = "p{i}"\nout = {{ a{i} = 1, co2 = {i} }}\n' for i in range(5))
TINY = tiny_database("[flows]\n" + "".join(f'a{i} = "kg"\n' for i in range(5)) + PROCESSES)


def summary_of(products: int, rule_sets: tuple[str, ...]) -> dict[str, Any]:
    study = Study.of(TINY, "p0", rule_sets=rule_sets)
    unit = study.units[0]
    units = tuple(replace(unit, key=f"k{i}", name=f"Product {i}", process=f"p{i}") for i in range(products))
    asked = replace(study, units=units)
    evaluations = evaluate(asked)
    result = collect(asked, evaluations)
    return {**summarize(asked, evaluations, result), "comparison": summarize_side_by_side(asked, result)}


@pytest.mark.parametrize(
    ("products", "rule_sets", "is_open"),
    [(5, ("default", "pas-2050-2011", "eu-pef-2021", "ghgp-product-2011"), False), (2, ("default",), True)],
)
def test_contents_lead_to_every_section(products: int, rule_sets: tuple[str, ...], is_open: bool) -> None:
    page = build_report(summary_of(products, rule_sets))
    links, anchors = re.findall(r'href="#([^"]+)"', page), re.findall(r'\bid="([^"]+)"', page)
    assert set(links) <= set(anchors) and len(anchors) == len(set(anchors))
    assert [f"product-1-{i + 1}" for i in range(products)] == [a for a in links if a.startswith("product")]
    assert {"results", "goal_and_scope", "rules", "databases", "recompute"} <= set(links)
    folded = re.findall(r"<details( open)?><summary><h[23]>", page)
    assert len(folded) == products + len(rule_sets)
    assert set(folded) == {" open" if is_open else ""}
    assert page.count("<details") == page.count("</details>")


@pytest.mark.parametrize(
    ("totals", "spread"),
    [([1.0, 2.0, 4.0], 0.75), ([-3.0, 0.01, 4.0], 1.75), ([-4.0, -1.0, -2.0], 0.75), ([0.0, 0.0, 0.0], None)],
)
def test_the_spread_is_a_share_of_the_larger_number(totals: list[float], spread: float | None) -> None:
    keys = ["a", "b", "c"]
    result = xr.Dataset(
        {
            "total": (("rule_set", "product"), [[total] for total in totals]),
            "status": (("rule_set", "product"), [["complete"]] * 3),
        },
        coords={
            "rule_set": keys,
            "product": ["p"],
            "product_name": ("product", ["P"]),
            "product_amount": ("product", [1.0]),
            "product_unit": ("product", ["kg"]),
        },
    )
    assert side_by_side._product(result, 0, set())["spread"] == spread


def test_the_table_says_how_to_read_it_and_what_a_bare_zero_means(capsys: pytest.CaptureFixture[str]) -> None:
    comparison = summary_of(2, ("default", "pas-2050-2011"))["comparison"]
    run_study._show_comparison(comparison, idle=set(), beyond=[])
    shown = capsys.readouterr().out
    assert shown.startswith("Read this first: a line is a product, a column a rule set")
    assert "0: these rules count nothing of what the study models" in shown
    assert "k0 (default), k0 (pas-2050-2011)" in shown and "k1 (" not in shown
