"""Contribution views say the same in every form, follow their controls, and their code gives the same number."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from carbonlab.errors import CarbonlabError, NotFoundError, RefusedError
from carbonlab.messages import in_language
from carbonlab.results.breakdown import By, CutOff, CutOffMode
from carbonlab.results.calculate import each_evaluation
from carbonlab.rules.parameter_words import parameter_in_words
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import ContributionExplorer, contribution_view, contributions
from carbonlab.widgets.answered import Answered, answering
from carbonlab.widgets.contribution_tree import ContributionTree
from carbonlab.widgets.contribution_views import PICTURES, ContributionChoice, drawn
from carbonlab.widgets.job import State, Stopped, Watch
from tests.results.test_breakdown import LOOP_WITH_CREDIT, STEEL
from tests.tiny import tiny_database
from tests.widgets.copied_code import run_cell
from tests.widgets.html_outline import outline_of

WAIT = 60.0


@pytest.fixture(scope="module")
def steel() -> Answered:
    return Answered.of(Study.of(tiny_database(STEEL), "steel"))


@pytest.fixture(scope="module")
def loop() -> Answered:
    return Answered.of(Study.of(tiny_database(LOOP_WITH_CREDIT), "plant", amount=0.9))


@pytest.fixture
def explorer() -> Iterator[ContributionExplorer]:
    made = contributions(load_teaching_inventory(), products="sawmill")
    assert made.job.wait(WAIT)
    yield made
    made.widget.close_all()


def test_a_table_of_the_published_example(steel: Answered) -> None:
    view = drawn(steel, ContributionChoice("product", By.FIRST_TIER, "table"))
    rows = {row[0]: row[2:] for row in view.tables[0].rows}
    assert rows["electricity"] == pytest.approx((0.5702, 35.6375))
    assert rows["Carbon footprint"] == pytest.approx((1.6, 100))
    assert "1 kg steel: 1.6 kg CO2e" in view.title
    assert "kg steel" in view.functional_unit


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("mode", CutOffMode)
def test_every_form_keeps_signs_and_sums(loop: Answered, picture: str, mode: CutOffMode) -> None:
    choice = ContributionChoice("product", picture=picture, cut_off=CutOff(mode, 2.0))
    view = drawn(loop, choice)
    assert outline_of(view.html).unclosed == []
    assert view.functional_unit in view.html
    assert "−" in view.text, "a credit is not dropped"
    assert "png" in view.formats
    assert ("<svg role=" in view._repr_html_()) == (picture != "table"), "a table comes without a picture"
    if picture in ("bars", "table"):
        *parts, total = (float(row[2]) for row in view.tables[0].rows)  # type: ignore[arg-type]
        assert sum(parts) == pytest.approx(total)


def test_the_tree_sums_at_every_branch(loop: Answered) -> None:
    tree = loop.tree("product")
    level, walked = [tree.root], 0
    for _ in range(4):
        below = [(branch, tree.inputs(branch, CutOff(CutOffMode.TOP, 3))) for branch in level]
        for branch, parts in below:
            if parts:
                walked += 1
                assert sum(part.footprint for part in parts) == pytest.approx(branch.footprint)
        level = [part for _, parts in below for part in parts]
    assert walked >= 3
    assert tree.root.footprint == pytest.approx(0.85)


def test_the_tree_opens_branch_by_branch(loop: Answered) -> None:
    widget = ContributionTree()
    sent: list[dict[str, Any]] = []
    widget.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    widget.show(loop.tree("product"), CutOff(CutOffMode.TOP, 5), caption="power")
    widget._handle_custom_msg({"open": "0"}, [])
    widget._handle_custom_msg({"open": "0/1"}, [])
    widget._handle_custom_msg({"open": "7/7"}, [])
    first, second, unknown = sent
    assert [row["name"] for row in first["rows"]] == ["Direct emissions of the process", "boiler", "mine"]
    assert first["rows"][1]["footprint"] == "−1.08" and not first["rows"][1]["positive"]
    left, width = first["rows"][1]["bar"]
    assert left == 0 and width == pytest.approx(first["rows"][1]["zero"]), "to the left of zero"
    assert second["path"] == "0/1" and len(second["rows"]) == 1
    assert unknown["rows"] == []
    assert first["version"] == widget.version
    widget.close()


def test_controls_and_picture_follow_each_other(explorer: ContributionExplorer) -> None:
    before = explorer.view.title
    explorer.by_control.value = By.GAS
    assert explorer.view.title != before and "by greenhouse gas" in explorer.box.body.value
    explorer.mode_control.value = CutOffMode.TOP
    explorer.level_fields[CutOffMode.TOP].value = "1"
    assert [row[0] for row in explorer.view.tables[0].rows if row[0].startswith("Rest")]  # type: ignore[union-attr]
    explorer.scale_control.value = True
    assert explorer.view.interactive is not None
    assert explorer.view.interactive().layout.xaxis.title.text == "Share of the footprint [%]"
    explorer.picture_control.value = "tree"
    assert explorer.tree.layout.display == "" and explorer.box.body.layout.display == "none"
    assert explorer.tree.root["level"] == 0
    assert explorer.by_control.disabled
    choice = replace(explorer.value, picture="sankey", cut_off=CutOff(CutOffMode.CUMULATIVE, 80.0))
    explorer.value = choice
    assert explorer.value == choice
    assert "along the supplies" in repr(explorer)


def test_a_level_that_means_nothing_is_said_in_sight(explorer: ContributionExplorer) -> None:
    explorer.level_fields[CutOffMode.MINIMUM].value = "many"
    assert explorer.view.formats == ("html",)
    assert "role='alert'" in explorer.box.body.value
    assert explorer.box.take_along.layout.display == "none"
    with pytest.raises(RefusedError):
        explorer.to_code()


def test_the_code_shows_the_same(explorer: ContributionExplorer) -> None:
    explorer.by_control.value = By.FIRST_TIER
    assert run_cell(explorer.to_code()).tables == explorer.view.tables


def test_rule_sets_are_told_apart() -> None:
    default = load_rule_set("default")
    study = Study.of(
        load_teaching_inventory(), "sawmill", rule_sets=(default, default.replace(multifunctionality="price"))
    )
    explorer = contributions(study)
    one = explorer.view.tables[0].rows[-1][2]
    assert "under carbonlab default</p>" in explorer.view.html
    explorer.rule_set_control.value = study.rule_sets[1].key
    assert explorer.view.tables[0].rows[-1][2] != one
    assert "under carbonlab default with Multifunctionality: shares by revenue (price)" in explorer.view.html
    with pytest.raises(NotFoundError, match="was not answered under 'pef'"):
        explorer.answered.rule_set("pef")


def test_what_cannot_be_shown_is_refused(steel: Answered) -> None:
    with pytest.raises(RefusedError, match="cannot be shown as 'pie'"):
        ContributionChoice("product", picture="pie")
    with pytest.raises(NotFoundError, match="has no product 'gold'"):
        contribution_view(steel.study, product="gold")


def test_the_answer_comes_from_a_job_that_can_be_cancelled_and_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go = threading.Event(), threading.Event()

    def slowly(study: Study) -> Iterator[Any]:
        begun.set()
        assert go.wait(WAIT)
        yield from each_evaluation(study)

    monkeypatch.setattr("carbonlab.widgets.answered.each_evaluation", slowly)
    explorer = contributions(load_teaching_inventory(), products="sawmill")
    assert begun.wait(WAIT)
    assert explorer.job.state is State.RUNNING, "nobody had to wait"
    explorer.by_control.value = By.GAS
    assert explorer.box.view.text == "", "no numbers before the answer"
    explorer.job.cancel_control.click()
    go.set()
    assert explorer.job.wait(WAIT)
    assert (explorer.job.state, explorer.box.view.text) == (State.CANCELLED, "")
    with pytest.raises(CarbonlabError, match="no result yet"):
        _ = explorer.answered
    explorer.job.again_control.click()
    assert "by greenhouse gas" in explorer.view.text


def test_rule_sets_come_one_after_the_other() -> None:
    study = Study.of(
        load_teaching_inventory(), "sawmill", flow="lumber_green", rule_sets=("default", "eu-pef-2021")
    )
    watch = Watch(lambda done, most: None, in_turns=False)
    first, again, both = answering(study, watch)
    assert first is again
    assert [len(one.study.rule_sets) for one in (first, both)] == [1, 2]
    work = answering(study, watch)
    next(work)
    watch.set()
    with pytest.raises(Stopped):
        next(work)


@pytest.mark.parametrize("has_loop", [False, True])
def test_without_threads_the_same_numbers_come(explorer: ContributionExplorer, has_loop: bool) -> None:
    async def in_turns() -> ContributionExplorer:
        made = contributions(load_teaching_inventory(), products="sawmill", threads=False)
        assert made.job.state is State.RUNNING, "the loop has its turn first"
        while made.job.state is State.RUNNING:
            await asyncio.sleep(0)
        return made

    async def waited_for() -> ContributionExplorer:
        made = contributions(load_teaching_inventory(), products="sawmill", threads=False)
        assert made.view.tables, "who waits takes the steps"
        return made

    if has_loop:
        others = [asyncio.run(in_turns()), asyncio.run(waited_for())]
    else:
        others = [contributions(load_teaching_inventory(), products="sawmill", threads=False)]
    for other in others:
        assert other.job.state is State.DONE
        assert other.view.tables == explorer.view.tables
        other.widget.close_all()


def test_what_is_only_rounding_is_said_and_kept() -> None:
    study = Study.of(load_teaching_inventory(), "wood_boiler")
    view = contribution_view(study, picture="sankey", mode="top", level=12)
    marked = [row for row in view.tables[0].rows if row[3]]
    assert marked and all(row[3] == "rounding" and abs(float(str(row[2]))) < 1e-12 for row in marked)
    assert len(marked) < len(view.tables[0].rows)


def test_every_parameter_of_the_package_is_said_in_words_of_the_field() -> None:
    for language in ("en", "zh_CN"):
        with in_language(language):
            for key in list_rule_sets():
                for rule in load_rule_set(key).rules.values():
                    for line in rule.lines:
                        for name, value in line.parameters.items():
                            said = parameter_in_words(name, value)
                            assert not set("_=[]'{}") & set(said), f"{key}: {name}: {said}"
