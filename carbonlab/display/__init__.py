"""How objects show themselves: in a notebook as HTML without script, in a terminal as text."""

from carbonlab.display.card import Card, Part
from carbonlab.display.record import record_html
from carbonlab.display.width import fill, text_width, wrap_text

__all__ = ["Card", "Part", "fill", "record_html", "text_width", "wrap_text"]
