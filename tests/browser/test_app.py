from __future__ import annotations
import time
import pytest
from tests.browser.laboratory import open_tab
pytestmark = pytest.mark.browser

def test_probe(visit, app_url):
    start = time.monotonic()
    here = visit(app_url)
    here.page.locator(".cl-find-row").nth(3).wait_for()
    print("ready after", time.monotonic() - start)
    here.picture("probe_find")
    for tab in ("Rules", "Contributions", "Uncertainty"):
        open_tab(here, tab)
        here.page.wait_for_timeout(3000)
        here.picture("probe_" + tab)
        print(tab)
        for f in here.findings_of_axe():
            print("   ", f)
    print(here.outside, here.errors)
    open("/tmp/app/page.html", "w").write(here.page.content())
