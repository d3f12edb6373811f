"""Measurements as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict

from benchmarks.harness import Measurement, load_subject
from carbonlab.provenance import installed_versions

HEADER = ("subject", "phase", "seconds", "with start [s]", "peak [MB]", "allowed", "error", "compared")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
"""Marks in a text that a table is saved into; what lies between them is replaced."""


def machine() -> str:
    """Return what the figures were measured on, without naming the machine."""
    versions = ", ".join(f"{name} {version}" for name, version in installed_versions().items())
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"Python {platform.python_version()}, {system}; {versions}"


def has_generated(measurements: Sequence[Measurement]) -> bool:
    """Whether a subject among them generates systems: its module then has the generator."""
    return any(hasattr(load_subject(found.subject), "generate_system") for found in measurements)


def as_markdown(measurements: Sequence[Measurement], generator: str = "") -> str:
    """Return the table, columns lined up, with notes, what the generator meets and the machine below."""
    rows = [HEADER, *(_cells(measurement) for measurement in measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    titles = [
        f"{name}: {load_subject(name).TITLE}"
        for name in dict.fromkeys(found.subject for found in measurements)
    ]
    notes = [f"{found.subject} {found.phase}: {found.note}" for found in measurements if found.note]
    parts = [[*lines], titles, notes, [generator] if generator else [], [machine()]]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def placed(text: str, table: str) -> str:
    """Return a text with a table between its two marks, or the table alone where it has no marks."""
    if BEGIN not in text or END not in text:
        return table
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table}{END}{rest.partition(END)[2]}"


def as_json(measurements: Sequence[Measurement], generator: str = "") -> str:
    """Return the measurements, what the generator meets and the machine as JSON."""
    content = {
        "machine": machine(),
        "generator": generator,
        "measurements": [asdict(measurement) for measurement in measurements],
    }
    return json.dumps(content, indent=2) + "\n"


def _cells(measurement: Measurement) -> tuple[str, ...]:
    limits = []
    if measurement.limit_seconds is not None:
        limits.append(
            f"{measurement.limit_seconds:g} s" + (" with start" if measurement.counts_start else "")
        )
    if measurement.limit_megabytes is not None:
        limits.append(f"{measurement.limit_megabytes:g} MB")
    accuracy = measurement.accuracy
    return (
        measurement.subject,
        measurement.phase,
        f"{measurement.seconds:.3f}" if measurement.was_measured else "not measured",
        f"{measurement.process_seconds:.2f}" if measurement.was_measured else "",
        "" if measurement.megabytes is None else f"{measurement.megabytes:.0f}",
        ", ".join(limits),
        f"{accuracy.error:.2g}" if accuracy else "",
        accuracy.of if accuracy else "",
    )
