"""Names in documents are those of the chosen language; the summary keeps them as they were written."""

from __future__ import annotations

import re

import pytest

from carbonlab.messages import in_language
from carbonlab.report.declaration import build_declaration
from carbonlab.report.document import Document
from carbonlab.report.html import build_report, document_html
from carbonlab.report.shown_names import with_shown_names
from carbonlab.report.study_report import build_study_report
from carbonlab.report.summary import summarize
from carbonlab.results.calculate import collect, evaluate
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path


@pytest.fixture(scope="module")
def summary() -> dict:
    study = read_study(study_path("urea"))
    evaluations = evaluate(study)
    return summarize(study, evaluations, collect(study, evaluations))


def test_a_summary_is_not_changed_and_unknown_names_stay() -> None:
    given = {"name": "Steel cord, China", "id": "steel", "rows": [{"process": "Urea, China", "key": "urea"}]}
    with in_language("zh_CN"):
        shown = with_shown_names(given)
    assert shown == {
        "name": "钢帘线，中国",
        "id": "steel",
        "rows": [{"process": "尿素，中国", "key": "urea"}],
    }
    assert given["name"] == "Steel cord, China"
    with in_language("zh_CN"):
        assert with_shown_names({"name": "my own", "processes": ["mine", "Urea, China"]}) == {
            "name": "my own",
            "processes": ["mine", "尿素，中国"],
        }
    assert with_shown_names(given) == given


@pytest.mark.parametrize("build", [build_report, build_study_report, build_declaration])
def test_no_packaged_name_of_a_process_is_left_in_english(build, summary: dict) -> None:
    with in_language("zh_CN"):
        made = build(summary)
        page = document_html(made) if isinstance(made, Document) else made
    names = {
        row["name"]
        for product in summary["rule_sets"][0]["products"]
        for row in product["processes"]["largest"]
    }
    assert "Urea, China" in names or len(names) > 3
    seen = re.sub(r"<[^>]+>", "\n", page)
    left = [name for name in names if name in seen]
    assert left == []
    assert "1 t尿素" in seen
