"""``carbonlab``: run a study, import and inspect a database, ask for one footprint, fetch a public release.

Exit codes: 0 done · 1 an error in data, rules or study, with what to do · 2 the command line was not understood ·
3 done, but some product asked for has no number · 4 done, but a requirement of a standard is not met or
published results are not confirmed · 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from carbonlab.errors import CarbonlabError
from carbonlab.messages import available_languages, in_language
from carbonlab.spelling import did_you_mean

DONE, FAILED, INTERRUPTED = 0, 1, 130

COMMANDS = {
    "run": (
        "carbonlab.cli.run_study",
        "calculate a study and write its report (without a study: eleven product categories)",
    ),
    "import": ("carbonlab.cli.import_database", "read a database from files and store it for fast loading"),
    "inspect": (
        "carbonlab.cli.inspect_database",
        "counts, findings and loops of a database, and what cannot be solved",
    ),
    "footprint": ("carbonlab.cli.footprint", "the footprint of one product of a database"),
    "compare": ("carbonlab.cli.compare_rules", "rule sets side by side, and which rule makes the difference"),
    "simulate": (
        "carbonlab.cli.simulate_study",
        "how uncertain footprints are: every draw of the data under every rule set",
    ),
    "sensitivity": (
        "carbonlab.cli.sensitivity_of_study",
        "which data, and which rules, a footprint depends on",
    ),
    "rules": ("carbonlab.cli.rules", "rule sets: list them, show one, compare two, start one of your own"),
    "check": (
        "carbonlab.cli.check_study",
        "check a study against the requirements of a standard, or published results against their study",
    ),
    "lab": ("carbonlab.cli.open_lab", "open the lessons in JupyterLab (needs the extra lab: see README)"),
    "app": (
        "carbonlab.cli.serve_app",
        "serve the laboratory as a web page, for a class or a meeting (needs the extra lab)",
    ),
    "fetch": ("carbonlab.cli.fetch_release", "download a public database release"),
}
"""Command → module and one-line help; only the module of the command that was given is loaded."""

EXAMPLES = """\
examples:
  carbonlab run                                  eleven product categories under ten rule sets
  carbonlab run my_study.toml --out my_study     a study of your own
  carbonlab fetch uslci                          download the US life-cycle inventory database
  carbonlab import uslci.zip uslci               read it once, store it fast
  carbonlab inspect uslci                        what is in it, and what is odd about it
  carbonlab footprint uslci "portland cement"    the footprint of one product
  carbonlab footprint uslci "portland cement" --set multifunctionality=price
  carbonlab compare teaching cement_portland_cn --rules default --rules default+multifunctionality=price
  carbonlab simulate my_study.toml --draws 2000 --checkpoint draws.npz
  carbonlab sensitivity my_study.toml --method sobol --slot multifunctionality=mass,price
  carbonlab rules diff iso-14067-2018 pas-2050-2011   in what two standards differ
  carbonlab lab                                  the lessons in JupyterLab
  carbonlab app                                  the laboratory as a web page

'carbonlab COMMAND --help' explains a command.
exit codes: 0 done, 1 error in data, rules or study, 2 command line not understood, 3 a product has no number,
4 a requirement of a standard is not met, or published results are not confirmed
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = _command_first(list(sys.argv[1:] if arguments is None else arguments))
    given = _parse(words)
    with in_language(given.language):
        return _do(given)


def _do(given: argparse.Namespace) -> int:
    try:
        return int(given.action(given))
    except CarbonlabError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was left half-written\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe went away: not our error
        sys.stderr.close()
        return DONE


def parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; the arguments of the command that `words` name are in it."""
    top = argparse.ArgumentParser(
        prog="carbonlab",
        description="Product carbon footprints in which accounting rules are objects.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            conflict_handler="resolve",  # a command may say more about --language than is said here
        )
        if name in words:
            command = import_module(module)
            sub.epilog = command.EPILOG
            sub.add_argument(
                "--language",
                default="",
                choices=available_languages(),
                help="language of tables and reports (default: en)",
            )
            command.add_arguments(sub)
            sub.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
            sub.set_defaults(action=command.run)
    return top


def _command_first(words: list[str]) -> list[str]:
    """Return the words with a language that is named before the command behind it.

    Examples
    --------
    >>> _command_first(["--language", "zh_CN", "rules", "list"])
    ['rules', 'list', '--language', 'zh_CN']
    """
    count = 2 if words[:1] == ["--language"] else 1 if words and words[0].startswith("--language=") else 0
    is_followed = len(words) > count and words[count] in COMMANDS
    return [*words[count:], *words[:count]] if count and is_followed else words


def _parse(words: list[str]) -> argparse.Namespace:
    top = parser(words)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        hint = did_you_mean(words[0], COMMANDS)
        top.error(f"there is no command {words[0]!r}: {hint}commands are {', '.join(COMMANDS)}")
    return top.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
