"""Benchmark ``cloud/flops``."""
