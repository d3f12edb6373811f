"""``carbonlab simulate STUDY|DB [PROCESS]``: every draw of the data under every rule set."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from html import escape
from typing import Any

import xarray as xr

from carbonlab.atomic import new_file
from carbonlab.cli.asked_study import add_study_arguments, asked_study, is_study
from carbonlab.cli.compare_rules import parse_rules
from carbonlab.cli.databases import open_database
from carbonlab.cli.output import Progress, name_width, say, say_json, say_table, shorten, tell
from carbonlab.compare.paired_words import (
    PairedDifference,
    how_to_read,
    mean_in_words,
    share_of_draws,
    verdict_in_words,
)
from carbonlab.errors import StudyError
from carbonlab.execution import Executor, LocalProcesses
from carbonlab.execution.cluster import Cluster
from carbonlab.messages import message, shown_name
from carbonlab.monte_carlo import Until, simulate
from carbonlab.monte_carlo.parts import KINDS
from carbonlab.monte_carlo.products import ALL
from carbonlab.report.uncertainty import summarize_uncertainty, uncertainty_notes, uncertainty_section
from carbonlab.results.store import save_result
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study
from carbonlab.teaching import DEFAULT_STUDY

WITHOUT_NUMBER = 3
PAIRED = ("mean_difference", "above_baseline", "below_baseline", "equal_to_baseline")
"""Columns of the difference to the baseline."""
MOST_ROWS = 60
"""Rows of a table on the terminal; the file of --out has all of them."""

EPILOG = """\
Numbers are drawn as the study's sampling plan says, or by independent streams with seed 0. A SET is a key or the path
of a rule file, if need be with changes: KEY+SLOT=OPTION. The first one is the baseline. With --checkpoint an
interrupted simulation goes on where it was, with the same numbers, when the same command is given again.

--until 0.01 stops when the 95 % interval of every mean is narrower than 1 % of it, --until q95=0.05 when that of every
95 % quantile is narrower than 5 % of the mean; --draws is the most there will be.

examples:
  carbonlab simulate uslci "coal extraction; surface mine" --rules default --rules default+characterization=gwp20_ar6
  carbonlab simulate my_study.toml --by stage --by gas --out draws.nc --html draws.html
  carbonlab simulate my_study.toml --draws 100000 --until 0.01 --checkpoint draws.npz
  carbonlab simulate uslci --all --draws 1000 --out all.nc --workers 4
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_study_arguments(parser)
    parser.add_argument(
        "--rules", action="append", default=[], metavar="SET", help="rule set; may be repeated"
    )
    parser.add_argument(
        "--draws", type=int, default=None, metavar="N", help="most draws (default: of the plan, 1000)"
    )
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N", help="of the draws (default: of the plan, 0)"
    )
    parser.add_argument("--all", action="store_true", help="one unit of every product of the inventory")
    parser.add_argument(
        "--by", action="append", default=[], choices=KINDS, help="also parts of the footprints"
    )
    parser.add_argument(
        "--pair",
        action="append",
        default=[],
        metavar="PRODUCT",
        help="of --all, or of a large study: products to compare with each other draw by draw, by key; repeat it",
    )
    parser.add_argument("--until", type=until_of, default=None, metavar="WIDTH", help="stop early, see below")
    parser.add_argument(
        "--checkpoint", default=None, metavar="FILE", help="keep the state here, and go on from it"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, default=0, metavar="N", help="work in so many local processes")
    where.add_argument("--cluster", default="", metavar="ADDRESS", help="work on a dask.distributed cluster")
    parser.add_argument("--out", default="", metavar="FILE", help="write the result as NetCDF")
    parser.add_argument("--html", default="", metavar="FILE", help="write tables and figures as a web page")


def run(given: argparse.Namespace) -> int:
    """Simulate and show what came out."""
    study = _study(given)
    if not given.json:
        tell(message("cli.study", key=study.key, title=shown_name(study.title)))
        tell(message("cli.drawing"))
    rule_sets = [parse_rules(text) for text in given.rules] or None
    result = simulate(
        study,
        rule_sets=rule_sets,
        draws=given.draws,
        products=ALL if given.all else None,
        by=given.by,
        product_pairs=given.pair or None,
        executor=_executor(given),
        checkpoint=given.checkpoint,
        until=given.until,
        progress=Progress(silent=given.json),
    )
    summary = summarize_uncertainty(result)
    if given.out:
        save_result(result, given.out)
    if given.html:
        with new_file(given.html) as draft:
            draft.write_text(_page(result, summary, study.title), encoding="utf-8")
    if given.json:
        say_json(summary)
    else:
        _show(summary)
        for file in filter(None, (given.out, given.html)):
            tell(message("cli.written", file=file))
    return 0 if all(row["mean"] is not None for row in summary["rows"]) or given.all else WITHOUT_NUMBER


