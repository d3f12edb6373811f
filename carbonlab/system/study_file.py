"""Studies as TOML files, with their foreground as tables beside them.

::

    [study]
    key = "cement"
    title = "Portland cement, China"
    reference_year = "2023"
    goal = { application = "...", reasons = "...", audience = "...", communication = "..." }
    scope = { system = "...", limitations = "..." }

    [[databases]]
    name = "teaching"
    embedded = true              # or: path = "uslci", digest = "blake2b-128:..."

    [foreground]
    tables = "cement"            # folder of carbonlab tables, beside this file

    [[products]]
    key = "cement"
    name = "1 t of Portland cement, bagged, at the factory gate"
    unit_type = "declared"
    process = "cement_bagged"
    amount = 1000
    unit = "kg"

    [rules]
    sets = ["default"]           # keys, or paths of rule files of your own

    [sampling]                   # how uncertain numbers are drawn; may be left out
    kind = "streams"             # or "sobol", "latin_hypercube" with inputs = ["exchanges:...", ...]
    draws = 1000
    seed = 0
    lognormal_keeps = "median"   # or "mean": what of a lognormal is at the stated amount
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from carbonlab.arguments import checked_path
from carbonlab.atomic import new_file
from carbonlab.errors import StudyError
from carbonlab.formats import read
from carbonlab.formats.tables import read_tables
from carbonlab.inventory.database import Database
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets, load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.teaching import load_teaching_inventory

EMBEDDED = "teaching"
"""Name of the one inventory that is in the package."""

_TOP = {"study", "databases", "foreground", "products", "rules", "sampling"}
_STUDY = {"key", "title", "reference_year", "goal", "scope"}
_DATABASE = {"name", "embedded", "path", "digest"}
_PRODUCT = set(UnitOfAnalysis.__dataclass_fields__)
_NEEDED = ("key", "name", "process", "amount")


def read_study(path: str | Path) -> Study:
    """Return the study of a TOML file; paths in it are relative to the file.

    Raises
    ------
    StudyError
        If the file is not a complete study, or an attached database is not the one whose digest it names.
    TableError
        If the foreground tables have mistakes.
    """
    file = checked_path(path, where="read_study(path)")
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError(
            f"there is no file {file}", remedy="check the path of the study file (.toml)"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            f"the study file cannot be read: {error}",
            where=str(file),
            remedy="check path and encoding (UTF-8)",
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StudyError(
            f"the study file is not valid TOML: {error}", where=file.name, remedy="mend the line named"
        ) from error
    _check_keys(table, _TOP, file.name)
    head = _table(table, "study", file.name)
    _check_keys(head, _STUDY, f"{file.name}, [study]")
    databases = tuple(_database(entry, file) for entry in _tables(table, "databases", file.name))
    return Study(
        key=_text(head, "key", f"{file.name}, [study]"),
        title=_text(head, "title", f"{file.name}, [study]"),
        units=tuple(_unit(entry, file.name) for entry in _tables(table, "products", file.name)),
        databases=databases,
        foreground=_foreground(table, file, databases),
        rule_sets=_rule_sets(table, file),
        goal=_texts(head, "goal", file.name),
        scope=_texts(head, "scope", file.name),
        reference_year=str(head.get("reference_year", "")),
        sampling=_sampling(table, file.name),
    )


def write_study(
    study: Study, path: str | Path, *, foreground: str = "", rule_files: list[str] | None = None
) -> None:
    """Write a study as TOML.

    Parameters
    ----------
    study : Study
        What to write; databases are named with their digests, not copied.
    path : str or Path
        File to write.
    foreground : str
        Folder of the foreground tables, relative to the file; written by `write_tables`.
    rule_files : list of str, optional
        Paths of the rule files, relative to the file; the keys of the rule sets if not given.

    Raises
    ------
    StudyError
        If the file would name less than the study stands on: a foreground without a folder, or a rule set
        that is not a packaged one without a file.
    """
    _check_named(study, foreground, rule_files)
    table: dict[str, Any] = {
        "study": {
            "key": study.key,
            "title": study.title,
            "reference_year": study.reference_year,
            "goal": dict(study.goal),
            "scope": dict(study.scope),
        },
        "databases": [_named_database(db) for db in study.databases],
        "products": [
            {name: getattr(unit, name) for name in UnitOfAnalysis.__dataclass_fields__}
            for unit in study.units
        ],
        "rules": {"sets": rule_files or [rules.key for rules in study.rule_sets]},
    }
    if foreground:
        table["foreground"] = {"tables": foreground}
    if study.sampling is not None:
        table["sampling"] = study.sampling.to_table()
    with new_file(path) as draft:
        draft.write_text(tomli_w.dumps(table), encoding="utf-8")


def _named_database(database: Database) -> dict[str, Any]:
    teaching = load_teaching_inventory()
    if database.digest == teaching.digest:
        return {"name": EMBEDDED, "embedded": True, "digest": teaching.digest}
    return {"name": database.meta.name, "digest": database.digest}


def _check_named(study: Study, foreground: str, rule_files: list[str] | None) -> None:
    if study.foreground is not None and not foreground:
        raise StudyError(
            f"study {study.key!r} has a foreground and no folder is named for it",
            why="the file would describe another study",
            remedy='write it with write_tables and name the folder: foreground = "..."',
        )
    if rule_files is not None:
        return
    for rules in study.rule_sets:
        if rules.key not in list_rule_sets() or load_rule_set(rules.key).digest != rules.digest:
            raise StudyError(
                f"the rule set {rules.key!r} is not one of the package",
                where=f"study {study.key!r}",
                why="its key alone would stand for other rules, or none",
                remedy="write it with write_rule_set and name the files: rule_files = [...]",
            )


def _database(entry: dict[str, Any], file: Path) -> Database:
    where = f"{file.name}, [[databases]]"
    _check_keys(entry, _DATABASE, where)
    name = _text(entry, "name", where)
    embedded = entry.get("embedded", "path" not in entry and name == EMBEDDED)
    if not isinstance(embedded, bool) or (embedded and (name != EMBEDDED or "path" in entry)):
        raise StudyError(
            f"database {name!r} says embedded = {embedded!r}",
            where=where,
            why=f"only the inventory {EMBEDDED!r} is embedded, and it has no path",
            remedy=f'write name = "{EMBEDDED}" and embedded = true, or a path',
        )
    if embedded:
        database = load_teaching_inventory()
    elif "path" in entry:
        database = read(file.parent / str(entry["path"]))
    else:
        raise StudyError(
            f"database {name!r} has no path",
            where=where,
            why="only the teaching inventory is embedded",
            remedy='add path = "folder of a stored database"',
        )
    if entry.get("digest", database.digest) != database.digest:
        raise StudyError(
            f"database {name!r} is not the one that the study was made with",
            where=where,
            why=f"its digest is {database.digest}, the study names {entry['digest']}",
            remedy="attach the right release, or take the digest out to accept this one",
        )
    return database


def _foreground(table: dict[str, Any], file: Path, databases: tuple[Database, ...]) -> Database | None:
    if "foreground" not in table:
        return None
    where = f"{file.name}, [foreground]"
    entry = _table(table, "foreground", file.name)
    _check_keys(entry, {"tables"}, where)
    return read_tables(file.parent / _text(entry, "tables", where), attached=databases)


def _unit(entry: dict[str, Any], name: str) -> UnitOfAnalysis:
    where = f"{name}, [[products]] {entry.get('key', '')}"
    _check_keys(entry, _PRODUCT, where)
    missing = [field for field in _NEEDED if field not in entry]
    if missing:
        raise StudyError(f"a product has no {missing[0]!r}", where=where, remedy=f"give {', '.join(_NEEDED)}")
    if isinstance(entry["amount"], bool) or not isinstance(entry["amount"], int | float):
        raise StudyError(
            f"the amount of a product is {entry['amount']!r}",
            where=where,
            remedy="give a number without quotes",
        )
    texts = {field: str(value) for field, value in entry.items() if field != "amount"}
    return UnitOfAnalysis(amount=float(entry["amount"]), **texts)


def _rule_sets(table: dict[str, Any], file: Path) -> tuple[RuleSet, ...]:
    entry = _table(table, "rules", file.name) if "rules" in table else {"sets": ["default"]}
    _check_keys(entry, {"sets"}, f"{file.name}, [rules]")
    names = entry.get("sets", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise StudyError(
            "the rule sets are not a list of names", where=file.name, remedy='write sets = ["default"]'
        )
    return tuple(find_rule_set(str(file.parent / name) if name.endswith(".toml") else name) for name in names)


def _sampling(table: dict[str, Any], name: str) -> SamplingPlan | None:
    if "sampling" not in table:
        return None
    return SamplingPlan.from_table(_table(table, "sampling", name), where=f"{name}, [sampling]")


def _table(table: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = table.get(name)
    if not isinstance(value, dict):
        raise StudyError(f"the study file has no table [{name}]", where=where, remedy=f"add [{name}]")
    return value


def _tables(table: dict[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    entries = table.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise StudyError(
            f"{name!r} is no list of tables", where=where, remedy=f"write [[{name}]] for each of them"
        )
    return entries


def _texts(table: dict[str, Any], name: str, where: str) -> dict[str, str]:
    entries = table.get(name, {})
    if not isinstance(entries, dict) or not all(isinstance(text, str) for text in entries.values()):
        raise StudyError(
            f"the {name} of the study is not a table of texts",
            where=f"{where}, [study]",
            why="the report could not print it",
            remedy=f'write [study.{name}] with lines like limitations = "..."',
        )
    return dict(entries)


def _text(table: dict[str, Any], name: str, where: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise StudyError(f"{name!r} is missing or no text", where=where, remedy=f'add {name} = "..."')
    return value


def _check_keys(table: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise StudyError(
            f"the study file has an unknown key {unknown[0]!r}",
            where=where,
            why="what it says would be ignored",
            remedy=f"use only {', '.join(sorted(known))}",
        )
