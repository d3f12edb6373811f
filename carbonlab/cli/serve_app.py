"""``carbonlab app [STUDY|DB]``: the laboratory as a web page, for a class or a meeting."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from carbonlab.cli.app_notebook import JUPYTER_DATA, SHOWN_FIRST, app_notebook
from carbonlab.cli.asked_study import is_results, is_study, named_study, study_help
from carbonlab.cli.databases import DATABASE_HELP, open_database
from carbonlab.cli.notebook_server import (
    Address,
    add_server_arguments,
    check_installed,
    chosen_address,
    is_loopback,
    kernel_encryption,
    serve,
)
from carbonlab.cli.output import tell
from carbonlab.errors import StudyError
from carbonlab.inventory.search import find_process
from carbonlab.messages import available_languages
from carbonlab.messages.catalogue import in_language
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets
from carbonlab.teaching import DEFAULT_STUDY, list_studies

PORT = 8866
TEMPLATE = "carbonlab"
CULL_EVERY = 60
"""[s] between two looks for kernels that nobody uses."""

FRONT_ENDS = [
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
    "jupyterlab-plotly",
]
"""The extensions that the page needs; whatever else is installed for JupyterLab stays away from it."""

EPILOG = """\
Everybody who opens the page gets a Python process of their own, of about 250 MB; it ends when the page is left, and at
the latest --idle seconds after. One process is always ready in advance, so that the page does not wait for Python.
The page loads nothing from other hosts.

Without --ip, the page can be opened on this machine only. With --ip 0.0.0.0 others can open it, and need the token that
the printed address holds; who has it can read what the inventory holds. There is no tab for tables of one's own then:
they would be files of this machine. The connection is not encrypted: use it in a network that you trust, or behind a
proxy that speaks HTTPS.

examples:
  carbonlab app                                    the teaching inventory
  carbonlab app uslci "portland cement"            a stored database, and the product that is shown first
  carbonlab app my_study.toml --language zh_CN     a study of your own, in Chinese
  carbonlab app --ip 0.0.0.0 --warm 5              for a class: five processes ready in advance
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source",
        nargs="?",
        default="teaching",
        metavar="STUDY|DB",
        help=f"{study_help()}; or {DATABASE_HELP}",
    )
    parser.add_argument("process", nargs="?", default="", help="of a database: what is shown first")
    parser.add_argument("--rules", default="default", metavar="KEY", help="rule set to begin with")
    parser.add_argument(
        "--language", default="en", choices=available_languages(), help="of the page (default: en)"
    )
    add_server_arguments(parser, PORT)
    parser.add_argument(
        "--warm", type=_count, default=1, metavar="N", help="processes ready in advance (default: 1)"
    )
    parser.add_argument(
        "--idle",
        type=_count,
        default=600,
        metavar="N",
        help="seconds after which a process ends that no page is connected to (default: 600)",
    )


def run(given: argparse.Namespace) -> int:
    """Serve the app until it is interrupted."""
    check_installed("voila", "ipykernel", "ipywidgets", "anywidget", "plotly", "matplotlib")
    named = given.process or (SHOWN_FIRST if given.source == "teaching" else "")
    expression, process = asked_source(given.source, named)
    rules = _stated_rules(given.rules)
    address = chosen_address(given, PORT, asks_at_home=False)
    if not is_loopback(given.ip):
        tell("others can open this page; the connection is not encrypted")
    with TemporaryDirectory(prefix="carbonlab-app-") as place, in_language(given.language):
        folder = Path(place)
        notebook = app_notebook(
            expression,
            language=given.language,
            process=process,
            rules=rules,
            own_tables=is_loopback(given.ip),
        )
        (folder / "carbonlab.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        settings = voila_settings(
            folder / "carbonlab.ipynb", address, warm=given.warm, idle=given.idle, language=given.language
        )
        (folder / "voila.json").write_text(json.dumps(settings), encoding="utf-8")
        return serve(
            ["-m", "voila"],
            address,
            folder=folder,
            environment={"JUPYTER_PATH": str(JUPYTER_DATA)},
            what="the laboratory",
            has_browser=not given.no_browser,
            as_json=given.json,
        )


def voila_settings(
    notebook: Path, address: Address, *, warm: int, idle: int, language: str
) -> dict[str, dict[str, Any]]:
    """Return the settings of the server, for its file: others on this machine can read command lines, not files.

    Parameters
    ----------
    notebook : Path
        What is served.
    address : Address
        Where the server listens.
    warm : int
        Processes ready in advance.
    idle : int
        [s] after which a process ends that no page is connected to.
    language : str
        Of the page.
    """
    return {
        "Voila": {
            "notebook_path": str(notebook),
            "ip": address.ip,
            "port": address.port,
            "port_retries": 0,
            "token": address.token,
            "open_browser": False,
            "log_level": 30,
        },
        "VoilaConfiguration": {
            "template": TEMPLATE,
            "allow_template_override": "NO",
            "extension_allowlist": FRONT_ENDS,
            "preheat_kernel": warm > 0,
            "default_pool_size": warm,
            "file_allowlist": [],
        },
        "KernelManager": {"transport_encryption": kernel_encryption()},
        "VoilaExporter": {"language_code": language.replace("_", "-")},
        "MappingKernelManager": {
            "cull_idle_timeout": idle,
            "cull_interval": max(1, min(CULL_EVERY, idle)),
            "cull_connected": False,
        },
    }


def asked_source(source: str, process: str) -> tuple[str, str]:
    """Return the Python expression for an inventory or a study, and the id of the process that is named.

    Parameters
    ----------
    source : str
        As on the command line.
    process : str
        Id, name or words of a name; may be empty.

    Raises
    ------
    CarbonlabError
        If the source cannot be read, or has no such process: here and not behind a page that stays empty.
    """
    if is_study(source) and source != DEFAULT_STUDY:  # the teaching inventory and its study share a name
        named_study(source)
        if process:
            raise StudyError(
                "a study says itself which products it is about",
                where=source,
                remedy=f"leave {process!r} out; the page lets you choose among its products",
            )
        if source in list_studies():
            return f"cl.read_study(cl.study_path({source!r}))", ""
        path = Path(source) / "study.toml" if is_results(source) else Path(source)
        return f"cl.read_study({str(path.resolve())!r})", ""
    database = open_database(source)
    found = find_process(database, process) if process else ""
    if source == "teaching":
        return "cl.load_teaching_inventory()", found
    return f"cl.read({str(Path(source).resolve())!r})", found


def _stated_rules(rules: str) -> str:
    """Return a rule set's key, or the full path of its file: the page runs in another folder."""
    find_rule_set(rules)
    return rules if rules in list_rule_sets() else str(Path(rules).resolve())


def _count(text: str) -> int:
    """Return a whole number of at least zero."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return number
