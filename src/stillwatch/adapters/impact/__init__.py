"""Doors of the room impact: cases, results, logs, tables, the log of decisions, page, screen."""
