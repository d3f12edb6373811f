"""Results beside published totals: how far they lie apart, and why.

A file of published totals is TOML::

    [[totals]]
    name = "Crude steel, world average"
    process = "converter"                # our process and flow
    flow = "crude_steel"
    amount = 1000                        # of our flow in its unit, that the published value is for (1)
    published = 1920                     # kg CO2e
    unit = "kg CO2e per t"               # as it was published
    year = "2023"
    geography = "GLO"
    source = "worldsteel, Sustainability Indicators 2024"        # or citation = ...
    explanation = "why the two lie apart; needed from a gap of 30 %"
    low = 1700                           # optional: between these ours is expected
    high = 2300
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from carbonlab.errors import StudyError
from carbonlab.results.evaluation import Evaluation
from carbonlab.vocabulary import Status

LARGE = 0.30
"""Gap, as a share of the published value, from which it has to be explained: our choice."""

_NUMBERS = ("published", "amount", "low", "high")
_TEXTS = ("name", "process", "flow", "unit", "year", "geography", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTotal:
    """A footprint that somebody published, and what of ours it is to be compared with."""

    name: str
    process: str
    flow: str
    published: float
    """[kg CO2e] for `amount` of the flow."""
    unit: str
    """As it was published, for people."""
    year: str
    geography: str
    source: str
    amount: float = 1.0
    """[unit of our flow]."""
    explanation: str = ""
    low: float = -math.inf
    high: float = math.inf
    """Between them ours is expected [kg CO2e]: what a change of values may not leave unseen."""
    chapter: str = ""
    """Group under which it is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A published total and our result."""

    total: PublishedTotal
    ours: float
    """[kg CO2e] for the same amount; NaN without a number."""

    @property
    def gap(self) -> float:
        """Ours less the published value, as a share of the published value [1]."""
        return (self.ours - self.total.published) / abs(self.total.published)

    @property
    def is_settled(self) -> bool:
        """Whether the gap is small or explained."""
        return abs(self.gap) <= LARGE or bool(self.total.explanation)

    @property
    def is_expected(self) -> bool:
        """Whether ours lies where it was when the explanation was written."""
        return self.total.low <= self.ours <= self.total.high


def read_published_totals(path: Path) -> tuple[PublishedTotal, ...]:
    """Return the published totals of a TOML file.

    Raises
    ------
    StudyError
        If the file is no TOML, or an entry lacks something.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StudyError(
            f"the published totals cannot be read: {error}", where=path.name, remedy="mend the line named"
        ) from error
    known = {field.name for field in fields(PublishedTotal)} - {"chapter"}
    totals = []
    for number, stated in enumerate(table.get("totals", []), start=1):
        entry = {"source" if name == "citation" else name: value for name, value in stated.items()}
        missing = [name for name in (*_TEXTS, "published") if not entry.get(name)]
        unknown = sorted(set(entry) - known)
        if missing or unknown:
            raise StudyError(
                f"a published total has no {missing[0]!r}"
                if missing
                else f"a published total has an unknown key {unknown[0]!r}",
                where=f"{path.name}, entry {number} {entry.get('name', '')!r}",
                remedy=f"give {', '.join((*_TEXTS, 'published'))}; amount and explanation where needed",
            )
        texts = {name: str(value) for name, value in entry.items() if name not in _NUMBERS}
        numbers = {name: float(entry[name]) for name in _NUMBERS if name in entry}
        totals.append(PublishedTotal(**texts, **numbers, chapter=path.parent.name))  # type: ignore[arg-type]
    return tuple(totals)


def compare_with_published(
    evaluation: Evaluation, totals: Sequence[PublishedTotal]
) -> tuple[Comparison, ...]:
    """Return our results beside published totals.

    Parameters
    ----------
    evaluation : Evaluation
        The solved system that has the processes.
    totals : sequence of PublishedTotal
        What was published.
    """
    intensity = evaluation.intensity()
    found = []
    for total in totals:
        column = evaluation.system.column_of(total.process, total.flow)
        has_number = Status(evaluation.status[column]).has_number
        ours = float(intensity[column]) * total.amount if has_number else float("nan")
        found.append(Comparison(total=total, ours=ours))
    return tuple(found)


def plausibility_markdown(comparisons: Sequence[Comparison]) -> str:
    """Return the comparisons as Markdown: a table per chapter, and below it the explanation of each large gap."""
    parts = []
    for chapter in dict.fromkeys(comparison.total.chapter for comparison in comparisons):
        own = [comparison for comparison in comparisons if comparison.total.chapter == chapter]
        lines = [
            f"## {chapter.replace('_', ' ').capitalize()}",
            "",
            "| product | ours | published | as published | gap | year | place | source |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for one in own:
            total = one.total
            lines.append(
                f"| {total.name} | {one.ours:.3g} | {total.published:.4g} | {total.unit} "
                f"| {100 * one.gap:+.0f} % | {total.year} | {total.geography} | {total.source} |"
            )
        explained = [one for one in own if one.total.explanation]
        if explained:
            lines += [
                "",
                *(
                    f"- **{one.total.name}** ({100 * one.gap:+.0f} %): {one.total.explanation}"
                    for one in explained
                ),
            ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
