"""Where a simulation can go on after it was killed: one file with all statistics, replaced as a whole.

The file says what it belongs to; a simulation that differs in anything that its numbers depend on refuses
it. It is written when the statistics hold whole grains only, so that going on gives the same bits as never
having stopped.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from carbonlab.atomic import new_file
from carbonlab.errors import StoreError
from carbonlab.provenance import Digester, canonical_json

FORM = "carbonlab checkpoint 2"
SHARE_OF_TIME = 0.05
"""Share of the time that writing may take, however often it is asked for."""


class Checkpoint:
    """A file that holds the state of one simulation.

    Parameters
    ----------
    path : str or Path
        Where it lies.
    identity : mapping of str to str
        Everything that the numbers depend on, by what it is called in messages.
    every : float
        Seconds between two writings; writing never takes more than a twentieth of the time.
    """

    def __init__(self, path: str | Path, identity: Mapping[str, str], *, every: float = 10.0) -> None:
        self.path, self.identity, self.every = Path(path), dict(identity), every
        self._due = time.monotonic() + every

    def load(self) -> dict[str, np.ndarray] | None:
        """Return the state that was written; None if there is no file.

        Raises
        ------
        StoreError
            If the file is damaged, or belongs to another simulation.
        """
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            header = json.loads(arrays.pop("header").tobytes().decode())
            found, identity, form = str(header["digest"]), dict(header["identity"]), header["form"]
        except (
            OSError,
            ValueError,
            KeyError,
            EOFError,
            TypeError,
            AttributeError,
            zipfile.BadZipFile,
        ) as error:
            raise self._damaged(str(error)) from error
        if form != FORM:
            raise self._damaged(f"it is a {form!r}")
        self._check_identity(identity)
        if _digest(arrays) != found:
            raise self._damaged("its digest does not fit its content")
        return arrays

    def is_due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() >= self._due

    def save(self, state: dict[str, np.ndarray]) -> None:
        """Write a state in place of the last one."""
        begun = time.monotonic()
        header = canonical_json({"form": FORM, "digest": _digest(state), "identity": self.identity})
        with new_file(self.path) as draft, draft.open("wb") as file:
            np.savez(file, allow_pickle=False, header=np.frombuffer(header.encode(), np.uint8), **state)
        ended = time.monotonic()
        self._due = ended + max(self.every, (ended - begun) / SHARE_OF_TIME if self.every else 0.0)

    def _check_identity(self, identity: dict[str, str]) -> None:
        for name in sorted({*identity, *self.identity}):
            if identity.get(name) != self.identity.get(name):
                raise StoreError(
                    f"the checkpoint belongs to another simulation: its {name} differs",
                    where=str(self.path),
                    why=f"there it is {_short(identity.get(name))}, here {_short(self.identity.get(name))}; "
                    "draws of two simulations would be mixed",
                    remedy="give another file, or delete this one to begin anew",
                )

    def _damaged(self, why: str) -> StoreError:
        return StoreError(
            "the checkpoint cannot be read",
            where=str(self.path),
            why=why,
            remedy="delete the file to begin anew, or give another one",
        )


def _digest(state: Mapping[str, np.ndarray]) -> str:
    digester = Digester("checkpoint")
    for name in sorted(state):
        digester.add_array(name, state[name])
    return digester.digest()


def _short(text: str | None) -> str:
    return "missing" if text is None else text if len(text) <= 80 else text[:77] + "..."
