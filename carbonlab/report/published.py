"""A folder that a run wrote, checked: are its files the ones that were written, and does the study still give
its numbers?

The digests of the manifest find a file that was altered by itself; somebody who alters a number can write a new
manifest too, so every number of the result is computed again from study, foreground and rule sets of the folder.
The folder may come from a stranger: only regular files inside it are read, they are copied first, and the copy is
what is read.
"""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from carbonlab.errors import StoreError, StudyError
from carbonlab.inventory.database import Database
from carbonlab.inventory.store import save_database
from carbonlab.messages import message
from carbonlab.provenance import digest_of_file
from carbonlab.report.published_numbers import NumberRow, Numbers, compare_numbers, open_published
from carbonlab.results.calculate import calculate
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study

MANIFEST = "manifest.json"
INTACT, ALTERED, MISSING, UNLISTED = "intact", "altered", "missing", "unlisted"
LARGEST_FILE = 1 << 30
"""Bytes of one file; a larger one is refused, not read."""
MOST_FILES = 10_000


@dataclass(frozen=True, kw_only=True)
class PublishedCheck:
    """What was found out about a folder of results.

    Attributes
    ----------
    folder : Path
        That was checked.
    files : dict
        Path in the folder → ``intact``, ``altered``, ``missing`` (named by the manifest, not there) or ``unlisted``.
    study : Study
        Of the folder, with which the numbers were computed again.
    numbers : Numbers
        Published beside recalculated.
    """

    folder: Path
    files: dict[str, str]
    study: Study
    numbers: Numbers

    @property
    def rows(self) -> tuple[NumberRow, ...]:
        """One row per product and rule set."""
        return self.numbers.rows

    @property
    def altered(self) -> tuple[str, ...]:
        """Files that are not what the manifest names."""
        return tuple(path for path, state in self.files.items() if state != INTACT)

    @property
    def is_confirmed(self) -> bool:
        """Every file is the one that was written, and every number comes out again."""
        return not self.altered and self.numbers.agree

    def as_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "folder": str(self.folder),
            "study": self.study.key,
            "is_confirmed": self.is_confirmed,
            "files": self.files,
            **self.numbers.as_data(),
        }


def check_published(
    folder: str | Path, *, databases: Sequence[Database] = (), progress: Callable[[str], None] | None = None
) -> PublishedCheck:
    """Check the digests of a folder that `carbonlab run` wrote, and calculate its study again.

    Parameters
    ----------
    folder : str or Path
        With manifest.json, study.toml and results.nc.
    databases : sequence of Database, optional
        Inventories that the study names by digest; the embedded one need not be given.
    progress : callable, optional
        Is told what is being calculated.

    Raises
    ------
    StoreError
        If it is no such folder, or names or holds what lies outside of it.
    StudyError
        If the study names paths, or an inventory that was not given.
    ResultError
        If the result cannot be read at all.
    """
    root = Path(folder)
    listed = _manifest(root)
    with tempfile.TemporaryDirectory(prefix="carbonlab-check-") as name:
        copy = Path(name)
        files = _copy(root, copy, listed)
        published = open_published(copy / "results.nc")
        study = _study(copy, databases)
        recalculated = calculate(study, progress=progress)
        numbers = compare_numbers(published, recalculated, study, _summary(copy))
    return PublishedCheck(folder=root, files=files, study=study, numbers=numbers)


def _manifest(root: Path) -> dict[str, str]:
    """Return path → digest as the manifest lists them, every path inside the folder."""
    try:
        if not (root / MANIFEST).is_file() or (root / MANIFEST).is_symlink():
            raise StoreError(
                f"there is no {MANIFEST} in {root}",
                why="without the digests nothing can be said about its files",
                remedy="name a folder that carbonlab run wrote",
            )
        read = json.loads(_bytes(root / MANIFEST, MANIFEST).decode("utf-8"))
        listed: dict[str, str] = read["files"]
        is_map = isinstance(listed, dict) and all(isinstance(digest, str) for digest in listed.values())
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StoreError(
            f"{MANIFEST} cannot be read: {error}",
            where=str(root),
            remedy="ask for the folder as it was written",
        ) from error
    if not is_map or len(listed) > MOST_FILES:
        raise StoreError(f"{MANIFEST} lists no files with digests", where=str(root))
    for name in listed:
        _check_inside(name, MANIFEST)
    for needed in ("study.toml", "results.nc"):
        if needed not in listed:
            raise StoreError(
                f"{MANIFEST} does not list {needed}",
                where=str(root),
                remedy="name a folder that carbonlab run wrote",
            )
    return listed


