"""Benchmarks: subjects × phases, accuracy beside time. Run ``python -m benchmarks``."""
