"""Benchmark of lineage: power."""
