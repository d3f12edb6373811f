"""Checkpoints: killed, interrupted, cancelled and failed simulations go on and give the same bits."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from carbonlab.errors import StoreError
from carbonlab.monte_carlo.accumulate import Ending, accumulate
from carbonlab.monte_carlo.checkpoint import Checkpoint
from carbonlab.monte_carlo.statistics import Statistics
from tests.monte_carlo.toy_draws import IDENTITY, ToyTask, toy_axes

DRAWS = 1000
REPOSITORY = Path(__file__).resolve().parents[2]


def run(
    path: Path | None, *, draws: int = DRAWS, identity: dict[str, str] = IDENTITY, **more: object
) -> Statistics:
    statistics = Statistics(toy_axes())
    checkpoint = Checkpoint(path, identity, every=0.0) if path else None
    state = checkpoint.load() if checkpoint else None
    if state is not None:
        statistics.restore(state)
    accumulate(ToyTask(), statistics, draws=draws, checkpoint=checkpoint, **more)  # type: ignore[arg-type]
    return statistics


def assert_same_bits(one: Statistics, other: Statistics) -> None:
    a, b = one.state(), other.state()
    assert a.keys() == b.keys()
    for name in a:
        assert np.array_equal(a[name], b[name], equal_nan=True), name


@pytest.fixture(scope="module")
def undisturbed() -> Statistics:
    return run(None)


def draws_in(path: Path) -> int:
    state = Checkpoint(path, IDENTITY).load()
    assert state is not None
    return int(state["draws"])


def test_killed_in_the_middle_it_goes_on_with_the_same_numbers(
    tmp_path: Path, undisturbed: Statistics
) -> None:
    path = tmp_path / "state.npz"
    program = [sys.executable, "-m", "tests.monte_carlo.toy_draws", str(path), str(DRAWS), "0.02"]
    with subprocess.Popen(program, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if int(line) >= 320:
                victim.kill()
                break
    assert victim.returncode == -signal.SIGKILL
    assert 256 <= draws_in(path) < DRAWS
    assert_same_bits(run(path), undisturbed)


def test_interrupted_it_keeps_whole_chunks(tmp_path: Path, undisturbed: Statistics) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= 384:
            raise KeyboardInterrupt

    path = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        run(path, progress=interrupt, chunk=128)
    assert draws_in(path) == 384
    assert_same_bits(run(path, chunk=64), undisturbed)


def test_interrupted_while_adding_it_does_not_write_half_a_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Statistics
) -> None:
    path = tmp_path / "state.npz"
    merge = Statistics.merge

    def torn(self: Statistics, later: object) -> None:
        merge(self, later)  # type: ignore[arg-type]
        if self.draws >= 512:
            raise KeyboardInterrupt

    monkeypatch.setattr(Statistics, "merge", torn)
    with pytest.raises(KeyboardInterrupt):
        run(path, chunk=128)
    monkeypatch.setattr(Statistics, "merge", merge)
    assert draws_in(path) == 384
    assert_same_bits(run(path), undisturbed)


def test_cancelled_it_says_so_and_goes_on_later(tmp_path: Path, undisturbed: Statistics) -> None:
    path, cancel = tmp_path / "state.npz", Event()
    statistics = Statistics(toy_axes())
    ending = accumulate(
        ToyTask(),
        statistics,
        draws=DRAWS,
        chunk=64,
        checkpoint=Checkpoint(path, IDENTITY, every=1e9),
        progress=lambda done, total: cancel.set() if done >= 192 else None,
        cancel=cancel,
    )
    assert (ending, statistics.draws, draws_in(path)) == (Ending.CANCELLED, 192, 192)
    assert_same_bits(run(path), undisturbed)


def test_a_finished_one_can_be_continued_to_more_draws(tmp_path: Path, undisturbed: Statistics) -> None:
    path = tmp_path / "state.npz"
    run(path, draws=500)
    assert draws_in(path) == 448  # the last whole grain: a torn one could not be continued
    assert_same_bits(run(path), undisturbed)


def test_it_refuses_another_study(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    run(path, draws=128)
    with pytest.raises(StoreError, match="belongs to another simulation: its study differs") as caught:
        run(path, identity={**IDENTITY, "study": "another"})
    assert "there it is toy, here another" in caught.value.why
    with pytest.raises(StoreError, match="its versions differs"):
        run(path, identity={**IDENTITY, "versions": "1"})


@pytest.mark.parametrize("damage", ["cut", "flip", "text"])
def test_it_refuses_a_damaged_file(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state.npz"
    run(path, draws=128)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flip":
        content[len(content) // 2] ^= 0x10
    else:
        content = bytearray(b"these are notes, not draws")
    path.write_bytes(content)
    with pytest.raises(StoreError, match="the checkpoint cannot be read") as caught:
        run(path)
    assert caught.value.remedy == "delete the file to begin anew, or give another one"


def test_objects_in_the_file_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    np.savez(path, header=np.array([{"form": "x"}], dtype=object))
    with pytest.raises(StoreError, match="cannot be read"):
        run(path)


def test_statistics_that_were_changed_in_the_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    run(path, draws=256)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["draws"] = arrays["draws"] + 64  # a whole file, with checksums of its own
    np.savez(path, **arrays)
    with pytest.raises(StoreError, match="its digest does not fit its content"):
        Checkpoint(path, IDENTITY).load()
