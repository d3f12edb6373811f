"""A release that is a folder of a downloaded archive: checked by its content, packed on its own."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path

from carbonlab.atomic import new_file
from carbonlab.errors import FetchError
from carbonlab.formats.releases import Release

_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file knows: the same content always gives the same file."""


def has_release_content(path: Path, release: Release) -> bool:
    """Whether a file that is there already holds exactly the files of a release."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {entry.filename: entry for entry in archive.infolist()}
            return _problem(archive, members, release) == ""
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        return False


def extract_release(downloaded: Path, target: Path, release: Release, *, url: str) -> None:
    """Pack the folder of a release, out of a downloaded archive, into a zip file of its own.

    Parameters
    ----------
    downloaded, target : Path
        The archive, and the zip file to be made.
    release : Release
        What it must hold.
    url : str
        Where the archive came from, for the error.

    Raises
    ------
    FetchError
        If the archive is no zip file or its content is not that of the release. Then there is no `target`.
    """
    try:
        with zipfile.ZipFile(downloaded) as archive:
            members = _members(archive, release.folder)
            problem = _problem(archive, members, release)
            if problem:
                raise _other_content(release, url, problem)
            with (
                new_file(target) as draft,
                zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed,
            ):
                for name in sorted(members):
                    info = zipfile.ZipInfo(name, _TIME)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    packed.writestr(info, archive.read(members[name]))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise _other_content(release, url, f"it is not a readable zip file: {error}") from error


def _members(archive: zipfile.ZipFile, folder: str) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a folder by their names inside it; the archive's root folder has any name."""
    members = {}
    for entry in archive.infolist():
        _, _, inside = entry.filename.partition("/")
        if inside.startswith(f"{folder}/") and not entry.is_dir():
            members[inside.removeprefix(f"{folder}/")] = entry
    return members


def _problem(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], release: Release) -> str:
    """Return what is wrong with the content, or an empty text; nothing larger than stated is unpacked."""
    if len(members) != release.files:
        return f"it has {len(members)} files instead of {release.files}"
    size = sum(entry.file_size for entry in members.values())
    if size != release.bytes:
        return f"its files have {size} bytes instead of {release.bytes}"
    whole = hashlib.sha256()
    for name in sorted(members):
        with archive.open(members[name]) as file:
            data = file.read(members[name].file_size + 1)
        whole.update(f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode())
    if whole.hexdigest() != release.content_sha256:
        return "the checksum of its files is another one"
    return ""


def _other_content(release: Release, url: str, how: str) -> FetchError:
    return FetchError(
        f"what was downloaded is not {release.title}: {how}",
        where=url,
        why="numbers made from other data would not be those of the release; nothing was kept",
        remedy="run the command again; if it fails again, the publisher changed the release, or the download "
        "is altered on its way",
    )
