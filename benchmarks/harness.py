"""Run the phases of a subject, each in a fresh process, and measure time, memory and accuracy.

A subject is a module in ``benchmarks/subjects`` with a ``TITLE`` and ``PHASES``. Phases run in their order
and share a folder that is empty at first. What a phase needs but should not be measured goes into
``setup``; what proves that it did the right thing goes into ``check``, which is measured neither in time
nor in memory.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

from benchmarks import subjects
from benchmarks.memory import peak_megabytes


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """How right the result of a phase is."""

    of: str
    """What was compared with what."""
    error: float
    bound: float
    """The error may not be larger."""

    @property
    def holds(self) -> bool:
        return self.error <= self.bound


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One thing that is measured.

    `setup` gets the folder and whether this is a smoke run; `run` gets what `setup` returned (the same two
    where there is no setup); `check` and `note` get what `run` returned, the folder, and whether this is a
    smoke run.
    """

    name: str
    run: Callable[..., Any]
    setup: Callable[[Path, bool], Any] | None = None
    check: Callable[[Any, Path, bool], Accuracy] | None = None
    note: Callable[[Any, Path, bool], str] | None = None
    """What else is to be told, printed below the table."""
    needs: tuple[str, ...] = ()
    """Packages that must be installed; if one is not, the table says so."""
    repeats: int = 3
    """In full runs; the median counts. A smoke run measures once."""
    limit_seconds: float | None = None
    limit_megabytes: float | None = None
    counts_start: bool = False
    """Whether the limit in time holds from the start of the process, imports included."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What one phase took."""

    subject: str
    phase: str
    seconds: float
    """Of the phase alone: median over repeats."""
    process_seconds: float
    """From the start of a process to its end, with imports, setup and check."""
    megabytes: float | None
    """Largest resident memory of the process until the phase ends [MB = 1e6 bytes]; None if not known."""
    accuracy: Accuracy | None
    limit_seconds: float | None
    limit_megabytes: float | None
    counts_start: bool
    note: str = ""

    @property
    def was_measured(self) -> bool:
        """False for a phase whose packages are not installed: `note` names them."""
        return not math.isnan(self.seconds)

    def problems(self, *, with_limits: bool) -> list[str]:
        """Return what is not as it should be, in words."""
        found = []
        if self.accuracy and not self.accuracy.holds:
            found.append(f"error {self.accuracy.error:g} above {self.accuracy.bound:g} ({self.accuracy.of})")
        if with_limits:
            seconds = self.process_seconds if self.counts_start else self.seconds
            if self.limit_seconds is not None and seconds > self.limit_seconds:
                found.append(f"{seconds:.2f} s, allowed are {self.limit_seconds:g} s")
            megabytes, limit = self.megabytes, self.limit_megabytes
            if megabytes is not None and limit is not None and megabytes > limit:
                found.append(f"{megabytes:.0f} MB, allowed are {limit:g} MB")
        return [f"{self.subject} {self.phase}: {problem}" for problem in found]


def subject_names() -> list[str]:
    """Return the subjects that there are."""
    return sorted(module.name for module in pkgutil.iter_modules(subjects.__path__))


def load_subject(name: str) -> ModuleType:
    """Return the module of a subject."""
    return importlib.import_module(f"benchmarks.subjects.{name}")


def is_available(name: str) -> bool:
    """Whether the data that a subject reads are on this machine; its module may have a function of that name."""
    check: Callable[[], bool] = getattr(load_subject(name), "is_available", lambda: True)
    return check()


def measure_subject(name: str, folder: Path, *, smoke: bool) -> list[Measurement]:
    """Run all phases of a subject, each repeat in a process of its own; of a smoke run the first phase only."""
    results = []
    for place, phase in enumerate(load_subject(name).PHASES):
        if missing := [package for package in phase.needs if importlib.util.find_spec(package) is None]:
            results.append(_not_measured(name, phase, missing))
            continue
        if smoke and place:
            runs = [_run_here(name, phase.name, folder)]
        else:
            runs = [
                _run_in_process(name, phase.name, folder, smoke) for _ in range(1 if smoke else phase.repeats)
            ]
        last = runs[-1]
        results.append(
            Measurement(
                subject=name,
                phase=phase.name,
                seconds=median(run["seconds"] for run in runs),
                process_seconds=median(run["process_seconds"] for run in runs),
                megabytes=max((run["megabytes"] for run in runs), default=None)
                if last["megabytes"]
                else None,
                accuracy=Accuracy(**last["accuracy"]) if last["accuracy"] else None,
                limit_seconds=phase.limit_seconds,
                limit_megabytes=phase.limit_megabytes,
                counts_start=phase.counts_start,
                note=last["note"],
            )
        )
    return results


def _not_measured(name: str, phase: Phase, missing: list[str]) -> Measurement:
    return Measurement(
        subject=name,
        phase=phase.name,
        seconds=math.nan,
        process_seconds=math.nan,
        megabytes=None,
        accuracy=None,
        limit_seconds=None,
        limit_megabytes=None,
        counts_start=False,
        note=f"NOT MEASURED: {', '.join(missing)} not installed (the extra `benchmark` has it)",
    )


def run_phase(name: str, phase_name: str, folder: Path, smoke: bool) -> dict[str, Any]:
    """Run one phase in this process and return its figures: what the fresh process does."""
    phase = next(phase for phase in load_subject(name).PHASES if phase.name == phase_name)
    given = (phase.setup(folder, smoke),) if phase.setup else (folder, smoke)
    begin = time.perf_counter()
    result = phase.run(*given)
    seconds = time.perf_counter() - begin
    megabytes = peak_megabytes()
    accuracy = phase.check(result, folder, smoke) if phase.check else None
    return {
        "seconds": seconds,
        "megabytes": megabytes,
        "accuracy": asdict(accuracy) if accuracy else None,
        "note": phase.note(result, folder, smoke) if phase.note else "",
    }


def _run_here(name: str, phase: str, folder: Path) -> dict[str, Any]:
    begin = time.perf_counter()
    figures = run_phase(name, phase, folder, smoke=True)
    return {**figures, "process_seconds": time.perf_counter() - begin}


def _run_in_process(name: str, phase: str, folder: Path, smoke: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", "--phase", name, phase, str(folder)]
    begin = time.perf_counter()
    done = subprocess.run(
        [*command, *(["--smoke"] if smoke else [])], capture_output=True, text=True, check=False
    )
    process_seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"benchmark {name}, phase {phase}, failed:\n{done.stderr[-4000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**figures, "process_seconds": process_seconds}
