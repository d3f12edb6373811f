"""What the reader makes of small packages, one feature at a time, in both schema versions."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import carbonlab.formats.openlca as package
from carbonlab.errors import FormulaError
from carbonlab.formats.openlca import read_openlca
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import findings_of
from carbonlab.inventory.records import Exchange, UnitProcess
from carbonlab.messages import has_message
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system
from carbonlab.vocabulary import CarbonOrigin, Direction, DistributionKind, FlowKind, ProcessKind, Role
from tests.formats.openlca_packages import PackageDraft, steel_package

Read = Callable[[PackageDraft], Database]


@pytest.fixture(params=[1, 2])
def draft(request: pytest.FixtureRequest) -> PackageDraft:
    return steel_package(request.param)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_draft(draft: PackageDraft) -> Database:
        return read_openlca(draft.write_zip(tmp_path / "package.zip"))

    return read_draft


def exchange(process: UnitProcess, flow: str) -> Exchange:
    (found,) = [e for e in process.exchanges if e.flow == flow]
    return found


def codes(db: Database) -> list[str]:
    return [code for code in db.column("findings", "code") if code != "multi_output_without_allocation"]


def test_amounts_come_in_reference_units(draft: PackageDraft, read: Read) -> None:
    process = read(draft).process("steelworks")
    steel, power = exchange(process, "steel"), exchange(process, "power")
    assert (steel.amount, steel.published_amount, steel.published_unit, steel.unit_factor) == (
        2000,
        2,
        "t",
        1000,
    )
    assert power.amount == pytest.approx(1080)
    assert steel.is_reference and not power.is_reference
    assert power.is_input and not steel.is_input


def test_flows_and_directions(draft: PackageDraft, read: Read) -> None:
    db = read(draft)
    assert (db.flow("power").unit, db.flow("power").kind) == ("MJ", FlowKind.PRODUCT)
    assert (db.flow("co2").direction, db.flow("co2").compartment) == (Direction.EMITTED, "air")
    assert (db.flow("ore").direction, db.flow("ore").compartment) == (Direction.TAKEN, "resource/in ground")
    assert db.flow("ore").category == "Elementary flows/resource/in ground"
    assert db.meta.name == "package"
    assert db.meta.origin == f"openLCA JSON-LD schema {draft.version}: package.zip"
    assert codes(db) == ["flow_not_used"]


def test_another_flow_property_is_converted_by_its_factor(draft: PackageDraft, read: Read) -> None:
    """0.5 MJ of net calorific value per kg: 7 kWh of it are 7 × 3.6 / 0.5 kg."""
    draft.process(
        "boiler",
        draft.exchange("power", 1.0, unit="MJ", of="energy"),
        draft.exchange("steel", 7.0, input=True, unit="kWh", of="calorific"),
    )
    steel = exchange(read(draft).process("boiler"), "steel")
    assert steel.amount == pytest.approx(7 * 3.6 / 0.5)
    assert steel.unit_factor == pytest.approx(7.2)


def test_a_reference_property_whose_factor_is_not_one(draft: PackageDraft, read: Read) -> None:
    draft.flow("steel", properties={"mass": 2.0, "calorific": 1.0})
    steel = exchange(read(draft).process("steelworks"), "steel")
    assert steel.amount == 2000, "factors count relative to that of the reference"


def test_properties_for_allocation(draft: PackageDraft, read: Read) -> None:
    draft.units("price", "Market value", {"EUR": 1.0, "ct": 0.01})
    draft.files["flow_properties/price.json"]["flowPropertyType"] = "ECONOMIC_QUANTITY"
    draft.flow("slag", properties={"mass": 1.0, "volume": 0.0004, "price": 0.02, "energy": 3.0})
    db = read(draft)
    flow_ids = db.column("flows", "id")
    found = {
        (flow_ids[flow], name, unit): value
        for flow, name, unit, value in zip(
            *(db.column("properties", column) for column in ("flow", "name", "unit", "value")), strict=True
        )
    }
    assert found == {
        ("power", "energy", "MJ"): 1.0,
        ("slag", "mass", "kg"): 1.0,
        ("slag", "energy", "MJ"): 3.0,
        ("slag", "price", "EUR"): 0.02,
        ("slag", "volume", "m3"): 0.0004,
        ("steel", "mass", "kg"): 1.0,
        ("steel", "energy", "MJ"): 0.5,
    }


def test_costs_of_products_are_their_price_in_the_process(draft: PackageDraft, read: Read) -> None:
    draft.add("currencies", "euro", {"@type": "Currency", "name": "Euro", "code": "EUR"})
    exchanges = draft.files["processes/steelworks.json"]["exchanges"]
    exchanges[0] |= {"costValue": 900.0, "currency": {"@id": "euro"}}
    exchanges[2] |= {"costValue": 50.0, "currency": {"@id": "euro"}}
    db = read(draft)
    price = db.is_word("properties", "name", "price")
    assert db.column("properties", "value")[price] == [0.45], "900 EUR for 2000 kg"
    assert db.column("properties", "unit")[price] == ["EUR"]
    assert db.column("processes", "id")[db.column("properties", "process")[price]] == ["steelworks"]
    (finding,) = findings_of(db, "costs_not_read")
    assert (finding.process, finding.amount) == ("steelworks", 1.0)


def test_waste_is_treated_or_reported(draft: PackageDraft, read: Read) -> None:
    draft.flow("dust", "waste")
    works = draft.files["processes/steelworks.json"]
    works["exchanges"].append(draft.exchange("dust", 5.0))
    (finding,) = findings_of(read(draft), "waste_without_treatment")
    assert (finding.process, finding.flow, finding.amount, finding.unit) == ("steelworks", "dust", 5.0, "kg")
    draft.process("landfill", draft.exchange("dust", 1.0, input=True), draft.exchange("co2", 0.01))
    db = read(draft)
    assert findings_of(db, "waste_without_treatment") == []
    dust = exchange(db.process("landfill"), "dust")
    assert dust.is_input and dust.is_reference and dust.amount == 1.0


def test_avoided_products_are_inputs_on_either_side(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]["exchanges"]
    works.append(draft.exchange("power", 10.0, input=True, unit="MJ", of="energy", avoided=True))
    works.append(draft.exchange("power", 11.0, input=False, unit="MJ", of="energy", avoided=True))
    db = read(draft)
    avoided = [e for e in db.process("steelworks").exchanges if e.is_avoided]
    assert [(e.is_input, e.amount) for e in avoided] == [(True, 10.0), (True, 11.0)]
    assert [f.amount for f in findings_of(db, "avoided_product_as_output")] == [11.0]
    assert findings_of(db, "multi_output_without_allocation") == [], "what is avoided is no co-product"


def test_avoided_waste_is_a_credit(draft: PackageDraft, read: Read) -> None:
    """A road base that takes 0.5 kg of slag off the landfill gets the landfill's burden back."""
    draft.flow("dust", "waste")
    draft.flow("base")
    draft.process("landfill", draft.exchange("dust", 5.0, input=True), draft.exchange("co2", 10.0))
    draft.process(
        "road",
        draft.exchange("base", 1.0),
        draft.exchange("dust", 0.5, avoided=True, defaultProvider={"@id": "landfill"}),
    )
    db = read(draft)
    dust = exchange(db.process("road"), "dust")
    assert (dust.is_input, dust.is_avoided, dust.is_reference, dust.amount) == (True, False, False, 0.5)
    assert [f.process for f in findings_of(db, "avoided_waste")] == ["road"]
    system = build_product_system([db], load_rule_set("default"))
    a, b = system.matrices.A.toarray(), system.matrices.B.toarray()
    demand = np.zeros(len(a))
    demand[system.column_of("road")] = 1.0
    assert (b @ np.linalg.solve(a, demand)).sum() == pytest.approx(-1.0), "−0.5 kg / 5 kg · 10 kg"


