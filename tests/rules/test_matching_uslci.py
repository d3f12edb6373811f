"""Matching on the US LCI database FY17.Q4, against climate factors that others assigned to its flows.

The other list maps each flow to the Federal Elementary Flow List and from there to IPCC names; it does not
tell fossil from biogenic methane. Where it differs from carbonlab, `DIFFERENCES` says why.

The database is built here from the JSON files with the standard library alone, so that this test does not
depend on a reader.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, UnitProcess
from carbonlab.rules.factors import (
    COMPONENTS,
    GASES,
    FlowMatch,
    coverage,
    flow_factors,
    load_factor_set,
    match_flows,
)
from carbonlab.vocabulary import Component, Direction, FlowKind

VINTAGES = ("AR4", "AR5", "AR6")

HCFC_123A = "Ethane, 1,2-dichloro-1,1,2-trifluoro-, HCFC-123"
"""By its structure HCFC-123a, by its number HCFC-123: carbonlab follows the first, the list the second."""

DIFFERENCES = {
    # (name, vintage): (value of the other list, ours)
    (HCFC_123A, "AR4"): (77.0, 0.0),  # AR4 has no factor for HCFC-123a: a finding
    (HCFC_123A, "AR5"): (79.0, 370.0),
    (HCFC_123A, "AR6"): (90.4, 395.0),
    # AR5 prints "<1" for several gases, and the other list has 1 for them: not taken over, hence a finding
    ("Ethane, 1,2-dichloro-", "AR5"): (1.0, 0.0),
    # an amount of carbon, not of butane: a finding
    ("n butane, kg C", "AR6"): (0.006, 0.0),
}

NO_FACTOR = {
    "CFCs and HCFCs, unspecified",
    "Chlorinated fluorocarbons and hydrochlorinated fluorocarbons, unspecified",
    "HFCs and HCFCs, unspecified",
}
"""Groups, for which the other list has 0 or no value: a finding here, since zero is not their effect."""

FURTHER = {
    # flows with a gas that the other list leaves out: uptake, and emissions to air like the others
    ("Carbon dioxide", "resource/in air"),
    ("Carbon dioxide, in air", "resource/in air"),
    ("Carbon dioxide, in air", "resource/biotic"),
    ("Carbon dioxide, in air", "resource/renewable"),
    ("Carbon dioxide, in air", "resource/unspecified"),
    ("Carbon dioxide, fossil", "air/fossil"),
    ("Carbon dioxide [Inorganic emissions to air]", "NETL"),
    ("Methane [Organic emissions to air]", "NETL"),
    ("Nitrous oxide (laughing gas) [Inorganic emissions to air]", "NETL"),
    ("Ethane, 1,2-dichloro-", "air/low population density"),
}


@pytest.fixture(scope="module")
def uslci(shared_data: Path) -> Database:
    archive = zipfile.ZipFile(shared_data / "uslci" / "uslci_fy17q4_olca_jsonld.zip")
    content: dict[str, list[dict[str, Any]]] = {"categories": [], "flows": [], "processes": []}
    for name in archive.namelist():
        folder, _, file = name.partition("/")
        if folder in content and file.endswith(".json"):
            content[folder].append(json.loads(archive.read(name)))
    categories = {category["@id"]: category for category in content["categories"]}
    builder = DatabaseBuilder(DatabaseMeta(name="USLCI FY17.Q4"))
    builder.flows.extend(_flow(flow, _path(flow, categories)) for flow in content["flows"])
    for process in content["processes"]:
        exchanges = tuple(
            Exchange(flow=one["flow"]["@id"], is_input=one["input"], amount=one["amount"])
            for one in process["exchanges"]
        )
        builder.processes.append(UnitProcess(id=process["@id"], name=process["name"], exchanges=exchanges))
    return builder.build()


def _path(flow: dict[str, Any], categories: dict[str, dict[str, Any]]) -> str:
    parts: list[str] = []
    at = flow.get("category")
    while at:
        category = categories[at["@id"]]
        parts.insert(0, category["name"])
        at = category.get("category")
    return "/".join(parts)


def _flow(flow: dict[str, Any], path: str) -> Flow:
    properties = {p["flowProperty"]["name"] for p in flow["flowProperties"] if p.get("referenceFlowProperty")}
    unit = {"Mass": "kg", "Energy": "MJ"}.get(next(iter(properties)), "item")
    if flow["flowType"] != "ELEMENTARY_FLOW":
        kind = FlowKind.WASTE if flow["flowType"] == "WASTE_FLOW" else FlowKind.PRODUCT
        return Flow(id=flow["@id"], name=flow["name"], kind=kind, unit=unit)
    return Flow(
        id=flow["@id"],
        name=flow["name"],
        kind=FlowKind.ELEMENTARY,
        unit=unit,
        direction=Direction.TAKEN if re.search(r"\bresource\b", path) else Direction.EMITTED,
        compartment=path,
        cas=flow.get("cas") or "",
        formula=flow.get("formula") or "",
    )


@pytest.fixture(scope="module")
def match(uslci: Database) -> FlowMatch:
    return match_flows(uslci)


@pytest.fixture(scope="module")
def other_list(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "uslci" / "uslci_fy17q4_gwp100.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("vintage", VINTAGES)
def test_every_flow_with_a_factor_elsewhere_has_the_same_here(
    uslci: Database, match: FlowMatch, other_list: list[dict[str, str]], vintage: str
) -> None:
    values = flow_factors(uslci, match, load_factor_set(vintage, methane_split="unsplit")).values
    equal: set[str] = set()
    differing: set[tuple[str, str]] = set()
    for line in other_list:
        ours = float(values[uslci.flow_row(line["flow_uuid"])])
        theirs = float(line[f"gwp100_{vintage}"] or 0.0)
        key = (line["flow_name"], vintage)
        if line["flow_name"] in NO_FACTOR:
            assert ours == theirs == 0.0
        elif ours != theirs:
            assert DIFFERENCES[key] == (theirs, ours), key
            differing.add(key)
        elif theirs:
            equal.add(line["flow_uuid"])
    assert differing == {key for key in DIFFERENCES if key[1] == vintage}
    assert len(equal) == {"AR4": 85, "AR5": 88, "AR6": 110}[vintage]


def test_flows_matched_beyond_the_other_list(
    uslci: Database, match: FlowMatch, other_list: list[dict[str, str]]
) -> None:
    listed = {line["flow_uuid"] for line in other_list}
    ids, names, compartments = (uslci.column("flows", name) for name in ("id", "name", "compartment"))
    further = {
        (names[row], "NETL" if "NETL" in compartments[row] else compartments[row])
        for row in np.flatnonzero(match.is_matched)
        if ids[row] not in listed
    }
    assert further == FURTHER


def test_ways_components_and_signs(uslci: Database, match: FlowMatch) -> None:
    assert match.counts() == {"cas": 4, "name": 112, "synonym": 5, "refrigerant number": 3}
    matched = match.is_matched
    uptake = match.component == COMPONENTS.index(Component.BIOGENIC_UPTAKE)
    assert int(uptake.sum()) == 5
    assert np.array_equal(match.sign[matched] == -1.0, uptake[matched])
    assert {GASES[code] for code in match.gas[uptake]} == {"CO2"}
    names = uslci.column("flows", "name")
    for row in np.flatnonzero(matched):
        component = COMPONENTS[match.component[row]]
        assert ("biogenic" in names[row]) is (component is Component.BIOGENIC_EMISSION), names[row]
        assert ("land transformation" in names[row]) is (component is Component.LAND_USE_CHANGE), names[row]


def test_what_is_left_out_is_told_with_its_amount(uslci: Database, match: FlowMatch) -> None:
    result = coverage(uslci, match, load_factor_set("AR6"))
    left_out = {finding.detail.partition(": ")[0] for finding in result.without_factor}
    assert left_out == NO_FACTOR | {
        "Dimethyl ether",
        "Halogenated hydrocarbons, chlorinated",
        "Hydrocarbons, halogenated, unspecified",
        "PFC (perfluorocarbons)",
        "Perfluorocarbons, unspecified",
        "n butane, kg C",
    }
    assert all(finding.amount > 0 and finding.unit == "kg" for finding in result.without_factor)
    unstated = [finding for finding in result.findings if finding.code == "origin_unspecified"]
    assert {re.split(r": | \[", finding.detail)[0] for finding in unstated} == {"Carbon dioxide", "Methane"}
    assert len(unstated) == 7
    assert result.in_use == result.matched
