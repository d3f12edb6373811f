"""USEEIO v1.2 (388 sectors, real): load, assemble, solve all, checked against the published intensities and inverse.

Needs the zip of the published matrices; set CARBONLAB_SHARED_DATA to the folder that holds ``useeio/useeio_v1.2.zip``.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from benchmarks.harness import Accuracy, Phase
from benchmarks.useeio_model import Useeio, read_useeio, useeio_database
from carbonlab.inventory.database import Database
from carbonlab.inventory.store import load_database, save_database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.product_system import ProductSystem

TITLE = (
    "USEEIO v1.2 (388 sectors, a dense economy of the United States), climate flows and factors of the model"
)
BOUND = 1e-12


def _zip() -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("CARBONLAB_SHARED_DATA", beside)) / "useeio" / "useeio_v1.2.zip"


def is_available() -> bool:
    """Whether the zip is on this machine."""
    return _zip().is_file()


def _model(folder: Path, smoke: bool) -> Useeio:
    return read_useeio(_zip())


def _is_stored(db: Database, folder: Path, smoke: bool) -> Accuracy:
    save_database(db, folder / "useeio", overwrite=True)
    missing = len(_model(folder, smoke).sectors) - load_database(folder / "useeio").processes.num_rows
    return Accuracy(of="sectors that are missing", error=float(abs(missing)), bound=0.0)


def _load(folder: Path, smoke: bool) -> Database:
    return load_database(folder / "useeio")


def _assemble(db: Database) -> ProductSystem:
    rules = load_rule_set("default").replace(characterization="gwp100_ar4")
    system = build_product_system([db], rules)
    system.matrices  # noqa: B018  (assembled on first use: that is part of what is measured)
    return system


def _has_published_matrix(system: ProductSystem, folder: Path, smoke: bool) -> Accuracy:
    A = _model(folder, smoke).matrix["A"]
    error = float(np.abs(system.matrices.A.toarray() - (np.eye(len(A)) - A)).max())
    return Accuracy(of="entries of the published I − A", error=error, bound=0.0)


def _assembled(folder: Path, smoke: bool) -> ProductSystem:
    return _assemble(_load(folder, smoke))


def _has_published_intensities(evaluation: Evaluation, folder: Path, smoke: bool) -> Accuracy:
    model = _model(folder, smoke)
    published = model.matrix["N"][model.greenhouse]
    apart = np.abs(evaluation.intensity() - published)
    error = float(np.max(np.where(apart == 0, 0.0, apart / np.maximum(np.abs(published), 1e-300))))
    return Accuracy(of="all sectors, published N", error=error, bound=BOUND)


def _solved(folder: Path, smoke: bool) -> Evaluation:
    return evaluate_system(_assembled(folder, smoke))


def _run_all(evaluation: Evaluation) -> np.ndarray:
    return evaluation.factorization.solve(np.eye(len(evaluation.system.columns))).x


def _has_published_inverse(x: np.ndarray, folder: Path, smoke: bool) -> Accuracy:
    published = _model(folder, smoke).matrix["L"]
    size = np.abs(published).max(axis=1, keepdims=True)
    error = float((np.abs(x - published) / size).max())
    return Accuracy(of="published L, relative to the largest of each row", error=error, bound=BOUND)


PHASES = (
    Phase(name="as a database", setup=_model, run=lambda model: useeio_database(model, stated_factors=True),
          check=_is_stored),
    Phase(name="load", run=_load),
    Phase(name="rules, assemble", setup=_load, run=_assemble, check=_has_published_matrix, limit_seconds=1.0),
    Phase(name="solve all", setup=_assembled, run=evaluate_system, check=_has_published_intensities,
          limit_seconds=1.0),
    Phase(name="forward, all demands", setup=_solved, run=_run_all, check=_has_published_inverse, limit_seconds=2.0),
)  # fmt: skip
