"""Published rule sets on the real US LCI database: a number with its basis or a status for every product."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.results.reference import solver
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.solve import reaches
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import FlowKind, Status

BASES = {"mass", "energy", "price"}
CUTTING = ("pas-2050-2011", "eu-pef-2021")
STANDARDS = ("iso-14067-2018", "pas-2050-2011", "eu-pef-2021", "gbt-24067-2024")


def solved(db: Database, rules: RuleSet) -> Evaluation:
    return evaluate_system(build_product_system([db], rules, solve=solver()))


def products_counted_by_hand(db: Database) -> dict[str, int]:
    """Count product outputs per process from the plain columns of the inventory, without the system layer."""
    kind = db.column("flows", "kind")[db.column("exchanges", "flow")]
    is_output = ~db.column("exchanges", "is_input") & ~db.column("exchanges", "is_avoided")
    process = db.column("exchanges", "process")[(kind == FlowKind.PRODUCT) & is_output]
    rows, counts = np.unique(process, return_counts=True)
    return dict(zip(db.column("processes", "id")[rows].tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize("key", STANDARDS)
def test_every_product_has_a_number_with_its_basis_or_a_status(uslci: Database, key: str) -> None:
    evaluation = solved(uslci, load_rule_set(key))
    counted = products_counted_by_hand(uslci)
    columns = evaluation.system.columns
    assert len(columns) == sum(counted.values()) == 1022
    several = np.array([counted[i] > 1 for i in uslci.column("processes", "id")[columns.process]])
    has_number = np.array([Status(status).has_number for status in evaluation.status])
    assert (np.isfinite(evaluation.intensity()) == has_number).all()
    assert (columns.basis[has_number & several] != "").all(), "the basis that was used is recorded"
    assert (columns.basis[~several] == "single_product").all()
    without = set(np.flatnonzero(~has_number).tolist())
    expected, culprits = columns_without_basis_counted_by_hand(uslci, evaluation)
    if key in CUTTING:  # an input that is cut off is no way to a process without a basis any more
        assert without <= expected
    else:
        assert without == expected
    named = {finding.process for finding in evaluation.findings if finding.code == "no_allocation_basis"}
    if key not in CUTTING:
        assert named == culprits, "the processes that have no basis are named"


def columns_without_basis_counted_by_hand(db: Database, evaluation: Evaluation) -> tuple[set[int], set[str]]:
    """Walk the plain exchanges: products of processes without a common unit of mass or energy, and all
    that buy from them."""
    unit = db.column("flows", "unit")
    measure = {row: "mass" for row in np.flatnonzero(np.isin(unit, ("kg", "t", "sh tn")))}
    measure |= {row: "energy" for row in np.flatnonzero(np.isin(unit, ("MJ", "kWh", "MWh", "btu")))}
    properties = zip(db.column("properties", "flow"), db.column("properties", "name"), strict=True)
    offered: dict[int, set[str]] = {row: {word} for row, word in measure.items()}
    for row, name in properties:
        offered.setdefault(int(row), set()).add(name)
    columns = evaluation.system.columns
    makers: dict[int, set[int]] = {}
    products: dict[int, set[int]] = {}
    for process, flow in zip(columns.process.tolist(), columns.flow.tolist(), strict=True):
        makers.setdefault(flow, set()).add(process)
        products.setdefault(process, set()).add(flow)
    bad = {
        process
        for process, flows in products.items()
        if len(flows) > 1 and not set.intersection(*(offered.get(flow, set()) for flow in flows)) & BASES
    }
    culprits = set(db.column("processes", "id")[sorted(bad)].tolist())
    buys: dict[int, set[int]] = {}
    exchanges = (db.column("exchanges", name).tolist() for name in ("process", "flow", "is_input"))
    for process, flow, is_input in zip(*exchanges, strict=True):
        if is_input:
            for maker in makers.get(flow, ()):
                buys.setdefault(maker, set()).add(process)
    queue = list(bad)
    while queue:
        for buyer in buys.get(queue.pop(), ()):
            if buyer not in bad:
                bad.add(buyer)
                queue.append(buyer)
    return {column for column, process in enumerate(columns.process.tolist()) if process in bad}, culprits


def test_switching_allocation_changes_columns_of_several_products_and_their_downstream(
    uslci: Database,
) -> None:
    default = load_rule_set("default")
    before = solved(uslci, default)
    after = solved(uslci, default.replace(multifunctionality="reference_flow"))
    columns = before.system.columns
    count = np.bincount(columns.process, minlength=uslci.processes.num_rows)
    several = count[columns.process] > 1
    one, other = before.system.matrices, after.system.matrices
    changed = np.zeros(len(columns), bool)
    for first, second in ((one.A, other.A), (one.B, other.B)):
        changed |= np.asarray(abs(first - second).sum(axis=0)).ravel() > 0
    assert changed.any()
    assert not (changed & ~several).any(), "a process with one product is left alone"
    downstream = reaches(one.A, np.flatnonzero(several)) | reaches(other.A, np.flatnonzero(several))
    difference = np.abs(before.intensity() - after.intensity())
    scale = np.maximum(np.abs(before.intensity()), 1e-12)
    assert not ((difference > 1e-9 * scale) & ~downstream).any(), "and so is what does not depend on one"
