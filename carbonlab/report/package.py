"""The folder that a run writes: the result, what people read of it, and what is needed to get it again.

results.nc        the dataset under the written schema
draws.nc          if asked for: the simulation, statistics of all draws under the written schema
summary.json      the same as plain data
report.html       for people; opens without a network
study_report.pdf  if asked for: the study report in the order of GB/T 24067-2024
declaration.pdf   if asked for: a draft of a declaration, one page per product
tables.xlsx       if asked for: the numbers of the summary, one sheet per table
study.toml        the question, with the digests of its databases
foreground/       tables of what the study models itself
rules/            the rule sets, as used
manifest.json     digest of every file, versions
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xarray as xr

from carbonlab.atomic import new_folder
from carbonlab.errors import StoreError
from carbonlab.formats.tables import write_tables
from carbonlab.provenance import digest_of_file, installed_versions
from carbonlab.report.declaration import build_declaration
from carbonlab.report.html import build_report
from carbonlab.report.pdf import pdf_bytes
from carbonlab.report.study_report import build_study_report
from carbonlab.report.summary import summary_json
from carbonlab.report.workbook import workbook_bytes
from carbonlab.results.store import save_result
from carbonlab.rules.rulefile import write_rule_set
from carbonlab.system.study import Study
from carbonlab.system.study_file import write_study


def write_package(
    study: Study,
    result: xr.Dataset,
    summary: dict[str, Any],
    folder: str | Path,
    *,
    overwrite: bool = False,
    pdf: bool = False,
    workbook: bool = False,
    simulation: xr.Dataset | None = None,
) -> Path:
    """Write the folder of a study, whole or not at all, and return its path.

    Reports are in the language that is chosen (`carbonlab.set_language`), in which the summary was made.

    Raises
    ------
    StoreError
        If the folder exists already and may not be replaced, or was not written by a run.
    RefusedError
        If PDF is asked for and cannot be printed on this machine.
    """
    target = Path(folder)
    check_free(target, overwrite=overwrite)
    with new_folder(target, overwrite=overwrite) as draft:
        save_result(result, draft / "results.nc")
        if simulation is not None:
            save_result(simulation, draft / "draws.nc")
        (draft / "summary.json").write_text(summary_json(summary), encoding="utf-8")
        (draft / "report.html").write_text(build_report(summary), encoding="utf-8")
        if pdf:
            _write_documents(summary, draft)
        if workbook:
            (draft / "tables.xlsx").write_bytes(workbook_bytes(summary))
        rule_files = []
        (draft / "rules").mkdir()
        for number, rules in enumerate(study.rule_sets, 1):
            rule_files.append(f"rules/{number}.toml")
            write_rule_set(rules, draft / rule_files[-1])
        if study.foreground is not None:
            write_tables(study.foreground, draft / "foreground")
        write_study(
            study,
            draft / "study.toml",
            foreground="foreground" if study.foreground is not None else "",
            rule_files=rule_files,
        )
        _write_manifest(draft)
    return target


def check_free(folder: str | Path, *, overwrite: bool = False) -> None:
    """Check that a run may write a folder; asked before anything is calculated, too.

    Parameters
    ----------
    folder : str or Path
        Where the package shall lie.
    overwrite : bool
        Whether a folder that a run wrote may be replaced.

    Raises
    ------
    StoreError
        If it exists already and may not be replaced, or was not written by a run.
    """
    target = Path(folder)
    if not target.exists() or (overwrite and (target / "manifest.json").is_file()):
        return
    raise StoreError(
        f"{target} exists already" + (" and was not written by carbonlab" if overwrite else ""),
        where=str(target),
        why="what lies in it would be lost",
        remedy="name another folder with --out, or move this one away",
    )


def _write_documents(summary: dict[str, Any], folder: Path) -> None:
    (folder / "study_report.pdf").write_bytes(pdf_bytes(build_study_report(summary)))
    if any(product["total"] is not None for product in summary["rule_sets"][0]["products"]):
        (folder / "declaration.pdf").write_bytes(pdf_bytes(build_declaration(summary)))


def _write_manifest(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "files": {path.relative_to(folder).as_posix(): digest_of_file(path.read_bytes()) for path in files},
        "versions": dict(installed_versions()),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
