"""A hierarchy of bases for co-products, as ISO 14044 orders them: the first that the data offer decides.

Subdivision comes before any basis and is a matter of the inventory; substitution is an option of its own.
What remains is an order of bases: physical relations, other relations, or what the study states for a
process with its reason.
"""

from __future__ import annotations

from carbonlab.errors import RuleError
from carbonlab.rules.entries import IntArray
from carbonlab.rules.options.multifunctionality import INHERENT, allocate
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work
from carbonlab.vocabulary import Basis

WHERE = "slot multifunctionality, option hierarchy"
ALWAYS_OFFERED = (Basis.EQUAL, Basis.REFERENCE)


@register("multifunctionality", "hierarchy", parameters={"bases": (list,), **INHERENT})
def hierarchy(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The first of the named `bases` that the data offer, else no number (ISO 14044 4.3.4.2, recalled).

    A basis is one of `carbonlab.vocabulary.Basis` or the name of a property; every basis but the first that
    is used is a finding of its process. Why this order was chosen stands in the reference of the line.
    """
    return allocate(work, rows, check_bases(parameters.get("bases", [])), parameters)


def check_bases(bases: object) -> tuple[str, ...]:
    """Return the order of bases, checked.

    Raises
    ------
    RuleError
        If it is empty, names one twice, or goes on after one that always decides.
    """
    names = tuple(bases) if isinstance(bases, list | tuple) else ()
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise RuleError(
            f"the hierarchy has the bases {bases!r}",
            where=WHERE,
            why="no process would have one basis that decides",
            remedy='name each basis once, in their order: bases = ["mass", "energy", "price"]',
        )
    for name in names[:-1]:
        if name in ALWAYS_OFFERED:
            raise RuleError(
                f"the hierarchy goes on after {name!r}",
                where=WHERE,
                why="this basis is always there, so that what follows would never be reached",
                remedy="put it last, or leave out what follows",
            )
    return names
