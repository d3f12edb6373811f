"""Other published openLCA packages: schema 2 written by a script, and small exports of schema 1.1."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from carbonlab.formats.openlca import read_openlca
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import findings_of
from carbonlab.inventory.parameters import ParameterTable
from carbonlab.vocabulary import FlowKind

INSIDE = "brightway-lca+brightway2-io/tests/fixtures/json-ld"


@pytest.fixture(scope="module")
def transport(shared_data: Path) -> Database:
    return read_openlca(shared_data / "uslci/flcac_uslci-transport_jsonld2.zip")


def test_transport_of_schema_2(transport: Database) -> None:
    assert transport.processes.num_rows == 41
    assert transport.flows.num_rows == 8
    assert transport.exchanges.num_rows == 238
    assert transport.parameters.num_rows == 591
    assert np.count_nonzero(transport.column("exchanges", "formula") != "") == 197
    assert np.count_nonzero(transport.column("parameters", "formula") != "") == 197
    assert set(transport.column("processes", "default_basis")) == {"physical"}
    assert set(transport.column("processes", "location")) == {"US"}, "its description is NaN in the file"
    assert transport.meta.origin.startswith("openLCA JSON-LD schema 2:")
    codes = Counter(transport.column("findings", "code"))
    assert codes == {
        "provider_not_in_package": 197,
        "unit_converted_by_name": 197,
        "data_sets_not_read": 2,
        "reference_unit_from_exchanges": 1,
        "several_producers": 1,
    }


def test_transport_formulas_on_two_levels_give_the_stored_amounts(transport: Database) -> None:
    table = ParameterTable.of(transport)
    stored = transport.column("exchanges", "amount")[table.exchange_rows]
    assert len(table.exchange_rows) == 197
    np.testing.assert_allclose(table.evaluate(rows=table.exchange_rows), stored, rtol=1e-6, atol=0)


def test_transport_amounts_against_the_file(transport: Database, shared_data: Path) -> None:
    """Kilogram kilometers become tonne kilometers; kilograms stay."""
    factors = {"kg*km": 0.001, "kg": 1.0}
    with zipfile.ZipFile(shared_data / "uslci/flcac_uslci-transport_jsonld2.zip") as archive:
        names = [name for name in archive.namelist() if "/processes/" in name and name.endswith(".json")]
        files = [json.loads(archive.read(name)) for name in names]
    for content in files:
        expected = sorted(
            (e["flow"]["@id"], e["isInput"], e["amount"] * factors[e["unit"]["name"]])
            for e in content["exchanges"]
        )
        process = transport.process(content["@id"])
        read = sorted((e.flow, e.is_input, e.amount) for e in process.exchanges)
        assert [r[:2] for r in read] == [e[:2] for e in expected]
        assert [r[2] for r in read] == pytest.approx([e[2] for e in expected], rel=1e-12)
        assert all(e.provider for e in process.exchanges if e.is_input)


@pytest.fixture(scope="module")
def small(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of small packages, taken out of the collection that they come in."""
    target = tmp_path_factory.mktemp("fixtures")
    with zipfile.ZipFile(shared_data / "fixtures/importer_fixtures.zip") as archive:
        names = [name for name in archive.namelist() if INSIDE in name and not name.endswith("/")]
        for name in names:
            file = target / name.partition(f"{INSIDE}/")[2]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))
    return target


def test_cattle(small: Path) -> None:
    db = read_openlca(small / "beef-cattle-finishing")
    assert (db.processes.num_rows, db.flows.num_rows, db.exchanges.num_rows) == (8, 48, 105)
    (finding,) = findings_of(db, "reference_not_marked")
    hay = db.process(finding.process)
    assert hay.name.startswith("alfalfa hay production")
    assert [(e.amount, e.published_unit) for e in hay.exchanges if e.is_reference] == [(8_093_000, "t")]
    assert "US-NE" in set(db.column("processes", "location"))
    assert np.count_nonzero(db.column("exchanges", "provider") != "") == 5


def test_wood_with_stated_shares(small: Path) -> None:
    """Causal factors that sum to 2, 3 and 4 stand in a published file: kept as they are, and reported."""
    db = read_openlca(small / "US-FPL")
    assert (db.processes.num_rows, db.flows.num_rows, db.exchanges.num_rows) == (4, 23, 31)
    assert Counter(db.column("flows", "kind")) == {FlowKind.PRODUCT: 22, FlowKind.WASTE: 1}
    assert db.allocation.num_rows == 34
    assert Counter(db.column("processes", "default_basis")) == {"causal": 2, "physical": 1, "": 1}
    sums = {f.detail for f in findings_of(db, "allocation_incomplete") if f.detail.startswith("causal")}
    assert "causal: 0 of 2 co-products have none, the others sum to 4" in sums
