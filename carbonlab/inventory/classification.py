"""Classification files: lines that say which flow or process plays which role, read from TOML.

The form is described at the top of ``classification.toml`` beside this module.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from carbonlab.errors import FormatError
from carbonlab.vocabulary import CarbonOrigin, Confidence, FlowKind, Role

PACKAGED = "classification.toml"
MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationLine:
    """One line: who is caught, and which role they are given."""

    file: str
    key: str
    role: Role
    subject: str
    """``flow`` or ``process``."""
    name: str = ""
    not_name: str = ""
    category: str = ""
    unit: tuple[str, ...] = ()
    """Flows: reference units, groups already written out; empty for any."""
    kind: tuple[FlowKind, ...] = (FlowKind.PRODUCT, FlowKind.WASTE)
    origin: tuple[CarbonOrigin, ...] = ()
    capital_good: bool | None = None
    confidence: Confidence = Confidence.MEDIUM
    assign: bool = True
    """False: what the line catches is not given the role by a later line."""
    reason: str = ""

    @property
    def source(self) -> str:
        """What an assignment names as its source."""
        return f"{self.file}#{self.key}"


def load_classification() -> tuple[ClassificationLine, ...]:
    """Return the lines of the packaged classification file, in their order."""
    return _packaged_lines()


def read_classification(path: Path | str) -> tuple[ClassificationLine, ...]:
    """Return the lines of a classification file, in their order.

    Raises
    ------
    FormatError
        If the file is missing, too large, not TOML, or has a line that is not in its form; the line is named.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FormatError(
                f"the classification file {path.name} is larger than {MAX_BYTES} bytes",
                where=str(path),
                remedy="check that it is the right file",
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(
            f"the classification file {path.name} cannot be read: {error}",
            where=str(path),
            remedy="give the path of a TOML file in UTF-8",
        ) from error
    return parse_classification(text, path.name)


def parse_classification(text: str, file: str) -> tuple[ClassificationLine, ...]:
    """Return the lines of the text of a classification file (see `read_classification`)."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FormatError(
            f"the classification file {file} is not valid TOML: {error}",
            where=file,
            remedy="correct the place that the message names",
        ) from error
    unknown = sorted(set(content) - {"units", "line"})
    if unknown:
        raise _line_error(file, "", f"unknown table {unknown[0]!r}", "there are [units] and [[line]]")
    groups = content.get("units", {})
    entries = content.get("line", [])
    if not isinstance(groups, dict) or not all(_is_texts(units) for units in groups.values()):
        raise _line_error(
            file, "", "[units] holds something else than lists of units", 'write mass = ["kg", "t"]'
        )
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _line_error(file, "", "line is not a list of tables", "begin every line with [[line]]")
    lines = tuple(_line_of(entry, groups, file) for entry in entries)
    keys = [line.key for line in lines]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise _line_error(file, twice, "the key is used twice", "give every line a key of its own")
    return lines


@cache
def _packaged_lines() -> tuple[ClassificationLine, ...]:
    text = resources.files("carbonlab.inventory").joinpath(PACKAGED).read_text(encoding="utf-8")
    return parse_classification(text, PACKAGED)


_TEXTS = ("name", "not_name", "category", "reason")
_OF_FLOWS = ("unit", "kind", "origin")
_KNOWN = {field.name for field in fields(ClassificationLine)} - {"file"}


def _line_of(entry: dict[str, Any], groups: Mapping[str, Sequence[str]], file: str) -> ClassificationLine:
    key = entry.get("key")
    if not isinstance(key, str) or not key:
        raise _line_error(
            file, "", f"a line has no key: {str(entry)[:80]}", 'write key = "..." in every line'
        )
    unknown = sorted(set(entry) - _KNOWN)
    if unknown:
        raise _line_error(
            file, key, f"unknown entry {unknown[0]!r}", f"there are {', '.join(sorted(_KNOWN))}"
        )
    subject = entry.get("subject")
    if subject not in ("flow", "process"):
        raise _line_error(file, key, f"subject is {subject!r}", 'write subject = "flow" or "process"')
    wrong = [name for name in (_OF_FLOWS if subject == "process" else ("capital_good",)) if name in entry]
    if wrong:
        raise _line_error(file, key, f"{wrong[0]} does not apply to a {subject}", "leave it out")
    for name in _TEXTS:
        _check_text(file, key, name, entry.get(name, ""))
    for name in ("capital_good", "assign"):
        if not isinstance(entry.get(name, True), bool):
            raise _line_error(file, key, f"{name} is {entry[name]!r}", "write true or false")
    if not set(entry) & {"name", "category", "unit", "kind", "origin", "capital_good"}:
        raise _line_error(
            file, key, "it would catch everything", "state a name, category, unit, kind or flag"
        )
    words = {
        name: tuple(_word(file, key, name, vocabulary, word) for word in _list(file, key, name, entry[name]))
        for name, vocabulary in (("kind", FlowKind), ("origin", CarbonOrigin))
        if name in entry
    }
    units = [
        unit
        for name in _list(file, key, "unit", entry.get("unit", []))
        for unit in _group(file, key, name, groups)
    ]
    return ClassificationLine(
        **{
            **entry,
            **words,
            "file": file,
            "role": _word(file, key, "role", Role, entry.get("role")),
            "confidence": _word(file, key, "confidence", Confidence, entry.get("confidence", "medium")),
            "unit": tuple(dict.fromkeys(units)),
        }
    )


def _group(file: str, key: str, name: str, groups: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if not name.startswith("@"):
        return [name]
    if name[1:] not in groups:
        known = ", ".join(f"@{group}" for group in groups) or "none"
        raise _line_error(file, key, f"there is no group of units {name!r}", f"groups of this file: {known}")
    return groups[name[1:]]


def _check_text(file: str, key: str, name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _line_error(file, key, f"{name} is {value!r}", "write it as a text in quotes")
    if name == "reason":
        return
    try:
        pc.match_substring_regex(pa.array([""]), value, ignore_case=True)
    except pa.ArrowInvalid as error:
        raise _line_error(
            file,
            key,
            f"{name} is not a regular expression: {error}",
            "correct it; look-around is not known to RE2",
        ) from error


def _word(file: str, key: str, name: str, vocabulary: Any, value: Any) -> Any:
    try:
        return vocabulary(value)
    except ValueError:
        known = ", ".join(vocabulary)
        raise _line_error(file, key, f"{name} is {value!r}", f"write one of {known}") from None


def _list(file: str, key: str, name: str, value: Any) -> list[str]:
    if not _is_texts(value):
        raise _line_error(file, key, f"{name} is {value!r}", 'write a list of texts, as ["kg", "t"]')
    return list(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _line_error(file: str, key: str, what: str, remedy: str) -> FormatError:
    place = f"line {key!r} of the classification file {file}" if key else f"the classification file {file}"
    return FormatError(
        f"{place}: {what}",
        where=f"{file}#{key}" if key else file,
        why="roles decide what a rule applies to",
        remedy=remedy,
    )
