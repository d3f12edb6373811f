"""Study files: what is wrong with one is said in words, and what is written reads back unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from carbonlab.errors import CarbonlabError, NotFoundError, RuleError, StudyError, TableError, UnitError
from carbonlab.formats.tables import write_tables
from carbonlab.inventory.store import save_database
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set, write_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.system.study_file import read_study, write_study
from carbonlab.teaching import list_studies, load_teaching_inventory, study_path
from tests.tiny import tiny_database

GOOD = """
[study]
key = "clinker"
title = "Clinker at the kiln"
reference_year = "2024"
goal = { application = "A test" }
scope = { limitations = "One process" }

[[databases]]
name = "teaching"
embedded = true

[[products]]
key = "clinker"
name = "1 t of clinker"
process = "clinker_cn"
flow = "clinker"
amount = 1
unit = "t"

[rules]
sets = ["default"]
"""

MALFORMED: dict[str, tuple[tuple[str, str] | str, ...]] = {
    "no TOML": (('key = "clinker"\ntitle', "key = clinker\ntitle"), "not valid TOML", "mend the line named"),
    "nested without end": (("[study]", f"x = {'[' * 20_000}\n[study]"), "not valid TOML"),
    "unknown key of the plan": (("[rules]", "[sampling]\nseeds = 1\n[rules]"), "unknown key 'seeds'", "[sampling]"),
    "no such plan": (
        ("[rules]", '[sampling]\nkind = "halton"\n[rules]'),
        "has kind = 'halton'",
        "'latin_hypercube'",
    ),
    "plan of half a draw": (("[rules]", "[sampling]\ndraws = 0.5\n[rules]"), "has draws = 0.5"),
    "design of 1000 draws": (
        ("[rules]", '[sampling]\nkind = "sobol"\ninputs = ["exchanges:a|b"]\n[rules]'),
        "1000 draws of a Sobol' sequence",
        "use 512 or 1024",
    ),
    "streams with a list": (("[rules]", '[sampling]\ninputs = ["a"]\n[rules]'), "names inputs"),
    "inputs are a word": (("[rules]", '[sampling]\ninputs = "a"\n[rules]'), "no list of texts"),
    "plan is a word": (("[study]", 'sampling = "streams"\n[study]'), "no table [sampling]"),
    "unknown table": (("[rules]", "[rule]"), "unknown key 'rule'", "what it says would be ignored"),
    "no study": (
        (GOOD[: GOOD.index("[[databases]]")], ""),
        "the study file has no table [study]",
        "add [study]",
    ),
    "study is a word": (
        (GOOD[: GOOD.index("[[databases]]")], 'study = "clinker"\n'),
        "the study file has no table [study]",
    ),
    "unknown key of the study": (("reference_year", "year"), "unknown key 'year'", "[study]"),
    "no key": (('key = "clinker"\ntitle', "title"), "'key' is missing or no text", "[study]"),
    "title is a number": (('"Clinker at the kiln"', "7"), "'title' is missing or no text"),
    "goal is a word": (('{ application = "A test" }', '"test"'), "goal of the study is not a table of texts"),
    "goal holds a number": (('"A test"', "1"), "goal of the study is not a table of texts"),
    "unknown goal": (("application =", "purpose ="), "has a field 'purpose'", "application, reasons"),
    "scope is a list": (('{ limitations = "One process" }', "[]"), "the scope of the study is not a table"),
    "unknown scope": (("limitations =", "limits ="), "has a field 'limits'", "the report would not show it"),
    "databases is a table": (("[[databases]]", "[databases]"), "'databases' is no list of tables"),
    "no database": (
        ('[[databases]]\nname = "teaching"\nembedded = true\n', ""),
        "study 'clinker' has no inventory",
        "add [[databases]] or [foreground]",
    ),
    "database without a name": (('name = "teaching"\n', ""), "'name' is missing or no text", "[[databases]]"),
    "unknown key of a database": (("embedded = true", "embed = true"), "unknown key 'embed'"),
    "embedded is a word": (("embedded = true", 'embedded = "yes"'), "says embedded = 'yes'"),
    "another name is embedded": (
        ('name = "teaching"', 'name = "uslci"'),
        "database 'uslci' says embedded = True",
        "only the inventory 'teaching' is embedded",
    ),
    "no path": (
        ('name = "teaching"\nembedded = true', 'name = "uslci"'),
        "database 'uslci' has no path",
        "only the teaching inventory is embedded",
    ),
    "another digest": (
        ("embedded = true", 'embedded = true\ndigest = "blake2b-128:00"'),
        "database 'teaching' is not the one that the study was made with",
        "the study names blake2b-128:00",
    ),
    "foreground is a word": (("[rules]", '[foreground]\n[rules]'), "'tables' is missing or no text"),
    "unknown key of the foreground": (
        ("[rules]", '[foreground]\nfolder = "fg"\n[rules]'),
        "unknown key 'folder'",
        "[foreground]",
    ),
    "products is a table": (("[[products]]", "[products]"), "'products' is no list of tables"),
    "no product": (
        (GOOD[GOOD.index("[[products]]") : GOOD.index("[rules]")], ""),
        "study 'clinker' has no products",
    ),
    "two products of a key": (
        ("[rules]", GOOD[GOOD.index("[[products]]") : GOOD.index("[rules]")] + "[rules]"),
        "two of the same key",
    ),
    "product without an amount": (
        ("amount = 1\n", ""),
        "a product has no 'amount'",
        "give key, name, process, amount",
    ),
    "unknown key of a product": (("amount = 1", "quantity = 1"), "unknown key 'quantity'"),
    "amount is a text": (("amount = 1", 'amount = "1"'), "the amount of a product is '1'", "without quotes"),
    "amount is true": (("amount = 1", "amount = true"), "the amount of a product is True"),
    "amount is zero": (("amount = 1", "amount = 0"), "an amount of 0", "finite amount greater than zero"),
    "amount is not a number": (("amount = 1", "amount = nan"), "asks for an amount of nan"),
    "amount has no end": (("amount = 1", "amount = inf"), "asks for an amount of inf"),
    "unknown unit type": (
        ("amount = 1", 'amount = 1\nunit_type = "reference"'),
        "has the unit type 'reference'",
        "use functional or declared",
    ),
    "rules is a word": (('[rules]\nsets = ["default"]', ""), ("[study]", "rules = 'default'\n[study]"),
                        "the study file has no table [rules]"),
    "unknown key of the rules": (("sets =", "set ="), "unknown key 'set'", "[rules]"),
    "sets is a word": (('["default"]', '"default"'), "the rule sets are not a list of names"),
    "no rule set": (('["default"]', "[]"), "study 'clinker' names no rule set"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str, tmp_path: Path) -> None:
    text, words = GOOD, [part for part in MALFORMED[name] if isinstance(part, str)]
    for part in MALFORMED[name]:
        if isinstance(part, tuple):
            assert part[0] in text, "the test replaces nothing"
            text = text.replace(part[0], part[1], 1)
    file = tmp_path / "study.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(file)
    assert words
    for word in words:
        assert word in str(caught.value)


OTHER_ERRORS: dict[str, tuple[str, str, type[CarbonlabError], str]] = {
    "unknown rule set": ('["default"]', '["iso"]', NotFoundError, "there is no rule set 'iso'"),
    "rule file absent": ('["default"]', '["mine.toml"]', RuleError, "the rule file cannot be read"),
    "no tables there": ("[rules]", '[foreground]\ntables = "fg"\n[rules]', CarbonlabError, "fg"),
    "nothing at the path": (
        'name = "teaching"\nembedded = true', 'name = "uslci"\npath = "uslci"', CarbonlabError, "uslci",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_ERRORS)
def test_what_it_refers_to_is_wrong(name: str, tmp_path: Path) -> None:
    old, new, error, word = OTHER_ERRORS[name]
    file = tmp_path / "study.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(error) as caught:
        read_study(file)
    assert word in str(caught.value)


ASKED_WRONGLY: dict[str, tuple[str, str, type[CarbonlabError], str]] = {
    "no such process": ('"clinker_cn"', '"klinker"', NotFoundError, "no process with the id 'klinker'"),
    "no such flow": ('flow = "clinker"', 'flow = "klinker"', NotFoundError, "no flow with the id 'klinker'"),
    "another's flow": ('flow = "clinker"', 'flow = "clay"', NotFoundError, "does not supply 'clay'"),
    "unit of another kind": ('unit = "t"', 'unit = "kWh"', UnitError, "'kWh'"),
    "unknown unit": ('unit = "t"', 'unit = "parsecs"', UnitError, "parsecs"),
}


@pytest.mark.parametrize("name", ASKED_WRONGLY)
def test_what_it_asks_for_is_not_there(name: str, tmp_path: Path) -> None:
    old, new, error, word = ASKED_WRONGLY[name]
    file = tmp_path / "study.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(error) as caught:
        calculate(read_study(file))
    assert word in str(caught.value)


@pytest.mark.parametrize("what", ["absent", "latin-1", "folder"])
def test_unreadable_file(what: str, tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    if what == "latin-1":
        file.write_bytes('title = "Grün"'.encode("latin-1"))
    elif what == "folder":
        file.mkdir()
    words = "there is no file .*study.toml" if what == "absent" else "the study file cannot be read"
    with pytest.raises(StudyError, match=words):
        read_study(file)


def test_mistakes_in_the_foreground_are_those_of_its_tables(tmp_path: Path) -> None:
    folder = tmp_path / "fg"
    folder.mkdir()
    (folder / "flows.csv").write_text("id,name,kind,unit\nx,X,product,kg\n")
    (folder / "processes.csv").write_text("id,name\nx,X\n")
    (folder / "exchanges.csv").write_text(
        "process,flow,direction,amount,unit,reference\nx,x,output,one,kg,yes\n"
    )
    (tmp_path / "study.toml").write_text(GOOD.replace("[rules]", '[foreground]\ntables = "fg"\n[rules]'))
    with pytest.raises(TableError) as caught:
        read_study(tmp_path / "study.toml")
    assert "exchanges.csv" in str(caught.value)
    assert "'one'" in str(caught.value)


# -- round trips -------------------------------------------------------------------------------------------


def written_and_read(study: Study, tmp_path: Path) -> Study:
    if study.foreground is not None:
        write_tables(study.foreground, tmp_path / "foreground")
    rule_files = []
    for number, rules in enumerate(study.rule_sets):
        rule_files.append(f"{number}.toml")
        write_rule_set(rules, tmp_path / rule_files[-1])
    write_study(
        study,
        tmp_path / "study.toml",
        foreground="foreground" if study.foreground is not None else "",
        rule_files=rule_files,
    )
    return read_study(tmp_path / "study.toml")


@pytest.mark.parametrize("key", list_studies())
def test_embedded_study_is_written_and_read_with_the_same_digest(key: str, tmp_path: Path) -> None:
    study = read_study(study_path(key))
    read = written_and_read(study, tmp_path)
    assert read.digest == study.digest
    assert (read.key, read.title) == (study.key, study.title)
    assert read.units == study.units


def test_a_study_under_changed_rules_comes_back(tmp_path: Path) -> None:
    price = load_rule_set("default").replace(multifunctionality="price", characterization="gwp20_ar5")
    (tmp_path / "study.toml").write_text(GOOD, encoding="utf-8")
    study = read_study(tmp_path / "study.toml").with_rule_sets("default", price)
    read = written_and_read(study, tmp_path)
    assert read.digest == study.digest
    assert [rules.key for rules in read.rule_sets] == ["default", price.key]


def test_units_and_amounts_come_back_exactly(tmp_path: Path) -> None:
    units = (
        UnitOfAnalysis(key="a", name="a third", process="clinker_cn", amount=1 / 3, unit="t"),
        UnitOfAnalysis(
            key="b", name='"quoted" \\ 中文', process="clinker_cn", amount=1e-17, unit_type="functional"
        ),
    )
    (tmp_path / "study.toml").write_text(GOOD, encoding="utf-8")
    study = replace(read_study(tmp_path / "study.toml"), units=units)
    assert written_and_read(study, tmp_path).units == units


def test_a_stored_database_is_found_by_its_path(tmp_path: Path) -> None:
    save_database(load_teaching_inventory(), tmp_path / "stored")
    text = GOOD.replace("embedded = true", 'path = "stored"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    (tmp_path / "embedded.toml").write_text(GOOD, encoding="utf-8")
    assert read_study(tmp_path / "study.toml").digest == read_study(tmp_path / "embedded.toml").digest


TINY = tiny_database('[flows]\na = "kg"\n[[processes]]\nid = "p"\nout = { a = 1, co2 = 2 }')

NAMES_TOO_LITTLE: dict[str, tuple[Callable[[], Study], str]] = {
    "foreground without a folder": (
        lambda: replace(Study.of(TINY, "p"), foreground=TINY, databases=()),
        "has a foreground and no folder is named for it",
    ),
    "derived rules by their key": (
        lambda: Study.of(TINY, "p", rule_sets=[load_rule_set("default").replace(linking="refuse")]),
        "the rule set 'default+linking=refuse' is not one of the package",
    ),
    "other rules under a packaged key": (
        lambda: Study.of(
            TINY, "p", rule_sets=[replace(load_rule_set("default").replace(linking="refuse"), key="default")]
        ),
        "the rule set 'default' is not one of the package",
    ),
}


@pytest.mark.parametrize("name", NAMES_TOO_LITTLE)
def test_a_file_that_would_name_less_is_not_written(name: str, tmp_path: Path) -> None:
    make, word = NAMES_TOO_LITTLE[name]
    with pytest.raises(StudyError) as caught:
        write_study(make(), tmp_path / "study.toml")
    assert word in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# -- studies made in Python --------------------------------------------------------------------------------


def test_two_rule_sets_of_one_key_cannot_be_told_apart() -> None:
    with pytest.raises(StudyError, match="two rule sets of study 'p' have the same key"):
        calculate(Study.of(TINY, "p", rule_sets=["default", "default"]))


def test_two_databases_with_one_process_cannot_be_told_apart() -> None:
    study = replace(Study.of(TINY, "p"), databases=(TINY, TINY.with_meta(name="other")))
    with pytest.raises(StudyError, match="two databases have a process with the id 'p'"):
        calculate(study)


def test_one_flow_in_two_units_cannot_be_added() -> None:
    other = tiny_database(
        '[flows]\na = "t"\nb = "kg"\n[[processes]]\nid = "q"\nout = { b = 1 }\nin = { a = 1 }', "other"
    )
    study = replace(Study.of(TINY, "p"), databases=(TINY, other))
    with pytest.raises(StudyError) as caught:
        calculate(study)
    assert "the flow 'a' is a product in kg in one database and a product in t in another" in str(
        caught.value
    )


def test_a_rule_that_refuses_gives_no_number() -> None:
    several = tiny_database(
        """
        [flows]
        a = "kg"
        b = "kg"
        [[processes]]
        id = "p"
        out = { a = 1, b = 1, co2 = 2 }
        """
    )
    refuse = Rule("multifunctionality", (Line("refuse"),))
    with pytest.raises(CarbonlabError, match="1 processes have several products, the first being 'p'"):
        calculate(
            Study.of(several, "p", rule_sets=[load_rule_set("default").replace(multifunctionality=refuse)])
        )


def test_a_sampling_plan_is_part_of_a_study(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    study = read_study(tmp_path / "good.toml")
    assert study.sampling is None
    plans = [
        SamplingPlan(draws=10),
        SamplingPlan(draws=10, seed=3),
        SamplingPlan(draws=10, lognormal_keeps="mean", sign_changes="clip", pedigree="empirical"),
        SamplingPlan(draws=16, kind="sobol", inputs=("exchanges:a|b", "exchanges:a|c")),
        SamplingPlan(draws=16, kind="sobol", inputs=("exchanges:a|c", "exchanges:a|b")),
        SamplingPlan(draws=16, kind="latin_hypercube", inputs=("exchanges:a|c",)),
    ]
    for number, plan in enumerate(plans):
        path = tmp_path / f"{number}.toml"
        write_study(study.with_sampling(plan), path)
        again = read_study(path)
        assert again.sampling == plan and again.digest == study.with_sampling(plan).digest
    assert len({study.with_sampling(plan).digest for plan in [None, *plans]}) == len(plans) + 1
    assert "10 draws by streams, seed 3" in repr(study.with_sampling(plans[1]))
