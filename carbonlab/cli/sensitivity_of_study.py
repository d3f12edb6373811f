"""``carbonlab sensitivity STUDY|DB [PROCESS]``: which data, and which rules, a footprint depends on."""

from __future__ import annotations

import argparse
from html import escape

import xarray as xr

from carbonlab.atomic import new_file
from carbonlab.cli.asked_study import add_study_arguments, asked_study
from carbonlab.cli.compare_rules import parse_rules
from carbonlab.cli.output import Progress, say, say_json, say_table, shorten, tell
from carbonlab.errors import RefusedError
from carbonlab.messages import message, shown_name
from carbonlab.report.sensitivity import cell_text, sensitivity_section, summarize_sensitivity
from carbonlab.results.sensitivity_schema import FIRST_ORDER, PERTURBATION, SCREENING
from carbonlab.results.store import save_result
from carbonlab.sampling.plan import CHOICES as PLAN_CHOICES
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import SPREAD, perturb
from carbonlab.sensitivity.screening import screen
from carbonlab.system.study import Study

METHODS = ("first-order", "perturbation", "screening", "sobol", "morris", "delta", "data-and-rules")
MOST_ROWS = 40

EPILOG = """\
first-order     derivatives, elasticities and shares of the variance of all inputs at once (the default)
perturbation    one input at a time, calculated again: --change 0.1 or --change spread (one GSD)
screening       the inputs that make up 99 % of the first-order variance, with Morris' effects
sobol, morris, delta   global sensitivity of the --inputs largest inputs, and of rule slots (--slot) beside them
data-and-rules  how the variance splits into data, each --slot, and what they do together

The study's sampling plan says how numbers are spread; --pedigree names the factors for scores without one.
A SET is a key or the path of a rule file, if need be with changes: KEY+SLOT=OPTION.

examples:
  carbonlab sensitivity uslci "portland cement" --pedigree ecoinvent_3
  carbonlab sensitivity my_study.toml --method perturbation --change spread --html tornado.html
  carbonlab sensitivity my_study.toml --method sobol --inputs 12 --slot multifunctionality=mass,price --samples 512
  carbonlab sensitivity my_study.toml --method data-and-rules --slot characterization=gwp100_ar5,gwp100_ar6
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_study_arguments(parser)
    parser.add_argument(
        "--method", choices=METHODS, default=METHODS[0], help="see below (default: first-order)"
    )
    parser.add_argument(
        "--rules", default="", metavar="SET", help="rule set (default: the first of the study)"
    )
    parser.add_argument("--inputs", type=int, default=20, metavar="N", help="how many inputs (default: 20)")
    parser.add_argument(
        "--change", type=change_of, default=0.1, metavar="PART", help="of perturbation: 0.1, or 'spread'"
    )
    parser.add_argument(
        "--slot",
        action="append",
        type=slot_of_text,
        default=[],
        metavar="SLOT=OPTION,OPTION",
        help="rule slot that varies too; may be repeated",
    )
    parser.add_argument("--samples", type=int, default=None, metavar="N", help="size of the design")
    parser.add_argument(
        "--draws", type=int, default=256, metavar="N", help="of data-and-rules (default: 256)"
    )
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N", help="of designs and draws (default: 0)"
    )
    parser.add_argument(
        "--pedigree",
        choices=[word for word in PLAN_CHOICES["pedigree"] if word],
        default="",
        help="see below",
    )
    parser.add_argument("--out", default="", metavar="FILE", help="write the result as NetCDF")
    parser.add_argument("--html", default="", metavar="FILE", help="write table and figure as a web page")


def run(given: argparse.Namespace) -> int:
    """Compute a sensitivity and show what came out."""
    study = asked_study(given, "sensitivity")
    if given.rules:
        study = study.with_rule_sets(parse_rules(given.rules))
    plan = study.sampling or SamplingPlan()
    if given.pedigree:
        plan = plan.replace(pedigree=given.pedigree)
    result = _result(given, study.with_sampling(plan))
    summary = summarize_sensitivity(result)
    if given.out:
        save_result(result, given.out)
    if given.html:
        with new_file(given.html) as draft:
            draft.write_text(_page(result, study.title), encoding="utf-8")
    if given.json:
        say_json(summary)
        return 0
    say(f"{shown_name(study.title)}, {result.attrs['rule_set']}")
    say()
    rows = summary["rows"][:MOST_ROWS]
    say_table(summary["head"], [[shorten(cell_text(cell), 64) for cell in row] for row in rows])
    say()
    for line in summary["notes"]:
        say(line)
    for file in filter(None, (given.out, given.html)):
        tell(f"written: {file}")
    return 0


def _result(given: argparse.Namespace, study: Study) -> xr.Dataset:
    slots, seed = dict(given.slot), given.seed or 0
    if slots and given.method in ("first-order", "perturbation", "screening"):
        raise RefusedError(
            f"{given.method} varies no rules",
            where="--slot",
            why="the slots would be ignored",
            remedy="choose sobol, morris, delta or data-and-rules",
        )
    progress = Progress(silent=given.json)
    if given.method == "first-order":
        return first_order(study, largest=given.inputs)
    if given.method == "perturbation":
        return perturb(study, change=given.change, inputs=given.inputs)
    if given.method == "screening":
        return screen(
            study, most=given.inputs, seed=seed, trajectories=given.samples or 10, progress=progress
        )
    if given.method == "data-and-rules":
        return data_and_rules(study, slots, draws=given.draws, seed=given.seed, progress=progress)
    return global_sensitivity(
        study,
        method=given.method,
        inputs=given.inputs,
        slots=slots,
        samples=given.samples,
        seed=seed,
        progress=progress,
    )


def change_of(text: str) -> float | str:
    """Return the change that ``--change`` states.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.

    Examples
    --------
    >>> change_of("0.05"), change_of("spread")
    (0.05, 'spread')
    """
    if text == SPREAD:
        return text
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no change: write 0.1, or spread") from error


def slot_of_text(text: str) -> tuple[str, list[str]]:
    """Return a slot and its options.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.

    Examples
    --------
    >>> slot_of_text("multifunctionality=mass,price")
    ('multifunctionality', ['mass', 'price'])
    """
    slot, _, options = text.partition("=")
    chosen = [option.strip() for option in options.split(",") if option.strip()]
    if not slot or not chosen:
        raise argparse.ArgumentTypeError(f"{text!r} is no slot with options: write SLOT=OPTION,OPTION")
    return slot, chosen


STYLE = """\
body { font-family: sans-serif; max-width: 60rem; margin: 2rem auto }
td, th { padding: .2rem .6rem; text-align: right }
td:first-child, th:first-child { text-align: left }
svg { max-width: 100%; height: auto }
"""


def _page(result: xr.Dataset, title: str) -> str:
    name = escape(f"{title}: {message('sensitivity.title')}")
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{name}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{sensitivity_section(result, figure=_figure(result))}</body></html>"
    )


def _figure(result: xr.Dataset) -> str:
    if result.attrs["kind"] == SCREENING:
        return ""
    try:
        from carbonlab.plots import sobol, tornado
        from carbonlab.plots.theme import figure_bytes
    except ImportError as error:
        raise RefusedError(
            f"the figure of the page needs a library that is not installed: {error.name}",
            where="--html",
            remedy="in a checkout: pip install -e '.[lab]'; or leave --html out",
        ) from error
    if result.attrs["kind"] in (FIRST_ORDER, PERTURBATION):
        bars = tornado.tornado_of(result)
        content = figure_bytes(lambda: tornado.printed(bars), "svg")
    else:
        indices = sobol.indices_of(result)
        content = figure_bytes(lambda: sobol.printed(indices), "svg")
    text = content.decode("utf-8")
    return text[text.index("<svg") :]
