"""The notebook of the app: a few lines that any front end can run; and where its page template lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carbonlab.messages import message

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}

SHOWN_FIRST = "sawmill"
"""Process of the teaching inventory that the app shows first: it has four products, so that rules matter."""

JUPYTER_DATA = Path(__file__).parent / "jupyter"
"""A folder for JUPYTER_PATH: it holds the template that loads nothing from another host."""

JUPYTER_SETTINGS = JUPYTER_DATA / "config"
"""A folder for JUPYTER_CONFIG_PATH: JupyterLab asks nobody whether they want its news."""


def app_notebook(
    source: str, *, language: str, process: str = "", rules: str = "default", own_tables: bool = True
) -> dict[str, Any]:
    """Return the notebook that shows the app, in the form of a notebook file.

    Parameters
    ----------
    source : str
        Python expression that gives an inventory or a study, with ``cl`` for carbonlab.
    language : str
        Of the app.
    process : str
        Of an inventory: id of the process that is shown first.
    rules : str
        Key, or path, of the rule set that everything begins with.
    own_tables : bool
        Whether tables on this machine can be read.
    """
    chosen = [f"source={source!r}"]
    if process:
        chosen.append(f"product={process!r}")
    if rules != "default":
        chosen.append(f"rule_set={rules!r}")
    if not own_tables:
        chosen.append("own_tables=False")
    lines = [
        "import carbonlab as cl",
        "from carbonlab.widgets.app import App",
        "",
        f"cl.set_language({language!r})",
        f"App({source}, {', '.join(chosen)})",
    ]
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": "app",
                "metadata": {},
                "source": "\n".join(lines),
                "outputs": [],
                "execution_count": None,
            },
        ],
        "metadata": {
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
            "title": message("app.title"),
            "carbonlab": {"noscript": message("app.noscript")},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
