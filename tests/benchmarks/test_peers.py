"""Peers get the same numbers, and their absence is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import harness
from benchmarks.generated_system import generate_system
from benchmarks.harness import Phase, measure_subject
from benchmarks.peers import build_package, start_peer
from benchmarks.subjects import draws, growth
from benchmarks.table import BEGIN, END, as_markdown, placed
from carbonlab.solve import factorize

SYSTEM = generate_system(150)


@pytest.mark.parametrize("only_characterized", [False, True])
def test_a_peer_gets_the_same_score(only_characterized: bool) -> None:
    package = build_package(SYSTEM, only_characterized=only_characterized)
    wanted = factorize(SYSTEM.A).solve_transposed(SYSTEM.right_side).x[7] * SYSTEM.A[7, 7]
    assert start_peer("LCA", SYSTEM, 7, package).score == pytest.approx(wanted, rel=1e-10)


def test_a_peer_draws_from_the_same_spreads() -> None:
    package = build_package(SYSTEM, has_spreads=True)
    peer = start_peer("LCA", SYSTEM, 7, package, use_distributions=True, seed_override=3)
    place = int(SYSTEM.varying[np.argmax(np.abs(SYSTEM.A.data[SYSTEM.varying]))])
    row = int(SYSTEM.A.indices[place])
    column = int(np.searchsorted(SYSTEM.A.indptr, place, side="right") - 1)
    drawn = []
    for _ in range(200):
        drawn.append(float(peer.technosphere_matrix[row, column]))
        next(peer)
    ratio = np.log(np.array(drawn) / SYSTEM.A.data[place])
    sigma = float(SYSTEM.technosphere_sigma[place])
    assert abs(ratio.mean()) < 4 * sigma / np.sqrt(200) and ratio.std() == pytest.approx(sigma, rel=0.2)


def test_a_peer_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    phase = Phase(name="with a peer", run=lambda *_: 1 / 0, needs=("no_such_package",))
    monkeypatch.setattr(growth, "PHASES", (phase,))
    found = measure_subject("growth", tmp_path, smoke=True)
    assert not found[0].was_measured and not found[0].problems(with_limits=True)
    table = as_markdown(found)
    assert "not measured" in table and "no_such_package not installed" in table


def test_notes_stand_below_the_table() -> None:
    measured = harness.Measurement(
        subject="growth",
        phase="one",
        seconds=1.0,
        process_seconds=2.0,
        megabytes=None,
        accuracy=None,
        limit_seconds=None,
        limit_megabytes=None,
        counts_start=False,
    )
    assert "growth one: as said" in as_markdown([replace(measured, note="as said")])


def test_turns_of_both_sides_are_paired() -> None:
    turns = draws.Turns([0.001, 0.002], [0.1, 0.4], "nothing")
    assert turns.ratios == pytest.approx([100.0, 200.0])


def test_a_table_replaces_what_stands_between_the_marks_of_a_page() -> None:
    page = f"before\n{BEGIN}\n| old |\n{END}\nafter\n"
    assert placed(page, "| new |\n") == f"before\n{BEGIN}\n| new |\n{END}\nafter\n"
    assert placed("| old |\n", "| new |\n") == "| new |\n"
