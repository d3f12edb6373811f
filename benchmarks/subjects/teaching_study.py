"""The main job: the embedded teaching study from the start of the process to the written report."""

from __future__ import annotations

from pathlib import Path

from benchmarks.command_line import run_quietly
from benchmarks.harness import Accuracy, Phase
from carbonlab.results.store import load_result

TITLE = "carbonlab run on the embedded teaching inventory"


def _folder(folder: Path, smoke: bool) -> Path:
    return folder / "run"


def _run(target: Path) -> Path:
    # an unused name each time: a run refuses to write over a folder that was asked for by name
    number = 0
    while (place := target.with_name(f"run{number}")).exists():
        number += 1
    if run_quietly(["run", "--out", str(place)]):
        raise RuntimeError("carbonlab run did not succeed")
    return place


def _residual(place: Path, folder: Path, smoke: bool) -> Accuracy:
    result = load_result(place / "results.nc")
    return Accuracy(of="relative residual", error=float(result.attrs["residual_max"]), bound=1e-12)


PHASES = (Phase(name="run", setup=_folder, run=_run, check=_residual, limit_seconds=20.0, counts_start=True),)
