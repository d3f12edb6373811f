"""The packaged rule sets: each says where its rules are written, and computes the teaching study."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate
from carbonlab.rules.applicability import is_named
from carbonlab.rules.comparison_table import (
    category_table,
    diff_table,
    dimension_diff_table,
    dimension_table,
    list_table,
    show_table,
    switch_table,
)
from carbonlab.rules.dimensions import BY_KEY, DIMENSIONS, NO_SLOT, SWITCHES
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.rulefile import (
    list_rule_sets,
    load_rule_set,
    parse_rule_set,
    read_rule_set,
    write_rule_set,
)
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import Status

PUBLISHED = (
    "cbam-2023",
    "en-15804-a2",
    "eu-battery-2023",
    "eu-pef-2021",
    "gbt-24067-2024",
    "ghgp-product-2011",
    "iso-14067-2018",
    "pact-v3",
    "pas-2050-2011",
)
CATEGORY_RULES = (
    "cement-en-15804",
    "electrolytic-aluminium-gbt-24067",
    "sawn-wood-en-15804",
    "urea-iso-14067",
)
CITED = (*PUBLISHED, *CATEGORY_RULES)


def table_of(key: str) -> dict[str, Any]:
    text = resources.files("carbonlab.rules").joinpath("standards", f"{key}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_the_package_has_the_rule_sets_that_it_names() -> None:
    assert set(list_rule_sets()) == {"default", *CITED}


@pytest.mark.parametrize("key", list_rule_sets())
def test_key_is_the_name_of_the_file(key: str) -> None:
    rules = load_rule_set(key)
    assert rules.key == key
    assert set(rules.rules) == {slot.key for slot in SLOTS}
    assert re.fullmatch(r"\d{4}(-\d+)*", rules.edition)


@pytest.mark.parametrize("key", PUBLISHED)
def test_a_published_standard_is_called_an_interpretation(key: str) -> None:
    rules = load_rule_set(key)
    assert "interpretation" in rules.title
    assert rules.note, "says what was read and what was not"
    assert rules.base == ""


@pytest.mark.parametrize("key", CITED)
def test_every_line_and_statement_says_where_it_is_written(key: str) -> None:
    rules = load_rule_set(key)
    written = [(slot, line.reference) for slot, rule in rules.rules.items() for line in rule.lines]
    written += [(name, said.reference) for name, said in rules.dimensions.items()]
    for place, reference in written:
        assert reference.source_level in ("read", "summary", "recalled", "own"), place
        assert (reference.source == "own") == (reference.source_level == "own"), place
        assert reference.clause or reference.source == "own", place
        assert rules.references[reference.source]["citation"], place
    own = [line for rule in rules.rules.values() for line in rule.lines if line.reference.source == "own"]
    assert all(line.reference.note for line in own), "an own choice gives its reason"


def test_only_open_texts_are_said_to_be_read() -> None:
    """ISO, GB/T, PAS, EN and the GHG Protocol were not opened; law and open specifications were."""
    for key in CITED:
        rules = load_rule_set(key)
        references = [line.reference for rule in rules.rules.values() for line in rule.lines]
        references += [said.reference for said in rules.dimensions.values()]
        assert {one.source for one in references if one.source_level == "read"} <= {"cbam", "exchange"}, key


@pytest.mark.parametrize("key", CITED)
def test_every_source_is_cited_with_a_link_or_number(key: str) -> None:
    for name, entry in load_rule_set(key).references.items():
        if name != "own":
            assert entry.get("url", "https://").startswith("https://")
            assert entry["name"] and len(entry["citation"]) > 20
            assert "url" in entry or re.search(r"\(\d{4}\)\d+", entry["citation"])


@pytest.mark.parametrize("key", CITED)
def test_all_dimensions_are_spoken_about(key: str) -> None:
    assert set(load_rule_set(key).dimensions) == set(BY_KEY)


# -- dimensions and switches -----------------------------------------------------------------------


def test_every_dimension_belongs_to_one_slot_or_to_none_by_name() -> None:
    claims = [number for slot in SLOTS for number in slot.dimensions] + list(NO_SLOT)
    assert sorted(claims) == list(range(1, 23))
    assert [dimension.number for dimension in DIMENSIONS] == list(range(1, 23))
    assert {dimension.decided_by for dimension in DIMENSIONS} <= {slot.key for slot in SLOTS} | {
        "refused",
        "documentation",
    }


def test_every_switch_turns_a_slot_or_is_refused() -> None:
    assert len(SWITCHES) == 12
    assert {slot for slot in SWITCHES.values() if slot != "refused"} <= {slot.key for slot in SLOTS}
    assert SWITCHES["offsets"] == "refused"


def test_every_slot_but_linking_is_reached_by_a_dimension() -> None:
    reached = {dimension.decided_by for dimension in DIMENSIONS}
    assert {slot.key for slot in SLOTS} - reached == {"linking"}


# -- computing -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results() -> xr.Dataset:
    study = read_study(study_path()).with_rule_sets(*(load_rule_set(key) for key in list_rule_sets()))
    return calculate(study)


@pytest.mark.parametrize("key", list_rule_sets())
def test_the_teaching_study_has_a_number_or_a_status_that_says_why_not(key: str, results: xr.Dataset) -> None:
    found = results.sel(rule_set=key)
    rules = load_rule_set(key)
    for product in results["product"].values.tolist():
        status = Status(str(found["status"].sel(product=product).values))
        total = float(found["total"].sel(product=product))
        assert np.isfinite(total) == status.has_number
        name = str(results["product_name"].sel(product=product).values)
        assert (status == Status.NOT_APPLICABLE) == (not rules.applies(name)), name


def test_rule_sets_apply_to_the_products_they_name(results: xr.Dataset) -> None:
    def number(key: str) -> list[str]:
        statuses = results["status"].sel(rule_set=key)
        return [
            str(p)
            for p in results["product"].values
            if str(statuses.sel(product=p).values) != "not_applicable"
        ]

    assert number("cement-en-15804") == ["cement"]
    assert number("electrolytic-aluminium-gbt-24067") == ["aluminium"]
    assert number("urea-iso-14067") == ["urea"]
    assert number("sawn-wood-en-15804") == ["lumber"]
    assert number("cbam-2023") == ["cement", "aluminium"], (
        "urea that is applied to a field is beyond the good"
    )
    assert number("eu-battery-2023") == []
    assert number("iso-14067-2018") == ["cement", "aluminium", "urea", "lumber"]


def test_cbam_is_for_the_imported_good_and_nothing_beyond_it() -> None:
    study = read_study(study_path("categories")).with_rule_sets("cbam-2023")
    found = calculate(study)
    status = found["status"].isel(rule_set=0).to_series()
    assert set(status[status != "not_applicable"].index) == {
        "cement_delivered_china",
        "aluminium_delivered_china",
    }
    total = found["total"].isel(rule_set=0).to_series()
    assert total.notna().equals(status != "not_applicable"), (
        "no number without its rules, no 0 for what is not asked"
    )
    rules = load_rule_set("cbam-2023")
    assert rules.applies("Imported electricity, Morocco") and rules.applies("Hot-rolled steel coil")
    assert not rules.applies("Solar electricity, Germany, Chinese module")
    assert not rules.applies("Electricity mix, Germany"), "electricity is a good where it is imported"
    assert not rules.applies("Imported electricity, solar power"), "what is excluded stays excluded"
    assert rules.beyond("1 t of steel in buildings until its end of life") == ("building*", "until")


def test_words_that_exclude_are_kept_by_derived_sets_and_left_by_a_what_if(tmp_path: Path) -> None:
    rules = load_rule_set("cbam-2023")
    assert rules.as_what_if().applies("Cement in a building")
    file = tmp_path / "own.toml"
    write_rule_set(replace(rules, applies_to=()), file)
    again = read_rule_set(file)
    assert again.not_for == rules.not_for and not again.applies("Cement in a building")
    assert again.applies("Sawn lumber")
    file.write_text(file.read_text(encoding="utf-8").replace('"building*"', "3"), encoding="utf-8")
    with pytest.raises(RuleError, match="not_for"):
        read_rule_set(file)


def test_a_what_if_is_asked_outside_the_scope() -> None:
    battery = load_rule_set("eu-battery-2023").as_what_if()
    assert battery.digest == load_rule_set("eu-battery-2023").digest
    assert "what-if" in battery.key and "what-if" in battery.title
    found = calculate(read_study(study_path()).with_rule_sets(battery))
    assert np.isfinite(found["total"].values).all()
    assert battery.as_what_if() is battery
    assert load_rule_set("iso-14067-2018").as_what_if().key == "iso-14067-2018"


def test_cbam_aluminium_by_hand(results: xr.Dataset) -> None:
    """1 t of ingot: process CO2, PFC (AR5: CF4 6630, C2F6 11100) and fuel burned on site, smelter and cast house."""
    process, perfluorocarbons = 1000 * (1.6 + 0.00093), 0.4 * 6630 + 0.04 * 11100
    burned = {  # amount per kg of ingot (smelter + cast house), kg CO2 per unit burned
        "gas": ((0.007616 + 0.051815), 1.96),
        "fuel oil": ((0.00459 + 0.01861), 3.262),
        "lpg": ((0.005007 + 0.0015022), 1.724),
        "diesel": ((0.001836 + 0.0001836), 2.727),
        "gasoline": ((0.00028374 + 7.344e-05), 2.085),
    }
    on_site = 1000 * sum(amount * factor for amount, factor in burned.values())
    total = float(results["total"].sel(rule_set="cbam-2023", product="aluminium"))
    assert total == pytest.approx(process + perfluorocarbons + on_site, rel=1e-9)


def test_no_distribution_to_the_gate_and_no_use_before_the_field(results: xr.Dataset) -> None:
    by_stage = results["footprint"].sel(product="urea").sum(("gas", "component", "year"))
    assert float(by_stage.sel(rule_set="pact-v3", stage="distribution")) == 0.0
    assert float(by_stage.sel(rule_set="pact-v3", stage="use")) == 0.0
    assert float(by_stage.sel(rule_set="urea-iso-14067", stage="use")) > 0.0


def test_pact_shows_biogenic_carbon_apart(results: xr.Dataset) -> None:
    parts = results["footprint"].sel(rule_set="pact-v3", product="lumber").sum(("stage", "gas", "year"))
    in_total = results["in_total"].sel(rule_set="pact-v3")
    uptake = float(parts.sel(component="biogenic_uptake"))
    assert uptake < 0
    assert not bool(in_total.sel(component="biogenic_uptake"))
    counted = float(parts.where(in_total, 0.0).sum())
    assert counted == pytest.approx(
        float(results["total"].sel(rule_set="pact-v3", product="lumber")), rel=1e-9
    )


# -- differences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", list_rule_sets())
def test_a_rule_set_does_not_differ_from_itself(key: str) -> None:
    rules = load_rule_set(key)
    assert rules.diff(load_rule_set(key)) == ()
    table = diff_table(rules, load_rule_set(key))
    assert table.rows == ()
    assert "the two give the same numbers" in table.text()


@pytest.mark.parametrize(("one", "other"), list(pairwise(list_rule_sets())))
def test_a_difference_names_the_slots_that_differ_and_where_both_are_written(one: str, other: str) -> None:
    before, after = load_rule_set(one), load_rule_set(other)
    slots = [change.slot for change in before.diff(after)]
    assert slots == [change.slot for change in after.diff(before)]
    assert bool(slots) == (before.digest != after.digest)
    table = diff_table(before, after)
    assert [row[0] for row in table.rows] == slots
    assert all(all(row) for row in table.rows), "no empty cell"
    same = {slot.key for slot in SLOTS} - set(slots)
    assert all(slot in table.notes[0] for slot in same)


@pytest.mark.parametrize("key", CATEGORY_RULES)
def test_a_category_rule_differs_from_its_base_in_what_it_writes(key: str) -> None:
    rules, written = load_rule_set(key), table_of(key)
    base = load_rule_set(written["base"]["key"])
    assert written["base"]["digest"] == base.digest == rules.base
    assert rules.base_key == base.key
    assert {change.slot for change in base.diff(rules)} == set(written["slots"]), (
        "a slot is written and changes nothing"
    )
    for slot in set(rules.rules) - set(written["slots"]):
        assert rules.rules[slot] == base.rules[slot]
    assert set(base.references) <= set(rules.references)


@pytest.mark.parametrize("key", CATEGORY_RULES)
def test_a_category_rule_follows_the_skeleton(key: str) -> None:
    category = load_rule_set(key).category
    assert category is not None
    assert set(category.table) == {
        "scope", "unit", "function", "codes", "included", "excluded", "site_data", "secondary_data",
        "use_and_end_of_life",
        "data_quality", "report", "validity",
    }  # fmt: skip
    assert category.fits_unit("kg") == (category.unit == "t")
    assert len(category_table(load_rule_set(key)).rows) == 12


# -- tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120, 200])
def test_tables_keep_to_the_width(width: int) -> None:
    rules, other = load_rule_set("cbam-2023"), load_rule_set("eu-pef-2021")
    for table in (
        show_table(rules),
        switch_table(rules),
        diff_table(rules, other),
        dimension_diff_table(rules, other),
    ):
        assert max(map(len, table.text(width).splitlines())) <= width
    assert dimension_table(rules).text(width)


def test_nothing_is_lost_in_wrapping() -> None:
    table = show_table(load_rule_set("pas-2050-2011"))
    wide = {word for row in table.rows for cell in row for word in cell.split() if len(word) < 14}
    assert wide <= set(table.text(100).split())


def test_tables_in_a_notebook_are_escaped() -> None:
    rules = load_rule_set("default").replace(cut_off="none")
    hostile = type(rules)(
        **{**{f: getattr(rules, f) for f in rules.__dataclass_fields__}, "title": "<script>x</script>"}
    )
    shown = hostile._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert shown.count("<tr>") == 1 + sum(len(rule.lines) for rule in rules.rules.values())


def test_records_are_data() -> None:
    records = list_table([load_rule_set("default"), load_rule_set("cement-en-15804")]).records
    assert [one["key"] for one in records] == ["default", "cement-en-15804"]
    assert records[1]["derives from"] == "en-15804-a2"
    switches = {one["switch"]: one["stands at"] for one in switch_table(load_rule_set("eu-pef-2021")).records}
    assert switches["biogenic_co2"] == "zero_zero"
    assert switches["offsets"] == "forbidden"


def test_every_option_has_a_summary() -> None:
    for slot in SLOTS:
        for key in list_options(slot.key):
            assert option_of(slot.key, key).summary.endswith("."), f"{slot.key}.{key}"


@pytest.mark.parametrize(
    ("category", "name", "found"),
    [
        ("cement", "1 t of Portland cement, bagged", True),
        ("cement", "cement_portland", True),
        ("cement", "cementitious binder", False),
        ("sawn wood", "Sawn-wood, planed", True),
        ("fertili*", "Nitrogen fertilizer", True),
        ("fertili*", "unfertilized soil", False),
        ("iron", "Environment", False),
        ("a.b", "axb", False),
    ],
)
def test_product_categories_are_found_as_words(category: str, name: str, found: bool) -> None:
    assert is_named(category, [name]) is found


def test_dimensions_differ_by_what_is_said_not_by_how_well_it_is_known() -> None:
    one, other = load_rule_set("gbt-24067-2024"), load_rule_set("eu-pef-2021")
    rows = {row[0]: row for row in dimension_diff_table(one, other).rows}
    marked = {title for title, row in rows.items() if row[3] == "≠"}
    for dimension in DIMENSIONS:
        said = [rules.dimensions[dimension.key].says.casefold() for rules in (one, other)]
        assert (dimension.title in marked) == (said[0] != said[1])
    assert 0 < len(marked) < len(rows)
    losses = rows[BY_KEY["grid_losses"].title]
    assert losses[3] == "" and losses[1] != losses[2], "the levels of evidence stay visible"


def test_a_numbering_that_was_not_read_says_so() -> None:
    rows = dict((row[0], " ".join(row)) for row in show_table(load_rule_set("gbt-24067-2024")).rows)
    assert "numbering assumed parallel to ISO 14067" in rows["cut_off"]
    assert "numbering" not in " ".join(map(" ".join, show_table(load_rule_set("iso-14067-2018")).rows))


@pytest.mark.parametrize(
    ("slot", "option", "parameters", "words"),
    [
        ("cut_off", "by_impact", {"item": 1.5, "total": 0.05}, "parameter 'item' is 1.5"),
        ("cut_off", "by_mass", {"total": -0.05}, "parameter 'total' is -0.05"),
        ("boundary", "capital_goods_if_over", {"share": 2}, "parameter 'share' is 2"),
    ],
)
def test_an_impossible_threshold_is_refused_when_the_file_is_read(
    slot: str, option: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(RuleError, match="between 0 and 1") as error:
        Rule(slot, (Line(option, parameters=parameters),))
    assert words in str(error.value) and f"slot {slot}" in str(error.value)
    text = resources.files("carbonlab.rules").joinpath("standards/pas-2050-2011.toml").read_text("utf-8")
    with pytest.raises(RuleError, match=r"parameter 'item' is 1\.5"):
        parse_rule_set(text.replace("item = 0.01", "item = 1.5"), "pas.toml")
