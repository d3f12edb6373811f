"""A database on disk: a folder of Parquet files and a manifest with their digests.

The manifest holds what the database says of itself, the digest of every file and of the database, and a
digest of its own: a store of which a single byte was changed does not load. Saving is atomic: a folder is
there whole or not at all.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbonlab.arguments import check_kind, checked_path
from carbonlab.atomic import new_folder, replaced_leftovers
from carbonlab.errors import InventoryError, StoreError
from carbonlab.inventory.columns import with_later_columns
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta
from carbonlab.inventory.schema import TABLES
from carbonlab.provenance import digest_of_file, digest_of_json, installed_versions

FORMAT = "carbonlab-database"
FORMAT_VERSION = 2
"""Counts up with every change of the schema, of the manifest, or of what the digest of a database covers."""
READABLE = (1, FORMAT_VERSION)
"""Version 1 has no spreads of properties and factors, and no spreads that are lists of points."""
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 4_000_000
MAX_ROWS = 100_000_000
"""Rows that one table of a store may have: a file from others may not fill the memory."""
LEFT_BY_FILE_BROWSERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})

_STORE_AGAIN = "save or import the database again; do not edit the files of a store by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What the manifest says of one file."""

    rows: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the manifest of a stored database says."""

    meta: DatabaseMeta
    digest: str
    """Digest of the database (`Database.digest`)."""
    tables: dict[str, StoredFile]
    versions: dict[str, str]
    """Versions of carbonlab and of the libraries that wrote the store."""


def is_stored_database(folder: Path | str) -> bool:
    """Whether a folder has a manifest; whether it is whole shows when it is loaded."""
    return (Path(folder) / MANIFEST).is_file()


def save_database(db: Database, folder: Path | str, *, overwrite: bool = False) -> None:
    """Write a database to a folder, whole or not at all.

    Parameters
    ----------
    db : Database
        What to write.
    folder : Path or str
        The folder to be made.
    overwrite : bool
        Whether a stored database at this place may be replaced; no other folder ever is.

    Raises
    ------
    StoreError
        If the folder exists and may not be replaced, or if the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> from carbonlab.inventory.builder import DatabaseBuilder
    >>> from carbonlab.inventory.store import load_database, save_database
    >>> db = DatabaseBuilder(DatabaseMeta(name="empty")).build()
    >>> with tempfile.TemporaryDirectory() as place:
    ...     save_database(db, place + "/empty")
    ...     load_database(place + "/empty").digest == db.digest
    True
    """
    where = "save_database(database, folder)"
    check_kind(
        db, Database, name="what is saved", where=where, remedy="give a database; studies: write_study"
    )
    folder = Path(folder)
    if overwrite and folder.is_dir() and any(folder.iterdir()) and not is_stored_database(folder):
        raise StoreError(
            f"{folder} holds something that is not a stored database",
            where=str(folder),
            why="replacing it would delete files that carbonlab did not write",
            remedy="choose another folder, or empty this one yourself",
        )
    with new_folder(folder, overwrite=overwrite) as draft:
        files = {name: _write_table(getattr(db, name), draft / _file_name(name)) for name in TABLES}
        content = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "meta": asdict(db.meta),
            "digest": db.digest,
            "tables": {name: {"file": _file_name(name), **asdict(file)} for name, file in files.items()},
            "versions": dict(installed_versions()),
        }
        content["manifest_digest"] = digest_of_json("manifest", content)
        text = json.dumps(content, indent=2, ensure_ascii=False)
        _write_bytes(draft / MANIFEST, text.encode())


def load_database(folder: Path | str) -> Database:
    """Read a database that `save_database` wrote, and refuse it if anything in it was changed.

    Raises
    ------
    StoreError
        If there is no store, if a file is missing, superfluous, truncated or changed, or if another version
        wrote it.
    """
    folder = checked_path(folder, where="load_database(folder)")
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    tables = {name: _read_table(folder, name, file) for name, file in manifest.tables.items()}
    try:
        db = Database(meta=manifest.meta, **tables)
    except InventoryError as error:
        raise StoreError(
            f"the stored database {folder} contradicts itself: {error.what}",
            where=str(folder),
            why=error.why,
            remedy=_STORE_AGAIN,
        ) from error
    for name in ("flows", "processes"):  # a million ids of exchanges would double the time to load
        ids = getattr(db, name)["id"]
        if pc.count_distinct(ids).as_py() != len(ids):
            raise _damaged(folder / _file_name(name), f"the ids of its {name} are not unique")
    # The files are the ones that the digest was taken of when they were written: it need not be taken again.
    db.__dict__["digest"] = manifest.digest
    return db


def read_manifest(folder: Path | str) -> Manifest:
    """Read and check what a store says of itself, without reading the tables.

    Raises
    ------
    StoreError
        If there is no manifest, or if it was changed, or written by another version.
    """
    path = Path(folder) / MANIFEST
    content = _manifest_content(path)
    if content.get("format") != FORMAT:
        raise _damaged(path, f"it does not say that this is a {FORMAT}")
    if content.get("format_version") not in READABLE:
        raise StoreError(
            f"the stored database {folder} has the format version {content.get('format_version')!r}, "
            f"this carbonlab reads version {FORMAT_VERSION}",
            where=str(path),
            why="columns may mean something else in another version",
            remedy="import the original data again, or load it with the carbonlab version under "
            f"'versions' in the manifest: {content.get('versions')}",
        )
    stated = content.pop("manifest_digest", None)
    if stated != digest_of_json("manifest", content):
        raise _damaged(path, "it was changed after it was written: its content does not have its own digest")
    try:
        return _manifest_of(content)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"its content is not what a manifest holds: {error}") from error


def _manifest_content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise _no_store(path.parent)
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise _damaged(path, f"it is larger than {MAX_MANIFEST_BYTES} bytes")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"it is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise _damaged(path, "it is not a JSON object")
    return content


def _manifest_of(content: dict[str, Any]) -> Manifest:
    meta = DatabaseMeta(**content["meta"])
    texts = [value for key, value in asdict(meta).items() if key != "decided_upstream"]
    texts += [*meta.decided_upstream, *meta.decided_upstream.values()]
    if not all(isinstance(text, str) for text in [*texts, content["digest"]]):
        raise ValueError("a text is expected in meta and digest")
    if list(content["tables"]) != list(TABLES):
        raise ValueError(f"the tables are {list(content['tables'])}, not {list(TABLES)}")
    tables = {}
    for name, entry in content["tables"].items():
        if entry.pop("file") != _file_name(name):  # also keeps paths out: no name is taken from the manifest
            raise ValueError(f"the table {name} must be in the file {_file_name(name)}")
        tables[name] = StoredFile(**entry)
        if not (isinstance(tables[name].rows, int) and 0 <= tables[name].rows <= MAX_ROWS):
            raise ValueError(f"the table {name} may have 0 to {MAX_ROWS} rows, not {tables[name].rows!r}")
    return Manifest(meta=meta, digest=content["digest"], tables=tables, versions=dict(content["versions"]))


def _check_files(folder: Path, manifest: Manifest) -> None:
    expected = {MANIFEST, *(_file_name(name) for name in manifest.tables)}
    present = {path.name for path in folder.iterdir()} - LEFT_BY_FILE_BROWSERS
    if missing := sorted(expected - present):
        raise _damaged(folder / missing[0], "it is missing")
    if superfluous := sorted(present - expected):
        raise _damaged(folder / superfluous[0], "it is not in the manifest: it does not belong to the store")
    for name in sorted(expected):
        if (folder / name).is_symlink() or not (folder / name).is_file():
            raise _damaged(folder / name, "it is not a plain file: a store does not follow links")


def _read_table(folder: Path, name: str, file: StoredFile) -> pa.Table:
    path = folder / _file_name(name)
    data = path.read_bytes()
    if len(data) != file.bytes:
        raise _damaged(path, f"it has {len(data)} bytes where the manifest says {file.bytes}")
    if digest_of_file(data) != file.digest:
        raise _damaged(path, "it was changed after it was written: its digest is not the one in the manifest")
    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        rows = source.metadata.num_rows
        if rows != file.rows:
            raise _damaged(path, f"it has {rows} rows where the manifest says {file.rows}")
        table = with_later_columns(name, source.read().unify_dictionaries().combine_chunks())
        if not table.schema.equals(TABLES[name]):
            raise _damaged(path, f"its columns are not those of the table {name}")
        return table
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, f"it is not a readable Parquet file: {error}") from error


def _write_table(table: pa.Table, path: Path) -> StoredFile:
    sink = pa.BufferOutputStream()
    # Ids are unique: a dictionary of them would only cost time. Numbers repeat more often than one thinks.
    repeated = [entry.name for entry in table.schema if not pa.types.is_string(entry.type)]
    pq.write_table(table, sink, compression="zstd", use_dictionary=repeated, store_schema=True)
    data = sink.getvalue().to_pybytes()
    _write_bytes(path, data)
    return StoredFile(rows=table.num_rows, bytes=len(data), digest=digest_of_file(data))


def _write_bytes(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StoreError(
            f"cannot write {path.name}: {error.strerror or error}",
            where=str(path.parent),
            why="the database was not saved; nothing was changed",
            remedy="check that the disk has space left, or choose another place",
        ) from error


def _file_name(table: str) -> str:
    return f"{table}.parquet"


def _no_store(folder: Path) -> StoreError:
    if leftovers := replaced_leftovers(folder):
        return StoreError(
            f"there is no stored database at {folder}: its replacement was interrupted",
            where=str(folder),
            why=f"the former database is whole and lies at {leftovers[-1]}",
            remedy=f"rename {leftovers[-1].name} to {folder.name}, or save the new database again",
        )
    return StoreError(
        f"there is no stored database at {folder}" + ("" if folder.is_dir() else ": no such folder"),
        where=str(folder),
        why=f"a stored database is a folder with a {MANIFEST}",
        remedy="give the folder that `carbonlab import` or save_database wrote",
    )


def _damaged(path: Path, how: str) -> StoreError:
    return StoreError(
        f"the stored database {path.parent} cannot be trusted: {path.name}: {how}",
        where=str(path),
        why="numbers made from it could be wrong without a sign",
        remedy=_STORE_AGAIN,
    )
