"""Rule sets that derive from another: pinned to the base by its digest, never older than it.

A derived file writes only what it changes. The digest says which base it was written on: where the base's
rules have changed since, the derived ones would silently mean something else, so that the file is refused
until somebody has looked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carbonlab.errors import RuleError
from carbonlab.rules.rule_lines import check_keys
from carbonlab.rules.ruleset import RuleSet

_EDITION = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


@dataclass(frozen=True)
class Base:
    """The base that a rule file names: a packaged rule set or a file beside it, and the digest it had."""

    key: str
    digest: str


def parse_base(stated: Any, where: str) -> Base | None:
    """Return the base that a rule file derives from; None for a complete file.

    Raises
    ------
    RuleError
        If `base` is a table without key or digest, or holds anything else.
    """
    if not isinstance(stated, dict):
        return None
    here = f"{where}, base"
    check_keys(stated, {"key", "digest"}, here)
    for name in ("key", "digest"):
        if not isinstance(stated.get(name), str) or not stated[name]:
            raise RuleError(
                f"the base has no {name}",
                where=here,
                why="rules that are not written here are those of exactly one state of the base",
                remedy='write base = { key = "...", digest = "..." }; "carbonlab rules show KEY" prints it',
            )
    return Base(stated["key"], stated["digest"])


def check_base(base: Base, found: RuleSet, where: str) -> None:
    """Check that the base is the one that the file was written on.

    Raises
    ------
    RuleError
        If its digest is another.
    """
    if found.digest != base.digest:
        raise RuleError(
            f"the base {base.key!r} is not the one that this rule set was written on",
            where=f"{where}, base.digest",
            why=f"its digest is {found.digest}, the file names {base.digest}: rules not written here differ",
            remedy=f'look at "carbonlab rules show {base.key}", decide, then write digest = "{found.digest}"',
        )


def check_edition(edition: str, where: str) -> tuple[int, ...]:
    """Return an edition as numbers that can be ordered: year, and month and day or a number within the year.

    Raises
    ------
    RuleError
        If it does not begin with a year.

    Examples
    --------
    >>> check_edition("2026-1", "mine.toml") > check_edition("2024", "mine.toml")
    True
    """
    match = _EDITION.fullmatch(edition)
    if not match:
        raise RuleError(
            f"the edition is {edition!r}",
            where=f"{where}, edition",
            why="editions are ordered by date",
            remedy='write a year, or a year and a number: edition = "2026" or "2026-1"',
        )
    return tuple(int(part) for part in match.groups() if part)


def check_order(edition: str, base: RuleSet, where: str) -> None:
    """Check that a derived rule set is not older than its base.

    Raises
    ------
    RuleError
        If it has no edition, or one before that of the base.
    """
    own = check_edition(edition, where)
    its = check_edition(base.edition, f"base {base.key}") if base.edition else ()
    said = min(len(own), len(its))  # a year alone may be any time of that year
    if own[:said] < its[:said]:
        raise RuleError(
            f"the edition {edition!r} is older than that of its base, {base.edition!r} of {base.key!r}",
            where=f"{where}, edition",
            why="it cannot have been written on a base that did not exist yet",
            remedy="correct the edition, or derive from the edition of the base that was valid then",
        )


def merged_references(
    own: Mapping[str, Mapping[str, str]], base: RuleSet, where: str
) -> dict[str, Mapping[str, str]]:
    """Return the references of base and file together.

    Raises
    ------
    RuleError
        If the file gives a key of the base another citation: inherited lines would cite it.
    """
    for key, entry in own.items():
        if key != "own" and key in base.references and dict(base.references[key]) != dict(entry):
            raise RuleError(
                f"the reference {key!r} has another citation than in the base {base.key!r}",
                where=f"{where}, references.{key}",
                why="lines that come from the base would cite the wrong text",
                remedy="choose another key, or leave it out: references of the base can be used as they are",
            )
    return {**base.references, **own}
