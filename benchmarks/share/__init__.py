"""Benchmarks of the room ``share``."""
