"""Monte Carlo on a generated system: every draw with the footprints of all products, beside a peer with one product.

Both sides run in one process in short alternating turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.generated_database import build_generated_database
from benchmarks.generated_system import PRODUCTS, GeneratedSystem, generate_system
from benchmarks.harness import Accuracy, Phase
from benchmarks.peers import build_package, start_peer
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.solve import Prepared, factorize, prepare_iteration
from carbonlab.solve.lanes import LaneBlock, LanePlan, LaneReport, plan_lanes, solve_lanes
from carbonlab.system.lane_values import LaneValues
from carbonlab.system.pipeline import build_product_system

TITLE = "draws of a generated system, climate change, residual checks on; peers in alternating turns of one process"
COLUMN = 77
CHECKED = 20
"""Random draws that are solved again on their own."""


@dataclass(frozen=True, eq=False)
class Ours:
    """A system that is ready to be drawn."""

    values: LaneValues
    plan: LanePlan
    sides: int

    def draw(
        self,
        first: int,
        count: int,
        keep: NDArray[np.float64] | None = None,
        *,
        threads: int | None = None,
    ) -> LaneReport:
        """Solve so many draws; keep the footprints (n, count) if there is a place for them."""

        def consume(block: LaneBlock) -> None:
            if keep is not None:
                keep[:, block.lanes - first] = block.x.sum(axis=0)

        lanes = np.arange(first, first + count)
        return solve_lanes(self.plan, self.values, lanes, consume, threads=threads)


def _generated(smoke: bool) -> GeneratedSystem:
    return generate_system(400 if smoke else PRODUCTS)


def _ready(smoke: bool, *, by_gas: bool = False, sides: int = 1) -> Ours:
    generated = _generated(smoke)
    system = build_product_system([build_generated_database(generated)], load_rule_set("default"))
    evaluation = evaluate_system(system)
    weights = sparse.csr_array(sparse.diags_array(evaluation.factors) @ evaluation.weights)
    if not by_gas:
        gases = [weights[[side % weights.shape[0]]] for side in range(sides - 1)]
        total = sparse.csr_array(np.ones((1, weights.shape[0])) @ weights)
        weights = sparse.csr_array(sparse.vstack([total, *gases]))
    values = LaneValues(system, SamplingPlan(seed=1), weights)
    right = np.asarray((weights @ system.matrices.B).T.todense())
    plan = plan_lanes(system.matrices.A, values.varying, right=right, varying_right=values.varying_right)
    values.order = plan.order
    ours = Ours(values, plan, weights.shape[0])
    ours.draw(10_000, 16)  # compilation and first touch are not what is measured
    return ours


# -- carbonlab alone -------------------------------------------------------------------------------------


def _one_category(folder: Path, smoke: bool) -> tuple[Ours, int]:
    return _ready(smoke), 40 if smoke else 1000


def _by_gas(folder: Path, smoke: bool) -> tuple[Ours, int]:
    return _ready(smoke, by_gas=True), 40 if smoke else 1000


def _draw(given: tuple[Ours, int]) -> tuple[Ours, LaneReport]:
    return given[0], given[0].draw(0, given[1])


def _agrees_with_factorizations(found: tuple[Ours, Any], folder: Path, smoke: bool) -> Accuracy:
    """Factorize random draws, from matrices that are assembled the reference way."""
    error = _error(found[0], factorize)
    return Accuracy(of=f"{CHECKED} random draws, all products, by direct solves", error=error, bound=1e-6)


def _agrees_with_single_solves(found: tuple[Ours, Any], folder: Path, smoke: bool) -> Accuracy:
    """Solve random draws again by iteration, which is quicker and has a strict bound too."""
    error = _error(found[0], prepare_iteration)
    return Accuracy(of=f"{CHECKED} random draws, all products, one by one", error=error, bound=1e-6)


def _error(ours: Ours, make: Callable[[Any], Prepared]) -> float:
    lanes = np.sort(np.random.default_rng(5).choice(10_000, CHECKED, replace=False))
    found: dict[int, NDArray[np.float64]] = {}

    def consume(block: LaneBlock) -> None:
        for place, lane in enumerate(block.lanes):
            found[int(lane)] = block.x[:, :, place].sum(axis=0)

    solve_lanes(ours.plan, ours.values, lanes, consume)
    worst, factors = 0.0, _factors(ours)
    for lane in lanes:
        matrices = ours.values.matrices(int(lane))
        wanted = make(matrices.A).solve_transposed(matrices.B.T @ factors).x
        worst = max(worst, float(np.max(np.abs(found[int(lane)] - wanted) / np.abs(wanted))))
    return worst


def _factors(ours: Ours) -> NDArray[np.float64]:
    """Return what a unit of every intervention counts [kg CO2e]."""
    evaluation = evaluate_system(ours.values.system)
    return np.asarray(evaluation.factors @ evaluation.weights)


def _report(found: tuple[Ours, LaneReport], folder: Path, smoke: bool) -> str:
    ours, report = found
    stages = ", ".join(f"{stage}: {count}" for stage, count in report.stages.items() if count)
    return (
        f"{1000 * report.total / report.lanes:.3f} ms per draw, {ours.sides} right-hand side(s), {report.threads} "
        f"threads, {'compiled' if report.compiled else 'NOT compiled'}; sampling {report.fill:.2f} s and solving "
        f"{report.solve:.2f} s summed over threads; {report.sweeps:.1f} sweeps; largest bound on an error "
        f"{report.error:.1e}; answered by {stages}; sampled per draw: {_sampled(ours)}"
    )


def _sampled(ours: Ours) -> str:
    summary = ours.values.summary()
    return (
        f"{summary['varying_technosphere_values']} technosphere and "
        f"{summary['varying_intervention_terms']} intervention values"
    )


# -- several right-hand sides ----------------------------------------------------------------------------

NUMBERS_OF_SIDES = (1, 2, 4, 8)


def _sides(folder: Path, smoke: bool) -> tuple[list[Ours], int]:
    return [_ready(smoke, sides=k) for k in NUMBERS_OF_SIDES], 16 if smoke else 256


def _draw_sides(given: tuple[list[Ours], int]) -> tuple[list[Ours], list[float]]:
    """Return seconds per draw on one thread, the least of five turns: the numbers of sides alternate."""
    every, count = given
    least = [np.inf] * len(every)
    for _ in range(5):
        for place, ours in enumerate(every):
            least[place] = min(least[place], ours.draw(0, count, threads=1).total / count)
    return every, least


def _sides_text(found: tuple[list[Ours], list[float]], folder: Path, smoke: bool) -> str:
    whole = found[1][0]
    parts = [f"1 side: {1000 * whole:.3f} ms per draw"]
    for k, seconds in list(zip(NUMBERS_OF_SIDES, found[1], strict=True))[1:]:
        share = (seconds - whole) / (k - 1) / whole
        parts.append(f"{k}: {1000 * seconds:.3f} ms, a further side costs {share:.0%} of the first draw")
    return "; ".join(parts) + "; one thread, the total and gases one by one"


# -- beside the peer -------------------------------------------------------------------------------------


def _pair(*, only_characterized: bool) -> Any:
    def setup(folder: Path, smoke: bool) -> tuple[Ours, Any, bool]:
        generated = _generated(smoke)
        package = build_package(generated, has_spreads=True, only_characterized=only_characterized)
        peer = start_peer("IterativeLCA", generated, COLUMN, package, use_distributions=True, seed_override=1)
        return _ready(smoke), peer, smoke

    return setup


@dataclass(frozen=True)
class Turns:
    """Seconds per draw of each turn, ours and theirs, and what each side samples."""

    ours: list[float]
    theirs: list[float]
    sampled: str

    @property
    def ratios(self) -> list[float]:
        return [their / our for our, their in zip(self.ours, self.theirs, strict=True)]


def _take_turns(given: tuple[Ours, Any, bool]) -> tuple[Ours, Turns]:
    ours, peer, smoke = given
    our_draws, their_draws, turns = (16, 2, 2) if smoke else (256, 8, 7)
    mine, theirs = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        next(peer)  # the first draw factorizes
        for turn in range(turns):
            begin = time.perf_counter()
            ours.draw(turn * our_draws, our_draws)
            middle = time.perf_counter()
            for _ in range(their_draws):
                next(peer)
            end = time.perf_counter()
            mine.append((middle - begin) / our_draws)
            theirs.append((end - middle) / their_draws)
    drawn = peer.technosphere_matrix.nnz + peer.biosphere_matrix.nnz
    return ours, Turns(mine, theirs, f"ours {_sampled(ours)}; theirs all {drawn} entries of A and B")


def _ratio_text(found: tuple[Ours, Turns], folder: Path, smoke: bool) -> str:
    turns = found[1]
    return (
        f"ours {1000 * median(turns.ours):.3f} ms per draw, ALL products; "
        f"IterativeLCA {1000 * median(turns.theirs):.1f} ms per draw, ONE product; "
        f"ratio {median(turns.ratios):.0f} ({min(turns.ratios):.0f} to "
        f"{max(turns.ratios):.0f} over {len(turns.ratios)} paired turns); sampled per draw: {turns.sampled}"
    )


PEER = ("bw2calc", "bw_processing", "pypardiso")
PHASES = (
    Phase(name="1,000 draws", setup=_one_category, run=_draw, check=_agrees_with_factorizations, note=_report),
    Phase(name="1,000 draws by gas", setup=_by_gas, run=_draw, check=_agrees_with_single_solves, note=_report),
    Phase(name="1, 2, 4, 8 right-hand sides", setup=_sides, run=_draw_sides, note=_sides_text, repeats=1),
    Phase(name="beside IterativeLCA", setup=_pair(only_characterized=False), run=_take_turns,
          check=_agrees_with_single_solves, note=_ratio_text, needs=PEER, repeats=1),
    Phase(name="beside IterativeLCA, climate flows only", setup=_pair(only_characterized=True), run=_take_turns,
          check=_agrees_with_single_solves, note=_ratio_text, needs=PEER, repeats=1),
)  # fmt: skip
