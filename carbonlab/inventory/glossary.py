"""What was typed, against what a database says: one way to compare words, in Chinese and English, for every search.

A word of the packaged glossary also finds the word of the other language and the other English spelling.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import resources

_WORD = re.compile(r"\w+")
Test = Callable[[str], bool]
"""Whether a folded text has a word."""


def fold(text: str) -> str:
    """Make ``Ａluminium``, ``ALUMINIUM`` and ``aluminium`` one."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def words_of(text: str) -> list[str]:
    """Return the folded words of a text.

    Examples
    --------
    >>> words_of("Cement, PORTLAND")
    ['cement', 'portland']
    """
    return _WORD.findall(fold(text))


def word_test(word: str) -> Test:
    """Return whether a text has a word, or what the glossary has for it: the other language, the other spelling.

    What was typed may stand anywhere in a text; a word of the glossary only where a word begins, so that
    cement is not found in a reinforcement.
    """
    others = _glossary().get(word, ())
    if not others:
        return lambda text: word in text
    begins = re.compile("|".join((r"\b" if other.isascii() else "") + re.escape(other) for other in others))

    def occurs(text: str) -> bool:
        if word in text:
            return True
        return any(other in text for other in others) and begins.search(text) is not None  # the first is fast

    return occurs


def in_other_words(word: str) -> str:
    """Return the first that the glossary has for a folded word, the word itself if it has none.

    Examples
    --------
    >>> in_other_words("水泥"), in_other_words("kiln")
    ('cement', 'kiln')
    """
    return next(iter(_glossary().get(word, ())), word)


@cache
def _glossary() -> dict[str, tuple[str, ...]]:
    text = resources.files("carbonlab.inventory").joinpath("glossary.toml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for chinese, english in tomllib.loads(text)["words"].items():
        words = [fold(word) for word in (chinese, *english)]
        for word in words:
            found.setdefault(word, []).extend(other for other in words if other != word)
    return {word: _distinct(others) for word, others in found.items()}


def _distinct(words: list[str]) -> tuple[str, ...]:
    """Return words once each; of Chinese ones the longer: electricity is 电力, as 电 alone is part of much else."""
    chinese = [word for word in words if not word.isascii()]
    parts = {word for word in chinese for other in chinese if word != other and word in other}
    return tuple(word for word in dict.fromkeys(words) if word not in parts)
