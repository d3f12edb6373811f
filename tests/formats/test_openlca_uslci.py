"""The US LCI database FY17.Q4: read completely, oddities counted, compared with an independent reading."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carbonlab.formats.openlca import read_openlca
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import findings_of
from carbonlab.inventory.parameters import ParameterTable
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import CarbonOrigin, Direction, DistributionKind, FlowKind, ProcessKind, Role
from tests.formats.independent_builder import IndependentBuilder

FILE = "uslci/uslci_fy17q4_olca_jsonld.zip"


@pytest.fixture(scope="module")
def path(shared_data: Path) -> Path:
    return shared_data / FILE


@pytest.fixture(scope="module")
def db(path: Path) -> Database:
    return read_openlca(path)


@pytest.fixture(scope="module")
def independent(path: Path) -> IndependentBuilder:
    return IndependentBuilder(path)


@pytest.fixture(scope="module")
def counts(db: Database) -> Counter[str]:
    return Counter(db.column("findings", "code"))


def test_it_reads_completely(db: Database) -> None:
    kinds = Counter(db.column("flows", "kind"))
    formulas = db.column("exchanges", "formula")
    assert db.processes.num_rows == 766
    assert db.flows.num_rows == 4601
    assert kinds == {FlowKind.ELEMENTARY: 2918, FlowKind.PRODUCT: 1659, FlowKind.WASTE: 24}
    assert db.exchanges.num_rows == 32526
    assert db.parameters.num_rows == 537
    assert np.count_nonzero(formulas != "") == 259
    assert Counter(db.column("processes", "kind")) == {ProcessKind.UNIT: 762, ProcessKind.AGGREGATED: 4}
    assert db.sources.num_rows == 686
    assert db.meta.licence == "MIT License"
    assert db.meta.origin == "openLCA JSON-LD schema 1: uslci_fy17q4_olca_jsonld.zip"


def test_multi_output_processes(db: Database, counts: Counter[str]) -> None:
    kind = db.column("flows", "kind")[db.column("exchanges", "flow")]
    products = (kind == FlowKind.PRODUCT) & ~db.column("exchanges", "is_input")
    made = np.bincount(db.column("exchanges", "process")[products], minlength=766)
    assert np.count_nonzero(made > 1) == 132
    assert made.min() == 1, "every process makes something"
    assert counts["multi_output_without_allocation"] == 129


def test_unlinked_inputs_are_counted_declared_and_undeclared_apart(
    db: Database, counts: Counter[str]
) -> None:
    assert counts["input_declared_cut_off"] + counts["input_without_producer"] == 2461
    assert counts["input_declared_cut_off"] == 2402
    names = db.column("flows", "name")
    cut_off = findings_of(db, "input_declared_cut_off")
    assert len({finding.detail for finding in cut_off}) == 633
    assert all(finding.detail.startswith("CUTOFF ") for finding in cut_off)
    role = db.is_word("roles", "role", Role.DECLARED_CUT_OFF)
    with_role = {names[row] for row in db.column("roles", "flow")[role]}
    assert {finding.detail for finding in cut_off} <= with_role
    assert all(name.startswith("CUTOFF ") for name in with_role)
    undeclared = findings_of(db, "input_without_producer")
    assert not any(finding.detail.startswith("CUTOFF") for finding in undeclared)
    soda = next(f for f in undeclared if f.detail.startswith("Natural soda ash (Sodium carbonate), at plant"))
    assert "another flow of this name has a producer" in soda.detail


def test_other_oddities_are_counted(counts: Counter[str]) -> None:
    assert counts["several_producers"] == 14
    assert counts["waste_without_treatment"] + counts["waste_declared_cut_off"] == 74
    assert counts["waste_declared_cut_off"] == 2
    assert counts["gsd_below_one"] == 4811
    assert counts["gsd_one"] == 307
    assert counts["reversed_triangle"] == 27
    assert counts["exchange_listed_twice"] == 10
    assert counts["flow_property_twice"] == 4
    assert counts["cut_off_with_producer"] == 3
    assert counts["negative_amount"] + counts["negative_uptake"] == 346 + 73 + 4 + 3
    assert counts["elementary_flow_on_both_sides"] == 24
    assert counts["unit_factor_rounded"] == 2
    assert counts["allocation_factor_not_used"] > 40, "left over from products that were deleted"


def test_formulas_give_the_stored_amounts_once_names_are_stripped(db: Database, counts: Counter[str]) -> None:
    assert counts["formula_mismatch"] == counts["formula_error"] == 0
    assert counts["name_blank_stripped"] == 14
    table = ParameterTable.of(db)
    stored = db.column("exchanges", "amount")[table.exchange_rows]
    np.testing.assert_allclose(table.evaluate(rows=table.exchange_rows), stored, rtol=1e-6, atol=0)
    stripped = {repr(f.detail): f.process for f in findings_of(db, "name_blank_stripped")}
    assert "'wst_Lead '" in {f.detail for f in findings_of(db, "name_blank_stripped")}
    assert len(set(stripped.values())) == 2


def test_every_amount_and_unit_agrees_with_the_independent_reading(
    db: Database, independent: IndependentBuilder
) -> None:
    """All 766 processes: net output of every flow in its reference unit, and the unit itself."""
    ids = db.column("flows", "id")
    for identity, unit in zip(ids, db.column("flows", "unit"), strict=True):
        assert unit == independent.reference_unit(identity)
    net = _net_outputs(db)
    for identity in db.column("processes", "id"):
        expected: dict[str, float] = defaultdict(float)
        size: dict[str, float] = defaultdict(float)
        for exchange in independent.exchanges(identity):
            expected[exchange.flow] += exchange.net_output
            size[exchange.flow] += abs(exchange.amount)
        assert set(net[identity]) == set(expected)
        for flow, amount in expected.items():
            assert abs(net[identity][flow] - amount) <= 1e-6 * size[flow], (identity, flow)


def test_thirty_processes_chosen_to_hurt(db: Database, independent: IndependentBuilder) -> None:
    """Exchange by exchange: stored amount, unit factor, side, reference, and the net output of each flow."""
    chosen = independent.chosen_to_hurt(30)
    assert len(chosen) == 30
    seen: Counter[str] = Counter()
    for identity in chosen:
        process = db.process(identity)
        raw = independent.exchanges(identity)
        direction = {e.flow: db.flow(e.flow).direction for e in process.exchanges}
        read = []
        for e in process.exchanges:
            is_reversed = e.unit_factor < 0
            assert e.amount == pytest.approx((e.published_amount or 0.0) * e.unit_factor, rel=1e-12)
            if direction[e.flow] is not None:
                assert e.is_input == (direction[e.flow] is Direction.TAKEN)
            side = e.is_input is not is_reversed
            read.append((e.flow, side, e.is_reference, e.published_amount, abs(e.unit_factor)))
            seen["reversed"] += is_reversed
            seen["formula"] += bool(e.formula)
            seen["other unit"] += abs(e.unit_factor) != 1
            seen["negative"] += (e.published_amount or 0.0) < 0
        assert sorted(read) == sorted((e.flow, e.is_input, e.is_reference, e.stored, e.factor) for e in raw)
        columns = independent.columns(identity)
        assert set(columns) == {e.flow for e in independent.products(identity)}
        for column in columns.values():
            seen[column.basis] += 1
    assert min(seen[what] for what in ("reversed", "formula", "other unit", "negative")) >= 5
    assert min(seen[what] for what in ("mass", "energy", "reference", "single")) >= 5


def test_columns_of_the_independent_reading_add_up(independent: IndependentBuilder) -> None:
    """A check of the oracle itself: columns of a process sum to its exchanges, whatever the shares are."""
    for identity in independent.chosen_to_hurt(30):
        total: dict[str, float] = defaultdict(float)
        for column in independent.columns(identity).values():
            for (flow, _), amount in column.technosphere.items():
                total[flow] += amount
            for flow, amount in column.interventions.items():
                total[flow] += amount
        for exchange in independent.exchanges(identity):
            total[exchange.flow] -= exchange.net_output
        size = max(abs(e.amount) for e in independent.exchanges(identity))
        assert all(abs(rest) <= 1e-9 * size for rest in total.values())
        assert sum(independent.shares(identity)[1].values()) == pytest.approx(1, rel=1e-12)


def test_the_matrices_are_those_of_the_independent_builder(
    db: Database, independent: IndependentBuilder
) -> None:
    """A and B of every column (the thirty among them): equal split, by mass, energy, else the reference."""
    rules = load_rule_set("default")
    assert rules.rules["linking"].lines[-1].option.startswith("equal_split")
    assert rules.rules["multifunctionality"].lines[-1].option.startswith("default_chain")
    system = build_product_system([db], rules)
    matrices = system.matrices
    flow_ids, process_ids = db.column("flows", "id"), db.column("processes", "id")
    process, flow = process_ids[system.columns.process], flow_ids[system.columns.flow]
    intervention = flow_ids[system.interventions]
    sign = np.where(db.column("flows", "direction")[system.interventions] == Direction.TAKEN, -1.0, 1.0)
    compared: Counter[str] = Counter()
    for j in range(len(process)):
        expected = independent.columns(process[j])[flow[j]]
        rows, values = _column(matrices.A, j)
        supplied = {(flow[i], process[i]): value for i, value in zip(rows, values, strict=True)}
        _assert_equal(supplied, {key: v for key, v in expected.technosphere.items() if key[1]})
        rows, values = _column(matrices.B, j)
        net = {intervention[i]: sign[i] * value for i, value in zip(rows, values, strict=True)}
        _assert_equal(net, expected.interventions)
        compared[process[j]] += len(supplied) + len(net)
    assert len(process) == 1022
    assert set(independent.chosen_to_hurt(30)) <= set(compared)


def _column(matrix: Any, j: int) -> tuple[Any, Any]:
    part = slice(matrix.indptr[j], matrix.indptr[j + 1])
    return matrix.indices[part], matrix.data[part]


def _assert_equal(found: dict[Any, float], expected: dict[Any, float]) -> None:
    """Formulas reproduce stored amounts to 1e-6, everything else much better."""
    for key in {*found, *expected}:
        assert found.get(key, 0.0) == pytest.approx(expected.get(key, 0.0), rel=1e-6, abs=1e-30), key


def _net_outputs(db: Database) -> dict[str, dict[str, float]]:
    process, flow = db.column("exchanges", "process"), db.column("exchanges", "flow")
    is_input, amount = db.column("exchanges", "is_input"), db.column("exchanges", "amount")
    process_ids, flow_ids = db.column("processes", "id"), db.column("flows", "id")
    net: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in range(db.exchanges.num_rows):
        signed = -amount[row] if is_input[row] else amount[row]
        net[process_ids[process[row]]][flow_ids[flow[row]]] += signed
    return net


def test_directions_and_carbon(db: Database) -> None:
    flows = {(f.name, f.compartment): f for f in map(db.flow, db.column("flows", "id")) if f.direction}
    in_air = flows["Carbon dioxide, in air", "resource/in air"]
    assert (in_air.direction, in_air.origin) == (Direction.TAKEN, CarbonOrigin.BIOGENIC)
    biogenic = flows["Carbon dioxide, biogenic", "air"]
    assert (biogenic.direction, biogenic.origin) == (Direction.EMITTED, CarbonOrigin.BIOGENIC)
    assert flows["Carbon dioxide, fossil", "air"].origin is CarbonOrigin.FOSSIL
    assert flows["Carbon dioxide, land transformation", "air"].origin is CarbonOrigin.LAND_USE
    assert flows["Carbon dioxide", "air"].origin is CarbonOrigin.UNSPECIFIED
    assert flows["Carbon dioxide", "air"].cas == "124-38-9"
    assert flows["Water, river", "water/river"].direction is Direction.TAKEN, "every exchange takes it"
    assert flows["Copper ore (1.2%)", "resource/in ground"].direction is Direction.TAKEN, "a resource"


def test_an_uptake_under_the_name_of_an_emission_is_a_negative_emission(db: Database) -> None:
    """'Carbon dioxide, biogenic' to air is an input of one process: an uptake, a negative emission."""
    reversed_co2 = [
        f for f in findings_of(db, "direction_reversed") if f.detail.startswith("Carbon dioxide,")
    ]
    (finding,) = reversed_co2
    exchange = next(e for e in db.process(finding.process).exchanges if e.id == finding.exchange)
    assert not exchange.is_input
    assert exchange.amount < 0 < (exchange.published_amount or 0.0)
    assert exchange.unit_factor == -1.0


def test_a_negative_uptake_is_reported_and_kept(db: Database) -> None:
    (finding,) = findings_of(db, "negative_uptake")
    assert db.process(finding.process).name == "Rice, at field"
    assert finding.amount == -1.27


def test_rounded_unit_factors_say_how_far_they_are_off(db: Database) -> None:
    details = {f.detail: f for f in findings_of(db, "unit_factor_rounded")}
    cubic_feet = "1 cu ft = 0.02 m3 in the file, 0.0283168 by definition (-29.37%)"
    assert set(details) == {cubic_feet, "1 btu = 0.00106 MJ in the file, 0.00105506 by definition (+0.47%)"}
    process = db.process(details[cubic_feet].process)
    assert process.name == "Corrugated product, containerboard, average production, at mill, 2010"


def test_properties_for_allocation(db: Database) -> None:
    flow_ids, kinds = db.column("flows", "id"), db.column("flows", "kind")
    named = Counter(zip(db.column("properties", "name"), db.column("properties", "unit"), strict=True))
    assert named["mass", "kg"] == 1033 + 21
    assert named["energy", "MJ"] == 191 + 3
    assert set(db.column("properties", "value")) == {1.0}
    assert FlowKind.ELEMENTARY not in set(kinds[db.column("properties", "flow")])
    assert len(set(flow_ids[db.column("properties", "flow")])) == 1659 + 24


def test_stated_shares_are_those_of_co_products_only(db: Database) -> None:
    processes = db.column("processes", "name")[db.column("allocation", "process")]
    assert {name.partition(";")[0] for name in processes} == {
        "Steel plate",
        "Stainless steel",
        "Steel reinforcement bar",
    }
    assert set(db.column("allocation", "share")) == {0.0}
    assert set(db.column("allocation", "basis")) == {"physical", "causal"}
    incomplete = [f for f in findings_of(db, "allocation_incomplete") if f.detail.startswith("physical")]
    assert len(incomplete) == 3, "no process states a whole set"


def test_spreads_are_in_the_reference_unit(db: Database) -> None:
    kind = db.column("exchanges", "distribution")
    assert Counter(kind[kind != ""]) == {
        DistributionKind.LOGNORMAL: 5130,
        DistributionKind.TRIANGULAR: 385,
        DistributionKind.UNIFORM: 24,
    }
    lognormal = kind == DistributionKind.LOGNORMAL
    amount = db.column("exchanges", "amount")[lognormal]
    np.testing.assert_allclose(db.column("exchanges", "loc")[lognormal], amount, rtol=1e-6)


def test_documentation(db: Database) -> None:
    names = db.column("processes", "name")
    process = db.process(db.column("processes", "id")[list(names).index("Aluminum, primary ingot, at plant")])
    assert process.location == "RNA"
    assert process.valid_from == "2010-01-01"
    assert process.technology
    assert "Geography: " in process.description
    assert process.source in set(db.column("sources", "id"))
    assert "Primary Metal" in process.category
    pedigree = db.column("exchanges", "pedigree")
    assert np.count_nonzero(pedigree != "") == 478
    assert "(2;3;3;1;1)" in set(pedigree)
