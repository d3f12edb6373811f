"""How much of the variance of a result each input accounts for: rules, data, and both together."""
