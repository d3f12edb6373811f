"""The command line as a user meets it: what it prints, writes and returns."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carbonlab.cli import inspect_database
from carbonlab.cli.main import COMMANDS, main
from carbonlab.cli.missing_number import say_without_basis
from carbonlab.formats.tables import write_example
from carbonlab.inventory.database import Database
from carbonlab.results.calculate import calculate
from carbonlab.results.store import load_result
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path

INGOT = "aluminium_ingot_cn"
WORDS_OF_CATEGORIES = (
    "battery", "photovoltaic", "steel", "textile", "laptop", "tyre", "cement", "aluminium", "urea", "phosphate", "wood",
)  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that `carbonlab run` wrote for the small teaching study."""
    folder = tmp_path_factory.mktemp("run") / "out"
    assert main(["run", str(study_path()), "--out", str(folder)]) == 0
    return folder


@pytest.mark.slow
def test_run_without_argument_shows_every_category(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 0
    shown = capsys.readouterr().out
    for word in (*WORDS_OF_CATEGORIES, "kg CO2e", "report.html", "complete", "n/a", "data quality"):
        assert word in shown
    table = [line.split() for line in shown.splitlines()[2:]]
    head = next(line for line in table if line[:2] == ["product", "per"])
    assert {"default", "gbt-24067", "iso-14067", "eu-pef", "en-15804-a2"} <= set(head)
    steel = {line[0] for line in table if line and line[0].startswith("steel")}
    assert any("china" in key for key in steel), "the same product in two countries"
    assert any("europe" in key for key in steel)
    assert main(["run", str(study_path())]) == 0, "a second run replaces the folder of the first"
    names = {path.name for path in (tmp_path / "carbonlab-run").iterdir()}
    assert names == {
        "results.nc",
        "summary.json",
        "report.html",
        "study.toml",
        "foreground",
        "rules",
        "manifest.json",
    }


def test_run_never_replaces_a_folder_of_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "carbonlab-run").mkdir()
    (tmp_path / "carbonlab-run" / "thesis.txt").write_text("three years of work")
    assert main(["run", str(study_path())]) == 1  # the folder is the same whatever the study
    assert "was not written by carbonlab" in capsys.readouterr().err
    assert (tmp_path / "carbonlab-run" / "thesis.txt").read_text() == "three years of work"


def test_the_written_folder_gives_the_same_number_again(package: Path, tmp_path: Path) -> None:
    first = load_result(package / "results.nc")
    study = read_study(package / "study.toml")
    again = calculate(study)
    assert np.array_equal(again["total"].values, first["total"].values, equal_nan=True), "bit for bit"
    assert again.attrs["database_digests"] == first.attrs["database_digests"]
    assert again["rule_set_digest"].values.tolist() == first["rule_set_digest"].values.tolist()
    manifest = json.loads((package / "manifest.json").read_text())
    written = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == written - {"manifest.json"}


def test_the_summary_is_the_result(package: Path) -> None:
    summary = json.loads((package / "summary.json").read_text())
    result = load_result(package / "results.nc").isel(rule_set=0)
    for product in summary["rule_sets"][0]["products"]:
        own = result.sel(product=product["key"])
        assert product["total"] == pytest.approx(float(own["total"]), rel=1e-12)
        assert sum(product["stages"].values()) == pytest.approx(product["total"], rel=1e-9)
        assert sum(product["components"].values()) == pytest.approx(product["total"], rel=1e-9)
        parts = product["processes"]
        listed = sum(row["footprint"] for row in parts["largest"])
        assert listed + parts["rest_positive"] + parts["rest_negative"] == pytest.approx(
            product["total"], rel=1e-9
        )
        assert sum(product["value_kinds"].values()) == pytest.approx(1)


def test_the_report_stands_alone(package: Path) -> None:
    report = (package / "report.html").read_text(encoding="utf-8")
    for forbidden in ("<script", "http-equiv", "<link", "src=", "@import", "url("):
        assert forbidden not in report, "the report must open without a network"
    for needed in (
        "Goal and scope",
        "System boundary",
        "End of life",
        "missing: not stated",
        "Kind of value",
        "residual",
    ):
        assert needed in report
    assert "blake2b-128:" in report


