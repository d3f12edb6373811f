"""``carbonlab check FOLDER``: a published result against its own study."""

from __future__ import annotations

import argparse

from carbonlab.cli.databases import open_database
from carbonlab.cli.output import say, say_json, say_table, shorten, tell
from carbonlab.messages import has_message, message
from carbonlab.report.published import INTACT, PublishedCheck, check_published
from carbonlab.report.published_numbers import NumberRow
from carbonlab.report.wording import status_word
from carbonlab.system.study import Study

NOT_CONFIRMED = 4


def check_results(given: argparse.Namespace) -> tuple[Study, int]:
    """Check a folder of results, show what was found, and return its study and the exit code."""
    databases = [open_database(name) for name in given.database]
    found = check_published(given.study, databases=databases, progress=tell)
    if given.json:
        say_json(found.as_data())
    else:
        show(found)
    return found.study, 0 if found.is_confirmed else NOT_CONFIRMED


def show(found: PublishedCheck) -> None:
    """Print the conclusion, what speaks against it, and every total beside its recalculation, the worst first."""
    say(message("published.title", folder=found.folder, study=found.study.key))
    say(message("published.confirmed" if found.is_confirmed else "published.not_confirmed"))
    say(message("published.limits"))
    say()
    intact = sum(state == INTACT for state in found.files.values())
    say(message("published.files", intact=intact, count=len(found.files)))
    for path in found.altered:
        say(f"  {_printable(path)}: {message(f'published.{found.files[path]}')}")
    for complaint in found.numbers.complaints:
        say(f"  {_printable(complaint)}")
    say()
    head = [
        message("cli.product"),
        message("cli.rule_set_head"),
        *(message(f"published.{key}") for key in ("published", "recalculated", "difference", "verdict")),
    ]
    say_table(head, [_cells(row) for row in sorted(found.rows, key=lambda row: row.agrees)])
    say(message("published.others", count=f"{found.numbers.compared:,}"))
    if "draws.nc" in found.files:
        say(message("published.digest_only", file="draws.nc"))


def _cells(row: NumberRow) -> list[str | float]:
    published, recalculated = (
        _number(row.published, row.published_status),
        _number(row.recalculated, row.status),
    )
    difference = row.difference
    return [
        shorten(_printable(row.product), 40),
        shorten(_printable(row.rule_set), 40),
        published,
        recalculated,
        "-" if difference is None else "0" if row.agrees else f"{difference:+.6g}",
        message("published.same" if row.agrees else "published.differs"),
    ]


def _number(total: float | None, status: str) -> str:
    if total is not None:
        return f"{total:.10g}"
    return status_word(status) if has_message(f"status.{status}") else "-"


def _printable(text: str) -> str:
    """Return a text from somebody else's folder without signs that would steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
