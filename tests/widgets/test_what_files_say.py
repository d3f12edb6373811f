"""What a file says of itself to whoever opens it later: rule sets, clauses, digests, and whether the work was done."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from carbonlab.compare import attribute
from carbonlab.errors import RuleError
from carbonlab.messages import in_language, message
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import View, rules_bench, uncertainty_bench, waterfall_view
from carbonlab.widgets.take_along import TakeAlong


def test_the_workbook_of_a_waterfall_names_rule_sets_and_clauses() -> None:
    gbt, pef = load_rule_set("gbt-24067-2024"), load_rule_set("eu-pef-2021").replace(aviation="separate")
    bench = rules_bench(
        load_teaching_inventory(), products="planer_mill", baseline=gbt, alternative=pef, rule_sets=[]
    )
    with in_language("zh_CN"):
        bench.shown_control.value = "sides"
        bench.shown_control.value = "waterfall"
        book = openpyxl.load_workbook(io.BytesIO(bench.view.export_bytes("xlsx")))
        rules = message("bench.rules_of_sides")
    readme = {row[0]: row[1] for row in book["README"].iter_rows(values_only=True)}
    assert str(readme["基线"]).startswith("GB/T 24067-2024") and "航空" in str(readme["备选"])
    assert not [key for key in readme if "digest" in str(key)], "digests are named in words"
    assert readme["基线规则集的摘要值"] == gbt.digest
    rows = list(book[rules[:31]].iter_rows(values_only=True))
    assert rows[0] == ("规则", "基线", "基线: 条款", "备选", "备选: 条款")
    assert len(rows) == 1 + len(gbt.diff(pef))
    assert all("GB/T 24067-2024" in str(row[2]) for row in rows[1:])
    assert any("2021/2279" in str(row[4]) for row in rows[1:])
    with pytest.raises(RuleError, match="not the two that were compared"):
        waterfall_view(attribute(bench.study, gbt, pef), bench.study, rule_sets=(pef, gbt))


def test_a_view_of_unfinished_work_says_so_in_every_file() -> None:
    bench = uncertainty_bench(load_teaching_inventory(), products="sawmill", rule_sets=["default"])
    bench.draws_control.value = 128
    views: list[View] = []
    bench.box.take_along.refresh = lambda: views.append(bench.view)  # type: ignore[method-assign]
    bench.start()
    bench.job.wait()
    early, last = views[-2], views[-1]
    assert (early.state, last.state) == ("Work goes on, or was cancelled: 64 of 128 (Draws).", "")
    assert early.state.encode() in early.export_bytes("html")
    book = openpyxl.load_workbook(io.BytesIO(early.export_bytes("xlsx")))
    assert ("State", early.state) in book["README"].iter_rows(values_only=True)
    sent: list[dict[str, Any]] = []
    for view in (early, last):
        given = TakeAlong(lambda view=view: view)  # type: ignore[misc]
        given.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
        given._handle_custom_msg({"export": "csv"}, [])
    assert [one["file"].endswith("-partial.csv") for one in sent] == [True, False]
    assert early.state in sent[0]["said"] and "Work" not in sent[1]["said"]
