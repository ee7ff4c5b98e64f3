"""Attribute: who, with evidence that stands up.

Answers: what speaks for and against one campaign, which rival account of it fits best, how sure
may one be of the behaviour, of the operator, of the organisation and of the intent, each apart,
what stands in a report that a lawyer can use, and was anything of it changed since it was sealed
(:mod:`stillwatch.attribute.custody`)?

Refuses to answer with one score; to go on when an exclusion applies; to name an organisation on
fewer than three independent families, one of them direct, and two persons' signatures; to say
"adversarial distillation" unless its four parts are met; to read where somebody comes from.

>>> from stillwatch.attribute import band_of, probability
>>> band_of(probability(3.0)).word
'very likely'
"""

from stillwatch.attribute.bands import band_of, probability
from stillwatch.attribute.book import Case, case_of
from stillwatch.attribute.document import document_of
from stillwatch.attribute.entries import Entry, entry_from
from stillwatch.attribute.likelihoods import Likelihoods, likelihoods_from
from stillwatch.attribute.naming import naming_of, without_names
from stillwatch.attribute.ranking import rank
from stillwatch.attribute.signoffs import Roster

__all__ = [
    "Case",
    "Entry",
    "Likelihoods",
    "Roster",
    "band_of",
    "case_of",
    "document_of",
    "entry_from",
    "likelihoods_from",
    "naming_of",
    "probability",
    "rank",
    "without_names",
]
