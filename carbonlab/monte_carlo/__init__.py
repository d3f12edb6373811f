"""Monte Carlo: every product in every draw under every rule set, kept as statistics of fixed size."""

from carbonlab.monte_carlo.simulate import simulate
from carbonlab.monte_carlo.stopping import Until

__all__ = ["Until", "simulate"]
