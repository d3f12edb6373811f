"""``carbonlab run --draws``: the folder, the table and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carbonlab.cli.main import main
from carbonlab.results.store import load_result
from carbonlab.system.study import Study
from carbonlab.system.study_file import write_study
from carbonlab.teaching import load_teaching_inventory


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    inventory = load_teaching_inventory()
    study = Study.of(
        inventory, inventory.column("processes", "id")[0], rule_sets=("default", "ghgp-product-2011")
    )
    write_study(study, tmp_path / "study.toml")
    return tmp_path / "study.toml"


def test_draws_reach_folder_and_table(study_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = study_file.parent / "out"
    main(["run", str(study_file), "--draws", "64", "--seed", "5", "--xlsx", "--out", str(folder)])
    shown = capsys.readouterr().out
    assert "Uncertainty of the data" in shown
    assert "64 draws with seed 5" in shown
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    simulation = load_result(folder / "draws.nc")
    assert simulation.attrs["draws"] == summary["uncertainty"]["draws"] == 64
    assert summary["uncertainty"]["rows"][0]["mean"] == simulation["mean"].values[0, 0]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Data against rule" in page and "64 draws with seed 5" in page
    assert "draws.nc" in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]


def test_a_number_of_draws_is_above_one(study_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", str(study_file), "--draws", "few"])
    assert "'few' is no number of draws" in capsys.readouterr().err
