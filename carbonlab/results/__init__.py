"""Results: the written schema, calculation, contributions and their files."""
