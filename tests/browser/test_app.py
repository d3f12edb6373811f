"""The app in a real browser, as a visitor of the web page meets it."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.browser


def test_probe(visit, app_url):
    start = time.monotonic()
    here = visit(app_url)
    here.page.locator(".cl-view").first.wait_for()
    print("ready after", time.monotonic() - start)
    here.picture("probe_app")
    print(here.outside, here.errors)
    for f in here.findings_of_axe():
        print(f)
