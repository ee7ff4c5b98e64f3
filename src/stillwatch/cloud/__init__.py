"""Cloud: oversight of compute, from coarse counters and dated rules.

The room answers what a training run computed, from how sure to how unsure; which jobs are parts of
one run; which rule on which day speaks of it, what is missing and what is due; what a customer's
record lacks; and, with a provider, whether a campaign's answers came to an account, without either
seeing the other's data. It does not answer what was trained or on what, never reads data, code or
weights, and says nothing of a run beyond "watch" on one kind of evidence. Where somebody comes
from reaches a rule that asks for it and nothing else. It gives no legal advice.

>>> from stillwatch.cloud import from_recipe
>>> from_recipe(32e9, 800e3 * 8e3).value.best
1.2288e+21
"""

from stillwatch.cloud.customers import Books, Pack, look
from stillwatch.cloud.flops import Flop, both, estimate, from_hardware, from_recipe, summed
from stillwatch.cloud.matching import Match, Sketch, SketchSet, match
from stillwatch.cloud.oversight import Options, Tables, oversee
from stillwatch.cloud.regimes import Answer, Measured, Rule, ask
from stillwatch.cloud.rejoin import Run, rejoin
from stillwatch.cloud.rhythm import kind_of
from stillwatch.cloud.telemetry import Flow, Job, Telemetry, Trace

__all__ = [
    "Answer",
    "Books",
    "Flop",
    "Flow",
    "Job",
    "Match",
    "Measured",
    "Options",
    "Pack",
    "Rule",
    "Run",
    "Sketch",
    "SketchSet",
    "Tables",
    "Telemetry",
    "Trace",
    "ask",
    "both",
    "estimate",
    "from_hardware",
    "from_recipe",
    "kind_of",
    "look",
    "match",
    "oversee",
    "rejoin",
    "summed",
]