def test_an_elementary_flow_on_both_sides_keeps_its_meaning(draft: PackageDraft, read: Read) -> None:
    """An intake under the name of an emission is a negative emission, its spread turned with it."""
    triangle = {
        "distributionType": "TRIANGLE_DISTRIBUTION",
        "minimum": 1.0,
        "mode": 2.0,
        "maximum": 4.0,
    }
    draft.process(
        "forest",
        draft.exchange("steel", 1.0),
        draft.exchange("co2", 2.0, input=True, uncertainty=triangle, unit="t"),
    )
    db = read(draft)
    co2 = exchange(db.process("forest"), "co2")
    assert (co2.is_input, co2.amount, co2.published_amount, co2.unit_factor) == (False, -2000, 2, -1000)
    assert co2.distribution is not None
    assert (co2.distribution.minimum, co2.distribution.loc, co2.distribution.maximum) == (-4000, -2000, -1000)
    (finding,) = findings_of(db, "direction_reversed")
    assert (finding.process, finding.flow, finding.amount) == ("forest", "co2", -2000)
    (flow,) = findings_of(db, "elementary_flow_on_both_sides")
    assert flow.detail == "co2: 1 inputs, 2 outputs; read as emitted"


@pytest.mark.parametrize(
    ("category", "sides", "direction", "compartment"),
    [
        ("Elementary flows/resource/in air", "in", Direction.TAKEN, "resource/in air"),
        ("Elementary flows/Resource/land", "out", Direction.TAKEN, "resource/land"),
        ("Elementary flows/Emission to water/river", "in", Direction.TAKEN, "water/river"),
        ("Elementary flows/Emission to water/river", "in out", Direction.EMITTED, "water/river"),
        ("Elementary flows/emission/air/urban", "in", Direction.EMITTED, "air/urban"),
        ("Elementary flows/Emission to soil/unspecified", "out", Direction.EMITTED, "soil"),
        ("Elementary flows/others", "in", Direction.TAKEN, ""),
        ("Elementary flows/others", "in out", Direction.EMITTED, ""),
    ],
)
def test_direction_and_compartment(
    category: str, sides: str, direction: Direction, compartment: str, read: Read
) -> None:
    draft = steel_package(2)
    draft.flow("x", "elementary", category=category)
    works = draft.files["processes/steelworks.json"]["exchanges"]
    works += [draft.exchange("x", 1.0, input=side == "in") for side in sides.split()]
    db = read(draft)
    assert (db.flow("x").direction, db.flow("x").compartment) == (direction, compartment)
    for e in db.process("steelworks").exchanges:
        if e.flow == "x":
            assert e.is_input == (direction is Direction.TAKEN)
    assert bool(findings_of(db, "compartment_not_known")) == (compartment == "")


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("Carbon dioxide, fossil ", CarbonOrigin.FOSSIL),
        ("Methane, non-fossil", CarbonOrigin.BIOGENIC),
        ("Carbon dioxide, from soil or biomass stock", CarbonOrigin.LAND_USE),
        ("Carbon dioxide, land transformation", CarbonOrigin.LAND_USE),
        ("Carbon dioxide", CarbonOrigin.UNSPECIFIED),
    ],
)
def test_origin_of_carbon(name: str, origin: CarbonOrigin, read: Read) -> None:
    draft = steel_package()
    draft.files["flows/co2.json"]["name"] = name
    assert read(draft).flow("co2").origin is origin