def until_of(text: str) -> Until:
    """Return the condition that ``--until`` states.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.

    Examples
    --------
    >>> until_of("0.01").of, until_of("q95=0.05").of
    ('mean', 0.95)
    """
    what, _, width = text.rpartition("=")
    try:
        if what and not what.startswith("q"):
            raise ValueError
        return Until(float(width), of=float(what[1:]) / 100 if what else "mean")
    except (ValueError, StudyError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no width: write 0.01, or q95=0.05") from error


def _study(given: argparse.Namespace) -> Study:
    is_inventory = given.source == DEFAULT_STUDY or not is_study(given.source)
    if given.all and not given.process and is_inventory:
        database = open_database(given.source)  # the unit of analysis is not asked for: any process will do
        study = Study.of(database, database.processes["id"][0].as_py())
    else:
        study = asked_study(given, "simulate")
    if given.seed is None:
        return study
    return study.with_sampling((study.sampling or SamplingPlan()).replace(seed=given.seed))


def _executor(given: argparse.Namespace) -> Executor | None:
    if given.cluster:
        return Cluster(given.cluster)
    return LocalProcesses(given.workers) if given.workers else None


def _show(summary: dict[str, Any]) -> None:
    rows = [row for row in summary["rows"] if row["mean"] is not None]
    keys = list(dict.fromkeys(row["rule_set"] for row in summary["rows"]))
    say(message("cli.drawn_rule_sets", keys=", ".join(keys), baseline=summary["baseline"]))
    say()
    low, high = (f"{100 * share:g} %" for share in (summary["quantiles"][0], summary["quantiles"][-1]))
    names = ("product", "rule_set_head", "unit", "stated", "mean", "median", "deviation")
    head = [*(message(f"cli.{name}") for name in names), low, high]
    has_pairs = len(keys) > 1
    if has_pairs:
        head += [message(f"cli.{name}") for name in PAIRED]
    say_table(head, [_cells(row, summary["quantiles"], has_pairs) for row in rows[:MOST_ROWS]])
    if len(rows) > MOST_ROWS:
        say(message("cli.more_rows", count=len(rows) - MOST_ROWS))
    say()
    pairs = _pairs_in_words(rows[:MOST_ROWS], summary["baseline"])
    for line in [*pairs, ""] if pairs else []:
        say(line)
    for row in summary["rows"][: 10 * MOST_ROWS]:
        if row["mean"] is None:
            status = message(f"status.{row['status']}")
            say(
                message(
                    "uncertainty.without", product=row["product"], rule_set=row["rule_set"], status=status
                )
            )
        elif row["sign_changes"]:
            words = {"product": row["product"], "rule_set": row["rule_set"], "count": row["sign_changes"]}
            say(message("uncertainty.signs", draws=row["draws_with_number"], **words))
    for line in uncertainty_notes(summary):
        say(line)


def _cells(row: dict[str, Any], shares: list[float], has_pairs: bool) -> list[Any]:
    quantiles = row["quantiles"]
    cells = [
        shorten(shown_name(row["name"]), name_width(130)),
        shorten(row["rule_set"], 40),
        row["unit"],
        row["static"],
        row["mean"],
    ]
    cells += [quantiles[shares.index(0.5)], row["standard_deviation"], quantiles[0], quantiles[-1]]
    if has_pairs:
        pair = _pair(row)
        cells += _paired_cells(pair) if pair else [""] * len(PAIRED)
    return cells


def _paired_cells(pair: PairedDifference) -> list[str]:
    mean = f"{pair.mean:+.4g}" if pair.equal < 1 else "0"
    return [mean, *map(share_of_draws, (pair.higher, pair.lower, pair.equal))]


def _pair(row: dict[str, Any]) -> PairedDifference | None:
    """Return the difference of a row to the baseline; None of the baseline itself, and where nothing is paired."""
    known = row.get("difference", {})
    if known.get("mean") is None or known.get("probability_higher") is None:
        return None
    shares = (known["probability_higher"], known["probability_equal"])
    return PairedDifference(known["mean"], known["standard_error"], known["draws"], *shares)


def _pairs_in_words(rows: Sequence[dict[str, Any]], baseline: str) -> list[str]:
    """Return of every pair with the baseline what its draws allow to say, then how that is read."""
    lines = [
        f"{shown_name(row['name'])}: {verdict_in_words(pair, baseline, row['rule_set'])} ({mean_in_words(pair)})"
        for row in rows
        if (pair := _pair(row)) is not None
    ]
    return [*lines, how_to_read()] if lines else []


STYLE = """\
body { font-family: sans-serif; max-width: 60rem; margin: 2rem auto }
td, th { padding: .2rem .6rem; text-align: right }
td:first-child, th:first-child { text-align: left }
svg text { font-size: 12px }
"""


def _page(result: xr.Dataset, summary: dict[str, Any], title: str) -> str:
    language = message("report.language")
    pairs = _pairs_in_words([row for row in summary["rows"] if row["mean"] is not None], summary["baseline"])
    said = "".join(f"<p>{escape(line)}</p>" for line in pairs)
    return (
        f"<!DOCTYPE html><html lang='{language}'><head><meta charset='utf-8'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{uncertainty_section(result)}{said}</body></html>"
    )
