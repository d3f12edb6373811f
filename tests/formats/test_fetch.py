"""Fetching a release, from a server on this machine that breaks off, lies, or is not there."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import json
import re
import shutil
import socket
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from carbonlab.errors import FetchError, NotFoundError
from carbonlab.formats import download as downloading
from carbonlab.formats.fetch import fetch_release, list_releases
from carbonlab.formats.releases import Release, load_releases

CONTENT = b"".join(
    hashlib.sha256(str(i).encode()).digest() for i in range(20_000)
)  # 640 kB that do not repeat


@dataclass
class Server:
    """A small web server whose faults can be chosen."""

    files: dict[str, bytes] = field(default_factory=dict)
    address: str = ""
    breaks: list[int] = field(default_factory=list)
    """After how many bytes the next answers break off."""
    errors: list[int] = field(default_factory=list)
    """Status codes of the next answers."""
    knows_ranges: bool = True
    states_length: bool = True
    wrong_range: bool = False
    version: str = '"one"'
    redirect: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)

    @property
    def ranges(self) -> list[str | None]:
        return [request.get("Range") for request in self.requests]


class _Handler(http.server.BaseHTTPRequestHandler):
    state: Server

    def do_GET(self) -> None:
        state = self.state
        state.requests.append(dict(self.headers))
        if state.errors:
            self.send_error(state.errors.pop(0))
            return
        if state.redirect:
            self.send_response(302)
            self.send_header("Location", state.redirect)
            self.end_headers()
            return
        data = state.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        begin = self._begin(len(data))
        if begin is None:
            return
        if state.version:
            self.send_header("ETag", state.version)
        if state.states_length:
            self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        end = begin + state.breaks.pop(0) if state.breaks else len(data)
        self.wfile.write(data[begin:end])

    def _begin(self, size: int) -> int | None:
        """Send the status line; return where the answer begins, None if there is nothing to send."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", self.state.version) == self.state.version
        if not (asked and same and self.state.knows_ranges):
            self.send_response(200)
            return 0
        begin = int(asked[1]) - (7 if self.state.wrong_range else 0)
        if begin >= size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{size - 1}/{size}")
        return begin

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: some tests do."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = Server(files={"/release.zip": CONTENT})
    handler = type("Handler", (_Handler,), {"state": state})
    httpd = _QuietServer(("127.0.0.1", 0), handler)
    state.address = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    httpd.shutdown()
    thread.join()
    httpd.server_close()


RELEASE = Release(
    title="a test release",
    format="bytes",
    licence="none",
    listed="https://example.org/releases",
    base_url="https://example.org/files",
    path="release.zip",
    file="mine.zip",
    max_bytes=1_000_000,
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


def _fetch(server: Server, folder: Path, release: Release = RELEASE, **values: Any) -> Path:
    values = {"base_url": server.address, "pause": 0.0, **values}
    return fetch_release("mine", folder=folder, releases={"mine": release}, **values)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- a file with a checksum --------------------------------------------------------------------------------


def test_a_release_arrives_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = _fetch(server, tmp_path / "new", progress=lambda done, total: seen.append((done, total)))
    assert path == tmp_path / "new" / "mine.zip"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen) and len(seen) > 5
    assert _names(tmp_path / "new") == ["mine.zip"]


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    _fetch(server, tmp_path)
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert len(server.requests) == 1
    (tmp_path / "mine.zip").write_bytes(b"damaged since")
    assert _fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_connection_that_breaks_is_taken_up_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.breaks = [200_000, 100_000]
    seen: list[int] = []
    path = _fetch(server, tmp_path, progress=lambda done, total: seen.append(done))
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=200000-", "bytes=300000-"]
    assert server.requests[1]["If-Range"] == '"one"'
    assert seen == sorted(seen), "no byte is fetched twice"
    assert _names(tmp_path) == ["mine.zip"]


