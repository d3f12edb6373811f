"""Broken and hostile packages: each is refused with a text that names file and place, why, and what to do."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from carbonlab.errors import CarbonlabError, FormatError
from carbonlab.formats.openlca import read_openlca
from tests.formats.openlca_packages import PackageDraft, steel_package

WORKS = "processes/steelworks.json"
PLACE = "bad.zip: processes/steelworks.json (steelworks)"


def refused(draft: PackageDraft, tmp_path: Path) -> FormatError:
    with pytest.raises(FormatError) as error:
        read_openlca(draft.write_zip(tmp_path / "bad.zip"))
    return error.value


def exchange(draft: PackageDraft, position: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = draft.files[WORKS]["exchanges"][position]
    return found


# -- JSON --------------------------------------------------------------------------------------------

BYTES = {
    "truncated": (
        b'{"@id": "steelworks", "name": "st',
        "the file is not valid JSON: Unterminated string",
        "bad.zip: processes/steelworks.json, line 1, column 31",
        "it may be truncated",
    ),
    "empty": (b"", "not valid JSON: Expecting value", "line 1, column 1", "truncated"),
    "latin 1": (
        '{"@id": "steelworks", "name": "Stahlwerk Völklingen"}'.encode("latin-1"),
        "the file is not written in UTF-8",
        "bad.zip: processes/steelworks.json, byte 42",
        "read wrong",
    ),
    "utf 16": ('{"@id": "steelworks"}'.encode("utf-16"), "not written in UTF-8", "byte 0", "read wrong"),
    "a list": (b"[1, 2]", "the file holds no JSON object", "processes/steelworks.json", "in braces"),
    "a number": (b"17", "the file holds no JSON object", "processes/steelworks.json", "in braces"),
    "deep nesting": (
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "the file is nested too deeply",
        "processes/steelworks.json",
        "hundreds of times",
    ),
    "a field twice": (
        b'{"@id": "steelworks", "name": "a", "name": "b"}',
        "the field 'name' stands twice in one object",
        "processes/steelworks.json",
        "",
    ),
    "thousands of digits": (
        b'{"@id": "steelworks", "amount": ' + b"9" * 5000 + b"}",
        "the file cannot be read: Exceeds the limit",
        "processes/steelworks.json",
        "",
    ),
}


@pytest.mark.parametrize("what", BYTES)
def test_files_that_are_no_data_set(what: str, tmp_path: Path) -> None:
    content, words, place, why = BYTES[what]
    draft = steel_package()
    draft.files[WORKS] = content
    error = refused(draft, tmp_path)
    assert words in error.what
    assert place in error.where
    assert why in error.why
    assert error.remedy


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    draft = steel_package()
    draft.files[WORKS] = b"\xef\xbb\xbf" + json.dumps(draft.files[WORKS]).encode()
    assert read_openlca(draft.write_zip(tmp_path / "good.zip")).processes.num_rows == 2


# -- amounts -----------------------------------------------------------------------------------------

AMOUNTS: dict[str, tuple[bytes, str, str]] = {
    "NaN": (b"NaN", "nan is not a finite number", "spread through every result"),
    "Infinity": (b"-Infinity", "-inf is not a finite number", "spread through every result"),
    "1e400": (b"1e400", "inf is not a finite number", "spread through every result"),
    "1e300": (b"1e300", "the number 1e+300 is huge (more than 1e+30)", ""),
    "400 digits": (b"1" + b"0" * 400, "0000... is huge (more than 1e+30)", ""),
    "text": (b'"abc"', '"abc" is not a number', "would be lost"),
    "digits as text": (b'"1.5"', '"1.5" is not a number', "would be lost"),
    "true": (b"true", "true is not a number", "would be lost"),
    "list": (b"[300]", "[300] is not a number", "would be lost"),
    "null": (b"null", "there is no amount", "zero would be a guess"),
}


@pytest.mark.parametrize("what", AMOUNTS)
def test_amounts_that_are_no_numbers(what: str, tmp_path: Path) -> None:
    written, words, why = AMOUNTS[what]
    draft = steel_package()
    exchange(draft)["amount"] = 300.25
    draft.files[WORKS] = json.dumps(draft.files[WORKS]).encode().replace(b"300.25", written)
    error = refused(draft, tmp_path)
    assert words in error.what
    assert error.where == f"{PLACE}, exchanges[1].amount"
    assert why in error.why
    assert error.remedy


def test_an_amount_that_becomes_huge_by_its_unit(tmp_path: Path) -> None:
    draft = steel_package()
    draft.files["unit_groups/group-energy.json"]["units"][1]["conversionFactor"] = 1e29
    error = refused(draft, tmp_path)
    assert error.what.startswith("the amount is 3e+31 in the reference unit of its flow, which is huge")
    assert "the factor of its unit" in error.remedy


# -- fields ------------------------------------------------------------------------------------------

Change = Callable[[PackageDraft], Any]


def works(**fields: Any) -> Change:
    return lambda draft: draft.files[WORKS].update(fields)


def of_exchange(position: int = 1, **fields: Any) -> Change:
    return lambda draft: exchange(draft, position).update(fields)


def of_flow(flow: str, **fields: Any) -> Change:
    return lambda draft: draft.files[f"flows/{flow}.json"].update(fields)


def without(position: int, key: str) -> Change:
    return lambda draft: exchange(draft, position).pop(key)


def copied(source: str, target: str) -> Change:
    return lambda draft: draft.files.update({target: draft.files[source]})


def added(*exchanges: tuple[str, float, dict[str, Any]]) -> Change:
    def change(draft: PackageDraft) -> None:
        draft.files[WORKS]["exchanges"] += [draft.exchange(flow, n, **more) for flow, n, more in exchanges]

    return change


def in_units(group: str, position: int, **fields: Any) -> Change:
    return lambda draft: draft.files[f"unit_groups/group-{group}.json"]["units"][position].update(fields)


def circular_category(draft: PackageDraft) -> None:
    draft.add("categories", "a", {"name": "A", "category": {"@id": "b", "name": "B"}})
    draft.add("categories", "b", {"name": "B", "category": {"@id": "a", "name": "A"}})
    draft.files["flows/co2.json"]["category"] = {"@id": "a", "name": "A"}


def other_waste_reference(draft: PackageDraft) -> None:
    draft.flow("dust", "waste")
    draft.process("dusty", draft.exchange("dust", 1.0))


def spread(**fields: Any) -> Change:
    return of_exchange(uncertainty={"distributionType": "TRIANGLE_DISTRIBUTION", **fields})


def parameters(*listed: dict[str, Any]) -> Change:
    return works(parameters=list(listed))


FIELDS: dict[str, tuple[Change, str, str, str, str]] = {
    # what: change, words of the error, place, why, remedy
    "no flow": (
        without(1, "flow"),
        "there is no reference to a flow",
        f"{PLACE}, exchanges[1].flow",
        "its amount would be lost",
        "state the @id of the flow",
    ),
    "flow without id": (
        of_exchange(flow={"name": "power"}),
        "no reference to a flow",
        "[1].flow",
        "lost",
        "@id",
    ),
    "flow is a text": (of_exchange(flow="power"), '"power" is not an object', "[1].flow", "", "in braces"),
    "unknown flow": (
        of_exchange(flow={"@id": "nowhere"}),
        "the flow 'nowhere' of the exchange is not in the package",
        f"{PLACE}, exchanges[1].flow",
        "its reference unit are not known",
        "with all its flows",
    ),
    "no unit": (
        without(1, "unit"),
        "the exchange has no unit",
        f"{PLACE}, exchanges[1].unit",
        "its amount would mean nothing",
        "state its unit",
    ),
    "unknown unit": (
        of_exchange(unit={"@id": "unit-horse", "name": "horse"}),
        "the unit 'horse' is not one of 'Energy'",
        f"{PLACE}, exchanges[1].unit",
        "could not be converted",
        "use a unit of its group, such as MJ",
    ),
    "unit of another quantity": (
        of_exchange(unit={"@id": "unit-kg", "name": "kg"}),
        "the unit 'kg' is not one of 'Energy'",
        "exchanges[1].unit",
        "could not be converted",
        "such as MJ",
    ),
    "property of another flow": (
        of_exchange(flowProperty={"@id": "volume"}),
        "the flow property of the exchange is not one of its flow",
        f"{PLACE}, exchanges[1].flowProperty",
        "no factor to convert it with",
        "add the flow property to the flow",
    ),
    "no side": (
        without(1, "input"),
        "the exchange does not say whether it is an input",
        f"{PLACE}, exchanges[1].input",
        "opposite signs",
        "write input: true or false",
    ),
    "side of the other version": (
        lambda draft: exchange(draft).update(isInput=exchange(draft).pop("input")),
        "the exchange does not say whether it is an input",
        "exchanges[1].input",
        "'isInput' belongs to another schema version",
        "write input",
    ),
    "boolean maybe": (
        of_exchange(input="maybe"),
        '"maybe" is neither true nor false',
        f"{PLACE}, exchanges[1].input",
        "",
        "write true or false",
    ),
    "boolean 1": (
        of_exchange(0, quantitativeReference=1),
        "1 is neither true nor false",
        "[0]",
        "",
        "true or false",
    ),
    "exchanges no list": (works(exchanges={}), "{} is not a list", "exchanges", "", "in brackets"),
    "exchange no object": (works(exchanges=[7]), "7 is not an object", "exchanges[0]", "", "in braces"),
    "no exchanges": (
        works(exchanges=[]),
        "the process has no exchanges",
        f"{PLACE}, exchanges",
        "cannot be scaled to a product",
        "delete the process",
    ),
    "exchanges missing": (
        lambda draft: draft.files[WORKS].pop("exchanges"),
        "the process has no exchanges",
        PLACE,
        "it makes nothing",
        "add its exchanges",
    ),
    "no reference": (
        lambda draft: draft.files[WORKS]["exchanges"].pop(0),
        "no exchange is marked as the quantitative reference, and 0 could be it",
        f"{PLACE}, exchanges",
        "would not be known",
        "with quantitativeReference: true",
    ),
    "two references": (
        of_exchange(1, quantitativeReference=True),
        "2 exchanges are marked as the quantitative reference",
        f"{PLACE}, exchanges",
        "would not be known",
        "mark one of them",
    ),
    "reference of nothing": (
        of_exchange(0, amount=0),
        "the amount of the quantitative reference 'steel' is zero",
        f"{PLACE}, exchanges[0].amount",
        "nothing can be scaled to it",
        "how much the process makes",
    ),
    "reference on the wrong side": (
        of_exchange(0, input=True),
        "the quantitative reference 'steel' is an input of a product flow",
        f"{PLACE}, exchanges[0].quantitativeReference",
        "a waste that it takes in",
        "correct the side",
    ),
    "reference is waste put out": (
        other_waste_reference,
        "the quantitative reference 'dust' is an output of a waste flow",
        "bad.zip: processes/dusty.json (dusty), exchanges[0]",
        "a waste that it takes in",
        "correct the side",
    ),
    "reference is an emission": (
        lambda draft: (
            exchange(draft, 0).pop("quantitativeReference"),
            exchange(draft, 3).update(quantitativeReference=True),
        ),
        "the elementary flow 'co2' is the quantitative reference of the process",
        f"{PLACE}, exchanges[3].flow",
        "only a product or a waste",
        "the type of its flow",
    ),
    "avoided emission": (
        of_exchange(3, avoidedProduct=True),
        "the elementary flow 'co2' is an avoided product",
        "exchanges[3].flow",
        "only a product or a waste",
        "correct the exchange",
    ),
    "waste avoided and put in": (
        lambda draft: (
            draft.flow("dust", "waste"),
            added(("dust", 1.0, {"input": True, "avoided": True}))(draft),
        ),
        "the waste 'dust' is an input and avoided",
        f"{PLACE}, exchanges[4].flow",
        "need not be treated is an output",
        "do not mark it as avoided",
    ),
    "a product made twice": (
        added(("steel", 5.0, {})),
        "the process makes 'steel' in several exchanges",
        f"{PLACE}, exchanges[4].flow",
        "one amount",
        "add the amounts up",
    ),
    "duplicate id": (
        copied(WORKS, "processes/copy.json"),
        "two data sets have the id 'steelworks'",
        "processes/copy.json",
        "could mean either",
        "delete one of the two files",
    ),
    "no id": (
        lambda draft: draft.files[WORKS].pop("@id"),
        "there is no @id",
        "processes/steelworks.json",
        "nothing could refer to it",
        "state @id",
    ),
    "no name": (
        works(name=""),
        "there is no name",
        "processes/steelworks.json",
        "nobody could find it",
        "name",
    ),
    "wrong type": (
        copied("flows/co2.json", "processes/flow.json"),
        "the data set is a Flow, in the folder of Process data sets",
        "bad.zip: processes/flow.json (co2), @type",
        "something that it is not",
        "move the file",
    ),
    "huge text": (
        works(description="x" * 1_000_001),
        "the text has 1,000,001 characters; the limit is 1,000,000",
        f"{PLACE}, description",
        "",
        "shorten it",
    ),
    "half a character": (
        works(description="\ud800"),
        "half of a character",
        f"{PLACE}, description",
        "",
        "UTF-8",
    ),
    "text is an object": (
        works(description={}),
        "{} is not a text",
        f"{PLACE}, description",
        "",
        "quotation marks",
    ),
    "process type": (
        works(processType="MARKET"),
        "'MARKET' is no processType",
        f"{PLACE}, processType",
        "decides how the data set is used",
        "UNIT_PROCESS, LCI_RESULT",
    ),
    "flow type": (
        of_flow("co2", flowType="GAS"),
        "'GAS' is no flowType",
        "bad.zip: flows/co2.json (co2), flowType",
        "decides",
        "PRODUCT_FLOW, WASTE_FLOW, ELEMENTARY_FLOW",
    ),
    "flow type missing": (
        of_flow("co2", flowType=None),
        "there is no flowType",
        "flows/co2.json",
        "",
        "state one of",
    ),
    "no flow property": (
        of_flow("co2", flowProperties=[]),
        "the flow has 0 reference flow properties and 0 flow properties",
        "bad.zip: flows/co2.json (co2), flowProperties",
        "the unit of its amounts would not be known",
        "mark exactly one",
    ),
    "property with two factors": (
        lambda draft: draft.files["flows/steel.json"]["flowProperties"].append(
            {"flowProperty": {"@id": "calorific"}, "conversionFactor": 0.6}
        ),
        "the flow property 'Net calorific value' is listed twice, with different factors",
        "flows/steel.json (steel), flowProperties[2].conversionFactor",
        "two values",
        "delete one",
    ),
    "reference property of zero": (
        lambda draft: draft.files["flows/co2.json"]["flowProperties"][0].update(conversionFactor=0),
        "the factor of the reference flow property 'Mass' is 0",
        "flows/co2.json",
        "divided",
        "write 1",
    ),
    "used property of zero": (
        lambda draft: (
            draft.files["flows/steel.json"]["flowProperties"][1].update(conversionFactor=0),
            exchange(draft, 0).update(
                flowProperty={"@id": "calorific"}, unit={"@id": "unit-MJ", "name": "MJ"}
            ),
        ),
        "the flow's factor for 'Net calorific value' is 0",
        f"{PLACE}, exchanges[0].flowProperty",
        "divided",
        "correct the factor in the flow",
    ),
    "unit factor of zero": (
        in_units("energy", 1, conversionFactor=0),
        "the factor of the unit 'kWh' is 0",
        "bad.zip: unit_groups/group-energy.json (Units of Energy), units[1].conversionFactor",
        "no amount can be converted",
        "correct it",
    ),
    "unit factor missing": (
        in_units("energy", 1, conversionFactor=None),
        "there is no conversionFactor",
        "units[1].conversionFactor",
        "zero would be a guess",
        "as a number",
    ),
    "two reference units": (
        in_units("energy", 1, referenceUnit=True),
        "the unit group has 2 reference units",
        "unit_groups/group-energy.json",
        "factors would refer to no unit",
        "mark exactly one",
    ),
    "category in a circle": (
        circular_category,
        "the category lies in itself",
        "bad.zip: categories/a.json (A), category",
        "never end",
        "correct the category above it",
    ),
    "unknown distribution": (
        spread(distributionType="BETA"),
        "'BETA' is no distributionType",
        f"{PLACE}, exchanges[1].uncertainty.distributionType",
        "",
        "LOG_NORMAL_DISTRIBUTION",
    ),
    "spread is a text": (
        spread(minimum="low", mode=1, maximum=2),
        '"low" is not a number',
        f"{PLACE}, exchanges[1].uncertainty.minimum",
        "",
        "digits",
    ),
    "allocation twice": (
        works(
            allocationFactors=[
                {"allocationType": "PHYSICAL_ALLOCATION", "product": {"@id": "steel"}, "value": value}
                for value in (0.4, 0.6)
            ]
        ),
        "the physical share of a co-product is stated twice: 0.4 and 0.6",
        f"{PLACE}, allocationFactors[1].value",
        "either could be meant",
        "delete one",
    ),
    "allocation by something": (
        works(allocationFactors=[{"allocationType": "BY_MOOD", "value": 1}]),
        "'BY_MOOD' is no allocationType",
        "allocationFactors[0].allocationType",
        "",
        "PHYSICAL_ALLOCATION",
    ),
    "default allocation": (
        works(defaultAllocationMethod="BY_MOOD"),
        "'BY_MOOD' is no defaultAllocationMethod",
        f"{PLACE}, defaultAllocationMethod",
        "",
        "ECONOMIC_ALLOCATION",
    ),
    "parameter twice": (
        parameters({"name": "x", "value": 1}, {"name": "X ", "value": 2}),
        "two parameters are called 'X'",
        f"{PLACE}, parameters[1].name",
        "upper and lower case do not count",
        "another name",
    ),
    "parameter of no value": (
        parameters({"name": "x"}),
        "there is no value",
        f"{PLACE}, parameters[0].value",
        "zero would be a guess",
        "as a number",
    ),
    "parameter without name": (
        parameters({"value": 1}),
        "there is no name",
        "parameters[0].name",
        "formulas refer to parameters by name",
        "state name",
    ),
    "costs without currency": (
        of_exchange(0, costValue=5.0),
        "the costs of the exchange have no currency",
        f"{PLACE}, exchanges[0].currency",
        "different currencies",
        "state the currency",
    ),
}


@pytest.mark.parametrize("what", FIELDS)
def test_fields_that_are_wrong(what: str, tmp_path: Path) -> None:
    change, words, place, why, remedy = FIELDS[what]
    draft = steel_package()
    change(draft)
    error = refused(draft, tmp_path)
    assert words in error.what
    assert place in error.where
    assert why in error.why
    assert remedy in error.remedy


# -- packages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "content", "version"),
    [
        ("olca-schema.json", {"version": 3}, "'3'"),
        ("openlca.json", {"schemaVersion": 7}, "'7'"),
        ("olca-schema.json", {"version": 1.5}, "'1.5'"),
        ("context.json", {"@vocab": "http://openlca.org/schema/v3.0/"}, "'3'"),
        ("context.json", {"@vocab": "http://schema.org/"}, "'http://schema.org/'"),
    ],
)
def test_schema_versions_that_are_not_known(
    file: str, content: dict[str, Any], version: str, tmp_path: Path
) -> None:
    draft = steel_package()
    del draft.files["context.json"]
    draft.files[file] = content
    error = refused(draft, tmp_path)
    assert error.what == f"the schema version {version} of the package is not known"
    assert error.where.startswith(f"bad.zip: {file}")
    assert error.why == "a later version may give a field another meaning"
    assert error.remedy == "export the data in version 1 or 2 of the schema"


def test_a_version_that_nothing_tells(tmp_path: Path) -> None:
    draft = steel_package()
    del draft.files["context.json"]
    for name in [name for name in draft.files if name.startswith("processes/")]:
        for one in draft.files[name]["exchanges"]:
            del one["input"]
    error = refused(draft, tmp_path)
    assert error.what == "the schema version of the package is not known"
    assert '{"version": 1}' in error.remedy


def test_a_version_that_is_no_number(tmp_path: Path) -> None:
    draft = steel_package()
    draft.files["olca-schema.json"] = {"version": "two"}
    assert '"two" is not a number' in refused(draft, tmp_path).what


def test_no_package(tmp_path: Path) -> None:
    draft = steel_package()
    draft.files = {"readme.txt": b"hello"}
    error = refused(draft, tmp_path)
    assert error.what == "bad.zip holds no openLCA package"
    assert "there is no folder 'processes'" in error.why
    assert "export it from openLCA as JSON-LD" in error.remedy


def test_two_packages_in_one(tmp_path: Path) -> None:
    draft = steel_package()
    draft.files = {f"{top}/{name}": content for name, content in draft.files.items() for top in ("a", "b")}
    error = refused(draft, tmp_path)
    assert error.what == "bad.zip holds several packages: a, b"
    assert "read each folder by itself" in error.remedy


def test_a_flow_whose_unit_nobody_knows(tmp_path: Path) -> None:
    draft = steel_package()
    del draft.files["flow_properties/mass.json"]
    error = refused(draft, tmp_path)
    assert error.what == "the reference unit of the flow is not known"
    assert error.where.startswith("bad.zip: flows/")
    assert "unit groups" in error.remedy


def test_a_unit_whose_group_is_missing_and_whose_name_does_not_convert(tmp_path: Path) -> None:
    draft = steel_package()
    del draft.files["flow_properties/mass.json"]
    for name in [name for name in draft.files if name.startswith("flows/")]:
        for quantity in draft.files[name]["flowProperties"]:
            quantity["flowProperty"]["refUnit"] = "kg"
    exchange(draft, 3)["unit"] = {"@id": "?", "name": "bushel"}
    error = refused(draft, tmp_path)
    assert error.what == "the unit 'bushel' cannot be converted to 'kg', the reference unit of 'mass'"
    assert error.where == f"{PLACE}, exchanges[3].unit"


def test_nan_in_a_text_is_an_empty_cell(tmp_path: Path) -> None:
    """Scripts write NaN where a spreadsheet cell was empty; a published package does so in a location."""
    draft = steel_package()
    draft.files[WORKS]["description"] = float("nan")
    db = read_openlca(draft.write_zip(tmp_path / "good.zip"))
    assert db.process("steelworks").description == ""


def test_the_whole_error_reads_well(tmp_path: Path) -> None:
    draft = steel_package()
    exchange(draft)["amount"] = "abc"
    assert re.sub(r"\s+", " ", str(refused(draft, tmp_path))) == (
        '"abc" is not a number '
        "where: bad.zip: processes/steelworks.json (steelworks), exchanges[1].amount "
        "why: an amount that cannot be read would be lost "
        "remedy: write digits with a decimal point and no quotation marks, such as 1.5 or 3.2e-6"
    )


# -- anything anywhere ---------------------------------------------------------------------------------

ODD: list[Any] = [None, True, 7, -1, 0, 0.5, "x", "", [], {}, [1], ["x"], {"a": 1}, {"@id": 7}, {"@id": []}]
ODD += [float("nan"), 1e300, "\ud800", "x" * 1000]


def full_package(version: int) -> PackageDraft:
    """A package that uses every field which the reader looks at."""
    draft = steel_package(version)
    yes = {draft.names["input_parameter"]: True}
    draft.add("locations", "loc", {"name": "China", "code": "CN"})
    draft.add("sources", "book", {"name": "Book", "textReference": "A. Author", "year": 2020})
    draft.add("currencies", "euro", {"name": "Euro", "code": "EUR"})
    draft.add("parameters", "p", {"name": "g", "value": 1.0, **yes})
    draft.files["flows/co2.json"] |= {"cas": "1", "synonyms": "a;b", "location": {"@id": "loc"}}
    process = draft.files[WORKS]
    exchanges = process["exchanges"]
    exchanges[0] |= {"costValue": 1.0, "currency": {"@id": "euro"}}
    exchanges[1] |= {
        "@id": "e1",
        "uncertainty": {"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomMean": 300, "geomSd": 1.1},
        "dqEntry": "(1;2)",
        "baseUncertainty": 1.1,
        "defaultProvider": {"@id": "power plant"},
        "description": "text",
        "amountFormula": "a*g",
    }
    exchanges.append(draft.exchange("slag", 5.0))
    share = {"allocationType": "CAUSAL_ALLOCATION", "value": 0.5}
    process |= {
        "location": {"@id": "loc"},
        "category": draft.category("a/b"),
        "parameters": [{"name": "a", "value": 300.0, **yes}],
        "allocationFactors": [{**share, "product": {"@id": "slag"}, "exchange": {"@id": "e1"}}],
        "processDocumentation": {
            "validFrom": "2010",
            "publication": {"@id": "book"},
            "sources": [{"@id": "book"}],
            "reviews": [{"details": "text"}],
            "reviewer": {"name": "somebody"},
        },
    }
    return draft


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, content in inner:
        yield (*path, key)
        yield from places(content, (*path, key))


@pytest.mark.parametrize("version", [1, 2])
def test_anything_in_any_field_is_read_or_refused(version: int, tmp_path: Path) -> None:
    """A sample of all pairs of a field and an odd value; the rest was tried once, without another outcome."""
    package = full_package(version)
    pairs = [
        (name, path, odd)
        for name, content in package.files.items()
        for path in places(content)
        for odd in ODD
    ]
    outcomes: Counter[str] = Counter()
    for name, path, odd in pairs[version::97]:
        draft = package.copy()
        inner = draft.files[name]
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = odd
        try:
            read_openlca(draft.write_zip(tmp_path / "bad.zip"))
            outcomes["read"] += 1
        except CarbonlabError as error:
            assert error.where, f"{error.what}: where?"
            outcomes["refused"] += 1
    assert min(outcomes["read"], outcomes["refused"]) > 5
