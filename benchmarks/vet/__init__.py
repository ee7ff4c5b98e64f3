"""Benchmarks of the room that vets AI tools."""
