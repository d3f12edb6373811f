"""Errors, named for what the user has to mend.

Every error says what went wrong, where, why it matters and what to do about it. The messages are part of the
public interface: they are tested by their words.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

_parts = {
    "where": "where",
    "why": "why",
    "remedy": "remedy",
    "trace": "Where it was raised: run %tb to see the trace.",
}


def name_parts(*, where: str, why: str, remedy: str, trace: str) -> None:
    """Name the parts of a message in another language (`carbonlab.set_language` does)."""
    _parts.update(where=where, why=why, remedy=remedy, trace=trace)


class CarbonlabError(Exception):
    """Base of every error that carbonlab raises on purpose.

    Parameters
    ----------
    what : str
        What went wrong, one sentence.
    where : str
        Process, flow, or ``file:row:column``.
    why : str
        Why it matters.
    remedy : str
        What to do.
    """

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        for label, text in (("where", self.where), ("why", self.why), ("remedy", self.remedy)):
            if text:
                lines.append(f"  {_parts[label]}: {text}")
        return "\n".join(lines)

    def _render_traceback_(self, *_: object, **__: object) -> list[str]:
        """Show the message first in a notebook, and the trace when it is asked for again (``%tb``).

        IPython asks for this method whenever it shows an error.
        """
        is_first, self._was_shown = not getattr(self, "_was_shown", False), True
        if is_first:
            return [f"{type(self).__name__}: {self}", "", _parts["trace"]]
        return "".join(traceback.format_exception(self)).splitlines()


class ArgumentError(CarbonlabError, TypeError):
    """A function was given something of another kind than it needs: a text for a number, a database for a study."""


class FormatError(CarbonlabError):
    """A file is not what its format asks for."""


class TableError(FormatError):
    """One or more mistakes in carbonlab tables, all of them at once.

    Attributes
    ----------
    problems : tuple of str
        One line per mistake: file, row, column, what, remedy.
    cells : tuple of (str, int, str, str, str)
        The same as file, row (the header is row 1; 0 for the whole file), column, what, remedy; every one.
    """

    def __init__(
        self,
        what: str,
        problems: Sequence[str],
        *,
        where: str = "",
        remedy: str = "",
        cells: Sequence[tuple[str, int, str, str, str]] = (),
    ) -> None:
        self.problems = tuple(problems)
        self.cells = tuple(cells)
        super().__init__(what, where=where, remedy=remedy)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  - {problem}" for problem in self.problems)])


class StoreError(CarbonlabError):
    """A stored database or result is missing, damaged or was changed by hand."""


class FetchError(CarbonlabError):
    """A download failed or did not match its checksum."""


class FormulaError(CarbonlabError):
    """A formula cannot be read or evaluated."""


class UnitError(CarbonlabError):
    """A unit is unknown, or two units cannot be converted into each other."""


class InventoryError(CarbonlabError):
    """A database is inconsistent."""


class NotFoundError(CarbonlabError):
    """A process, flow, rule set or option of that name does not exist."""


class RuleError(CarbonlabError):
    """A rule set is wrong: unknown slot or option, missing reference, bad parameter."""


class RefusedError(CarbonlabError):
    """A rule refuses to decide, or what was asked may not be computed."""


class NothingUncertainError(RefusedError):
    """Nothing that moves the footprint is uncertain: data would seem to be sure."""


class StudyError(CarbonlabError):
    """A study is incomplete or contradicts itself."""


class SolveError(CarbonlabError):
    """The system of equations has no trustworthy solution.

    Attributes
    ----------
    reason : str
        Which of the ways to fail it was (the solver has an enumeration of them); empty if not said.
    indices : tuple of int
        Unknowns involved, the most involved first.
    equations : tuple of int
        Equations involved.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        why: str = "",
        remedy: str = "",
        reason: str = "",
        indices: Sequence[int] = (),
        equations: Sequence[int] = (),
    ) -> None:
        self.reason = reason
        self.indices = tuple(indices)
        self.equations = tuple(equations)
        super().__init__(what, where=where, why=why, remedy=remedy)


class ExecutionError(CarbonlabError):
    """Workers were lost, or a cluster cannot be reached."""


class CancelledError(ExecutionError):
    """Somebody asked the work to stop before it had a result."""


class ResultError(CarbonlabError):
    """A result does not follow the written schema."""
