"""The waterfall: bars that meet, numbers that add up as printed, labels that do not run into each other."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.compare.attribution import attribute
from carbonlab.report.figures import EMITTED, LABEL, ROW, TAKEN, WIDTH
from carbonlab.report.waterfall import TOTAL, waterfall, waterfall_of
from tests.compare.systems import baseline, mill, study_of


def parsed(svg: str) -> tuple[list[dict[str, str]], list[float], list[ElementTree.Element]]:
    """Return the bars, the printed numbers and all texts of a figure."""
    root = ElementTree.fromstring(svg)
    texts = root.findall("text")
    numbers = [text for text in texts if text.get("class") == "number"]
    values = [float((t.text or "").replace("−", "-").replace(",", "").replace("< ", "")) for t in numbers]
    return [bar.attrib for bar in root.findall("rect")], values, texts


def drawn(base: float, steps: list[float]) -> str:
    named = [(f"step {i}", step) for i, step in enumerate(steps)]
    return waterfall(("base", base), named, ("other", base + sum(steps)), unit="kg CO2e", title="a < b")


SIZES = st.floats(0.01, 1e4).flatmap(lambda size: st.sampled_from([size, -size]))


@given(base=st.floats(-1e5, 1e5), steps=st.lists(SIZES, max_size=8))
def test_bars_meet_and_stay_inside(base: float, steps: list[float]) -> None:
    bars, _, texts = parsed(drawn(base, steps))
    assert len(bars) == len(steps) + 2
    for bar in bars:
        left, width = float(bar["x"]), float(bar["width"])
        assert left >= LABEL and left + width <= WIDTH
    edges = [(float(bar["x"]), float(bar["x"]) + float(bar["width"])) for bar in bars]
    for above, below in pairwise(edges[1:-1]):
        assert min(abs(a - b) for a in above for b in below) < 0.75
    colors = [bar["fill"] for bar in bars]
    assert colors == [TOTAL, *(EMITTED if step >= 0 else TAKEN for step in steps), TOTAL]
    for text in texts:
        anchor, x, letters = text.get("text-anchor"), float(text.get("x", "nan")), len(text.text or "")
        if text.get("class") == "number":
            assert anchor == "start" and x + 7 * letters <= WIDTH + 40
    rows = [float(text.get("y", "nan")) for text in texts if text.get("class") == "number"]
    assert all(below - above == ROW for above, below in pairwise(rows))


@given(base=st.floats(1.0, 1e5), steps=st.lists(SIZES, min_size=1, max_size=8))
def test_printed_numbers_add_up(base: float, steps: list[float]) -> None:
    svg = drawn(base, steps)
    _, values, _ = parsed(svg)
    decimals = len(re.search(r'class="number">[−\d,]+\.?(\d*)<', svg).group(1))
    if "&lt; " not in svg:
        assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.5 * 10.0**-decimals)


def test_by_hand_and_from_an_attribution() -> None:
    study = study_of(mill(), ("mill", "lumber", 1.0))
    other = baseline().replace(
        multifunctionality="price", characterization="gwp100_ar4", boundary="no_capital_goods"
    )
    svg = waterfall_of(attribute(study, baseline(), other), "lumber")
    _, values, texts = parsed(svg)
    assert values == [3.18, -0.25, 1.42, -0.6, 3.75]
    labels = [t.find("title").text for t in texts if t.find("title") is not None]
    assert labels[1:-1] == ["System boundary", "Multifunctionality", "Characterization"]
    assert "[kg CO2e" in svg and "cut" not in svg


def test_small_steps_cut_the_axis_and_say_so() -> None:
    svg = drawn(1000.0, [5.0, -2.0])
    assert "the axis is cut: it does not reach zero" in svg and svg.count("<path") == 2
    bars, values, _ = parsed(svg)
    assert values == [1000.0, 5.0, -2.0, 1003.0]
    assert float(bars[1]["width"]) > 200


def test_names_are_escaped_and_nothing_is_drawn_of_no_number() -> None:
    svg = waterfall(("<script>", 1.0), [("a & b", 1.0)], ("c", 2.0), unit="kg", title='"')
    assert "<script>" not in svg and "a &amp; b" in svg
    assert waterfall(("a", float("nan")), [], ("b", 1.0), unit="kg", title="") == ""
