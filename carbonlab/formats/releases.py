"""The list of public releases that can be downloaded, with addresses and checksums (``releases.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Where a release is and how to know it: the fields of ``releases.toml``."""

    title: str
    format: str
    licence: str
    listed: str
    base_url: str
    path: str
    file: str
    max_bytes: int
    sha256: str = ""
    """Of the file as published; empty for a folder of an archive."""
    folder: str = ""
    files: int = 0
    bytes: int = 0
    content_sha256: str = ""

    def __post_init__(self) -> None:
        if bool(self.sha256) == bool(self.content_sha256):
            raise ValueError(f"{self.file}: state sha256 or content_sha256")
        if len(self.sha256 or self.content_sha256) != 64:
            raise ValueError(f"{self.file}: a SHA-256 has 64 digits")
        if self.content_sha256 and not (self.folder and self.files and self.bytes):
            raise ValueError(f"{self.file}: state folder, files and bytes beside content_sha256")

    def address(self, base_url: str | None = None) -> str:
        """Return the full address, at a mirror if one is given."""
        return f"{(base_url or self.base_url).rstrip('/')}/{self.path}"


@cache
def load_releases() -> Mapping[str, Release]:
    """Return the packaged releases by name."""
    text = resources.files("carbonlab.formats").joinpath("releases.toml").read_text(encoding="utf-8")
    return {name: Release(**entry) for name, entry in tomllib.loads(text).items()}
