"""A script from nothing to one score on a stored generated database, and the same by bw2calc."""

from __future__ import annotations

import compileall
import importlib
import subprocess
import sys
from pathlib import Path

import carbonlab
from benchmarks.generated_database import build_generated_database
from benchmarks.generated_system import PRODUCTS, GeneratedSystem, generate_system
from benchmarks.harness import Accuracy, Phase
from benchmarks.peers import build_package
from carbonlab.inventory.store import save_database
from carbonlab.solve import prepare

TITLE = "start → import → load 23,523 generated products → one score, in a fresh interpreter"
COLUMN = 77

OURS = """
import sys
import carbonlab
from carbonlab.inventory.store import load_database
study = carbonlab.Study.of(load_database(sys.argv[1]), "process-" + sys.argv[2], amount=1.0, unit="kg")
print(float(carbonlab.calculate(study, "default")["total"].values[0, 0]))
assert "numba" not in sys.modules, "a compiler was started on the path of a static footprint"
"""
IMPORT = """
import carbonlab
print(len(carbonlab.__all__))
"""
THEIRS = """
import sys, warnings
warnings.simplefilter("ignore")
import bw2calc, bw_processing
from fsspec.implementations.zip import ZipFileSystem
package = bw_processing.load_datapackage(ZipFileSystem(sys.argv[1]))
lca = bw2calc.LCA(demand={int(sys.argv[2]): float(sys.argv[3])}, data_objs=[package])
lca.lci()
lca.lcia()
print(lca.score)
"""


def _system(smoke: bool) -> GeneratedSystem:
    return generate_system(600 if smoke else PRODUCTS)


def _prepare_ours(folder: Path, smoke: bool) -> list[str]:
    compileall.compile_dir(Path(carbonlab.__file__).parent, quiet=1)  # as pip does with what it installs
    target = folder / "database"
    if not target.exists():
        save_database(build_generated_database(_system(smoke)), target)
    return [sys.executable, "-c", OURS, str(target), str(COLUMN)]


def _prepare_import(folder: Path, smoke: bool) -> list[str]:
    compileall.compile_dir(Path(carbonlab.__file__).parent, quiet=1)
    return [sys.executable, "-c", IMPORT]


def _prepare_theirs(folder: Path, smoke: bool) -> list[str]:
    zips = importlib.import_module("fsspec.implementations.zip")  # comes with the peer
    target, system = folder / "package.zip", _system(smoke)
    if not target.exists():
        package = build_package(system, fs=zips.ZipFileSystem(str(target), mode="w"))
        package.finalize_serialization()
    return [sys.executable, "-c", THEIRS, str(target), str(COLUMN), repr(float(system.A[COLUMN, COLUMN]))]


def _run(command: list[str]) -> float:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the script failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.splitlines()[-1])


def _has_all_names(names: float, folder: Path, smoke: bool) -> Accuracy:
    return Accuracy(of="public names that are missing", error=len(carbonlab.__all__) - names, bound=0.0)


def _is_true(score: float, folder: Path, smoke: bool) -> Accuracy:
    system = _system(smoke)
    wanted = prepare(system.A).solve_transposed(system.right_side).x[COLUMN] * system.A[COLUMN, COLUMN]
    return Accuracy(
        of="score and adjoint of the generated matrices", error=abs(score / wanted - 1), bound=1e-6
    )


PHASES = (
    Phase(name="import carbonlab", setup=_prepare_import, run=_run, check=_has_all_names),
    Phase(name="carbonlab", setup=_prepare_ours, run=_run, check=_is_true, limit_seconds=2.3),
    Phase(
        name="bw2calc LCA",
        setup=_prepare_theirs,
        run=_run,
        check=_is_true,
        needs=("bw2calc", "bw_processing", "pypardiso"),
    ),
)
