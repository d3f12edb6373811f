"""USEEIO v1.2: the published Leontief inverse and intensities, by the solver alone and by the whole pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse.linalg import eigs

from benchmarks.useeio_model import Useeio, read_useeio, useeio_database
from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.solve import factorize, find_loops
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import Status

TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def model(shared_data: Path) -> Useeio:
    return read_useeio(shared_data / "useeio" / "useeio_v1.2.zip")


@pytest.fixture(scope="module")
def db(model: Useeio) -> Database:
    return useeio_database(model, stated_factors=True)


@pytest.fixture(scope="module")
def stated(db: Database) -> Evaluation:
    """With the characterization factors that the model states."""
    return evaluate(db)


def evaluate(db: Database) -> Evaluation:
    rules = load_rule_set("default").replace(characterization="gwp100_ar4")
    return evaluate_system(build_product_system([db], rules))


def distance(found: NDArray[np.float64], published: NDArray[np.float64]) -> float:
    """Largest difference relative to the largest number of its row: what cancels below that has no digits left."""
    size = np.abs(published).max(axis=-1, keepdims=True)
    return float((np.abs(found - published) / size).max())


def leontief(model: Useeio) -> NDArray[np.float64]:
    A = model.matrix["A"]
    return np.eye(len(A)) - A


def test_leontief_inverse_by_the_solver(model: Useeio) -> None:
    solution = factorize(leontief(model)).solve(np.eye(len(model.sectors)))
    assert distance(solution.x, model.matrix["L"]) <= TOLERANCE
    assert distance(solution.x.T, model.matrix["L"].T) <= TOLERANCE
    assert float(np.max(solution.error)) <= 1e-8


def test_intensities_of_every_indicator_by_the_adjoint(model: Useeio) -> None:
    """N = C B L for 24 indicators, in one call: Lᵀ (C B)ᵀ."""
    direct = model.matrix["C"] @ model.matrix["B"]
    assert distance(direct, model.matrix["D"]) <= TOLERANCE
    solution = factorize(leontief(model)).solve_transposed(direct.T)
    assert distance(solution.x.T, model.matrix["N"]) <= TOLERANCE


def test_matrices_of_the_product_system_are_those_published(model: Useeio, stated: Evaluation) -> None:
    matrices, rows = stated.system.matrices, model.climate_flows
    np.testing.assert_array_equal(matrices.A.toarray(), leontief(model))
    names = [model.flows[row]["id"] for row in rows]
    flows = stated.system.database.column("flows", "id")[stated.system.interventions].tolist()
    np.testing.assert_array_equal(
        matrices.B.toarray()[[flows.index(name) for name in names]], model.matrix["B"][rows]
    )


def test_footprint_of_a_dollar_of_every_sector(model: Useeio, stated: Evaluation) -> None:
    published = model.matrix["N"][model.greenhouse]
    assert distance(stated.intensity(), published) <= TOLERANCE
    # each number for itself, too, save those that cancel
    np.testing.assert_allclose(stated.intensity(), published, rtol=TOLERANCE, atol=0)
    assert set(stated.status) == {Status.COMPLETE}


def test_forward_through_the_pipeline(model: Useeio, stated: Evaluation) -> None:
    for column in (0, 100, 387):
        run = stated.run(column, 1000.0).x
        assert distance(run, 1000.0 * model.matrix["L"][:, column]) <= TOLERANCE


def test_the_packaged_ar4_factors_are_those_of_the_model(model: Useeio, db: Database) -> None:
    """Thirty-nine flows found by name, each with the model's own factor; three that AR4 does not list are findings."""
    evaluation = evaluate(db.with_tables(factors=db.factors.slice(0, 0)))
    given = evaluation.system.work.characterization
    flow_ids = db.column("flows", "id").tolist()
    published = model.matrix["C"][model.greenhouse]
    missing = set()
    for row in model.climate_flows:
        flow = flow_ids.index(model.flows[row]["id"])
        if given.gas[flow]:
            assert given.factor[flow] * given.mass[flow] == published[row], model.flows[row]["flowable"]
        else:
            missing.add(model.flows[row]["id"])
    assert len(model.climate_flows) == 42
    assert {
        model.flows[row]["flowable"] for row in model.climate_flows if model.flows[row]["id"] in missing
    } == {
        "Methane, dibromo-",
        "HCFC-21",
        "chloroform",
    }
    assert {f.flow for f in evaluation.findings if f.code == "climate_flow_without_factor"} == missing
    difference = model.matrix["N"][model.greenhouse] - evaluation.intensity()
    assert (difference >= 0).all()
    assert difference.max() / evaluation.intensity().max() < 1e-4


def test_an_economy_is_one_loop_that_makes_more_than_it_consumes(model: Useeio, stated: Evaluation) -> None:
    (loop,) = find_loops(stated.system.matrices.A)
    assert len(loop.indices) == 364
    own = leontief(model).diagonal()
    net = np.eye(388) - leontief(model) / own
    (largest,) = eigs(net, k=1, which="LM", v0=np.ones(388), return_eigenvectors=False)
    assert loop.gain == pytest.approx(abs(largest), rel=1e-9)
