"""TAXII 2.1 as it is written, over SQLite and over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from stillwatch.model.marking import Tlp
from stillwatch.share.markings import marking_object
from stillwatch.share.taxii_media import MEDIA
from tests.rooms.share.marked import marking
from tests.rooms.share.postgres_here import new_database, postgres
from tests.rooms.share.taxii_hub import (
    AT,
    COLLECTION,
    MARKS,
    OTHER,
    Hub,
    emptied,
    fill,
    hub,
    name_of,
    named,
    thing,
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres() as folder:
        yield folder


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    if request.param == "sqlite":
        store = str(folder / "objects.db")
    else:
        store = new_database(request.getfixturevalue("cluster"))
    asyncio.run(fill(store))
    with hub(store, folder, max_content_length=200_000, page_objects=7) as found:
        yield found


@pytest.fixture
def at(served: Hub) -> Iterator[Hub]:
    """The same server, empty of objects."""
    yield served
    asyncio.run(emptied(served.store))


def test_discovery_leads_to_the_collection(at: Hub) -> None:
    got = at.ask("GET", "/taxii2/")
    assert got.headers["content-type"] == MEDIA
    root = f"http://127.0.0.1:{at.port}/api/"
    assert got.told == {"title": "Hub", "default": root, "api_roots": [root]}
    told = at.ask("GET", "/api/").told
    assert told["versions"] == [MEDIA]
    assert told["max_content_length"] == 200_000
    (listed,) = at.ask("GET", "/api/collections/").told["collections"]
    assert listed["id"] == COLLECTION
    assert (listed["can_read"], listed["can_write"]) == (True, True)
    assert at.ask("GET", AT).told == listed
    assert at.ask("GET", "/api/collections/bulletins/").told == listed
    assert at.ask("GET", AT, who="reader").told["can_write"] is False


def test_who_has_no_right_is_told_that_there_is_nothing(at: Hub) -> None:
    assert at.ask("GET", "/taxii2/", who="eve").told == {"title": "Hub"}
    for path in ("/api/", "/api/collections/", AT, f"{AT}objects/", f"{AT}manifest/", "/other/"):
        assert at.ask("GET", path, who="eve").status == 404
        assert at.ask("GET", path, who="").status == 401
    assert at.ask("GET", f"/api/collections/{OTHER}/").status == 404
    assert at.ask("POST", f"{AT}objects/", {"objects": [thing(1)]}, who="eve").status == 404


def test_rights_are_kept(at: Hub) -> None:
    at.add(thing(1))
    assert at.ask("POST", f"{AT}objects/", {"objects": [thing(2)]}, who="reader").status == 403
    assert at.ask("DELETE", f"{AT}objects/{name_of(1)}/", who="reader").status == 403
    for path in ("objects/", "manifest/", f"objects/{name_of(1)}/"):
        assert at.ask("GET", AT + path, who="writer").status == 403
    assert at.add(thing(3), who="writer")["success_count"] == 1
    at.ask("DELETE", f"{AT}objects/{name_of(3)}/", who="writer")
    assert name_of(3) in at.ids()


def test_pages_hold_everything_once_in_order(at: Hub) -> None:
    at.add(*(thing(i) for i in range(20)))
    at.add(*(thing(i) for i in range(20, 33)))
    got = at.ask("GET", f"{AT}objects/")
    assert len(got.told["objects"]) == 7
    for limit in ("1", "4", "7", "33", "100"):
        assert at.ids(limit=limit) == [name_of(i) for i in range(33)]
    first = at.ask("GET", f"{AT}manifest/", fields={"limit": "10"})
    assert [one["id"] for one in first.told["objects"]] == [name_of(i) for i in range(10)]
    added = [one["date_added"] for one in first.told["objects"]]
    assert added == sorted(set(added))
    assert first.headers["x-taxii-date-added-first"] == added[0]
    assert first.headers["x-taxii-date-added-last"] == added[-1]
    assert at.ids(added_after=added[-1]) == [name_of(i) for i in range(10, 33)]
    last = at.ask("GET", f"{AT}objects/", fields={"limit": "33"})
    assert last.told["more"] is False
    assert "next" not in last.told
    after = last.headers["x-taxii-date-added-last"]
    empty = at.ask("GET", f"{AT}objects/", fields={"added_after": after})
    assert empty.told == {"more": False}
    assert "x-taxii-date-added-first" not in empty.headers


def test_versions_are_chosen_as_asked(at: Hub) -> None:
    at.add(thing(1, day=2), thing(2, day=1))
    at.add(thing(1, day=3), thing(1, day=1))

    def days(**fields: str) -> list[tuple[int, str]]:
        found = at.objects(match_type="indicator", **fields)
        return [(int(one["name"].split()[1]), one["modified"][8:10]) for one in found]

    assert days() == [(2, "01"), (1, "03")]
    assert days(match_version="last") == [(2, "01"), (1, "03")]
    assert days(match_version="first") == [(2, "01"), (1, "01")]
    assert days(match_version="all") == [(1, "02"), (2, "01"), (1, "03"), (1, "01")]
    assert days(match_version="2026-01-02T00:00:00Z") == [(1, "02")]
    assert days(match_version="first,2026-01-02T00:00:00.0Z") == [(1, "02"), (2, "01"), (1, "01")]
    assert days(match_id=name_of(1)) == [(1, "03")]
    got = at.ask("GET", f"{AT}objects/{name_of(1)}/versions/")
    assert [v[8:10] for v in got.told["versions"]] == ["02", "03", "01"]
    one = at.ask("GET", f"{AT}objects/{name_of(1)}/", fields={"match[version]": "first"})
    assert [o["modified"][8:10] for o in one.told["objects"]] == ["01"]
    paged = at.ask("GET", f"{AT}objects/{name_of(1)}/versions/", fields={"limit": "2"})
    assert paged.told["more"]
    rest = at.ask(
        "GET", f"{AT}objects/{name_of(1)}/versions/",
        fields={"limit": "2", "next": paged.told["next"]},
    )  # fmt: skip
    assert [v[8:10] for v in paged.told["versions"] + rest.told["versions"]] == ["02", "03", "01"]


def test_types_ids_and_spec_versions_are_matched(at: Hub) -> None:
    at.add(thing(1), thing(2, kind="malware"), thing(3, kind="identity"))
    assert at.ids(match_type="malware,identity") == [name_of(2, "malware"), name_of(3, "identity")]
    assert at.ids(match_id=f"{name_of(1)},{name_of(3, 'identity')}", match_type="indicator") == [
        name_of(1)
    ]
    assert len(at.ids(match_spec_version="2.1,2.0")) == 3
    assert at.ids(match_spec_version="2.0") == []


def test_an_object_without_a_version_has_the_moment_it_came(at: Hub) -> None:
    address = {"type": "ipv4-addr", "id": name_of(9, "ipv4-addr"), "value": "198.51.100.1"}
    status = at.add(address)
    (record,) = at.ask("GET", f"{AT}manifest/").told["objects"]
    assert status["successes"][0]["version"] == record["version"] == record["date_added"]
    assert at.ids(match_version=record["version"]) == [address["id"]]
    assert at.add(address)["successes"][0]["message"] == "was held already"
    assert at.add({**address, "value": "198.51.100.2"})["failure_count"] == 1


def test_a_status_is_its_senders_alone(at: Hub) -> None:
    status = at.add(thing(1), {"type": "indicator", "id": "nonsense"}, thing(1), 7)
    assert (status["status"], status["total_count"], status["pending_count"]) == ("complete", 4, 0)
    assert [one["id"] for one in status["successes"]] == [name_of(1)] * 2
    assert {one["message"] for one in status["failures"]} == {
        "its id is no STIX id", "is no object",
    }  # fmt: skip
    path = f"/api/status/{status['id']}/"
    assert at.ask("GET", path).told == status
    assert at.ask("GET", path, who="bob").status == 404
    assert at.ask("GET", f"/other/status/{status['id']}/").status == 404


def test_what_is_held_is_not_rewritten(at: Hub) -> None:
    at.add(thing(1, day=2))
    again = at.add(thing(1, day=2, name="another"))
    assert again["failures"][0]["message"] == "another content is held under this id and version"
    foreign = at.add(thing(1, day=3, revoked=True), who="bob")
    assert foreign["failures"][0]["message"] == "versions of this object come from another client"
    assert at.add(thing(1, day=3, revoked=True))["success_count"] == 1
    late = at.add(thing(1, day=4))
    assert late["failures"][0]["message"] == "the object was revoked; it has no further versions"
    assert at.add(thing(1, day=1))["success_count"] == 1
    (last,) = at.objects()
    assert last["revoked"] is True


def test_deleting_takes_back_ones_own_alone(at: Hub) -> None:
    at.add(thing(1, day=1), thing(1, day=2), thing(1, day=3))
    path = f"{AT}objects/{name_of(1)}/"
    assert at.ask("DELETE", path, who="bob").status == 403
    assert at.ask("DELETE", path, fields={"match[version]": "last"}).status == 200
    assert [one["modified"][8:10] for one in at.objects()] == ["02"]
    assert at.ask("DELETE", path, fields={"match[spec_version]": "2.0"}).status == 404
    assert at.ask("DELETE", path).status == 200
    assert at.ask("DELETE", path).status == 404
    assert at.ask("GET", path).status == 404
    assert at.ask("GET", f"{path}versions/").status == 404


def test_what_is_withheld_is_not_there_by_any_door(at: Hub) -> None:
    marks = [MARKS[label] for label in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.RED)]
    at.add(*(thing(i, mark=marks[i % 4]) for i in range(16)))
    at.add(thing(1, day=5, mark=MARKS[Tlp.RED]), thing(3, day=5, mark=MARKS[Tlp.CLEAR]))
    seen = [i for i in range(16) if i % 4 < 2]
    for limit in ("1", "3", "100"):
        assert at.ids("green", limit=limit) == [name_of(i) for i in (*seen, 3)]
    # The newest version that is seen is the last one, though a newer one is withheld.
    (one,) = at.ask("GET", f"{AT}objects/{name_of(1)}/", who="green").told["objects"]
    assert one["modified"][8:10] == "01"
    versions = at.ask("GET", f"{AT}objects/{name_of(1)}/versions/", who="green").told["versions"]
    assert len(versions) == 1
    manifest = at.ask("GET", f"{AT}manifest/", who="green", fields={"limit": "50"})
    assert len(manifest.told["objects"]) == len(seen) + 1
    assert manifest.told["more"] is False
    for path in (f"objects/{name_of(2)}/", f"objects/{name_of(2)}/versions/"):
        assert at.ask("GET", AT + path, who="green").status == 404
        assert at.ask("GET", AT + path, who="ann").status == 200
    assert at.ids("green", match_id=name_of(2)) == []
    assert at.ids("green", match_version="2026-01-05T00:00:00Z") == [name_of(3)]


def test_ones_own_objects_are_seen_whatever_they_bear(at: Hub) -> None:
    at.add(thing(1, mark=MARKS[Tlp.RED]), who="bob")
    assert at.ids("bob") == [name_of(1)]
    assert at.ids("reader") == []


def test_a_marking_counts_as_the_collection_defines_it(at: Hub) -> None:
    ref = name_of(77, "marking-definition")
    at.add(thing(1, mark=ref))
    assert at.ids("bob", match_type="indicator") == []
    at.add({
        "type": "marking-definition", "spec_version": "2.1", "id": ref, "name": "TLP:GREEN",
        "created": "2026-01-01T00:00:00Z", "object_marking_refs": [MARKS[Tlp.CLEAR]],
        "extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":
                       {"extension_type": "property-extension", "tlp_2_0": "green"}},
    })  # fmt: skip
    assert at.ids("green", match_type="indicator") == [name_of(1)]
    at.add(thing(2, mark=None, granular_markings=[{"marking_ref": MARKS[Tlp.RED],
                                                   "selectors": ["name"]}]))  # fmt: skip
    assert name_of(2) not in at.ids("bob")


def _statement(ref: str, text: str = "mine") -> dict[str, Any]:
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": ref,
        "created": "2026-01-01T00:00:00Z", "definition_type": "statement",
        "definition": {"statement": text},
    }  # fmt: skip


def test_a_definition_counts_for_the_objects_of_who_sent_it(at: Hub) -> None:
    ref = name_of(78, "marking-definition")
    at.add(_statement(ref), who="bob")
    at.add(thing(1, mark=ref), who="bob")
    at.add(thing(2, mark=ref), who="ann")
    assert at.ids("reader", match_type="indicator") == [name_of(1)]
    # Another content is not taken, and what ann meant by it is not known.
    assert at.add(_statement(ref, "another"), who="ann")["failure_count"] == 1
    assert at.ids("reader", match_type="indicator") == [name_of(1)]
    # The same is, for her objects too, and stays hers when bob takes it back.
    assert at.add(_statement(ref), who="ann")["failure_count"] == 0
    assert at.ids("reader", match_type="indicator") == [name_of(1), name_of(2)]
    assert at.ids("reader", match_type="indicator", limit="1") == [name_of(1), name_of(2)]
    assert at.ask("DELETE", f"{AT}objects/{ref}/", who="bob").status == 200
    assert at.ids("reader", match_type="indicator") == [name_of(2)]
    assert at.ask("DELETE", f"{AT}objects/{ref}/", who="bob").status == 403
    assert at.ask("DELETE", f"{AT}objects/{ref}/", who="ann").status == 200
    assert at.ids("reader", match_type="indicator") == []


def test_nobody_takes_the_place_of_a_marking_of_ours(at: Hub) -> None:
    ours = marking_object(marking())
    at.add({**_statement(ours["id"]), "created": ours["created"]}, who="bob")
    status = at.add(ours, thing(1, mark=ours["id"]), who="ann")
    assert status["failure_count"] == 1
    assert at.ids("reader", match_type="indicator") == []


def test_a_marking_of_ours_counts_for_everybody_and_says_nothing_beside(at: Hub) -> None:
    ours = marking_object(marking(Tlp.AMBER))
    wide = {**ours, "definition_type": "tlp", "definition": {"tlp": "white"}}
    at.add(wide, who="bob")
    at.add(thing(1, mark=ours["id"]), who="ann")
    assert at.ids("reader", match_type="indicator") == [name_of(1)]
    assert at.ids("green", match_type="indicator") == []


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (MEDIA, 200), ("application/taxii+json", 200), ("*/*", 200), ("application/*", 200),
        ('application/taxii+json; version="2.1"', 200), ("text/html, application/taxii+json", 200),
        ("", 200), ("application/taxii+json;version=2.0", 406), ("text/html", 406),
        ("application/vnd.oasis.taxii+json; version=2.0", 406),
        ("application/taxii+json;q=0", 406), ("," * 2_000, 406),
    ],
)  # fmt: skip
def test_answers_come_in_one_form(at: Hub, accept: str, status: int) -> None:
    for path in ("/taxii2/", f"{AT}objects/"):
        got = at.ask("GET", path, Accept=accept)
        assert got.status == status
        assert got.headers["content-type"] == MEDIA
        if status != 200:
            assert got.told["http_status"] == "406"
            assert got.told["title"]


def test_bodies_come_in_one_form_and_length(at: Hub) -> None:
    path, body = f"{AT}objects/", {"objects": [thing(1)]}
    for kind in ("application/json", "text/plain", "application/taxii+json;version=2.0", ""):
        assert at.ask("POST", path, body, Content_Type=kind).status == 415
    assert at.ask("POST", path, body, Content_Type="application/taxii+json").status == 202
    assert at.ask("POST", path, b"{" + b" " * 200_000).status == 413
    for wrong in (b"", b"nonsense", b"\xff", b"[" * 5_000, b'{"objects": [NaN]}'):
        assert at.ask("POST", path, wrong).status == 400
    for wrong in (b"[]", b"{}", b'{"objects": []}', b'{"objects": {}}', b"7"):
        assert at.ask("POST", path, wrong).status == 422
    assert at.ask("PUT", path, body).status == 405
    assert at.ask("DELETE", path).status == 405
    assert at.ask("POST", "/taxii2/", body).status == 405


DEEP: Any = {}
for _ in range(300):
    DEEP = {"deeper": DEEP}
ODD_OBJECTS: list[Any] = [
    {**thing(1), "id": "indicator--' OR 1=1 --"},
    {**thing(1), "id": f"malware{name_of(1)[9:]}"},
    {**thing(1), "id": name_of(1).upper()},
    {**thing(1), "id": f"{name_of(1)}\x00"},
    {**thing(1), "id": 7},
    {**thing(1), "type": None},
    {**thing(1), "spec_version": "2.0"},
    {**thing(1), "modified": "yesterday"},
    {**thing(1), "modified": "9999-01-01T00:00:00Z"},
    {**thing(1), "modified": 7},
    {**thing(1), "revoked": "yes"},
    {**thing(1), "object_marking_refs": "marking-definition--x"},
    {**thing(1), "object_marking_refs": [{}]},
    {**thing(1), "granular_markings": [7]},
    {**thing(1), "extensions": None},
    {**thing(1), "extensions": 7},
    {**thing(1), "deep": DEEP},
    {"type": "bundle", "id": name_of(1, "bundle"), "objects": []},
    None, [], "x", 7,
]  # fmt: skip


@pytest.mark.parametrize("wrong", ODD_OBJECTS, ids=range(len(ODD_OBJECTS)))
def test_an_odd_object_fails_alone(at: Hub, wrong: Any) -> None:
    status = at.add(wrong, thing(2))
    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert at.ids() == [name_of(2)]


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": "0"}, {"limit": "-1"}, {"limit": "ten"}, {"limit": "9" * 40}, {"limit": "1.5"},
        {"added_after": "yesterday"}, {"added_after": "2026-01-01"}, {"added_after": ""},
        {"match_version": "newest"}, {"match_id": ","}, {"match_id": "a\x00b"},
        {"match_type": ",".join(map(str, range(101)))}, {"match_id": "x" * 300},
        {"next": "forged"}, {"next": "A" * 32}, {"next": "é"}, {"next": "A" * 5_000},
    ],
    ids=lambda fields: str(fields)[:30],
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused(at: Hub, fields: dict[str, str]) -> None:
    got = at.ask("GET", f"{AT}objects/", fields=named(fields))
    assert got.status == 400
    assert got.told["http_status"] == "400"


def test_a_field_may_not_come_twice(at: Hub) -> None:
    twice = [("limit", "1"), ("limit", "2")]
    assert at.ask("GET", f"{AT}objects/", fields=twice).status == 400
    path = f"{AT}objects/{name_of(1)}/"
    assert at.ask("GET", path, fields={"match[id]": name_of(1)}).status == 400


@pytest.mark.parametrize(
    "value",
    ["' OR '1'='1", "x'; DROP TABLE versions; --", "%", "*", "?", "$1", '"', "\\", "🙂", "[]"],
)
def test_a_value_that_looks_like_sql_matches_nothing(at: Hub, value: str) -> None:
    at.add(thing(1))
    assert at.ids(match_id=value) == []
    assert at.ids(match_type=value) == []
    assert at.ids() == [name_of(1)]


def test_a_next_is_bound_to_its_question_and_client(at: Hub) -> None:
    at.add(*(thing(i) for i in range(9)))
    got = at.ask("GET", f"{AT}objects/", fields={"limit": "2"})
    token = got.told["next"]
    for who, fields, path in (
        ("bob", {}, "objects/"),
        ("ann", {"match[type]": "indicator"}, "objects/"),
        ("ann", {"added_after": "2026-01-01T00:00:00Z"}, "objects/"),
        ("ann", {}, "manifest/"),
    ):
        asked = {**fields, "next": token}
        assert at.ask("GET", AT + path, who=who, fields=asked).status == 400
    # The limit may change between pages.
    rest = at.ask("GET", f"{AT}objects/", fields={"limit": "5", "next": token})
    assert [one["id"] for one in rest.told["objects"]] == [name_of(i) for i in range(2, 7)]


@pytest.mark.parametrize(
    "path",
    [
        "/", "/nothing/", "/api/status/", "/api/status/x/", "/api/collections/x/",
        f"{AT}objects/../objects/", f"{AT}objects/%00/", f"{AT}objects//versions/",
        "/api//collections/", f"{AT}objects/a%2Fb/", "/api/collections/%F0%9F%99%82/objects/",
        "/" + "a" * 2_000, "/metrics",
    ],
)  # fmt: skip
def test_odd_addresses_lead_nowhere(at: Hub, path: str) -> None:
    assert at.ask("GET", path).status == 404


def test_probes_ask_for_nobody(at: Hub) -> None:
    assert at.ask("GET", "/healthz", who="").told == {"alive": True}
    assert at.ask("GET", "/readyz", who="").told == {"ready": True}
    assert at.ask("GET", "/openapi.json", who="").told["openapi"].startswith("3.")
