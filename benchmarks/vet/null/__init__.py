"""Benchmark of lineage: null."""
