"""openLCA packages (JSON-LD, schema versions 1 and 2)."""

from carbonlab.formats.openlca.reader import read_openlca

__all__ = ["read_openlca"]
