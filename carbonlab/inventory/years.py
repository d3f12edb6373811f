"""Years in the texts of inventories."""

from __future__ import annotations

import re

_YEAR = re.compile(r"(1[89]|20|21)\d\d")


def year_of(text: str) -> int | None:
    """Return the last year named in a text, or None.

    Examples
    --------
    >>> year_of("2021 to 2023"), year_of("n.d.")
    (2023, None)
    """
    found = [int(match.group()) for match in _YEAR.finditer(text)]
    return max(found) if found else None
