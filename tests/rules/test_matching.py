"""Which gas a flow is, into which component it goes, with which sign, and what is told about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import InventoryError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Exchange, Finding, Flow, StatedFactor, UnitProcess
from carbonlab.messages import has_message
from carbonlab.rules.factors import (
    COMPONENTS,
    GASES,
    ORIGINS,
    Coverage,
    coverage,
    flow_factors,
    load_factor_set,
    load_gases,
    looks_like_climate_gas,
    match_flows,
)
from carbonlab.rules.factors.names import normalize_name, read_name
from carbonlab.vocabulary import CarbonOrigin, Component, Direction, FlowKind, Severity

AR6 = load_factor_set("AR6")


def flow(name: str, **values: object) -> Flow:
    defaults: dict[str, object] = {
        "id": values.pop("id", name),
        "kind": FlowKind.ELEMENTARY,
        "unit": "kg",
        "direction": Direction.EMITTED,
        "compartment": "air",
    }
    return Flow(name=name, **{**defaults, **values})  # type: ignore[arg-type]


def database(*flows: Flow, factors: Sequence[StatedFactor] = (), amount: float = 2.0) -> Database:
    """Return a database with one process that has every flow once."""
    builder = DatabaseBuilder(DatabaseMeta(name="small"))
    builder.flows.extend([*flows, Flow(id="product", name="product", kind=FlowKind.PRODUCT, unit="kg")])
    exchanges = [
        Exchange(flow=f.id, is_input=f.direction is Direction.TAKEN, amount=amount) for f in builder.flows
    ]
    builder.processes.append(UnitProcess(id="p", name="p", exchanges=tuple(exchanges)))
    builder.factors.extend(factors)
    return builder.build()


def seen(one: Flow) -> tuple[str, str, float, str]:
    """Return gas, component, sign and way of a flow alone in a database."""
    match = match_flows(database(one))
    if not match.is_matched[0]:
        return "", "", float(match.sign[0]), match.how(0)
    return GASES[match.gas[0]], COMPONENTS[match.component[0]].value, float(match.sign[0]), match.how(0)


def covered(*flows: Flow, factors: Sequence[StatedFactor] = (), vintage: str = "AR6") -> Coverage:
    db = database(*flows, factors=factors)
    return coverage(db, match_flows(db), load_factor_set(vintage))


def only(findings: Sequence[Finding], code: str) -> Finding:
    found = [finding for finding in findings if finding.code == code]
    assert len(found) == 1, findings
    return found[0]


# -- names, as inventories write them ----------------------------------------------------------------------

EMITTED = [
    # name, gas, component, way
    ("Carbon dioxide, fossil ", "CO2", "fossil", "name"),
    ("carbon dioxide (fossil)", "CO2", "fossil", "name"),
    ("Carbon dioxide [Inorganic emissions to air]", "CO2", "fossil", "name"),
    ("Carbon dioxide, biogenic", "CO2", "biogenic_emission", "name"),
    ("Carbon dioxide, non-fossil", "CO2", "biogenic_emission", "name"),
    ("carbon dioxide (biogenic)", "CO2", "biogenic_emission", "name"),
    ("Biogenic CO2", "CO2", "biogenic_emission", "synonym"),
    ("CO₂, fossil", "CO2", "fossil", "synonym"),
    ("Carbon dioxide, land transformation", "CO2", "land_use_change", "name"),
    ("Carbon dioxide, from soil or biomass stock", "CO2", "land_use_change", "name"),
    ("carbon dioxide (land use change)", "CO2", "land_use_change", "name"),
    ("CO2", "CO2", "fossil", "synonym"),
    ("Methane, fossil", "CH4", "fossil", "name"),
    ("methane (fossil)", "CH4", "fossil", "name"),
    ("Fossil methane", "CH4", "fossil", "name"),
    ("Methane, non-fossil", "CH4", "biogenic_emission", "name"),
    ("Methane, biogenic", "CH4", "biogenic_emission", "name"),
    ("methane (land use change)", "CH4", "land_use_change", "name"),
    ("Methane, from soil or biomass stock", "CH4", "land_use_change", "name"),
    ("Methane [Organic emissions to air]", "CH4", "fossil", "name"),
    ("Dinitrogen monoxide", "N2O", "fossil", "name"),
    ("Nitrous oxide (laughing gas) [Inorganic emissions to air]", "N2O", "fossil", "name"),
    ("Nitrous oxide (N2O)", "N2O", "fossil", "name"),
    ("Methane, tetrafluoro-, R-14", "CF4", "fossil", "name"),
    ("Methane, tetrafluoro-, CFC-14", "CF4", "fossil", "name"),
    ("Methane, tetrafluoro-, FC-14", "CF4", "fossil", "name"),
    ("tetrafluoromethane", "CF4", "fossil", "name"),
    ("PFC-14", "CF4", "fossil", "name"),
    ("R14", "CF4", "fossil", "refrigerant number"),
    ("Ethane, hexafluoro-, HFC-116", "C2F6", "fossil", "name"),
    ("Ethane, 1,1,1,2-tetrafluoro-, HFC-134a", "HFC134a", "fossil", "name"),
    ("HFC-134a", "HFC134a", "fossil", "name"),
    ("R 134a (1,1,1,2-tetrafluoroethane)", "HFC134a", "fossil", "name"),
    ("Ethane, 1,1-difluoro-, HFC-152a", "HFC152a", "fossil", "name"),
    ("Ethane, 1,1,1-trifluoro-, HFC-143a", "HFC143a", "fossil", "name"),
    ("Ethane, trifluoro-, HFC-143", "HFC143", "fossil", "refrigerant number"),
    ("Ethane, 1-chloro-1,1-difluoro-, HCFC-142b", "HCFC142b", "fossil", "name"),
    ("Ethane, 1,1-dichloro-1-fluoro-, HCFC-141b", "HCFC141b", "fossil", "name"),
    ("Ethane, 2,2-dichloro-1,1,1-trifluoro-, HCFC-123", "HCFC123", "fossil", "name"),
    ("Ethane, 1,1,1-trifluoro-2,2-dichloro-, HCFC-123", "HCFC123", "fossil", "synonym"),
    ("Ethane, 2-chloro-1,1,1,2-tetra-fluoro-, HCFC-124", "HCFC124", "fossil", "refrigerant number"),
    ("Ethane, chloropentafluoro-, CFC-115", "CFC115", "fossil", "name"),
    ("Ethane, 1,1,2-trichloro-1,2,2-trifluoro-, CFC-113", "CFC113", "fossil", "name"),
    ("Ethane, 1,1,1-trichloro-, HCFC-140", "CH3CCl3", "fossil", "name"),
    ("Methane, tetrachloro-, CFC-10", "CCl4", "fossil", "name"),
    ("Methane, tetrachloro-, R-10", "CCl4", "fossil", "name"),
    ("Methane, monochloro-, R-40", "CH3Cl", "fossil", "synonym"),
    ("Methane, dichloro, HCC-30", "CH2Cl2", "fossil", "name"),
    ("Methane, difluromonochloro-, HCFC-22", "HCFC22", "fossil", "refrigerant number"),
    ("Methane, bromotrifluoro-, Halon 1301", "Halon1301", "fossil", "name"),
    ("Halon-1211", "Halon1211", "fossil", "refrigerant number"),
    ("Ethane, 1,2-dibromotetrafluoro-, Halon 2402", "Halon2402", "fossil", "synonym"),
    ("1,1,1,3,3-Pentafluoropropane, HFC-245fa", "HFC245fa", "fossil", "name"),
    ("HFC-43-10mee", "HFC4310mee", "fossil", "name"),
    ("PFC-31-10", "C4F10", "fossil", "name"),
    ("PFC-3-1-10", "C4F10", "fossil", "refrigerant number"),
    ("PFC-C-318", "cC4F8", "fossil", "synonym"),
    ("RC318", "cC4F8", "fossil", "refrigerant number"),
    ("HFO-1234ze(E)", "HFO1234zeE", "fossil", "name"),
    ("Perfluoropentane", "C5F12", "fossil", "name"),
    ("Sulphur hexafluoride", "SF6", "fossil", "name"),
    ("Nitrogen fluoride", "NF3", "fossil", "name"),
    ("Ethene, tetrachloro-", "C2Cl4", "fossil", "name"),
    ("CHLOROFORM ", "CHCl3", "fossil", "name"),
    ("n-butane", "C4H10", "fossil", "name"),
]


@pytest.mark.parametrize(("name", "gas", "component", "way"), EMITTED)
def test_emissions_by_name(name: str, gas: str, component: str, way: str) -> None:
    assert seen(flow(name)) == (gas, component, 1.0, way)


@pytest.mark.parametrize(
    "name",
    [
        "Carbon monoxide, fossil",
        "Carbon",
        "Nitrogen oxides",
        "Hydrogen",
        "NMVOC, non-methane volatile organic compounds, unspecified origin",
        "Hydrocarbons (other than methane)",
        "4,4'-Diisocyanatodiphenylmethane",
        "Methanesulfonic acid",
        "Trifluralin",
        "Benzo(b)fluoranthene",
        "Hydrogen fluoride",
        "Silicon tetrafluoride",
        "Ethane, 1,1,2-trichloro-",
    ],
)
def test_what_is_no_climate_gas_is_neither_matched_nor_told(name: str) -> None:
    assert seen(flow(name))[0] == ""
    assert covered(flow(name)).findings == ()


def test_every_name_of_the_list_finds_its_own_gas() -> None:
    for gas in load_gases():
        for name in (*gas.names, *gas.synonyms):
            assert seen(flow(name))[0] == gas.key, name


@given(
    st.sampled_from([name for gas in load_gases() for name in gas.names]),
    st.sampled_from([str.upper, str.lower, str.title, lambda text: f"  {text} ", lambda text: text + ","]),
)
def test_case_blanks_and_last_commas_do_not_count(name: str, change: object) -> None:
    assert read_name(change(name)).substances[:1] == (normalize_name(name),)  # type: ignore[operator]


def test_no_name_belongs_to_two_gases() -> None:
    owner: dict[str, str] = {}
    for gas in load_gases():
        words = {normalize_name(name) for name in (*gas.names, *gas.synonyms)}
        words |= (
            {f"number {n}" for n in gas.refrigerants} | {f"halon number {n}" for n in gas.halons} | {gas.cas}
        )
        for word in words - {""}:
            assert owner.setdefault(word, gas.key) == gas.key, word


# -- other ways, and their order ---------------------------------------------------------------------------


def test_a_uuid_of_a_public_list_goes_before_the_rest() -> None:
    methane = "aab83476-ec6c-3742-af85-15d320b7ce80"  # Federal Elementary Flow List, emission/air
    assert seen(flow("gas 17", id=methane.upper())) == ("CH4", "fossil", 1.0, "uuid")


def test_a_cas_number_goes_before_the_name() -> None:
    one = flow("Methane, trifluoro-, HFC-23", cas="000075-73-0")
    assert seen(one) == ("CF4", "fossil", 1.0, "cas")
    finding = only(covered(one).findings, "gas_contradiction")
    assert "it has the cas of CF4 but the name of HFC23" in finding.detail
    assert "the refrigerant number of HFC23; CF4 is used" in finding.detail


def test_a_synonym_of_the_database_counts() -> None:
    assert seen(flow("Gas X", synonyms=("unknown", "Sulfur hexafluoride"))) == (
        "SF6",
        "fossil",
        1.0,
        "synonym",
    )


def test_a_structure_and_a_number_that_disagree_are_told() -> None:
    """The US LCI database calls HCFC-123a by its structure and by the number of HCFC-123."""
    one = flow("Ethane, 1,2-dichloro-1,1,2-trifluoro-, HCFC-123")
    assert seen(one)[0] == "HCFC123a"
    assert (
        "HCFC123a but the refrigerant number of HCFC123"
        in only(covered(one).findings, "gas_contradiction").detail
    )


def test_matches_are_counted_by_way_in_the_list_and_in_use() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="small"))
    builder.flows.extend([flow("Methane, fossil"), flow("CO2, fossil"), flow("x", cas="2551-62-4")])
    builder.processes.append(
        UnitProcess(id="p", name="p", exchanges=(Exchange(flow="x", is_input=False, amount=1.0),))
    )
    db = builder.build()
    result = coverage(db, match_flows(db), AR6)
    assert result.matched == {"cas": 1, "name": 1, "synonym": 1}
    assert result.in_use == {"cas": 1}


# -- components, signs, compartments -----------------------------------------------------------------------

TAKEN = Direction.TAKEN


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (flow("Carbon dioxide, in air", direction=TAKEN, compartment="resource/biotic"), "biogenic_uptake"),
        (flow("Carbon dioxide, in air", direction=TAKEN, compartment="resource/in air"), "biogenic_uptake"),
        (flow("Carbon dioxide", direction=TAKEN, compartment="resource/in air"), "biogenic_uptake"),
        (flow("carbon dioxide (biogenic)", direction=TAKEN, compartment=""), "biogenic_uptake"),
        (flow("Carbon dioxide, in air", direction=None, compartment=""), "biogenic_uptake"),
        (
            flow("Carbon dioxide", direction=TAKEN, compartment="air", origin=CarbonOrigin.LAND_USE),
            "land_use_change",
        ),
        (flow("Carbon dioxide, to soil or biomass stock", compartment="soil/forestry"), "land_use_change"),
    ],
)
def test_what_is_taken_from_the_air_counts_negative(one: Flow, expected: str) -> None:
    assert seen(one)[:3] == ("CO2", expected, -1.0)
    assert covered(one).findings == ()
    db = database(one)
    assert flow_factors(db, match_flows(db), AR6).values[0] == -1.0


def test_biogenic_carbon_that_comes_back_sums_to_zero() -> None:
    """ISO 14067 6.5.2: −1 for uptake, +1 for release, over a life cycle nothing."""
    taken = flow("Carbon dioxide, in air", direction=TAKEN, compartment="resource/in air")
    db = database(taken, flow("Carbon dioxide, biogenic"))
    factors = flow_factors(db, match_flows(db), AR6)
    assert factors.values[:2].tolist() == [-1.0, 1.0]
    assert factors.values_of(Component.BIOGENIC_UPTAKE)[:2].tolist() == [-1.0, 0.0]
    assert factors.values_of(Component.BIOGENIC_EMISSION)[:2].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("compartment", "is_counted"),
    [
        ("Elementary flows/Emission to air/unspecified", True),
        ("emission/air/troposphere/rural/ground-level", True),
        ("Emissions to lower stratosphere and upper troposphere", True),
        ("Elementary Flows", True),
        ("", True),
        ("water/river", False),
        ("Emission to freshwater", False),
        ("soil/agricultural", False),
        ("deposited waste", False),
    ],
)
def test_emissions_count_where_they_reach_the_air(compartment: str, is_counted: bool) -> None:
    one = flow("Chloroform", compartment=compartment, category="")
    assert (seen(one)[0] == "CHCl3") is is_counted
    left_out = [f for f in covered(one).findings if f.code == "climate_flow_excluded"]
    assert bool(left_out) is not is_counted
    assert all(f.severity is Severity.INFO and f.amount == 2.0 for f in left_out)


def test_the_category_stands_in_for_a_compartment_that_is_missing() -> None:
    assert seen(flow("Methane, fossil", compartment="", category="Emissions to water"))[0] == ""


def test_methane_in_the_ground_is_a_resource_and_no_matter_of_the_climate() -> None:
    one = flow("Methane", direction=TAKEN, compartment="resource/in ground", unit="MJ")
    assert seen(one)[0] == ""
    assert covered(one).findings == ()


def test_carbon_dioxide_from_the_ground_is_no_uptake() -> None:
    one = flow("Carbon dioxide", direction=TAKEN, compartment="resource/in ground")
    assert seen(one)[0] == ""
    finding = only(covered(one).findings, "climate_flow_excluded")
    assert "not taken from the air but from ground or waste" in finding.detail


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (flow("Carbon dioxide, fossil", direction=TAKEN), "is said to be fossil"),
        (flow("Carbon dioxide, in air"), "that it is taken from the air, the database that it is emitted"),
        (flow("Dinitrogen monoxide, as N"), "the mass of one element, not of the gas"),
        (flow("n butane, kg C"), "the mass of one element, not of the gas"),
    ],
)
def test_what_contradicts_itself_is_not_counted_but_told(one: Flow, words: str) -> None:
    assert seen(one)[0] == ""
    finding = only(covered(one).findings, "climate_flow_without_factor")
    assert words in finding.detail
    assert (finding.amount, finding.unit, finding.flow) == (2.0, "kg", one.id)


# -- origin of carbon --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Carbon dioxide", "Methane"])
def test_unstated_origin_counts_as_fossil_with_a_finding(name: str) -> None:
    finding = only(covered(flow(name)).findings, "origin_unspecified")
    assert (finding.amount, finding.unit) == (2.0, "kg")
    assert "counted as fossil (1 exchanges)" in finding.detail
    assert covered(flow("Dinitrogen monoxide")).findings == ()


@pytest.mark.parametrize(
    ("origin", "component", "value"),
    [
        (CarbonOrigin.FOSSIL, "fossil", 29.8),
        (CarbonOrigin.BIOGENIC, "biogenic_emission", 27.0),
        (CarbonOrigin.LAND_USE, "land_use_change", 29.8),
    ],
)
def test_a_stated_origin_needs_no_name(origin: CarbonOrigin, component: str, value: float) -> None:
    one = flow("Methane", origin=origin)
    assert seen(one)[1] == component
    assert covered(one).findings == ()
    db = database(one)
    match = match_flows(db)
    assert ORIGINS[match.origin[0]] is origin
    assert flow_factors(db, match, AR6).values[0] == value


def test_a_statement_goes_before_the_name_and_the_contradiction_is_told() -> None:
    one = flow("Methane, fossil", origin=CarbonOrigin.BIOGENIC)
    assert seen(one)[1] == "biogenic_emission"
    finding = only(covered(one).findings, "origin_contradiction")
    assert "the database states biogenic, the name says fossil" in finding.detail


# -- units -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "kilograms"), [("kg", 1.0), ("g", 1e-3), ("t", 1000.0), ("lb", 0.45359237)])
def test_factors_are_per_unit_of_the_flow(unit: str, kilograms: float) -> None:
    db = database(flow("Sulfur hexafluoride", unit=unit))
    match = match_flows(db)
    assert match.kg_per_unit[0] == pytest.approx(kilograms, rel=1e-15)
    assert flow_factors(db, match, AR6).values[0] == pytest.approx(25200 * kilograms, rel=1e-15)


def test_carbon_dioxide_may_be_measured_in_kilograms_of_carbon_dioxide() -> None:
    assert seen(flow("Carbon dioxide, fossil", unit="kg CO2"))[0] == "CO2"


@pytest.mark.parametrize("unit", ["m3", "MJ", "mol", "kg CO2e", "kg C"])
def test_a_gas_that_is_not_measured_by_mass_is_not_counted_but_told(unit: str) -> None:
    one = flow("Methane, fossil", unit=unit)
    assert seen(one)[0] == ""
    finding = only(covered(one).findings, "climate_flow_unit")
    assert f"CH4 is measured in '{unit}', which is no unit of mass" in finding.detail
    assert (finding.amount, finding.unit) == (2.0, unit)


# -- flows that arrive characterized -----------------------------------------------------------------------


def aggregated(**values: object) -> Flow:
    defaults: dict[str, object] = {
        "kind": FlowKind.AGGREGATED_CO2E,
        "unit": "kg CO2e",
        "direction": None,
        "compartment": "",
        "metric": "GWP100 AR6",
    }
    return flow("Footprint of a supplier", **{**defaults, **values})


@pytest.mark.parametrize(
    ("unit", "value"), [("kg CO2e", 1.0), ("g CO2e", 1e-3), ("t CO2e", 1000.0), ("kg", 1.0)]
)
def test_aggregated_flows_have_factor_one_under_every_set(unit: str, value: float) -> None:
    db = database(aggregated(unit=unit))
    match = match_flows(db)
    assert (GASES[match.gas[0]], match.how(0)) == ("co2e", "already characterized")
    for vintage in ("SAR", "AR5", "AR6"):
        factors = flow_factors(db, match, load_factor_set(vintage))
        assert factors.values[0] == pytest.approx(value, rel=1e-15)
        assert COMPONENTS[factors.component[0]] is Component.AGGREGATED


def test_aggregated_flows_of_another_metric_are_told() -> None:
    assert covered(aggregated()).findings == ()
    other = only(covered(aggregated(), vintage="AR5").findings, "aggregated_metric_differs")
    assert "is in GWP100 AR6 and cannot be converted to AR5 GWP100" in other.detail
    silent = only(covered(aggregated(metric="")).findings, "aggregated_metric_differs")
    assert "does not say its metric and vintage" in silent.detail


# -- factors that the database states ----------------------------------------------------------------------


def stated(subject: str, value: float, metric: str = "GWP100") -> StatedFactor:
    return StatedFactor(flow=subject, metric=metric, value=value)


def test_a_stated_factor_goes_before_the_set() -> None:
    db = database(flow("Methane, fossil"), flow("R-410A"), factors=[stated("Methane, fossil", 31.0)])
    factors = flow_factors(db, match_flows(db), AR6)
    assert factors.values[:2].tolist() == [31.0, 0.0]
    assert factors.is_stated[:2].tolist() == [True, False]
    match = match_flows(db)
    assert [factors.how(row, match) for row in range(2)] == ["stated by the database", ""]
    plain = flow_factors(database(flow("Methane, fossil")), match, AR6)
    assert plain.how(0, match) == "name"


def test_a_stated_factor_covers_a_flow_of_no_known_gas() -> None:
    one = flow("R-410A")
    assert only(covered(one).findings, "climate_flow_without_factor").amount == 2.0
    result = covered(one, factors=[stated("R-410A", 2256.0)])
    assert result.findings == ()
    db = database(one, factors=[stated("R-410A", 2256.0)])
    factors = flow_factors(db, match_flows(db), AR6)
    assert factors.values[0] == 2256.0
    assert COMPONENTS[factors.component[0]] is Component.FOSSIL
    assert factors.gas[0] == -1


def test_a_stated_factor_for_the_vintage_goes_before_one_without() -> None:
    db = database(
        flow("R-410A"), factors=[stated("R-410A", 2256.0, "GWP100 AR6"), stated("R-410A", 2088.0, "GWP100")]
    )
    match = match_flows(db)
    assert flow_factors(db, match, AR6).values[0] == 2256.0
    assert flow_factors(db, match, load_factor_set("AR4")).values[0] == 2088.0


def test_a_stated_factor_for_another_metric_is_not_used_but_told() -> None:
    result = covered(flow("Methane, fossil"), factors=[stated("Methane, fossil", 86.0, "GWP20")])
    finding = only(result.findings, "stated_factor_unused")
    assert "states a factor for GWP20, which is not used under AR6 GWP100" in finding.detail


@pytest.mark.parametrize("values", [(1.0, 2.0), (float("nan"),)])
def test_stated_factors_that_leave_a_doubt_are_refused(values: tuple[float, ...]) -> None:
    db = database(flow("R-410A"), factors=[stated("R-410A", value) for value in values])
    with pytest.raises(InventoryError) as refused:
        flow_factors(db, match_flows(db), AR6)
    text = str(refused.value)
    assert "the factor GWP100 of a flow is stated with two values, or is not a number" in text
    assert "flow 'R-410A' of database 'small'" in text


# -- coverage ----------------------------------------------------------------------------------------------


def test_a_gas_that_the_vintage_lacks_is_told_with_its_amount() -> None:
    finding = only(covered(flow("NF3"), vintage="SAR").findings, "climate_flow_without_factor")
    assert "NF3: SAR GWP100 has no factor for NF3; it counts as zero (1 exchanges)" in finding.detail
    assert (finding.amount, finding.unit, finding.severity) == (2.0, "kg", Severity.WARNING)
    assert covered(flow("NF3"), vintage="AR6").findings == ()


@pytest.mark.parametrize(
    "name",
    [
        "CFCs and HCFCs, unspecified",
        "Chlorinated fluorocarbons and hydrochlorinated fluorocarbons, unspecified",
        "HFCs and HCFCs, unspecified",
        "PFC (perfluorocarbons)",
        "Perfluorocarbons, unspecified",
        "R-410A",
        "HFC-404a",
        "Halon 9999",
        "HFE-7100",
        "Sevoflurane",
        "Hydrocarbons, halogenated, unspecified",
        "Methane, thermogenic seepage",
        "Carbon dioxide, non-fossil, resource correction",
        "Greenhouse gases, unspecified",
    ],
)
def test_names_that_speak_of_a_climate_gas_are_told(name: str) -> None:
    assert looks_like_climate_gas(name)
    finding = only(covered(flow(name)).findings, "climate_flow_without_factor")
    assert "speaks of a climate gas" in finding.detail
    assert len(covered(flow(name)).without_factor) == 1


def test_flows_that_no_exchange_has_are_not_told() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="list only"))
    builder.flows.extend([flow("R-410A"), flow("Methane"), flow("Chloroform", compartment="water")])
    db = builder.build()
    match = match_flows(db)
    assert match.counts() == {"name": 1}
    assert coverage(db, match, AR6).findings == ()


def test_amounts_of_either_sign_add_up_in_a_finding() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="two signs"))
    builder.flows.append(flow("R-410A"))
    exchanges = tuple(Exchange(flow="R-410A", is_input=False, amount=a) for a in (2.0, -3.0))
    builder.processes.append(UnitProcess(id="p", name="p", exchanges=exchanges))
    db = builder.build()
    assert only(coverage(db, match_flows(db), AR6).findings, "climate_flow_without_factor").amount == 5.0


def test_factors_of_low_confidence_are_told() -> None:
    db = database(flow("Methane, fossil"))
    gtp = load_factor_set("AR6", metric="GTP100")
    finding = only(coverage(db, match_flows(db), gtp).findings, "factor_low_confidence")
    assert "the factor 7.5 of AR6 GTP100 is of low confidence" in finding.detail
    unsplit = load_factor_set("AR6", metric="GTP100", methane_split="unsplit")
    assert coverage(db, match_flows(db), unsplit).findings == ()


def test_every_finding_has_a_text() -> None:
    for code in (
        "climate_flow_without_factor",
        "climate_flow_unit",
        "climate_flow_excluded",
        "origin_unspecified",
        "origin_contradiction",
        "gas_contradiction",
        "aggregated_metric_differs",
        "factor_low_confidence",
        "stated_factor_unused",
    ):
        assert has_message(f"finding.{code}"), code


def test_products_are_left_alone_whatever_their_name() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="products"))
    builder.flows.append(
        Flow(id="m", name="Methane, fossil", kind=FlowKind.PRODUCT, unit="kg", cas="74-82-8")
    )
    match = match_flows(builder.build())
    assert not match.is_matched.any()


def test_matches_cannot_be_written_to() -> None:
    match = match_flows(database(flow("Methane, fossil")))
    with pytest.raises(ValueError, match="read-only"):
        match.gas[0] = 3


def test_a_factor_set_is_applied_to_the_match_of_any_other() -> None:
    db = database(flow("Methane, fossil"), flow("Methane, biogenic"), flow("Dinitrogen monoxide"))
    match = match_flows(db)
    values = {
        v: flow_factors(db, match, load_factor_set(v)).values[:3].tolist() for v in ("AR4", "AR5", "AR6")
    }
    assert values == {"AR4": [25, 25, 298], "AR5": [30, 28, 265], "AR6": [29.8, 27.0, 273]}
    assert np.isnan(match.kg_per_unit[3])
