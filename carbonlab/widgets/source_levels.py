"""What the marks after clauses mean: whether their text was read, or is known in another way."""

from __future__ import annotations

import re
from collections.abc import Iterable

from carbonlab.messages import message
from carbonlab.rules.rule_lines import SOURCE_LEVELS


def levels_in_words(texts: Iterable[str]) -> list[str]:
    """Return one line that explains the marks that are in some texts; none if there are none.

    Examples
    --------
    >>> levels_in_words(["biogenic carbon counts twice (ISO 14067 6.5.2, read)"])
    ['After each clause stands how its text is known: (read) text read.']
    """
    said = list(texts)
    marks = [level for level in SOURCE_LEVELS if any(re.search(rf"\b{level}\)", text) for text in said)]
    words = "; ".join(f"({level}) {message(f'source_level.{level}')}" for level in marks)
    return [message("bench.levels", levels=words)] if marks else []
