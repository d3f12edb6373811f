"""The options that carbonlab ships, one module per slot; importing them registers them."""

from carbonlab.rules.options import (  # noqa: F401
    aviation,
    biogenic_carbon,
    boundary,
    capital_goods,
    characterization,
    cut_off,
    electricity,
    electricity_contracts,
    hierarchy,
    land_use_change,
    linking,
    multifunctionality,
    process_only,
    recycling,
    substitution,
    timing,
)
