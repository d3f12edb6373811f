"""A rule file to start from: derives from a base by digest, runs as it is, says what can be changed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import tomli_w

from carbonlab.errors import RuleError
from carbonlab.rules.comparison_table import citation_of, describe_line
from carbonlab.rules.registry import list_options, option_of
from carbonlab.rules.ruleset import RuleSet
from carbonlab.rules.slots import SLOTS

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_WIDTH = 108


def draft_rule_file(key: str, base: RuleSet, *, base_key: str = "", edition: str = "") -> str:
    """Return the text of a rule file that derives from a base and changes nothing yet.

    Parameters
    ----------
    key : str
        Key of the new rule set; small letters, digits, hyphen, dot and underscore.
    base : RuleSet
        What it derives from.
    base_key : str
        How the file names the base, where that is not its key: a file beside it.
    edition : str
        Edition of the new rule set; by default the current year with number 1.

    Raises
    ------
    RuleError
        If the key cannot be the name of a file.

    Examples
    --------
    >>> from carbonlab.rules.rulefile import load_rule_set, parse_rule_set
    >>> base = load_rule_set("iso-14067-2018")
    >>> parse_rule_set(draft_rule_file("my-paint", base), "my-paint.toml").diff(base)
    ()
    """
    check_key(key)
    head = {
        "key": key,
        "title": f"{key}: a product category rule of my own, deriving from {base.key}",
        "edition": edition or f"{datetime.now(UTC).year}-1",
    }
    pin = _inline({"key": base_key or base.key, "digest": base.digest})
    parts = [
        _comment(
            f"A rule set that derives from {base.key} ({base.title}). It runs as it is and gives the "
            "numbers of its base; write only what you change. What begins with # is a comment: take the sign "
            "away to use a line."
        ),
        tomli_w.dumps(head).strip(),
        _comment(
            "The digest pins the base: if its rules change, this file is refused until you have looked."
        ),
        f"base = {pin}",
        _comment(
            "Products that it is for; without this line, those of the base. Others are shown as n/a "
            "unless asked as a what-if."
        ),
        '# applies_to = ["paint"]',
        _REFERENCES,
        _CATEGORY,
        _comment(
            "Slots, in the order in which they act. Each shows the rule of the base; of several lines the "
            "first that matches decides, and the last has no select."
        ),
        *(_slot(base, slot.key) for slot in SLOTS),
    ]
    return "\n\n".join(parts) + "\n"


def check_key(key: str) -> None:
    """Refuse a key that could not be the name of a file.

    Raises
    ------
    RuleError
        If it has other signs than small letters, digits, hyphen, dot and underscore.
    """
    if not _KEY.fullmatch(key):
        raise RuleError(
            f"the key {key!r} cannot be used",
            why="a rule set is stored as KEY.toml",
            remedy="use small letters, digits, hyphens, dots and underscores, such as my-paint-2026",
        )


_REFERENCES = """\
# Where your rules are written; a line refers to one by its key. References of the base can be used too.
# [references.mine]
# name = "PCR Paint 1.0"
# citation = "Programme, Product category rules for paint, version 1.0, 2026, DOI or link"
# url = "https://..."\
"""

_CATEGORY = """\
# What the rule asks for besides accounting. All but scope and unit may be left out.
# [category]
# scope = "Decorative paint for indoor walls"
# unit = "m2"
# function = "Covering one square meter for ten years"
# codes = ["HS 3209"]
# included = ["..."]
# excluded = ["..."]
# site_data = ["..."]
# secondary_data = ["..."]
# use_and_end_of_life = "..."
# data_quality = "..."
# report = ["..."]
# validity = "..."\
"""


def _slot(base: RuleSet, slot: str) -> str:
    lines = [f"# --- {slot} ".ljust(_WIDTH, "-")]
    for line in base.rules[slot].lines:
        place = f"{citation_of(base, line.reference)} ({line.reference.source_level})"
        lines.append(_comment(f"base: {describe_line(line)}, {place}"))
    lines.append(_comment("options: " + "; ".join(_option(slot, key) for key in list_options(slot))))
    several = len(base.rules[slot].lines) > 1
    for line in base.rules[slot].lines:
        lines.append(f"# [[slots.{slot}.lines]]" if several else f"# [slots.{slot}]")
        if not line.selector.is_everything:
            lines.append(f"# select = {_inline(line.selector.value)}")
        lines.append(f"# option = {_inline(line.option)}")
        if line.parameters:
            lines.append(f"# parameters = {_inline(line.parameters)}")
        lines.append('# reference = { source = "own", note = "why" }')
    return "\n".join(lines)


def _inline(value: Any) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_name(key)} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").strip()


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _inline(key)


def _option(slot: str, key: str) -> str:
    parameters = option_of(slot, key).parameters
    return f"{key} ({', '.join(parameters)})" if parameters else key


def _comment(text: str) -> str:
    return "\n".join(
        textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)
    )