def test_a_later_call_goes_on_too(server: Server, tmp_path: Path) -> None:
    server.breaks = [100_000, 0, 0, 0, 0]
    with pytest.raises(FetchError, match=r"the connection to 127.0.0.1:\d+ broke off 5 times: .*") as error:
        _fetch(server, tmp_path)
    assert "100000 bytes have arrived and are kept in" in error.value.why
    assert error.value.remedy == "run the command again: it goes on from there"
    assert _names(tmp_path) == ["mine.zip.part", "mine.zip.part.version"], "nothing under the final name"
    server.requests.clear()
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=100000-"]
    assert _names(tmp_path) == ["mine.zip"]


def test_a_file_that_changed_in_between_begins_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "mine.zip.part").write_bytes(b"x" * 1000)
    (tmp_path / "mine.zip.part.version").write_text('"zero"')
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"], "asked for the rest, got the whole"


def test_a_part_that_is_complete_or_too_long(server: Server, tmp_path: Path) -> None:
    (tmp_path / "mine.zip.part").write_bytes(CONTENT)
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert len(server.requests) == 1, "killed before the last rename: nothing more is to come"
    (tmp_path / "mine.zip").unlink()
    (tmp_path / "mine.zip.part").write_bytes(CONTENT + b"more")
    assert _fetch(server, tmp_path).read_bytes() == CONTENT


def test_servers_that_know_less(server: Server, tmp_path: Path) -> None:
    server.knows_ranges = False
    server.breaks = [300_000]
    assert _fetch(server, tmp_path / "a").read_bytes() == CONTENT
    server.knows_ranges, server.states_length, server.version = True, False, ""
    seen: list[int | None] = []
    assert (
        _fetch(server, tmp_path / "b", progress=lambda done, total: seen.append(total)).read_bytes()
        == CONTENT
    )
    assert set(seen) == {None}, "the total is not known, and none is made up"


def test_a_server_that_sends_another_part_is_not_believed(server: Server, tmp_path: Path) -> None:
    server.wrong_range = True
    server.breaks = [200_000]
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=200000-", None]


def test_a_server_that_is_busy_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.errors = [503, 429]
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert len(server.requests) == 3


# -- what can go wrong, in these words ---------------------------------------------------------------------


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(FetchError, match=rf"cannot reach 127.0.0.1:{port}: .*refused") as error:
        _fetch(Server(address=f"http://127.0.0.1:{port}"), tmp_path)
    assert "there is no network" in error.value.why and "nothing was downloaded" in error.value.why
    assert "HTTPS_PROXY" in error.value.remedy
    assert _names(tmp_path) == []


def test_a_host_without_address_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_name(*args: Any, **values: Any) -> Any:
        calls.append(1)
        raise socket.gaierror(-2, "Name or service not known")

    calls: list[int] = []
    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(FetchError, match=r"cannot reach host.invalid: .*Name or service not known"):
        _fetch(Server(address="http://host.invalid"), tmp_path, pause=60.0)
    assert len(calls) == 1


def test_no_such_file(server: Server, tmp_path: Path) -> None:
    server.files.clear()
    with pytest.raises(FetchError, match=r"there is no such file on the server: 404 Not Found") as error:
        _fetch(server, tmp_path)
    assert error.value.where == f"{server.address}/release.zip"
    assert "moved or withdrew it" in error.value.why
    assert _names(tmp_path) == [] and len(server.requests) == 1


def test_a_refusal(server: Server, tmp_path: Path) -> None:
    server.errors = [403]
    with pytest.raises(FetchError, match=r"the server refuses the download: 403 Forbidden"):
        _fetch(server, tmp_path)
    server.errors = [500] * 5
    with pytest.raises(FetchError, match=r"the server refuses the download: 500") as error:
        _fetch(server, tmp_path)
    assert "try again later" in error.value.remedy


def test_a_wrong_checksum(server: Server, tmp_path: Path) -> None:
    server.files["/release.zip"] = CONTENT[:-1] + b"!"
    with pytest.raises(FetchError, match=r"the checksum of mine.zip is not the known one") as error:
        _fetch(server, tmp_path)
    assert "it was not kept" in error.value.why
    assert "https://example.org/releases" in error.value.remedy
    assert _names(tmp_path) == [], "neither the file nor a part that would be taken up"


