"""Substitution at the door: plans in TOML, looks into a folder that remembers, and the page."""

from stillwatch.adapters.substitution.plan import Plan, load_plan
from stillwatch.adapters.substitution.watching import Look, Watch

__all__ = ["Look", "Plan", "Watch", "load_plan"]
