"""``carbonlab import SRC DEST``."""

from __future__ import annotations

import argparse
from pathlib import Path

from carbonlab.cli.output import say, say_json, say_table
from carbonlab.formats import read
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import count_findings
from carbonlab.inventory.store import save_database
from carbonlab.messages import message

EPILOG = """\
Nothing is dropped without a word: what the reader found odd is counted as findings, stored with the
database and shown with every result made on it.

example:
  carbonlab import uslci_fy17q4.zip uslci
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source",
        metavar="SRC",
        help="openLCA JSON-LD zip or folder, or a folder or .xlsx of carbonlab tables",
    )
    parser.add_argument("destination", metavar="DEST", help="folder to store the database in")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a stored database that is there already"
    )


def run(given: argparse.Namespace) -> int:
    """Read, store, and say what was found."""
    database = read(given.source)
    save_database(database, Path(given.destination), overwrite=given.overwrite)
    if given.json:
        say_json({"destination": given.destination, **counts(database), "findings": finding_rows(database)})
        return 0
    say(f"{database.meta.name} {database.meta.version} → {given.destination}")
    say_contents(database)
    return 0


def counts(database: Database) -> dict[str, int | str]:
    """Return the sizes of a database."""
    kinds, words = database.codes("flows", "kind")
    return {
        "name": database.meta.name,
        "version": database.meta.version,
        "digest": database.digest,
        "processes": database.processes.num_rows,
        "flows": database.flows.num_rows,
        **{f"{word} flows": int((kinds == code).sum()) for code, word in enumerate(words)},
        "exchanges": database.exchanges.num_rows,
        "parameters": database.parameters.num_rows,
        "formulas": int((database.codes("exchanges", "formula")[0] >= 0).sum()),
    }


def finding_rows(database: Database) -> list[dict[str, object]]:
    """Return the findings of a database, counted by code."""
    return [
        {"code": c.code, "severity": str(c.severity), "count": c.count, "text": c.text}
        for c in count_findings(database)
    ]


def say_contents(database: Database) -> None:
    """Print digest, sizes, and the findings of a database counted by code."""
    say(message("cli.digest", digest=database.digest))
    say()
    sizes = [
        [message(f"size.{name.replace(' ', '_')}"), value]
        for name, value in counts(database).items()
        if isinstance(value, int)
    ]
    say_table([message("cli.what"), message("cli.count")], sizes)
    rows = [
        [row["count"], message(f"severity.{row['severity']}"), row["text"]] for row in finding_rows(database)
    ]
    say()
    if rows:
        say_table([message(f"cli.{key}") for key in ("findings", "severity", "what")], rows)
    else:
        say(message("cli.no_findings"))
