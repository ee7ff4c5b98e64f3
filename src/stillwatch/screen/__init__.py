"""Screen: who may be on a list, and whom rules of ownership reach, on a day.

The room answers which entries of dated lists somebody may be, with what speaks for and against it
part by part, and what each dated rule says of a company by its owners. It does not answer whether
somebody is sanctioned: a name alone is never more than a reason to ask for a second identifier, and
a person confirms the rest. Law, policy and risk are told apart, and none of it is legal advice.
Where a share is unknown the answer is a hold, never a pass. Who controls a company without owning
it is not looked at. What people or language a name comes from is neither read nor used.

>>> from fractions import Fraction
>>> from stillwatch.screen import Graph, Holding, Node, Reach, cascade
>>> quarter, half = Fraction(1, 4), Fraction(1, 2)
>>> held = (Holding(owner="x", owned="a", low=quarter, high=quarter),
...         Holding(owner="a", owned="b", low=half, high=half))
>>> graph = Graph(nodes={i: Node(id=i, name=i) for i in "xab"}, holdings=held)
>>> dict(cascade(graph, ["x"], Reach()).certain)
{}
"""

from stillwatch.screen.cascade import Cascade, cascade
from stillwatch.screen.clearances import Clearance
from stillwatch.screen.holdings import Graph, Holding, Node
from stillwatch.screen.listing import Identifier, Kind, Listing
from stillwatch.screen.owning import Ruling, governing, rule_on
from stillwatch.screen.regimes import Reach, Regime, Regimes

__all__ = [
    "Cascade",
    "Clearance",
    "Graph",
    "Holding",
    "Identifier",
    "Kind",
    "Listing",
    "Node",
    "Reach",
    "Regime",
    "Regimes",
    "Ruling",
    "cascade",
    "governing",
    "rule_on",
]
