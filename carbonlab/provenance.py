"""Digests: equal digest means equal content, on every machine and with every library version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALGORITHM = "blake2b-128"
"""Written in front of every digest, so that a later change of algorithm cannot be mistaken for a change of content."""


class Digester:
    """Collect named parts and give one digest; the order of the calls counts."""

    def __init__(self, kind: str) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self.add_bytes("kind", kind.encode())

    def add_bytes(self, name: str, data: bytes | memoryview) -> None:
        """Add raw bytes under a name; lengths are hashed too, so that parts cannot run into each other."""
        self._hash.update(f"{len(name)}:{name}:{len(data)}:".encode())
        self._hash.update(data)

    def add_part(self, data: bytes | memoryview) -> None:
        """Add a further piece of a part whose length was already hashed."""
        self._hash.update(data)

    def add_array(self, name: str, values: NDArray[Any]) -> None:
        """Add a numeric array (any shape), little-endian, every NaN counted as the same NaN."""
        array = np.ascontiguousarray(values)
        if array.dtype.kind == "f":
            array = array.astype("<f8") + 0.0  # + 0.0 turns -0.0 into 0.0: they are the same amount
            array[np.isnan(array)] = np.nan
        elif array.dtype.kind in "iu":
            array = array.astype("<i8")
        elif array.dtype.kind == "b":
            array = array.astype("u1")
        else:
            raise TypeError(f"cannot digest an array of {array.dtype}")
        self.add_bytes(name, f"{array.dtype.str}{array.shape}".encode())
        self.add_bytes(name, array.data if array.size else b"")

    def add_json(self, name: str, value: Any) -> None:
        """Add plain data (numbers, strings, lists, mappings); the order of mapping keys does not count."""
        self.add_bytes(name, canonical_json(value).encode())

    def digest(self) -> str:
        """Return ``algorithm:hex``."""
        return f"{ALGORITHM}:{self._hash.hexdigest()}"


def canonical_json(value: Any) -> str:
    """Return the one JSON text of plain data that digests are taken of."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest_of_json(kind: str, value: Any) -> str:
    """Return the digest of plain data."""
    digester = Digester(kind)
    digester.add_json("value", value)
    return digester.digest()


def digest_of_file(data: bytes) -> str:
    """Return the digest of a file's bytes."""
    digester = Digester("file")
    digester.add_bytes("content", data)
    return digester.digest()


def installed_versions() -> Mapping[str, str]:
    """Return the versions of carbonlab and of the libraries that a number depends on."""
    names = ("carbonlab", "numpy", "scipy", "xarray", "pyarrow")
    return {name: metadata.version(name) for name in names}
