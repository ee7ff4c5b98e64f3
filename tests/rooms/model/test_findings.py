"""What the words promise: ids are digests, families do not add within themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import FAMILIES, Claim, Finding, bits_by_family, finding_from
from stillwatch.model.marking import LegalBasis, Marking, Purpose, Tlp, marking_from
from stillwatch.model.party import Party, party_from
from stillwatch.model.quantity import Quantity, exactly

BITS = st.floats(-30, 30, allow_nan=False)
FINDINGS = st.builds(
    lambda bits, family, claim: Finding(
        about="campaign:1",
        claim=claim,
        value=exactly(bits, "bit"),
        family=family,
        evidence=(),
        method="test",
        window=(0, 1),
    ),
    BITS,
    st.sampled_from([*FAMILIES, "partner:north"]),
    st.sampled_from(Claim),
)


@given(st.lists(FINDINGS, max_size=20), st.randoms(use_true_random=False))
def test_order_and_repetition_change_no_weight(findings: list[Finding], dice) -> None:  # type: ignore[no-untyped-def]
    mixed = [*findings, *findings[: len(findings) // 2]]
    dice.shuffle(mixed)
    for claim in Claim:
        assert bits_by_family(findings, claim) == bits_by_family(mixed, claim)


@given(FINDINGS)
def test_a_finding_survives_its_json(finding: Finding) -> None:
    assert finding_from(finding.to_json()) == finding


@given(FINDINGS, BITS)
def test_a_changed_finding_is_refused(finding: Finding, bits: float) -> None:
    told = {**finding.to_json(), "value": exactly(bits, "bit").to_json()}
    if bits == finding.value.best:
        return
    with pytest.raises(BadInput, match="not the digest"):
        finding_from(told)


def test_a_quantity_holds_its_value() -> None:
    with pytest.raises(BadInput, match="outside its interval"):
        Quantity(best=2.0, low=3.0, high=4.0, unit="bit")
    with pytest.raises(BadInput, match="finite"):
        exactly(float("nan"), "bit")


def test_unknown_families_and_reversed_windows_are_refused() -> None:
    good = Finding(
        about="campaign:1",
        claim=Claim.COVERT,
        value=exactly(1.0, "bit"),
        family="timing",
        evidence=("evidence:1",),
        method="test",
        window=(0, 1),
    )
    with pytest.raises(BadInput, match="unknown family"):
        replace(good, family="country", id="")
    with pytest.raises(BadInput, match="before it begins"):
        replace(good, window=(2, 1), id="")


def test_markings_and_parties_survive_their_json() -> None:
    marking = Marking(
        tlp=Tlp.AMBER_STRICT,
        owner="north",
        until_us=5,
        basis=LegalBasis(name="agreement of 2026", kind="contract", from_us=0, until_us=4),
        purposes=frozenset({Purpose.DEFENCE, Purpose.POLICY}),
        jurisdictions=frozenset({"NO", "JP"}),
    )
    assert marking_from(marking.to_json()) == marking
    with pytest.raises(BadInput, match="not the digest"):
        marking_from({**marking.to_json(), "government": True})
    told = {name: value for name, value in marking.to_json().items() if name != "id"}
    basis = told["basis"]
    for changed in (
        {"until_us": "x"}, {"until_us": None}, {"until_us": True}, {"government": 1},
        {"owner": 5}, {"partners": "north"}, {"communities": [1]}, {"basis": None},
        {"basis": basis | {"until_us": "x"}}, {"basis": basis | {"from_us": 1.5}},
        {"basis": basis | {"name": 5}}, {"basis": basis | {"kind": None}},
    ):  # fmt: skip
        with pytest.raises(BadInput, match="is no marking"):
            marking_from({**told, **changed})
    assert marking.basis.holds(3)
    assert not marking.basis.holds(4)
    party = Party(name="south", communities=frozenset({"labs"}))
    assert party_from(party.to_json()) == party
    assert party_from({"name": "south", "communities": ["labs"]}) == party


def test_canonical_spelling_refuses_what_json_cannot_say() -> None:
    assert spell({"b": [1.0, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()
    with pytest.raises(BadInput, match="canonical"):
        spell(float("inf"))
    with pytest.raises(BadInput, match="canonical"):
        spell({"n": 2**60})
