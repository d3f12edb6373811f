"""One visitor's browser: what the page asked for, what it complained about, and a picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NOT_OURS: tuple[str, ...] = ()
"""Beginnings of console errors that front ends make by themselves."""

SLOW = 30_000
"""[ms] for what takes long on a busy machine."""


class Visit:
    """A page, opened by a visitor who has never been there.

    Attributes
    ----------
    page : playwright.sync_api.Page
        To click and type on.
    outside : list of str
        Addresses on other hosts that the page asked for; they got no answer.
    errors : list of str
        Errors on the console, and exceptions that nothing caught.
    measured : dict of str to float
        [s] What took how long.
    """

    def __init__(self, browser: Any, url: str, pictures: Path, *, name: str = "visit") -> None:
        self.host = urlsplit(url).netloc
        self.pictures, self.name = pictures, name
        self.measured: dict[str, float] = {}
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=f"http://{self.host}")
        self.context.route("**/*", self._routed)
        self.page = self.context.new_page()
        self.page.set_default_timeout(SLOW)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        self.page.on("websocket", lambda socket: self._asked(socket.url))
        self.page.goto(url)

    def _routed(self, route: Any) -> None:
        if self._asked(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _asked(self, url: str) -> bool:
        parts = urlsplit(url)
        is_here = parts.scheme in {"data", "blob", "about"} or parts.netloc == self.host
        if not is_here:
            self.outside.append(url)
        return is_here

    def _said(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(NOT_OURS):
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def picture(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the page."""
        self.page.screenshot(path=self.pictures / f"{self.name}_{name}.png", full_page=whole)

    def close(self) -> None:
        """Leave the page."""
        self.context.close()

    def findings_of_axe(self, within: str | None = None) -> list[str]:
        """Return the serious accessibility findings, within a selector or on the whole page."""
        from axe_playwright_python.sync_playwright import Axe

        response = Axe().run(self.page, context=within).response
        return [
            f"{found['id']} ({found['impact']}): {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for found in response["violations"]
            if found["impact"] in {"serious", "critical"}
            for node in found["nodes"]
        ]
