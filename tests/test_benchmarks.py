"""The benchmark harness: what counts as a failure, what the table shows, that a phase runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.harness import Accuracy, Measurement, load_subject, run_phase, subject_names
from benchmarks.memory import peak_megabytes
from benchmarks.table import as_json, as_markdown

GOOD = Measurement(
    subject="inventory_store",
    phase="load",
    seconds=0.5,
    process_seconds=1.5,
    megabytes=400.0,
    accuracy=Accuracy(of="digests", error=0.0, bound=0.0),
    limit_seconds=1.0,
    limit_megabytes=500.0,
    counts_start=False,
)


def test_a_result_outside_its_limits_fails_a_full_run_only() -> None:
    assert GOOD.problems(with_limits=True) == []
    slow = replace(GOOD, seconds=1.2, megabytes=600.0)
    assert slow.problems(with_limits=False) == []
    assert slow.problems(with_limits=True) == [
        "inventory_store load: 1.20 s, allowed are 1 s",
        "inventory_store load: 600 MB, allowed are 500 MB",
    ]
    assert replace(GOOD, counts_start=True).problems(with_limits=True) == [
        "inventory_store load: 1.50 s, allowed are 1 s"
    ]


def test_a_wrong_result_fails_every_run() -> None:
    wrong = replace(GOOD, accuracy=Accuracy(of="digests", error=1.0, bound=0.0))
    assert wrong.problems(with_limits=False) == ["inventory_store load: error 1 above 0 (digests)"]


def test_the_table_shows_accuracy_beside_time() -> None:
    table = as_markdown([GOOD])
    assert "| inventory_store | load  | 0.500   | 1.50" in table
    assert "| 1 s, 500 MB | 0     | digests  |" in table
    assert json.loads(as_json([GOOD]))["measurements"][0]["accuracy"]["error"] == 0.0


def test_every_subject_has_a_title_and_phases() -> None:
    assert "inventory_store" in subject_names()
    for name in subject_names():
        subject = load_subject(name)
        assert subject.TITLE and len({phase.name for phase in subject.PHASES}) == len(subject.PHASES)


def test_a_stored_inventory_loads_as_it_was_saved(tmp_path: Path) -> None:
    run_phase("inventory_store", "save", tmp_path, smoke=True)
    figures = run_phase("inventory_store", "load", tmp_path, smoke=True)
    assert figures["accuracy"]["error"] == 0.0 and figures["seconds"] > 0
    peak = peak_megabytes()
    assert peak is None or peak > 50


def test_an_unknown_subject_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "invalid choice: 'nothing'" in capsys.readouterr().err
