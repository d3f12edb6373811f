"""What is measured: one module per subject, with a ``TITLE`` and ``PHASES`` (see `benchmarks.harness`)."""
