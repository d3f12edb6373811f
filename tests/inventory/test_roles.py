"""Roles by the classification file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from benchmarks.generated import generate_inventory
from carbonlab.errors import FormatError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.classification import load_classification, parse_classification, read_classification
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Flow, RoleAssignment, UnitProcess
from carbonlab.inventory.roles import classify
from carbonlab.vocabulary import CarbonOrigin, Confidence, FlowKind, Role

ELEMENTARY, PRODUCT, WASTE = FlowKind.ELEMENTARY, FlowKind.PRODUCT, FlowKind.WASTE


def _database(*flows: Flow, processes: tuple[UnitProcess, ...] = ()) -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name="roles"))
    builder.flows += flows
    builder.processes += processes
    return builder.build()


def _roles_of_flow(name: str, unit: str, kind: FlowKind = PRODUCT, **values: CarbonOrigin) -> set[str]:
    db = classify(_database(Flow(id="f", name=name, kind=kind, unit=unit, **values)))  # type: ignore[arg-type]
    return set(db.column("roles", "role"))


CASES: list[tuple[str, str, set[Role]]] = [
    ("Electricity, at grid, US, 2008", "kWh", {Role.ELECTRICITY, Role.CBAM_GOOD}),
    ("market for electricity, low voltage", "kWh", {Role.ELECTRICITY}),
    ("电力，中国", "kWh", {Role.ELECTRICITY, Role.CBAM_GOOD}),
    ("CUTOFF Electricity, photovoltaic", "MJ", {Role.ELECTRICITY, Role.CBAM_GOOD, Role.DECLARED_CUT_OFF}),
    ("Electricity meter", "Item(s)", set()),
    ("Chlor-alkali electrolysis, chlorine, at plant", "kg", set()),
    ("Steam, at coated freesheet mill", "MJ", {Role.HEAT}),
    ("蒸汽", "kg", {Role.HEAT}),
    ("Heat pump, 30 kW", "kg", set()),
    ("Wheat straw, at field", "kg", set()),
    ("Natural gas, processed, at plant", "m3", {Role.FUEL}),
    ("Bituminous coal, combusted in industrial boiler", "kg", {Role.FUEL}),
    ("Coal crusher facility; Construction; At underground mine", "Item(s)", {Role.CAPITAL_GOOD}),
    ("Disposal, coal ash, to sanitary landfill", "kg", {Role.WASTE_TREATMENT}),
    ("CUTOFF Monoethanolamine, at plant", "kg", {Role.DECLARED_CUT_OFF}),
    ("Transport, train, diesel powered", "t*km", {Role.TRANSPORT}),
    ("公路运输", "t*km", {Role.TRANSPORT}),
    ("Transport, aircraft, freight", "t*km", {Role.TRANSPORT, Role.AIR_TRANSPORT}),
    ("Compressed air", "m3", set()),
    ("Steel, stainless 304, scrap", "kg", {Role.SCRAP}),
    ("废钢", "kg", {Role.SCRAP}),
    ("CUTOFF Recycling, Aluminum scrap", "kg", {Role.WASTE_TREATMENT, Role.DECLARED_CUT_OFF}),
    (
        "Aluminum, secondary, ingot, from automotive scrap, at plant",
        "kg",
        {Role.CBAM_GOOD, Role.RECYCLED_MATERIAL},
    ),
    ("Sold electricity, from 100 % recycled containerboard", "MJ", {Role.ELECTRICITY, Role.CBAM_GOOD}),
    ("Stainless steel; Manufacture; Production mix; 80% recycled", "kg", {Role.CBAM_GOOD}),
    ("Packaging, unspecified, at plant", "kg", {Role.PACKAGING}),
    ("Pallet, for packaging", "kg", {Role.PACKAGING}),
    ("Filter bags, at plant", "kg", set()),
    ("Bottle; Manufacture; At plant", "Item(s)", set()),
    ("Longwall mining system; Equipment assembly", "Item(s)", {Role.CAPITAL_GOOD}),
    ("Scanner, at plant", "Item(s)", set()),
    ("Ethanol fermentation plant", "Item(s)", {Role.CAPITAL_GOOD}),
    ("Construction waste", "kg", set()),
    ("Chemical factory infrastructure", "unit", {Role.CAPITAL_GOOD}),
    ("Portland cement, at plant", "kg", {Role.CBAM_GOOD}),
    ("水泥熟料", "kg", {Role.CBAM_GOOD}),
    ("Disposal, cement kiln dust, in residual material landfill", "kg", {Role.WASTE_TREATMENT}),
    ("Urea, at regional storehouse", "kg", {Role.CBAM_GOOD}),
    ("Urea formaldehyde resin, neat", "kg", set()),
    ("Phosphorous fertilizer, production mix", "kg", set()),
    ("Nitrogen fertilizer, production mix", "kg", {Role.CBAM_GOOD}),
    ("Aluminum, primary, smelt, at plant", "kg", {Role.CBAM_GOOD}),
    ("Aluminum oxide sealer", "kg", set()),
    ("Hot rolled sheet, steel, at plant", "kg", {Role.CBAM_GOOD}),
    ("Hydrogen, liquid, synthesis gas", "kg", {Role.CBAM_GOOD}),
    ("Hydrogen peroxide, at plant", "kg", set()),
    ("Shopping trip by car", "km", {Role.CONSUMER_TRAVEL}),
    ("Carbon credit, afforestation", "kg", {Role.OFFSET}),
    ("Offset printing, per kg paper", "kg", set()),
    ("核证自愿减排量", "kg", {Role.OFFSET}),
    ("Sawn lumber", "m3", set()),
]


@pytest.mark.parametrize(("name", "unit", "roles"), CASES, ids=[case[0] for case in CASES])
def test_flows_get_the_roles_that_their_names_and_units_show(name: str, unit: str, roles: set[Role]) -> None:
    assert _roles_of_flow(name, unit) == roles


def test_elementary_flows_only_by_lines_that_mean_them() -> None:
    assert _roles_of_flow("Energy, heat", "MJ", ELEMENTARY) == set()
    assert _roles_of_flow("Coal, hard", "kg", ELEMENTARY) == set()
    assert _roles_of_flow("Carbon dioxide, land transformation", "kg", ELEMENTARY) == {Role.LAND_USE_CHANGE}
    assert _roles_of_flow("CO2", "kg", ELEMENTARY, origin=CarbonOrigin.LAND_USE) == {Role.LAND_USE_CHANGE}
    assert _roles_of_flow("Transformation, from forest", "m2", ELEMENTARY) == set()
    assert _roles_of_flow("Residues", "kg", WASTE) == {Role.WASTE_TREATMENT}


def test_processes_by_name_and_by_what_their_supplier_says() -> None:
    names = {
        "Electricity, nuclear, at power plant": {Role.ELECTRICITY},
        "Transport, aircraft, freight": {Role.TRANSPORT, Role.AIR_TRANSPORT},
        "treatment of waste paper, municipal incineration": {Role.WASTE_TREATMENT},
        "road construction": {Role.CAPITAL_GOOD},
        "Wastewater treatment plant; Construction; For coal mine": {Role.CAPITAL_GOOD},
        "clear-cutting, primary forest to arable land": {Role.LAND_USE_CHANGE},
        "Sawmill": set(),
    }
    processes = tuple(UnitProcess(id=name, name=name) for name in names)
    flagged = UnitProcess(id="hall", name="Hall", is_capital_good=True)
    db = classify(_database(processes=(*processes, flagged)))
    found: dict[str, set[str]] = {process.id: set() for process in (*processes, flagged)}
    for row, role in zip(db.column("roles", "process"), db.column("roles", "role"), strict=True):
        found[db.column("processes", "id")[row]].add(role)
    assert found == {**names, "hall": {Role.CAPITAL_GOOD}}
    high = db.is_word("roles", "confidence", Confidence.HIGH)
    assert list(db.column("roles", "source")[high]) == ["classification.toml#capital-flag"]


def test_a_category_counts_where_a_line_asks_for_it() -> None:
    db = _database(
        *(
            Flow(
                id=category,
                name="Truck; Manufacture; At plant",
                kind=PRODUCT,
                unit="Item(s)",
                category=category,
            )
            for category in ("Coal Mining", "Vehicles")
        )
    )
    assert list(classify(db).column("roles", "flow")) == [0]


def test_roles_that_are_there_already_are_kept_and_not_repeated() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="kept"))
    builder.flows.append(Flow(id="e", name="Electricity", kind=PRODUCT, unit="kWh"))
    builder.roles.append(RoleAssignment(subject="flow", id="e", role=Role.ELECTRICITY, source="a person"))
    db = classify(builder.build())
    assert list(zip(db.column("roles", "role"), db.column("roles", "source"), strict=True)) == [
        ("electricity", "a person"),
        ("cbam_good", "classification.toml#cbam-electricity"),
    ]
    assert classify(db).digest == db.digest, "a second time changes nothing"


def test_nothing_to_classify_is_no_error() -> None:
    db = _database(Flow(id="x", name="Sawn lumber", kind=PRODUCT, unit="m3"))
    assert classify(db).digest == db.digest
    assert classify(_database()).roles.num_rows == 0


# -- files of a user
# ----------------------------------------------------------------------------------------------

MINE = """
[units]
logs = ["m3", "fm"]

