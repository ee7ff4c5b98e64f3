"""Scanners of files, each run apart: no network, nothing to write, a time and a memory limit."""
