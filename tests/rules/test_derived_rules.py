"""Rule files that derive from a base: what is wrong with one is said with file, place and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carbonlab.errors import RefusedError, RuleError
from carbonlab.results.evaluation import evaluate_system
from carbonlab.results.reference import solver
from carbonlab.rules.draft import draft_rule_file
from carbonlab.rules.options.hierarchy import check_bases
from carbonlab.rules.rulefile import (
    find_rule_set,
    list_rule_sets,
    load_rule_set,
    parse_rule_set,
    read_rule_set,
    write_rule_set,
)
from carbonlab.rules.slots import SLOTS
from carbonlab.system.pipeline import build_product_system
from carbonlab.teaching import load_teaching_inventory
from tests.tiny import tiny_database

ISO = load_rule_set("iso-14067-2018")
GOOD = f"""
key = "paint"
title = "Paint"
edition = "2026-1"
standard = "pcr"
base = {{ key = "iso-14067-2018", digest = "{ISO.digest}" }}

[references.pcr]
citation = "Programme, Product category rules for paint, 2026"

[category]
scope = "Paint"
unit = "m2"

[slots.cut_off]
option = "by_mass"
parameters = {{ item = 0.01, total = 0.05 }}
reference = {{ source = "pcr", clause = "4.2", source_level = "read" }}

