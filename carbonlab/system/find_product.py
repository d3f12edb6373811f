"""Find a product of a study by what a person remembers of it: its key, its name, or words of them in any language.

Compared as processes of a database are (`carbonlab.inventory.search`): without regard to case, width or
punctuation, and with the words of the glossary. Nothing that is merely spelled alike is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from carbonlab.errors import StudyError
from carbonlab.inventory.glossary import fold, word_test, words_of
from carbonlab.messages import available_languages, name_in
from carbonlab.spelling import did_you_mean

if TYPE_CHECKING:
    from carbonlab.system.study import UnitOfAnalysis


def find_product(units: Sequence[UnitOfAnalysis], text: str, *, study: str) -> str:
    """Return the key of the one product that a text means.

    Tried in this order: a key; a name; words that only one product has in its key and name;
    the same with what the glossary has for the words.

    Parameters
    ----------
    units : sequence of UnitOfAnalysis
        The products.
    text : str
        What was asked.
    study : str
        Key of the study, for messages.

    Raises
    ------
    StudyError
        If no product or more than one is meant; the error names them.
    """
    keys = [unit.key for unit in units]
    if text in keys:
        return text
    query, words = fold(text), _words(text)
    tests = [word_test(word) for word in words]
    names = {unit.key: [fold(name_in(unit.name, code)) for code in available_languages()] for unit in units}
    contents = {key: " · ".join((fold(key), *_words(key), *own)) for key, own in names.items()}
    for found in (
        [unit.key for unit in units if query in (fold(unit.key), fold(unit.name), *names[unit.key])],
        [key for key, own in contents.items() if words and all(word in own for word in words)],
        [key for key, own in contents.items() if words and all(occurs(own) for occurs in tests)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise StudyError(
                f"{text!r} fits {len(found)} products of study {study!r}",
                why="one of them is asked",
                remedy=f"name one of {', '.join(found)}",
            )
    raise StudyError(
        f"study {study!r} has no product {text!r}",
        remedy=f"{did_you_mean(text, keys)}its products are {', '.join(keys)}",
    )


def _words(text: str) -> list[str]:
    return words_of(text.replace("_", " "))
