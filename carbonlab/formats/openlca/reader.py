"""Reading an openLCA package: from a zip file or a folder to a database with findings."""

from __future__ import annotations

from pathlib import Path

from carbonlab.formats.archive import open_archive
from carbonlab.formats.openlca.flows import Flows, uses_of_flows
from carbonlab.formats.openlca.linking import linking_findings
from carbonlab.formats.openlca.package import Package
from carbonlab.formats.openlca.parameters import read_global_parameters
from carbonlab.formats.openlca.processes import ProcessReader, ReadProcesses
from carbonlab.formats.openlca.properties import properties_of_flow
from carbonlab.formats.openlca.reference_data import ReferenceData
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.distributions import spread_findings
from carbonlab.inventory.findings import with_findings
from carbonlab.inventory.parameters import check_formulas, with_formula_amounts
from carbonlab.inventory.records import DatabaseMeta, Finding, RoleAssignment
from carbonlab.inventory.roles import classify


def read_openlca(path: str | Path) -> Database:
    """Read an openLCA package (JSON-LD, schema version 1 or 2).

    Parameters
    ----------
    path : Path
        Zip file, or folder, with the folder ``processes`` at its top or one folder down.

    Returns
    -------
    Database
        Flows, processes and exchanges in an order that does not depend on the order of the files, nor of the
        exchanges in them. The findings count everything that was odd, converted, repaired or not read.

    Raises
    ------
    FormatError
        If the package is damaged or incomplete, or an amount could not be read as it was meant.
    FormulaError
        If an exchange has no stored amount and its formula has no value.
    """
    path = Path(path)
    with open_archive(path) as archive:
        package = Package(archive)
        builder = DatabaseBuilder(_meta(path, package))
        _fill(builder, package)
    return _completed(builder.build())


def _completed(db: Database) -> Database:
    """Fill in amounts that only a formula gives, add findings about formulas and spreads, and give roles."""
    db = with_formula_amounts(db)
    db = with_findings(db, [*check_formulas(db), *spread_findings(db)])
    return classify(db)


def _meta(path: Path, package: Package) -> DatabaseMeta:
    return DatabaseMeta(
        name=path.resolve().name if path.is_dir() else path.stem,
        licence=package.licence(),
        origin=f"openLCA JSON-LD schema {package.fields.version}: {path.resolve().name}",
    )


def _fill(builder: DatabaseBuilder, package: Package) -> None:
    data = ReferenceData(package)
    nodes = package.data_sets("processes")
    flows = Flows(package, data, uses_of_flows(nodes, package.fields.is_input))
    read: ReadProcesses = ProcessReader(flows, package.fields, data).read(nodes)
    parameters, about_parameters = read_global_parameters(package)
    by_id = {identity: one.flow for identity, one in flows.by_id.items()}
    builder.flows += by_id.values()
    builder.processes += read.processes
    builder.parameters += [*parameters, *read.parameters]
    builder.properties += [one for flow in flows.by_id.values() for one in properties_of_flow(flow)]
    builder.properties += read.prices
    builder.allocation += read.shares
    builder.roles += sorted([*flows.roles, *read.roles], key=_order_of_role)
    builder.sources += data.sources.values()
    findings = [*package.findings(), *flows.findings, *read.findings, *about_parameters]
    builder.findings += sorted([*findings, *linking_findings(read.processes, by_id)], key=_order_of_finding)


def _order_of_role(role: RoleAssignment) -> tuple[str, str, str]:
    return role.subject, role.id, role.role


def _order_of_finding(finding: Finding) -> tuple[str, ...]:
    place = (finding.process, finding.flow, finding.exchange)
    return (finding.code, *place, finding.detail, finding.unit, repr(finding.amount))
