"""What a visitor does in the laboratory, the same in JupyterLab and on the web page."""

from __future__ import annotations

from typing import Any

from tests.browser.visit import Visit


def open_tab(here: Visit, title: str) -> Any:
    """Open a tab by its title and return its panel."""
    here.page.get_by_role("tab", name=title, exact=True).click()
    return here.page.locator(".cl-app-tabs .jupyter-widget-TabPanel-tabContents")
