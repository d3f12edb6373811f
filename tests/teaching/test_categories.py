"""Eleven categories: every one has a study, the study of all has products of every one, and every slot matters."""

from __future__ import annotations

import pytest
import xarray as xr

from carbonlab.cli.slot_matrix import AT_LEAST, categories_moved, matrices_of
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set, read_rule_set
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import CATEGORIES, CATEGORIES_STUDY, list_studies, study_path, study_rule_files
from carbonlab.vocabulary import LifeCycleStage, Status

STUDIES = [key for keys in CATEGORIES.values() for key in keys]


@pytest.fixture(scope="module")
def together() -> Study:
    return read_study(study_path(CATEGORIES_STUDY))


@pytest.fixture(scope="module")
def result(together: Study) -> xr.Dataset:
    return calculate(together)


def test_eleven_categories_have_studies() -> None:
    assert len(CATEGORIES) == 11
    assert set(STUDIES) | {CATEGORIES_STUDY, "teaching"} == set(list_studies())


@pytest.mark.parametrize("key", STUDIES)
def test_the_products_of_a_category_are_in_the_table_of_all(key: str, together: Study) -> None:
    own = {
        (unit.name, unit.process, unit.flow, unit.amount, unit.unit, unit.unit_type)
        for unit in read_study(study_path(key)).units
    }
    shown = {(u.name, u.process, u.flow, u.amount, u.unit, u.unit_type) for u in together.units}
    assert own & shown
    other = {name for name, *_ in own} & {name for name, *_ in shown - own}
    assert not other, "a product of the same name is another one in studies/categories.toml"


def test_every_product_of_the_table_is_one_of_a_category(together: Study) -> None:
    known = {(u.name, u.process, u.flow) for key in STUDIES for u in read_study(study_path(key)).units}
    assert {(unit.name, unit.process, unit.flow) for unit in together.units} <= known


def test_every_footprint_is_complete_or_not_applicable(result: xr.Dataset) -> None:
    statuses = set(result["status"].values.ravel().tolist())
    assert statuses == {Status.COMPLETE, Status.NOT_APPLICABLE}
    general = [key for key in result["rule_set"].values.tolist() if not load_rule_set(key).applies_to]
    assert set(result["status"].sel(rule_set=general).values.ravel().tolist()) == {Status.COMPLETE}
    battery = result["status"].sel(rule_set="eu-battery-2023")
    applies = [str(key) for key in battery["product"].values if battery.sel(product=key) == Status.COMPLETE]
    assert applies
    assert all(key.startswith("battery") for key in applies)


@pytest.mark.parametrize("key", STUDIES)
def test_each_study_covers_the_five_stages_or_says_why_not(key: str) -> None:
    study = read_study(study_path(key))
    assert study.foreground is not None
    codes, words = study.foreground.codes("exchanges", "stage")
    missing = {str(stage) for stage in LifeCycleStage} - {words[code] for code in codes if code >= 0}
    assert missing <= {LifeCycleStage.USE, LifeCycleStage.END_OF_LIFE}, (
        "nothing to model there is for the study to say"
    )
    assert len(study.scope["use_and_end_of_life"]) > 20


@pytest.mark.slow
def test_every_slot_matters_in_three_categories() -> None:
    packaged = [load_rule_set(key) for key in list_rule_sets()]
    own = [read_rule_set(path) for path in study_rule_files()]
    moved = categories_moved(matrices_of([study_path(key) for key in STUDIES], [*packaged, *own]))
    assert set(moved) == {slot.key for slot in SLOTS}
    assert not {slot: found for slot, found in moved.items() if len(found) < AT_LEAST}
