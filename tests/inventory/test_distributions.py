"""Spreads that describe none: which, how many, and what is said of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.distributions import (
    PROBLEMS,
    problem_of,
    spread_findings,
    spread_problems,
    usable,
)
from carbonlab.inventory.records import (
    DatabaseMeta,
    Distribution,
    Exchange,
    Flow,
    Parameter,
    UnitProcess,
)
from carbonlab.messages import has_message
from carbonlab.vocabulary import DistributionKind, FlowKind, Severity
from tests.inventory.uslci_json import database_of

NAN, INFINITE = float("nan"), float("inf")


def lognormal(loc: float, scale: float) -> Distribution:
    return Distribution(kind=DistributionKind.LOGNORMAL, loc=loc, scale=scale)


def normal(loc: float, scale: float) -> Distribution:
    return Distribution(kind=DistributionKind.NORMAL, loc=loc, scale=scale)


def triangular(minimum: float, loc: float, maximum: float) -> Distribution:
    return Distribution(kind=DistributionKind.TRIANGULAR, loc=loc, minimum=minimum, maximum=maximum)


def uniform(minimum: float, maximum: float) -> Distribution:
    return Distribution(kind=DistributionKind.UNIFORM, minimum=minimum, maximum=maximum)


CASES = [
    (lognormal(2.0, 1.2), ""),
    (lognormal(-2.0, 1.2), ""),
    (lognormal(2.0, 1.0), "gsd_one"),
    (lognormal(2.0, 0.99), "gsd_below_one"),
    (lognormal(2.0, 0.0), "gsd_below_one"),
    (lognormal(2.0, -1.2), "gsd_below_one"),
    (lognormal(0.0, 1.2), "lognormal_at_zero"),
    (lognormal(0.0, 0.5), "gsd_below_one"),
    (lognormal(2.0, NAN), "spread_missing"),
    (lognormal(NAN, 1.2), "spread_missing"),
    (lognormal(2.0, INFINITE), "spread_missing"),
    (normal(2.0, 0.1), ""),
    (normal(-2.0, 0.1), ""),
    (normal(2.0, 0.0), "sd_zero"),
    (normal(2.0, -0.1), "sd_negative"),
    (normal(2.0, NAN), "spread_missing"),
    (triangular(1.0, 2.0, 3.0), ""),
    (triangular(1.0, 1.0, 3.0), ""),
    (triangular(1.0, 3.0, 3.0), ""),
    (triangular(-3.0, -2.0, -1.0), ""),
    (triangular(1.0, 0.5, 3.0), "reversed_triangle"),
    (triangular(1.0, 3.5, 3.0), "reversed_triangle"),
    (triangular(3.0, 2.0, 1.0), "reversed_triangle"),
    (triangular(2.0, 2.0, 2.0), "no_width"),
    (triangular(1.0, NAN, 3.0), "spread_missing"),
    (triangular(NAN, 2.0, 3.0), "spread_missing"),
    (uniform(1.0, 3.0), ""),
    (uniform(3.0, 1.0), "reversed_uniform"),
    (uniform(1.0, 1.0), "no_width"),
    (uniform(1.0, NAN), "spread_missing"),
]


@pytest.mark.parametrize(("distribution", "problem"), CASES, ids=str)
def test_what_is_wrong(distribution: Distribution, problem: str) -> None:
    assert problem_of(distribution) == problem


def database(
    spreads: list[Distribution | None], parameters: list[Distribution | None] | None = None
) -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name="small"))
    builder.flows.append(Flow(id="coal", name="Coal", kind=FlowKind.PRODUCT, unit="kg"))
    exchanges = tuple(
        Exchange(id=f"e{i}", flow="coal", is_input=True, amount=10.0 + i, distribution=spread)
        for i, spread in enumerate(spreads)
    )
    builder.processes.append(UnitProcess(id="plant", name="Plant", exchanges=exchanges))
    for i, spread in enumerate(parameters or []):
        process = "plant" if i else ""
        builder.parameters.append(
            Parameter(name=f"p{i}", amount=5.0 + i, unit="km", process=process, distribution=spread)
        )
    return builder.build()


SPREADS = st.lists(st.one_of(st.none(), st.sampled_from([case for case, _ in CASES])), max_size=30)


@given(SPREADS)
def test_columns_and_records_say_the_same(spreads: list[Distribution | None]) -> None:
    db = database(spreads, spreads)
    expected = [problem_of(spread) if spread else "" for spread in spreads]
    for table in ("exchanges", "parameters"):
        found = [PROBLEMS[number] if number >= 0 else "" for number in spread_problems(db, table)]
        assert found == expected
        is_usable = [spread is not None and not code for spread, code in zip(spreads, expected, strict=True)]
        assert usable(db, table).tolist() == is_usable
    assert Counter(finding.code for finding in spread_findings(db)) == Counter(
        {code: 2 * count for code, count in Counter(expected).items() if code}
    )


def test_findings_say_what_they_stand_for() -> None:
    db = database(
        [lognormal(1.0, 1.2), None, lognormal(1.0, 0.5), uniform(2.0, 1.0), normal(1.0, 0.0)],
        [triangular(3.0, 2.0, 1.0), normal(1.0, -2.0)],
    )
    found = [
        (f.code, f.severity, f.process, f.flow, f.exchange, f.amount, f.unit, f.detail)
        for f in spread_findings(db)
    ]
    warning, info = Severity.WARNING, Severity.INFO
    assert found == [
        ("gsd_below_one", warning, "plant", "coal", "e2", 12.0, "kg", "lognormal: loc 1, scale 0.5"),
        ("reversed_uniform", warning, "plant", "coal", "e3", 13.0, "kg", "uniform: minimum 2, maximum 1"),
        ("sd_zero", info, "plant", "coal", "e4", 14.0, "kg", "normal: loc 1, scale 0"),
        ("reversed_triangle", warning, "", "", "", 5.0, "km",
         "parameter 'p0': triangular: minimum 3, loc 2, maximum 1"),
        ("sd_negative", warning, "plant", "", "", 6.0, "km", "parameter 'p1': normal: loc 1, scale -2"),
    ]  # fmt: skip


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_a_text(code: str) -> None:
    assert has_message(f"finding.{code}")


def test_no_distributions() -> None:
    db = database([None, None])
    assert not usable(db).any()
    assert not usable(db, "parameters").any()
    assert spread_findings(db) == []


def test_uslci_fy17q4(shared_data: Path) -> None:
    """Of 5,539 stated spreads 394 describe one."""
    db = database_of(shared_data / "uslci/uslci_fy17q4_olca_jsonld.zip")
    codes, _ = db.codes("exchanges", "distribution")
    assert np.count_nonzero(codes >= 0) == 5539
    assert Counter(finding.code for finding in spread_findings(db)) == {
        "gsd_below_one": 4811,
        "gsd_one": 307,
        "reversed_triangle": 27,
    }
    assert np.count_nonzero(usable(db)) == 394
