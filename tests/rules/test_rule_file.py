"""Rule files: what is wrong with one is said in words, and what is written reads back unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonlab.errors import NotFoundError, RuleError
from carbonlab.rules.rulefile import (
    find_rule_set,
    list_rule_sets,
    load_rule_set,
    parse_rule_set,
    read_rule_set,
    write_rule_set,
)
from carbonlab.rules.ruleset import Line, Reference, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS

GOOD = """
key = "mine"
title = "A rule set of my own"
edition = "2026"

[references.iso]
citation = "ISO 14067:2018"
""" + "".join(
    f"""
[slots.{slot.key}]
option = "{slot.neutral}"
reference = {{ source = "iso", clause = "6", source_level = "summary" }}
"""
    for slot in SLOTS
)

LINKING = """[slots.linking]
option = "equal_split"
reference = { source = "iso", clause = "6", source_level = "summary" }
"""
TIMING = LINKING.replace("linking", "timing").replace("equal_split", "none")
REFERENCE = 'reference = { source = "iso", clause = "6", source_level = "summary" }'

MALFORMED = {
    "no TOML": (('key = "mine"', "key = mine"), "not valid TOML", "mend the line named"),
    "nested without end": (("edition =", f"note = {'[' * 20_000}\nedition ="), "not valid TOML"),
    "a key twice": (('title = "A', 'key = "again"\ntitle = "A'), "not valid TOML"),
    "unknown key at the top": (("edition =", "editon ="), "unknown key 'editon'"),
    "no key": (('key = "mine"\n', ""), "the rule file has no 'key'"),
    "empty title": (('"A rule set of my own"', '""'), "the rule file has no 'title'"),
    "title is a list": (('"A rule set of my own"', "[1]"), "'title' is [1]", "it has to be text"),
    "applies_to is a word": (
        ("edition =", 'applies_to = "cement"\nedition ='),
        "'applies_to' is 'cement'",
        "a list of names",
    ),
    "unknown slot": (("[slots.timing]", "[slots.delay]"), "no rule slot 'delay'", "timing"),
    "slot missing": ((TIMING, ""), "decides nothing for: timing", "the neutral option is a rule too"),
    "slot is no table": (
        (LINKING, ""),
        ("[references.iso]", '[slots]\nlinking = "equal_split"\n[references.iso]'),
        "slot 'linking' is not a table",
    ),
    "unknown option": (
        ('"equal_split"', '"equal_spilt"'),
        "slot 'linking' has no option 'equal_spilt'",
        "did you mean 'equal_split'?",
        "linking",
    ),
    "no option": (('option = "equal_split"\n', ""), "a line of a rule names no option", "slots.linking"),
    "option is a number": (('"equal_split"', "1"), "a line of a rule names no option"),
    "no reference": (
        (LINKING, LINKING.replace(REFERENCE, "")),
        "a line of a rule has no reference",
        "a rule that nobody can look up cannot be verified",
    ),
    "reference is a word": (
        (LINKING, LINKING.replace(REFERENCE, 'reference = "iso"')),
        "a line of a rule has no reference",
    ),
    "reference to nothing": (
        (LINKING, LINKING.replace('"iso"', '"iso14068"')),
        "the reference 'iso14068' is not in the list of references",
        "add [references.iso14068]",
    ),
    "reference without a citation": (
        ('citation = "ISO 14067:2018"', 'cite = "ISO 14067:2018"'),
        "the reference 'iso' has no citation",
        "nobody could look it up",
    ),
    "references is a word": (
        ('[references.iso]\ncitation = "ISO 14067:2018"', ""),
        ("edition =", 'references = "iso"\nedition ='),
        "'references' is 'iso'",
        "it has to be a table",
    ),
    "unknown key in a reference": (
        (LINKING, LINKING.replace("clause =", "page =")),
        "unknown key 'page'",
        "slots.linking, reference",
    ),
    "unknown source level": (
        (LINKING, LINKING.replace('"summary"', '"rumour"')),
        "source_level is 'rumour'",
        "use one of read, summary, recalled, own",
    ),
    "unknown parameter": (
        (LINKING, LINKING + "parameters = { unlink = 'refuse' }\n"),
        "option 'equal_split' has no parameter 'unlink'",
        "its parameters are: unlinked",
    ),
    "parameter of another type": (
        (LINKING, LINKING + "parameters = { unlinked = true }\n"),
        "parameter 'unlinked' of option 'equal_split' is True",
        "it has to be of type str",
    ),
    "parameters is a word": (
        (LINKING, LINKING + "parameters = 'refuse'\n"),
        "'parameters' is 'refuse'",
        "it has to be a table",
    ),
    "select is a word": (
        (LINKING, LINKING + "select = 'role'\n"),
        "'select' is 'role'",
        "it has to be a table",
    ),
    "unknown selector": (
        (LINKING, LINKING + "select = { 'rôle' = 'fuel' }\n"),
        "a selector cannot ask for rôle",
        "role, process, flow",
    ),
    "selector that is no text": (
        (LINKING, LINKING + "select = { location = 3 }\n"),
        "a selector cannot ask for {'location': 3}",
        "give text",
    ),
    "unknown role": ((LINKING, LINKING + "select = { role = 'fuels' }\n"), "there is no role 'fuels'"),
    "unknown stage": (
        (LINKING, LINKING + "select = { stage = 'usage' }\n"),
        "there is no life-cycle stage 'usage'",
    ),
    "no default line": (
        (LINKING, LINKING + "select = { role = 'fuel' }\n"),
        "the rule of slot 'linking' has no default line",
        "what no line catches would be decided by accident",
    ),
    "lines and an option": (
        (LINKING, LINKING + "lines = []\n"),
        "unknown key 'option'",
    ),
    "no lines": ((LINKING, "[slots.linking]\nlines = []\n"), "has no default line"),
    "lines are no tables": (
        (LINKING, '[slots.linking]\nlines = ["equal_split"]\n'),
        "'lines' is ['equal_split']",
        "a list of tables",
    ),
    "lines is a number": ((LINKING, "[slots.linking]\nlines = 2\n"), "'lines' is 2", "a list of tables"),
}


def broken(*parts: tuple[str, str] | str) -> tuple[str, list[str]]:
    text = GOOD
    for part in parts:
        if isinstance(part, tuple):
            assert part[0] in text, "the test replaces nothing"
            text = text.replace(part[0], part[1], 1)
    return text, [part for part in parts if isinstance(part, str)]


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str, tmp_path: Path) -> None:
    text, words = broken(*MALFORMED[name])
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_rule_set(file)
    for word in words:
        assert word in str(caught.value)


def test_the_text_that_the_tests_break_is_whole() -> None:
    assert parse_rule_set(GOOD, "good").digest == load_neutral().digest


def load_neutral() -> RuleSet:
    return RuleSet("n", "n", {slot.key: Rule(slot.key, (Line(slot.neutral),)) for slot in SLOTS})


@pytest.mark.parametrize("what", ["absent", "latin-1", "folder"])
def test_unreadable_file(what: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    if what == "latin-1":
        file.write_bytes('title = "Grün"'.encode("latin-1"))
    elif what == "folder":
        file.mkdir()
    with pytest.raises(RuleError, match="the rule file cannot be read"):
        read_rule_set(file)


def test_unknown_key_names_the_packaged_ones() -> None:
    with pytest.raises(NotFoundError) as caught:
        find_rule_set("iso14067-2018-draft")
    assert "there is no rule set 'iso14067-2018-draft'" in str(caught.value)
    assert "default" in str(caught.value)


@pytest.mark.parametrize("key", list_rule_sets())
def test_packaged_rule_set_is_written_and_read_with_the_same_digest(key: str, tmp_path: Path) -> None:
    rules = load_rule_set(key)
    write_rule_set(rules, tmp_path / "rules.toml")
    read = find_rule_set(str(tmp_path / "rules.toml"))
    assert read.digest == rules.digest
    assert rules.diff(read) == ()
    assert read.rules == rules.rules, "references and notes come back too"
    assert (read.key, read.title, read.edition, read.note) == (
        rules.key,
        rules.title,
        rules.edition,
        rules.note,
    )
    assert dict(read.references) == dict(rules.references)


def test_selectors_parameters_and_base_come_back(tmp_path: Path) -> None:
    reference = Reference(source="iso14067", clause="6.3.4", source_level="recalled", note="« grün »")
    lines = (
        Line("no_capital_goods", Selector(location="CN", process="*smelter*"), {}, reference),
        Line("exclude", Selector(role="packaging"), {}, reference),
        Line("stages", Selector(), {"keep": ["production", "use"]}, reference),
    )
    substitutes = {"heat": {"process": "boiler", "flow": "heat", "ratio": 0.9}}
    rules = load_rule_set("default").replace(
        boundary=Rule("boundary", lines),
        multifunctionality=Rule(
            "multifunctionality", (Line("substitution", parameters={"substitutes": substitutes}),)
        ),
    )
    write_rule_set(rules, tmp_path / "rules.toml")
    read = read_rule_set(tmp_path / "rules.toml")
    assert read.digest == rules.digest != load_rule_set("default").digest
    assert read.base == rules.base == load_rule_set("default").digest
    assert read.rules["boundary"] == rules.rules["boundary"]
    assert read.rules["multifunctionality"].value == rules.rules["multifunctionality"].value


def test_digest_is_of_what_the_rules_do_not_of_how_they_are_worded() -> None:
    reworded = GOOD.replace("A rule set of my own", "Another title").replace('clause = "6"', 'clause = "7"')
    assert parse_rule_set(reworded, "reworded").digest == parse_rule_set(GOOD, "good").digest
    changed = GOOD.replace('option = "equal_split"', 'option = "by_location"')
    assert parse_rule_set(changed, "changed").digest != parse_rule_set(GOOD, "good").digest


def test_one_line_is_the_same_as_an_option() -> None:
    as_lines = LINKING.replace("[slots.linking]", "[[slots.linking.lines]]")
    assert (
        parse_rule_set(GOOD.replace(LINKING, as_lines), "lines").digest == parse_rule_set(GOOD, "good").digest
    )


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    write_rule_set(load_rule_set("default"), file)
    before = file.read_bytes()
    rules = load_rule_set("default").replace(
        multifunctionality=Rule("multifunctionality", (Line("mass", parameters={"inherent": [object()]}),))
    )
    with pytest.raises(TypeError):
        write_rule_set(rules, file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["rules.toml"], "nothing half-written beside it"
