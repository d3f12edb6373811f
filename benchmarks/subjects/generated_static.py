"""A generated system of 23,523 products, static values: every step, and the same by bw2calc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generated_database import build_generated_database
from benchmarks.generated_system import PRODUCTS, GeneratedSystem, generate_system
from benchmarks.harness import Accuracy, Phase
from benchmarks.peers import METHOD, build_package, start_peer
from benchmarks.system_shape import largest_deviation
from carbonlab.inventory.store import load_database, save_database
from carbonlab.results.contributions import by_process
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.solve import factorize, prepare_iteration
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.product_system import ProductSystem

TITLE = "generated system of 23,523 products (nothing in it is data), static values, and peers on the same numbers"
SMALL = 600
COLUMN = 77


def _system(folder: Path, smoke: bool) -> GeneratedSystem:
    return generate_system(SMALL if smoke else PRODUCTS)


def _small(folder: Path, smoke: bool) -> GeneratedSystem:
    return generate_system(SMALL)


def _generate(folder: Path, smoke: bool) -> GeneratedSystem:
    return _system(folder, smoke)


def _is_as_public(system: GeneratedSystem, folder: Path, smoke: bool) -> Accuracy:
    return Accuracy(
        of="largest deviation from public facts, in proportion to size",
        error=largest_deviation(system),
        bound=0.1,
    )


def _store(given: GeneratedSystem) -> Any:
    return build_generated_database(given)


def _keep(db: Any, folder: Path, smoke: bool) -> Accuracy:
    save_database(db, folder / "database", overwrite=True)
    return Accuracy(
        of="processes that are missing",
        error=float(load_database(folder / "database").processes.num_rows - db.processes.num_rows),
        bound=0.0,
    )


def _load(folder: Path, smoke: bool) -> Any:
    return load_database(folder / "database")


def _assemble(db: Any) -> ProductSystem:
    system = build_product_system([db], load_rule_set("default"))
    system.matrices  # noqa: B018  (assembled on first use: that is part of what is measured)
    return system


def _has_the_generated_matrices(system: ProductSystem, folder: Path, smoke: bool) -> Accuracy:
    wanted = _system(folder, smoke)
    found = system.matrices
    error = max(abs(found.A - wanted.A).max(), abs(found.B - wanted.B).max())
    return Accuracy(of="entries of A and B, as generated", error=float(error), bound=0.0)


def _assembled(folder: Path, smoke: bool) -> ProductSystem:
    return _assemble(_load(folder, smoke))


def _agrees_with_truth(evaluation: Evaluation, folder: Path, smoke: bool) -> Accuracy:
    wanted = _truth(_system(folder, smoke), smoke)
    worst = float(np.max(np.abs(evaluation.intensity() / wanted - 1)))
    return Accuracy(of=_truth_name(smoke), error=worst, bound=1e-9)


def _truth(system: GeneratedSystem, smoke: bool) -> np.ndarray:
    """Return the footprint of every product, dense at small size, else by refined factorization."""
    found = _solve_densely(system) if smoke else factorize(system.A).solve_transposed(system.right_side).x
    return found * np.where(system.is_treatment, -1.0, 1.0)


def _truth_name(smoke: bool) -> str:
    return "all products, dense solve" if smoke else "all products, refined factorization"


def _solved(folder: Path, smoke: bool) -> Evaluation:
    return evaluate_system(_assembled(folder, smoke))


def _contributions(evaluation: Evaluation) -> tuple[Evaluation, np.ndarray]:
    return evaluation, by_process(evaluation, evaluation.run(COLUMN, 1.0).x)


def _sum_is_the_footprint(given: tuple[Evaluation, np.ndarray], folder: Path, smoke: bool) -> Accuracy:
    evaluation, parts = given
    total = evaluation.intensity()[COLUMN]
    return Accuracy(
        of="sum of contributions and adjoint", error=abs(float(parts.sum()) / total - 1), bound=1e-9
    )


def _factorize(system: GeneratedSystem) -> np.ndarray:
    return factorize(system.A).solve_transposed(system.right_side).x


def _iterate(system: GeneratedSystem) -> np.ndarray:
    return prepare_iteration(system.A).solve_transposed(system.right_side).x


def _forward(system: GeneratedSystem) -> np.ndarray:
    demand = np.zeros(system.size)
    demand[COLUMN] = system.A[COLUMN, COLUMN]
    return np.array([system.right_side @ prepare_iteration(system.A).solve(demand).x])


def _solution_is_true(x: np.ndarray, folder: Path, smoke: bool) -> Accuracy:
    system = _system(folder, smoke)
    wanted = _truth(system, smoke)
    if len(x) == 1:
        return _score_is_true(float(x[0]), folder, smoke)
    found = x * np.where(system.is_treatment, -1.0, 1.0)
    return Accuracy(of=_truth_name(smoke), error=float(np.max(np.abs(found / wanted - 1))), bound=1e-9)


def _solve_densely(system: GeneratedSystem) -> np.ndarray:
    return np.linalg.solve(system.A.T.toarray(), system.right_side)


def _agrees_with_sparse(dense: np.ndarray, folder: Path, smoke: bool) -> Accuracy:
    system = generate_system(SMALL)
    found = [
        solve(system.A).solve_transposed(system.right_side).x for solve in (factorize, prepare_iteration)
    ]
    error = float(np.max(np.abs(np.array(found) / dense - 1)))
    return Accuracy(of="all products, factorization and iteration", error=error, bound=1e-9)


def _packaged(folder: Path, smoke: bool) -> tuple[GeneratedSystem, Any]:
    import bw2calc  # noqa: F401  (its start is not what is measured here)

    system = _system(folder, smoke)
    return system, build_package(system)


def _by(kind: str) -> Any:
    def run(given: tuple[GeneratedSystem, Any]) -> float:
        return float(start_peer(kind, given[0], COLUMN, given[1]).score)

    return run


def _by_fast_scores(given: tuple[GeneratedSystem, Any]) -> np.ndarray:
    import bw2calc

    system, package = given
    demands = {str(column): {column: 1.0} for column in range(system.size)}
    lca = bw2calc.FastScoresOnlyMultiLCA(
        demands=demands,
        method_config={"impact_categories": [METHOD]},
        data_objs=[package],
        direction="adjoint",
    )
    next(lca)
    return np.asarray(lca.scores).reshape(-1)


def _score_is_true(score: float, folder: Path, smoke: bool) -> Accuracy:
    wanted = _truth(_system(folder, smoke), smoke)[COLUMN]
    return Accuracy(of="one product, " + _truth_name(smoke), error=abs(score / wanted - 1), bound=1e-6)


def _peer(kind: str, what: str, run: Any, check: Any) -> Phase:
    needs = ("bw2calc", "bw_processing", "pypardiso")
    return Phase(name=f"bw2calc {kind}, {what}", setup=_packaged, run=run, check=check, needs=needs)


PHASES = (
    Phase(name="generate", run=_generate, check=_is_as_public, repeats=1),
    Phase(name="as a database", setup=_system, run=_store, check=_keep, repeats=1),
    Phase(name="load", run=_load, limit_seconds=1.0),
    Phase(name="rules, assemble", setup=_load, run=_assemble, check=_has_the_generated_matrices, limit_seconds=2.0),
    Phase(name="solve all, by gas", setup=_assembled, run=evaluate_system, check=_agrees_with_truth, limit_seconds=2.0),
    Phase(name="contributions of one", setup=_solved, run=_contributions, check=_sum_is_the_footprint),
    Phase(name="factorization, adjoint", setup=_system, run=_factorize, check=_solution_is_true),
    Phase(name="iteration, adjoint", setup=_system, run=_iterate, check=_solution_is_true, limit_seconds=0.5),
    Phase(name="iteration, forward", setup=_system, run=_forward, check=_solution_is_true),
    Phase(name="600 products, dense", setup=_small, run=_solve_densely, check=_agrees_with_sparse),
    *(_peer(kind, "one", _by(kind), _score_is_true) for kind in ("LCA", "IterativeLCA", "JacobiGMRESLCA")),
    _peer("FastScoresOnlyMultiLCA", "all", _by_fast_scores, _solution_is_true),
)  # fmt: skip
