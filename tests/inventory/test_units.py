"""Units: exact factors, what files write, refusals by their words, and the units of a real inventory."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import UnitError
from carbonlab.units import (
    check_convertible,
    check_known,
    conversion_factor,
    dimension,
    is_convertible,
    is_known,
)

# Factors that are exact by definition are compared exactly: no power of ten may cost a last digit.
EXACT = [
    ("kg", "g", 1000.0),
    ("g", "kg", 0.001),
    ("mg", "kg", 1e-6),
    ("µg", "kg", 1e-9),
    ("t", "kg", 1000.0),
    ("kg", "t", 0.001),
    ("kt", "t", 1000.0),
    ("Mg", "t", 1.0),
    ("lb", "kg", 0.45359237),
    ("sh tn", "kg", 907.18474),
    ("short ton", "lb", 2000.0),
    ("long tn", "lb", 2240.0),
    ("oz av", "lb", 1 / 16),
    ("kWh", "MJ", 3.6),
    ("MJ", "kWh", 1 / 3.6),
    ("Wh", "J", 3600.0),
    ("MWh", "GJ", 3.6),
    ("GWh", "TJ", 3.6),
    ("TJ", "MJ", 1e6),
    ("btu", "J", 1055.05585262),
    ("MMBtu", "MJ", 1055.05585262),
    ("therm", "btu", 1e5),
    ("kcal", "kJ", 4.1868),
    ("toe", "GJ", 41.868),
    ("tce", "kgce", 1000.0),
    ("tce", "GJ", 29.3076),
    ("kW*h", "kWh", 1.0),
    ("l", "m3", 0.001),
    ("m³", "l", 1000.0),
    ("mL", "ml", 1.0),
    ("gal", "l", 3.785411784),
    ("gal (US liq)", "gal", 1.0),
    ("bbl", "gal", 42.0),
    ("cu ft", "m3", 0.028316846592),
    ("cuft", "ft3", 1.0),
    ("m2", "cm2", 1e4),
    ("ha", "m2", 1e4),
    ("km2", "ha", 100.0),
    ("acre", "m2", 4046.8564224),
    ("km", "m", 1000.0),
    ("mi", "km", 1.609344),
    ("nmi", "m", 1852.0),
    ("h", "min", 60.0),
    ("d", "h", 24.0),
    ("a", "d", 365.0),
    ("yr", "h", 8760.0),
    ("t*km", "kg*km", 1000.0),
    ("tkm", "t*km", 1.0),
    ("kg km", "t·km", 0.001),
    ("ton kilometer", "tkm", 1.0),
    ("p*km", "pkm", 1.0),
    ("personkm", "p*km", 1.0),
    ("v*km", "vkm", 1.0),
    ("m2*a", "m2a", 1.0),
    ("ha*a", "m2*a", 1e4),
    ("m²*a", "m2*d", 365.0),
    ("Item(s)", "item", 1.0),
    ("p", "unit", 1.0),
    ("piece", "Items", 1.0),
    ("Dozen(s)", "pc", 12.0),
    ("kBq", "Bq", 1000.0),
    ("Ci", "kBq", 3.7e7),
    ("%", "-", 0.01),
    ("USD", "USD", 1.0),
    ("RMB", "CNY", 1.0),
    ("EUR2005", "EUR 2005", 1.0),
    ("kg CO2e", "g CO2-Eq", 1000.0),
    ("t CO2 eq.", "kg CO2e", 1000.0),
    ("kgCO2e", "kg CO2 eq", 1.0),
    ("kg CO2e/kWh", "g CO2e/kWh", 1000.0),
    ("kg CO2e/t", "g CO2e/kg", 1.0),
    ("kg C", "g C", 1000.0),
    ("MJ/kg", "GJ/t", 1.0),
    ("kg/(m2*a)", "kg m-2 a-1", 1.0),
    ("kg/m3", "g/l", 1.0),
    ("(mm*m2)/a", "l/a", 1.0),
    ("m**2", "m^2", 1.0),
]


@pytest.mark.parametrize(("source", "target", "factor"), EXACT)
def test_exact_factors(source: str, target: str, factor: float) -> None:
    assert conversion_factor(source, target) == factor


# A unit of ours beside the name in pint's own registry: our definitions are checked by somebody else's.
SAME_AS_PINT = {
    "kg": "kilogram", "t": "metric_ton", "lb": "pound", "oz": "ounce", "oz t": "troy_ounce", "gr": "grain",
    "sh tn": "short_ton", "long tn": "long_ton", "ct": "carat", "in": "inch", "ft": "foot", "yd": "yard",
    "mi": "mile", "nmi": "nautical_mile", "ha": "hectare", "l": "liter", "gal": "gallon",
    "gal (Imp)": "imperial_gallon", "bbl": "oil_barrel", "qt (US liq)": "quart", "pt (US fl)": "US_pint",
    "US fl oz": "fluid_ounce", "cu ft": "cubic_foot", "h": "hour", "d": "day", "wk": "week",
    "Wh": "watt_hour", "cal": "international_calorie", "btu": "international_british_thermal_unit",
    "Ci": "curie", "Rutherford": "rutherford", "toe": "tonne_of_oil_equivalent",
}  # fmt: skip
IN_SI = ("kg", "m", "m2", "m3", "s", "J", "Bq")


@pytest.mark.parametrize(("ours", "theirs"), SAME_AS_PINT.items(), ids=str)
def test_definitions_agree_with_pint(ours: str, theirs: str) -> None:
    target = next(unit for unit in IN_SI if is_convertible(ours, unit))
    expected = pint.get_application_registry()(theirs).to(target.replace("2", "**2").replace("3", "**3"))
    assert conversion_factor(ours, target) == pytest.approx(expected.magnitude, rel=1e-8)


KNOWN = [source for source, _, _ in EXACT]


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.sampled_from(KNOWN))
def test_there_and_back_and_around(a: str, b: str, c: str) -> None:
    assert conversion_factor(a, a) == 1.0
    assert is_convertible(a, b) == is_convertible(b, a) == (dimension(a) == dimension(b))
    if is_convertible(a, b):
        assert conversion_factor(a, b) * conversion_factor(b, a) == pytest.approx(1.0, rel=1e-15)
        if is_convertible(b, c):
            around = conversion_factor(a, b) * conversion_factor(b, c)
            assert conversion_factor(a, c) == pytest.approx(around, rel=1e-15)


@given(st.text(max_size=20))
def test_any_text_is_known_or_refused(text: str) -> None:
    if is_known(text):
        assert conversion_factor(text, text) == 1.0
    else:
        with pytest.raises(UnitError, match="unit"):
            check_known(text)


INCONVERTIBLE = [
    ("kg", "MJ", "'kg' does not convert to 'MJ': one measures mass, the other energy"),
    ("kg", "kg CO2e", "one measures mass, the other CO2 equivalents * mass"),
    ("kg C", "kg CO2", "one measures carbon * mass, the other CO2 * mass"),
    ("USD", "EUR", "one measures price in USD, the other price in EUR"),
    ("EUR 2005", "EUR", "one measures price in EUR 2005, the other price in EUR"),
    ("m3", "Nm3", "one measures length^3, the other volume at standard conditions"),
    ("t*km", "v*km", "one measures length * mass, the other length * vehicles"),
    ("p*km", "v*km", "one measures length * persons, the other length * vehicles"),
    ("Item(s)", "kg", "one measures items, the other mass"),
    ("m2", "m2*a", "one measures length^2, the other length^2 * time"),
    ("%", "kg", "one measures a plain number, the other mass"),
    ("a", "m2", "one measures time, the other length^2"),
]


@pytest.mark.parametrize(("source", "target", "what"), INCONVERTIBLE)
def test_inconvertible(source: str, target: str, what: str) -> None:
    assert not is_convertible(source, target)
    with pytest.raises(UnitError) as raised:
        check_convertible(source, target)
    assert what in raised.value.what
    assert "state what relates the two" in raised.value.remedy


REFUSED = [
    ("", "the unit is empty", "write a unit such as kg"),
    ("  ", "the unit is empty", "write a unit such as kg"),
    ("kgg", "the unit 'kgg' is unknown", "did you mean kg"),
    ("kg CO2e/kwwh", "the unit 'kg CO2e/kwwh' is unknown", "did you mean kwh"),
    ("kWh*", "the unit 'kWh*' is unknown", "did you mean kWh"),
    ("gwh", "the unit 'gwh' is unknown", "did you mean GWh"),
    ("kg)", "the unit 'kg)' is unknown", "did you mean kg"),
    ("(kg", "the unit '(kg' is unknown", "did you mean kg"),
    ("kg/", "the unit 'kg/' is unknown", "kg"),
    ("(" * 40 + "kg" + ")" * 40, "is unknown", "write a unit"),
    ("xyzzy", "the unit 'xyzzy' is unknown", "write a unit such as kg"),
    ("C", "the unit 'C' is unknown", ""),
    ("Pm", "the unit 'Pm' is unknown", ""),
    ("ton", "the unit 'ton' means different things", "t (1000 kg), sh tn (2000 lb) or long tn (2240 lb)"),
    ("mj", "the unit 'mj' means different things", "MJ (megajoule) or mJ (millijoule)"),
    ("$", "the unit '$' means different things", "the code of the currency"),
    (
        "MJ/kg*d",
        "the unit 'MJ/kg*d' can be read in two ways after its /",
        "put what is divided by in brackets",
    ),
    ("kg/m2/a", "the unit 'kg/m2/a' can be read in two ways after its /", "as in kg/(m2*a)"),
]


@pytest.mark.parametrize(("unit", "what", "remedy"), REFUSED)
def test_refused(unit: str, what: str, remedy: str) -> None:
    assert not is_known(unit)
    with pytest.raises(UnitError) as raised:
        conversion_factor(unit, unit)
    assert what in raised.value.what
    assert remedy in raised.value.remedy


def test_importing_units_does_not_load_pint() -> None:
    program = (
        "import sys, carbonlab.units as u; u.is_known('kg CO2e/(t*km)'); u.conversion_factor('kg', 'kg');"
        "sys.exit('pint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def units_of(path: Path) -> tuple[list[dict], set[str]]:
    """Return the unit groups of an inventory, and the names of the units that its exchanges use."""
    groups, used = [], set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("unit_groups/"):
                groups.append(json.loads(archive.read(name)))
            elif name.startswith("processes/"):
                used |= {entry["unit"]["name"] for entry in json.loads(archive.read(name))["exchanges"]}
    return groups, used


TO_TWO_DIGITS = {
    "in", "yd", "ft", "cu ft", "bbl", "yd3", "yd2", "ft2", "ft2*a", "lb av", "oz t", "oz av", "s", "btu",
    "t*d", "p*mi", "Items*mi", "t*mi", "m3*mi", "t*nmi", "lb*mi", "lb*nmi", "Items*nmi", "l*nmi", "l*mi",
    "m3*nmi",
}  # fmt: skip
"""Units whose factors the file states with two or three digits only, some cut (a cubic foot is 0.02 m3)."""

OTHER_THINGS = {"h": "hand", "a": "are", "min": "minim", "Nm3": "m3", "kg SWU": "kg"}
"""Units that the file takes for something that carbonlab does not."""


def test_units_of_uslci(shared_data: Path) -> None:
    groups, used = units_of(shared_data / "uslci/uslci_fy17q4_olca_jsonld.zip")
    assert {unit for unit in used if not is_known(unit)} == set()
    compared = 0
    for group in groups:
        if group["name"] == "Units of currency":
            continue
        reference = next(unit["name"] for unit in group["units"] if unit.get("referenceUnit"))
        for unit in group["units"]:
            name = unit["name"]
            if not is_known(name) or not is_convertible(name, reference):
                assert name not in used or name in OTHER_THINGS
                continue
            if name not in TO_TWO_DIGITS:
                assert conversion_factor(name, reference) == pytest.approx(unit["conversionFactor"], rel=2e-3)
                compared += 1
    assert compared > 90
