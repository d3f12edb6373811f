"""Fetch a public release of a database: ``carbonlab fetch uslci``.

A release is downloaded with progress, taken up again where it stopped, and checked against its known
checksum. A file is there whole and right, or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pooch

from carbonlab.errors import FetchError, NotFoundError, StoreError
from carbonlab.formats.download import Progress, ResumingDownloader
from carbonlab.formats.release_archive import extract_release, has_release_content
from carbonlab.formats.releases import Release, load_releases


def list_releases() -> tuple[str, ...]:
    """Return the names of the releases that can be fetched."""
    return tuple(load_releases())


def fetch_release(
    name: str,
    *,
    folder: Path | str | None = None,
    base_url: str | None = None,
    progress: Progress | None = None,
    releases: Mapping[str, Release] | None = None,
    pause: float = 0.5,
) -> Path:
    """Download a public release, unless it is there already, and return its file.

    Parameters
    ----------
    name : str
        One of `list_releases`.
    folder : Path or str, optional
        Where to put it; the user's cache folder if not given.
    base_url : str, optional
        Address of a mirror that holds the same file; the checksum stays the same.
    progress : callable, optional
        Called with the bytes that have arrived and the bytes in total (None if the server does not say).
    releases : mapping, optional
        Releases by name, in place of the packaged list.
    pause : float
        Seconds before a broken connection is opened again; doubles with each attempt [s].

    Raises
    ------
    NotFoundError
        If there is no release of that name.
    FetchError
        If there is no network, no such file, no room, or if the checksum is wrong. The message says which,
        and what to do. What arrived of a download that broke off is kept as ``.part`` and taken up next
        time.
    """
    known = load_releases() if releases is None else releases
    if name not in known:
        raise NotFoundError(
            f"there is no release {name!r}",
            remedy=f"choose one of {', '.join(known)}",
        )
    release = known[name]
    place = Path(folder) if folder is not None else Path(pooch.os_cache("carbonlab"))
    target = place / release.file
    _check_folder(place)
    downloader = ResumingDownloader(
        part=target.with_name(f"{release.file}.part"),
        max_bytes=release.max_bytes,
        progress=progress,
        pause=pause,
    )
    url = release.address(base_url)
    if release.sha256:
        return _fetch_file(release, url, target, downloader)
    if has_release_content(target, release):
        return target
    return _fetch_folder(release, url, target, downloader)


def _fetch_file(release: Release, url: str, target: Path, downloader: ResumingDownloader) -> Path:
    try:
        return _retrieve(url, f"sha256:{release.sha256}", target, downloader)
    except ValueError as error:  # pooch: the checksum is another one; it has removed the download
        raise FetchError(
            f"the checksum of {release.file} is not the known one: the download is not {release.title}",
            where=url,
            why="it was altered or damaged on its way, or the publisher replaced it; it was not kept",
            remedy="run the command again: it begins anew; if it fails again, look at the publisher's page: "
            + release.listed,
        ) from error


def _fetch_folder(release: Release, url: str, target: Path, downloader: ResumingDownloader) -> Path:
    archive = target.with_name(f".{release.file}.archive")
    archive.unlink(missing_ok=True)
    try:
        _retrieve(url, None, archive, downloader)
        extract_release(archive, target, release, url=url)
    except StoreError as error:
        raise FetchError(error.what, where=error.where, why=error.why, remedy=error.remedy) from error
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        archive.unlink(missing_ok=True)
    return target


def _retrieve(url: str, known_hash: str | None, target: Path, downloader: ResumingDownloader) -> Path:
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)  # what it says is for people who call pooch; progress is ours
    try:
        return Path(
            pooch.retrieve(url, known_hash, fname=target.name, path=target.parent, downloader=downloader)
        )
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        logger.setLevel(level)


def _cannot_write(target: Path, error: OSError) -> FetchError:
    return FetchError(
        f"cannot write {target}: {error.strerror or error}",
        where=str(target.parent),
        why="the download was not kept",
        remedy="choose a folder that can be written to, on a disk with room",
    )


def _check_folder(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FetchError(
            f"cannot make the folder {place}: {error.strerror or error}",
            where=str(place),
            why="nothing was downloaded",
            remedy="choose another folder",
        ) from error
