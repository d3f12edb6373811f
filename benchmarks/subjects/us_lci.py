"""The US LCI database (766 processes, 32,526 exchanges, loops): from the zip to the footprints of all products.

Needs the zip of FY17.Q4; set CARBONLAB_SHARED_DATA to the folder that holds ``uslci/uslci_fy17q4_olca_jsonld.zip``.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from benchmarks.command_line import run_quietly
from benchmarks.harness import Accuracy, Phase
from carbonlab.inventory.store import load_database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.product_system import ProductSystem

TITLE = "US LCI database FY17.Q4 from the published zip"
PRODUCT = "Aluminum, primary, smelt, at plant"


def _zip(folder: Path, smoke: bool) -> tuple[Path, Path]:
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    data = Path(os.environ.get("CARBONLAB_SHARED_DATA", beside))
    return data / "uslci" / "uslci_fy17q4_olca_jsonld.zip", folder / "us_lci"


def is_available() -> bool:
    """Whether the zip is on this machine."""
    return _zip(Path(), False)[0].is_file()


def _import(given: tuple[Path, Path]) -> Path:
    source, target = given
    if run_quietly(["import", str(source), str(target), "--overwrite", "--json"]):
        raise RuntimeError("the import did not succeed")
    return target


def _processes(target: Path, folder: Path, smoke: bool) -> Accuracy:
    missing = 766 - load_database(target).processes.num_rows
    return Accuracy(of="processes of 766 that are missing", error=float(abs(missing)), bound=0.0)


def _footprint(given: tuple[Path, Path]) -> int:
    return run_quietly(["footprint", str(given[1]), PRODUCT, "--json"])


def _succeeded(code: int, folder: Path, smoke: bool) -> Accuracy:
    return Accuracy(of="exit code", error=float(code), bound=0.0)


def _system(folder: Path, smoke: bool) -> ProductSystem:
    return build_product_system([load_database(folder / "us_lci")], load_rule_set("default"))


def _build(folder: Path, smoke: bool) -> ProductSystem:
    system = _system(folder, smoke)
    system.matrices  # noqa: B018  (assembled on first use: that is part of what is measured)
    return system


def _every_column_is_placed(system: ProductSystem, folder: Path, smoke: bool) -> Accuracy:
    empty = int((np.diff(system.matrices.A.indptr) == 0).sum())
    return Accuracy(of="empty columns of A", error=float(empty), bound=0.0)


def _forward_is_adjoint(evaluation: Evaluation, folder: Path, smoke: bool) -> Accuracy:
    """Compare 30 forward solutions with the intensities that one adjoint solve gave."""
    intensity, system = evaluation.intensity(), evaluation.system
    weights = evaluation.weights.T @ evaluation.factors
    worst = 0.0
    for column in np.linspace(0, len(system.columns) - 1, 30).astype(int):
        contributions = weights * (system.matrices.B @ evaluation.run(int(column), 1.0).x)
        scale = max(abs(intensity[column]), float(np.abs(contributions).sum()), 1e-30)
        worst = max(worst, abs(float(contributions.sum()) - intensity[column]) / scale)
    return Accuracy(of="forward against adjoint, 30 products", error=worst, bound=1e-9)


PHASES = (
    Phase(name="import", setup=_zip, run=_import, check=_processes, limit_seconds=4.5, counts_start=False),
    Phase(
        name="footprint", setup=_zip, run=_footprint, check=_succeeded, limit_seconds=2.5, counts_start=True
    ),
    Phase(name="load, rules, assemble", run=_build, check=_every_column_is_placed, limit_seconds=1.0),
    Phase(name="solve all", setup=_system, run=evaluate_system, check=_forward_is_adjoint, limit_seconds=1.0),
)
