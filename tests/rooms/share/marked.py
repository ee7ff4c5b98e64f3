"""Markings and parties for the tests of the room, at random over small worlds."""

from __future__ import annotations

from hypothesis import strategies as st

from stillwatch.model.marking import Channel, LegalBasis, Marking, Purpose, Tlp
from stillwatch.model.party import Party

NOW_US = 1_780_000_000_000_000
DAY_US = 86_400_000_000

NAMES = ("alpha", "beta", "gamma")
COMMUNITIES = ("fmf", "isac")
PLACES = ("US", "DE", "JP")


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values))


BASES = st.builds(
    LegalBasis,
    name=st.sampled_from(["contract 7", "GDPR-6-1-f", "CISA-2015"]),
    kind=st.sampled_from(["statute", "contract"]),
    from_us=st.sampled_from([0, NOW_US, NOW_US + 1]),
    until_us=st.sampled_from([NOW_US, NOW_US + 1, NOW_US + DAY_US]),
)
HOLDS = LegalBasis(name="contract 7", kind="contract", from_us=0, until_us=NOW_US + DAY_US)

MARKINGS = st.builds(
    Marking,
    tlp=st.sampled_from(Tlp),
    owner=st.sampled_from(["omega", "alpha"]),
    until_us=st.sampled_from([NOW_US, NOW_US + 1, NOW_US + DAY_US]),
    basis=st.one_of(st.just(HOLDS), BASES),
    purposes=st.frozensets(st.sampled_from(Purpose), min_size=1),
    partners=some(NAMES),
    communities=some(COMMUNITIES),
    jurisdictions=some(PLACES),
    government=st.booleans(),
)

PARTIES = st.builds(
    Party,
    name=st.sampled_from(NAMES),
    channel=st.sampled_from(Channel),
    jurisdiction=st.sampled_from(["", *PLACES]),
    communities=some(COMMUNITIES),
    client_of=some((*NAMES, "omega")),
    purposes=st.frozensets(st.sampled_from(Purpose), min_size=1),
)


def marking(tlp: Tlp = Tlp.AMBER, **changes: object) -> Marking:
    """A marking that lets a member of ``fmf`` in the US have it."""
    told: dict[str, object] = {
        "tlp": tlp,
        "owner": "omega",
        "until_us": NOW_US + DAY_US,
        "basis": HOLDS,
        "communities": frozenset({"fmf"}),
        "jurisdictions": frozenset({"US"}),
    }
    return Marking(**{**told, **changes})  # type: ignore[arg-type]


def party(name: str = "alpha", **changes: object) -> Party:
    """A member of ``fmf`` in the US."""
    told: dict[str, object] = {
        "name": name, "jurisdiction": "US", "communities": frozenset({"fmf"}),
    }  # fmt: skip
    return Party(**{**told, **changes})  # type: ignore[arg-type]
