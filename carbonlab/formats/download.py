"""Download one file over HTTP, taking up an unfinished download where it stopped (RFC 9110, range requests).

What has arrived lies in a ``.part`` file beside the target until it is complete. A connection that breaks
is opened again a few times; after that the part is kept for the next call. Whether the content is right is
for the caller to check.
"""

from __future__ import annotations

import errno
import http.client
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from carbonlab.errors import FetchError

Progress = Callable[[int, int | None], None]
"""Called with the bytes that have arrived and the bytes in total, None if the server does not say."""

CHUNK = 1 << 16
RETRIED = (408, 425, 429, 500, 502, 503, 504)
"""Answers of a server that may be another one in a moment."""

_CONNECTION_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ssl.SSLError,
    ConnectionError,
    TimeoutError,
)


@dataclass(frozen=True, kw_only=True)
class ResumingDownloader:
    """A downloader that goes on where it stopped; it has the form that `pooch.retrieve` asks for.

    Parameters
    ----------
    part : Path
        Where the bytes are collected; kept if the download does not come to its end.
    max_bytes : int
        More than this is refused.
    progress : callable or None
        Called while bytes arrive.
    attempts : int
        How often a connection is opened before giving up.
    pause : float
        Seconds before the second attempt; doubles with each.
    timeout : float
        Seconds without a byte after which a connection counts as broken.
    """

    part: Path
    max_bytes: int
    progress: Progress | None = None
    attempts: int = 5
    pause: float = 0.5
    timeout: float = 30.0

    def __call__(self, url: str, output_file: str, pooch: Any = None, check_only: bool = False) -> None:
        """Download `url`, then move it to `output_file`.

        Raises
        ------
        FetchError
            If the address, the network, the server or the disk does not allow it; the message says which.
        """
        _check_scheme(url)
        for attempt in range(1, self.attempts + 1):
            try:
                self._download(url)
                break
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and self.part.exists():
                    if error.headers.get("Content-Range") == f"bytes */{self.part.stat().st_size}":
                        break  # everything had arrived before
                    self._discard()  # the file on the server is another one now: begin again
                elif error.code not in RETRIED or attempt == self.attempts:
                    raise _refused(url, error.code, error.reason) from error
            except _CONNECTION_ERRORS as error:
                if attempt == self.attempts or _is_hopeless(error):
                    raise self._broken(url, error) from error
            time.sleep(self.pause * 2 ** (attempt - 1))
        else:
            raise self._broken(url, ConnectionError("the server refuses to go on"))
        shutil.move(self.part, output_file)
        self._discard()

    @property
    def _validator_file(self) -> Path:
        """Holds what the server calls the version of the file that the part belongs to."""
        return self.part.with_name(self.part.name + ".version")

    def _download(self, url: str) -> None:
        begin = self.part.stat().st_size if self.part.exists() else 0
        request = urllib.request.Request(url, headers=self._headers(begin))
        with _opener().open(request, timeout=self.timeout) as answer:
            if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
                if not answer.headers.get("Content-Range", "").startswith(f"bytes {begin}-"):
                    self._discard()
                    raise ConnectionError("the server sent another part of the file than was asked for")
            else:
                begin = 0  # the server sends the whole again: it knows no ranges, or the file has changed
            length = answer.headers.get("Content-Length")
            total = begin + int(length) if length and length.isdigit() else None
            self._check_room(url, begin, total)
            self._remember_version(answer)
            done = self._collect(url, answer, begin, total)
        if total is not None and done < total:
            raise ConnectionError(f"the connection ended after {done} of {total} bytes")

    def _headers(self, begin: int) -> dict[str, str]:
        headers = {"User-Agent": "carbonlab", "Accept-Encoding": "identity"}
        if begin:
            headers["Range"] = f"bytes={begin}-"
            if self._validator_file.exists():
                headers["If-Range"] = self._validator_file.read_text(encoding="latin-1")
        return headers

    def _remember_version(self, answer: http.client.HTTPResponse) -> None:
        tag = answer.headers.get("ETag", "")
        version = tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
        with _DiskErrors(self.part):
            if version:
                self._validator_file.write_text(version, encoding="latin-1")
            else:
                self._validator_file.unlink(missing_ok=True)

    def _collect(self, url: str, answer: IO[bytes], begin: int, total: int | None) -> int:
        done = begin
        with _DiskErrors(self.part):
            file = self.part.open("r+b" if begin else "wb")
        with file:
            file.seek(begin)
            while chunk := answer.read(CHUNK):
                done += len(chunk)
                if done > self.max_bytes:
                    self._discard()
                    raise _too_large(url, self.max_bytes)
                with _DiskErrors(self.part):
                    file.write(chunk)
                if self.progress:
                    self.progress(done, total)
            with _DiskErrors(self.part):
                file.flush()
        return done

    def _check_room(self, url: str, begin: int, total: int | None) -> None:
        if total is None:
            return
        if total > self.max_bytes:
            self._discard()
            raise _too_large(url, self.max_bytes)
        with _DiskErrors(self.part):
            self.part.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.part.parent).free
        if free < total - begin:
            raise FetchError(
                f"no room on the disk for {self.part.stem}: {total - begin} bytes to come, {free} free",
                where=str(self.part.parent),
                remedy="make room, or choose a folder on another disk",
            )

    def _discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self._validator_file.unlink(missing_ok=True)

    def _broken(self, url: str, error: Exception) -> FetchError:
        host = urllib.parse.urlsplit(url).netloc
        reason = getattr(error, "reason", None) or error
        arrived = self.part.stat().st_size if self.part.exists() else 0
        if not arrived:
            return FetchError(
                f"cannot reach {host}: {reason}",
                where=url,
                why="there is no network, or a proxy or firewall is in between; nothing was downloaded",
                remedy="check the connection (behind a proxy, set HTTPS_PROXY) and run the command again; or "
                "download the address in a browser on another machine",
            )
        return FetchError(
            f"the connection to {host} broke off {self.attempts} times: {reason}",
            where=url,
            why=f"{arrived} bytes have arrived and are kept in {self.part}",
            remedy="run the command again: it goes on from there",
        )


