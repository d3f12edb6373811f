"""Names of the embedded inventory in the chosen language: for the eye, never for identities, files or code.

A name is data and stays in the language of its author. Where one is shown it is looked up, whole or, as names are
lists (``Steel cord, China``), piece by piece; the longest pieces first. A name of which one piece is unknown is shown
as it was written.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from carbonlab.messages.catalogue import current_language

SEPARATORS = (": ", ", ")
"""What stands between pieces, outermost first; a language names its own beside the pieces."""


def shown_name(name: str) -> str:
    """Return the name of a process, flow, category or location as the chosen language writes it.

    Examples
    --------
    >>> from carbonlab.messages import in_language
    >>> with in_language("zh_CN"):
    ...     shown_name("Steel cord, China")
    '钢帘线，中国'
    """
    return name_in(name, current_language())


@cache
def name_in(name: str, language: str) -> str:
    """Return a name in a language, or the name itself where a piece of it is not known."""
    names = _names(language)
    if not names:
        return name
    return _in_pieces(name, names, SEPARATORS) or name


def _in_pieces(name: str, names: dict[str, str], separators: tuple[str, ...]) -> str:
    """Return the name put together from what is known of it; empty if a piece is not known."""
    if name in names or not separators:
        return names.get(name, "")
    pieces = name.split(separators[0])
    found, first = [], 0
    while first < len(pieces):
        for last in range(len(pieces), first, -1):
            piece = separators[0].join(pieces[first:last])
            shown = names.get(piece) or (
                _in_pieces(piece, names, separators[1:]) if last == first + 1 else ""
            )
            if shown:
                found.append(shown)
                first = last
                break
        else:
            return ""
    return names[separators[0]].join(found)


@cache
def _names(language: str) -> dict[str, str]:
    file = resources.files("carbonlab.messages").joinpath("names", f"{language}.csv")
    if not file.is_file():
        return {}
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {row["english"]: row["shown"] for row in rows}
