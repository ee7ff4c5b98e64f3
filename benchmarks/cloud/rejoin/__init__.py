"""Benchmark ``cloud/rejoin``."""
