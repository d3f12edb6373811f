"""Monte Carlo: every product in every draw under every rule set, kept as statistics of fixed size."""
