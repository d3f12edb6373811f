"""One way to name a study for all commands: embedded, from a file, or of a folder of results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carbonlab.cli.asked_study import is_study, named_study
from carbonlab.cli.main import main
from carbonlab.errors import StudyError
from carbonlab.system.study_file import read_study
from carbonlab.teaching import list_studies, study_path

COMMANDS = (
    ("compare", "lumber", "gate", "--rules", "default", "--rules", "default+multifunctionality=price"),
    ("simulate", "lumber", "gate", "--draws", "8"),
    ("sensitivity", "lumber", "gate"),
    ("check", "lumber"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_every_command_knows_embedded_studies(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*words, "--json"])
    assert code in ((0, 4) if words[0] == "check" else (0,))
    by_key = json.loads(capsys.readouterr().out)
    path = str(study_path("lumber"))
    assert main([*(path if word == "lumber" else word for word in words), "--json"]) == code
    assert json.loads(capsys.readouterr().out) == by_key


def test_a_product_of_the_table_of_all_categories_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    sets = ("--rules", "default", "--rules", "default+multifunctionality=price")
    assert main(["compare", "categories", "battery_nmc_china", *sets, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["products"] == ["battery_nmc_china"]


@pytest.mark.parametrize("command", ["compare", "simulate", "sensitivity", "check", "run"])
def test_a_misspelt_study_is_answered_with_what_is_near(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "lumbar"]) == 1
    assert "did you mean 'lumber'?" in capsys.readouterr().err


def test_a_misspelt_product_is_answered_with_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "categories", "battery_nmc_chna"]) == 1
    assert "did you mean 'battery_nmc_china'" in capsys.readouterr().err


def test_a_file_an_embedded_study_and_results_give_the_same_study(tmp_path: Path) -> None:
    assert main(["run", "lumber", "--out", str(tmp_path / "out")]) == 0
    digest = read_study(study_path("lumber")).digest
    assert named_study("lumber").digest == digest
    assert named_study(str(study_path("lumber"))).digest == digest
    assert named_study(str(tmp_path / "out")).digest == digest


def test_the_inventory_and_the_study_called_teaching_are_told_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sets = ("--rules", "default", "--rules", "default+multifunctionality=price", "--json")
    assert main(["compare", "teaching", "aluminium_ingot_cn", *sets]) == 0
    assert json.loads(capsys.readouterr().out)["products"] == ["product"], "a process of the inventory"
    assert main(["compare", "teaching", *sets]) == 0
    keys = [unit.key for unit in named_study("teaching").units]
    assert json.loads(capsys.readouterr().out)["products"] == keys, "the study"


def test_what_is_no_study_is_said(tmp_path: Path) -> None:
    assert all(is_study(key) for key in list_studies())
    assert not is_study(str(tmp_path))
    with pytest.raises(StudyError, match="there is no study"):
        named_study(str(tmp_path))


def test_run_refuses_a_folder_of_others_before_it_calculates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "carbonlab-run").mkdir()
    (tmp_path / "carbonlab-run" / "mine.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("carbonlab.cli.run_study.evaluate", lambda *_, **__: pytest.fail("calculated"))
    for words in ([], ["--out", "carbonlab-run"]):
        assert main(["run", "lumber", *words]) not in (0, 3)
        assert "what lies in it would be lost" in capsys.readouterr().err
    assert (tmp_path / "carbonlab-run" / "mine.txt").read_text() == "mine"
