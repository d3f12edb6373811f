"""Negative footprints of the US LCI database: each is listed with its cause, and the cause is checked."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carbonlab.inventory.database import Database
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.vocabulary import Component

LISTED = tomllib.loads(Path(__file__).with_name("uslci_negative.toml").read_text(encoding="utf-8"))
CAUSES = {cause["key"]: cause for cause in LISTED["causes"]}


@pytest.fixture(scope="module")
def negative(uslci_default: Evaluation) -> dict[str, list[int]]:
    """Columns with a negative footprint, by the name of their process."""
    system = uslci_default.system
    names = system.database.column("processes", "name")
    found: dict[str, list[int]] = {}
    for column in np.flatnonzero(uslci_default.intensity() < 0):
        found.setdefault(names[system.columns.process[column]], []).append(int(column))
    return found


def test_every_negative_footprint_is_listed_once(negative: dict[str, list[int]]) -> None:
    listed = [name for cause in CAUSES.values() for name in cause["processes"]]
    assert len(listed) == len(set(listed))
    assert sorted(negative) == sorted(listed)
    assert sum(map(len, negative.values())) == 183


def test_none_is_a_credit(uslci: Database) -> None:
    assert not uslci.column("exchanges", "is_avoided").any()


def test_every_cause_says_why() -> None:
    for cause in CAUSES.values():
        assert len(cause["why"]) > 60
        assert ("uptake" in cause) != ("emission" in cause)


@pytest.mark.parametrize("key", [key for key, cause in CAUSES.items() if "uptake" in cause])
def test_uptake_explains_it(key: str, negative: dict[str, list[int]], uslci_default: Evaluation) -> None:
    """Without uptake the footprint is not negative, and the named records take up nearly all of it."""
    evaluation, system = uslci_default, uslci_default.system
    is_uptake = np.array([channel.component is Component.BIOGENIC_UPTAKE for channel in evaluation.channels])
    parts = evaluation.mass_intensity * evaluation.factors
    uptake = impact_weights(evaluation) * _of_component(evaluation, Component.BIOGENIC_UPTAKE)
    taken = uptake @ system.matrices.B
    names = system.database.column("processes", "name")[system.columns.process]
    patterns = LISTED["sources"][CAUSES[key]["uptake"]]
    is_named = np.array([any(fnmatchcase(name, pattern) for pattern in patterns) for name in names])
    for name in CAUSES[key]["processes"]:
        for column in negative[name]:
            assert parts[column, ~is_uptake].sum() >= 0, name
            by_record = taken * evaluation.run(column, 1.0).x
            assert by_record[is_named].sum() / by_record.sum() >= 0.95, name


@pytest.mark.parametrize("key", [key for key, cause in CAUSES.items() if "emission" in cause])
def test_negative_emission_explains_it(
    key: str, negative: dict[str, list[int]], uslci_default: Evaluation
) -> None:
    system = uslci_default.system
    weights = impact_weights(uslci_default)
    flow_names = system.database.column("flows", "name")[system.interventions]
    of_flow = np.where(flow_names == CAUSES[key]["emission"], weights, 0.0)
    for name in CAUSES[key]["processes"]:
        for column in negative[name]:
            direct = (of_flow @ system.matrices.B)[column] / system.matrices.A[column, column]
            assert direct < 0
            assert uslci_default.intensity()[column] - direct >= 0


def test_a_reversed_emission_was_reported(uslci: Database) -> None:
    codes, processes = uslci.column("findings", "code"), uslci.column("findings", "process")
    names = uslci.column("processes", "name")
    reversed_in = {names[row] for row in processes[codes == "direction_reversed"] if row >= 0}
    assert set(CAUSES["polylactide"]["processes"]) <= reversed_in


def _of_component(evaluation: Evaluation, component: Component) -> Any:
    given = evaluation.system.work.characterization.component[evaluation.system.interventions]
    return given == component
