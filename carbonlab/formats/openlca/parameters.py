"""Parameters of the package and of its processes."""

from __future__ import annotations

import math
from collections.abc import Iterable

from carbonlab.formats.openlca.field_names import FieldNames
from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.package import Package
from carbonlab.formats.openlca.spreads import spread_of
from carbonlab.inventory.records import Finding, Parameter
from carbonlab.vocabulary import Severity

_OF_IMPACT_METHODS = ("IMPACT_SCOPE", "LCIA_METHOD_SCOPE", "IMPACT_METHOD", "IMPACT_CATEGORY")


def read_parameters(
    nodes: Iterable[Node], fields: FieldNames, process: str = ""
) -> tuple[list[Parameter], list[Finding]]:
    """Return the parameters of one scope, sorted by name, and what is odd about them.

    Parameters
    ----------
    nodes : iterable of Node
        Data sets or entries of a process.
    fields : FieldNames
        Field names of the schema version.
    process : str
        Id of the process that they belong to; empty for the whole package.

    Raises
    ------
    FormatError
        If two have the same name (case does not count in openLCA), or one has neither value nor formula.
    """
    parameters: dict[str, Parameter] = {}
    findings: list[Finding] = []
    for node in nodes:
        if node.text("parameterScope") in _OF_IMPACT_METHODS:
            findings.append(_finding("parameter_not_read", Severity.INFO, process, node.text("name")))
            continue
        parameter, odd = _parameter(node, fields, process)
        findings += odd
        key = parameter.name.casefold()
        if key in parameters:
            raise node.error(
                "name",
                f"two parameters are called {parameter.name!r}",
                why="formulas could mean either; upper and lower case do not count",
                remedy="give one of them another name",
            )
        parameters[key] = parameter
    return sorted(parameters.values(), key=lambda p: p.name), findings


def read_global_parameters(package: Package) -> tuple[list[Parameter], list[Finding]]:
    """Return the parameters that hold in the whole package."""
    return read_parameters(package.data_sets("parameters"), package.fields)


def _parameter(node: Node, fields: FieldNames, process: str) -> tuple[Parameter, list[Finding]]:
    name = node.required_text("name", "formulas refer to parameters by name")
    findings: list[Finding] = []
    if name != node.values["name"]:
        findings.append(_finding("name_blank_stripped", Severity.INFO, process, repr(node.values["name"])))
    formula = node.text("formula")
    if formula and node.flag(fields.is_input_parameter):
        detail = f"{name}: {formula!r} beside the value {node.number('value')!r} of an input parameter"
        findings.append(_finding("parameter_formula_not_used", Severity.WARNING, process, detail))
        formula = ""
    spread, odd = spread_of(node)
    findings += [
        _finding("spread_incomplete", Severity.WARNING, process, f"{name}: {reason}") for reason in odd
    ]
    return (
        Parameter(
            name=name,
            amount=node.number("value", math.nan if formula else None),
            process=process,
            formula=formula,
            distribution=spread,
            description=node.text("description"),
        ),
        findings,
    )


def _finding(code: str, severity: Severity, process: str, detail: str) -> Finding:
    return Finding(code=code, severity=severity, process=process, detail=detail)
