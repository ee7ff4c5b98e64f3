"""Benchmarks of the room ``vet``."""
