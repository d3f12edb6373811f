"""``carbonlab lab [FOLDER]``: JupyterLab on copies of the lessons."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import carbonlab.messages
from carbonlab.atomic import new_file
from carbonlab.cli.app_notebook import JUPYTER_SETTINGS, SHOWN_FIRST, app_notebook
from carbonlab.cli.notebook_server import (
    add_server_arguments,
    check_installed,
    chosen_address,
    kernel_encryption,
    serve,
)
from carbonlab.cli.output import tell
from carbonlab.errors import StoreError
from carbonlab.messages import available_languages
from carbonlab.messages.catalogue import in_language

PORT = 8888
FOLDER = "carbonlab-lab"
LABORATORY = "laboratory.ipynb"

EPILOG = f"""\
The lessons are copied into FOLDER (default: {FOLDER}) as notebooks for you to write in; {LABORATORY} holds the
app of 'carbonlab app'. What lies in FOLDER already is never overwritten: delete a notebook to get it anew.

examples:
  carbonlab lab                        open the lessons
  carbonlab lab my-course --port 9000
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "folder", nargs="?", default=FOLDER, help=f"where the notebooks lie (default: {FOLDER})"
    )
    parser.add_argument(
        "--language", default="en", choices=available_languages(), help=f"of {LABORATORY} (default: en)"
    )
    add_server_arguments(parser, PORT)


def run(given: argparse.Namespace) -> int:
    """Copy the lessons and open JupyterLab on them."""
    check_installed("jupyterlab", "ipykernel", "ipywidgets", "jupytext", "anywidget", "plotly", "matplotlib")
    address = chosen_address(given, PORT, asks_at_home=True)  # a token that is refused leaves nothing behind
    folder = Path(given.folder).resolve()
    added = write_lessons(folder, language=given.language)
    tell(f"{folder}: {len(added)} notebooks added")
    settings = {
        "ServerApp.ip": address.ip,
        "ServerApp.port": address.port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "ServerApp.answer_yes": True,
        "ServerApp.log_level": 30,
        "ServerApp.allow_root": _is_root(),
        "KernelManager.transport_encryption": kernel_encryption(),
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    return serve(
        ["-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())],
        address,
        folder=folder,
        environment={"JUPYTER_TOKEN": address.token, "JUPYTER_CONFIG_PATH": str(JUPYTER_SETTINGS)},
        what="JupyterLab",
        path="lab",
        has_browser=not given.no_browser,
        as_json=given.json,
    )


def write_lessons(folder: Path, *, language: str = "en") -> list[Path]:
    """Write the lessons and the app as notebooks into a folder, but for those that are there; return what was added.

    Parameters
    ----------
    folder : Path
        Made if need be.
    language : str
        Of the app.

    Raises
    ------
    StoreError
        If the folder cannot be written, or the lessons are nowhere.
    """
    import jupytext

    added = []
    source = lessons_folder()
    for lesson in sorted(source.rglob("*")):
        hidden = any(part.startswith((".", "__")) for part in lesson.relative_to(source).parts)
        if hidden or not lesson.is_file():
            continue
        place = folder / lesson.relative_to(source)
        if lesson.suffix == ".py":
            notebook = jupytext.read(lesson)
            added += _written(place.with_suffix(".ipynb"), jupytext.writes(notebook, fmt="ipynb").encode())
        else:
            added += _written(place, lesson.read_bytes())
    with in_language(language):
        app = app_notebook("cl.load_teaching_inventory()", language=language, process=SHOWN_FIRST)
    return added + _written(folder / LABORATORY, json.dumps(app, ensure_ascii=False, indent=1).encode())


def lessons_folder() -> Path:
    """Return where the lessons lie: in the installed package, or beside it in a checkout.

    Raises
    ------
    StoreError
        If they lie in neither.
    """
    package = Path(carbonlab.messages.__file__).parents[1]
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if any(folder.glob("[0-9]*.py")):
            return folder
    raise StoreError(
        "the lessons are not installed",
        where=str(package),
        remedy="install carbonlab from its wheel or work in a checkout",
    )


def _written(place: Path, content: bytes) -> list[Path]:
    if place.exists():
        return []
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder cannot be made: {error.strerror}", where=str(place.parent)) from error
    with new_file(place) as draft:
        draft.write_bytes(content)
    return [place]


def _is_root() -> bool:
    """Whether we are the administrator, as in many containers: JupyterLab refuses that unless it is told."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
