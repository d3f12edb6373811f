"""The data sets of an openLCA package: where they lie, their schema version, JSON read strictly."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from carbonlab.errors import FormatError
from carbonlab.formats.archive import Archive
from carbonlab.formats.openlca.field_names import BY_VERSION, FieldNames
from carbonlab.formats.openlca.nodes import Node
from carbonlab.inventory.records import Finding
from carbonlab.vocabulary import Severity

TYPES = {
    "processes": "Process",
    "flows": "Flow",
    "flow_properties": "FlowProperty",
    "unit_groups": "UnitGroup",
    "locations": "Location",
    "categories": "Category",
    "sources": "Source",
    "parameters": "Parameter",
    "currencies": "Currency",
}
"""Folders that are read and the type of their data sets; other folders are counted in a finding."""

_VOCABULARY = re.compile(r"openlca\.org/schema/v(\d+)")
_LICENCE = re.compile(r"licen[cs]e(\.txt|\.md)?", re.IGNORECASE)
_LONGEST_NAME = 80


class Package:
    """An openLCA package.

    Attributes
    ----------
    fields : FieldNames
        Field names of its schema version.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._root = _root_of(archive)
        self.fields = self._schema()

    def data_sets(self, folder: str) -> list[Node]:
        """Return the data sets of a folder, sorted by id.

        Raises
        ------
        FormatError
            If a file is no data set of the type that the folder holds, or two have the same id.
        """
        found: dict[str, Node] = {}
        for name in self._names(folder):
            node = self._data_set(name, TYPES[folder])
            identity = node.required_text("@id", "nothing could refer to it")
            if identity in found:
                raise FormatError(
                    f"two data sets have the id {identity!r}",
                    where=f"{node.file} and {found[identity].file}",
                    why="exchanges that refer to it could mean either",
                    remedy="delete one of the two files, or give it an id of its own",
                )
            found[identity] = node
        return [found[identity] for identity in sorted(found)]

    def licence(self) -> str:
        """Return the first line of the package's licence file; "" if there is none."""
        for name in self._archive.names:
            if name.startswith(self._root) and _LICENCE.fullmatch(name.removeprefix(self._root)):
                text = self._archive.read(name).decode("utf-8", errors="replace")
                return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "")
        return ""

    def findings(self) -> list[Finding]:
        """Return what lies in the package and is not read, one finding for each folder."""
        folders = Counter(
            inside.partition("/")[0]
            for name in self._archive.names
            if name.startswith(self._root) and "/" in (inside := name.removeprefix(self._root))
        )
        return [
            Finding(
                code="data_sets_not_read",
                severity=Severity.INFO,
                amount=float(count),
                unit="files",
                detail=folder,
            )
            for folder, count in sorted(folders.items())
            if folder not in TYPES and not _is_litter(folder)
        ]

    def _names(self, folder: str) -> Iterator[str]:
        prefix = f"{self._root}{folder}/"
        for name in self._archive.names:
            inside = name.removeprefix(prefix)
            is_data_set = name.startswith(prefix) and inside.endswith(".json") and "/" not in inside
            if is_data_set and not inside.startswith("."):
                yield name

    def _data_set(self, name: str, expected: str) -> Node:
        node = _parsed(self._archive.read(name), self._archive.place(name))
        title = node.text("name")[:_LONGEST_NAME]
        named = Node(f"{node.file} ({title})", "", node.values) if title else node
        stated = named.text("@type")
        if stated and stated != expected:
            raise named.error(
                "@type",
                f"the data set is a {stated}, in the folder of {expected} data sets",
                why="it would be read as something that it is not",
                remedy="move the file to the folder of its type",
            )
        return named

    def _schema(self) -> FieldNames:
        for file, key in (("olca-schema.json", "version"), ("openlca.json", "schemaVersion")):
            if (name := f"{self._root}{file}") in self._archive.names:
                node = _parsed(self._archive.read(name), self._archive.place(name))
                version = node.number(key)
                return _known_version(f"{version:g}", node.place(key))
        if (name := f"{self._root}context.json") in self._archive.names:
            node = _parsed(self._archive.read(name), self._archive.place(name))
            match = _VOCABULARY.search(node.text("@vocab"))
            return _known_version(match[1] if match else node.text("@vocab"), node.place("@vocab"))
        return self._schema_of_exchanges()

    def _schema_of_exchanges(self) -> FieldNames:
        """Tell the version by the field names of the first exchange, where no file states it."""
        for name in self._names("processes"):
            node = _parsed(self._archive.read(name), self._archive.place(name))
            for exchange in node.nodes("exchanges"):
                for fields in BY_VERSION.values():
                    if exchange.has(fields.is_input):
                        return fields
        raise FormatError(
            "the schema version of the package is not known",
            where=self._archive.path.name,
            why="versions 1 and 2 call the same fields by different names",
            remedy='add a file olca-schema.json that holds {"version": 1} or {"version": 2}',
        )


def _root_of(archive: Archive) -> str:
    """Return the folder that holds the folder ``processes``, with a slash at its end; "" for the top."""
    if any(name.startswith("processes/") for name in archive.names):
        return ""
    tops = {name.partition("/")[0] for name in archive.names if name.split("/")[1:2] == ["processes"]}
    tops = {top for top in tops if not _is_litter(top)}
    if len(tops) == 1:
        return f"{tops.pop()}/"
    if tops:
        raise FormatError(
            f"{archive.path.name} holds several packages: {', '.join(sorted(tops))}",
            where=str(archive.path),
            why="flows of the same id may differ between them",
            remedy="unpack it and read each folder by itself",
        )
    raise FormatError(
        f"{archive.path.name} holds no openLCA package",
        where=str(archive.path),
        why="there is no folder 'processes', neither at the top nor one folder down",
        remedy="export it from openLCA as JSON-LD, processes included",
    )


def _is_litter(folder: str) -> bool:
    """Whether a folder is one that macOS or an editor leaves behind."""
    return folder.startswith((".", "__MACOSX"))


def _known_version(version: str, place: str) -> FieldNames:
    fields = BY_VERSION.get(int(version)) if version in {"1", "2"} else None
    if fields is None:
        raise FormatError(
            f"the schema version {version!r} of the package is not known",
            where=place,
            why="a later version may give a field another meaning",
            remedy="export the data in version 1 or 2 of the schema",
        )
    return fields


def _parsed(data: bytes, place: str) -> Node:
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_fields)
    except UnicodeDecodeError as error:
        raise FormatError(
            "the file is not written in UTF-8",
            where=f"{place}, byte {error.start}",
            why="letters outside of English would be read wrong",
            remedy="save it as UTF-8",
        ) from None
    except json.JSONDecodeError as error:
        raise FormatError(
            f"the file is not valid JSON: {error.msg}",
            where=f"{place}, line {error.lineno}, column {error.colno}",
            why="it may be truncated, and what is missing cannot be guessed",
            remedy="export the data again",
        ) from None
    except RecursionError:
        raise FormatError(
            "the file is nested too deeply",
            where=place,
            why="no data set has objects within objects hundreds of times",
            remedy="do not use this file; ask its sender for another",
        ) from None
    except ValueError as error:
        raise FormatError(
            f"the file cannot be read: {error}", where=place, remedy="correct it, or export the data again"
        ) from None
    if not isinstance(value, dict):
        raise FormatError(
            "the file holds no JSON object",
            where=place,
            why="a data set is an object in braces: {...}",
            remedy="export the data again; one file holds one data set",
        )
    return Node(place, "", value)


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the field {twice!r} stands twice in one object, and either could be meant")
    return fields