def _check_inside(name: str, where: str) -> None:
    """Refuse a path that could lead out of the folder, on any system."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or any(sign in name for sign in ("\\", ":", "\0")):
        raise StoreError(
            f"the path {name!r} leads out of the folder",
            where=where,
            why="a folder of results names only files in itself",
            remedy="do not trust this folder; ask for it as it was written",
        )


def _copy(root: Path, copy: Path, listed: dict[str, str]) -> dict[str, str]:
    """Copy what the manifest lists and return the state of every file of the folder."""
    states, inside = {}, root.resolve()
    for name, digest in sorted(listed.items()):
        source = root / name
        if not source.is_file():
            states[name] = MISSING
            continue
        if inside not in source.resolve().parents:
            raise StoreError(
                f"{name} is a link to a file outside",
                where=str(root),
                why="a folder of results holds its files itself",
                remedy="do not trust this folder; ask for it as it was written",
            )
        content = _bytes(source, name)
        states[name] = INTACT if digest_of_file(content) == digest else ALTERED
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(content)
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    states |= dict.fromkeys(sorted(there - set(listed) - {MANIFEST}), UNLISTED)
    for needed in ("study.toml", "results.nc"):
        if states[needed] == MISSING:
            raise StoreError(
                f"{needed} is missing", where=str(root), remedy="ask for the folder as it was written"
            )
    return states


def _bytes(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise StoreError(
                f"{name} is larger than {LARGEST_FILE:,} bytes", remedy="ask for a smaller study"
            )
        return path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{name} cannot be read: {error}", remedy="check the rights of the folder"
        ) from error


def _study(copy: Path, databases: Sequence[Database]) -> Study:
    """Return the study of the copied folder; it may name nothing outside, and inventories only by digest."""
    path = copy / "study.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = table.get("databases", [])
        named = [str(entry["path"]) for entry in entries if "path" in entry]
        inside = [str(name) for name in table.get("rules", {}).get("sets", [])]
        inside += [str(table["foreground"].get("tables"))] if "foreground" in table else []
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise StudyError(
            f"the study cannot be read: {error}", remedy="ask for the folder as it was written"
        ) from error
    if named:
        raise StudyError(
            f"the study of the folder reads an inventory from {named[0]!r}",
            where="study.toml",
            why="a written study names inventories by digest; a path could be anything on this machine",
            remedy="give the inventory yourself: --database PATH",
        )
    for name in inside:
        _check_inside(name, "study.toml")
    return _with_databases(path, table, databases)


def _with_databases(path: Path, table: dict[str, Any], databases: Sequence[Database]) -> Study:
    """Return the study, with the inventories that were given stored beside the copy and named in it."""
    named = {str(entry.get("digest")) for entry in table.get("databases", [])}
    text = path.read_text(encoding="utf-8")
    for number, database in enumerate(databases):
        if database.digest not in named:
            raise StudyError(
                f"the study of the folder does not name the inventory {database.meta.name!r}",
                where="study.toml",
                why=f"its digest is {database.digest}, the study names {', '.join(sorted(named))}",
                remedy="give the release that the study was made with",
            )
        save_database(database, path.parent / f"inventory-{number}")
        said = f'digest = "{database.digest}"'
        between = "\n" if f"\n{said}" in text else ", "  # a table of its own, or one in braces
        text = text.replace(said, f'{said}{between}path = "inventory-{number}"', 1)
    path.write_text(text, encoding="utf-8")
    try:
        return read_study(path)
    except StudyError as error:
        if "has no path" not in error.what:
            raise
        raise StudyError(
            error.what.replace("has no path", "is not at hand"),
            where="study.toml",
            why="the folder names it by digest and does not contain it",
            remedy="give it: --database PATH",
        ) from error


def _summary(copy: Path) -> dict[tuple[str, str], float | None] | str:
    """Return the totals of summary.json by rule set and product, or why they cannot be read."""
    path = copy / "summary.json"
    if not path.is_file():
        return message("published.no_summary", why="-")
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        return {
            (str(rules["key"]), str(product["key"])): None
            if product["total"] is None
            else float(product["total"])
            for rules in summary["rule_sets"]
            for product in rules["products"]
        }
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return message("published.no_summary", why=error)
