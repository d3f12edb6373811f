"""Long work with progress and cancel: it never blocks a callback, and stops between two steps.

The work is an iterator of ever better results. A worker thread takes its steps; where there are no threads
(a browser), a task of the event loop takes one step at a time and lets others have their turn in between; where
there is no event loop either, they are taken at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterator
from enum import StrEnum
from html import escape
from inspect import GEN_RUNNING, getgeneratorstate
from threading import Event, RLock, Thread, current_thread
from typing import Any, Generic, TypeVar

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError
from carbonlab.messages import message

T = TypeVar("T")

SHOWN_EVERY = 0.1
"""Seconds between two movements of the bar: more of them help nobody, and keep the connection busy."""


class State(StrEnum):
    """What became of a job; the value is a key of the message catalogue."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Stopped(Exception):  # noqa: N818 (no error: somebody asked for it)
    """Work ends here because somebody asked it to."""


class Watch:
    """What the work sees of its job: where it tells how far it is, and hears whether to stop.

    Attributes
    ----------
    in_turns : bool
        Whether the work shares its only thread with everything else, so that steps have to be short.
    """

    def __init__(
        self,
        shown: Callable[[int, int], None],
        told: Callable[[str], None] = lambda step: None,
        *,
        in_turns: bool,
    ) -> None:
        self._event, self._shown, self._told, self.in_turns = Event(), shown, told, in_turns
        self._is_deaf = False

    @property
    def can_be_left(self) -> bool:
        """Whether a step is under way that does not hear whether to stop, and that may end unseen."""
        return self._is_deaf and not self.in_turns

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._event.is_set()

    def set(self) -> None:
        """Ask to stop."""
        self._event.set()

    def report(self, done: int, most: int) -> None:
        """Tell how far the work is."""
        self._is_deaf = False
        self._shown(done, most)

    def tell(self, step: str, *, is_deaf: bool = False) -> None:
        """Tell what is done now: before a step that cannot say how far it is.

        Parameters
        ----------
        step : str
            For people.
        is_deaf : bool
            Whether it does not hear whether to stop, and nothing of it is worth waiting for: whoever cancels does
            not wait then, and the step ends unseen.
        """
        self._is_deaf = is_deaf
        self._told(step)


Steps = Callable[[Watch], Iterator[T]]


