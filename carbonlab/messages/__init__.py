"""One catalogue for every text that a user reads in a report, a table or a finding."""

from carbonlab.messages.catalogue import (
    available_languages,
    current_language,
    has_message,
    in_language,
    message,
    set_language,
    translated,
)
from carbonlab.messages.names import name_in, shown_name

__all__ = [
    "available_languages",
    "current_language",
    "has_message",
    "in_language",
    "message",
    "name_in",
    "set_language",
    "shown_name",
    "translated",
]
