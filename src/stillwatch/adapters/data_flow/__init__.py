"""Where a tool's requests go: lines that are measured, recordings that are read."""

from stillwatch.adapters.data_flow.running import Review, load_review, look

__all__ = ["Review", "load_review", "look"]
