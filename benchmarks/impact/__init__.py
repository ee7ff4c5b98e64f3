"""Benchmarks of the room impact."""
