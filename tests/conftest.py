"""Fixtures and settings of every test.

Some tests read public data that are too large for this repository. They lie in a folder beside the checkout
(``../shared``), or where CARBONLAB_SHARED_DATA and CARBONLAB_SHARED_REFERENCE point to. Where they are
absent, these tests are skipped, and the last lines of the run say how many and why: a suite without them has
not shown that real inventories are read correctly.

A test may also be skipped where the machine lacks something, a font for instance. Continuous integration
(CI is set) installs all of it, so there such a skip is a failure.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# The suite runs on all cores already: a second layer of threads in linear algebra only makes them wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parents[1]
ABSENT = "DATA ABSENT"

# A shared machine with two cores makes deadlines a matter of luck; in CI the same examples run every time.
settings.register_profile("carbonlab", deadline=None, print_blob=True)
settings.register_profile("carbonlab-ci", settings.get_profile("carbonlab"), derandomize=True)
settings.load_profile("carbonlab-ci" if os.environ.get("CI") else "carbonlab")


def pytest_sessionstart() -> None:
    """Look for no garbage while thousands of tests are collected: all of them stay until the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage again, but never go through modules and collected tests."""
    gc.freeze()
    gc.enable()


def _folder_or_skip(variable: str, beside: str) -> Path:
    stated = os.environ.get(variable)
    folder = Path(stated) if stated else REPOSITORY.parent / beside
    if not folder.is_dir():
        pytest.skip(f"{ABSENT}: no folder {folder}; set {variable} to where it lies")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with public inventories and fixtures, or skip loudly."""
    return _folder_or_skip("CARBONLAB_SHARED_DATA", "shared/data")


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """Return the folder with public figures and the standards as tables, or skip loudly."""
    return _folder_or_skip("CARBONLAB_SHARED_REFERENCE", "shared/reference")


def excuse_is_valid(reason: str) -> bool:
    """Whether a test may be skipped for that reason on this machine."""
    return not os.environ.get("CI") or sys.platform == "win32" or ABSENT in reason


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where continuous integration should have installed what is missing."""
    report = yield
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    if report.skipped and not excuse_is_valid(reason):
        report.outcome = "failed"
        report.longrepr = (
            f"{reason}\nIn continuous integration (CI is set) a test must not be skipped for that."
        )
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how many tests could not run for want of data."""
    reasons = [
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and ABSENT in report.longrepr[2]
    ]
    if reasons:
        terminalreporter.section("tests that did not run: data absent", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(reasons)} tests were skipped; the data that they read are absent:")
        for reason in sorted(set(reasons)):
            terminalreporter.line(f"  {reason.removeprefix('Skipped: ')}")
        terminalreporter.line("What they check is NOT shown by this run.")
