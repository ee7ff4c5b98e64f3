"""Benchmark ``cloud/distillation``."""
