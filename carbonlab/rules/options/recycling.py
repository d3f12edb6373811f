"""Recycling and end of life: who carries the making of a material that lives more than once.

Symbols: E_V virgin material, E_rec recycling (before use), E_recEoL recycling (after use), E_d disposal; R1
recycled content, R2 share that is recycled after use, R3 share burned for energy; A the part of recycling
that this life cycle keeps, B the same for energy; Q quality of the secondary material over that of the
primary.

Circular Footprint Formula (Recommendation (EU) 2021/2279, Annex I 4.4.8; structure as read in public code):

    (1−R1) E_V + R1 (A E_rec + (1−A) E_V Q_in) + (1−A) R2 (E_recEoL − E*_V Q_out)
    + (1−B) R3 (E_er − LHV X_heat E_heat − LHV X_elec E_elec) + (1−R2−R3) E_d

With R3 = 0 and Q = 1 it is 100:0 at A = 1, 0:100 at A = 0 and 50:50 at A = 0.5, and those options are written
so. A line is about one material: its selector, or the parameter `material`, says which; the numbers and the
ids of the processes are parameters with the names of the symbols.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonlab.errors import RuleError
from carbonlab.inventory.records import Finding
from carbonlab.rules.entries import IntArray
from carbonlab.rules.options.material import (
    AS_LINKED,
    AS_MODELLED,
    MATERIAL,
    SLOT,
    Term,
    apply_beyond,
    apply_terms,
    inputs_of_material,
    links_of,
    unused,
    without_replaced,
)
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.selectors import flow_has_role, process_has_role
from carbonlab.rules.work import Work
from carbonlab.vocabulary import FlowKind, LifeCycleStage, Role, Severity

NUMBER = (float, int)
CONTENT = {
    **MATERIAL,
    **{name: NUMBER for name in ("R1", "R2")},
    **{name: (str,) for name in ("Ev", "Ev_star", "Erec", "Erec_eol", "Ed")},
}
FORMULA = {
    **CONTENT,
    **{name: NUMBER for name in ("A", "B", "R3", "Q_in", "Q_out", "LHV", "X_heat", "X_elec")},
    **{name: (str,) for name in ("Eer", "Ese_heat", "Ese_elec")},
}
ANNEX_D = {
    **MATERIAL,
    "k": (int,),
    **{name: NUMBER for name in ("R", "C", "A")},
    **{name: (str,) for name in ("E_V", "E_PP", "E_EoL")},
}
CO_PRODUCTS = "co_products"
DEFAULT_A = 0.5
"""A where nothing is stated for the material (PEF, recalled)."""


@register("recycling", "as_modelled")
def as_modelled(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Recycled content and end of life are as the inventory models them (ISO 14067 6.4.6.3, summary)."""
    return work


