"""Statement: what is signed about a review, in the form of in-toto.

The subjects are the tool itself: the digest of every file, and of every endpoint's address and
model. The predicate names the report's forms by digest, so that one signature covers all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput
from stillwatch.vet.review.document import shown_outcomes

TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://stillwatch/vet-review/v1"


def statement_of(document: Mapping[str, Any], forms: Mapping[str, bytes]) -> dict[str, Any]:
    """The statement about a review.

    Args:
        document: of the schema ``stillwatch.review/1``.
        forms: name and bytes of every file of the report, but for the attestation itself.

    Raises:
        BadInput: the tool has neither a file nor an endpoint, so that nothing is bound.
    """
    subjects = list(_subjects(document))
    if not subjects:
        raise BadInput("there is neither a file nor an endpoint to speak of.", where="attestation")
    return {
        "_type": TYPE,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": {
            "tool": {name: document["tool"][name] for name in ("name", "version", "vendor")},
            "mode": document["mode"],
            "madeAt": document["made_at"],
            "retestOn": document["retest_on"],
            "reviewer": document["by"],
            "answer": document["answer"]["answer"],
            "outcomes": dict(shown_outcomes(document)),
            "notExamined": [one["name"] for one in document["not_examined"]],
            "dissents": [one["by"] for one in document["dissents"]],
            "vendorState": document["vendor"]["state"],
            "withheldPoints": document["withheld"]["n_points"],
            "report": [
                {"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}
                for name, content in sorted(forms.items())
            ],
        },
    }


def _subjects(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in document["files"]["listed"]:
        yield {"name": one["path"], "digest": {"sha256": one["sha256"]}}
    for one in document["tool"]["endpoints"]:
        named = spell({"address": one["address"], "model": one["model"]})
        yield {
            "name": f"endpoint:{one['name']}",
            "uri": one["address"],
            "digest": {"sha256": hashlib.sha256(named).hexdigest()},
        }
