"""Real servers, started by the commands that users type, and a real browser that visits them.

These tests want the extras ``lab`` and ``browser`` and a Chromium of the system; where one is missing they fail, since
nobody runs ``-m browser`` by accident. CARBONLAB_CHROMIUM names another browser, CARBONLAB_SCREENSHOTS the folder
that pictures are kept in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.browser.laboratory")  # so that its failures say what was compared

from tests.browser.visit import Visit  # noqa: E402

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE = 90.0
"""[s] for a server to answer, on a machine that does other things as well."""


def chromium() -> str:
    """Return the path of the browser, or fail."""
    stated = os.environ.get("CARBONLAB_CHROMIUM")
    found = stated or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.fail("no Chromium on this system: install it (apt install chromium) or set CARBONLAB_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start a headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Return the folder that pictures of pages are kept in."""
    stated = os.environ.get("CARBONLAB_SCREENSHOTS")
    folder = Path(stated) if stated else Path(tempfile.gettempdir()) / "carbonlab-screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(browser: Any, screenshots: Path) -> Iterator[Callable[[str], Visit]]:
    """Return a function that opens an address as a new visitor."""
    visits: list[Visit] = []

    def open_as_visitor(url: str) -> Visit:
        visits.append(Visit(browser, url, screenshots))
        return visits[-1]

    yield open_as_visitor
    for one in visits:
        one.close()


@dataclass(frozen=True)
class Server:
    """A command that serves: the address that it printed, and its process."""

    url: str
    process: int


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of the page on which a test failed."""
    report = yield
    here = getattr(item, "funcargs", {}).get("here")
    if report.failed and report.when == "call" and here is not None:
        here.picture(f"failed_{item.name}")
    return report


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Server]:
    """Run a carbonlab command that serves, away from the settings of whoever runs the tests."""
    own = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    words = [sys.executable, "-m", "carbonlab.cli.main", *arguments, "--json", "--no-browser"]
    log = folder / "server.log"
    with (
        log.open("wb") as err,
        subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=err, cwd=folder, env={**os.environ, **own}
        ) as command,
    ):
        try:
            assert command.stdout is not None
            text = b""
            while not text.endswith(b"}\n"):
                line = command.stdout.readline()
                if not line:
                    pytest.fail(f"the command ended: {log.read_text(encoding='utf-8', errors='replace')}")
                text += line
            yield Server(json.loads(text)["url"], command.pid)
        finally:
            command.terminate()
        assert command.wait(timeout=PATIENCE) == 0, "a server that is asked to end is no failure"


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app; its first process is warm."""
    with served(tmp_path_factory.mktemp("app"), "app", "--port", "0") as server:
        time.sleep(8)
        yield server.url


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that JupyterLab is opened on."""
    return tmp_path_factory.mktemp("lab") / "course"


@pytest.fixture(scope="session")
def lab_url(lab_folder: Path) -> Iterator[str]:
    """Serve JupyterLab on the lessons."""
    with served(lab_folder.parent, "lab", str(lab_folder), "--port", "0") as server:
        yield server.url
