"""The largest memory that this process has held."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_megabytes() -> float | None:
    """Return the peak of the resident memory [MB = 1e6 bytes]; None where the system does not tell.

    On Linux from ``/proc``: unlike ``getrusage`` it leaves out what the parent held before this program
    began.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    if sys.platform == "darwin":
        import resource  # not on Windows

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return None
