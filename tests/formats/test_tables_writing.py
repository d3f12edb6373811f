"""What is written as tables reads as the same database; what tables cannot hold is told or refused."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carbonlab.errors import InventoryError, StoreError
from carbonlab.formats.openlca import read_openlca
from carbonlab.formats.tables import read_tables, write_example, write_tables
from carbonlab.formats.tables.written_amounts import number_before, number_text
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.columns import table_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.points import LISTS, points_text, scaled_points
from carbonlab.inventory.records import (
    AllocationShare,
    DatabaseMeta,
    Distribution,
    Exchange,
    Finding,
    Flow,
    FlowProperty,
    Parameter,
    Provenance,
    RoleAssignment,
    Source,
    StatedFactor,
    UnitProcess,
)
from carbonlab.inventory.roles import classify
from carbonlab.inventory.schema import TABLES
from carbonlab.messages import has_message
from carbonlab.units import conversion_factor
from carbonlab.vocabulary import (
    CarbonOrigin,
    Confidence,
    DataKind,
    Direction,
    DistributionKind,
    FlowKind,
    LifeCycleStage,
    ProcessKind,
    Role,
    ValueKind,
)
from tests.formats.tables_base import BASE, write_base

# -- databases that tables can hold ----------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(str.strip) | st.sampled_from(
    ["", "a;b", 'say "a"', "=1+1", "'=x", "@SUM(A1)", "-5", "-", "a,b", "line\nline", "a\r\nb", "é 钢", "'"]
)
names = texts.map(lambda text: text or "name")
numbers = st.floats(-1e30, 1e30, allow_nan=False)
positive = st.floats(1e-9, 1e9)
years = st.sampled_from(["", "2019", "2015-2019", "2024-03", "2024-Q1", "n.d."])
ids = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=5)


def maybe(kind: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(kind)


@st.composite
def provenances(draw: st.DrawFn, sources: list[str]) -> Provenance:
    kind = draw(st.sampled_from(ValueKind))
    return Provenance(
        value_kind=kind,
        year=draw(years),
        geography=draw(texts),
        source=draw(st.sampled_from(["", *sources])),
        confidence=draw(st.sampled_from(Confidence)),
        comment=draw(names if kind is ValueKind.ASSUMPTION else texts),
    )


@st.composite
def distributions(draw: st.DrawFn, factor: float) -> Distribution | None:
    """Draw a distribution that was published in another unit, as readers convert it."""
    low, middle, high = sorted(draw(st.tuples(positive, positive, positive)))
    kind = draw(maybe(DistributionKind))
    if kind is DistributionKind.LOGNORMAL:
        return Distribution(kind=kind, loc=middle * factor, scale=1 + low)
    if kind is DistributionKind.NORMAL:
        return Distribution(kind=kind, loc=draw(numbers) * factor, scale=low * factor)
    if kind is None or not low < high or low * factor == high * factor:
        return None
    if kind in LISTS:
        values = np.array([low, middle, high])
        weights = np.array([1.0, 0.25, 2.0]) if kind is DistributionKind.DISCRETE else None
        return Distribution(kind=kind, points=scaled_points(points_text(values, weights), factor))
    if kind is DistributionKind.GAMMA:
        return Distribution(kind=kind, loc=high * factor, scale=middle * factor, minimum=low * factor)
    has_mode = kind in (DistributionKind.TRIANGULAR, DistributionKind.BETA_PERT)
    mode = middle * factor if has_mode else math.nan
    return Distribution(kind=kind, loc=mode, minimum=low * factor, maximum=high * factor)


@st.composite
def flows(draw: st.DrawFn, identity: str, kind: FlowKind, unit: str) -> Flow:
    return Flow(
        id=identity,
        name=draw(names),
        kind=kind,
        unit=unit,
        direction=draw(st.sampled_from(Direction)) if kind is FlowKind.ELEMENTARY else None,
        compartment=draw(texts),
        cas=draw(texts),
        formula=draw(texts),
        origin=draw(st.sampled_from(CarbonOrigin)),
        category=draw(texts),
        location=draw(texts),
        synonyms=tuple(draw(st.lists(names, max_size=3))),
        metric=draw(names) if kind is FlowKind.AGGREGATED_CO2E else "",
        comment=draw(texts),
    )


@st.composite
def exchanges(draw: st.DrawFn, flow: Flow, provider: str, is_reference: bool, sources: list[str]) -> Exchange:
    is_input = is_reference and flow.kind is FlowKind.WASTE
    if flow.direction is not None:
        is_input = flow.direction is Direction.TAKEN
    elif not is_reference:
        is_input = draw(st.booleans())
    unit = draw(
        st.sampled_from(["kg", "g", "t", "lb", "sh tn"] if flow.unit == "kg" else ["kWh", "MJ", "GJ"])
    )
    factor = conversion_factor(unit, flow.unit)
    formula = "" if is_reference else draw(st.sampled_from(["", "", "p", "-p / 7", "q * 1e-3"]))
    values = {"p": 3.0, "-p / 7": -3.0 / 7, "q * 1e-3": 6.0 * 1e-3}
    published = values[formula] if formula else draw(positive if is_reference else numbers)
    return Exchange(
        id=draw(st.just("")),
        flow=flow.id,
        is_input=is_input,
        amount=published * factor,
        formula=formula,
        published_amount=published,
        published_unit=unit,
        unit_factor=factor,
        is_reference=is_reference,
        is_avoided=not is_reference and flow.kind is FlowKind.PRODUCT and draw(st.booleans()),
        provider=provider if is_input and not is_reference and flow.kind is FlowKind.PRODUCT else "",
        distribution=draw(distributions(factor)),
        pedigree=draw(texts),
        stage=draw(maybe(LifeCycleStage)),
        year_offset=draw(st.just(math.nan) | st.floats(-50, 50)),
        provenance=draw(provenances(sources)),
    )


@st.composite
def databases(draw: st.DrawFn) -> Database:
    meta = DatabaseMeta(
        name=draw(names),
        version=draw(texts),
        licence=draw(texts),
        description=draw(texts),
        decided_upstream=draw(st.dictionaries(ids, names, max_size=2)),
    )
    builder = DatabaseBuilder(meta)
    sources = draw(st.lists(ids, max_size=2, unique=True))
    builder.sources = [
        Source(id=one, citation=draw(names), year=draw(years), url=draw(texts), licence=draw(texts))
        for one in sources
    ]
    flow_ids = draw(st.lists(ids, min_size=4, max_size=4, unique=True))
    kinds = [FlowKind.PRODUCT, FlowKind.PRODUCT, FlowKind.ELEMENTARY, FlowKind.WASTE]
    units = ["kg", "kWh", "kg", "kg"]
    builder.flows = [draw(flows(*one)) for one in zip(flow_ids, kinds, units, strict=True)]
    process_ids = draw(st.lists(ids, min_size=2, max_size=3, unique=True))
    maker = process_ids[0]
    for number, identity in enumerate(process_ids):
        reference = (
            builder.flows[0] if number == 0 else draw(st.sampled_from([*builder.flows[:2], builder.flows[3]]))
        )
        drawn = [draw(exchanges(reference, "", True, sources))]
        for _ in range(draw(st.integers(0, 3))):
            flow = draw(st.sampled_from(builder.flows))
            provider = draw(st.sampled_from(["", maker])) if flow is builder.flows[0] else ""
            drawn.append(draw(exchanges(flow, provider, False, sources)))
        builder.processes.append(
            UnitProcess(
                id=identity,
                name=draw(names),
                exchanges=tuple(drawn),
                kind=draw(st.sampled_from(ProcessKind)),
                location=draw(texts),
                category=draw(texts),
                valid_from=draw(st.sampled_from(["", "2019", "2019-01-31"])),
                is_capital_good=draw(st.booleans()),
                default_basis=draw(st.sampled_from(["", "mass", "physical"])),
                stage=draw(maybe(LifeCycleStage)),
                under_control=draw(st.none() | st.booleans()),
                data_kind=draw(maybe(DataKind)),
                technology=draw(texts),
                description=draw(texts),
                data_quality=draw(texts),
                source=draw(texts),
            )
        )
    by = provenances(sources)
    builder.parameters = [
        Parameter(
            name="p", amount=3.0, unit=draw(texts), distribution=draw(distributions(1.0)), provenance=draw(by)
        ),
        Parameter(name="q", formula="2 * p", description=draw(texts), provenance=draw(by)),
        Parameter(name="p", amount=3.0, process=maker, provenance=draw(by)),
    ]
    builder.properties = [
        FlowProperty(flow=flow_ids[0], name="mass", value=draw(numbers), unit="kg", provenance=draw(by)),
        FlowProperty(
            flow=flow_ids[1],
            name="price",
            value=draw(numbers),
            unit="EUR 2020",
            process=maker,
            distribution=draw(distributions(1.0)),
        ),
    ]
    builder.allocation = [
        AllocationShare(process=maker, product=flow_ids[0], share=1.0, basis="economic", provenance=draw(by))
    ]
    builder.factors = [
        StatedFactor(
            flow=flow_ids[2],
            metric=draw(names),
            value=draw(numbers),
            distribution=draw(distributions(1.0)),
            provenance=draw(by),
        )
    ]
    builder.roles = [RoleAssignment(subject="process", id=maker, role=Role.HEAT, source=draw(texts))]
    return classify(builder.build())


def comparable(db: Database) -> Database:
    """Return a database without what tables are documented not to hold."""
    return db.with_meta(origin="").with_tables(findings=TABLES["findings"].empty_table())


def assert_same(one: Database, other: Database) -> None:
    one, other = comparable(one), comparable(other)
    if one.digest == other.digest:
        return
    assert one.meta == other.meta
    for name in TABLES:
        for column in TABLES[name].names:
            assert getattr(one, name)[column].to_pylist() == getattr(other, name)[column].to_pylist(), (
                name,
                column,
            )
    assert one.digest == other.digest


@given(databases())
@settings(max_examples=25)
def test_what_is_written_reads_as_the_same(db: Database) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tables"
        assert write_tables(db, path) == ()
        again = read_tables(path)
        assert_same(again, db)
        write_tables(again, Path(folder) / "once more")
        assert read_tables(Path(folder) / "once more").digest == again.digest


printable = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=8).map(str.strip)


@given(text=printable | st.sampled_from(["=1+1", "'=1+1", "-5"]), amount=st.floats(-1e20, 1e20))
@example(text="'=x", amount=0.1 + 0.2)
@settings(max_examples=6)
def test_a_workbook_holds_the_same(text: str, amount: float) -> None:
    db = read_example()
    columns = {name: db.column("flows", name) for name in TABLES["flows"].names}
    columns["comment"][0] = text
    db = db.with_tables(flows=table_of(TABLES["flows"], columns))
    db = db.with_amounts({db.column("exchanges", "id")[2]: amount})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tables.xlsx"
        write_tables(db, path)
        book = openpyxl.load_workbook(path)
        cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
        assert not any(cell.data_type == "f" for cell in cells)
        assert_same(read_tables(path), db)


@cache
def read_example() -> Database:
    with TemporaryDirectory() as folder:
        write_example(Path(folder) / "cup")
        return read_tables(Path(folder) / "cup")


@given(number=st.floats(1e-200, 1e200), factor=st.sampled_from([3.6, 1000.0, 0.001, 907.18474, 1 / 3]))
def test_a_number_before_its_conversion_is_found(number: float, factor: float) -> None:
    product = number * factor
    before = number_before(product, factor)
    assert before * factor == product
    assert len(repr(before)) <= len(repr(number))


@pytest.mark.parametrize(
    ("number", "text"), [(1.0, "1"), (0.1, "0.1"), (-0.0, "-0"), (1e300, "1e+300"), (math.nan, "")]
)
def test_numbers_are_written_short(number: float, text: str) -> None:
    assert number_text(number) == text


# -- how it is written -------------------------------------------------------------------------------


def base(tmp_path: Path) -> Database:
    return read_tables(write_base(tmp_path / "base", BASE))


def test_tables_hold_what_is_needed_and_no_more(tmp_path: Path) -> None:
    write_tables(base(tmp_path), tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == [
        "database.csv", "exchanges.csv", "flows.csv", "processes.csv", "roles.csv",
    ]  # fmt: skip
    lines = (tmp_path / "copy" / "exchanges.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "process,flow,direction,amount,unit,provider,reference"
    assert lines[3] == "mill,steel,output,1,t,,yes"


def test_ids_are_written_where_they_say_more_than_the_row(tmp_path: Path) -> None:
    tables = dict(BASE)
    rows = "mill,power,input,1,kWh,,plant\nmill,power,input,2,kWh,,plant\n"
    tables["exchanges"] = (BASE["exchanges"] + rows).replace("provider\n", "provider,id\n")
    tables["exchanges"] = tables["exchanges"].replace("500,kWh,,plant", "500,kWh,,plant,melting")
    db = read_tables(write_base(tmp_path / "base", tables))
    write_tables(db, tmp_path / "copy")
    written = (tmp_path / "copy" / "exchanges.csv").read_text(encoding="utf-8")
    assert [line.split(",")[-1] for line in written.splitlines()[1:]] == [
        "",
        "",
        "",
        "",
        "melting",
        *[""] * 6,
    ]
    assert_same(read_tables(tmp_path / "copy"), db)


def test_a_text_that_a_spreadsheet_would_run_is_written_with_an_apostrophe(tmp_path: Path) -> None:
    flows_text = BASE["flows"].replace("Steel", "=cmd|'/c calc'!A1")
    db = read_tables(write_base(tmp_path / "base", BASE | {"flows": flows_text}))
    write_tables(db, tmp_path / "copy")
    assert "steel,'=cmd|'/c calc'!A1,product" in (tmp_path / "copy" / "flows.csv").read_text(encoding="utf-8")
    assert_same(read_tables(tmp_path / "copy"), db)


def test_a_foreground_is_written_without_its_background(tmp_path: Path) -> None:
    background = base(tmp_path)
    tables = {
        "flows": "id,name,kind,unit\nknife,Knife,product,item\n",
        "processes": "id,name\nforge,Forge\n",
        "exchanges": "process,flow,direction,amount,unit,reference,provider\n"
        "forge,knife,output,1,item,yes,\nforge,steel,input,100,g,,mill\n",
    }
    db = read_tables(write_base(tmp_path / "fore", tables), attached=[background])
    write_tables(db, tmp_path / "copy")
    assert_same(read_tables(tmp_path / "copy", attached=[background]), db)


# -- what tables cannot hold --------------------------------------------------------------------------


def changed(db: Database, table: str, **values: Any) -> Database:
    """Return a database with other values in the first row of a table."""
    columns = {name: getattr(db, table)[name].to_pylist() for name in TABLES[table].names}
    for name, value in values.items():
        columns[name][0] = value
    return db.with_tables(**{table: table_of(TABLES[table], columns)})


LOST = {
    "tables_without_spread": ("exchanges", {"distribution": "lognormal", "loc": 1.0, "scale": 0.3}),
    "tables_without_published_unit": ("exchanges", {"published_amount": 2.0, "unit_factor": 0.5}),
    "tables_without_year": ("exchanges", {"year": "9999"}),
}


@pytest.mark.parametrize("code", sorted(LOST))
def test_what_is_left_out_is_told(code: str, tmp_path: Path) -> None:
    table, values = LOST[code]
    db = changed(base(tmp_path), table, **values)
    (finding,) = write_tables(db, tmp_path / "copy")
    assert (finding.code, finding.process, finding.flow) == (code, "plant", "power")
    assert finding.detail
    assert has_message(f"finding.{code}")
    again = read_tables(tmp_path / "copy")
    assert again.column("exchanges", "amount").tolist() == db.column("exchanges", "amount").tolist()


def test_shares_that_do_not_sum_to_one_are_left_out_and_told(tmp_path: Path) -> None:
    text = "process,product,share,basis\nmill,steel,0.9,economic\nmill,slag,0.1,economic\nmill,steel,1,physical\n"
    db = read_tables(write_base(tmp_path / "base", BASE | {"allocation": text}))
    (finding,) = write_tables(changed(db, "allocation", share=0.5), tmp_path / "copy")
    assert finding.code == "tables_without_share"
    assert "2 shares on the basis economic sum to 0.6" in finding.detail
    assert has_message("finding.tables_without_share")
    assert read_tables(tmp_path / "copy").column("allocation", "share").tolist() == [1.0]


def test_findings_of_the_import_are_not_written_and_told(tmp_path: Path) -> None:
    db = base(tmp_path)
    builder = DatabaseBuilder(db.meta)
    builder.findings = [Finding(code="input_left_out")]
    db = db.with_tables(findings=builder.build().findings)
    (finding,) = write_tables(db, tmp_path / "copy")
    assert (finding.code, finding.detail) == ("tables_without_findings", "1 findings")
    assert has_message("finding.tables_without_findings")
    assert_same(read_tables(tmp_path / "copy"), db)


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        ("exchanges", {"amount": math.inf, "published_amount": math.inf}, "'inf' is not a finite number"),
        ("exchanges", {"amount": math.nan, "published_amount": math.nan}, "neither an amount nor a formula"),
        ("exchanges", {"is_reference": False}, "the process 'plant' has no reference flow"),
        ("exchanges", {"formula": "2 * nothing"}, "the name 'nothing' is unknown"),
        ("flows", {"direction": "taken"}, "the elementary flow 'co2' is taken, but the row says output"),
        ("flows", {"id": "co2\u0000"}, "holds control characters"),
        ("processes", {"name": ""}, "the cell is empty"),
    ],
)
def test_what_could_not_be_read_is_not_written(
    table: str, values: dict[str, Any], words: str, tmp_path: Path
) -> None:
    db = changed(base(tmp_path), table, **values)
    with pytest.raises(InventoryError, match="cannot be written as tables") as raised:
        write_tables(db, tmp_path / "copy")
    assert words in str(raised.value)
    assert "nothing was written" in raised.value.why
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base"]


def test_control_characters_do_not_fit_a_workbook(tmp_path: Path) -> None:
    db = changed(base(tmp_path), "flows", comment="bell \u0007")
    with pytest.raises(InventoryError, match="a workbook cannot hold the control characters of"):
        write_tables(db, tmp_path / "copy.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base"]
    write_tables(db, tmp_path / "copy")
    assert read_tables(tmp_path / "copy").flow("co2").comment == "bell \u0007"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    db = base(tmp_path)
    with pytest.raises(StoreError, match="exists already"):
        write_tables(db, tmp_path / "base")
    (tmp_path / "copy.xlsx").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        write_tables(db, tmp_path / "copy.xlsx")
    assert (tmp_path / "copy.xlsx").read_text() == "mine"


@pytest.mark.slow
def test_the_us_inventory_goes_through_tables(shared_data: Path, tmp_path: Path) -> None:
    db = read_openlca(shared_data / "uslci" / "uslci_fy17q4_olca_jsonld.zip")
    findings = write_tables(db, tmp_path / "copy")
    again = read_tables(tmp_path / "copy")
    for table, column in [
        ("exchanges", "id"),
        ("exchanges", "amount"),
        ("parameters", "amount"),
        ("flows", "name"),
    ]:
        np.testing.assert_array_equal(again.column(table, column), db.column(table, column))
    counts = Counter(finding.code for finding in findings)
    assert counts["tables_without_spread"] == 4811 + 27  # geometric deviations below 1, reversed triangles
    kept = again.column("exchanges", "distribution") != ""
    assert np.count_nonzero(db.column("exchanges", "distribution") != "") - np.count_nonzero(kept) == 4838
