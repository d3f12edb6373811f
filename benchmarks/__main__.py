"""``python -m benchmarks [--smoke] [--save FILE] [SUBJECT ...]``: measure, print the table, and save it."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import Measurement, is_available, measure_subject, run_phase, subject_names
from benchmarks.system_shape import generator_text
from benchmarks.table import as_json, as_markdown, has_generated, placed
from carbonlab.atomic import new_file


def main(arguments: list[str] | None = None) -> int:
    """Measure; return 1 if a result is wrong or, in full runs, slower or larger than allowed."""
    given = _parser().parse_args(arguments)
    if given.phase:
        name, phase, folder = given.phase
        sys.stdout.write(json.dumps(run_phase(name, phase, Path(folder), given.smoke)) + "\n")
        return 0
    measurements: list[Measurement] = []
    for name in given.subjects or subject_names():
        if not is_available(name):
            sys.stderr.write(f"NOT MEASURED: {name}: the data that it reads are not on this machine\n")
            continue
        with tempfile.TemporaryDirectory() as folder:
            measurements += measure_subject(name, Path(folder), smoke=given.smoke)
    generator = generator_text(smoke=given.smoke) if has_generated(measurements) else ""
    table = as_markdown(measurements, generator)
    sys.stdout.write(table)
    if given.save:
        former = given.save.read_text(encoding="utf-8") if given.save.is_file() else ""
        text = as_json(measurements, generator) if given.save.suffix == ".json" else placed(former, table)
        with new_file(given.save) as draft:
            draft.write_text(text, encoding="utf-8")
    problems = [problem for found in measurements for problem in found.problems(with_limits=not given.smoke)]
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", choices=[*subject_names(), []], metavar="SUBJECT", help="default: all"
    )
    parser.add_argument("--smoke", action="store_true", help="small sizes, once, no limits: seconds, for CI")
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="also write it: .json for programs, else a table"
    )
    parser.add_argument("--phase", nargs=3, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