def test_more_than_a_release_may_have(server: Server, tmp_path: Path) -> None:
    small = replace(RELEASE, max_bytes=1000)
    with pytest.raises(FetchError, match=r"larger than the 1000 bytes that the release may have"):
        _fetch(server, tmp_path, small)
    server.states_length = False
    with pytest.raises(FetchError, match=r"larger than the 1000 bytes"):
        _fetch(server, tmp_path, small)
    assert _names(tmp_path) == []


def test_no_room_on_the_disk(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10))
    with pytest.raises(
        FetchError, match=r"no room on the disk for mine.zip: 640000 bytes to come, 10 free"
    ) as e:
        _fetch(server, tmp_path)
    assert e.value.remedy == "make room, or choose a folder on another disk"
    assert _names(tmp_path) == []


def test_a_disk_that_fills_up_keeps_what_arrived(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() > 100_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    usual = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, *how, **more: Full(path, *how) if path.suffix == ".part" else usual(path, *how, **more),
    )
    with pytest.raises(FetchError, match=r"cannot write .*mine.zip.part: No space left on device") as error:
        _fetch(server, tmp_path)
    assert "make room on the disk" in error.value.remedy and "goes on where it stopped" in error.value.remedy
    monkeypatch.undo()
    server.requests.clear()
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[0] is not None


def test_a_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FetchError, match=r"cannot make the folder .*file/sub: "):
        _fetch(server, tmp_path / "file" / "sub")
    assert not server.requests


@pytest.mark.parametrize("address", ["file:///etc", "ftp://example.org", "example.org", "https://"])
def test_addresses_that_are_not_of_the_web(address: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"is not an http or https address"):
        _fetch(Server(), tmp_path, base_url=address)


def test_a_redirection_is_followed_only_to_the_web(server: Server, tmp_path: Path) -> None:
    server.redirect = "file:///etc/passwd"
    with pytest.raises(FetchError, match=r"Redirection to url 'file:///etc/passwd' is not allowed"):
        _fetch(server, tmp_path)
    server.redirect = "ftp://example.org/x"
    with pytest.raises(
        FetchError, match=r"sends on to an address that is not safe: ftp://example.org/x"
    ) as e:
        _fetch(server, tmp_path)
    assert "replaced by somebody in between" in e.value.why
    server.redirect = ""
    guard = downloading._OnlySafeRedirects()
    request = urllib.request.Request("https://example.org/x")
    with pytest.raises(FetchError, match=r"not safe: http://example.org/x"):
        guard.redirect_request(request, io.BytesIO(), 302, "", {}, "http://example.org/x")
    assert guard.redirect_request(request, io.BytesIO(), 302, "", {}, "https://example.org/y") is not None


def test_an_unknown_name() -> None:
    with pytest.raises(NotFoundError, match=r"there is no release 'uslcy'") as error:
        fetch_release("uslcy")
    assert error.value.remedy == "choose one of uslci"


# -- a folder of an archive --------------------------------------------------------------------------------

FILES = {"context.json": b"{}", "flows/钢.json": b'{"a": 1}', "flows/b.json": b"[]"}


