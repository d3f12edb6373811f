"""Write files and folders so that they are there whole or not at all.

Everything is written under a temporary name beside the target, flushed to the disk and then renamed. A
writer that is killed leaves the target as it was, and at most a hidden leftover with `.unfinished` in its
name.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from carbonlab.errors import StoreError


@contextmanager
def new_file(target: Path | str, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a path to write to; when the block ends without an error the file becomes `target`.

    Parameters
    ----------
    target : Path or str
        The file to be made; its folder is made too.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    StoreError
        If the target exists and may not be replaced, if it is a folder, or if the disk refuses.
    """
    target = Path(target)
    if target.is_dir() or (target.exists() and not overwrite):
        raise _exists(target)
    with _disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    draft = _sibling(target, "unfinished")
    try:
        yield draft
        with _disk_errors(target):
            _flush(draft)
            draft.replace(target)
            _flush(target.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path | str, *, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty folder to write into; when the block ends without an error it becomes `target`.

    An existing folder is moved aside before and removed after: it is never mixed with the new one. If the
    process is killed between the two renames, the former folder lies beside the target (see
    `replaced_leftovers`).

    Raises
    ------
    StoreError
        If the target exists and may not be replaced, if it is a file, or if the disk refuses.
    """
    target = Path(target)
    if target.exists() and (not overwrite or not target.is_dir()):
        raise _exists(target)
    draft = _sibling(target, "unfinished")
    with _disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
    try:
        yield draft
        with _disk_errors(target):
            for path in sorted(draft.rglob("*"), reverse=True):
                _flush(path)
            _flush(draft)
            _exchange(draft, target, overwrite=overwrite)
            _flush(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def replaced_leftovers(target: Path | str) -> list[Path]:
    """Return former folders that a killed replacement of `target` left beside it."""
    target = Path(target)
    return sorted(target.parent.glob(f".{target.name}.*.replaced")) if target.parent.is_dir() else []


def _exchange(draft: Path, target: Path, *, overwrite: bool) -> None:
    if not overwrite:
        if target.exists():  # made by another process in the meantime
            raise _exists(target)
        draft.rename(target)
        return
    former = _sibling(target, "replaced")
    had_former = target.exists()
    if had_former:
        target.rename(former)
    try:
        draft.rename(target)
    except OSError:
        if had_former:
            former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _sibling(target: Path, ending: str) -> Path:
    """A name of its own for every writer, hidden, beside the target: the rename stays on one disk."""
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.{ending}")


def _flush(path: Path) -> None:
    """Wait until the disk has the content of a file, or the names in a folder."""
    if not path.is_dir():
        _sync(path, os.O_RDWR)
    elif os.name != "nt":  # Windows has no handles of folders
        with suppress(OSError):  # some network disks refuse it: the rename is atomic all the same
            _sync(path, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write {target}: {error.strerror or error}",
            where=str(target),
            why="nothing was changed",
            remedy="check that the folder is writable and the disk has space left, or choose another place",
        ) from error


def _exists(target: Path) -> StoreError:
    kind = "folder" if target.is_dir() else "file"
    return StoreError(
        f"{target} exists already as a {kind}",
        where=str(target),
        why="what is in it would be lost",
        remedy="choose another name, or pass overwrite=True to replace it by one of the same kind",
    )
