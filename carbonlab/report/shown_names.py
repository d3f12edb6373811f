"""Names of processes, products and studies in a summary, as the chosen language writes them.

`summary.json` keeps names as their authors wrote them; documents that people read show them in their language.
"""

from __future__ import annotations

from typing import Any

from carbonlab.messages import shown_name

NAMED = ("name", "title", "process", "processes")
"""Keys of a summary under which a name stands."""


def with_shown_names(summary: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a summary with its names in the chosen language; names that are not packaged stay."""
    return {key: _shown(key, value) for key, value in summary.items()}


def _shown(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return with_shown_names(value)
    if isinstance(value, list):
        return [_shown(key, one) for one in value]
    return shown_name(value) if key in NAMED and isinstance(value, str) else value
