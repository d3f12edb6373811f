"""What notebooks show of public objects: HTML without script, and a text that says as much."""

from __future__ import annotations

from dataclasses import replace

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


def test_rule_set_shows_each_slot_with_option_and_reference() -> None:
    outline = outline_of(DEFAULT._repr_html_())
    assert outline.counts["th[scope=row]"] == len(SLOTS)
    for slot in SLOTS:
        for line in DEFAULT.rules[slot.key].lines:
            assert f">{line.option}</code>" in DEFAULT._repr_html_()
            assert line.reference.clause in DEFAULT._repr_html_()
    assert "ISO 14067:2018" in DEFAULT._repr_html_()


def test_rule_with_several_lines_says_for_whom() -> None:
    lines = (
        Line("price", selector=Selector(process="<b>mill"), reference=Reference(note="a & b")),
        Line("mass"),
    )
    rules = DEFAULT.replace(multifunctionality=Rule("multifunctionality", lines))
    html = rules._repr_html_()
    assert outline_of(html).counts["th[rowspan=2]"] == 1
    assert "&lt;b&gt;mill" in html
    assert "a &amp; b" in html
    assert outline_of(html).unclosed == []


def test_rule_set_without_references_has_none_to_unfold() -> None:
    assert "<details>" not in replace(DEFAULT, references={})._repr_html_()


def test_systems_and_evaluations_say_what_they_are_in_a_few_lines() -> None:
    system = build_product_system([load_teaching_inventory()], DEFAULT)
    evaluation = evaluate_system(system)
    size = system.matrices.A.shape[0]
    assert f"A: {size} × {size}, {system.matrices.A.nnz} entries" in repr(system)
    assert system.structure_digest in repr(system)
    assert f"{size} complete" in repr(evaluation)
    assert f"loops: {len(evaluation.loops)}, largest gain {evaluation.loops[0].gain:.3g}" in repr(evaluation)
    assert max(len(repr(system)), len(repr(evaluation))) < 400
