"""One catalogue for every text that a user reads in a report, a table or a finding."""

from carbonlab.messages.catalogue import available_languages, has_message, message, set_language

__all__ = ["available_languages", "has_message", "message", "set_language"]
