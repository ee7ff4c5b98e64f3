"""stillwatch: find coordinated distillation campaigns in model-API traffic.

The words that flow through every room live in :mod:`stillwatch.model`; the
mathematics without domain words in :mod:`stillwatch.stats`; the search for
campaigns in :mod:`stillwatch.detect`; rehearsal in :mod:`stillwatch.lab`.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
