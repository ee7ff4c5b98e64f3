"""Names across scripts and slips; what a match is called by what stands beside the name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.screen.again import lists_of
from stillwatch.adapters.screen.shipped import load_scorer
from stillwatch.screen.asked import Asked, asked_from
from stillwatch.screen.clearances import DAY_US, Clearance, in_force
from stillwatch.screen.disparity import shares, worst_ratio
from stillwatch.screen.listing import Identifier, Kind, Listing
from stillwatch.screen.matches import Called, Lists, Match, called_by
from stillwatch.screen.seconds import Says, Second
from stillwatch.screen.shells import profile_from, signals
from stillwatch.screen.spelling import MOST_CHARS, clean, spell_out

SCORER = load_scorer()
LISTED = (
    Listing(
        id="1", list_name="bis-el", kind=Kind.ORGANISATION, names=("Northern Circuit Co., Ltd.",),
        identifiers=(Identifier(kind="Registration Number", value="RL 3367620"),),
        addresses=("5 Mill Road, Madeford 1000, Utopia",), countries=("XX",),
        owners=("Made State Fund",),
    ),
    Listing(
        id="2", list_name="ofac-sdn", kind=Kind.PERSON, names=("Сергей Петрович Воронцов",),
        dates=("1962-08-12",),
    ),
    Listing(id="3", list_name="bis-el", kind=Kind.ORGANISATION, names=("华为技术有限公司",)),
    Listing(id="4", list_name="un", kind=Kind.PERSON, names=("Saddam Hussein al-Tikriti",)),
)  # fmt: skip


@pytest.fixture(scope="module")
def known() -> Lists:
    return lists_of(LISTED)


def best(known: Lists, **told: object) -> Match | None:
    asked = asked_from({"customer": "c", **told}, 1)
    return next((one for one in known.match(asked) if one.called is not Called.FAINT), None)


@pytest.mark.parametrize(
    ("name", "kind", "listing"),
    [
        ("NORTHERN CIRCUIT COMPANY LIMITED", "organisation", "1"),
        ("Northen Circuit", "organisation", "1"),
        ("Northern Circiut Co", "organisation", "1"),
        ("Sergei Petrovich Vorontsov", "person", "2"),
        ("VORONTSOV, Sergey Petrovich", "person", "2"),
        ("Huawei Jishu", "organisation", "3"),
        ("Hua Wei Ji Shu You Xian Gong Si", "organisation", "3"),
        ("صدام حسين التكريتي", "person", "4"),
    ],
)
def test_other_spellings_are_found(known: Lists, name: str, kind: str, listing: str) -> None:
    asked = asked_from({"name": name, "kind": kind}, 1)
    assert listing in [one.listing.id for one in known.match(asked)]


@pytest.mark.parametrize(
    "name", ["Southern Harbour Bakery", "Maria Okonkwo", "北京面包店", "!!!", "12"]
)
def test_others_are_not_called_anything(known: Lists, name: str) -> None:
    assert best(known, name=name) is None


def test_a_name_alone_is_never_more_than_a_question(known: Lists) -> None:
    found = best(known, name="Northern Circuit Co., Ltd.", kind="organisation", country="XX")
    assert found is not None
    assert (found.called, found.p_name) == (Called.NAME_ONLY, 1.0)


@given(st.floats(0.001, 1.0), st.lists(st.sampled_from([Says.SILENT, Says.CONFLICTS]), max_size=5))
def test_nothing_but_a_second_identifier_corroborates(p_name: float, says: list[Says]) -> None:
    beside = [Second("number", one) for one in says]
    assert called_by(p_name, beside, 0.5) not in (Called.CORROBORATED, Called.NUMBER_ONLY)


@pytest.mark.parametrize(
    "beside",
    [
        {"registration": "rl-336-7620"},
        {"address": "Mill Rd 5, 1000 Madeford"},
        {"owners": "MADE STATE FUND"},
    ],
)
def test_a_second_identifier_corroborates(known: Lists, beside: dict[str, str]) -> None:
    found = best(known, name="Northern Circuit", kind="organisation", **beside)
    assert found is not None
    assert found.called is Called.CORROBORATED


def test_a_full_date_agrees_a_year_does_not_and_another_decade_contradicts(known: Lists) -> None:
    name = {"name": "Sergey Petrovich Vorontsov", "kind": "person"}
    called = [
        (found := best(known, **name, born_or_founded=day)) and found.called
        for day in ("1962-08-12", "1962", "1987-01-01")
    ]
    assert called == [Called.CORROBORATED, Called.NAME_ONLY, Called.CONTRADICTED]


def test_a_number_alone_is_told_as_such(known: Lists) -> None:
    found = best(known, name="Bluebird Catering", kind="organisation", registration="RL3367620")
    assert found is not None
    assert found.called is Called.NUMBER_ONLY


def test_every_match_is_explained_part_by_part(known: Lists) -> None:
    found = best(known, name="Northern Circuit", kind="organisation")
    assert found is not None
    told = found.to_json()["parts"]
    assert ("northern", "northern", "same") in [(p["asked"], p["listed"], p["how"]) for p in told]
    assert any(part["how"] == "left over, listed" for part in told)


def test_a_clearance_ends_with_its_day_its_entry_and_its_customer(known: Lists) -> None:
    asked = asked_from({"customer": "c", "name": "Northern Circuit", "kind": "organisation"}, 1)
    entry = LISTED[0]
    one = Clearance(
        customer="c", asked=asked.digest, listing=entry.ref, entry=entry.digest, name="A",
        because="another number", made_us=10, until_us=10 + DAY_US,
    )  # fmt: skip
    assert known.match(asked, in_force([one], 11))[0].called is Called.CLEARED
    assert known.match(asked, in_force([one], 10 + DAY_US))[0].called is Called.NAME_ONLY
    moved = asked_from({**asked.to_json(), "address": "9 New Road"}, 1)
    assert known.match(moved, in_force([one], 11))[0].called is Called.NAME_ONLY
    withdrawn = Clearance(
        customer="c", asked=asked.digest, listing=entry.ref, entry=entry.digest, name="B",
        because="a mistake", made_us=12, until_us=13, withdraws=one.id,
    )  # fmt: skip
    assert not in_force([one, withdrawn], 13)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_left(text: str) -> None:
    spelt = spell_out(text, Kind.UNKNOWN, asked=True)
    if spelt is not None:
        assert SCORER.compare(spelt, spelt)[0] == 1.0


def test_a_name_without_end_is_cut(known: Lists) -> None:
    assert len(clean("x" * 10_000)) == MOST_CHARS
    assert all(
        one.p_name <= 1.0 for one in known.match(asked_from({"name": "Circuit " * 9_000}, 1))
    )


def test_the_order_of_lists_changes_nothing(known: Lists) -> None:
    other = lists_of(tuple(reversed(LISTED)))
    for name in ("Northern Circuit", "Sergei Vorontsov", "Huawei"):
        asked = Asked(customer="c", names=(name,))
        assert [m.to_json() for m in known.match(asked)] == [
            m.to_json() for m in other.match(asked)
        ]


def test_shells_are_diligence_and_registered_agents_are_none() -> None:
    rows = [
        {"customer": "a", "listed": True, "officers": ["P. One"], "address": "1 Rd"},
        {"customer": "b", "officers": ["p. one"], "address": "9 Rd"},
        {"customer": "c", "name": "C", "catalogue_makers": ["x", "y", "z"]},
        *({"customer": f"n{n}", "address": "Agent 1", "officers": ["Nom"]} for n in range(40)),
    ]  # fmt: skip
    found = signals([profile_from(row, 1) for row in rows])
    assert [(one["customer"], one["beside_listed"]) for one in found] == [
        ("b", ["a"]), ("a", []), ("c", []),
    ]  # fmt: skip
    assert all(one["layer"] == "risk_note" for one in found)


def test_disparity_counts_by_group() -> None:
    found = shares([("a", n < 6) for n in range(10)] + [("b", n < 2) for n in range(10)])
    assert [(one.group, one.n_hits) for one in found] == [("a", 6), ("b", 2)]
    ratio, least = worst_ratio(found)
    assert ratio == pytest.approx(3.0)
    assert least < ratio
