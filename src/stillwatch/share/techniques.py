"""Techniques: what the other side does, under our numbers and those of MITRE ATLAS.

The list. ATLAS numbers are those of version 5.6.1, which is pinned: a bulletin says it, so that a
later renumbering cannot change what was told. Where ATLAS has no technique there is none here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ATLAS_VERSION: Final = "5.6.1"
ATLAS_URL: Final = "https://atlas.mitre.org/techniques/"
ATTACK_URL: Final = "https://attack.mitre.org/techniques/"


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique.

    Args:
        id: ours, ``SWT-...``.
        name: a few words.
        atlas: numbers of ATLAS, the nearest first; empty where it has none.
        attack: numbers of ATT&CK.
    """

    id: str
    name: str
    atlas: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()


_T = Technique

TECHNIQUES: tuple[Technique, ...] = (
    _T("SWT-A1", "mass accounts under false identities", ("AML.T0021",), ("T1585",)),
    _T("SWT-A2", "hydra cluster or reseller", ("AML.T0008.005",)),
    _T("SWT-A3", "stolen, virtual or shared cards", (), ("T1585",)),
    _T("SWT-A4", "stolen keys", ("AML.T0012", "AML.T0091.000"), ("T1078", "T1550.001")),
    _T("SWT-A5", "abuse of programmes", ("AML.T0021",)),
    _T("SWT-A6", "subscriptions shared in bulk", ("AML.T0012",)),
    _T("SWT-A7", "several pathways at once", ("AML.T0040", "AML.T0047")),
    _T("SWT-A8", "shell company as a proxy", ("AML.T0008.005",)),
    _T("SWT-E1", "residential proxies and many hops", (), ("T1090.002", "T1090.003")),
    _T("SWT-E2", "load balanced over accounts"),
    _T("SWT-E3", "mixed with innocent traffic"),
    _T("SWT-E4", "a second pool after a ban", ("AML.T0021",)),
    _T("SWT-E5", "failover between pathways"),
    _T("SWT-E6", "metadata stripped"),
    _T("SWT-E7", "varied kinds of accounts", ("AML.T0021",)),
    _T("SWT-E8", "probing for countermeasures", ("AML.T0042", "AML.T0063")),
    _T("SWT-E9", "moving to the least guarded model"),
    _T("SWT-L1", "narrow templates at scale", ("AML.T0065",)),
    _T("SWT-L2", "reasoning of a finished answer", ("AML.T0065", "AML.T0057")),
    _T("SWT-L3", "one injected prompt, reasoning in tags", ("AML.T0051.000", "AML.T0054")),
    _T("SWT-L4", "pretended debugging", ("AML.T0051.000", "AML.T0054")),
    _T("SWT-L5", "translated or re-encoded reasoning", ("AML.T0068",)),
    _T("SWT-L6", "reasoning replayed elsewhere", ("AML.T0024",)),
    _T("SWT-L7", "search for a bypass", ("AML.T0042", "AML.T0063")),
    _T("SWT-L8", "the teacher as a judge"),
    _T("SWT-L9", "tasks and environments made in bulk", ("AML.T0065",)),
    _T("SWT-L10", "sensitive questions rewritten"),
    _T("SWT-L11", "the teacher cleans what was taken"),
    _T("SWT-L12", "confusion of persona", ("AML.T0051.000",)),
    _T("SWT-H1", "a copy by way of the interface",
       ("AML.T0024.002", "AML.T0024", "AML.T0005.001")),
    _T("SWT-H2", "users rerouted as they ask"),
    _T("SWT-H3", "sessions stored, then replayed"),
    _T("SWT-H4", "transcripts bought", ("AML.T0035",)),
    _T("SWT-H5", "users of harnesses selected"),
    _T("SWT-H6", "pipelines of several stages"),
    _T("SWT-H7", "a new model within a day"),
    _T("SWT-U1", "a student trained", ("AML.T0005.001",)),
    _T("SWT-U2", "student or corpus released", ("AML.T0048.004", "AML.T0048.002", "AML.T0048.003")),
)  # fmt: skip

BY_ID: dict[str, Technique] = {one.id: one for one in TECHNIQUES}


def references(technique: Technique) -> list[dict[str, str]]:
    """A technique's external references as STIX writes them; ours first."""
    found = [{"source_name": "stillwatch", "external_id": technique.id}]
    found += [
        {
            "source_name": "mitre-atlas",
            "description": f"MITRE ATLAS {ATLAS_VERSION}",
            "external_id": number,
            "url": ATLAS_URL + number,
        }
        for number in technique.atlas
    ]
    found += [
        {
            "source_name": "mitre-attack",
            "external_id": number,
            "url": ATTACK_URL + number.replace(".", "/"),
        }
        for number in technique.attack
    ]
    return found
