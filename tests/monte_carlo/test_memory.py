"""Memory does not grow with the number of draws: peaks of whole programs, measured by the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = """
import resource, sys
import carbonlab as cl

inventory = cl.load_teaching_inventory()
study = cl.Study.of(inventory, inventory.column("processes", "id")[0])
found = cl.simulate(study, draws=int(sys.argv[1]), products="all")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux, bytes on macOS
print(found.sizes["product"], found.attrs["draws"], peak * (1 if sys.platform == "darwin" else 1024))
"""
SLACK = 64 * 2**20
"""Bytes that the allocator and larger chunks may take beside [bytes]."""


def peak_of(draws: int) -> tuple[int, int]:
    """Return products and peak of the resident memory [bytes] of a program that simulates all products."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(draws)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    products, made, peak = map(int, done.stdout.split())
    assert made == draws
    return products, peak


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the peak of a program is measured by a call of Unix")
def test_a_hundred_thousand_draws_of_all_products_take_the_memory_of_a_thousand() -> None:
    products, few = peak_of(1_000)
    _, many = peak_of(100_000)
    kept = 100_000 * products * 8
    assert kept > 4 * SLACK, "footprints that were kept would not be noticed"
    assert many - few < SLACK, f"{few / 2**20:.0f} MiB became {many / 2**20:.0f} MiB"
