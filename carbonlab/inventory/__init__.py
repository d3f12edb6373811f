"""Layer 1: a life-cycle inventory as columns; its store, search, roles, findings, formulas and parameters."""
