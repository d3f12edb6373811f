"""The US LCI database under the rules: every product has a number or a status, and three solutions agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from carbonlab.inventory.database import Database
from carbonlab.results.contributions import impact_weights
from carbonlab.results.evaluation import Evaluation
from carbonlab.rules.apply import apply_rule, subjects_of
from carbonlab.rules.options.multifunctionality import allocate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.slots import SLOTS, Subject
from carbonlab.rules.work import start
from carbonlab.solve import find_loops
from carbonlab.system.product_system import ProductSystem
from carbonlab.vocabulary import Basis, Status
from tests.validation.agreement import CANCELLATION, by_bw2calc, disagreement, forward, sum_of_contributions

Under = Callable[..., Evaluation]

COUNTS = {
    "default_chain": {Status.COMPLETE: 210, Status.UNLINKED: 812},
    "reference_flow": {Status.COMPLETE: 333, Status.UNLINKED: 689},
    "equal": {Status.COMPLETE: 103, Status.UNLINKED: 744, Status.NON_PRODUCTIVE: 175},
    "mass": {Status.COMPLETE: 73, Status.UNLINKED: 13, Status.NO_BASIS: 936},
    "energy": {Status.COMPLETE: 53, Status.UNLINKED: 8, Status.NO_BASIS: 961},
    "price": {Status.COMPLETE: 53, Status.UNLINKED: 8, Status.NO_BASIS: 961},
    "stated": {Status.COMPLETE: 53, Status.UNLINKED: 8, Status.NO_BASIS: 961},
}
"""Columns per status. A few inputs without a producer taint most of the database: nearly all need a fuel."""


@pytest.mark.parametrize("option", COUNTS)
def test_every_column_has_a_number_or_a_status_that_says_why_not(uslci_under: Under, option: str) -> None:
    evaluation = uslci_under(multifunctionality=option)
    intensity = evaluation.intensity()
    assert len(intensity) == 1022
    has_number = np.array([Status(status).has_number for status in evaluation.status])
    assert np.isfinite(intensity[has_number]).all()
    assert np.isnan(intensity[~has_number]).all()
    assert Counter(evaluation.status) == COUNTS[option]


def test_what_the_default_rules_share_by(uslci_default: Evaluation) -> None:
    assert Counter(uslci_default.system.columns.basis) == {
        Basis.SINGLE: 634,
        Basis.MASS: 182,
        Basis.ENERGY: 10,
        Basis.REFERENCE: 196,
    }
    codes = Counter(finding.code for finding in uslci_default.findings)
    assert codes["allocation_fallback"] == 132, (
        "each of the processes with several products says what it fell back to"
    )
    assert codes["input_left_out"] == codes["declared_cut_off"] == 1
    amounts = {f.code: f.amount for f in uslci_default.findings if f.unit == "inputs"}
    assert amounts == {"input_left_out": 131, "declared_cut_off": 2402 + 2}


# -- three ways of computing -------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["default_chain", "reference_flow", "equal"])
def test_forward_and_adjoint_agree_for_every_column(uslci_under: Under, option: str) -> None:
    evaluation = uslci_under(multifunctionality=option)
    intensity = evaluation.intensity()
    columns = np.flatnonzero(np.isfinite(intensity))
    footprint, contributions = forward(evaluation, columns)
    assert disagreement(footprint, intensity[columns], contributions) <= CANCELLATION
    assert float(np.max(evaluation.adjoint.error)) <= 1e-8


@pytest.mark.parametrize("option", ["default_chain", "equal"])
def test_bw2calc_agrees_for_every_column(uslci_under: Under, option: str) -> None:
    evaluation = uslci_under(multifunctionality=option)
    system, intensity = evaluation.system, evaluation.intensity()
    columns = np.flatnonzero(np.isfinite(intensity))
    _, contributions = forward(evaluation, columns)
    sign = np.sign(system.matrices.A.diagonal())
    theirs = by_bw2calc(system.matrices.A, system.matrices.B, impact_weights(evaluation), columns, sign)
    # bw2calc does not equilibrate: where nothing upstream emits, it is left with rounding instead of zero
    nothing = contributions == 0
    assert nothing.mean() < 0.2, "co-products that carry nothing, and what needs nothing"
    assert (intensity[columns][nothing] == 0).all()
    assert np.abs(theirs[nothing]).max(initial=0.0) < 1e-12
    assert (
        disagreement(intensity[columns][~nothing], theirs[~nothing], contributions[~nothing]) <= CANCELLATION
    )


def test_a_wrong_number_would_be_noticed(uslci_default: Evaluation) -> None:
    """The check of the checks: one entry changed by a millionth is seen in the products that reach it."""
    evaluation, system = uslci_default, uslci_default.system
    coal = next(
        column
        for column, process in enumerate(system.columns.process)
        if system.database.column("processes", "name")[process] == "Bituminous coal, at mine"
    )
    changed = sparse.csc_array(system.matrices.A, copy=True)
    changed[coal, coal] *= 1 + 1e-6
    footprint, contributions = forward(evaluation, [coal])
    theirs = by_bw2calc(
        changed, system.matrices.B, impact_weights(evaluation), [coal], np.ones(changed.shape[0])
    )
    assert disagreement(footprint, theirs, contributions) > 100 * CANCELLATION


def test_contributions_sum_to_the_footprint(uslci_default: Evaluation) -> None:
    intensity = uslci_default.intensity()
    for column in range(0, 1022, 73):
        scaling = uslci_default.run(column, 1.0).x
        direct = impact_weights(uslci_default) @ uslci_default.system.matrices.B
        size = float(sum_of_contributions(uslci_default, scaling))
        assert disagreement(intensity[column], direct @ scaling, size) <= CANCELLATION


# -- loops -------------------------------------------------------------------------------------------------


def test_loop_gain_is_a_property_of_the_rules(uslci_under: Under) -> None:
    equal = uslci_under(multifunctionality="equal").loops[0]
    assert equal.gain == pytest.approx(1.6404, abs=5e-5)
    reference = uslci_under(multifunctionality="reference_flow").loops[0]
    assert reference.gain == pytest.approx(0.4157, abs=5e-5)
    assert len(reference.indices) == 34, "fuels, power and transport feed one another"
    default = uslci_under().loops[0]
    assert default.gain == pytest.approx(0.5451, abs=5e-5)


def test_the_loop_that_consumes_more_than_it_makes_is_steel(uslci_under: Under) -> None:
    """Galvanized sheet and cold-formed studs: equal split burdens the scrap that goes back."""
    evaluation = uslci_under(multifunctionality="equal")
    system = evaluation.system
    names = system.database.column("processes", "name")
    bad = [loop for loop in evaluation.loops if loop.gain >= 1]
    assert [sorted(names[system.columns.process[loop.indices]]) for loop in bad] == [
        ["Galvanized steel sheet, at plant", "Steel, cold-formed studs and track, at plant"]
    ]
    inside = evaluation.status[bad[0].indices]
    assert set(inside) == {Status.NON_PRODUCTIVE}
    (finding,) = [f for f in evaluation.findings if f.code == "non_productive_loop"]
    assert "Galvanized steel sheet" in finding.detail
    assert finding.amount == bad[0].gain
    assert np.isfinite(evaluation.intensity()[bad[0].indices]).all(), (
        "the matrix is regular: there is a number"
    )


def test_everything_that_reaches_the_loop_says_so(uslci_under: Under) -> None:
    """NON_PRODUCTIVE where, and only where, a unit of the product sets the loop going."""
    evaluation = uslci_under(multifunctionality="equal")
    loop = evaluation.loops[0].indices
    runs = np.stack([evaluation.run(column, 1.0).x for column in range(1022)], axis=1)
    touches = np.abs(runs[loop]).max(axis=0) > 0
    np.testing.assert_array_equal(touches, evaluation.status == Status.NON_PRODUCTIVE)


def test_gain_by_mass_or_else_equal_split(uslci: Database) -> None:
    """A gain of 0.72 belongs to shares by mass, or equal ones where a product has no mass: no option of ours."""
    rules = load_rule_set("default")
    work = start(uslci)
    for slot in SLOTS:
        if slot.key == "multifunctionality":
            work = replace(work, at=(slot.key, 0, "mass, else equal"))
            work = allocate(work, subjects_of(work, Subject.PROCESS), (Basis.MASS, Basis.EQUAL), {})
        else:
            work = apply_rule(work, rules.rules[slot.key])
    loop = find_loops(ProductSystem(work, rules, work.columns.status).matrices.A)[0]
    assert loop.gain == pytest.approx(0.7235, abs=5e-5)
    assert len(loop.indices) == 9
