"""Data flow: where do requests go, under which TLS, through whose hands, and what is not stated?

Hosts that were reached and what their replies told go in, with the hosts and parties that a vendor
declares and the answers to a dated list of questions for buyers. The room says what was measured
and where a contract has gaps. It takes nothing from where a vendor comes from, and does not say
where machines stand.
"""

from stillwatch.vet.data_flow.asked import Inquiries, Stated, inquiries_from, stated_from
from stillwatch.vet.data_flow.contacts import Contact, Tls, merged, within
from stillwatch.vet.data_flow.judging import Mark, judged, marks_from

__all__ = [
    "Contact",
    "Inquiries",
    "Mark",
    "Stated",
    "Tls",
    "inquiries_from",
    "judged",
    "marks_from",
    "merged",
    "stated_from",
    "within",
]
