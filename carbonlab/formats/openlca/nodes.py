"""A JSON object of a data set, asked for its fields by type: every mistake is reported with its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from carbonlab.errors import FormatError

HUGE = 1e30
"""No amount of a product system is larger, whatever its unit; such a number is a slip."""

LONGEST_TEXT = 1_000_000
"""Characters of one text; the longest description in public databases has some 20,000."""

_FLAGS = {"TRUE": True, "True": True, "true": True, "FALSE": False, "False": False, "false": False}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A JSON object with its place.

    Attributes
    ----------
    file : str
        Archive and file.
    path : str
        Place in the file, such as ``exchanges[3].unit``; empty for the whole data set.
    values : dict
        The fields.
    """

    file: str
    path: str
    values: dict[str, Any]

    def place(self, key: str = "") -> str:
        """Return how errors name this object or one of its fields."""
        path = f"{self.path}.{key}" if self.path and key else self.path or key
        name = self.values.get("name")
        named = f" (of {name!r})" if isinstance(name, str) and not self.path else ""
        return f"{self.file}, {path}{named}" if path else f"{self.file}{named}"

    def has(self, key: str) -> bool:
        """Whether a field is there and not null."""
        return self.values.get(key) is not None

    def text(self, key: str) -> str:
        """Return a text without blanks at its ends; "" if there is none.

        A year written as a number is taken as text; NaN, which scripts write for an empty cell, as none.
        """
        value = self.values.get(key)
        if value is None:
            return ""
        if type(value) is str:
            if len(value) > LONGEST_TEXT:
                raise self.error(
                    key,
                    f"the text has {len(value):,} characters; the limit is {LONGEST_TEXT:,}",
                    remedy="shorten it; a text of this length is no description",
                )
            if not value.isascii() and _has_lone_surrogate(value):
                raise self.error(
                    key, "the text holds half of a character", remedy="export the data set again as UTF-8"
                )
            return value.strip()
        if type(value) is int:
            return str(value)
        if type(value) is float and math.isnan(value):
            return ""
        raise self.error(key, f"{_shown(value)} is not a text", remedy="write it in quotation marks")

    def required_text(self, key: str, why: str) -> str:
        """Return a text that must be there."""
        text = self.text(key)
        if not text:
            raise self.error(key, f"there is no {key}", why=why, remedy=f"state {key}")
        return text

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number that is not absurdly large.

        Raises
        ------
        FormatError
            If it is missing and there is no default, or is no such number.
        """
        value = self.values.get(key)
        if value is None:
            if default is None:
                raise self.error(
                    key, f"there is no {key}", why="zero would be a guess", remedy=f"state {key} as a number"
                )
            return default
        if type(value) is not float and type(value) is not int:
            raise self.error(
                key,
                f"{_shown(value)} is not a number",
                why="an amount that cannot be read would be lost",
                remedy="write digits with a decimal point and no quotation marks, such as 1.5 or 3.2e-6",
            )
        if type(value) is float and not math.isfinite(value):
            raise self.error(
                key,
                f"{value} is not a finite number",
                why="it would spread through every result",
                remedy="correct the amount; NaN, Infinity and numbers above 1e308 are no amounts",
            )
        if abs(value) > HUGE:
            raise self.error(
                key,
                f"the number {_shown(value)} is huge (more than {HUGE:g})",
                remedy="correct it, or choose a larger unit",
            )
        return float(value)

    def flag(self, key: str) -> bool:
        """Return yes or no; no if the field is missing, as the format says."""
        value = self.values.get(key)
        if value is True or value is False:
            return value
        if value is None:
            return False
        if isinstance(value, str) and value.strip() in _FLAGS:
            return _FLAGS[value.strip()]
        raise self.error(key, f"{_shown(value)} is neither true nor false", remedy="write true or false")

    def word(self, key: str, words: dict[str, Any], default: str = "") -> Any:
        """Return what a word of the format stands for.

        Raises
        ------
        FormatError
            If the word is missing and there is no default, or is not of the format.
        """
        text = self.text(key) or default
        if text not in words:
            raise self.error(
                key,
                f"{text!r} is no {key}" if text else f"there is no {key}",
                why="it decides how the data set is used",
                remedy=f"state one of {', '.join(words)}",
            )
        return words[text]

    def node(self, key: str) -> Node | None:
        """Return the object in a field; None if there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(
                key, f"{_shown(value)} is not an object", remedy="write a JSON object in braces: {...}"
            )
        return Node(self.file, f"{self.path}.{key}" if self.path else key, value)

    def nodes(self, key: str) -> Iterator[Node]:
        """Yield the objects of a list; none if the field is missing."""
        value = self.values.get(key)
        if value is None:
            return
        path = f"{self.path}.{key}" if self.path else key
        if not isinstance(value, list):
            raise self.error(
                key, f"{_shown(value)} is not a list", remedy="write a JSON list in brackets: [...]"
            )
        for position, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.error(
                    f"{key}[{position}]",
                    f"{_shown(item)} is not an object",
                    remedy="write a JSON object in braces",
                )
            yield Node(self.file, f"{path}[{position}]", item)

    def reference(self, key: str) -> str:
        """Return the id of the data set that a field refers to; "" if there is none."""
        node = self.node(key)
        return node.text("@id") if node else ""

    def required_reference(self, key: str, why: str) -> str:
        """Return the id of the data set that a field must refer to."""
        identity = self.reference(key)
        if not identity:
            raise self.error(
                key, f"there is no reference to a {key}", why=why, remedy=f"state the @id of the {key}"
            )
        return identity

    def error(self, key: str, what: str, *, why: str = "", remedy: str = "") -> FormatError:
        """Return an error about a field of this object."""
        return FormatError(what, where=self.place(key), why=why, remedy=remedy)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _has_lone_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
