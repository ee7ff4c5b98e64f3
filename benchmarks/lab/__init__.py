"""Benchmarks of the room ``lab``."""
