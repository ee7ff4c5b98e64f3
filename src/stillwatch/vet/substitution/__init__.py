"""Substitution: does an endpoint silently serve another model, by which route and since when?

Answers whether a route's short answers are drawn as a reference's are, with an exact test at a
size that was planned and bets that may be looked at at any time; what share of them cannot be the
reference's; and when that began. Refuses to say which model answered: text before the questions,
another temperature, coarser weights and an announced version differ too, and what speaks for them
stands beside. What an endpoint says of itself is a lead and no evidence.
"""

from stillwatch.vet.substitution.battery import FAMILIES, battery_digest, questions
from stillwatch.vet.substitution.comparing import Compared, compare
from stillwatch.vet.substitution.judging import Announced, Judged, judge, part_of
from stillwatch.vet.substitution.pairing import Paired, pair

__all__ = [
    "FAMILIES",
    "Announced",
    "Compared",
    "Judged",
    "Paired",
    "battery_digest",
    "compare",
    "judge",
    "pair",
    "part_of",
    "questions",
]
