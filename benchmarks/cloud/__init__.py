"""Benchmarks of the room ``cloud``."""
