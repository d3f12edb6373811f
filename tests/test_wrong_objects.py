"""Objects of the wrong kind, given to public functions: told in words, never a raw error of Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import carbonlab as cl
from carbonlab.errors import ArgumentError
from carbonlab.system.study import Study

STUDY_FIRST = (
    "attribute_draws", "calculate", "compare", "data_and_rules", "first_order", "global_sensitivity", "perturb",
    "screen", "simulate",
)  # fmt: skip
REST: dict[str, tuple[Any, ...]] = {
    "attribute_draws": ("default", "pas-2050-2011"),
    "data_and_rules": ({"multifunctionality": ["mass", "price"]},),
}


@pytest.fixture(scope="module")
def study() -> Study:
    return cl.Study.of(cl.load_teaching_inventory(), "cement_blended_cn")


@pytest.mark.parametrize("name", STUDY_FIRST)
@pytest.mark.parametrize("given", ["a database", "cement", None])
def test_a_study_is_asked_for(name: str, given: Any) -> None:
    what = cl.load_teaching_inventory() if given == "a database" else given
    with pytest.raises(ArgumentError, match="has to be a Study") as caught:
        getattr(cl, name)(what, *REST.get(name, ()))
    assert "make one: Study.of(database, process)" in str(caught.value)


@pytest.mark.parametrize("name", ["search", "find_process"])
def test_a_database_is_searched_for_a_text(name: str) -> None:
    database = cl.load_teaching_inventory()
    with pytest.raises(ArgumentError, match=f"first argument has to be a Database(.|\n)*{name}"):
        getattr(cl, name)("cement", database)
    with pytest.raises(ArgumentError, match="what is searched has to be a str; the number 5"):
        getattr(cl, name)(database, 5)


def test_rule_sets_are_a_list(study: Study) -> None:
    with pytest.raises(ArgumentError, match="rule sets have to be a list; the text 'default'"):
        cl.compare(study, "default")
    with pytest.raises(ArgumentError, match="the key of a rule set has to be a str; the number 5"):
        cl.load_rule_set(5)  # type: ignore[arg-type]


def test_what_is_saved_is_of_its_kind(study: Study, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="what is saved has to be a Dataset"):
        cl.save_result(study, tmp_path / "r.nc")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="what is saved has to be a Database"):
        cl.save_database(study, tmp_path / "db")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("given", [[1], {1: 2.0}, "cement"])
def test_new_amounts_are_a_dict_of_ids(given: Any) -> None:
    with pytest.raises(ArgumentError, match="new amounts have to be a dict of exchange id to number"):
        cl.load_teaching_inventory().with_amounts(given)
