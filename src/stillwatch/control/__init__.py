"""Control: who may call, and how much; every decision with an end and a way back.

The room answers one question, ``Gate.decide(facts, now_us)``: what the policy says about a
request and, apart from it, what is done. It does not answer whether somebody is guilty: it
reads what ``detect`` found, and acts on members of campaigns, never on single accounts.
Nothing here opens a file or reads a clock.

>>> from stillwatch.control import Book, Call, Gate, LocalLimits, policy_from
>>> policy = policy_from({"schema": "stillwatch.policy/1", "limit": [
...     {"id": "burst", "by": "account", "allows": 2, "per": "1m", "state": "enforce"}]})
>>> gate, book = Gate(policy, LocalLimits(), live=True), Book()
>>> [gate.decide(book.facts(Call("a-1"), now), now).status for now in (1, 2, 3)]
[200, 200, 429]
"""

from stillwatch.control.book import Book, Call
from stillwatch.control.facts import FACTS, Facts
from stillwatch.control.gate import Gate
from stillwatch.control.ladder import LADDER, RUNGS
from stillwatch.control.limits import Claim, Limits, LocalLimits, Taken
from stillwatch.control.policy import Policy
from stillwatch.control.reading import policy_from
from stillwatch.control.standing import Enforcement, standing
from stillwatch.control.verdict import Verdict, open_to_friction

__all__ = [
    "FACTS",
    "LADDER",
    "RUNGS",
    "Book",
    "Call",
    "Claim",
    "Enforcement",
    "Facts",
    "Gate",
    "Limits",
    "LocalLimits",
    "Policy",
    "Taken",
    "Verdict",
    "open_to_friction",
    "policy_from",
    "standing",
]