def test_names_from_others_are_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study_path().parent, folder)
    text = (folder / "cement.toml").read_text(encoding="utf-8")
    title = read_study(folder / "cement.toml").title
    (folder / "cement.toml").write_text(text.replace(title, "<script>alert(1)</script>"), encoding="utf-8")
    assert main(["run", str(folder / "cement.toml"), "--out", str(tmp_path / "out")]) == 0
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in report
    assert "&lt;script&gt;" in report


def test_footprint_of_one_product(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", "teaching", INGOT]) == 0
    shown = capsys.readouterr().out
    for word in ("kg CO2e per 1 kg", "first tier", "direct emissions", "emitting process", "residual"):
        assert word in shown


def test_footprint_scales_with_amount_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    totals = []
    for words in (["--amount", "1"], ["--amount", "1", "--unit", "t"]):
        assert main(["footprint", "teaching", INGOT, *words, "--json"]) == 0
        totals.append(json.loads(capsys.readouterr().out)["total"])
    assert totals[1] == pytest.approx(1000 * totals[0], rel=1e-12)


def test_a_rule_is_set_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for option in ("gwp100_ar6", "gwp20_ar6"):
        assert main(["footprint", "teaching", INGOT, "--set", f"characterization={option}", "--json"]) == 0
        found[option] = json.loads(capsys.readouterr().out)
    assert found["gwp20_ar6"]["total"] > found["gwp100_ar6"]["total"]
    assert found["gwp20_ar6"]["rule_set_digest"] != found["gwp100_ar6"]["rule_set_digest"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["footprint", "teaching", "clinkr"], "did you mean"),
        (["footprint", "teaching", "水泥"], "Portland cement, China [CN] (id cement_portland_cn); "),
        (["footprint", "teaching", "x", "--set", "multifunctionality"], "write --set SLOT=OPTION"),
        (["footprint", "teaching", "x", "--set", "allocation=mass"], "there is no rule slot 'allocation'"),
        (["footprint", "teaching", "x", "--set", "multifunctionality=pricee"], "did you mean 'price'?"),
        (["footprint", "teaching", "x", "--rules", "iso"], "there is no rule set 'iso'"),
        (["footprint", "no/such/path", "x"], "no/such/path"),
        (["run", "no_such_study.toml"], "there is no file no_such_study.toml"),
        (["footprint", "teaching", ""], "the text is empty"),
        (["footprint", "teaching", "x", "--set", "allocation=mass"], "is called multifunctionality"),
        (["footprint", "teaching", "x", "--set", "allocation=mass"], "where: --set"),
        (["footprint", "teaching", "x", "--set", "Cutoff=none"], "did you mean 'cut_off'?"),
        (["footprint", "teaching", "x", "--set", "multifunctionality=pricee"], "where: --set"),
        (["compare", "teaching", INGOT, "--rules", "default+allocation=mass"], "where: --rules"),
        (["footprint", "teaching", "x", "--rules", "ISO14067"], "did you mean 'iso-14067-2018'"),
        (["footprint", "teaching", "x", "--rules", "gbt"], "did you mean 'gbt-24067-2024'"),
        (["fetch", "us-lci"], "did you mean 'uslci'?"),
        (["import", "no_such.zip", "somewhere"], "no_such.zip"),
        (["fetch", "ecoinvent"], "ecoinvent"),
        (["inspect", "no/such/path"], "no/such/path"),
    ],
)
def test_errors_say_what_to_do(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 1
    shown = capsys.readouterr().err
    assert message in shown
    assert "remedy:" in shown


def test_a_product_without_a_number_has_an_exit_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", "teaching", "sawmill", "--set", "multifunctionality=stated"]) == 3
    shown = capsys.readouterr().out
    assert "no number" in shown
    assert "cannot share among co-products: 1\n  Sawmill, US Southeast   (sawmill)\n" in shown
    assert "bases that were tried: stated;" in shown
    assert "--set multifunctionality=default_chain" in shown


def test_only_what_lies_upstream_of_the_product_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for product in ("kiln_drying", "sawmill"):
        assert main(["footprint", "teaching", product, "--set", "multifunctionality=stated", "--json"]) == 3
        rows = json.loads(capsys.readouterr().out)["without_basis"]
        found[product] = [row["id"] for row in rows]
    assert sorted(found["kiln_drying"]) == ["refinery", "sawmill"], "the planer mill lies downstream"
    assert found["sawmill"] == ["sawmill"]


def test_many_processes_without_a_basis_are_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    say_without_basis(
        [
            {"id": str(i), "name": f"mill {i}", "tried": "" if i else "price", "text": "displaces nothing"}
            for i in range(7)
        ]
    )
    shown = capsys.readouterr().out
    assert "mill 4" in shown and "mill 5" not in shown and "  and 2 more\n" in shown
    assert "bases that were tried: price;" in shown and "\ndisplaces nothing\n" in shown


def test_a_rule_set_is_asked_as_a_what_if(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["footprint", "teaching", "sawmill", "--rules", "cbam-2023"]
    assert main(words) == 3
    assert "ask it as a what-if (--what-if)" in capsys.readouterr().out
    assert main([*words, "--what-if"]) == 0
    shown = capsys.readouterr().out
    assert "rule set cbam-2023+what-if" in shown and "kg CO2e per 1 kg" in shown

    others = ["compare", "teaching", "sawmill", "--rules", "default", "--rules", "cbam-2023"]
    assert main(others) == 3
    assert "ask it as a what-if (--what-if)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "explained"),
    [
        (["--amount", "1,5"], "the decimal sign is a point"),
        (["--amount", "-1"], "a finite amount above zero"),
        (["--amount", "nan"], "a finite amount above zero"),
    ],
)
def test_an_amount_is_a_number_above_zero(
    words: list[str], explained: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["footprint", "teaching", INGOT, *words])
    assert stop.value.code == 2
    assert explained in capsys.readouterr().err


def test_a_mistyped_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["footprnt", "teaching", "x"])
    assert stop.value.code == 2
    assert "there is no command 'footprnt': did you mean 'footprint'?" in capsys.readouterr().err


