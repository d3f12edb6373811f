"""Records (frozen dataclasses) as cards: their fields, those that say nothing left out, tables of records folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from carbonlab.display.card import Card, Part


def record_html(record: Any, *, title: str = "") -> str:
    """Return what a notebook shows of a record: a card of its fields.

    Fields that are empty are left out, as their absence says the same; a field that holds records becomes a part.

    Parameters
    ----------
    record : dataclass
        Any record.
    title : str
        Its name; by default its ``name`` or ``id``.
    """
    facts: list[tuple[str, str]] = []
    parts: list[Part] = []
    for one in fields(record):
        value = getattr(record, one.name)
        if one.name.startswith("_") or not _text(value):
            continue
        if _holds_records(value):
            parts.append(_table(one.name, value))
        else:
            facts.append((_words(one.name), _text(value)))
    name = title or str(getattr(record, "name", "") or getattr(record, "id", ""))
    return Card(type(record).__name__, name, facts, parts).html()


def _holds_records(value: Any) -> bool:
    return isinstance(value, tuple | list) and bool(value) and all(is_dataclass(item) for item in value)


def _table(name: str, records: Sequence[Any]) -> Part:
    """Return records as rows; a column that says nothing in any of them is left out."""
    names = [one.name for one in fields(records[0])]
    columns = {key: [_text(getattr(record, key, "")) for record in records] for key in names}
    kept = [key for key, cells in columns.items() if any(cells)]
    rows = tuple(zip(*(columns[key] for key in kept), strict=True))
    return Part(f"{_words(name)} ({len(records)})", tuple(map(_words, kept)), rows)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, tuple | list):
        return "; ".join(_text(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        held = ((one.name, getattr(value, one.name)) for one in fields(value))
        return ", ".join(f"{_words(name)} {_text(item)}" for name, item in held if _text(item))
    return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