def test_spreads_and_pedigree(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]["exchanges"]
    lognormal = {"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomMean": 300.0, "geomSd": 1.2}
    works[1] |= {"uncertainty": lognormal, "dqEntry": "(1;2;3;2;1)", "baseUncertainty": 1.05}
    works[3] |= {"uncertainty": {"distributionType": "NORMAL_DISTRIBUTION", "mean": 1500.0}}
    db = read(draft)
    power = exchange(db.process("steelworks"), "power")
    assert power.distribution is not None
    assert power.distribution.kind is DistributionKind.LOGNORMAL
    assert (power.distribution.loc, power.distribution.scale) == (pytest.approx(1080), 1.2)
    assert power.pedigree == "(1;2;3;2;1)"
    assert power.provenance.comment == "base uncertainty 1.05"
    assert exchange(db.process("steelworks"), "co2").distribution is None
    (finding,) = findings_of(db, "spread_incomplete")
    assert finding.detail == "co2: sd is missing"


def test_formulas_of_both_scopes(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]
    yes, no = (True, False) if draft.version == 1 else ("TRUE", "FALSE")
    flag = draft.names["input_parameter"]
    works["exchanges"][3]["amountFormula"] = "factor * ore_in * 1000"
    works["parameters"] = [
        {"name": "ore_in ", "value": 3.0, flag: yes},
        {"name": "factor", "formula": "global_factor / 2", flag: no},
    ]
    draft.add("parameters", "p", {"name": "global_factor", "value": 1.0, flag: yes})
    db = read(draft)
    assert findings_of(db, "formula_mismatch") == findings_of(db, "formula_error") == []
    assert exchange(db.process("steelworks"), "co2").formula == "factor * ore_in * 1000"
    (finding,) = findings_of(db, "name_blank_stripped")
    assert finding.detail == "'ore_in '"
    assert list(db.column("parameters", "name")) == ["global_factor", "factor", "ore_in"]
    works["parameters"][0]["value"] = 4.0
    (finding,) = findings_of(read(draft), "formula_mismatch")
    assert "gives 2000, stored is 1500" in finding.detail


