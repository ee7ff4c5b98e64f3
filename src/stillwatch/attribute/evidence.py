"""Evidence: which kinds are direct, and where two findings would come from one source.

Direct is a record that itself names or shows the thing: a payment in the organisation's name, a
registration, metadata of a request, an admission, a court's record. All else is indirect. Whether
a record is what it claims to be is for the person who admits it into the case, under their name.
"""

from __future__ import annotations

from collections.abc import Collection

from stillwatch.model.finding import Finding

#: kinds of evidence (what stands before the colon of a ref) that are direct.
DIRECT: tuple[tuple[str, str], ...] = (
    ("payment_record", "a payment in the party's name"),
    ("registration_record", "a registration in the party's name"),
    ("request_metadata", "metadata of requests that names the party"),
    ("internal_record", "a document of the party's own"),
    ("admission", "the party says so"),
    ("court_record", "a finding or record of a court"),
)
_KINDS = frozenset(kind for kind, _ in DIRECT)


def is_direct(finding: Finding) -> bool:
    """Whether a finding rests on a record of a direct kind.

    What a partner tells is hearsay here: the record is theirs, and is direct in their case.
    """
    if finding.family.startswith("partner:"):
        return False
    return any(ref.partition(":")[0] in _KINDS for ref in finding.evidence)


def is_echo(finding: Finding, ours: Collection[str]) -> bool:
    """Whether a partner's finding rests on something of our own: it would be heard twice.

    Args:
        finding: of whatever family.
        ours: refs of our case, campaign, results, findings and entries.
    """
    return finding.family.startswith("partner:") and any(ref in ours for ref in finding.evidence)


def origin_of(family: str) -> str:
    """What a family counts as where families must be independent: all partners are one.

    Partners hear from one another and from us, so that two of them may be one source.
    """
    return "partner" if family.startswith("partner:") else family
