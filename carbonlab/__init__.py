"""carbonlab: product carbon footprints in which accounting rules are objects."""
