"""May a study be said to follow a standard? Requirements as data, checks with evidence, comparability.
Nothing here certifies.
"""
