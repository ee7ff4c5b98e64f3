"""Parts of a vetting travel whole; probes that cannot be asked are refused."""

import json
from dataclasses import replace

import pytest

from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity
from stillwatch.vet import Message, Outcome, Part, Point, Probe, Severity, part_from

PART = Part(
    name="files",
    subject="folder",
    outcome=Outcome.CONCERN,
    because="one file runs a program when it is loaded.",
    points=(
        Point(
            title="runs a program",
            severity=Severity.CRITICAL,
            observed="REDUCE of os.system",
            value=Quantity(best=0.2, low=0.1, high=0.4, unit="share"),
            p_value=0.01,
            log2_e=3.0,
        ),
        Point(title="no licence", severity=Severity.NOTE, observed="none stands there"),
    ),
    not_covered=("weights.bin: no scanner reads it",),
    tools={"picklescan": "1.0.5"},
    known_evasions={"picklescan": ("a blocklist can be got round",)},
    measured={"n": 3},
)


def test_a_part_comes_back_as_it_was_told():
    assert part_from(json.loads(json.dumps(PART.to_json()))) == PART


@pytest.mark.parametrize(
    "change", [{"schema": "x/1"}, {"outcome": "fine"}, {"points": [{}]}, {"more": 1}]
)
def test_what_is_no_part_is_refused(change):
    with pytest.raises(BadInput):
        part_from({**PART.to_json(), **change})


@pytest.mark.parametrize("p", [0.0, -0.1, 1.5])
def test_a_number_outside_of_0_to_1_is_no_p_value(p):
    with pytest.raises(BadInput):
        replace(PART.points[0], p_value=p)


def test_a_probe_is_another_one_when_what_is_asked_changes():
    probe = Probe(name="a", messages=(Message("user", "hello"),))
    assert probe.digest() == replace(probe, tags={"for": "x"}).digest()
    assert probe.digest() != replace(probe, max_tokens=9).digest()
    assert probe.digest() != replace(probe, messages=(Message("user", "hallo"),)).digest()


@pytest.mark.parametrize("change", [{"messages": ()}, {"n_samples": 0}, {"temperature": -1.0}])
def test_a_probe_that_cannot_be_asked_is_refused(change):
    told = {"name": "a", "messages": (Message("user", "hello"),)}
    with pytest.raises(BadInput):
        Probe(**{**told, **change})


def test_an_unknown_role_is_refused():
    with pytest.raises(BadInput):
        Message("tool", "x")
