"""review: everything that was examined of one tool, in one report.

It answers: may I run it, on what conditions, how sure is that, and what was not looked at? It
refuses a score for the whole, a field for where the vendor is from, a public report before the
vendor could reply, and "safe". The bar is one list, :data:`BAR`.

>>> [one.name for one in BAR if one.essential]
['identity', 'files', 'behaviour', 'data_flow']
"""

from stillwatch.vet.review.advice import Advice, Answer, advise
from stillwatch.vet.review.bar import BAR, Examination
from stillwatch.vet.review.document import Review, document_of
from stillwatch.vet.review.hearing import Dissent, Hearing, Override
from stillwatch.vet.review.modes import Mode
from stillwatch.vet.review.tool import Dataset, Endpoint, Tool

__all__ = [
    "BAR",
    "Advice",
    "Answer",
    "Dataset",
    "Dissent",
    "Endpoint",
    "Examination",
    "Hearing",
    "Mode",
    "Override",
    "Review",
    "Tool",
    "advise",
    "document_of",
]
