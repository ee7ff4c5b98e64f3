"""Impact: what left, what it bought, what it cost, and what stopping it cost.

The room answers with four quantities that are never added up: attempts, answers that came, tokens
that could be trained on, and ability. It refuses to print one number for what was taken, and says
which assumptions each interval rests on. Nothing here opens a file or reads a clock.

>>> import numpy as np
>>> from stillwatch.impact import Assumption, Assumptions, Origin, attempts, from_totals
>>> def share(key, low, best, high):
...     return Assumption(key=key, low=low, best=best, high=high, unit="share", says="example",
...                       origin=Origin.ASSUMED, source="example")
>>> know = Assumptions([share("found_share", 0.8, 0.95, 1.0), share("unseen_share", 0, 0, 0.01)])
>>> nobody = from_totals(membership=np.zeros(0), n_sent=0, output_tokens=None,
...                      reasoning_tokens=None, n_window=1000, fdr=0.0)
>>> told = attempts(nobody, know).value
>>> told.best, told.high
(0.0, 10.0)
"""

from stillwatch.impact.ability import Row, Suite, Table
from stillwatch.impact.assumptions import Assumption, Assumptions, Origin, assumptions_from
from stillwatch.impact.collateral import Contested, Line, ledger
from stillwatch.impact.counted import Counted, from_totals
from stillwatch.impact.document import SCHEMA, Lags, Subject, document_of
from stillwatch.impact.lag import SuiteLag, inflation, lag_of_published, lags
from stillwatch.impact.quantities import Estimate, answers, attempts, usable_tokens
from stillwatch.impact.students import Student
from stillwatch.impact.uplift import Learning, elsewhere, learning_from, uplift

__all__ = [
    "SCHEMA",
    "Assumption",
    "Assumptions",
    "Contested",
    "Counted",
    "Estimate",
    "Lags",
    "Learning",
    "Line",
    "Origin",
    "Row",
    "Student",
    "Subject",
    "Suite",
    "SuiteLag",
    "Table",
    "answers",
    "assumptions_from",
    "attempts",
    "document_of",
    "elsewhere",
    "from_totals",
    "inflation",
    "lag_of_published",
    "lags",
    "learning_from",
    "ledger",
    "uplift",
    "usable_tokens",
]
