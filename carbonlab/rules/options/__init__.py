"""The options that carbonlab ships, one module per slot; importing them registers them."""

from carbonlab.rules.options import (  # noqa: F401
    boundary,
    capital_goods,
    characterization,
    cut_off,
    electricity,
    electricity_contracts,
    linking,
    multifunctionality,
    neutral,
    process_only,
    substitution,
)
