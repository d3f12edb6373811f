"""The laboratory in JupyterLab, opened by `carbonlab lab`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import laboratory
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def here(browser: Any, lab_url: str, screenshots: Path) -> Iterator[Visit]:
    """Open the notebook of the laboratory and run it; the tests below follow one after the other."""
    start = time.monotonic()
    url = lab_url.replace("/lab?", "/lab/tree/laboratory.ipynb?reset&")
    visit = Visit(browser, url, screenshots, name="lab")
    run_all(visit)
    visit.page.locator(".cl-find-sheet [role=row]").first.wait_for()
    visit.measured["widgets ready"] = time.monotonic() - start
    yield visit
    visit.close()


def run_all(visit: Visit) -> None:
    """Run the notebook by its menu, once its kernel listens: before that, JupyterLab asks which kernel is meant."""
    visit.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    visit.page.get_by_role("menuitem", name="Run", exact=True).click()
    visit.page.get_by_text("Run All Cells", exact=True).click()


class TestLab(laboratory.VisitorTests):
    """The visitor, and what only this front end has."""

    def test_the_saved_notebook_is_small(self, here: Visit, lab_folder: Path) -> None:
        here.page.keyboard.press("Control+s")
        saved = lab_folder / "laboratory.ipynb"
        last = time.monotonic() + 30
        while not re.search(r'"execution_count": \d', saved.read_text(encoding="utf-8")):
            assert time.monotonic() < last, "the notebook was not saved with its outputs"
            here.page.wait_for_timeout(200)  # and not sleep: the page's requests pass through this process
        assert saved.stat().st_size < 1_000_000

    def test_nothing_went_wrong(self, here: Visit) -> None:
        laboratory.nothing_went_wrong(here)

    def test_times(self, here: Visit) -> None:
        """Times on a machine that does other things are no measurement; these bounds are what nobody would wait for."""
        print(here.measured)
        assert here.measured["rule turned"] < 5
        assert here.measured["cancelled"] < 5
