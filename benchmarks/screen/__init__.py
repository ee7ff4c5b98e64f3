"""Benchmarks of the room ``screen``."""
