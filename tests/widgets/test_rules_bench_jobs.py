"""The rules bench where an answer takes its time: it calculates in a job, and the last turn wins."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from carbonlab.inventory.database import Database
from carbonlab.report.figures import format_number
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import RulesBench, Session, rules_bench
from carbonlab.widgets import session as sessions
from carbonlab.widgets.job import State, Stopped

DEFAULT = load_rule_set("default")
WAIT = 60.0


@pytest.fixture(scope="module")
def inventory() -> Database:
    return load_teaching_inventory()


class Gate:
    """Lets evaluations through one by one, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.arrived, self.open = threading.Semaphore(0), threading.Semaphore(0)
        self.asked: list[str] = []
        original = sessions._WatchedLanes.evaluate

        def held(lanes: sessions._WatchedLanes, rule_set: RuleSet) -> object:
            if rule_set.key not in self.asked:
                self.asked.append(rule_set.key)
                self.arrived.release()
                assert self.open.acquire(timeout=WAIT)
            return original(lanes, rule_set)

        monkeypatch.setattr(sessions._WatchedLanes, "evaluate", held)
        monkeypatch.setattr(sessions, "QUICK", 0.0)  # nothing is quick

    def wait(self) -> None:
        assert self.arrived.acquire(timeout=WAIT)

    def let(self, count: int = 1) -> None:
        self.open.release(count)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


@pytest.fixture
def bench(inventory: Database, gate: Gate) -> Iterator[RulesBench]:
    gate.let()
    made = rules_bench(
        Study.of(inventory, "sawmill", flow="chips"), rule_sets=["default"], slots=["multifunctionality"]
    )
    gate.wait()
    assert made.job.wait(WAIT)
    yield made
    gate.let(100)
    made.job.cancel()
    made.job.wait(WAIT)


def turn(bench: RulesBench, option: str) -> None:
    bench.alternative_control.slots["multifunctionality"].option.value = option


def total(inventory: Database, option: str) -> str:
    study = Study.of(inventory, "sawmill", flow="chips")
    rules = DEFAULT.replace(multifunctionality=option)
    return format_number(float(calculate(study, rules)["total"].values[0, 0]))


def test_while_it_works_only_the_other_side_is_in_sight(
    bench: RulesBench, gate: Gate, inventory: Database
) -> None:
    assert "Baseline: default" in bench.sides_box.view.text and bench.box.view.tables
    turn(bench, "price")
    gate.wait()
    assert bench.job.state is State.RUNNING
    assert bench.job.widget.layout.display is None and not bench.job.cancel_control.disabled
    assert not bench.box.view.html and bench.box.take_along.layout.display == "none"
    assert total(inventory, "price") not in bench.sides_box.view.html
    assert bench.sides_box.view.title == "Carbon footprints under default"
    gate.let()
    assert total(inventory, "price") in bench.sides.html, "who asks for it waits"
    assert bench.job.state is State.DONE and bench.job.widget.layout.display == "none"
    assert bench.view.tables[0].columns[0].values[1] == "Multifunctionality"
    assert bench.box.take_along.layout.display is None


def test_the_last_turn_wins(bench: RulesBench, gate: Gate, inventory: Database) -> None:
    shown: list[str] = []
    bench.sides_box.body.observe(lambda change: shown.append(change["new"]), "value")
    turn(bench, "price")
    gate.wait()
    turn(bench, "mass")
    turn(bench, "energy")
    gate.let(2)
    assert total(inventory, "energy") in bench.sides.html
    assert gate.asked == ["default", "default+multifunctionality=price", "default+multifunctionality=energy"]
    assert not any(total(inventory, "price") in html for html in shown), "nobody asks for it any more"
    assert bench.view.tables[0].columns[2].values[-1] == pytest.approx(
        float(bench.alternative["total"].values[0, 0]), rel=1e-9
    )


def test_what_is_held_is_shown_at_once_beside_work_that_goes_on(bench: RulesBench, gate: Gate) -> None:
    known = bench.sides_box.view.text
    turn(bench, "price")
    gate.wait()
    turn(bench, "default_chain")
    assert bench.job.state is State.READY and bench.job.widget.layout.display == "none"
    assert bench.sides_box.view.text == known and bench.box.view.tables
    worker = bench.job._worker
    gate.let()
    assert isinstance(worker, threading.Thread)
    worker.join(WAIT)
    assert bench.sides_box.view.text == known


def test_it_can_be_cancelled_and_begun_again(bench: RulesBench, gate: Gate, inventory: Database) -> None:
    turn(bench, "price")
    gate.wait()
    bench.job.cancel_control.click()
    gate.let()
    assert bench.job.wait(WAIT)
    assert bench.job.state is State.CANCELLED
    assert bench.job.widget.layout.display is None, "it says why there is no number"
    assert not bench.box.view.html
    bench.job.again_control.click()
    assert total(inventory, "price") in bench.sides.html
    assert bench.job.state is State.DONE


def test_in_turns_it_shows_the_same(inventory: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = rules_bench(Study.of(inventory, "sawmill", flow="chips"), rule_sets=["default"])
    turn(at_once, "price")
    monkeypatch.setattr(sessions, "QUICK", 0.0)
    in_turns = rules_bench(Study.of(inventory, "sawmill", flow="chips"), rule_sets=["default"], threads=False)
    turn(in_turns, "price")
    assert in_turns.job.state is State.DONE
    assert (in_turns.sides.text, in_turns.view.text) == (at_once.sides.text, at_once.view.text)


def test_how_long_work_takes_is_known_from_the_last_ones(
    inventory: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(Study.of(inventory, "sawmill"))
    exchanges = inventory.exchanges.num_rows
    monkeypatch.setattr(sessions, "QUICK", 2.5 * sessions.SECONDS_PER_EXCHANGE * exchanges)
    assert session.is_quick(0) and session.is_quick(2) and not session.is_quick(3)
    session.result(DEFAULT)
    session._lanes.seconds.append(1.0)
    assert session.is_quick(0) and not session.is_quick(1)
    monkeypatch.setattr(sessions, "QUICK", 1.5)
    assert session.is_quick(1) and not session.is_quick(2)
    with session._work:
        assert not session.is_quick(1), "it would wait for what is under way"
        assert session.is_quick(0)


def test_why_there_is_no_answer_is_held_too(inventory: Database) -> None:
    session = Session(Study.of(inventory, "sawmill"))
    refusing = DEFAULT.replace(multifunctionality="refuse")
    said = []
    for _ in range(2):
        with pytest.raises(Exception, match="processes have several products") as caught:
            session.result(refusing)
        said.append(caught.value)
    assert said[0] is said[1] and session.calculations == 1 and session.is_known(refusing)


def test_work_that_nobody_waits_for_does_not_begin(inventory: Database) -> None:
    session = Session(Study.of(inventory, "sawmill"))

    class Asked:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Stopped):
        session.result(DEFAULT, watch=Asked())  # type: ignore[arg-type]
    with pytest.raises(Stopped):
        session.movements(DEFAULT, watch=Asked())  # type: ignore[arg-type]
    assert session.calculations == 0 and not session.is_known(DEFAULT)