def test_an_amount_that_only_a_formula_gives(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]
    works["exchanges"][1] |= {"amount": None, "amountFormula": "2 * 150"}
    power = exchange(read(draft).process("steelworks"), "power")
    assert (power.amount, power.published_amount) == (pytest.approx(1080), pytest.approx(300))
    works["exchanges"][1]["amountFormula"] = "2 * nowhere"
    with pytest.raises(FormulaError, match="nowhere"):
        read(draft)


def test_a_circle_of_parameters_is_a_finding_that_names_it(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]
    flag = draft.names["input_parameter"]
    works["exchanges"][3]["amountFormula"] = "a"
    works["parameters"] = [
        {"name": "a", "formula": "b + 1", flag: False, "value": 1500.0},
        {"name": "b", "formula": "a - 1", flag: False, "value": 1499.0},
    ]
    db = read(draft)
    (finding,) = findings_of(db, "formula_error")
    assert (finding.process, finding.flow, finding.amount) == ("steelworks", "co2", 1500)
    assert "a" in finding.detail and "b" in finding.detail
    assert exchange(db.process("steelworks"), "co2").amount == 1500, "the stored amount counts"


def test_stated_shares(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]
    works["exchanges"].append(draft.exchange("slag", 500.0))
    works["exchanges"][1] |= {"@id": "power-in", "internalId": 7}
    of_power = {"@id": "power-in"} if draft.version == 1 else {"internalId": 7}
    works["defaultAllocationMethod"] = "ECONOMIC_ALLOCATION"
    works["allocationFactors"] = [
        _share("ECONOMIC", "steel", 0.9),
        _share("ECONOMIC", "slag", 0.1),
        _share("CAUSAL", "steel", 1.0, exchange=of_power),
        _share("CAUSAL", "slag", 0.0, exchange=of_power),
        _share("PHYSICAL", "power", 0.5),
        _share("PHYSICAL", "", 0.5),
    ]
    db = read(draft)
    ids = db.column("flows", "id")
    exchange_ids = [*db.column("exchanges", "id"), ""]
    rows = {
        (basis, ids[product], exchange_ids[row]): share
        for basis, product, row, share in zip(
            *(db.column("allocation", name) for name in ("basis", "product", "exchange", "share")),
            strict=True,
        )
    }
    assert rows == {
        ("economic", "steel", ""): 0.9,
        ("economic", "slag", ""): 0.1,
        ("causal", "steel", "steelworks/in/power"): 1.0,
        ("causal", "slag", "steelworks/in/power"): 0.0,
    }
    assert db.process("steelworks").default_basis == "economic"
    unused = {f.detail: f.amount for f in findings_of(db, "allocation_factor_not_used")}
    assert unused == {"it names no product": 1, "its product is no co-product of the process": 1}
    assert findings_of(db, "allocation_incomplete") == []


def test_shares_that_do_not_cover_the_co_products(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]
    works["exchanges"].append(draft.exchange("slag", 500.0))
    works["allocationFactors"] = [_share("PHYSICAL", "slag", 0.2)]
    (finding,) = findings_of(read(draft), "allocation_incomplete")
    assert finding.detail == "physical: 1 of 2 co-products have none, the others sum to 0.2"


def _share(basis: str, product: str, value: float, **more: object) -> dict[str, object]:
    reference = {"product": {"@id": product}} if product else {}
    return {"allocationType": f"{basis}_ALLOCATION", "value": value, **reference, **more}


