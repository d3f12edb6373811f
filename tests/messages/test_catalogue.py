"""Every text in every language: the same keys, the same fields, and sentences that still exist."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from string import Formatter

import pytest

from carbonlab.conformity.requirements import STANDARDS, requirements_of
from carbonlab.errors import CarbonlabError, NotFoundError
from carbonlab.messages import (
    available_languages,
    current_language,
    in_language,
    message,
    set_language,
    translated,
)
from carbonlab.messages.catalogue import _texts
from carbonlab.monte_carlo.accumulate import Ending
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set
from carbonlab.rules.slots import SLOTS
from carbonlab.solve.lanes.records import LaneStage, LaneStatus

ENGLISH = _texts("en")
OTHERS = [code for code in available_languages() if code != "en"]
CHINESE = re.compile(r"[一-鿿]")
THE_SAME = {"delta", "UUID", "CSV", "NetCDF", "n/a", "zh-CN"}


def fields_of(text: str) -> set[tuple[str, str]]:
    """Return the fields of a text with their formats, whatever their order."""
    return {(name, form or "") for _, name, form, _ in Formatter().parse(text) if name}


def test_languages_have_full_locale_names() -> None:
    assert available_languages() == ("en", "zh_CN")


@pytest.mark.parametrize("code", OTHERS)
def test_every_key_is_translated(code: str) -> None:
    texts = _texts(code)
    assert sorted(set(ENGLISH) - set(texts)) == [], "keys without a text"
    assert sorted(set(texts) - set(ENGLISH)) == [], "texts that no longer have a key"


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_same_fields(code: str) -> None:
    texts = _texts(code)
    wrong = {
        key: (fields_of(text), fields_of(texts[key]))
        for key, text in ENGLISH.items()
        if key in texts and fields_of(text) != fields_of(texts[key])
    }
    assert wrong == {}


def test_chinese_texts_are_chinese() -> None:
    plain = {
        key: text
        for key, text in _texts("zh_CN").items()
        if not CHINESE.search(text) and not fields_of(text) and text not in THE_SAME and text != ENGLISH[key]
    }
    assert plain == {}
    untouched = [
        key
        for key, text in _texts("zh_CN").items()
        if text == ENGLISH[key] and re.search("[a-z]{3}", re.sub("{.*?}", "", text)) and text not in THE_SAME
    ]
    assert untouched == [], "texts that were copied and never translated"


def test_status_begins_with_its_first_words() -> None:
    """Tables show what stands before the colon: it is the same sign in every language."""
    for code in available_languages():
        for key in (key for key in ENGLISH if key.startswith("status.")):
            assert 0 < _texts(code)[key].find(": ") < 30, key


def packaged_sentences() -> set[str]:
    """Return titles and notes of the packaged rule sets, as reports show them."""
    found: set[str] = set()
    for key in list_rule_sets():
        rules = load_rule_set(key)
        found |= {rules.title, rules.note}
        found |= {line.reference.note for rule in rules.rules.values() for line in rule.lines}
    return found - {""}


@pytest.mark.parametrize("code", OTHERS)
def test_titles_and_notes_of_packaged_rule_sets_are_translated(code: str) -> None:
    with in_language(code):
        left = sorted(text for text in packaged_sentences() if translated(text) == text)
    assert left == []


@pytest.mark.parametrize("code", OTHERS)
def test_requirements_are_translated(code: str) -> None:
    rows = [row for standard in STANDARDS for row in requirements_of(standard)]
    with in_language(code):
        left = {
            text
            for row in rows
            for text in (row.topic, row.text, row.person)
            if text and translated(text) == text
        }
    assert left == set()


@pytest.mark.parametrize("code", OTHERS)
def test_words_of_the_solver_are_translated(code: str) -> None:
    words = [one.value for kind in (LaneStage, LaneStatus, Ending) for one in kind]
    with in_language(code):
        assert [word for word in words if translated(word) == word] == []


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_is_translated_twice(code: str) -> None:
    file = resources.files("carbonlab.messages").joinpath("sentences", f"{code}.toml")
    texts = [pair["text"] for pair in tomllib.loads(file.read_text(encoding="utf-8"))["sentence"]]
    assert len(texts) == len(set(texts))


def test_every_packaged_option_has_words() -> None:
    missing = [
        f"{slot.key}.{key}"
        for slot in SLOTS
        if slot.key != "characterization"
        for key in list_options(slot.key)
        if option_of(slot.key, key).action.__module__.startswith("carbonlab.")
        and f"option.{slot.key}.{key}" not in ENGLISH
    ]
    assert missing == []


def test_a_sentence_of_a_user_stays_as_it_is() -> None:
    with in_language("zh_CN"):
        assert translated("a note of my own") == "a note of my own"


@pytest.mark.parametrize("code", ["zh_CN", "zh-CN", "zh_cn"])
def test_a_language_is_set_and_left(code: str) -> None:
    with in_language(code):
        assert current_language() == "zh_CN"
        assert message("stage.end_of_life") == "生命末期"
    assert current_language() == "en"
    assert message("stage.end_of_life") == "End of life"


@pytest.mark.parametrize("code", ["zh", "de", "../en", ""])
def test_an_unknown_language_is_an_error_that_names_those_there_are(code: str) -> None:
    with pytest.raises(NotFoundError, match="no message catalogue") as error:
        set_language(code)
    assert "en, zh_CN" in error.value.remedy


def test_the_language_comes_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), in_language("zh_CN"):
        raise RuntimeError
    assert current_language() == "en"


def test_the_parts_of_an_error_are_named_in_the_language() -> None:
    error = CarbonlabError("what", where="here", why="because", remedy="do")
    assert str(error) == "what\n  where: here\n  why: because\n  remedy: do"
    with in_language("zh_CN"):
        assert str(error) == "what\n  位置: here\n  原因: because\n  处理办法: do"


def test_a_notebook_shows_the_message_first_and_the_trace_on_demand() -> None:
    try:
        raise NotFoundError("there is no such thing", remedy="look elsewhere")
    except NotFoundError as error:
        first, again = error._render_traceback_(), error._render_traceback_()
    assert first[0].startswith("NotFoundError: there is no such thing")
    assert "%tb" in first[-1]
    assert not any("Traceback" in line for line in first)
    assert again[0] == "Traceback (most recent call last):"
    assert any("test_catalogue.py" in line for line in again)
