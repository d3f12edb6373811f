"""``carbonlab rules matrix [STUDY.toml ...]``: how much each slot can move each study."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.cli.asked_study import named_study
from carbonlab.cli.output import number, say, say_json, say_table, shorten, tell
from carbonlab.compare.slot_matrix import MATTERS, has_moved, move_each_slot
from carbonlab.messages import message
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set, read_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.teaching import CATEGORIES, study_path, study_rule_files

AT_LEAST = 3
"""Categories in which a slot has to matter for a class to see why it is there."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "studies",
        nargs="*",
        metavar="STUDY",
        help="embedded studies, or study files (default: the embedded studies of all categories)",
    )


def run(given: argparse.Namespace) -> int:
    """Print the matrix slot × study of kg CO2e moved, and of shares."""
    embedded = [study_path(key) for keys in CATEGORIES.values() for key in keys]
    paths = [Path(name) for name in given.studies] or embedded
    own = () if given.studies else study_rule_files()
    matrices = matrices_of(paths, [*_packaged(), *(read_rule_set(path) for path in own)], progress=True)
    if given.json:
        say_json({"studies": {key: _plain(matrix) for key, matrix in matrices.items()}})
        return 0
    say("largest movement of a footprint by a rule of each slot, against the neutral rule, other slots as in")
    say("'default' [kg CO2e per unit of analysis, and share]; of each study the product that it moves most")
    say()
    rows = [
        [message(f"slot.{slot}"), *(_cell(matrix, place) for matrix in matrices.values())]
        for place, slot in enumerate(next(iter(matrices.values()))["slot"].values.tolist())
    ]
    say_table(["slot", *(shorten(key, 18) for key in matrices)], rows)
    say()
    if not given.studies:
        _say_gaps(matrices)
    return 0


def matrices_of(
    paths: Sequence[Path], rule_sets: Sequence[RuleSet], *, progress: bool = False
) -> dict[str, xr.Dataset]:
    """Return the movement by slot of each study, by its key; a study's own rule sets are tried too."""
    found = {}
    for path in paths:
        study = named_study(str(path))
        if progress:
            tell(f"study {study.key}: trying the rules of every slot")
        found[study.key] = move_each_slot(study, rule_sets=[*rule_sets, *study.rule_sets])
    return found


def categories_moved(matrices: dict[str, xr.Dataset]) -> dict[str, list[str]]:
    """Return the categories in which each slot matters."""
    slots = next(iter(matrices.values()))["slot"].values.tolist()
    moved = {key: has_moved(matrix).any("product") for key, matrix in matrices.items()}
    return {
        slot: [
            category
            for category, keys in CATEGORIES.items()
            if any(key in moved and bool(moved[key].sel(slot=slot)) for key in keys)
        ]
        for slot in slots
    }


def _packaged() -> list[RuleSet]:
    return [load_rule_set(key) for key in list_rule_sets()]


def _say_gaps(matrices: dict[str, xr.Dataset]) -> None:
    for slot, categories in categories_moved(matrices).items():
        count = len(categories)
        short = "" if count >= AT_LEAST else f": fewer than {AT_LEAST}"
        say(f"{message(f'slot.{slot}')} matters (more than {100 * MATTERS:g} %) in {count} categories{short}")


def _cell(matrix: xr.Dataset, place: int) -> str:
    moved, total = matrix["moved"].values[place], matrix["total"].values[place]
    share = np.nan_to_num(np.abs(moved) / np.where(total == 0, np.nan, np.abs(total)))
    best = int(np.argmax(share))
    if moved[best] == 0:
        return "0"
    return f"{number(float(moved[best]))} ({100 * share[best]:.1f} %)"


def _plain(matrix: xr.Dataset) -> dict[str, Any]:
    names = ("moved", "apart", "total", "option")
    return {
        str(slot): {
            str(product): {name: matrix[name].values[row, column].item() for name in names}
            for column, product in enumerate(matrix["product"].values)
        }
        for row, slot in enumerate(matrix["slot"].values)
    }
