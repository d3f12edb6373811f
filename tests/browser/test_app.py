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
