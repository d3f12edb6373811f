"""Who may come in, and what is left when visitors and servers go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import served
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

ANY_KERNEL = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def open_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app to others; its processes end three seconds after their page."""
    folder = tmp_path_factory.mktemp("open")
    with served(folder, "app", "--ip", "0.0.0.0", "--port", "0", "--idle", "3") as server:
        parts = urlsplit(server.url)
        yield f"http://127.0.0.1:{parts.port}/?{parts.query}"


def status_of(url: str, path: str, method: str = "GET", **headers: str) -> int:
    """Ask once, without following where it leads."""
    line = HTTPConnection(urlsplit(url).netloc, timeout=30)
    line.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", f"/api/kernels/{ANY_KERNEL}"),
        ("DELETE", f"/api/kernels/{ANY_KERNEL}"),
        ("POST", f"/voila/api/shutdown/{ANY_KERNEL}"),
        ("GET", "/voila/files/carbonlab.ipynb"),
        ("GET", "/voila/files/voila.json"),
    ],
)
def test_nobody_comes_in_without_the_token(open_url: str, method: str, path: str) -> None:
    for query in ("", "?token=", "?token=guessed-guessed-guessed"):
        assert status_of(open_url, path + query, method) in {302, 403}


def test_no_programs_run_over_a_connection_without_the_token(open_url: str) -> None:
    asked = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec_WebSocket_Version": "13",
        "Origin": f"http://{urlsplit(open_url).netloc}",
    }
    assert status_of(open_url, f"/api/kernels/{ANY_KERNEL}/channels", **asked) == 403


def test_the_token_of_the_printed_address_lets_in(open_url: str) -> None:
    assert status_of(open_url, f"/?{urlsplit(open_url).query}") in {200, 302}


def test_files_beside_the_notebook_are_not_served(open_url: str) -> None:
    for name in ("voila.json", "carbonlab.ipynb"):
        assert status_of(open_url, f"/voila/files/{name}?{urlsplit(open_url).query}") in {403, 404}


def test_a_page_that_does_not_exist_asks_no_other_host(visit: Callable[[str], Visit], app_url: str) -> None:
    here = visit(app_url + "voila/render/nothing.ipynb")
    assert here.page.title() == "403: Forbidden"
    assert here.outside == []


def processes_below(own: int) -> list[Any]:
    """Return the kernels among the programs that a process started."""
    import psutil

    below = psutil.Process(own).children(recursive=True)
    return [one for one in below if "ipykernel_launcher" in " ".join(command_of(one))]


def command_of(process: Any) -> list[str]:
    import psutil

    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def wait_until(is_so: Callable[[], bool], seconds: float = 45.0) -> bool:
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if is_so():
            return True
        time.sleep(0.25)
    return False


def test_processes_end_after_their_visitors_and_with_the_server(
    visit: Callable[[str], Visit], tmp_path: Path
) -> None:
    with served(tmp_path, "app", "--port", "0", "--idle", "3") as server:
        me = server.process
        assert wait_until(lambda: len(processes_below(me)) == 1), "one is ready in advance"
        [warm] = processes_below(me)
        here = visit(server.url)
        here.page.locator(".cl-find-sheet [role=row]").first.wait_for()
        assert warm in processes_below(me), "the visitor got the one that was ready"
        assert wait_until(lambda: len(processes_below(me)) == 2), "and the next one is made ready"
        time.sleep(8)  # longer than --idle: a page that is connected keeps its process
        assert warm in processes_below(me)
        here.close()
        assert wait_until(lambda: warm not in processes_below(me)), "nobody needs it any more"
        assert wait_until(lambda: len(processes_below(me)) == 1)
        time.sleep(6)
        assert len(processes_below(me)) == 1, "the one that waits for a visitor stays"
        left = processes_below(me)
    assert not any(one.is_running() for one in left)
