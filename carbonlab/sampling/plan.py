"""The plan of a sample: how numbers are drawn, how many, from which seed; part of a study and of its digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, get_args

from carbonlab.display.record import record_html
from carbonlab.errors import StudyError
from carbonlab.provenance import digest_of_json

Kind = Literal["streams", "sobol", "latin_hypercube"]
Keeps = Literal["median", "mean"]
SignChanges = Literal["keep", "clip"]
Pedigree = Literal["", "ecoinvent_2", "empirical", "ecoinvent_3"]

CHOICES: dict[str, tuple[str, ...]] = {
    "kind": get_args(Kind),
    "lognormal_keeps": get_args(Keeps),
    "sign_changes": get_args(SignChanges),
    "pedigree": get_args(Pedigree),
}
"""What the fields that are words may say."""


@dataclass(frozen=True, kw_only=True)
class SamplingPlan:
    """How uncertain numbers are drawn.

    Attributes
    ----------
    kind : str
        ``streams``: each input has an independent stream of its own, keyed by its identity; any draw can be
        had without the others. ``sobol`` (scrambled) and ``latin_hypercube``: designs over the frozen list
        `inputs`; every other input keeps its stated value.
    draws : int
        Size of the sample; a power of two for ``sobol``.
    seed : int
        Any integer from 0 on.
    lognormal_keeps : str
        What of a lognormal is at the stated amount: its ``median`` or its ``mean``. With the median, the mean of
        the draws is above the stated amount by the factor exp(σ²/2).
    sign_changes : str
        What is done with a draw whose sign is not that of the stated amount: ``keep`` it, or ``clip`` it to 0.
        Both are counted.
    pedigree : str
        Set of published factors that gives a spread to exchanges which state scores and no distribution, by
        default that of ecoinvent 2; empty for none: they keep their amount. A formula of parameters that are drawn
        stays one: its scores are left out, and counted.
    basic_uncertainty : float
        Squared geometric standard deviation that pedigree scores add to [-]: the basic uncertainty factor.
    inputs : tuple of str
        Labels of the inputs of a design (`carbonlab.sampling.inputs`), in the order of its columns.

    Raises
    ------
    StudyError
        If a field says what no plan can.
    """

    kind: Kind = "streams"
    draws: int = 1000
    seed: int = 0
    lognormal_keeps: Keeps = "median"
    sign_changes: SignChanges = "keep"
    pedigree: Pedigree = "ecoinvent_2"
    basic_uncertainty: float = 1.05
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise _error(
                    f"has {name} = {getattr(self, name)!r}",
                    f"use one of {', '.join(repr(word) for word in known)}",
                )
        for name in ("draws", "seed"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < (name == "draws"):
                raise _error(f"has {name} = {value!r}", f"give a whole number from {int(name == 'draws')} on")
        if isinstance(self.basic_uncertainty, bool) or not 1 <= self.basic_uncertainty < float("inf"):
            raise _error(
                f"has basic_uncertainty = {self.basic_uncertainty!r}",
                "give a squared geometric standard deviation, 1 or more",
            )
        self._check_inputs()

    def _check_inputs(self) -> None:
        if not self.is_design:
            if self.inputs:
                raise _error(
                    "names inputs, but the streams need no list", "take the list out, or choose a design"
                )
            return
        if self.kind == "sobol" and self.draws & (self.draws - 1):
            raise _error(
                f"asks for {self.draws} draws of a Sobol' sequence, which is balanced at powers of two only",
                f"use {1 << (self.draws.bit_length() - 1)} or {1 << self.draws.bit_length()}",
            )
        if len(set(self.inputs)) < len(self.inputs):
            raise _error("names an input twice", "name each input once")

    @property
    def is_design(self) -> bool:
        """Whether the draws belong together as a design over a frozen list of inputs."""
        return self.kind != "streams"

    @cached_property
    def digest(self) -> str:
        """Digest of everything that the draws depend on."""
        return digest_of_json("sampling plan", asdict(self) | {"inputs": list(self.inputs)})

    def replace(self, **values: Any) -> SamplingPlan:
        """Return the plan with some fields replaced."""
        return replace(self, **values)

    def to_table(self) -> dict[str, Any]:
        """Return the fields that differ from the defaults, as a table of a study file."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: value for name, value in values.items() if value != getattr(DEFAULT, name)}
        kept |= {"kind": self.kind, "draws": self.draws, "seed": self.seed}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    @staticmethod
    def from_table(table: Mapping[str, Any], *, where: str = "[sampling]") -> SamplingPlan:
        """Return the plan of a table of a study file.

        Raises
        ------
        StudyError
            If it has unknown keys, or values that no plan has.
        """
        known = [f.name for f in fields(SamplingPlan)]
        if unknown := sorted(set(table) - set(known)):
            raise StudyError(
                f"the sampling plan has an unknown key {unknown[0]!r}",
                where=where,
                why="what it says would be ignored",
                remedy=f"use only {', '.join(known)}",
            )
        values = dict(table)
        inputs = values.get("inputs", [])
        if not isinstance(inputs, list) or not all(isinstance(text, str) for text in inputs):
            raise StudyError("the inputs of the sampling plan are no list of texts", where=where)
        basic = values.get("basic_uncertainty", DEFAULT.basic_uncertainty)
        if isinstance(basic, bool) or not isinstance(basic, int | float):
            raise StudyError(f"basic_uncertainty is {basic!r}, no number", where=where)
        try:
            return SamplingPlan(**values | {"inputs": tuple(inputs), "basic_uncertainty": float(basic)})
        except StudyError as error:
            error.where = where
            raise

    def _repr_html_(self) -> str:
        return record_html(self, title=f"{self.draws:,} × {self.kind}")


DEFAULT = SamplingPlan()


def _error(what: str, remedy: str) -> StudyError:
    return StudyError(f"the sampling plan {what}", why="other numbers would be drawn", remedy=remedy)