def _archive(files: dict[str, bytes], root: str = "repository-0123abc", **more: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{root}/README.md", "other things")
        for name, data in files.items():
            archive.writestr(f"{root}/data/release/{name}", data)
        for name, data in more.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _content_checksum(files: dict[str, bytes]) -> str:
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


FOLDER_RELEASE = replace(
    RELEASE,
    sha256="",
    folder="data/release",
    files=3,
    bytes=sum(map(len, FILES.values())),
    content_sha256=_content_checksum(FILES),
)


def test_a_folder_of_an_archive_becomes_a_file_of_its_own(server: Server, tmp_path: Path) -> None:
    server.files["/release.zip"] = _archive(FILES)
    path = _fetch(server, tmp_path / "a", FOLDER_RELEASE)
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
    assert _names(tmp_path / "a") == ["mine.zip"]
    server.files["/release.zip"] = _archive(dict(reversed(FILES.items())), root="another-root")
    assert _fetch(server, tmp_path / "b", FOLDER_RELEASE).read_bytes() == path.read_bytes()
    count = len(server.requests)
    assert _fetch(server, tmp_path / "a", FOLDER_RELEASE) == path
    assert len(server.requests) == count, "what is there and right is not fetched again"


def test_an_archive_too_is_taken_up_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.files["/release.zip"] = _archive(FILES)
    server.breaks = [50, 50]
    assert _fetch(server, tmp_path, FOLDER_RELEASE).exists()
    assert server.ranges == [None, "bytes=50-", "bytes=100-"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (_archive({**FILES, "flows/b.json": b"{}"}), r"the checksum of its files is another one"),
        (_archive({**FILES, "flows/b.json": b"{ }"}), r"its files have 13 bytes instead of 12"),
        (_archive({**FILES, "more.json": b""}), r"it has 4 files instead of 3"),
        (_archive({}), r"it has 0 files instead of 3"),
        (b"<html>log in first</html>", r"it is not a readable zip file: File is not a zip file"),
        (_archive(FILES)[:-30], r"it is not a readable zip file"),
        (_archive(FILES).replace(b'{"a": 1}', b'{"a": 2}'), r"it is not a readable zip file: Bad CRC-32"),
    ],
    ids=["content", "size", "more files", "no files", "a web page", "truncated", "damaged"],
)
def test_an_archive_with_other_content_is_refused(
    server: Server, tmp_path: Path, data: bytes, words: str
) -> None:
    server.files["/release.zip"] = data
    with pytest.raises(FetchError, match=rf"what was downloaded is not a test release: {words}") as error:
        _fetch(server, tmp_path, FOLDER_RELEASE)
    assert "nothing was kept" in error.value.why
    assert error.value.where == f"{server.address}/release.zip"
    assert _names(tmp_path) == []


def test_a_file_of_the_same_name_that_is_not_the_release_is_fetched(server: Server, tmp_path: Path) -> None:
    server.files["/release.zip"] = _archive(FILES)
    (tmp_path / "mine.zip").write_bytes(b"not it")
    assert zipfile.is_zipfile(_fetch(server, tmp_path, FOLDER_RELEASE))


# -- the packaged list -------------------------------------------------------------------------------------


def test_the_packaged_releases_are_addressed_and_fixed() -> None:
    assert list_releases() == ("uslci",)
    for release in load_releases().values():
        assert release.address().startswith("https://") and release.listed.startswith("https://")
        assert re.fullmatch(r"[0-9a-f]{64}", release.sha256 or release.content_sha256)
        assert "/" not in release.file and release.licence


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sha256": ""}, "state sha256 or content_sha256"),
        ({"content_sha256": "0" * 64}, "state sha256 or content_sha256"),
        ({"sha256": "abc"}, "a SHA-256 has 64 digits"),
        ({"sha256": "", "content_sha256": "0" * 64}, "state folder, files and bytes beside content_sha256"),
    ],
)
def test_a_release_without_a_checksum_cannot_be_listed(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(RELEASE, **values)


def test_the_us_inventory_is_known_by_its_content(server: Server, tmp_path: Path, shared_data: Path) -> None:
    """The whole path: an archive as the publisher's host makes it, out of the files that are known."""
    release = load_releases()["uslci"]
    with (
        zipfile.ZipFile(shared_data / "uslci" / "uslci_fy17q4_olca_jsonld.zip") as known,
        zipfile.ZipFile(tmp_path / "archive.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for name in known.namelist():
            inside = f"{release.folder}/{name}" if name.endswith(".json") else name
            archive.writestr(f"uslci-content-fd1b6a4/{inside}", known.read(name))
    server.files[f"/{release.path}"] = (tmp_path / "archive.zip").read_bytes()
    path = fetch_release("uslci", folder=tmp_path / "got", base_url=server.address)
    with zipfile.ZipFile(path) as got:
        processes = [name for name in got.namelist() if name.startswith("processes/")]
        assert len(processes) == 766
        assert json.loads(got.read(processes[0]))["@type"] == "Process"
