"""What notebooks show of public objects: HTML without script, and a text that says as much."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape

import pytest

from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import Line, Reference, Rule
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from tests.widgets.html_outline import outline_of

DEFAULT = load_rule_set("default")


@pytest.mark.parametrize(
    "shown", [DEFAULT, load_teaching_inventory(), Study.of(load_teaching_inventory(), "sawmill")], ids=type
)
def test_html_is_closed_and_has_no_script(shown: object) -> None:
    html = shown._repr_html_()  # type: ignore[attr-defined]
    outline = outline_of(html)
    assert outline.unclosed == []
    assert not outline.tags & {"script", "link", "img"}
    assert shown.digest in html and shown.digest in repr(shown)  # type: ignore[attr-defined]


def cells_of(html: str) -> list[list[str]]:
    """Return the rows of the body of the table, unescaped."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows]


@pytest.mark.parametrize("key", ["default", "iso-14067-2018", "eu-pef-2021"])
def test_rule_set_shows_each_slot_with_option_and_reference(key: str) -> None:
    rules = load_rule_set(key)
    html = rules._repr_html_()
    rows = cells_of(html)
    lines = [(slot.key, line) for slot in SLOTS for line in rules.rules[slot.key].lines]
    assert outline_of(html).counts["tr"] == len(lines) + 1 == len(rows) + 1
    assert [row[0] for row in rows if row[0]] == [slot.key for slot in SLOTS]
    for (_, line), (_, rule, written, level, note) in zip(lines, rows, strict=True):
        assert line.option in re.split(r"[ (]", rule)
        assert all(name in rule for name in line.parameters)
        assert written and written.endswith(line.reference.clause)
        assert level == line.reference.source_level
        assert note == line.reference.note
    named = {line.reference.source for _, line in lines} - {"", "own"}
    assert named, "a rule set in the package says where its rules are written"
    for source in named:
        assert escape(rules.references[source]["citation"]) in html


def test_rule_with_several_lines_says_for_whom() -> None:
    lines = (
        Line("price", selector=Selector(process="<b>mill"), reference=Reference(note="a & b")),
        Line("mass"),
    )
    rules = DEFAULT.replace(multifunctionality=Rule("multifunctionality", lines))
    html = rules._repr_html_()
    rows = cells_of(html)
    first = [row[0] for row in rows].index("multifunctionality")
    assert rows[first][1] == f"{lines[0].selector} → price"
    assert rows[first][4] == "a & b"
    assert rows[first + 1][:2] == ["", "mass"], "the slot is named once, at its first line"
    assert len(rows) == len(SLOTS) + 1
    assert "<b>mill" not in html and "&lt;b&gt;mill" in html
    assert "a & b" not in html and "a &amp; b" in html
    assert outline_of(html).unclosed == []


def test_names_that_others_wrote_are_shown_as_text() -> None:
    evil = "<script>alert(1)</script>"
    rules = replace(DEFAULT, title=evil, note=evil + " & more", references={"ar6": {"citation": evil}})
    outline = outline_of(rules._repr_html_())
    assert outline.unclosed == []
    assert not outline.tags & {"script", "link", "img"}
    assert rules._repr_html_().count(escape(evil)) >= 3
    assert evil not in rules._repr_html_()


def test_rule_set_without_references_cites_none() -> None:
    citation = escape(DEFAULT.references["ar6"]["citation"])
    assert citation in DEFAULT._repr_html_()
    bare = replace(DEFAULT, references={})._repr_html_()
    assert citation not in bare
    assert len(cells_of(bare)) == len(SLOTS), "the rules themselves are shown as before"


def test_systems_and_evaluations_say_what_they_are_in_a_few_lines() -> None:
    system = build_product_system([load_teaching_inventory()], DEFAULT)
    evaluation = evaluate_system(system)
    size = system.matrices.A.shape[0]
    assert f"A: {size} × {size}, {system.matrices.A.nnz} entries" in repr(system)
    assert system.structure_digest in repr(system)
    assert f"{size} complete" in repr(evaluation)
    assert f"loops: {len(evaluation.loops)}, largest gain {evaluation.loops[0].gain:.3g}" in repr(evaluation)
    assert max(len(repr(system)), len(repr(evaluation))) < 400
