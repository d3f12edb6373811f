"""Draws as their job sees them: what is done before the first one, how far they are, and whether to stop."""

from __future__ import annotations

from carbonlab.messages import message
from carbonlab.widgets.job import Stopped, Watch


class FollowedDraws:
    """Draws seen from their job: they say what they do, and stop.

    Before the first draw they are stopped by an exception, and later by their own means: then there is a result.
    Code that is compiled for the first draw hears nothing: whoever cancels meanwhile does not wait for it.

    Parameters
    ----------
    watch : Watch
        Of the job.
    most : int
        How many draws there will be; 0 if the work knows it itself.
    """

    def __init__(self, watch: Watch, most: int = 0) -> None:
        self._watch, self._most, self._has_drawn = watch, most, False

    def progress(self, done: int, most: int) -> None:
        """Take note of draws that were made."""
        self._has_drawn = True
        self._watch.report(done, self._most or most)

    def is_set(self) -> bool:
        """Whether to stop; before the first draw, say what comes now.

        Raises
        ------
        Stopped
            If nothing was drawn yet.
        """
        if not self._has_drawn:  # it asks before its first chunk, when the systems are built
            if self._watch.is_set():
                raise Stopped
            self._watch.tell(message("job.first_draws"), is_deaf=True)
        return self._watch.is_set()
