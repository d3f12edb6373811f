"""`carbonlab check FOLDER`: published results that are confirmed, altered, or hostile."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w
import xarray as xr

from carbonlab.cli.main import main
from carbonlab.errors import ResultError, StoreError, StudyError
from carbonlab.inventory.store import save_database
from carbonlab.provenance import digest_of_file
from carbonlab.report.published import check_published
from tests.tiny import tiny_database

DATABASE = """
[flows]
steel = "kg"

[[processes]]
id = "mill"
out = { steel = 1, co2 = 2 }
"""

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that `carbonlab run lumber` wrote: three products, a foreground, one rule set."""
    folder = tmp_path_factory.mktemp("run") / "out"
    assert main(["run", "lumber", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder, to be altered."""
    return Path(shutil.copytree(written, tmp_path / "copy"))


def with_new_manifest(folder: Path) -> None:
    """Write digests that fit the altered files, as somebody would who wants to deceive."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: digest_of_file((folder / name).read_bytes()) for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def halve(folder: Path, *, consistently: bool = False) -> None:
    """Halve what is published for the first product; consistently: also its parts, so that the schema holds."""
    result = xr.load_dataset(folder / "results.nc", engine="h5netcdf")
    result["total"][0, 0] = result["total"][0, 0] / 2
    if consistently:
        result["footprint"].loc[{"product": result["product"][0]}] /= 2
    result.to_netcdf(folder / "results.nc", engine="h5netcdf")


def test_unaltered_results_are_confirmed(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    assert main(["check", str(written)]) == 0
    shown = capsys.readouterr().out
    for word in (
        "in results.nc [kg CO2e]",
        "recalculated",
        "difference",
        "gate",
        "life",
        "routes",
        "Confirmed:",
    ):
        assert word in shown
    assert "DIFFERS" not in shown
    assert {path: path.read_bytes() for path in written.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("consistently", [False, True])
def test_a_halved_total_is_found_even_under_a_new_manifest(
    copy: Path, consistently: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    halve(copy, consistently=consistently)
    with_new_manifest(copy)
    assert main(["check", str(copy), "--json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert set(found["files"].values()) == {"intact"}
    row = next(row for row in found["products"] if not row["agrees"])
    assert row["published"] == pytest.approx(row["recalculated"] / 2, rel=1e-12)
    assert row["difference"] == pytest.approx(row["recalculated"] / 2, rel=1e-9)
    assert sum(not row["agrees"] for row in found["products"]) == 1


def test_an_altered_total_is_shown_beside_the_recalculated_one(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    halve(copy)
    assert main(["check", str(copy), "--language", "zh_CN"]) == 4
    shown = capsys.readouterr().out
    assert "写出后被改动" in shown
    assert "不相符" in shown
    assert main(["check", str(copy)]) == 4
    said = capsys.readouterr().out
    places = [
        said.index(word)
        for word in (
            "NOT confirmed",
            "results.nc: altered after it was written",
            "DIFFERS",
            "comes out again",
        )
    ]
    assert places == sorted(places), "what is wrong stands first"


def alter_part(folder: Path) -> None:
    result = xr.load_dataset(folder / "results.nc", engine="h5netcdf")
    result["process_contribution"][0, 0, 5] += 1.0
    result.to_netcdf(folder / "results.nc", engine="h5netcdf")


def alter_summary(folder: Path) -> None:
    summary = json.loads((folder / "summary.json").read_text())
    summary["rule_sets"][0]["products"][1]["total"] = 1.0
    (folder / "summary.json").write_text(json.dumps(summary))


def alter_amount(folder: Path) -> None:
    text = (folder / "study.toml").read_text()
    assert "amount = 1.0" in text
    (folder / "study.toml").write_text(text.replace("amount = 1.0", "amount = 2.0", 1))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (alter_part, "1 of 1185 numbers of process_contribution differ"),
        (alter_summary, "summary.json states 1.0 for life"),
        (alter_amount, "names another study"),
    ],
)
def test_other_numbers_and_the_question_are_compared_too(copy: Path, change: Change, words: str) -> None:
    change(copy)
    with_new_manifest(copy)
    found = check_published(copy)
    assert not found.altered
    assert not found.is_confirmed
    assert any(words in complaint for complaint in found.numbers.complaints), found.numbers.complaints


def test_missing_and_foreign_files_are_named(copy: Path) -> None:
    (copy / "report.html").unlink()
    (copy / "better_report.html").write_text("<p>1 kg")
    found = check_published(copy)
    assert found.files["report.html"] == "missing"
    assert found.files["better_report.html"] == "unlisted"
    assert found.numbers.agree
    assert not found.is_confirmed


def list_outside(folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../secret.txt"] = digest_of_file(b"secret")
    (folder / "manifest.json").write_text(json.dumps(manifest))


def link_outside(folder: Path) -> None:
    (folder / "study.toml").rename(folder.parent / "study.toml")
    (folder / "study.toml").symlink_to(folder.parent / "study.toml")


def link_folder_outside(folder: Path) -> None:
    (folder / "rules").rename(folder.parent / "rules")
    (folder / "rules").symlink_to(folder.parent / "rules")


def edit_study(folder: Path, **changes: object) -> None:
    table = tomllib.loads((folder / "study.toml").read_text())
    (folder / "study.toml").write_text(tomli_w.dumps(table | changes))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (list_outside, StoreError, "leads out of the folder"),
        (link_outside, StoreError, "link to a file outside"),
        (link_folder_outside, StoreError, "link to a file outside"),
        (lambda f: edit_study(f, foreground={"tables": "../../other"}), StoreError, "leads out"),
        (lambda f: edit_study(f, rules={"sets": ["/etc/rules.toml"]}), StoreError, "leads out"),
        (lambda f: edit_study(f, databases=[{"name": "x", "path": "/etc"}]), StudyError, "--database PATH"),
        (lambda f: (f / "manifest.json").write_text("[" * 50_000), StoreError, "cannot be read"),
        (lambda f: (f / "manifest.json").write_text('{"files": ["a"]}'), StoreError, "lists no files"),
        (lambda f: (f / "manifest.json").unlink(), StoreError, "no manifest.json"),
        (lambda f: (f / "results.nc").write_bytes(b"\x89HDF\r\n" * 99), ResultError, "cannot be read"),
        (lambda f: (f / "results.nc").unlink(), StoreError, "results.nc is missing"),
    ],
)
def test_hostile_and_damaged_folders_are_refused(
    copy: Path, change: Change, error: type[Exception], words: str
) -> None:
    change(copy)
    with pytest.raises(error, match=words):
        check_published(copy)


def test_an_inventory_named_by_digest_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, out = str(tmp_path / "store"), str(tmp_path / "out")
    save_database(tiny_database(DATABASE), store)
    study = tmp_path / "study.toml"
    study.write_text(
        tomli_w.dumps(
            {
                "study": {"key": "mill", "title": "A mill"},
                "databases": [{"name": "mill", "path": "store"}],
                "products": [{"key": "p", "name": "P", "process": "mill", "amount": 1.0}],
            }
        )
    )
    assert main(["run", str(study), "--out", out]) == 0
    assert main(["check", out]) == 1
    assert "give it: --database PATH" in capsys.readouterr().err
    assert main(["check", out, "--database", store]) == 0