@register(
    "recycling", "cutoff_100_0", parameters={**CONTENT, "module_d": (bool,), "Q_out": NUMBER, "scrap": (str,)}
)
def cutoff_100_0(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Recycled content: (1−R1) E_V + R1 E_rec + (1−R2) E_d, no credit (PAS 2050:2011 Annex D, recalled).

    EN 15804 cuts likewise, where waste ends to be waste (summary). With ``module_d = true`` the net benefit
    of recycling, (R2 − R1) (E_recEoL − E*_V Q_out), is reported apart from the total (EN 15804+A2 module D,
    recalled); it is a load where more secondary material comes in than goes out.

    Without numbers it acts by roles on what the line catches: scrap that is a co-product comes free of
    burden, and processes that treat waste, or hand out scrap or recycled material, get no credit for what
    these avoid. Scrap from a process that makes nothing else keeps the burden of it, which is collection and
    sorting as a rule; with ``scrap = "all"`` it comes free too (data in which scrap carries a share of
    primary production).
    """
    if not set(parameters) - {"scrap"}:
        return _cut_by_roles(work, rows, parameters.get("scrap", CO_PRODUCTS))
    cut = {name: value for name, value in parameters.items() if name not in ("module_d", "Q_out", "scrap")}
    return _circular(work, rows, {**cut, "A": 1.0}, _module_d(parameters))


@register("recycling", "end_of_life_0_100", parameters=CONTENT)
def end_of_life_0_100(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Closed-loop approximation: (1−R2) E_V + R2 E_rec + (1−R2) E_d (PAS 2050:2011 Annex D, recalled).

    Recycled content counts nothing: R1 drops out where the quality of the secondary material is that of the
    primary.
    """
    return _circular(work, rows, {**parameters, "A": 0.0})


@register("recycling", "split_50_50", parameters=CONTENT)
def split_50_50(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Half of recycling goes to the life cycle before, half to the one after: A = 0.5 (recalled)."""
    return _circular(work, rows, {**parameters, "A": 0.5})


@register("recycling", "circular_footprint_formula", parameters=FORMULA)
def circular_footprint_formula(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The Circular Footprint Formula (Recommendation (EU) 2021/2279, Annex I 4.4.8, summary).

    Numbers of the line: A (0.5), B (0), R1, R2, R3 (0), Q_in, Q_out (1), LHV [MJ per unit of the material],
    X_heat, X_elec. Ids of processes: Ev (default: as linked), Ev_star (default: Ev), Erec, Erec_eol (default:
    Erec), Ed (or "as_modelled"), Eer, Ese_heat, Ese_elec. `replaces` lists flows that the study links for
    what the formula stands for; `terms` is ``all`` (default), or ``input`` for a partial footprint to the
    gate; `where` is ``foreground`` (default) or ``everywhere``.
    """
    return _circular(work, rows, parameters)


@register("recycling", "iso_annex_d", parameters=ANNEX_D)
def iso_annex_d(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """The formulas of ISO 14067 Annex D, k = 1 to 6 (summary, from a public encoding).

    R: recycling rate at the end of life; C: recycled content; A: allocation factor (down-grading). E_V virgin
    (default: as linked), E_PP processing of scrap, E_EoL end of life (or "as_modelled").

        1  E_V + E_EoL − R E_V                 4  E_PP + E_EoL + (1−R) A E_V
        2  E_V + E_EoL − R A E_V               5  C A E_V + C E_PP + (1−C) E_V + E_EoL − R A E_V
        3  A E_V + E_PP + E_EoL − R A E_V      6  C E_PP + (1−C) E_V + E_EoL + (C−R) A E_V
    """
    k = parameters.get("k")
    if k not in _NEEDED:
        raise _wrong("k", k, "ISO 14067 Annex D has the forms 1 to 6", "set k to the number of the form")
    for name in ("R", "C", "A", "E_PP"):
        if (name in parameters) != (name in _NEEDED[k]):
            text = (
                "is not in this form: it would be ignored"
                if name in parameters
                else "is in this form: the result depends on it"
            )
            raise _wrong(
                name, parameters.get(name), f"{name} {text}", f"form {k} has {', '.join(_NEEDED[k])}"
            )
    values = {name: _share(parameters, name, 0.0) for name in ("R", "C", "A")}
    return _applied(work, rows, _annex_d(k, parameters, **values), parameters)


_NEEDED = {
    1: ("R",),
    2: ("R", "A"),
    3: ("R", "A", "E_PP"),
    4: ("R", "A", "E_PP"),
    5: ("R", "C", "A", "E_PP"),
    6: ("R", "C", "A", "E_PP"),
}


def _annex_d(k: int, parameters: Parameters, *, R: float, C: float, A: float) -> list[Term]:
    """Return the terms of a form of Annex D; the symbols are those of the standard."""
    made = {1: [1.0], 2: [1.0], 3: [A], 4: [(1 - R) * A], 5: [C * A, 1 - C], 6: [1 - C, (C - R) * A]}[k]
    credit = {1: R, 2: R * A, 3: R * A, 5: R * A}.get(k, 0.0)
    scrap = {3: 1.0, 4: 1.0, 5: C, 6: C}.get(k, 0.0)
    virgin, processing = parameters.get("E_V", AS_LINKED), parameters.get("E_PP", AS_MODELLED)
    return [
        *(Term("E_V", value, virgin, at_end=value < 0) for value in made),
        Term("E_PP", scrap, processing),
        Term("E_EoL", 1.0, _needed(parameters, "E_EoL", float(_whole(parameters))), at_end=True),
        Term("E_V", -credit, virgin, at_end=True),
    ]


def _module_d(parameters: Parameters) -> list[Term]:
    """Return the terms of module D, for the net output of secondary material; none if it is not asked for."""
    Q_out = _share(parameters, "Q_out", 1.0)
    if not parameters.get("module_d", False):
        if "Q_out" in parameters:
            raise _wrong(
                "Q_out", Q_out, "without module D there is no credit to weigh", "set module_d = true"
            )
        return []
    if not _whole(parameters):
        raise _wrong(
            "module_d", True, "it follows from the end of life, which is left out", "set terms = 'all'"
        )
    net = _share(parameters, "R2", 0.0) - _share(parameters, "R1", 0.0)
    recovery = _needed(parameters, "Erec_eol", net, parameters.get("Erec", ""))
    substituted = parameters.get("Ev_star", parameters.get("Ev", AS_LINKED))
    return [Term("Erec_eol", net, recovery), Term("Ev_star", -net * Q_out, substituted)]


def _circular(work: Work, rows: IntArray, parameters: Parameters, beyond: Sequence[Term] = ()) -> Work:
    """Apply the Circular Footprint Formula; the symbols are those of the recommendation."""
    if not set(parameters) - {"A"}:
        return unused(work, "recycling_no_material")
    A, B = _share(parameters, "A", DEFAULT_A), _share(parameters, "B", 0.0)
    R1, R2, R3 = (_share(parameters, name, 0.0) for name in ("R1", "R2", "R3"))
    Q_in, Q_out = _share(parameters, "Q_in", 1.0), _share(parameters, "Q_out", 1.0)
    X_heat, X_elec = _share(parameters, "X_heat", 0.0), _share(parameters, "X_elec", 0.0)
    LHV = float(parameters.get("LHV", 0.0))
    _check_sum("R2", R2, "R3", R3, "more would leave the use than went into it")
    _check_sum("X_heat", X_heat, "X_elec", X_elec, "more energy would come out than is in the material")
    if not 0 <= LHV < np.inf:
        raise _wrong("LHV", LHV, "a heating value is not negative", "state it in MJ per unit of the material")
    virgin = parameters.get("Ev", AS_LINKED)
    terms = [
        Term("Ev", 1 - R1, virgin),
        Term("Ev", R1 * (1 - A) * Q_in, virgin),
        Term("Erec", R1 * A, _needed(parameters, "Erec", R1 * A)),
    ]
    if _whole(parameters):
        eol, heat, power = (1 - A) * R2, (1 - B) * R3 * bool(LHV * X_heat), (1 - B) * R3 * bool(LHV * X_elec)
        terms += [
            Term(
                "Erec_eol", eol, _needed(parameters, "Erec_eol", eol, parameters.get("Erec", "")), at_end=True
            ),
            Term("Ev_star", -eol * Q_out, parameters.get("Ev_star", virgin), at_end=True),
            Term("Eer", (1 - B) * R3, _needed(parameters, "Eer", (1 - B) * R3), at_end=True),
            Term("Ese_heat", -heat, _needed(parameters, "Ese_heat", heat), at_end=True, energy=LHV * X_heat),
            Term(
                "Ese_elec", -power, _needed(parameters, "Ese_elec", power), at_end=True, energy=LHV * X_elec
            ),
            Term("Ed", _rest(R2, R3), _needed(parameters, "Ed", _rest(R2, R3)), at_end=True),
        ]
    return _applied(work, rows, terms, parameters, beyond)


def _applied(
    work: Work, rows: IntArray, terms: list[Term], parameters: Parameters, beyond: Sequence[Term] = ()
) -> Work:
    if not _whole(parameters):
        terms = [term for term in terms if not term.at_end]
    named = [term.process for term in (*terms, *beyond) if term.coefficient]
    taken = inputs_of_material(work, rows, parameters, named)
    if not len(taken):
        return unused(work, "recycling_catches_nothing", str(parameters.get("material", "")))
    work = without_replaced(work, parameters)
    taken = taken[work.technosphere.alive[taken]]
    work = apply_beyond(apply_terms(work, taken, terms), taken, beyond)
    return _twice(work) if _whole(parameters) and AS_MODELLED not in named else work


def _cut_by_roles(work: Work, rows: IntArray, which: str) -> Work:
    """Let scrap come free of burden, and give no credits for what waste treatment or recycling avoids."""
    if which not in (CO_PRODUCTS, "all"):
        raise _wrong("scrap", which, "it is not clear which scrap is free", f"use {CO_PRODUCTS!r} or 'all'")
    database, table = work.database, work.technosphere
    scrap = flow_has_role(database, Role.SCRAP)
    secondary = scrap | flow_has_role(database, Role.RECYCLED_MATERIAL)
    treats = process_has_role(database, Role.WASTE_TREATMENT).copy()
    functional = database.is_word("flows", "kind", FlowKind.WASTE) | secondary
    treats[work.columns.process[functional[work.columns.flow]]] = True
    taken = rows[scrap[table.flow[rows]] & (table.sign[rows] < 0)]
    several = np.bincount(work.columns.process, minlength=database.processes.num_rows) > 1
    free = taken if which == "all" else taken[several[table.provider[taken]]]
    if len(free) < len(taken):
        kept = Finding(
            code="recycling_scrap_kept", severity=Severity.INFO, amount=len(taken) - len(free), unit="inputs"
        )
        work = work.with_finding(kept)
    avoided = database.column("exchanges", "is_avoided")[table.exchange[rows]]
    credits = rows[avoided & (treats[table.process[rows]] | secondary[table.flow[rows]])]
    if not len(free) and not len(credits):
        return unused(work, "recycling_no_material")
    return work.drop("technosphere", np.union1d(free, credits))


def _twice(work: Work) -> Work:
    """Add the finding that the study models an end of life beside that of the formula."""
    table, links = work.technosphere, links_of(work)
    links = np.setdiff1d(
        links[work.foreground[table.process[links]]], work.at_stage.get(LifeCycleStage.END_OF_LIFE, [])
    )
    waste = work.database.is_word("flows", "kind", FlowKind.WASTE)[table.flow[links]]
    stage = work.database.is_word("exchanges", "stage", LifeCycleStage.END_OF_LIFE)[table.exchange[links]]
    count = int((waste | stage).sum())
    if not count:
        return work
    return work.with_finding(
        Finding(code="recycling_end_of_life_modelled", severity=Severity.WARNING, amount=count, unit="links")
    )


def _whole(parameters: Parameters) -> bool:
    terms = parameters.get("terms", "all")
    if terms not in ("all", "input"):
        raise _wrong(
            "terms", terms, "it is not clear which part of the formula is meant", "use 'all' or 'input'"
        )
    return bool(terms == "all")


def _needed(parameters: Parameters, name: str, coefficient: float, default: str = "") -> str:
    """Return the id of the process of a term; an error if the term counts and nothing is named."""
    identity = str(parameters.get(name, default))
    if coefficient and not identity:
        raise RuleError(
            f"the recycling rule names no process for {name}",
            where=f"{SLOT}, parameter {name}",
            why=f"its coefficient is {coefficient:g}: the term would be missing",
            remedy=f"set {name} to the id of a process"
            + (', or to "as_modelled"' if name in ("Ed", "E_EoL") else ""),
        )
    if identity == AS_MODELLED and name not in ("Ed", "E_EoL"):
        raise _wrong(
            name,
            identity,
            "only the end of life may be left to the study's own model",
            "name the id of a process",
        )
    return identity


def _share(parameters: Parameters, name: str, default: float) -> float:
    value = float(parameters.get(name, default))
    if not 0.0 <= value <= 1.0:
        raise _wrong(name, parameters[name], "it is a share", "give a number between 0 and 1")
    return value


def _rest(R2: float, R3: float) -> float:
    """Return 1 − R2 − R3, 0 where rounding alone is left."""
    rest = 1.0 - R2 - R3
    return 0.0 if abs(rest) < 1e-12 else rest


def _check_sum(first: str, a: float, second: str, b: float, why: str) -> None:
    if a + b > 1 + 1e-12:
        raise _wrong(f"{first} + {second}", a + b, why, "give shares that sum to one at most")


def _wrong(name: str, value: object, why: str, remedy: str) -> RuleError:
    return RuleError(
        f"parameter {name!r} of the recycling rule is {value!r}", where=SLOT, why=why, remedy=remedy
    )
