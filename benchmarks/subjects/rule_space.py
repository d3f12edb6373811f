"""256 rule sets × all products of an inventory, no draws: the embedded inventory, and the US LCI database
where it is at hand."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.harness import Accuracy, Phase
from carbonlab.compare.rule_space import explore_rules
from carbonlab.formats import read
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sensitivity.rule_choices import Choices, combinations_of, label_choices
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory

TITLE = "256 rule sets × all products with shared work, checked against one-by-one evaluation"

CHOICES: Choices = {
    "boundary": ["as_modelled", "no_capital_goods"],
    "linking": ["equal_split", "by_location"],
    "multifunctionality": [
        "default_chain", "mass", "energy", "price", "equal", "reference_flow", "stated", "substitution"
    ],
    "characterization": [
        "gwp100_ar6", "gwp20_ar6", "gtp100_ar6", "gwp100_ar5",
        "gwp20_ar5", "gwp100_ar4", "gwp100_tar", "gwp100_sar",
    ],
}  # fmt: skip
SMOKE: Choices = {slot: list(options)[:2] for slot, options in CHOICES.items()}
CHECKED = 16
"""Rule sets that are evaluated on their own: every n-th of the space."""

USLCI = Path("uslci") / "uslci_fy17q4_olca_jsonld.zip"


def _teaching(folder: Path, smoke: bool) -> tuple[Study, Choices]:
    return _study(folder, smoke, uslci=False)


def _uslci(folder: Path, smoke: bool) -> tuple[Study, Choices]:
    return _study(folder, smoke, uslci=True)


def _study(folder: Path, smoke: bool, *, uslci: bool) -> tuple[Study, Choices]:
    database = read(_shared_data() / USLCI) if uslci else load_teaching_inventory()
    is_reference = database.column("exchanges", "is_reference")
    first = int(database.column("exchanges", "process")[np.flatnonzero(is_reference)[0]])
    return Study.of(database, database.column("processes", "id")[first]), SMOKE if smoke else CHOICES


def _shared_data() -> Path:
    stated = os.environ.get("CARBONLAB_SHARED_DATA")
    return Path(stated) if stated else Path(__file__).resolve().parents[3] / "shared" / "data"


def _explore(given: tuple[Study, Choices]) -> tuple[Study, Choices, xr.Dataset]:
    return *given, explore_rules(given[0], _base(), given[1], all_products=True)


def _base() -> RuleSet:
    return load_rule_set("default")


def _agrees(result: tuple[Study, Choices, xr.Dataset], folder: Path, smoke: bool) -> Accuracy:
    """Build and solve every n-th rule set on its own and compare the footprints of all products."""
    study, choices, space = result
    slots = tuple(space.attrs["slots"])
    count, worst = int(space.attrs["rule_sets"]), 0.0
    every = max(1, count // CHECKED)
    for place, rules in islice(combinations_of(_base(), label_choices(_base(), choices)), 0, None, every):
        alone = evaluate_system(build_product_system(study.databases, rules)).intensity()
        shared = space["intensity"].transpose(*slots, "column").values[place]
        if (np.isnan(alone) != np.isnan(shared)).any():
            worst = np.inf
        scale = np.maximum(np.abs(alone), 1e-300)
        worst = max(worst, float(np.nanmax(np.abs(shared - alone) / scale, initial=0.0)))
    return Accuracy(
        of=f"1 of {every} rule sets with its own evaluation, all products", error=worst, bound=1e-9
    )


PHASES = [Phase(name="embedded", setup=_teaching, run=_explore, check=_agrees, limit_seconds=5.0)]
if (_shared_data() / USLCI).is_file():
    PHASES.append(
        Phase(name="uslci", setup=_uslci, run=_explore, check=_agrees, repeats=1, limit_seconds=60.0)
    )
