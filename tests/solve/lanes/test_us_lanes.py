"""Lanes on the US life cycle inventory: loops of gain up to 1.64, credits, processes without emissions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from carbonlab.formats.openlca import read_openlca
from carbonlab.results.evaluation import evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.solve.lanes import LaneStage, LaneStatus, plan_lanes
from carbonlab.system.pipeline import build_product_system
from tests.solve.lanes.sources import LognormalLanes, check_errors, collect
from tests.solve.lanes.systems import System


@pytest.fixture(scope="module")
def us_system(shared_data: Path) -> System:
    database = read_openlca(shared_data / "uslci/uslci_fy17q4_olca_jsonld.zip")
    system = build_product_system([database], load_rule_set("default"))
    evaluation = evaluate_system(system)
    weights = evaluation.factors @ evaluation.weights
    A = sparse.csc_array(system.matrices.A)
    column = np.repeat(np.arange(A.shape[1]), np.diff(A.indptr))
    varying = np.flatnonzero((A.indices != column) & (A.data != 0))
    deviations = np.random.default_rng(1).uniform(0.05, 0.4, varying.size)
    return System(A, varying, deviations, np.asarray(system.matrices.B.T @ weights))


@pytest.mark.slow
@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_no_lane_is_wrong_by_more_than_it_says(us_system: System, spread: float) -> None:
    plan = plan_lanes(us_system.A, us_system.varying, right=us_system.right)
    source = LognormalLanes(us_system.A, us_system.varying, plan, spread * us_system.deviations, seed=3)
    found, report = collect(plan, source, np.arange(1000))
    assert report.statuses[LaneStatus.FAILED] == 0
    assert report.stages[LaneStage.DIRECT] == 0
    check_errors(plan, source, found)
