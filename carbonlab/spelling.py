"""A mistyped key: which of the known keys was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

NEAR = 0.6
"""Likeness of spellings, 0 to 1, below which a key is not offered."""
SUGGESTIONS = 3


def near_keys(word: str, known: Iterable[str]) -> list[str]:
    """Return the known keys that a word may mean, the likeliest first, at most three.

    Case and punctuation do not count. A key that begins with the word or holds it goes before one that is
    merely spelled alike.

    Examples
    --------
    >>> near_keys("ISO14067", ["default", "iso-14067-2018", "pas-2050-2011"])
    ['iso-14067-2018']
    >>> near_keys("footprnt", ["run", "footprint"])
    ['footprint']
    """
    folded = {key: _fold(key) for key in known}
    asked = _fold(word)
    if not asked:
        return []
    begins = [key for key, text in folded.items() if text.startswith(asked)]
    holds = [key for key, text in folded.items() if asked in text and key not in begins]
    alike = get_close_matches(asked, set(folded.values()), SUGGESTIONS, NEAR)
    spelled = [key for text in alike for key in folded if folded[key] == text]
    return ([*begins, *holds] or spelled)[:SUGGESTIONS]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean …? `` with a blank behind it, or an empty text where no key is near.

    Examples
    --------
    >>> did_you_mean("gtb-24067", ["default", "gbt-24067-2024"])
    "did you mean 'gbt-24067-2024'? "
    >>> did_you_mean("nobody", ["default"])
    ''
    """
    near = near_keys(word, known)
    return f"did you mean {' or '.join(map(repr, near))}? " if near else ""


def _fold(key: str) -> str:
    return "".join(letter for letter in key.casefold() if letter.isalnum())
