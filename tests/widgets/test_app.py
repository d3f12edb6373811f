"""The laboratory on one page, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from carbonlab.errors import NotFoundError
from carbonlab.inventory.database import Database
from carbonlab.messages import available_languages, message, set_language
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path
from carbonlab.widgets.app import App
from carbonlab.widgets.app.page import LANGUAGES
from tests.widgets.copied_code import run_cell

PAGES = ("find", "rules", "contributions", "uncertainty", "sensitivity", "own")


@pytest.fixture(scope="module")
def inventory() -> Database:
    return load_teaching_inventory()


@pytest.fixture
def app(inventory: Database) -> App:
    return App(inventory, product="sawmill")


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def text_of(app: App) -> str:
    """Return what the open tab holds, in the words of its first widget."""
    return str(app.tabs.children[app.tabs.selected_index].children[0])


def test_a_tab_for_every_question(app: App) -> None:
    assert app.tabs.titles == tuple(message(f"app.{page}") for page in PAGES)
    for page in PAGES:
        app.open(page)
        assert len(app.tabs.children[app.tabs.selected_index].children) == 1
        assert "role='alert'" not in text_of(app)


def test_without_a_product_the_tabs_say_what_to_do(inventory: Database) -> None:
    app = App(inventory)
    assert app.study is None
    app.open("rules")
    assert message("app.no_product") in text_of(app)


def test_the_found_product_is_the_subject_of_all_tabs(app: App, inventory: Database) -> None:
    app.open("rules")
    assert app.finder is not None
    app.finder.grid.line = int(app.finder.grid.lines("planing lumber southeast")[0])
    assert app.study is not None
    assert [unit.process for unit in app.study.units] == ["planer_mill"]
    assert app.bench is not None
    assert app.bench.session.study.digest == app.study.digest, "the open tab follows at once"
    app.open("contributions")
    assert app.explorer is not None
    assert app.explorer.answered.study.units == app.study.units
    expected = calculate(Study.of(inventory, "planer_mill"))["total"].item()
    assert app.bench.baseline["total"].item() == pytest.approx(expected, rel=1e-12)


def test_the_amount_is_asked_for(app: App) -> None:
    app.open("rules")
    assert app.bench is not None
    one = app.bench.baseline["total"].item()
    app.amount_control.value = 2.5
    assert app.bench.baseline["total"].item() == pytest.approx(2.5 * one, rel=1e-12)


def test_turned_rules_hold_for_the_other_tabs_and_the_next_product(app: App) -> None:
    app.open("rules")
    first = app.bench
    assert first is not None
    first.alternative_control.slots["multifunctionality"].option.value = "price"
    by_price = load_rule_set("default").replace(multifunctionality="price")
    app.open("contributions")
    assert app.explorer is not None
    assert [rules.digest for rules in app.explorer.answered.study.rule_sets] == [
        load_rule_set("default").digest,
        by_price.digest,
    ]
    app.amount_control.value = 3.0
    app.open("rules")
    assert app.bench is not None
    assert app.bench is not first
    assert app.bench.value.alternative.digest == by_price.digest
    assert app.bench.value.baseline.digest == load_rule_set("default").digest


def test_a_tab_that_shows_the_right_thing_is_left_alone(app: App) -> None:
    app.open("rules")
    first = app.bench
    app.open("find")
    app.open("rules")
    assert app.bench is first


def test_a_study_needs_no_finder() -> None:
    app = App(read_study(study_path()))
    assert app.finder is None
    assert app.tabs.titles == tuple(message(f"app.{page}") for page in PAGES[1:-1])
    app.open("rules")
    assert app.bench is not None
    assert [unit.key for unit in app.bench.session.study.units] == ["cement"]
    app.subject.product_control.value = ""
    assert len(app.bench.session.study.units) == 4


@pytest.mark.parametrize("page", ["rules", "contributions", "uncertainty"])
def test_a_product_of_a_study_of_many_is_chosen_for_all_tabs(page: str) -> None:
    path = str(study_path("categories"))
    app = App(read_study(path), source=f"cl.read_study({path!r})")
    assert len(app.subject.product_control.options) == 33, "32 products, and all of them"
    app.subject.product_control.value = "tyre_china"
    app.open(page)
    shown = {"rules": app.bench, "contributions": app.explorer, "uncertainty": app.uncertainty}[page]
    assert shown is not None
    if app.uncertainty is not None:
        app.uncertainty.draws_control.value = 64
        app.uncertainty.start()
    shown.job.wait()
    assert shown.view.tables
    again = run_cell(shown.to_code())
    assert again.tables == shown.view.tables
    assert ".with_products('tyre_china')" in shown.to_code()
    assert "tyre" in again.functional_unit.lower()


def test_a_study_is_opened_with_its_own_functional_unit_and_boundary(app: App) -> None:
    app.open("rules")
    assert "Declared unit (partial footprint): 1 kg Lumber, rough, green" in line_of(app)
    assert "up to the end of “Sawmill, US Southeast”, and nothing after it" in line_of(app)
    assert app.bench is not None and "nothing after it" in app.bench.boundary.value
    assert app.subject.study_control.layout.display is None
    assert app.subject.product_control.layout.display == "none"
    app.subject.study_control.value = "battery"
    assert app.subject.product_control.layout.display is None
    assert app.subject.amount_control.layout.display == "none"
    assert app.study is not None
    assert [(unit.key, unit.unit) for unit in app.study.units] == [("nmc", "kWh")]
    assert "Functional unit: 1 kWh from an NMC battery, made in China, by ship" in line_of(app)
    assert "Cradle to grave" in line_of(app) and "recycling" in line_of(app)
    assert app.bench is not None and "Cradle to grave" in app.bench.boundary.value
    own = calculate(read_study(study_path("battery")).with_products("nmc").with_rule_sets("default"))
    assert app.bench.baseline["total"].item() == pytest.approx(own["total"].item(), rel=1e-12)
    assert run_cell(app.bench.to_code()).text == app.bench.view.text
    app.subject.product_control.value = "pack"
    assert "Declared unit (partial footprint): 1 kg of NMC battery pack" in line_of(app)
    assert "nothing after it" in line_of(app) and "Cradle to grave" not in line_of(app)
    app.open("find")
    assert app.finder is not None and app.finder.value is None
    assert app.finder.grid.said == message("find.study")
    app.finder.grid.line = int(app.finder.grid.lines("planing lumber southeast")[0])
    assert app.finder.grid.said.startswith("Chosen: ")
    assert app.subject.study_control.value == "" and app.study.units[0].process == "planer_mill"


def test_studies_are_offered_on_their_own_inventory_only(inventory: Database) -> None:
    assert App(inventory).subject.study_control.layout.display is None
    other = App(inventory.with_meta(version="another"))
    assert other.subject.study_control.layout.display == "none"
    assert App(inventory.with_meta(name="another")).subject.study_control.layout.display == "none"


def test_leaving_a_study_asks_for_the_product_that_was_found_before(app: App) -> None:
    app.subject.study_control.value = "steel"
    app.subject.study_control.value = ""
    assert app.study is not None and app.study.units[0].process == "sawmill"
    assert app.finder is not None and app.finder.value is not None
    assert app.finder.value.process == "sawmill"
    assert app.subject.product_control.layout.display == "none"
    assert app.subject.amount_control.layout.display is None


def test_with_equal_sides_a_button_leads_to_the_rules(app: App) -> None:
    app.open("sensitivity")
    assert app.sensitivity is not None
    bench = app.sensitivity
    bench.start()
    bench.job.wait()
    assert bench.view.tables and bench.rules_button.layout.display == "none", (
        "the first question has an answer"
    )
    bench.question_control.value = "rules"
    bench.start()
    bench.job.wait()
    assert "the rule sets do not differ" in bench.view.text
    assert bench.rules_button.layout.display is None
    bench.rules_button.click()
    assert app.tabs.titles[app.tabs.selected_index] == message("app.rules")


def test_one_rule_set_has_no_difference_and_a_button_that_leads_on(app: App) -> None:
    app.open("uncertainty")
    assert app.uncertainty is not None
    bench = app.uncertainty
    bench.draws_control.value = 64
    bench.start()
    bench.job.wait()
    assert bench.rules_button.layout.display == "none"
    bench.shown_control.value = "difference"
    assert "one rule set only" in bench.view.text and bench.rules_button.layout.display is None
    bench.rules_button.click()
    assert app.tabs.titles[app.tabs.selected_index] == message("app.rules")


def line_of(app: App) -> str:
    """Return what stands above the tabs, as HTML."""
    return str(app.subject._line.value)


def test_visitors_from_elsewhere_get_no_files_of_this_machine(inventory: Database) -> None:
    assert message("app.own") not in App(inventory, own_tables=False).tabs.titles


def test_an_error_takes_the_place_of_the_tab_and_goes_away(app: App) -> None:
    app.open("rules")
    assert app.bench is not None
    control = app.bench.alternative_control.slots["characterization"]
    field = next(iter(control.fields.values()))
    field.value = "{"
    app.open("contributions")
    assert app.explorer is not None
    assert "role='alert'" in app.explorer.view.html
    field.value = ""
    app.open("rules")
    app.open("contributions")
    assert "role='alert'" not in app.explorer.view.html
    assert app.explorer.view.tables


@pytest.mark.usefixtures("english_again")
def test_the_language_of_everything_can_be_changed(app: App) -> None:
    app.open("rules")
    app.language_control.value = "zh_CN"
    assert app.tabs.titles[1] == message("app.rules") == "规则"
    assert app.tabs.selected_index == 1
    assert app.bench is not None
    assert app.bench.baseline_control.label == message("widget.baseline") != "Baseline"


@pytest.mark.usefixtures("english_again")
def test_names_are_chinese_for_the_eye_and_as_they_were_in_code(app: App) -> None:
    app.language_control.value = "zh_CN"
    app.subject.study_control.value = "battery"
    assert (
        app.study is not None
        and app.study.units[0].name == "1 kWh from an NMC battery, made in China, by ship"
    )
    assert "三元（NMC）电池输出1 kWh" in line_of(app) and "from an NMC" not in line_of(app)
    assert "电池" in dict(map(reversed, app.subject.study_control.options))["battery"]  # type: ignore[call-overload]
    app.open("contributions")
    assert app.explorer is not None
    parts = [str(row[0]) for row in app.explorer.view.tables[0].rows]
    assert not [name for name in parts if name.isascii()]
    app.open("rules")
    assert app.bench is not None and "三元" in app.bench.view.title
    code = app.bench.to_code()
    assert code.isascii() and "cl.study_path('battery')" in code
    assert run_cell(code).tables[0].rows[-1][1:] == app.bench.view.tables[0].rows[-1][1:]
    app.open("find")
    assert app.finder is not None
    sent: list[dict[str, Any]] = []
    app.finder.grid.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    app.finder.grid._handle_custom_msg({"ask": 1, "text": "aluminium ingot", "count": 3}, [])
    assert not [text for row in sent[0]["rows"] for text in row[:2] if text.isascii()]


def test_languages_are_called_what_they_call_themselves() -> None:
    assert set(LANGUAGES) == set(available_languages())


def test_what_cannot_be_shown_is_refused(inventory: Database) -> None:
    with pytest.raises(NotFoundError, match="no such process"):
        App(inventory, product="no such process")
    with pytest.raises(NotFoundError):
        App(inventory, product="sawmill", rule_set="no-such-rules")


def test_it_says_what_it_is_about(app: App) -> None:
    assert "Lumber, rough, green" in repr(app)
    assert app._repr_mimebundle_()["text/plain"] == repr(app)
