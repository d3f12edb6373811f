"""Views draw what a dataset says; they refuse what would mislead."""

from __future__ import annotations

import pytest
import xarray as xr

from carbonlab.errors import ResultError
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import bars_view, comparison_view, result_view
from carbonlab.widgets.cells import WIDTH, Scale
from tests.widgets.html_outline import outline_of

DEFAULT = load_rule_set("default")


@pytest.fixture(scope="module")
def lumber() -> xr.Dataset:
    return calculate(Study.of(load_teaching_inventory(), "planer_mill", amount=1, unit="t"))


def test_a_result_is_a_table_and_bars(lumber: xr.Dataset) -> None:
    view = result_view(lumber)
    outline = outline_of(view.html)
    assert outline.unclosed == []
    assert outline.counts["svg[role=img]"] == 1
    assert "Declared unit (partial footprint):" in view.html
    assert "Carbon footprints under default [kg CO2e]" in view.text
    assert "1 t Planing of lumber, US Southeast: −1,6" in view.text
    assert "Biogenic uptake −" in view.text, "what is taken up is not dropped"
    assert repr(view) == view.text
    assert view._repr_html_() == view.html


def test_a_component_beside_the_total_says_so(lumber: xr.Dataset) -> None:
    beside = lumber.assign_coords(in_total=lumber["in_total"].where(lumber["component"] != "fossil", False))
    assert "Fossil emissions (beside the total)" in result_view(beside).text
    assert "beside the total" not in result_view(lumber).text
    assert comparison_view(lumber, beside, part="fossil").text.startswith(
        "Fossil emissions (beside the total)"
    )


def test_a_side_with_two_rule_sets_is_refused() -> None:
    study = Study.of(load_teaching_inventory(), "sawmill")
    both = calculate(study.with_rule_sets(DEFAULT, DEFAULT.replace(multifunctionality="price")))
    with pytest.raises(ResultError, match="holds 2 rule sets"):
        result_view(both)
    view = comparison_view(both.isel(rule_set=[0]), both.isel(rule_set=[1]))
    assert "Alternative: default+multifunctionality=price" in view.text


def test_sides_of_different_products_are_refused(lumber: xr.Dataset) -> None:
    other = calculate(Study.of(load_teaching_inventory(), "sawmill"))
    with pytest.raises(ResultError, match="do not hold the same products"):
        comparison_view(lumber, other)
    kilogram = calculate(Study.of(load_teaching_inventory(), "planer_mill", amount=1, unit="kg"))
    with pytest.raises(ResultError, match="do not hold the same products"):
        comparison_view(lumber, kilogram)


def test_bars_say_their_numbers_and_unit() -> None:
    view = bars_view([("up", 2.0), ("down", -1.5)], unit="kg CO2e", title="Both ways")
    assert view.text == "Both ways [kg CO2e]\n  up: 2\n  down: −1.5"
    assert outline_of(view.html).counts["svg[aria-label=Both ways [kg CO2e]]"] == 1


def test_a_scale_holds_zero_and_every_value() -> None:
    scale = Scale.of([-2.0, 3.0])
    assert scale.at(-2.0) == pytest.approx(1)
    assert scale.at(3.0) == pytest.approx(WIDTH - 1)
    assert scale.at(0.0) == pytest.approx(1 + (WIDTH - 2) * 0.4)
    assert Scale.of([]).at(0.0) == 1
    assert Scale.of([5.0]).at(0.0) == 1
