"""Terms: recompute a weight from numbers alone.

A term names a formula of the closed list in :mod:`stillwatch.stats.formulas` and holds the
numbers that it was given. The formulas are those that weighed, so that a recomputed weight is
the same number; only a processor or a mathematical library of another make may give other
last digits, for which ``TOLERANCE`` allows.

``evaluate`` redoes one term, ``recheck`` a whole file of them: signals, families, the
total, what each rival leaves, and the false-discovery rate.

>>> term = {"formula": "unusual_share", "inputs": {
...     "n_with": 30, "n_sent": 40, "floor": 0.2, "n_at_least": 1, "n_others": 999,
...     "innocent_share": 2.0**-5}}
>>> round(evaluate(term), 3), {name: round(x, 3) for name, x in outcomes(term).items()}
(4.68, {'bits': 4.68, 'share': 0.75, 'percentile': 0.998})
>>> recheck({"schema": "another"})
('schema: could not be done again: is not of the schema stillwatch.terms/1.',)
"""

from __future__ import annotations

from stillwatch.stats.evaluating import evaluate, outcomes
from stillwatch.stats.rechecking import SCHEMA, TOLERANCE, Compared, compare, digest, recheck

MEDIA_TYPE = "application/vnd.stillwatch.terms+json"

__all__ = [
    "MEDIA_TYPE",
    "SCHEMA",
    "TOLERANCE",
    "Compared",
    "compare",
    "digest",
    "evaluate",
    "outcomes",
    "recheck",
]