[dimensions]
cut_off = {{ says = "1 % each, 5 % together", clause = "4.2", source_level = "read" }}
"""
SLOT = "[slots.cut_off]"

MALFORMED = {
    "digest of another base": (
        (ISO.digest, load_rule_set("pas-2050-2011").digest),
        "the base 'iso-14067-2018' is not the one that this rule set was written on",
        "paint.toml, base.digest",
        f'write digest = "{ISO.digest}"',
    ),
    "base without a digest": (
        (f', digest = "{ISO.digest}"', ""),
        "the base has no digest",
        "paint.toml, base",
    ),
    "base without a key": (('key = "iso-14067-2018", ', ""), "the base has no key", "paint.toml, base"),
    "base with more": (
        ("base = { key", "base = { version = 1, key"),
        "unknown key 'version'",
        "paint.toml, base",
    ),
    "base that is a number": (
        (f'base = {{ key = "iso-14067-2018", digest = "{ISO.digest}" }}', "base = [2018]"),
        "the rule file has no 'slots'|'base' is [2018]",
    ),
    "base that nobody knows": (
        ('"iso-14067-2018"', '"iso-14067-2013"'),
        "'iso-14067-2013' is not in the package",
        "use one of",
    ),
    "base outside the folder": (
        ('"iso-14067-2018"', '"../secret.toml"'),
        "the base '../secret.toml' does not lie beside the rule file",
        "reads nothing outside its own folder",
    ),
    "base that is not there": (
        ('"iso-14067-2018"', '"gone.toml"'),
        "the base cannot be read",
        "paint.toml, base.key",
    ),
    "base that is the file itself": (
        ('"iso-14067-2018"', '"paint.toml"'),
        "the rule set derives from itself by way of 'paint.toml'",
        "derive from a complete rule set",
    ),
    "edition out of order": (
        ('edition = "2026-1"', 'edition = "2017"'),
        "the edition '2017' is older than that of its base, '2018' of 'iso-14067-2018'",
        "paint.toml, edition",
        "correct the edition",
    ),
    "edition that is no date": (
        ('edition = "2026-1"', 'edition = "third"'),
        "the edition is 'third'",
        'edition = "2026"',
    ),
    "no edition": (('edition = "2026-1"\n', ""), "the edition is ''", "paint.toml, edition"),
    "another citation for a key of the base": (
        ("[references.pcr]", '[references.iso14067]\ncitation = "Something else"\n[references.pcr]'),
        "the reference 'iso14067' has another citation than in the base",
        "paint.toml, references.iso14067",
    ),
    "unknown key of a reference": (
        ("[references.pcr]", '[references.pcr]\nauthor = "me"'),
        "unknown key 'author'",
        "paint.toml, references.pcr",
    ),
    "unknown slot": ((SLOT, "[slots.cutoff]"), "there is no rule slot 'cutoff'", "paint.toml", "cut_off"),
    "unknown option": (
        ('"by_mass"', '"by_weight"'),
        "no option 'by_weight'",
        "paint.toml, slot cut_off",
    ),
    "unknown parameter": (
        ("item = 0.01", "each = 0.01"),
        "has no parameter 'each'",
        "paint.toml, slot cut_off",
        "item",
    ),
    "parameter of another type": (
        ("item = 0.01", 'item = "1 %"'),
        "parameter 'item' of option 'by_mass' is '1 %'",
        "paint.toml, slot cut_off",
    ),
    "unknown dimension": (
        ("cut_off = {", "cutoff = {"),
        "there is no dimension 'cutoff'",
        "paint.toml, dimensions.cutoff",
    ),
    "dimension without words": (
        ('says = "1 % each, 5 % together", ', ""),
        "the statement has no says",
        "dimensions.cut_off",
    ),
    "dimension without a source": (
        ('standard = "pcr"\n', ""),
        "the statement has no source",
        'standard = "..."',
    ),
    "dimension that is a word": (
        ("cut_off = { says", 'stages = "all"\ncut_off = { says'),
        "'stages' is 'all'",
        "it has to be a table",
    ),
    "dimension with an unknown level": (
        ('4.2", source_level = "read" }\n', '4.2", source_level = "heard" }\n'),
        "source_level is 'heard'",
    ),
    "category with an unknown unit": (
        ('unit = "m2"', 'unit = "pots"'),
        "the unit of the product category is 'pots'",
        "paint.toml, category",
        "write a unit alone",
    ),
    "category without a unit": (
        ('unit = "m2"\n', ""),
        "the product category states no unit",
        "paint.toml, category",
    ),
    "category without a scope": (('scope = "Paint"\n', ""), "the product category states no scope"),
    "category with an unknown key": (
        ('unit = "m2"', 'unit = "m2"\nlife = 10'),
        "unknown key 'life'",
        "validity",
    ),
    "category with a word for a list": (
        ('unit = "m2"', 'unit = "m2"\nreport = "all"'),
        "'report' of the product category is 'all'",
        "a list of texts",
    ),
    "category that is a word": (
        ('[category]\nscope = "Paint"\nunit = "m2"\n', ""),
        ('key = "paint"', 'key = "paint"\ncategory = "paint"'),
        "'category' is 'paint'",
    ),
    "applies to nothing": (('key = "paint"', 'key = "paint"\napplies_to = [" "]'), "a list of names"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str, tmp_path: Path) -> None:
    text = GOOD
    words = []
    for part in MALFORMED[name]:
        if isinstance(part, tuple):
            assert part[0] in text, "the test replaces nothing"
            text = text.replace(part[0], part[1], 1)
        else:
            words.append(part)
    file = tmp_path / "paint.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_rule_set(file)
    shown = str(caught.value)
    assert "paint.toml" in shown, "the message names the file"
    assert "remedy:" in shown
    for word in words:
        assert any(way in shown for way in word.split("|")), shown


def test_the_text_that_the_tests_break_derives(tmp_path: Path) -> None:
    rules = parse_rule_set(GOOD, "paint.toml")
    assert [change.slot for change in ISO.diff(rules)] == ["cut_off"]
    assert (rules.base, rules.base_key) == (ISO.digest, "iso-14067-2018")
    assert rules.dimensions["cut_off"].says == "1 % each, 5 % together"
    assert rules.dimensions["stages"] == ISO.dimensions["stages"]
    assert rules.category is not None and rules.category.unit == "m2"


def test_a_base_may_lie_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "paint.toml").write_text(GOOD, encoding="utf-8")
    paint = read_rule_set(tmp_path / "paint.toml")
    (tmp_path / "varnish.toml").write_text(
        'key = "varnish"\ntitle = "Varnish"\nedition = "2026-2"\n'
        f'base = {{ key = "paint.toml", digest = "{paint.digest}" }}\n'
        '[slots.timing]\noption = "linear"\n'
        'reference = { source = "pcr", clause = "5", source_level = "read" }\n',
        encoding="utf-8",
    )
    varnish = find_rule_set(str(tmp_path / "varnish.toml"))
    assert [change.slot for change in paint.diff(varnish)] == ["timing"]
    assert varnish.category == paint.category
    with pytest.raises(RuleError, match="does not lie beside the rule file"):
        parse_rule_set((tmp_path / "varnish.toml").read_text(encoding="utf-8"), "varnish.toml")


def test_two_files_that_derive_from_each_other_are_refused(tmp_path: Path) -> None:
    for own, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{own}.toml").write_text(
            f'key = "{own}"\ntitle = "{own}"\nedition = "2026"\n'
            f'base = {{ key = "{other}.toml", digest = "x" }}\n',
            encoding="utf-8",
        )
    with pytest.raises(RuleError, match="derives from itself"):
        read_rule_set(tmp_path / "a.toml")


@pytest.mark.parametrize("key", list_rule_sets())
def test_what_is_written_comes_back_whole(key: str, tmp_path: Path) -> None:
    rules = load_rule_set(key)
    write_rule_set(rules, tmp_path / "rules.toml")
    read = read_rule_set(tmp_path / "rules.toml")
    assert read.dimensions == rules.dimensions
    assert read.category == rules.category
    assert (read.base, read.applies_to, read.digest) == (rules.base, rules.applies_to, rules.digest)


@pytest.mark.parametrize("key", list_rule_sets())
def test_a_draft_runs_as_it_is(key: str) -> None:
    base = load_rule_set(key)
    text = draft_rule_file("mine", base)
    rules = parse_rule_set(text, "mine.toml")
    assert rules.diff(base) == ()
    assert rules.base == base.digest
    assert all(f"# --- {slot.key} " in text for slot in SLOTS)
    assert max(map(len, text.splitlines())) < 2000


@pytest.mark.parametrize("key", list_rule_sets())
def test_the_commented_rules_of_a_draft_are_those_of_the_base(key: str) -> None:
    base = load_rule_set(key)
    text = draft_rule_file("mine", base)
    code = re.compile(r"# ((?:\[\[?slots|select =|option =|parameters =|reference =).*)")
    rules = parse_rule_set(code.sub(r"\1", text), "mine.toml")
    assert rules.diff(base) == ()
    assert all(line.reference.source == "own" for rule in rules.rules.values() for line in rule.lines), (
        "they were taken"
    )


def test_a_draft_has_a_key_that_can_be_a_file() -> None:
    with pytest.raises(RuleError, match="cannot be used"):
        draft_rule_file("../mine", ISO)


@pytest.mark.parametrize(
    ("bases", "words"),
    [
        ([], "the hierarchy has the bases \\[\\]"),
        (["mass", "mass"], "each basis once"),
        (["mass", 3], "each basis once"),
        (["equal", "mass"], "goes on after 'equal'"),
        (["reference_flow", "mass"], "never be reached"),
    ],
)
def test_a_hierarchy_is_an_order(bases: list[object], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        check_bases(bases)


# -- what only the inventory can tell --------------------------------------------------------------


def run(text: str) -> None:
    inventory = load_teaching_inventory()
    evaluate_system(build_product_system([inventory], parse_rule_set(text, "paint.toml"), solve=solver()))


def with_slot(slot: str, option: str, parameters: str) -> str:
    reference = 'reference = { source = "pcr", clause = "4.2", source_level = "read" }'
    block = f'[slots.{slot}]\noption = "{option}"\nparameters = {parameters}\n{reference}\n\n[dimensions]'
    text = re.sub(r"\[slots\.cut_off\].*?\n\n", "", GOOD, flags=re.DOTALL)
    return text.replace("[dimensions]", block)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            with_slot(
                "recycling", "circular_footprint_formula", '{ material = "steel", A = 1.2, Ev = "steel" }'
            ),
            ("'A'", "1.2", "paint.toml, slot recycling"),
        ),
        (
            with_slot(
                "recycling",
                "circular_footprint_formula",
                '{ material = "steel", R2 = 0.7, R3 = 0.5, Ev = "steel" }',
            ),
            ("R2", "R3", "paint.toml, slot recycling"),
        ),
        (
            with_slot("cut_off", "by_mass", "{ total = 5 }"),
            ("'total' is 5", "paint.toml, slot cut_off", "one per cent"),
        ),
        (
            with_slot("multifunctionality", "hierarchy", '{ bases = ["equal", "mass"] }'),
            ("goes on after", "paint.toml, slot"),
        ),
        (
            with_slot("electricity", "consumption_mix", '{ default = "nobody", where = "everywhere" }'),
            ("nobody", "paint.toml"),
        ),
    ],
)
def test_a_rule_that_does_not_fit_names_its_file(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises((RuleError, RefusedError)) as caught:
        run(text)
    shown = str(caught.value)
    for word in (*words, "remedy:"):
        assert word in shown


def test_a_line_that_selects_nothing_is_a_finding() -> None:
    line = 'reference = { source = "pcr", clause = "4.2", source_level = "read" }'
    first = f'[[slots.cut_off.lines]]\nselect = {{ process = "*smeltre*" }}\noption = "none"\n{line}\n\n'
    text = GOOD.replace("[slots.cut_off]", f"{first}[[slots.cut_off.lines]]")
    system = build_product_system(
        [load_teaching_inventory()], parse_rule_set(text, "paint.toml"), solve=solver()
    )
    found = [one for one in system.work.findings if one.code == "rule_line_caught_nothing"]
    assert [one.detail for one in found] == [
        "paint.toml, slots.cut_off, rule line 1 of 2: process *smeltre* → none"
    ]
    right = text.replace("*smeltre*", "*smelter*")
    system = build_product_system(
        [load_teaching_inventory()], parse_rule_set(right, "paint.toml"), solve=solver()
    )
    assert not [one for one in system.work.findings if one.code == "rule_line_caught_nothing"]


def test_shares_that_do_not_sum_to_one_name_the_file() -> None:
    makers = [{"id": name, "out": {"steel": 1, "co2": 1}} for name in ("east", "west")]
    case = {
        "flows": {"steel": "kg", "car": "kg"},
        "processes": [*makers, {"id": "car", "out": {"car": 1}, "in": {"steel": 1}}],
    }
    rules = parse_rule_set(
        with_slot("linking", "by_share", "{ shares = { east = 0.5, west = 0.4 } }"), "paint.toml"
    )
    with pytest.raises(RuleError) as caught:
        build_product_system([tiny_database(case)], rules, solve=solver())
    shown = str(caught.value)
    for word in (
        "shares of the producers of 'steel' sum to 0.9",
        "paint.toml, slot linking",
        "state shares that sum to one",
    ):
        assert word in shown
