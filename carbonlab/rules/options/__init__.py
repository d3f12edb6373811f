"""The options that carbonlab ships, one module per slot; importing them registers them."""

from carbonlab.rules.options import (  # noqa: F401
    boundary,
    characterization,
    linking,
    multifunctionality,
    neutral,
    substitution,
)
