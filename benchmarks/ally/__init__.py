"""Benchmarks of the room ``ally``."""
