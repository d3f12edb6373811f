"""The app as a web page: everything that a visitor does, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbonlab.messages import message
from carbonlab.messages.catalogue import in_language
from tests.browser import laboratory
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

PAGES = ("find", "rules", "contributions", "uncertainty", "sensitivity", "own")


@pytest.fixture(scope="module")
def here(browser: Any, app_url: str, screenshots: Path) -> Iterator[Visit]:
    """Open the page as one visitor does; the tests below are what this visitor does one after the other."""
    start = time.monotonic()
    visit = Visit(browser, app_url, screenshots, name="app")
    visit.page.locator(".cl-find-sheet [role=row]").first.wait_for()
    visit.measured["page ready"] = time.monotonic() - start
    yield visit
    visit.close()


class TestApp(laboratory.VisitorTests):
    """The visitor, and what only this front end has."""

    @pytest.mark.parametrize("page", PAGES)
    def test_no_serious_finding_of_axe(self, here: Visit, page: str) -> None:
        laboratory.open_tab(here, page)
        here.page.wait_for_timeout(500)
        if page in ("sensitivity", "own"):
            here.picture(page)
        assert here.findings_of_axe() == []

    def test_a_study_has_its_own_unit_and_boundary(self, here: Visit) -> None:
        asked = here.page.get_by_label(message("app.asked"), exact=True)
        [label] = [text for text in asked.locator("option").all_inner_texts() if text.startswith("battery:")]
        asked.select_option(label=label)
        subject = here.page.locator(".cl-subject").first
        subject.get_by_text("Functional unit: 1 kWh from an NMC battery").wait_for()
        assert "Cradle to grave" in subject.inner_text()
        asked.hover()
        assert asked.get_attribute("title") == label, "words that a box cuts are told whole under the mouse"
        panel = laboratory.open_tab(here, "contributions")
        panel.get_by_text("Cradle to grave").wait_for()  # and no longer what the tab held before
        panel.get_by_role("button", name=message("explore.sankey"), exact=True).click()
        panel.locator(".js-plotly-plot .sankey").first.wait_for()
        here.picture("study_sankey")
        assert here.findings_of_axe() == []

    def test_on_a_narrow_screen_a_figure_scrolls(self, here: Visit) -> None:
        here.page.set_viewport_size({"width": 370, "height": 900})
        here.page.wait_for_timeout(1000)
        width = here.page.evaluate(
            "document.querySelector('.js-plotly-plot .sankey').closest('svg').clientWidth"
        )
        assert width >= 600, "names would lie on each other"
        assert here.page.evaluate("document.documentElement.scrollWidth") <= 370, (
            "the page itself does not scroll"
        )
        here.picture("narrow_sankey")
        here.page.set_viewport_size({"width": 1280, "height": 900})
        laboratory.open_tab(here, "find")
        here.page.get_by_text(message("find.study")).wait_for()
        here.page.get_by_label(message("app.asked"), exact=True).select_option(
            label=message("app.found_product")
        )
        here.page.locator(".cl-subject").first.get_by_text("1 kg Lumber, rough, green").wait_for()

    def test_the_example_workbook_is_saved(self, here: Visit) -> None:
        panel = laboratory.open_tab(here, "own")
        with here.page.expect_download() as download:
            panel.locator(".cl-example").click()
        assert Path(download.value.path()).read_bytes().startswith(b"PK")

    def test_chinese(self, here: Visit) -> None:
        here.page.get_by_label(message("app.language"), exact=True).select_option(label="中文")
        with in_language("zh_CN"):
            here.page.get_by_role("heading", name=message("app.title"), exact=True).wait_for()
            for page in PAGES:
                laboratory.open_tab(here, page)
                here.page.wait_for_timeout(1500)
                here.picture(f"zh_{page}")
            assert here.findings_of_axe() == []

    def test_nothing_went_wrong(self, here: Visit) -> None:
        laboratory.nothing_went_wrong(here)

    def test_times(self, here: Visit) -> None:
        """Times on a machine that does other things are no measurement; these bounds are what nobody would wait for."""
        print(here.measured)
        assert here.measured["page ready"] < 20
        assert here.measured["rule turned"] < 5
        assert here.measured["cancelled"] < 5
