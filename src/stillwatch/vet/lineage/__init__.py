"""Lineage: was this model trained on answers that ours gave?

The room answers with exact or conservative p-values and e-values, one for each statistic, key
and suspect, adjusted for how many were looked at, beside control models and wrong keys. It gives
no verdict where controls show the same, where wrong keys are found too often, or where so few
questions could not have told. It does not answer who did it, nor whether it was allowed, and
what has no error rate (a model that calls itself by our name) is shown as a lead.
"""

from stillwatch.vet.lineage.heard import Heard, Numbers
from stillwatch.vet.lineage.judging import Examined, examine, judge
from stillwatch.vet.lineage.material import Choices, Greens, Material, ServedPair
from stillwatch.vet.lineage.reading import Reading
from stillwatch.vet.lineage.statistics import STATISTICS, Terms

__all__ = [
    "STATISTICS",
    "Choices",
    "Examined",
    "Greens",
    "Heard",
    "Material",
    "Numbers",
    "Reading",
    "ServedPair",
    "Terms",
    "examine",
    "judge",
]
