"""Allocation factors that the data supplier states: which can be used, and what is wrong with the others."""

from __future__ import annotations

from collections import Counter

from carbonlab.formats.openlca.exchanges import ReadExchanges
from carbonlab.formats.openlca.nodes import Node
from carbonlab.inventory.records import AllocationShare, Finding
from carbonlab.vocabulary import Severity

_BASES = {
    "PHYSICAL_ALLOCATION": "physical",
    "ECONOMIC_ALLOCATION": "economic",
    "CAUSAL_ALLOCATION": "causal",
}
_DEFAULTS = {"": "", "USE_DEFAULT_ALLOCATION": "", "NO_ALLOCATION": "none", **_BASES}

SUM_TOLERANCE = 1e-3
"""Stated shares are often rounded to three digits."""


def default_basis_of(process: Node) -> str:
    """Return the default allocation method; "" if none is named, ``none`` if it is not to allocate."""
    basis: str = process.word("defaultAllocationMethod", _DEFAULTS)
    return basis


def read_allocation(
    process: Node, read: ReadExchanges, co_products: list[str]
) -> tuple[list[AllocationShare], list[Finding]]:
    """Return the stated shares whose product is a co-product of the process, and findings about all others.

    Parameters
    ----------
    process : Node
        The process.
    read : ReadExchanges
        Its exchanges.
    co_products : list of str
        Flow ids of its functional flows.

    Raises
    ------
    FormatError
        If two shares of the same exchange, product and basis differ.
    """
    identity = process.text("@id")
    shares: dict[tuple[str, str, str], AllocationShare] = {}
    unused: Counter[str] = Counter()
    findings: list[Finding] = []
    for node in process.nodes("allocationFactors"):
        basis: str = node.word("allocationType", _BASES)
        value = node.number("value")
        product = node.reference("product")
        exchange, reason = _exchange_of(node, read, basis)
        if node.text("formula"):
            detail = f"{node.text('formula')!r}; the stored {value:g} is used"
            findings.append(_finding("allocation_formula_not_used", identity, detail))
        reason = _why_no_product(product, co_products) or reason
        if reason:
            unused[reason] += 1
            continue
        share = AllocationShare(
            process=identity, product=product, share=value, basis=basis, exchange=exchange
        )
        key = (basis, product, exchange)
        if key in shares and shares[key].share != value:
            raise node.error(
                "value",
                f"the {basis} share of a co-product is stated twice: {shares[key].share:g} and {value:g}",
                why="either could be meant",
                remedy="delete one of the two allocation factors",
            )
        shares[key] = share
    for reason, count in sorted(unused.items()):
        findings.append(_finding("allocation_factor_not_used", identity, reason, amount=float(count)))
    kept = [shares[key] for key in sorted(shares)]
    return kept, findings + _about_sums(identity, kept, co_products)


def _exchange_of(node: Node, read: ReadExchanges, basis: str) -> tuple[str, str]:
    """Return the id of the exchange that a factor is for ("": all of them), and why it cannot be used.

    Some exports name the exchange only by its flow, which is enough where the process has that flow once.
    """
    reference = node.node("exchange")
    if reference is None:
        return "", "a causal factor names no exchange" if basis == "causal" else ""
    key = reference.text("@id") or reference.text("internalId")
    if key:
        found = [read.id_of_key[key]] if key in read.id_of_key else []
    else:
        flow = reference.reference("flow")
        found = [exchange.id for exchange in read.exchanges if exchange.flow == flow]
    if len(found) == 1:
        return found[0], ""
    return "", "several exchanges could be meant" if found else "its exchange is not in the process"


def _why_no_product(product: str, co_products: list[str]) -> str:
    if not product:
        return "it names no product"
    return "" if product in co_products else "its product is no co-product of the process"


def _about_sums(process: str, shares: list[AllocationShare], co_products: list[str]) -> list[Finding]:
    """Report shares that do not cover every co-product or do not sum to one."""
    findings = []
    groups = sorted({(share.basis, share.exchange) for share in shares})
    reported: set[tuple[str, str]] = set()
    for basis, exchange in groups:
        own = [share for share in shares if (share.basis, share.exchange) == (basis, exchange)]
        total = sum(share.share for share in own)
        missing = len(co_products) - len(own)
        detail = (
            f"{basis}: {missing} of {len(co_products)} co-products have none, the others sum to {total:g}"
        )
        if (missing or abs(total - 1) > SUM_TOLERANCE) and (basis, detail) not in reported:
            reported.add((basis, detail))
            findings.append(_finding("allocation_incomplete", process, detail, amount=total))
    return findings


def _finding(code: str, process: str, detail: str, amount: float = float("nan")) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, process=process, amount=amount, detail=detail)
