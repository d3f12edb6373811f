"""One static adjoint solve of generated systems from 10³ to 10⁶ products, and of a dense regional one."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.generated_system import GeneratedSystem, generate_system
from benchmarks.harness import Accuracy, Phase
from carbonlab.solve import Solution, prepare_iteration

TITLE = "one static adjoint solve with its bound, preparation included, on generated systems of growing size"
COUPLINGS = 14.0
REGIONAL = 59.0
FLOWS = 6.0
GROWTH_FROM = 10_000
STEEPEST = 1.2
"""Exponent of the growth of time with size."""

Solved = tuple[GeneratedSystem, Solution]


def _solve(system: GeneratedSystem) -> Solved:
    return system, prepare_iteration(system.A).solve_transposed(system.right_side)


def _bound(found: Solved, folder: Path, smoke: bool) -> Accuracy:
    return Accuracy(
        of="strict bound on the error of every product", error=float(found[1].error.max()), bound=1e-8
    )


def _million(folder: Path, smoke: bool) -> GeneratedSystem:
    return generate_system(2_000 if smoke else 1_000_000, couplings=COUPLINGS, interventions=FLOWS)


def _regional(folder: Path, smoke: bool) -> GeneratedSystem:
    return generate_system(1_000 if smoke else 200_000, couplings=REGIONAL, interventions=FLOWS)


def _bad(folder: Path, smoke: bool) -> GeneratedSystem:
    return generate_system(1_000 if smoke else 23_523, bad=True)


def _size(found: Solved, folder: Path, smoke: bool) -> str:
    return f"{found[0].name}, {found[0].A.nnz} entries"


def _growth(folder: Path, smoke: bool) -> tuple[list[int], list[float], float]:
    """Solve systems of several sizes; return sizes, seconds and the worst bound."""
    sizes = [300, 1_000, 3_000] if smoke else [1_000, 10_000, 100_000, 1_000_000]
    seconds, worst = [], 0.0
    for size in sizes:
        system = generate_system(size, couplings=COUPLINGS, interventions=FLOWS)
        system.right_side  # noqa: B018  (not part of the solve)
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            found = _solve(system)[1]
            times.append(time.perf_counter() - begin)
        seconds.append(median(times))
        worst = max(worst, float(found.error.max()))
    return sizes, seconds, worst


def _exponent(given: tuple[list[int], list[float], float]) -> float:
    sizes, seconds, _ = given
    counted = np.array(sizes) >= min(GROWTH_FROM, sizes[0] if sizes[-1] < GROWTH_FROM else GROWTH_FROM)
    return float(np.polyfit(np.log(np.array(sizes)[counted]), np.log(np.array(seconds)[counted]), 1)[0])


def _is_not_steep(given: tuple[list[int], list[float], float], folder: Path, smoke: bool) -> Accuracy:
    if smoke:  # milliseconds say nothing about growth
        return Accuracy(of="strict bound, worst of all sizes", error=given[2], bound=1e-8)
    return Accuracy(
        of=f"exponent of time from {GROWTH_FROM} products on", error=_exponent(given), bound=STEEPEST
    )


def _growth_text(given: tuple[list[int], list[float], float], folder: Path, smoke: bool) -> str:
    sizes, seconds, worst = given
    pairs = ", ".join(f"{size} products {time:.3g} s" for size, time in zip(sizes, seconds, strict=True))
    return f"{pairs}; time grows with the power {_exponent(given):.2f} of size; strict bound {worst:.1e}"


PHASES = (
    Phase(name="10⁶ products", setup=_million, run=_solve, check=_bound, note=_size, repeats=1, limit_megabytes=24_000),
    Phase(name="regional, 200,000 × 60", setup=_regional, run=_solve, check=_bound,
          note=_size, repeats=1, limit_seconds=120),
    Phase(name="bad loops", setup=_bad, run=_solve, check=_bound, note=_size),
    Phase(name="growth", run=_growth, check=_is_not_steep, note=_growth_text, repeats=1),
)  # fmt: skip
