"""A generated inventory of 20,000 processes and 1,000,000 exchanges: digest, save, load, search, roles."""

from __future__ import annotations

from pathlib import Path

from benchmarks.generated import generate_inventory
from benchmarks.harness import Accuracy, Phase
from carbonlab.inventory.database import Database
from carbonlab.inventory.roles import classify
from carbonlab.inventory.search import ProcessHit, search
from carbonlab.inventory.store import load_database, read_manifest, save_database

TITLE = "stored inventory of 20,000 processes and 1,000,000 exchanges"


def _generate(folder: Path, smoke: bool) -> Database:
    return generate_inventory(400, 20_000) if smoke else generate_inventory(20_000, 1_000_000)


def _prepare_save(folder: Path, smoke: bool) -> tuple[Database, Path]:
    return _generate(folder, smoke), folder / "database"


def _save(given: tuple[Database, Path]) -> Database:
    save_database(*given, overwrite=True)
    return given[0]


def _load(folder: Path, smoke: bool) -> Database:
    return load_database(folder / "database")


def _stored_digest_is_true(db: Database, folder: Path, smoke: bool) -> Accuracy:
    """Take the digest again from the columns: loading must not have changed a single value."""
    fresh = db.with_tables()
    stated = read_manifest(folder / "database").digest
    return Accuracy(
        of="digest of the columns and of the manifest", error=float(fresh.digest != stated), bound=0.0
    )


def _load_without_digest(folder: Path, smoke: bool) -> Database:
    return _load(folder, smoke).with_tables()


def _digest(db: Database) -> str:
    return db.digest


def _search(db: Database) -> list[ProcessHit]:
    return search(db, "metal prodction line 77")  # mistyped: all names are compared, and the index is built


def _something_was_found(hits: list[ProcessHit], folder: Path, smoke: bool) -> Accuracy:
    return Accuracy(of="hits of ten", error=float(10 - len(hits)), bound=0.0)


PHASES = (
    Phase(name="save", setup=_prepare_save, run=_save, check=_stored_digest_is_true, repeats=1),
    Phase(name="load", run=_load, check=_stored_digest_is_true, limit_seconds=1.0, limit_megabytes=500),
    Phase(name="digest", setup=_load_without_digest, run=_digest, limit_seconds=1.0),
    Phase(name="first search", setup=_load, run=_search, check=_something_was_found, limit_seconds=1.0),
    Phase(name="classify", setup=_load, run=classify, limit_seconds=2.0),
)
