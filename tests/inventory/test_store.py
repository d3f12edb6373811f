"""Stored databases: what comes back, and what is refused."""

from __future__ import annotations

import errno
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.generated import generate_inventory
from carbonlab import atomic
from carbonlab.errors import StoreError
from carbonlab.inventory.schema import LATER, TABLES
from carbonlab.inventory.store import (
    FORMAT_VERSION,
    is_stored_database,
    load_database,
    read_manifest,
    save_database,
)
from carbonlab.provenance import digest_of_file, digest_of_json
from tests.inventory.small_database import small_database

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    save_database(small_database(), folder)
    return folder


def _content(store: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((store / "manifest.json").read_text(encoding="utf-8"))
    return content


def _forge(store: Path, content: dict[str, Any]) -> None:
    """Write a manifest with a digest that fits: what someone with bad intent would do."""
    content.pop("manifest_digest", None)
    content["manifest_digest"] = digest_of_json("manifest", content)
    (store / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def _forge_table(store: Path, name: str, data: bytes, **values: Any) -> None:
    (store / f"{name}.parquet").write_bytes(data)
    content = _content(store)
    content["tables"][name] |= {"bytes": len(data), "digest": digest_of_file(data), **values}
    _forge(store, content)


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


# -- what comes back
# -------------------------------------------------------------------------------------------


def test_a_database_comes_back_as_it_was(store: Path) -> None:
    db, loaded = small_database(), load_database(store)
    assert loaded.meta == db.meta
    for name in TABLES:
        assert getattr(loaded, name).schema == TABLES[name]
        assert repr(getattr(loaded, name).to_pylist()) == repr(getattr(db, name).to_pylist()), name
    assert loaded.digest == db.digest
    loaded.__dict__.pop("digest")
    assert loaded.digest == db.digest, "the digest in the manifest is the one of what was loaded"


def test_a_larger_database_comes_back_with_the_same_digest(tmp_path: Path) -> None:
    """Every column type in more than one Parquet page, chunks before saving, a slice as a table."""
    db = generate_inventory(400, 20_000)
    chunks = pa.concat_tables([db.exchanges.slice(0, 7_000), db.exchanges.slice(7_000)])
    save_database(db.with_tables(exchanges=chunks), tmp_path / "generated")
    loaded = load_database(tmp_path / "generated")
    assert "digest" in loaded.__dict__, "loading need not take the digest again"
    loaded.__dict__.pop("digest")
    assert loaded.digest == db.digest


def test_the_manifest_says_what_is_inside(store: Path) -> None:
    manifest = read_manifest(store)
    assert manifest.meta.decided_upstream == {"recycling": "cut_off"}
    assert manifest.tables["exchanges"].rows == 5
    assert set(manifest.versions) >= {"carbonlab", "pyarrow"}
    assert manifest.digest == small_database().digest
    assert is_stored_database(store) and not is_stored_database(store.parent)


def test_the_same_database_makes_the_same_files(store: Path, tmp_path: Path) -> None:
    save_database(small_database(), tmp_path / "again")
    for path in store.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_what_file_browsers_leave_behind_is_not_a_change(store: Path) -> None:
    (store / ".DS_Store").write_bytes(b"")
    assert load_database(store).processes.num_rows == 2


# -- what was changed is refused, in these words
# -----------------------------------------------------------------


def _append(name: str, data: bytes) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        with (store / name).open("ab") as file:
            file.write(data)

    return change


def _flip_a_bit(store: Path) -> None:
    data = bytearray((store / "exchanges.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (store / "exchanges.parquet").write_bytes(data)


def _truncate(store: Path) -> None:
    data = (store / "flows.parquet").read_bytes()
    (store / "flows.parquet").write_bytes(data[: len(data) // 2])


def _edit_by_hand(store: Path) -> None:
    text = (store / "manifest.json").read_text(encoding="utf-8")
    (store / "manifest.json").write_text(text.replace("CC0", "CC-BY"), encoding="utf-8")


def _link(store: Path) -> None:
    (store / "roles.parquet").rename(store.parent / "elsewhere.parquet")
    (store / "roles.parquet").symlink_to(store.parent / "elsewhere.parquet")


def _swap(store: Path) -> None:
    """Swap two files of the same store: both have a digest that the manifest knows, of the other."""
    (store / "flows.parquet").rename(store / "x")
    (store / "processes.parquet").rename(store / "flows.parquet")
    (store / "x").rename(store / "processes.parquet")


CHANGES: list[tuple[str, Callable[[Path], Any], str]] = [
    ("bit", _flip_a_bit, r"exchanges.parquet: it was changed after it was written: its digest is not"),
    ("truncated", _truncate, r"flows.parquet: it has \d+ bytes where the manifest says \d+"),
    ("appended", _append("sources.parquet", b"x"), r"sources.parquet: it has \d+ bytes where"),
    ("missing", lambda store: (store / "roles.parquet").unlink(), r"roles.parquet: it is missing"),
    (
        "extra",
        lambda store: (store / "notes.txt").write_text("x"),
        r"notes.txt: it is not in the manifest: it does not belong to the store",
    ),
    ("link", _link, r"roles.parquet: it is not a plain file: a store does not follow links"),
    ("swapped", _swap, r"flows.parquet: it has \d+ bytes where"),
    ("edited", _edit_by_hand, r"manifest.json: it was changed after it was written: its content does not"),
    ("not JSON", _append("manifest.json", b"}"), r"manifest.json: it is not valid JSON: Extra data"),
    (
        "empty",
        lambda store: (store / "manifest.json").write_text(""),
        r"manifest.json: it is not valid JSON: Expecting value",
    ),
    (
        "not UTF-8",
        lambda store: (store / "manifest.json").write_bytes(b'{"a": "\xff\xfe"}'),
        r"manifest.json: it is not valid JSON: 'utf-8' codec",
    ),
    (
        "list",
        lambda store: (store / "manifest.json").write_text("[]"),
        r"manifest.json: it is not a JSON object",
    ),
    (
        "deep",
        lambda store: (store / "manifest.json").write_text("[" * 100_000),
        r"manifest.json: it is not valid JSON",
    ),
    (
        "huge",
        lambda store: (store / "manifest.json").write_bytes(b" " * 4_000_001),
        r"manifest.json: it is larger than 4000000 bytes",
    ),
    (
        "another format",
        lambda store: _forge(store, _content(store) | {"format": "something"}),
        r"manifest.json: it does not say that this is a carbonlab-database",
    ),
]


@pytest.mark.parametrize(("change", "words"), [change[1:] for change in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_store_that_was_changed_is_refused(store: Path, change: Callable[[Path], Any], words: str) -> None:
    change(store)
    with pytest.raises(StoreError, match=words) as error:
        load_database(store)
    assert "small cannot be trusted" in str(error.value)
    assert error.value.where.startswith(str(store)) and error.value.where != str(store), "names the file"
    assert error.value.why == "numbers made from it could be wrong without a sign"
    assert error.value.remedy == "save or import the database again; do not edit the files of a store by hand"


# -- stores from others, with digests that fit
# -------------------------------------------------------------------


def _with_entry(**values: Any) -> Callable[[Path], None]:
    def change(store: Path) -> None:
        content = _content(store)
        content["tables"]["flows"] |= values
        _forge(store, content)

    return change


def _without_table(store: Path) -> None:
    content = _content(store)
    del content["tables"]["roles"]
    (store / "roles.parquet").unlink()
    _forge(store, content)


def _other_columns(store: Path) -> None:
    _forge_table(store, "roles", _parquet(small_database().roles.drop_columns(["role"])))


def _unknown_kind(store: Path) -> None:
    flows = small_database().flows
    kinds = pa.DictionaryArray.from_arrays(pa.array([0] * 4, pa.int32()), pa.array(["ghost"]))
    _forge_table(store, "flows", _parquet(flows.set_column(2, flows.schema.field("kind"), kinds)))


def _far_row(store: Path) -> None:
    exchanges = small_database().exchanges
    rows = pa.array([99] * exchanges.num_rows, pa.int32())
    _forge_table(store, "exchanges", _parquet(exchanges.set_column(2, exchanges.schema.field("flow"), rows)))


def _twice(store: Path) -> None:
    flows = small_database().flows
    ids = pa.array(["lumber"] * flows.num_rows)
    _forge_table(store, "flows", _parquet(flows.set_column(0, flows.schema.field("id"), ids)))


def _odd_meta(store: Path) -> None:
    content = _content(store)
    content["meta"]["decided_upstream"] = {"recycling": 1}
    _forge(store, content)


def _unknown_meta(store: Path) -> None:
    content = _content(store)
    content["meta"]["nonsense"] = ""
    _forge(store, content)


FORGERIES: list[tuple[str, Callable[[Path], Any], str]] = [
    (
        "path outside",
        _with_entry(file="../../etc/passwd"),
        r"manifest.json: its content is not .*: the table flows must be in the file flows.parquet",
    ),
    ("absolute path", _with_entry(file="/etc/passwd"), r"the table flows must be in the file flows.parquet"),
    (
        "many rows",
        _with_entry(rows=10**12),
        r"the table flows may have 0 to 100000000 rows, not 1000000000000",
    ),
    ("rows as text", _with_entry(rows="4"), r"the table flows may have 0 to 100000000 rows, not '4'"),
    ("other rows", _with_entry(rows=3), r"flows.parquet: it has 4 rows where the manifest says 3"),
    ("unknown entry", _with_entry(run="rm"), r"manifest.json: its content is not what a manifest holds"),
    ("fewer tables", _without_table, r"manifest.json: its content is not .*: the tables are \["),
    ("meta not text", _odd_meta, r"manifest.json: .*: a text is expected in meta and digest"),
    ("unknown meta", _unknown_meta, r"manifest.json: .*unexpected keyword argument 'nonsense'"),
    (
        "not Parquet",
        lambda store: _forge_table(store, "flows", b"PAR1 not really PAR1"),
        r"flows.parquet: it is not a readable Parquet file",
    ),
    (
        "half a Parquet",
        lambda store: _forge_table(store, "flows", (store / "flows.parquet").read_bytes()[:-100]),
        r"flows.parquet: it is not a readable Parquet file",
    ),
    ("other columns", _other_columns, r"roles.parquet: its columns are not those of the table roles"),
    ("unknown kind", _unknown_kind, r"contradicts itself: flows.kind .* holds 'ghost', which is not in"),
    ("row outside", _far_row, r"contradicts itself: the table exchanges .* points at a row of flows that"),
    ("ids twice", _twice, r"flows.parquet: the ids of its flows are not unique"),
]


@pytest.mark.parametrize(
    ("forge", "words"), [forgery[1:] for forgery in FORGERIES], ids=[f[0] for f in FORGERIES]
)
def test_a_store_of_bad_intent_is_refused(store: Path, forge: Callable[[Path], Any], words: str) -> None:
    forge(store)
    with pytest.raises(StoreError, match=words) as error:
        load_database(store)
    assert error.value.remedy.startswith("save or import the database again")


def test_another_version_of_the_format_is_named(store: Path) -> None:
    _forge(store, _content(store) | {"format_version": 99})
    with pytest.raises(
        StoreError, match=r"has the format version 99, this carbonlab reads version 2"
    ) as error:
        load_database(store)
    assert FORMAT_VERSION == 2
    assert "columns may mean something else" in error.value.why
    assert "import the original data again" in error.value.remedy and "'pyarrow'" in error.value.remedy


def test_a_store_of_the_first_version_loads_with_its_digest(store: Path) -> None:
    """It has no columns for the spreads of properties and factors, and none for lists of points."""
    before = load_database(store)
    for name, columns in LATER.items():
        table = getattr(before, name).drop_columns(list(columns))
        _forge_table(store, name, _parquet(table))
    _forge(store, _content(store) | {"format_version": 1})
    again = load_database(store)
    del again.__dict__["digest"]  # the store hands over the stated one: take it anew
    assert again.digest == before.digest
    assert all(getattr(again, name).schema == schema for name, schema in TABLES.items())


def test_no_store_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no stored database at .*nowhere: no such folder") as error:
        load_database(tmp_path / "nowhere")
    assert "a folder with a manifest.json" in error.value.why
    with pytest.raises(StoreError, match=rf"there is no stored database at {re.escape(str(tmp_path))}\n"):
        read_manifest(tmp_path)


# -- writing is whole or not at all
# ------------------------------------------------------------------------------


def test_an_existing_store_is_replaced_only_when_asked(store: Path) -> None:
    other = small_database().with_meta(version="2")
    with pytest.raises(StoreError, match=r"small exists already as a folder") as error:
        save_database(other, store)
    assert error.value.why == "what is in it would be lost" and "overwrite=True" in error.value.remedy
    assert load_database(store).meta.version == "1"
    save_database(other, store, overwrite=True)
    assert load_database(store).meta.version == "2"
    assert [path.name for path in store.parent.iterdir()] == ["small"], "nothing is left beside it"


def test_a_folder_of_someone_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(StoreError, match=r"thesis holds something that is not a stored database") as error:
        save_database(small_database(), tmp_path / "thesis", overwrite=True)
    assert "would delete files" in error.value.why
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"file exists already as a file"):
        save_database(small_database(), tmp_path / "file", overwrite=True)


def test_a_full_disk_leaves_the_former_store(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "exchanges.parquet":
            write(path, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match=r"cannot write exchanges.parquet: No space left on device") as error:
        save_database(small_database().with_meta(version="2"), store, overwrite=True)
    assert "nothing was changed" in error.value.why and "space left" in error.value.remedy
    monkeypatch.undo()
    assert load_database(store).meta.version == "1"
    assert [path.name for path in store.parent.iterdir()] == ["small"]


def test_a_parent_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"cannot write .*small: (Not a directory|File exists)"):
        save_database(small_database(), tmp_path / "file" / "small")


def test_a_rename_that_fails_puts_the_former_store_back(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.endswith(".unfinished"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StoreError, match=r"cannot write .*small: Input/output error"):
        save_database(small_database().with_meta(version="2"), store, overwrite=True)
    monkeypatch.undo()
    assert load_database(store).meta.version == "1"
    assert [path.name for path in store.parent.iterdir()] == ["small"]


def test_a_killed_replacement_says_where_the_former_store_is(store: Path) -> None:
    """A process killed between the two renames leaves the former store under another name."""
    shutil.move(store, store.with_name(".small.0123456789ab.replaced"))
    with pytest.raises(
        StoreError, match=r"no stored database at .*small: its replacement was interrupted"
    ) as e:
        load_database(store)
    assert "the former database is whole" in e.value.why
    assert e.value.remedy.startswith("rename .small.0123456789ab.replaced to small")


KILLED = """
import os, sys
import pyarrow.parquet as parquet
from carbonlab.inventory.store import load_database, save_database

written, write = [], parquet.write_table
def die(*args, **values):
    write(*args, **values)
    written.append(1)
    if len(written) == 4:
        os._exit(9)  # no handler runs, nothing is cleaned up
parquet.write_table = die
save_database(load_database(sys.argv[1]).with_meta(version="2"), sys.argv[1], overwrite=True)
"""


def test_a_process_killed_while_saving_leaves_the_former_store(store: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(store)], cwd=REPOSITORY, check=False)
    assert done.returncode == 9
    assert load_database(store).meta.version == "1"
    leftovers = [path.name for path in store.parent.iterdir() if path != store]
    assert len(leftovers) == 1 and re.fullmatch(r"\.small\.\w{12}\.unfinished", leftovers[0])
    save_database(small_database().with_meta(version="3"), store, overwrite=True)
    assert load_database(store).meta.version == "3"


def test_two_writers_do_not_mix(store: Path) -> None:
    """The one that comes second without leave to replace finds the target taken when it wants to finish."""
    target = store.with_name("other")
    with pytest.raises(StoreError, match=r"other exists already"), atomic.new_folder(target) as draft:
        (draft / "mine").write_text("x")
        save_database(small_database(), target)
    assert load_database(target).digest == small_database().digest
    assert sorted(path.name for path in store.parent.iterdir()) == ["other", "small"]


# -- single files
# ---------------------------------------------------------------------------------------------


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    target = tmp_path / "made" / "result.txt"
    with atomic.new_file(target) as draft:
        draft.write_text("one")
        assert not target.exists()
    assert target.read_text() == "one"
    with pytest.raises(ValueError, match="interrupted"), atomic.new_file(target) as draft:
        draft.write_text("tw")
        raise ValueError("interrupted")
    assert target.read_text() == "one"
    with (
        pytest.raises(StoreError, match="exists already as a file"),
        atomic.new_file(target, overwrite=False),
    ):
        pass
    with pytest.raises(StoreError, match="exists already as a folder"), atomic.new_file(target.parent):
        pass
    assert [path.name for path in target.parent.iterdir()] == ["result.txt"]