class _DiskErrors:
    """Turn an error of the disk into one that says so, so that it is not mistaken for one of the network."""

    def __init__(self, part: Path) -> None:
        self.part = part

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError):
            remedy = "choose a folder that can be written to"
            if error.errno == errno.ENOSPC:
                remedy = "make room on the disk, then run the command again: it goes on where it stopped"
            raise FetchError(
                f"cannot write {self.part}: {error.strerror or error}",
                where=str(self.part.parent),
                why="the download is not complete",
                remedy=remedy,
            ) from error


class _OnlySafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirection to http(s) only, and never from https down to http."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            fp.close()
            raise FetchError(
                f"{req.host} sends on to an address that is not safe: {newurl}",
                where=req.full_url,
                why="the download could be replaced by somebody in between",
                remedy="check the address",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_OnlySafeRedirects)


def _check_scheme(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise FetchError(
            f"{url} is not an http or https address",
            remedy="give an address that begins with https://",
        )


def _is_hopeless(error: Exception) -> bool:
    """Whether the host has no address or the certificate is wrong: waiting does not mend that."""
    reason = getattr(error, "reason", None)
    return isinstance(reason, socket.gaierror) or "CERTIFICATE" in str(reason)


def _refused(url: str, code: int, reason: str) -> FetchError:
    if code in (404, 410):
        return FetchError(
            f"there is no such file on the server: {code} {reason}",
            where=url,
            why="the publisher moved or withdrew it, or the address of a mirror is wrong",
            remedy="look the release up on the publisher's page; a newer carbonlab may know the new address",
        )
    return FetchError(
        f"the server refuses the download: {code} {reason}",
        where=url,
        remedy="try again later, or download the address in a browser",
    )


def _too_large(url: str, limit: int) -> FetchError:
    return FetchError(
        f"the download is larger than the {limit} bytes that the release may have",
        where=url,
        why="it is not the release that carbonlab knows",
        remedy="check the address; if it is right, report it",
    )
