"""What a piece of HTML is made of: tags, attributes, and whether everything is closed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "wbr", "hr", "rect", "line", "path", "circle", "meta"}


@dataclass
class Outline:
    """Tags, attributes, counts of ``tag`` and ``tag[attribute=value]``, and tags left open."""

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    unclosed: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outline = Outline()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outline.tags.add(tag)
        self.outline.counts[tag] += 1
        for name, value in attrs:
            self.outline.attributes.add(name)
            self.outline.counts[f"{tag}[{name}={value}]"] += 1
        if tag not in VOID:
            self.outline.unclosed.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.outline.unclosed.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.outline.unclosed, f"</{tag}> closes nothing"
        opened = self.outline.unclosed.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"


def outline_of(html: str) -> Outline:
    """Return the outline of a piece of HTML; a tag closed by another fails."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.outline
