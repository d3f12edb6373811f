"""The packaged climate factors against the tables that they were built from.

`carbonlab/rules/factors/climate_factors.csv` holds the rows of a table of public figures named ``GWP20``,
``GWP100``, ``GWP500`` and ``GTP100``, nothing more and nothing less. It was written, and is written again
after a change of that table, by

    python tests/rules/test_factors_source.py FIGURES.csv

`climate_factors_more.csv` holds what that table lacks (other gases, and AR4 and AR5 over other horizons) as
read by hand in USEPA's compilation of the same IPCC tables; its 100-year values are compared with a third
table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import pytest

from carbonlab.rules.factors import load_gases
from carbonlab.vocabulary import Confidence

COLUMNS = ("gas", "origin", "metric", "vintage", "value", "year", "table", "source", "url", "confidence")
ROW_NAME = re.compile(
    r"(GWP20|GWP100|GWP500|GTP100), (\S+?)( fossil| non-fossil)?, (SAR|TAR|AR4|AR5|AR5-CCF|AR6)"
)
TABLE = re.compile(r"Tables? (\d[\w.]*(?:(?: and | / )\d[\w.]*)*)")
LEFT_OUT = {"GWP100, H2 (indirect)", "GWP20, H2 (indirect)"}
"""Hydrogen acts indirectly and stands in no IPCC table."""

CHECKSUMS = {
    "climate_factors.csv": "491a3beac61312fdb1e4b8fe6a5a53456b53c4b99c7dd7d8959203abb68f8e70",
    "climate_factors_more.csv": "2c08a79699e9492cae4ac12ea68121ffbbb3901ba16458548a138a3d6696756e",
}


def rows_of(figures: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return the climate factors among public figures, in the columns of the packaged file, as written."""
    rows = []
    for figure in figures:
        match = ROW_NAME.fullmatch(figure["name"])
        if match is None:
            continue
        metric, gas, origin, vintage = match.groups()
        assert figure["unit"] == "kg CO2e/kg"
        table = TABLE.search(figure["source"])
        rows.append(
            {
                "gas": gas,
                "origin": (origin or "").strip(),
                "metric": metric,
                "vintage": vintage,
                "table": table.group(1) if table else "",
                **{name: figure[name] for name in ("value", "year", "source", "url", "confidence")},
            }
        )
    return rows


def text_of(rows: Iterable[dict[str, str]]) -> str:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()


def packaged(name: str) -> str:
    return resources.files("carbonlab.rules.factors").joinpath(name).read_text(encoding="utf-8")


def packaged_rows(*names: str) -> list[dict[str, str]]:
    return [row for name in names for row in csv.DictReader(io.StringIO(packaged(name)))]


@pytest.mark.parametrize("name", sorted(CHECKSUMS))
def test_the_file_is_the_one_that_was_checked(name: str) -> None:
    assert hashlib.sha256(packaged(name).encode()).hexdigest() == CHECKSUMS[name]


def test_every_value_is_the_public_figure(shared_reference: Path) -> None:
    with (shared_reference / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
        figures = list(csv.DictReader(file))
    assert packaged("climate_factors.csv") == text_of(rows_of(figures))
    about_climate = {f["name"] for f in figures if re.match("(GWP20|GWP100|GWP500|GTP100),", f["name"])}
    not_taken = {name for name in about_climate if not ROW_NAME.fullmatch(name)}
    assert not_taken == LEFT_OUT


def test_further_values_agree_with_a_third_table(shared_data: Path) -> None:
    """AR4, AR5 and AR6 over 100 years, as a flow mapping of the US LCI database gives them."""
    name_of = {name.casefold(): gas.key for gas in load_gases() for name in gas.names}
    seen: dict[tuple[str, str], float] = {}
    with (shared_data / "uslci" / "uslci_fy17q4_gwp100.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            gas = name_of.get(row["ipcc_name"].casefold()) or name_of.get(row["fedefl_name"].casefold())
            for vintage in ("AR4", "AR5", "AR6"):
                if gas and row[f"gwp100_{vintage}"]:
                    seen[gas, vintage] = float(row[f"gwp100_{vintage}"])
    compared = 0
    for row in packaged_rows("climate_factors_more.csv"):
        key = (row["gas"], row["vintage"])
        if row["metric"] == "GWP100" and key in seen:
            assert float(row["value"]) == seen[key], key
            compared += 1
    assert compared >= 17


def test_every_row_says_where_it_is_from() -> None:
    for row in packaged_rows(*CHECKSUMS):
        assert float(row["value"]) > 0, row
        assert row["source"].startswith("IPCC "), row
        assert row["vintage"].split("-")[0] in row["source"], row
        assert row["url"].startswith("https://"), row
        assert row["year"] in {"1995", "2001", "2007", "2013", "2021"}, row
        assert row["origin"] in {"", "fossil", "non-fossil"}, row
        assert row["table"] or row["vintage"] == "SAR", row
        Confidence(row["confidence"])


def test_no_factor_is_given_twice() -> None:
    keys = Counter(
        (row["gas"], row["origin"], row["metric"], row["vintage"]) for row in packaged_rows(*CHECKSUMS)
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_factor_has_its_gas_and_every_gas_a_factor() -> None:
    with_factor = {row["gas"] for row in packaged_rows(*CHECKSUMS)} | {"CO2"}
    assert {gas.key for gas in load_gases()} == with_factor


def test_longer_horizons_order_gases_by_lifetime() -> None:
    """A factor in the wrong column stands out: GWP falls with the horizon for short-lived gases."""
    values = {
        (row["gas"], row["vintage"], row["metric"]): float(row["value"])
        for row in packaged_rows(*CHECKSUMS)
        if not row["origin"]
    }
    short = ("CH4", "HFC134a", "HFC32", "HFC152a", "HCFC22", "HCFC123", "HCFC141b", "CH2Cl2", "CH3CCl3")
    long = ("SF6", "CF4", "C2F6", "C3F8", "cC4F8", "C4F10", "C5F12", "C6F14", "NF3", "SF5CF3", "CFC13")
    compared = 0
    for gas, sign in [*((gas, 1) for gas in short), *((gas, -1) for gas in long)]:
        for vintage in ("TAR", "AR4", "AR5", "AR6"):
            series = [values.get((gas, vintage, metric)) for metric in ("GWP20", "GWP100", "GWP500")]
            known = [sign * value for value in series if value is not None]
            assert known == sorted(known, reverse=True), (gas, vintage, series)
            compared += len(known) > 1
    assert compared > 60


def test_cas_numbers_are_valid() -> None:
    """The last digit of a CAS registry number is the weighted sum of the others modulo 10."""
    for gas in load_gases():
        if gas.cas:
            digits = [int(digit) for digit in gas.cas.replace("-", "")]
            weighted = sum(place * digit for place, digit in enumerate(reversed(digits[:-1]), start=1))
            assert weighted % 10 == digits[-1], gas
            assert gas.cas_source in {"uslci", "ipcc_list"}, gas


if __name__ == "__main__":
    target = Path(__file__).resolve().parents[2] / "carbonlab" / "rules" / "factors" / "climate_factors.csv"
    with Path(sys.argv[1]).open(encoding="utf-8-sig", newline="") as stream:
        target.write_text(text_of(rows_of(csv.DictReader(stream))), encoding="utf-8")
