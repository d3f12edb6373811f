"""Is a rule set written for this product? Told by the words that the product goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def is_named(category: str, names: Iterable[str]) -> bool:
    """Whether a product category stands as a word, or words, in one of the names, in capitals or not.

    Parameters
    ----------
    category : str
        Such as ``cement`` or ``sawn wood``; ``*`` stands for the rest of a word.
    names : iterable of str
        What the product is called: category, name, flow.

    Examples
    --------
    >>> is_named("cement", ["products/cement"]), is_named("cement", ["Fibercement board"])
    (True, False)
    >>> is_named("*cement", ["Fibercement board"])
    True
    """
    pattern = _pattern(category)
    return any(pattern.search(name) for name in names)


@lru_cache(maxsize=256)
def _pattern(category: str) -> re.Pattern[str]:
    words = r"[\s_-]+".join(re.escape(word).replace(r"\*", r"[^\W_]*") for word in category.split())
    # an underscore parts words too: ids are written cement_portland
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)
