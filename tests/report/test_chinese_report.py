"""Reports in Chinese: nothing of them is left in English but names, keys and citations."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from carbonlab.messages import in_language, set_language
from carbonlab.report.declaration import build_declaration
from carbonlab.report.document import Figure
from carbonlab.report.html import build_report, document_html
from carbonlab.report.study_report import build_study_report
from carbonlab.report.workbook import workbook_tables
from carbonlab.vocabulary import Role
from tests.report.chinese_study import TOTAL, chinese_study, summary_in

NAMES = (
    *("carbonlab", "CO2e", "CO2", "CH4", "kg", "kWh", "Shapley", "toml", "study", "run", "SVG", "n/a"),
    *("ISO", "GB", "IPCC", "GHG", "Protocol", "EN", "PAS", "AR6", "GWP100", "CN", "GWP"),
)
"""Words that are the same in Chinese texts: units, symbols, names of standards, the command that runs again."""


def keys_and_citations(summary: dict[str, Any]) -> list[str]:
    """Return what is quoted as it is: keys that files and commands take, and citations."""
    quoted = [*summary["attributes"], *map(str, summary["attributes"].values()), summary["study"]["digest"]]
    quoted += [product["key"] for product in summary["rule_sets"][0]["products"]]
    quoted += [finding["code"] for rules in summary["rule_sets"] for finding in rules["findings"]]
    quoted += [db["digest"] for db in summary["databases"]]
    for part in ("processes", "elementary_flows"):
        quoted += [row["id"] for row in summary["rule_sets"][0]["products"][0][part]["largest"]]
    quoted += list(Role)
    for rules in summary["rule_sets"]:
        quoted += [rules["key"], rules["digest"], rules["characterization"]]
        for rule in rules["rules"]:
            for line in rule["lines"]:
                quoted += [line["option"], line["source"], line["clause"]]
                quoted += [text for item in line["parameters"].items() for text in map(str, item)]
    return [text for text in quoted if text]


def english_left(text: str, summary: dict[str, Any]) -> list[str]:
    """Return the English words of a text that are neither names, keys nor citations."""
    for quoted in sorted(keys_and_citations(summary), key=len, reverse=True):
        text = text.replace(quoted, " ")
    words = re.findall(r"[A-Za-z][A-Za-z0-9_]*", text)
    return [word for word in words if word not in NAMES and len(word) > 2]


def visible(html: str) -> str:
    """Return what a reader sees of a page: texts, titles and text alternatives."""
    body = re.sub(r"<style>.*?</style>", " ", html, flags=re.DOTALL)
    spoken = " ".join(re.findall(r'(?:aria-label|title|alt)="([^"]*)"', body))
    return unescape(re.sub(r"<[^>]*>", " ", body) + " " + spoken)


def document_text(build: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], str]:
    def text(summary: dict[str, Any]) -> str:
        document = build(summary)
        figures = (visible(block.svg) for block in document.blocks if isinstance(block, Figure))
        return "\n".join([*document.texts, *figures])

    return text


def workbook_text(summary: dict[str, Any]) -> str:
    cells = [cell for table in workbook_tables(summary) for row in [table.head, *table.rows] for cell in row]
    return "\n".join(
        [*(table.name for table in workbook_tables(summary)), *(c for c in cells if isinstance(c, str))]
    )


REPORTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "web page": lambda summary: visible(build_report(summary)),
    "study report": document_text(build_study_report),
    "study report as web page": lambda summary: visible(document_html(build_study_report(summary))),
    "declaration": document_text(build_declaration),
    "workbook": workbook_text,
}


@pytest.mark.parametrize("kind", REPORTS)
def test_no_english_is_left_in_a_chinese_report(kind: str) -> None:
    summary = summary_in("zh_CN")
    with in_language("zh_CN"):
        text = REPORTS[kind](summary)
    assert english_left(text, summary) == []
    assert "水泥窑" in text or kind == "declaration"


@pytest.mark.parametrize("kind", REPORTS)
def test_the_rule_finds_english(kind: str) -> None:
    summary = summary_in("en")
    assert len(english_left(REPORTS[kind](summary), summary)) > 20, (
        "the same report in English has many words"
    )


def test_numbers_do_not_depend_on_the_language() -> None:
    totals = [
        [product["total"] for rules in summary_in(code)["rule_sets"] for product in rules["products"]]
        for code in ("en", "zh_CN")
    ]
    assert totals[0] == totals[1]
    assert totals[0][0] == pytest.approx(TOTAL)


def test_pages_say_their_language_and_the_terms_of_the_standard() -> None:
    summary = summary_in("zh_CN")
    with in_language("zh_CN"):
        page, study_report = build_report(summary), document_html(build_study_report(summary))
        declaration = document_html(build_declaration(summary))
    for html in (page, study_report, declaration):
        assert '<html lang="zh-CN">' in html
        assert "kg CO2e" in html and "850" in html
    chapters = ("概况", "量化目的", "量化范围", "清单分析", "影响评价", "结果解释", "鉴定性评审")
    places = [study_report.index(f">{chapter}</h2>") for chapter in chapters]
    assert places == sorted(places), "the chapters stand in the order of the standard"
    terms = (
        "声明单位",
        "系统边界",
        "取舍",
        "分配",
        "基准流",
        "原材料获取",
        "分销",
        "生命末期",
        "特征化",
        "生物源",
    )
    assert [term for term in terms if term not in study_report] == []
    assert "草案" in declaration and "未经核查" in declaration


def test_a_language_holds_until_another_one_is_set() -> None:
    set_language("zh_CN")
    try:
        assert "普通硅酸盐水泥" in chinese_study()._repr_html_()
        assert "数据库" in chinese_study()._repr_html_()
    finally:
        set_language("en")
    assert "数据库" not in chinese_study()._repr_html_()
