"""The laboratory in JupyterLab."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.browser


def test_probe(visit, lab_url):
    start = time.monotonic()
    here = visit(lab_url.replace("/lab?", "/lab/tree/laboratory.ipynb?reset&"))
    here.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for()
    print("idle after", time.monotonic() - start)
    here.page.get_by_role("menuitem", name="Run", exact=True).click()
    here.page.get_by_text("Run All Cells", exact=True).click()
    here.page.wait_for_timeout(9000)
    here.picture("probe_lab")
    print(here.errors, here.outside)
    here.page.locator(".cl-view").first.wait_for(timeout=5000)
    print("ready after", time.monotonic() - start)
    here.picture("probe_lab")
    print(here.outside, here.errors)
    for f in here.findings_of_axe(".jp-OutputArea"):
        print(f)