[[line]]
key = "round-wood"
role = "fuel"
subject = "flow"
name = 'lumber|原木'
unit = ["@logs"]
confidence = "low"
reason = "we burn it"

[[line]]
key = "no-electricity"
role = "electricity"
subject = "flow"
name = '^electricity'
assign = false
"""


def test_lines_of_a_user_come_first_and_may_say_no(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + MINE, encoding="utf-8")
    db = _database(
        Flow(id="x", name="Sawn LUMBER", kind=PRODUCT, unit="m3"),
        Flow(id="y", name="原木", kind=PRODUCT, unit="fm"),
        Flow(id="z", name="Lumber", kind=PRODUCT, unit="kg"),
        Flow(id="e", name="Electricity", kind=PRODUCT, unit="kWh"),
    )
    result = classify(db, [path])
    rows = zip(
        *(result.column("roles", name) for name in ("flow", "role", "source", "confidence")), strict=True
    )
    assert [tuple(row) for row in rows] == [
        (3, "cbam_good", "classification.toml#cbam-electricity", "medium"),
        (0, "fuel", "mine.toml#round-wood", "low"),
        (1, "fuel", "mine.toml#round-wood", "low"),
    ]


LINE = 'key = "k"\nrole = "fuel"\nsubject = "flow"\n'
BAD_FILES: list[tuple[str, str, str]] = [
    ("not TOML", "[[line]\n", r"classification file bad.toml is not valid TOML: .*line 1"),
    ("other table", "[[lines]]\n", r"classification file bad.toml: unknown table 'lines'"),
    ("no list", "[line]\nkey = 1\n", r"bad.toml: line is not a list of tables"),
    ("units", "[units]\nmass = 'kg'\n", r"\[units\] holds something else than lists of units"),
    ("no key", "[[line]]\nrole = 'fuel'\n", r"a line has no key: \{'role': 'fuel'\}"),
    (
        "role",
        '[[line]]\nkey = "k"\nrole = "magic"\nsubject = "flow"\nname = "x"\n',
        r"line 'k' .*role is 'magic'",
    ),
    ("no role", '[[line]]\nkey = "k"\nsubject = "flow"\nname = "x"\n', r"line 'k' .*role is None"),
    ("subject", '[[line]]\nkey = "k"\nrole = "fuel"\nsubject = "both"\n', r"line 'k' .*subject is 'both'"),
    ("unknown entry", f"[[line]]\n{LINE}names = 'x'\n", r"line 'k' .*unknown entry 'names'"),
    ("everything", f"[[line]]\n{LINE}", r"line 'k' .*it would catch everything"),
    ("pattern", f"[[line]]\n{LINE}name = '('\n", r"line 'k' .*name is not a regular expression"),
    ("look-around", f"[[line]]\n{LINE}name = 'a(?=b)'\n", r"line 'k' .*name is not a regular expression"),
    ("text", f"[[line]]\n{LINE}name = 3\n", r"line 'k' .*name is 3"),
    ("kind", f"[[line]]\n{LINE}kind = ['ghost']\n", r"line 'k' .*kind is 'ghost'"),
    ("kind text", f"[[line]]\n{LINE}kind = 'product'\n", r"line 'k' .*kind is 'product'"),
    ("group", f"[[line]]\n{LINE}unit = ['@mass']\n", r"line 'k' .*there is no group of units '@mass'"),
    ("flag", f"[[line]]\n{LINE}capital_good = true\n", r"line 'k' .*capital_good does not apply to a flow"),
    ("assign", f"[[line]]\n{LINE}name = 'x'\nassign = 'no'\n", r"line 'k' .*assign is 'no'"),
    ("confidence", f"[[line]]\n{LINE}name = 'x'\nconfidence = 1\n", r"line 'k' .*confidence is 1"),
    (
        "twice",
        f"[[line]]\n{LINE}name = 'x'\n[[line]]\n{LINE}name = 'y'\n",
        r"line 'k' .*the key is used twice",
    ),
]


@pytest.mark.parametrize(("text", "words"), [bad[1:] for bad in BAD_FILES], ids=[bad[0] for bad in BAD_FILES])
def test_a_bad_classification_file_is_named_by_its_line(text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words) as error:
        parse_classification(text, "bad.toml")
    assert error.value.where.startswith("bad.toml") and error.value.remedy


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        FormatError, match=r"the classification file none.toml cannot be read: .*No such file"
    ):
        read_classification(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(FormatError, match=r"latin.toml cannot be read: 'utf-8' codec"):
        read_classification(tmp_path / "latin.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * 4_000_001)
    with pytest.raises(FormatError, match=r"large.toml is larger than 4000000 bytes"):
        read_classification(tmp_path / "large.toml")


# -- the packaged file
# --------------------------------------------------------------------------------------------


def test_the_packaged_file_covers_the_roles_that_rules_ask_for() -> None:
    lines = load_classification()
    assert {line.role for line in lines} == set(Role)
    assert all(line.reason for line in lines if line.role == Role.CBAM_GOOD and line.assign)


def test_many_names_are_classified() -> None:
    db = generate_inventory(20_000, 60_000)
    classified = classify(db)
    assert classified.roles.num_rows > 1_000


def test_the_us_inventory_is_classified(shared_data: Path) -> None:
    """Counts on names of USLCI FY17.Q4, read straight from its JSON; each was looked through by eye."""
    db = classify(_uslci_names(shared_data / "uslci" / "uslci_fy17q4_olca_jsonld.zip"))
    assert db.flows.num_rows == 4601
    names = db.column("flows", "name")

    def flows_of(role: Role) -> list[str]:
        rows = db.column("roles", "flow")[db.is_word("roles", "role", role)]
        return sorted(names[rows[rows >= 0]])

    assert flows_of(Role.DECLARED_CUT_OFF) == sorted(name for name in names if name.startswith("CUTOFF"))
    is_power = [name for name in names if "lectricity," in name or "old electricity" in name]
    assert set(is_power) <= set(flows_of(Role.ELECTRICITY))
    assert len(flows_of(Role.ELECTRICITY)) == 138
    assert len(flows_of(Role.TRANSPORT)) == 177
    assert flows_of(Role.AIR_TRANSPORT) == [
        "CUTOFF transport, passenger, aircraft ",
        "Transport, aircraft, freight",
    ]
    assert len(flows_of(Role.CAPITAL_GOOD)) == 31
    assert flows_of(Role.OFFSET) == []
    goods = flows_of(Role.CBAM_GOOD)
    for good in (
        "Portland cement, at plant",
        "Aluminum, primary, smelt, at plant",
        "Steel, billets, at plant",
    ):
        assert good in goods
    assert not [good for good in goods if "resin" in good or "peroxide" in good]
    assert [good for good in goods if "scrap" in good] == [
        "Aluminum, secondary, ingot, from automotive scrap, at plant"
    ]


def _uslci_names(path: Path) -> Database:
    """Read flows as a person would: name, kind, unit by the kind of quantity, category."""
    kinds = {"ELEMENTARY_FLOW": ELEMENTARY, "PRODUCT_FLOW": PRODUCT, "WASTE_FLOW": WASTE}
    units = {
        "Mass": "kg",
        "Energy": "MJ",
        "Volume": "m3",
        "Goods transport (mass*distance)": "t*km",
        "Person transport": "p*km",
        "Number of items": "Item(s)",
    }
    flows = []
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.startswith("flows/"):
                node = json.loads(archive.read(member))
                prop = node["flowProperties"][0]["flowProperty"]["name"]
                category = node.get("category", {}).get("name", "")
                flows.append(
                    Flow(
                        id=node["@id"],
                        name=node["name"],
                        kind=kinds[node["flowType"]],
                        unit=units.get(prop, prop),
                        category=category,
                    )
                )
    return _database(*flows)
