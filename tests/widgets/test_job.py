"""Jobs: they end, can be cancelled between steps, show no results of work that was replaced, and keep errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from carbonlab.errors import CarbonlabError, RefusedError
from carbonlab.widgets.job import Job, State, Stopped, Watch

WAIT = 10.0


def counting(watch: Watch) -> Iterator[int]:
    for number in range(3):
        watch.report(number, 3)
        yield number


def test_steps_are_shown_in_order() -> None:
    job: Job[int] = Job(label="Count")
    seen: list[int] = []
    assert job.cancel_control.disabled
    job.start(counting, on_step=seen.append)
    assert job.wait(WAIT)
    assert (seen, job.state, job.result()) == ([0, 1, 2], State.DONE, 2)
    assert "finished" in job.bar.value and job.cancel_control.disabled


def test_progress_has_a_label_and_numbers() -> None:
    job: Job[int] = Job(label="<b>Draws</b>")
    shown: list[str] = []
    job.bar.observe(lambda change: shown.append(change["new"]), "value")
    job.start(counting)
    assert job.wait(WAIT)
    bars = [text for text in shown if "<progress" in text]
    assert bars and all(text.startswith("<label>&lt;b&gt;Draws") for text in bars)
    assert "0 of 3" in bars[0]


def test_cancel_stops_between_two_steps() -> None:
    job: Job[int] = Job(label="Wait")
    first, cancelled = threading.Event(), threading.Event()

    def steps(watch: Watch) -> Iterator[int]:
        yield 1
        first.set()
        assert cancelled.wait(WAIT)
        yield 2
        raise AssertionError("the work went on")

    job.start(steps)
    assert first.wait(WAIT)
    assert not job.cancel_control.disabled
    job.cancel_control.click()
    cancelled.set()
    assert job.wait(WAIT)
    assert (job.state, job.error) == (State.CANCELLED, None)
    assert "cancelled" in job.bar.value


def test_it_says_what_it_does_and_after_what_it_stops() -> None:
    job: Job[int] = Job(label="Draws")
    told, go = [threading.Event(), threading.Event()], threading.Event()

    def steps(watch: Watch, number: int) -> Iterator[int]:
        watch.tell(f"compiling <{number}>")
        told[number].set()
        assert go.wait(WAIT)
        watch.report(1, 3)
        watch.tell("something later")
        yield number

    job.start(lambda watch: steps(watch, 0))
    assert told[0].wait(WAIT)
    assert "Draws: compiling &lt;0&gt;" in job.bar.value
    job.cancel_control.click()
    assert job.cancel_control.disabled
    assert "stops after the step under way (compiling &lt;0&gt;)" in job.bar.value
    former = job._worker
    job.start(lambda watch: steps(watch, 1))
    assert told[1].wait(WAIT)
    assert "Draws: compiling &lt;1&gt;" in job.bar.value and not job.cancel_control.disabled
    job.cancel()
    assert job.state is State.RUNNING and "stops after" in job.bar.value
    go.set()
    assert job.wait(WAIT)
    assert isinstance(former, threading.Thread)
    former.join(WAIT)
    assert (job.state, job.value) == (State.CANCELLED, 1)
    assert "cancelled" in job.bar.value


def test_work_may_stop_by_itself_when_asked() -> None:
    job: Job[int] = Job(label="Wait")

    def steps(watch: Watch) -> Iterator[int]:
        yield 1
        raise Stopped

    job.start(steps)
    assert job.wait(WAIT)
    assert (job.state, job.value) == (State.CANCELLED, 1)


def test_replaced_work_shows_nothing_any_more() -> None:
    job: Job[str] = Job(label="Twice")
    seen: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def old(watch: Watch) -> Iterator[str]:
        begun.set()
        assert go.wait(WAIT)
        yield "old"

    def new(watch: Watch) -> Iterator[str]:
        yield "new"

    job.start(old, on_step=seen.append)
    assert begun.wait(WAIT)
    former = job._worker
    job.start(new, on_step=seen.append)
    assert job.wait(WAIT)
    go.set()
    assert isinstance(former, threading.Thread)
    former.join(WAIT)
    assert (seen, job.state, job.value) == (["new"], State.DONE, "new")


def test_errors_are_shown_and_kept() -> None:
    job: Job[int] = Job(label="Fail")
    ended: list[State] = []

    def steps(watch: Watch) -> Iterator[int]:
        raise RefusedError("nothing <is> uncertain")
        yield 1

    job.start(steps, on_end=lambda: ended.append(job.state))
    assert job.wait(WAIT)
    assert ended == [State.FAILED]
    assert "nothing &lt;is&gt; uncertain" in job.bar.value
    with pytest.raises(RefusedError, match="uncertain"):
        job.result()


def test_no_result_yet() -> None:
    with pytest.raises(CarbonlabError, match="no result yet"):
        Job[int](label="Idle").result()


def test_without_threads_steps_are_taken_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    order: list[str] = []
    turns: list[bool] = []

    def steps(watch: Watch) -> Iterator[int]:
        turns.append(watch.in_turns)
        for number in range(100):
            order.append(f"step {number}")
            yield number

    async def both() -> Job[int]:
        job: Job[int] = Job(label="Turns")
        job.start(steps)
        while len(order) < 3:
            await asyncio.sleep(0)
        job.cancel()
        while job.state is State.RUNNING:
            await asyncio.sleep(0)
        return job

    job = asyncio.run(both())
    assert turns == [True]
    assert job.state is State.CANCELLED
    assert 3 <= len(order) < 100


def test_forgotten_work_shows_neither_result_nor_end() -> None:
    job: Job[str] = Job(label="Forget")
    seen: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def steps(watch: Watch) -> Iterator[str]:
        begun.set()
        assert go.wait(WAIT)
        assert watch.is_set()
        watch.report(1, 2)
        yield "late"

    job.start(steps, on_step=seen.append, on_end=lambda: seen.append("end"))
    assert begun.wait(WAIT)
    worker = job._worker
    job.forget()
    assert (job.state, job.wait(0.0)) == (State.READY, True)
    go.set()
    assert isinstance(worker, threading.Thread)
    worker.join(WAIT)
    assert (seen, job.value, job.state) == ([], None, State.READY)
    assert "not started" in job.bar.value


def test_a_result_on_its_way_is_not_shown_after_what_replaces_it() -> None:
    job: Job[str] = Job(label="Race")
    seen: list[str] = []
    drawing, go = threading.Event(), threading.Event()

    def draw(value: str) -> None:
        drawing.set()
        assert go.wait(WAIT)
        seen.append(value)

    job.start(lambda watch: iter(["old"]), on_step=draw)
    assert drawing.wait(WAIT)
    replacing = threading.Thread(target=lambda: (job.forget(), seen.append("new")))
    replacing.start()
    replacing.join(0.05)
    assert replacing.is_alive(), "it waits until the old result is drawn"
    go.set()
    replacing.join(WAIT)
    assert seen == ["old", "new"]


def test_a_step_that_does_not_listen_is_left_to_itself() -> None:
    job: Job[int] = Job(label="Compile", again=True)
    told, go = threading.Event(), threading.Event()
    ended: list[State] = []

    def steps(watch: Watch) -> Iterator[int]:
        watch.tell("compiling", is_deaf=True)
        told.set()
        assert go.wait(WAIT)
        yield 1

    job.start(steps, on_end=lambda: ended.append(job.state))
    assert told.wait(WAIT)
    worker = job._worker
    job.cancel_control.click()
    assert (job.state, ended, job.wait(0.0)) == (State.CANCELLED, [State.CANCELLED], True)
    assert job.cancel_control.disabled and job.again_control.layout.display is None
    go.set()
    assert isinstance(worker, threading.Thread)
    worker.join(WAIT)
    assert (job.value, job.state, ended) == (None, State.CANCELLED, [State.CANCELLED])


def test_a_step_that_reports_again_is_waited_for() -> None:
    job: Job[int] = Job(label="Draw")
    told, go = threading.Event(), threading.Event()

    def steps(watch: Watch) -> Iterator[int]:
        watch.tell("compiling", is_deaf=True)
        watch.report(1, 2)
        told.set()
        assert go.wait(WAIT)
        yield 1

    job.start(steps)
    assert told.wait(WAIT)
    job.cancel()
    assert job.state is State.RUNNING
    go.set()
    assert job.wait(WAIT)
    assert (job.state, job.value) == (State.CANCELLED, 1)
