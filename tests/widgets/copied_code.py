"""Copied code as its readers run it: as a cell, whose last line shows something, and as a script, which prints it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import IPython.display
import pytest

from carbonlab.widgets import View


def shown_by(code: str, **variables: object) -> Any:
    """Return the one thing that a cell shows."""
    found: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IPython.display, "display", found.append)
        exec(code, variables)
    assert len(found) == 1
    return found[0]


def run_cell(code: str, **variables: object) -> View:
    """Return the view that a cell shows."""
    view = shown_by(code, **variables)
    assert isinstance(view, View)
    return view


def printed_by(code: str, folder: Path) -> str:
    """Return what a fresh interpreter prints when it runs the code as a file."""
    path = folder / "copied.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(path)],
        capture_output=True,
        cwd=folder,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
