"""Cards and columns: what objects show in a notebook and in a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from carbonlab.conformity.assessment import assess
from carbonlab.display import Card, Part, fill, record_html, text_width, wrap_text
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.findings import count_findings
from carbonlab.inventory.records import DatabaseMeta
from carbonlab.inventory.search import search
from carbonlab.messages import in_language
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from tests.report.chinese_study import chinese_database, chinese_study
from tests.widgets.html_outline import outline_of

EVIL = "<script>alert(1)</script> & 'x'"


def public_objects() -> dict[str, Any]:
    """Return one of each kind of object that users get hold of."""
    database, study = chinese_database(), chinese_study()
    system = build_product_system([database], load_rule_set("default"))
    return {
        "Database": database,
        "DatabaseBuilder": DatabaseBuilder(DatabaseMeta(name="x")),
        "RuleSet": load_rule_set("gbt-24067-2024"),
        "Study": study,
        "UnitOfAnalysis": study.units[0],
        "ProductSystem": system,
        "Evaluation": evaluate_system(system),
        "Assessment": assess(study, "gbt-24067-2024"),
        "Flow": database.flow("cement"),
        "UnitProcess": database.process("kiln"),
        "Exchange": database.process("kiln").exchanges[0],
        "ProcessHit": search(database, "水泥窑")[0],
        "SamplingPlan": SamplingPlan(),
    }


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_object_shows_itself_without_script_and_closed(language: str) -> None:
    with in_language(language):
        shown = {kind: (one._repr_html_(), repr(one)) for kind, one in public_objects().items()}
    for kind, (html, text) in shown.items():
        outline = outline_of(html)
        assert outline.unclosed == [], kind
        assert not outline.tags & {"script", "link", "img", "iframe"}, kind
        assert not {name for name in outline.attributes if name.startswith("on")}, kind
        assert "http" not in html or kind in ("RuleSet", "Study"), f"{kind} asks for nothing from outside"
        assert len(text) < 20_000 and "object at 0x" not in text, f"{kind} says what it is"


def test_colors_are_those_of_the_page() -> None:
    """A fixed color would be lost in a dark theme, or in a light one."""
    html = Card("kind", "title", [("a", "b")]).html()
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "currentColor" in style
    assert "#" not in style and "rgb(" not in style


def test_whatever_stands_in_a_card_is_escaped() -> None:
    html = Card(EVIL, EVIL, [(EVIL, EVIL)], [Part(EVIL, (EVIL,), ((EVIL,),))], EVIL).html()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 8
    assert outline_of(html).unclosed == []


def test_parts_fold_and_empty_ones_are_left_out() -> None:
    card = Card(
        "k",
        "t",
        (),
        [Part("folded", (), (("1",),)), Part("shown", (), (("2",),), is_open=True), Part("absent", (), ())],
    )
    html = card.html()
    assert html.count("<details>") == 1 and html.count("<details open>") == 1
    assert "absent" not in html


@dataclass(frozen=True)
class Inner:
    name: str
    amount: float = float("nan")


@dataclass(frozen=True)
class Outer:
    id: str
    note: str = ""
    is_avoided: bool = False
    parts: tuple[Inner, ...] = ()


def test_a_record_shows_what_it_states_and_nothing_else() -> None:
    html = record_html(Outer("o1", parts=(Inner("<b>", 2.0), Inner("second"))))
    assert "parts (2)" in html and "&lt;b&gt;" in html and "<td>2</td>" in html
    assert "nan" not in html and "note" not in html and "avoided" not in html
    assert "avoided" in record_html(Outer("o1", is_avoided=True))
    assert "amount" not in record_html(Outer("o1", parts=(Inner("only"),))), "a column that says nothing"


@pytest.mark.parametrize(("text", "width"), [("", 0), ("abc", 3), ("水泥", 4), ("CO2 排放", 8), ("（", 2)])
def test_width_of_wide_letters(text: str, width: int) -> None:
    assert text_width(text) == width
    assert text_width(fill(text, 12)) == 12 == text_width(fill(text, 12, right=True))


@pytest.mark.parametrize("width", [4, 7, 20])
@pytest.mark.parametrize(
    "text",
    [
        "one two three",
        "系统边界之外的收益与负荷（模块 D）",
        "a verylongwordthatdoesnotfit here",
        "混合 text 排版",
    ],
)
def test_wrapped_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrap_text(text, width)
    assert all(text_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_rule_table_in_chinese_keeps_its_keys() -> None:
    rules = load_rule_set("gbt-24067-2024")
    with in_language("zh_CN"):
        text, html = rules.table().text(150), rules._repr_html_()
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("决定项"))
    assert any(line.startswith("electricity ") for line in lines[start:]), "keys are what commands take"
    assert "依据程度" in lines[start] and "视为与 ISO 14067 相同" in text
    assert "GB/T 24067-2024，一种解读" in html
    assert rules.table().records[0]["slot"] == "boundary", "records are the same in every language"


def test_large_inventories_show_counts_not_rows() -> None:
    inventory = load_teaching_inventory()
    assert f"{inventory.processes.num_rows:,}" in inventory._repr_html_()
    assert len(inventory._repr_html_()) < 30_000
    assert len(Study.of(inventory, "sawmill")._repr_html_()) < 30_000


def test_an_amount_is_never_shown_without_its_unit() -> None:
    inventory = load_teaching_inventory()
    assert "1 unit of the reference flow" in Study.of(inventory, "sawmill")._repr_html_()
    assert "2 t<" in Study.of(inventory, "aluminium_ingot_cn", amount=2, unit="t")._repr_html_()
    assert (
        "unit of the reference flow" not in Study.of(inventory, "aluminium_ingot_cn", unit="t")._repr_html_()
    )


def test_text_is_set_to_the_left_against_style_sheets_of_notebooks() -> None:
    html = load_teaching_inventory()._repr_html_()
    text = ".carbonlab-card.carbonlab-card.carbonlab-card :is(th,td){text-align:left"
    assert text in html, "JupyterLab sets cells to the right by a rule of two classes"


def test_what_a_database_says_of_itself_and_its_findings_are_cards() -> None:
    inventory = load_teaching_inventory()
    assert inventory.meta.licence in inventory.meta._repr_html_()
    counted = count_findings(inventory)[0]
    assert counted.text in counted._repr_html_() and str(counted.count) in counted._repr_html_()
