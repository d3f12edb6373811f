"""Every option on the teaching inventory and on the US LCI database: numbers or statuses, and both solutions agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carbonlab.errors import RefusedError
from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.apply import apply_rule
from carbonlab.rules.registry import list_options
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS
from carbonlab.system.pipeline import build_product_system
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import Status
from tests.validation.agreement import CANCELLATION, disagreement, forward
from tests.validation.random_systems import DEFAULT

NEEDED: dict[tuple[str, str], dict[str, Any]] = {
    ("boundary", "stages"): {"keep": ["raw_material_acquisition", "production"]},
    ("multifunctionality", "property"): {"name": "price"},
}
"""Parameters without which an option is no rule."""

SELECTED = {("boundary", "exclude"): {"role": "transport"}}
"""Lines that would leave nothing if they caught everything."""

OPTIONS = [
    (slot.key, option)
    for slot in SLOTS
    if slot.key != "characterization"
    for option in list_options(slot.key)
]


def rules(slot: str, option: str, parameters: dict[str, Any]) -> RuleSet:
    line = Line(option, Selector(**SELECTED.get((slot, option), {})), parameters)
    default = [DEFAULT.rules[slot].lines[-1]] if (slot, option) in SELECTED else []
    return DEFAULT.replace(**{slot: Rule(slot, (line, *default))})


def parameters_for(slot: str, option: str, db: Database) -> dict[str, Any]:
    """Return what the option needs, from the inventory itself where it is about its processes."""
    if (slot, option) == ("linking", "stated"):
        return {"providers": {flow: makers[0] for flow, makers in _makers(db).items() if len(makers) > 1}}
    if (slot, option) == ("linking", "by_share"):
        # a share belongs to a process, whatever it makes: only with one flow each could they differ
        makers = [found for found in _makers(db).values() if len(found) > 1]
        first = {found[0]: 1.0 for found in makers}
        later = {process: 0.0 for found in makers for process in found[1:] if process not in first}
        return {"shares": first | later}
    return NEEDED.get((slot, option), {})


def _makers(db: Database) -> dict[str, list[str]]:
    flows, processes = db.column("flows", "id"), db.column("processes", "id")
    is_made = ~db.column("exchanges", "is_input") & ~db.column("exchanges", "is_avoided")
    is_made &= db.is_word("flows", "kind", "product")[db.column("exchanges", "flow")]
    found: dict[str, list[str]] = {}
    for row in np.flatnonzero(is_made):
        flow = flows[db.column("exchanges", "flow")[row]]
        found.setdefault(flow, []).append(processes[db.column("exchanges", "process")[row]])
    return found


def check(evaluation: Evaluation) -> None:
    intensity = evaluation.intensity()
    has_number = np.array([Status(status).has_number for status in evaluation.status])
    np.testing.assert_array_equal(np.isfinite(intensity), has_number)
    columns = np.flatnonzero(has_number)[::101]
    footprint, contributions = forward(evaluation, columns)
    assert disagreement(footprint, intensity[columns], contributions) <= CANCELLATION


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(study_path())


@pytest.mark.parametrize(("slot", "option"), OPTIONS)
def test_teaching_inventory(slot: str, option: str, study: Study) -> None:
    database = study.databases[0]
    chosen = rules(slot, option, parameters_for(slot, option, database))
    try:
        system = build_product_system(study.databases, chosen, foreground=study.foreground)
    except RefusedError:
        assert (slot, option) == ("multifunctionality", "refuse"), (
            "it has co-products; every input states its provider"
        )
        return
    assert option != "refuse" or slot == "linking"
    check(evaluate_system(system))


@pytest.mark.parametrize("option", list_options("characterization"))
def test_teaching_inventory_under_every_metric(option: str, study: Study) -> None:
    chosen = DEFAULT.replace(characterization=option)
    evaluation = evaluate_system(build_product_system(study.databases, chosen, foreground=study.foreground))
    check(evaluation)
    assert set(evaluation.status) == {Status.COMPLETE}


@pytest.mark.parametrize(("slot", "option"), OPTIONS)
def test_uslci(slot: str, option: str, uslci: Database, uslci_default: Evaluation) -> None:
    chosen = rules(slot, option, parameters_for(slot, option, uslci))
    if chosen.digest == DEFAULT.digest:
        assert DEFAULT.diff(chosen) == ()
        return
    try:
        evaluation = evaluate_system(build_product_system([uslci], chosen))
    except RefusedError as error:
        assert option == "refuse"
        assert "producers and none is stated" in str(error) or "have several products" in str(error)
        return
    assert option != "refuse"
    check(evaluation)
    assert len(evaluation.system.columns) == len(uslci_default.system.columns)
    changed = {name for name in DEFAULT.rules if DEFAULT.rules[name] != chosen.rules[name]}
    assert changed <= {slot}


@pytest.mark.parametrize("option", list_options("characterization"))
def test_uslci_under_every_metric(option: str, uslci_default: Evaluation) -> None:
    """The last stage alone, on the system that stands: matrices stay, gases get the factors of another table."""
    work = uslci_default.system.work
    again = apply_rule(work, DEFAULT.replace(characterization=option).rules["characterization"])
    assert again.technosphere is work.technosphere
    assert again.intervention is work.intervention
    given = again.characterization
    assert np.isfinite(given.factor).all()
    counts = given.factor != 0
    assert counts.sum() > 20
    assert (given.gas[counts] != "").all()
    assert (given.component[counts] != "").all()
    assert (given.mass[counts] > 0).all()
