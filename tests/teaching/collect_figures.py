"""Write figures_used.csv: the rows of the common tables of figures that the teaching inventory cites.

Run it after values were added that cite figures (the tables of figures lie outside the repository):
``CARBONLAB_SHARED_REFERENCE=<folder> python -m tests.teaching.collect_figures``.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from tests.teaching.tables_as_written import HERE, each_value, origin_of

COMMON = ("figures.csv", "figures_2.csv")


def cited_rows(reference: Path) -> list[dict[str, str]]:
    """Return the rows of the common tables that are cited, by name, each once."""
    names = {name for _, row in each_value() for name in origin_of(row).figures}
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for table in COMMON:
        with (reference / table).open(encoding="utf-8", newline="") as file:
            found |= {tuple(row.values()): row for row in csv.DictReader(file) if row["name"] in names}
    return sorted(found.values(), key=lambda row: tuple(row.values()))


def write_figures(path: Path, figures: Iterable[dict[str, str]]) -> None:
    """Write rows of figures as CSV."""
    figures = list(figures)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(figures[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(figures)


if __name__ == "__main__":
    write_figures(HERE / "figures_used.csv", cited_rows(Path(os.environ["CARBONLAB_SHARED_REFERENCE"])))
