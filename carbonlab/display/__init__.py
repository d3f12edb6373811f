"""How objects show themselves: in a notebook as HTML without script, in a terminal as text."""

from carbonlab.display.card import Card, Part
from carbonlab.display.fonts import first_chinese_font
from carbonlab.display.record import record_html
from carbonlab.display.width import fill, is_wide, text_width, wrap_text

__all__ = ["Card", "Part", "fill", "first_chinese_font", "is_wide", "record_html", "text_width", "wrap_text"]