def test_the_extent_of_the_findings_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", "teaching", INGOT]) == 0
    assert "counted in the whole database, not only upstream of this product" in capsys.readouterr().out


def test_inspect_names_units_and_says_how_many_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = [{"intensity": -float(i), "unit": "m3", "process": f"p{i}"} for i in range(1, 13)]
    monkeypatch.setattr(inspect_database, "negative_footprints", lambda evaluation: odd)
    monkeypatch.setattr(
        inspect_database, "open_database", lambda name: _without_version(load_teaching_inventory())
    )
    assert main(["inspect", "teaching"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("carbonlab teaching inventory, ")
    assert "kg CO2e  per  process" in shown and "m3   p10" in shown and "p11" not in shown
    assert "and 2 more: --json lists all of them" in shown


def _without_version(db: Database) -> Database:
    return replace(db, meta=replace(db.meta, version=""))


def test_import_and_inspect_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_example(tmp_path / "tables")
    assert main(["import", str(tmp_path / "tables"), str(tmp_path / "store")]) == 0
    assert main(["import", str(tmp_path / "tables"), str(tmp_path / "store")]) == 1, (
        "nothing is replaced unasked"
    )
    assert main(["import", str(tmp_path / "tables"), str(tmp_path / "store"), "--overwrite"]) == 0
    capsys.readouterr()
    assert main(["inspect", str(tmp_path / "store"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["processes"] >= 3
    assert sum(found["statuses"].values()) >= found["processes"]
    assert main(["inspect", str(tmp_path / "store")]) == 0
    assert "status" in capsys.readouterr().out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert "example" in shown
    assert "--json" in shown


def test_a_wrong_command_line_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        [],
        ["calculate"],
        ["footprint", "teaching"],
        ["footprint", "teaching", "x", "--amount", "many"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
        capsys.readouterr()


def test_the_installed_command_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "carbonlab.cli.main", "--help"], capture_output=True, text=True, check=True
    )
    assert "carbonlab run" in done.stdout