def test_providers(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]["exchanges"]
    works[1]["defaultProvider"] = {"@id": "power plant"}
    db = read(draft)
    assert exchange(db.process("steelworks"), "power").provider == "power plant"
    assert codes(db) == ["flow_not_used"]
    works[1]["defaultProvider"] = {"@id": "elsewhere"}
    (finding,) = findings_of(read(draft), "provider_not_in_package")
    assert finding.detail == "power: provider elsewhere"
    works[1]["defaultProvider"] = {"@id": "steelworks"}
    (finding,) = findings_of(read(draft), "provider_does_not_supply")
    assert finding.flow == "power"


def test_capital_goods_aggregated_data_and_cut_offs(draft: PackageDraft, read: Read) -> None:
    draft.flow("CUTOFF Crane", **{draft.names["infrastructure_flow"]: True})
    works = draft.files["processes/steelworks.json"]
    works["exchanges"].append(draft.exchange("CUTOFF Crane", 1.0, input=True))
    works |= {"processType": "LCI_RESULT", draft.names["infrastructure_process"]: True}
    db = read(draft)
    assert db.process("steelworks").kind is ProcessKind.AGGREGATED
    assert db.process("steelworks").is_capital_good
    flows, processes = [*db.column("flows", "id"), ""], [*db.column("processes", "id"), ""]
    roles = {
        (role, flows[flow] or processes[process], source)
        for role, flow, process, source in zip(
            *(db.column("roles", name) for name in ("role", "flow", "process", "source")), strict=True
        )
    }
    assert {
        (Role.CAPITAL_GOOD, "steelworks", f"openLCA: {draft.names['infrastructure_process']}"),
        (Role.CAPITAL_GOOD, "CUTOFF Crane", f"openLCA: {draft.names['infrastructure_flow']}"),
        (Role.DECLARED_CUT_OFF, "CUTOFF Crane", "openLCA: name begins with CUTOFF"),
    } <= roles
    assert [f.flow for f in findings_of(db, "input_declared_cut_off")] == ["CUTOFF Crane"]
    assert findings_of(db, "input_without_producer") == []


def test_documentation_locations_and_sources(draft: PackageDraft, read: Read) -> None:
    draft.add("locations", "loc", {"name": "China", "code": "CN"})
    draft.add("sources", "book", {"name": "Book 2020", "textReference": "A. Author, Book", "year": 2020})
    draft.add("sources", "paper", {"name": "Paper", "url": "https://example.org", "year": "2021"})
    draft.files["processes/steelworks.json"] |= {
        "location": {"@id": "loc"},
        "description": "Makes steel.",
        "dqEntry": "(2;1)",
        "dqSystem": {"name": "Pedigree"},
        "category": draft.category("Metals/Steel"),
        "processDocumentation": {
            "validFrom": "2015-01-01T00:00:00+01:00",
            "validUntil": "2019",
            "technologyDescription": "Furnace",
            "geographyDescription": "One country",
            "publication": {"@id": "book"},
            "sources": [{"@id": "book"}, {"@id": "paper"}, {"@id": "lost", "name": "Lost"}],
        },
    }
    db = read(draft)
    process = db.process("steelworks")
    assert (process.location, process.valid_from, process.valid_until) == ("CN", "2015-01-01", "2019")
    assert (process.technology, process.data_quality, process.source) == ("Furnace", "(2;1) Pedigree", "book")
    assert process.category == "Metals/Steel"
    assert process.description == (
        "Makes steel.\n\nGeography: One country\n\nFurther source: Paper\n\nFurther source: Lost"
    )
    assert list(db.column("sources", "citation")) == ["Book 2020: A. Author, Book", "Paper"]
    assert list(db.column("sources", "year")) == ["2020", "2021"]


def test_a_reference_that_is_not_marked_is_taken_if_there_is_only_one(
    draft: PackageDraft, read: Read
) -> None:
    works = draft.files["processes/steelworks.json"]["exchanges"]
    works[0][draft.names["reference"]] = False
    db = read(draft)
    assert exchange(db.process("steelworks"), "steel").is_reference
    (finding,) = findings_of(db, "reference_not_marked")
    assert (finding.process, finding.flow) == ("steelworks", "steel")