class Job(Generic[T]):
    """One piece of work at a time, under a bar with a button that cancels.

    Parameters
    ----------
    label : str
        What is done, for the bar.
    threads : bool
        Whether to work in a thread; where none can be started, steps are taken in turns all the same.
    again : bool
        Whether work that was cancelled or failed can be begun again with a button.

    Attributes
    ----------
    widget : ipywidgets.HBox
        Bar, words and button.
    state : State
        What became of the work.
    value : object
        The last result so far; None before the first one.
    error : Exception or None
        Why it failed.
    """

    def __init__(self, *, label: str, threads: bool = True, again: bool = False) -> None:
        self.label, self._threads, self._offers_again = label, threads, again
        self._begin_again: Callable[[], None] = lambda: None
        self.state = State.READY
        self.value: T | None = None
        self.error: Exception | None = None
        self._watch: Watch | None = None
        self._on_end: Callable[[], None] | None = None
        self._worker: Thread | asyncio.Task[None] | None = None
        self._turns: Generator[None, None, None] | None = None
        self._drawn, self._ended, self._step = 0.0, Event(), ""
        self._turn = RLock()  # work that is replaced shows nothing after what replaces it
        self.bar = ipw.HTML(layout=ipw.Layout(flex="1 1 auto"))
        self.cancel_control = ipw.Button(
            description=message("job.cancel"), layout=ipw.Layout(width="auto", flex="0 0 auto")
        )
        self.cancel_control.disabled = True
        self.cancel_control.on_click(lambda button: self.cancel())
        self.again_control = ipw.Button(
            description=message("job.again"), layout=ipw.Layout(width="auto", flex="0 0 auto", display="none")
        )
        self.again_control.on_click(lambda button: self._begin_again())
        self.widget = ipw.HBox(
            [self.cancel_control, self.again_control, self.bar], layout=ipw.Layout(align_items="center")
        )

    def start(
        self,
        steps: Steps[T],
        *,
        on_step: Callable[[T], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        """Begin; work that is still under way is cancelled first, and its results are not shown any more.

        Parameters
        ----------
        steps : callable
            Takes a `Watch` and yields results.
        on_step : callable, optional
            Is called with every result.
        on_end : callable, optional
            Is called when the work has come to its end, whatever `state` says then.
        """
        if self._watch is not None:
            self._watch.set()
        self._begin_again = lambda: self.start(steps, on_step=on_step, on_end=on_end)
        watch = Watch(
            lambda done, most: self._show(watch, done, most),
            lambda step: self._tell(watch, step),
            in_turns=not self._threads,
        )
        with self._turn:
            self._watch, self._on_end = watch, on_end
            self.value, self.error, self._step = None, None, ""
            former, self._ended = self._ended, Event()
            former.set()  # who waits for work that is replaced waits for what replaces it
            self._turns = self._taken(watch, steps, on_step, on_end)
            self._set_state(State.RUNNING)
        if self._threads:
            thread = Thread(target=_take_all, args=(self._turns,), daemon=True)
            self._worker = thread
            try:
                thread.start()
            except RuntimeError:  # no threads here
                watch.in_turns = True
            else:
                return
        try:
            self._worker = asyncio.get_running_loop().create_task(_take_in_turns(self._turns))
        except RuntimeError:  # no event loop either: a script
            self._worker = None
            _take_all(self._turns)

    def cancel(self) -> None:
        """Ask the work to stop: it does between two steps, or sooner if it listens, and says so until then.

        A step that does not listen, and whose result nobody would see, is left to itself.
        """
        watch = self._watch
        if watch is None:
            return
        watch.set()
        if self.state is not State.RUNNING:
            return
        if watch.can_be_left:
            self._end(watch, self._on_end)
            with self._turn:
                if self._watch is watch:
                    self._watch = None
            return
        self.cancel_control.disabled = True
        self._say(message("job.stopping", step=self._step or message("job.running")))

    def forget(self) -> None:
        """Ask the work to stop, and show nothing of it any more: neither a result nor its end."""
        with self._turn:
            if self._watch is not None:
                self._watch.set()
            self._watch = self.value = self.error = None
            self._set_state(State.READY)
            self._ended.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, in cells and scripts; never call it from a callback.

        Where no thread works, whoever waits takes the remaining steps.

        Parameters
        ----------
        seconds : float, optional
            At most so long; without end by default.

        Returns
        -------
        bool
            Whether the end came; at once if the work itself asks, or nothing was begun.
        """
        if self._watch is None or self._worker is current_thread():
            return self._ended.is_set()
        last = None if seconds is None else time.monotonic() + seconds
        if self._watch.in_turns:
            return self._wait_in_turns(last)
        while True:
            ended = self._ended
            if not ended.wait(None if last is None else max(0.0, last - time.monotonic())):
                return False
            if ended is self._ended:
                return True

    def _wait_in_turns(self, last: float | None) -> bool:
        """Take the remaining steps here, until some time; a step that waits for itself gets no further."""
        while not self._ended.is_set() and (last is None or time.monotonic() < last):
            if self._turns is None or getgeneratorstate(self._turns) == GEN_RUNNING:
                return False
            next(self._turns, None)
        return self._ended.is_set()

    def result(self) -> T:
        """Return the last result.

        Raises
        ------
        Exception
            What made the work fail.
        CarbonlabError
            If there is no result yet.
        """
        if self.error is not None:
            raise self.error
        if self.value is None:
            raise CarbonlabError(message("job.no_result"), where=self.label)
        return self.value

    def _taken(self, watch: Watch, steps: Steps[T], on_step: Any, on_end: Any) -> Generator[None, None, None]:
        """Take the steps; whoever works lets others have their turn after each."""
        try:
            for value in steps(watch):
                if not self._take(watch, value, on_step):
                    break
                yield
                if watch.is_set():  # asked for while others had their turn
                    break
        except (Stopped, GeneratorExit):
            watch.set()
        except CarbonlabError as error:
            self._fail(watch, error)
        except Exception as error:  # a defect: shown, and raised where it is logged
            self._fail(watch, error)
            raise
        finally:
            self._end(watch, on_end)

    def _take(self, watch: Watch, value: T, on_step: Callable[[T], None] | None) -> bool:
        with self._turn:
            if watch is not self._watch:
                return False
            self.value = value
            if on_step is not None:
                on_step(value)
        return not watch.is_set()

    def _fail(self, watch: Watch, error: Exception) -> None:
        with self._turn:
            if watch is self._watch and not watch.is_set():
                self.error = error
                self._set_state(State.FAILED)

    def _end(self, watch: Watch, on_end: Callable[[], None] | None) -> None:
        with self._turn:
            if watch is not self._watch:
                return
            if self.error is None:
                self._set_state(State.CANCELLED if watch.is_set() else State.DONE)
            try:
                if on_end is not None:
                    on_end()
            finally:
                self._ended.set()

    def _tell(self, watch: Watch, step: str) -> None:
        with self._turn:
            if watch is self._watch and not watch.is_set():
                self._step = step
                self._say(step)

    def _say(self, words: str) -> None:
        self.bar.value = f"<span role='status'>{escape(self.label)}: {escape(words)}</span>"

    def _show(self, watch: Watch, done: int, most: int) -> None:
        now = time.monotonic()
        with self._turn:
            if (
                watch is not self._watch
                or watch.is_set()
                or (now - self._drawn < SHOWN_EVERY and done < most)
            ):
                return
            self._drawn = now
            said = self._step = message("job.progress", done=done, most=most)
            self.bar.value = (
                f"<label>{escape(self.label)} <progress max='{most}' value='{done}' style='width: 12rem'>"
                f"</progress> {escape(said)}</label>"
            )

    def _set_state(self, state: State) -> None:
        self.state = state
        self.cancel_control.disabled = state is not State.RUNNING
        is_offered = self._offers_again and state in (State.CANCELLED, State.FAILED)
        self.again_control.layout.display = None if is_offered else "none"
        said = message(f"job.{state}")
        if self.error is not None:
            why = self.error.what if isinstance(self.error, CarbonlabError) else self.error
            said = f"{said}: {why}"
        self._say(said)


def _take_all(turns: Iterator[None]) -> None:
    for _ in turns:
        pass


async def _take_in_turns(turns: Iterator[None]) -> None:
    for _ in turns:
        await asyncio.sleep(0.001)
