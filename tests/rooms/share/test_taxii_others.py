"""Clients of others work unchanged: taxii2-client, cytaxii2 and curl; and whatever is sent."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from cytaxii2 import cytaxii2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)
from taxii2client.common import TokenAuth
from taxii2client.exceptions import AccessError
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from stillwatch.adapters.gateway.tokens import new_token
from stillwatch.model.party import Party
from stillwatch.share.taxii_words import Client
from tests.rooms.http.served import raw
from tests.rooms.share.taxii_hub import (
    AT,
    COLLECTION,
    PASSWORD,
    Hub,
    administer,
    emptied,
    fill,
    grants_of,
    hub,
    name_of,
    thing,
)

TOKEN, DIGEST = new_token()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    store = str(folder / "db")
    asyncio.run(fill(store))
    token = Client(name="token", party=Party(name="token"), token=DIGEST, grants={})

    async def add(admin: Any) -> None:
        await admin.put_client(token, new=True)
        await admin.grant("token", 1, grants_of(True))

    administer(store, add)
    with hub(store, folder, page_objects=10, requests_a_minute=1_000_000) as found:
        yield found


@pytest.fixture
def at(served: Hub) -> Iterator[Hub]:
    yield served
    asyncio.run(emptied(served.store))


def _discovery(at: Hub) -> str:
    return f"http://127.0.0.1:{at.port}/taxii2/"


def test_a_full_tour_with_taxii2_client(at: Hub) -> None:
    server = Server(_discovery(at), user="ann", password=PASSWORD)
    assert (server.title, len(server.api_roots)) == ("Hub", 1)
    root = server.default
    assert isinstance(root, ApiRoot)
    assert root.versions == ["application/taxii+json;version=2.1"]
    (collection,) = root.collections
    assert (collection.id, collection.alias, collection.can_write) == (
        COLLECTION, "bulletins", True,
    )  # fmt: skip
    things = [thing(i) for i in range(25)]
    status = collection.add_objects({"objects": [*things, {"type": "x", "id": "y"}]})
    assert (status.status, status.success_count, status.failure_count) == ("complete", 25, 1)
    assert root.get_status(status.id).success_count == 25
    for per_request in (4, 10, 100):
        pages = list(as_pages(collection.get_objects, per_request=per_request))
        assert [one for page in pages for one in page["objects"]] == things
        records = list(as_pages(collection.get_manifest, per_request=per_request))
        assert [one["id"] for page in records for one in page["objects"]] == [
            one["id"] for one in things
        ]
    added = collection.get_manifest(id=name_of(9))["objects"][0]["date_added"]
    rest = list(as_pages(collection.get_objects, per_request=6, added_after=added))
    assert [one for page in rest for one in page["objects"]] == things[10:]
    moment = datetime.fromisoformat(added).astimezone(UTC)
    assert collection.get_objects(added_after=moment, limit=2)["objects"] == things[10:12]
    assert collection.get_objects(type=["malware", "identity"]).get("objects", []) == []
    collection.add_objects(json.dumps({"objects": [thing(3, day=9, revoked=True)]}))
    assert len(collection.object_versions(name_of(3))["versions"]) == 2
    assert collection.get_object(name_of(3))["objects"][0]["revoked"] is True
    assert len(collection.get_object(name_of(3), version=["first", "last"])["objects"]) == 2
    collection.delete_object(name_of(3), version="last")
    assert collection.get_object(name_of(3))["objects"] == [things[3]]
    collection.delete_object(name_of(3))
    with pytest.raises(requests.HTTPError, match="404"):
        collection.get_object(name_of(3))


def test_taxii2_client_is_told_its_rights(at: Hub) -> None:
    reader = Collection(at.url, user="reader", password=PASSWORD)
    with pytest.raises(AccessError):
        reader.add_objects({"objects": [thing(1)]})
    with pytest.raises(requests.HTTPError, match="404"):
        Collection(at.url, user="eve", password=PASSWORD).get_objects()
    with pytest.raises(requests.HTTPError, match="401"):
        Collection(at.url, user="ann", password="wrong").get_objects()
    token = Collection(at.url, auth=TokenAuth(TOKEN))
    assert token.add_objects({"objects": [thing(1)]}).success_count == 1
    assert len(token.get_objects()["objects"]) == 1


def test_a_tour_with_cytaxii2(at: Hub) -> None:
    client = cytaxii2.cytaxii2(_discovery(at), "ann", PASSWORD)
    assert client.discovery_request()["response"]["title"] == "Hub"
    assert client.root_discovery()["response"]["title"] == "api"
    assert client.collection_request()["response"]["collections"][0]["id"] == COLLECTION
    assert client.collection_data_request(COLLECTION)["response"]["title"] == "Bulletins"
    sent = client.inbox_request(COLLECTION, json.dumps({"objects": [thing(i) for i in range(15)]}))
    assert (sent["status_code"], sent["response"]["success_count"]) == (202, 15)
    first = client.poll_request(COLLECTION, limit=10, object_type="indicator")["response"]
    rest = client.poll_request(COLLECTION, limit=10, object_type="indicator", next=first["next"])[
        "response"
    ]
    assert [o["id"] for o in first["objects"] + rest["objects"]] == [name_of(i) for i in range(15)]
    assert client.poll_request(COLLECTION, object_id="nothing")["response"] == {"more": False}


def test_curl_needs_no_more_than_the_documentation_says(at: Hub, tmp_path: Path) -> None:
    (tmp_path / "envelope.json").write_text(json.dumps({"objects": [thing(1)]}))

    def curl(*words: str) -> Any:
        done = subprocess.run(
            ["curl", "-sS", "-H", f"Authorization: Bearer {TOKEN}", *words],
            cwd=tmp_path, capture_output=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    kind = "Content-Type: application/taxii+json;version=2.1"
    assert curl("-H", kind, "--data-binary", "@envelope.json", f"{at.url}objects/")[
        "success_count"
    ] == 1  # fmt: skip
    assert curl("-g", f"{at.url}objects/?match[type]=indicator")["objects"] == [thing(1)]


OPERATIONS = (
    "GET /taxii2/",
    "GET /{root}/",
    "GET /{root}/status/{status}/",
    "GET /{root}/collections/",
    "GET /{root}/collections/{collection}/",
    "GET /{root}/collections/{collection}/manifest/",
    "GET /{root}/collections/{collection}/objects/",
    "POST /{root}/collections/{collection}/objects/",
    "GET /{root}/collections/{collection}/objects/{object}/",
    "DELETE /{root}/collections/{collection}/objects/{object}/",
    "GET /{root}/collections/{collection}/objects/{object}/versions/",
)


@pytest.fixture(scope="module")
def schema(served: Hub) -> Any:
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/openapi.json")


MODES = [(name, GenerationMode.POSITIVE) for name in OPERATIONS]
MODES += [
    (name, GenerationMode.NEGATIVE)
    for name in OPERATIONS
    if name.endswith(("/objects/", "/manifest/", "/{object}/"))
]


@pytest.mark.parametrize(("name", "mode"), MODES, ids=str)
def test_whatever_is_sent_the_answer_is_as_described(
    schema: Any, name: str, mode: GenerationMode
) -> None:
    method, _, path = name.partition(" ")
    operation = schema[path][method]

    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    def send(case: schemathesis.Case, known: bool) -> None:
        if known and "root" in case.path_parameters:
            case.path_parameters["root"] = "api"
            if "collection" in case.path_parameters:
                case.path_parameters["collection"] = COLLECTION
        case.call_and_validate(
            headers={"Authorization": f"Bearer {TOKEN}"},
            # A name can be well formed and lead nowhere, an id that is odd matches nothing, and
            # who sends wrong passwords is told to wait.
            excluded_checks=[positive_data_acceptance, negative_data_rejection, ignored_auth],
        )

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE


@given(st.binary(max_size=300), st.sampled_from(["GET", "POST", "DELETE", "PATCH"]))
@settings(max_examples=20)
def test_any_bytes_are_answered_or_closed(served: Hub, data: bytes, method: str) -> None:
    head = f"{method} {AT}objects/ HTTP/1.1\r\nauthorization: Bearer {TOKEN}\r\nhost: x\r\n"
    answer = raw(served.port, head.encode() + data + b"\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert b" 500 " not in answer[:20]
    assert served.ask("GET", "/healthz", who="").status == 200
