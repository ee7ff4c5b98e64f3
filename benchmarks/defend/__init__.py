"""Benchmarks of the room ``defend``."""
