"""Reading files of a folder or a zip file that somebody else made, without trusting it.

Nothing is unpacked to disk: files are read one at a time, and only after names, counts, sizes and compression
ratios were found harmless. What a file holds is for its reader to judge.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from carbonlab.errors import FormatError


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an archive may be; the defaults hold a database of 50,000 processes several times over."""

    files: int = 500_000
    file_bytes: int = 256 * 2**20
    """Size of one file, unpacked."""
    total_bytes: int = 16 * 2**30
    """Size of all files together, unpacked."""
    ratio: int = 250
    """Unpacked over packed size: 11 at most in the US LCI database, while deflate can reach 1000."""
    small_bytes: int = 2**20
    """The ratio of files that unpack to less than this does not count: they do no harm."""
    depth: int = 8
    """Folders inside each other."""
    name_length: int = 500
    """Characters of a file's name with its folders."""


class Archive(ABC):
    """The files of a folder or a zip file, by their names.

    Attributes
    ----------
    path : Path
        The folder or zip file.
    names : tuple of str
        Every file, with its folders, separated by ``/``; sorted.
    """

    path: Path
    names: tuple[str, ...]

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises
        ------
        FormatError
            If it is damaged or larger than allowed.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the file."""

    def place(self, name: str) -> str:
        """Return how errors name a file of the archive."""
        return f"{self.path.name}: {name}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_archive(path: Path, *, limits: Limits | None = None) -> Archive:
    """Return the files of a folder or a zip file.

    Parameters
    ----------
    path : Path
        Folder or zip file; what it holds decides, not its ending.
    limits : Limits, optional
        How large it may be.

    Raises
    ------
    FormatError
        If it does not exist, is no zip file, or is built to do harm: names that lead outside, links,
        encryption, two files of one name, too many or too large files, or a compression ratio that no honest
        file has.
    """
    limits = limits or Limits()
    if path.is_dir():
        return FolderArchive(path, limits)
    if not path.is_file():
        raise FormatError(
            f"there is no file or folder {str(path)!r}",
            remedy="check the path; it may be relative to another folder",
        )
    return ZipArchive(path, limits)


class FolderArchive(Archive):
    """The files of a folder."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        found: list[str] = []
        total = 0
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                entry = Path(folder) / name
                inside = entry.relative_to(path).as_posix()
                mode = entry.lstat().st_mode
                if stat.S_ISDIR(mode):
                    continue
                if not stat.S_ISREG(mode):
                    raise _refused(
                        self.place(inside),
                        "is a link or a device, not a file",
                        "it may point at something that is not meant to be read",
                        "put the file itself into the folder",
                    )
                _check_name(self.place(inside), inside, limits)
                found.append(inside)
                total += entry.lstat().st_size
            _check_amount(path.name, len(found), total, limits)
        self.names = tuple(sorted(found))

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        file = self.path / name
        _check_size(self.place(name), file.stat().st_size, self._limits)
        with file.open("rb") as stream:
            data = stream.read(self._limits.file_bytes + 1)
        _check_size(self.place(name), len(data), self._limits)
        return data

    def close(self) -> None:
        """Do nothing: no file stays open."""


class ZipArchive(Archive):
    """The files of a zip file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError) as error:
            raise FormatError(
                f"{path.name} cannot be read as a zip file",
                where=str(path),
                why=str(error),
                remedy="download or export it again; an unfinished download is the usual cause",
            ) from None
        try:
            self._entries = self._checked(self._zip.infolist(), limits)
        except FormatError:
            self._zip.close()
            raise
        self.names = tuple(sorted(self._entries))

    def _checked(self, listed: list[zipfile.ZipInfo], limits: Limits) -> Mapping[str, zipfile.ZipInfo]:
        _check_amount(self.path.name, len(listed), sum(entry.file_size for entry in listed), limits)
        entries: dict[str, zipfile.ZipInfo] = {}
        for entry in listed:
            name = entry.orig_filename.replace("\\", "/")
            place = self.place(name)
            _check_name(place, name, limits)
            _check_kind(place, entry)
            if name.endswith("/"):
                continue
            _check_size(place, entry.file_size, limits)
            _check_ratio(place, entry, limits)
            if name in entries:
                raise _refused(
                    place,
                    "is in the zip file more than once",
                    "programs disagree on which of them counts",
                    "delete all but one, or export the file again",
                )
            entries[name] = entry
        return entries

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as stream:
                # Asking for a number of bytes bounds the memory also where the stated size is a lie; the
                # checksum, compared at the stated end, then finds the lie.
                return stream.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
            raise FormatError(
                "a file of the zip file is damaged",
                where=self.place(name),
                why=str(error) or type(error).__name__,
                remedy="download or export the zip file again",
            ) from None

    def close(self) -> None:
        """Close the zip file."""
        self._zip.close()


def _check_name(place: str, name: str, limits: Limits) -> None:
    parts = name.rstrip("/").split("/")
    harm = "it leads outside of the folder that is read"
    remedy = "do not use this file; ask its sender for another"
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise _refused(place, "has an absolute path as its name", harm, remedy)
    if ".." in parts:
        raise _refused(place, "has a path with '..' as its name", harm, remedy)
    if not name.strip("/") or "" in parts or not name.isprintable():
        why = "its name is empty or holds control characters"
        raise _refused(repr(place[:300]), "has no readable name", why, remedy)
    if len(name) > limits.name_length or len(parts) - 1 > limits.depth:
        raise _refused(
            place[:300],
            f"lies in {len(parts) - 1} folders and has a name of {len(name)} characters",
            f"no more than {limits.depth} folders and {limits.name_length} characters are read",
            "move the files up",
        )


def _check_kind(place: str, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 0x1:
        why = "it cannot be read without a password"
        raise _refused(place, "is encrypted", why, "unpack it, then read the folder")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(
            place,
            "is packed by an unusual method",
            "only the method that every zip program knows (deflate) can be unpacked within bounds",
            "unpack it, then read the folder",
        )
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(
            place,
            "is a link or a device, not a file",
            "it may point at something that is not meant to be read",
            "put the file itself into the zip file",
        )


def _check_amount(name: str, files: int, size: int, limits: Limits) -> None:
    if files > limits.files:
        raise _refused(
            name,
            f"holds {files} files or more; the limit is {limits.files}",
            "reading it could fill the memory",
            "split it into several databases",
        )
    if size > limits.total_bytes:
        raise _refused(
            name,
            f"holds {size / 2**20:,.0f} MiB or more; the limit is {limits.total_bytes / 2**20:,.0f} MiB",
            "reading it could fill the memory",
            "split it into several databases",
        )


def _check_size(place: str, size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise _refused(
            place,
            f"is {size / 2**20:,.0f} MiB large; the limit is {limits.file_bytes / 2**20:,.0f} MiB",
            "reading it could fill the memory",
            "export the data again without it",
        )


def _check_ratio(place: str, entry: zipfile.ZipInfo, limits: Limits) -> None:
    ratio = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > limits.small_bytes and ratio > limits.ratio:
        raise _refused(
            place,
            f"unpacks to {ratio:,.0f} times its size; the limit is {limits.ratio}",
            "only files that are built to fill the memory do that",
            "do not use this file; ask its sender for another",
        )


def _refused(place: str, what: str, why: str, remedy: str) -> FormatError:
    return FormatError(f"{place.rsplit(': ', 1)[-1]} {what}", where=place, why=why, remedy=remedy)
