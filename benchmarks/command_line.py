"""The command line within a benchmark: its output is dropped, because the harness reads that of the process."""

from __future__ import annotations

import contextlib
import io

from carbonlab.cli.main import main


def run_quietly(words: list[str]) -> int:
    """Run a command without showing what it prints, and return its exit code."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return main(words)