def test_exchanges_are_told_apart_whatever_their_order(draft: PackageDraft, read: Read) -> None:
    works = draft.files["processes/steelworks.json"]
    works["exchanges"] += [
        draft.exchange("co2", 7.0, **{"@id": "same"}),
        draft.exchange("co2", 5.0, **{"@id": "same"}),
    ]
    db = read(draft)
    amounts = {e.id: e.amount for e in db.process("steelworks").exchanges if e.flow == "co2"}
    assert amounts == {
        "steelworks/out/co2": 5,
        "steelworks/out/co2/2": 7,
        "steelworks/out/co2/3": 1500,
    }
    assert len(findings_of(db, "exchange_listed_twice")) == 1
    works["exchanges"].reverse()
    assert read(draft).digest == db.digest


def test_zip_folder_and_order_of_files_give_the_same(draft: PackageDraft, tmp_path: Path) -> None:
    at_top = read_openlca(draft.write_zip(tmp_path / "same.zip")).with_meta(origin="")
    backwards = read_openlca(draft.write_zip(tmp_path / "same.zip", reverse=True)).with_meta(origin="")
    nested = read_openlca(draft.write_zip(tmp_path / "same.zip", inside="one folder/")).with_meta(origin="")
    folder = read_openlca(draft.write_folder(tmp_path / "same")).with_meta(origin="")
    shutil.move(tmp_path / "same", tmp_path / "below" / "same")
    folder_in_folder = read_openlca(tmp_path / "below").with_meta(origin="", name="same")
    digests = {db.digest for db in (at_top, backwards, nested, folder, folder_in_folder)}
    assert len(digests) == 1


def test_units_without_unit_groups(read: Read) -> None:
    draft = steel_package(2)
    for name in [n for n in draft.files if n.startswith(("unit_groups", "flow_properties"))]:
        del draft.files[name]
    for name, unit in (("steel", "kg"), ("slag", "kg"), ("power", "MJ"), ("co2", ""), ("ore", "kg")):
        for quantity in draft.files[f"flows/{name}.json"]["flowProperties"]:
            quantity["flowProperty"] |= {"name": quantity["flowProperty"]["@id"], "refUnit": unit}
    db = read(draft)
    assert exchange(db.process("steelworks"), "power").amount == pytest.approx(1080)
    assert {f.detail for f in findings_of(db, "unit_converted_by_name")} == {
        "1 t = 1000 kg",
        "1 g = 0.001 kg",
        "1 kWh = 3.6 MJ",
    }
    (finding,) = findings_of(db, "reference_unit_from_exchanges")
    assert (finding.flow, finding.detail) == ("co2", "every exchange is in kg")


def test_the_version_is_told_by_the_exchanges_where_no_file_states_it(
    draft: PackageDraft, read: Read
) -> None:
    for name in ("context.json", "olca-schema.json"):
        draft.files.pop(name, None)
    assert f"schema {draft.version}:" in read(draft).meta.origin


def test_what_is_not_read_is_counted(draft: PackageDraft, read: Read) -> None:
    draft.add("lcia_methods", "m", {"name": "GWP"})
    draft.add("actors", "a", {"name": "Somebody"})
    draft.add("actors", "b", {"name": "Somebody else"})
    draft.files["LICENSE"] = b"CC BY 4.0\n\nlong text"
    draft.files["__MACOSX/processes/._x.json"] = b"\x00\x05"
    db = read(draft)
    assert [(f.detail, f.amount) for f in findings_of(db, "data_sets_not_read")] == [
        ("actors", 2),
        ("lcia_methods", 1),
    ]
    assert db.meta.licence == "CC BY 4.0"


def test_a_parameter_of_an_impact_method_is_not_read(draft: PackageDraft, read: Read) -> None:
    draft.add("parameters", "p", {"name": "x", "value": 1.0, "parameterScope": "IMPACT_SCOPE"})
    db = read(draft)
    assert db.parameters.num_rows == 0
    assert [f.detail for f in findings_of(db, "parameter_not_read")] == ["x"]


def test_every_code_in_the_source_of_the_reader_has_a_text() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in Path(package.__file__).parent.glob("*.py"))
    patterns = (
        r'"([a-z]+(?:_[a-z]+)+)",\s*Severity\.',
        r'"([a-z]+(?:_[a-z]+)+)" if is_waste',
        r'code="(\w+)"',
        r'_finding\("(\w+)"',
    )
    found = {code for pattern in patterns for code in re.findall(pattern, source)}
    assert len(found) > 30
    assert sorted(code for code in found if not has_message(f"finding.{code}")) == []
