"""The report as a STIX 2.1 bundle: campaign, notes, an opinion, a grouping and a report.

Small on purpose. Figures go by an extension of our own, as STIX 2.1 asks, whose definition is in
the bundle. Ids are made from the case and its last entry, so that the same case gives the same
bytes. No object names an organisation unless the document does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import stix2

#: namespace of ids that are made from names (RFC 4122, of our own).
SPACE = UUID("8a2f0c5e-7a3b-5d0c-9a44-6f6a1f0f5a01")
EXTENSION = f"extension-definition--{uuid5(SPACE, 'stillwatch.case-report/1')}"
AUTHOR = f"identity--{uuid5(SPACE, 'stillwatch')}"
#: the day on which the extension was defined.
DEFINED = datetime(2026, 11, 25, tzinfo=UTC)
SCHEMA_PLACE = "docs/rooms/attribute.md#the-stix-bundle"
#: what STIX calls the strength of agreement, by the likelihood of one hand.
_OPINIONS = {
    "almost certain": "strongly-agree", "very likely": "agree", "likely": "agree",
    "unlikely": "disagree", "very unlikely": "disagree", "remote": "strongly-disagree",
}  # fmt: skip
_CONFIDENCE = {"low": 15, "moderate": 50, "high": 85}
#: sections of the document that travel in the extension.
_CARRIED = (
    "schema", "case", "campaign", "as_of", "head", "covers", "n_entries", "organisation",
    "closed_by", "numbers", "term", "parts", "claims", "exclusions", "factors", "ranking",
    "sensitivity", "exhibits", "limits", "error_rates", "decisions", "deadlines", "naming",
)  # fmt: skip


def bundle_of(document: Mapping[str, Any]) -> str:
    """The bundle as JSON text.

    Args:
        document: of the schema ``stillwatch.case-report/1``.
    """
    when = datetime.fromisoformat(document["as_of"])
    since = datetime.fromisoformat(document["opened_at"])
    made = {"created": since, "modified": max(when, since), "created_by_ref": AUTHOR}
    author = stix2.Identity(
        id=AUTHOR, name="stillwatch", identity_class="system",
        created=DEFINED, modified=DEFINED,
    )  # fmt: skip
    extension = stix2.ExtensionDefinition(
        id=EXTENSION, name="stillwatch case report", schema=SCHEMA_PLACE, version="1.0.0",
        extension_types=["property-extension"], created=DEFINED, modified=DEFINED,
        created_by_ref=AUTHOR,
        description="Figures of a case report, as the JSON form of the report holds them.",
    )  # fmt: skip
    campaign = stix2.Campaign(
        id=_id("campaign", document["case"]), name=document["campaign"],
        description=" ".join(document["summary"]),
        first_seen=datetime.fromisoformat(document["window"]["from"]),
        last_seen=datetime.fromisoformat(document["window"]["to"]), **made,
    )  # fmt: skip
    notes = [
        stix2.Note(
            id=_id("note", f"{document['case']} {name}"), abstract=title, content=text,
            object_refs=[campaign.id], **made,
        )
        for name, title, text in _notes(document)
    ]  # fmt: skip
    objects = [author, extension, campaign, *notes, *_opinions(document, campaign.id, made)]
    refs = [one.id for one in objects if one.id not in (AUTHOR, EXTENSION)]
    grouping = stix2.Grouping(
        id=_id("grouping", document["case"]), name=document["case"],
        context="suspicious-activity", object_refs=refs, **made,
    )  # fmt: skip
    report = stix2.Report(
        id=_id("report", document["case"]), name=f"Case report {document['case']}",
        report_types=["campaign"], published=when, object_refs=[*refs, grouping.id],
        description=" ".join(document["summary"]),
        extensions={EXTENSION: {
            "extension_type": "property-extension",
            **{name: document[name] for name in _CARRIED if document[name] is not None},
        }},
        allow_custom=True, **made,
    )  # fmt: skip
    bundle = stix2.Bundle(
        id=_id("bundle", document["head"]), objects=[*objects, grouping, report],
        allow_custom=True,
    )  # fmt: skip
    return str(bundle.serialize(pretty=True)) + "\n"


def _notes(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    limits = "\n".join(one["says"] for one in document["limits"])
    return [
        ("summary", "Summary", "\n".join(document["summary"])),
        ("limits", "Limitations", limits),
    ]


def _opinions(document: Mapping[str, Any], about: str, made: dict[str, Any]) -> list[Any]:
    """One opinion, on one hand, where it was judged."""
    judged = [c for c in document["claims"] if c["claim"] == "one_operator" and c["band_percent"]]
    return [
        stix2.Opinion(
            id=_id("opinion", f"{document['case']} {claim['claim']}"),
            opinion=_OPINIONS.get(claim["word"], "neutral"),
            explanation=f"{claim['asks']} {claim['word'].capitalize()}; confidence in the sources"
            f" {claim['confidence']}.",
            confidence=_CONFIDENCE[claim["confidence"]], object_refs=[about], **made,
        )
        for claim in judged
    ]  # fmt: skip


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid5(SPACE, f'{kind} {name}')}"
