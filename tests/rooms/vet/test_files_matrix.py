"""What is hostile is called so, what is honest is not, and nothing ever runs."""

from __future__ import annotations

import pytest

from stillwatch.adapters.scanning.jail import Isolation
from stillwatch.vet.files import Verdict
from stillwatch.vet.files.checks import OWN
from stillwatch.vet.files.records import alone_by
from tests.rooms.vet.files_made import chat_templates
from tests.rooms.vet.files_made.every import HONEST, HOSTILE
from tests.rooms.vet.files_made.matrix import matrix

QUICK = ("picklescan", "fickling")
ALL = ("picklescan", "fickling", "modelscan", "modelaudit")
#: honest, and yet nobody can vouch for every byte or every call of them.
NOT_CLEAN = {"onnx_data_beside": Verdict.NOT_EXAMINED, "remote_code": Verdict.UNKNOWN_IMPORT}


def test_there_are_enough_of_both():
    assert len(HOSTILE) >= 60
    assert len(HONEST) >= 30


def test_what_is_hostile_is_called_so_and_never_runs():
    found = matrix("hostile", QUICK)
    missed = {name for name in HOSTILE if found.verdicts[name] is not Verdict.MALICIOUS}
    assert missed == set()
    assert not found.marker.exists()


def test_what_is_honest_is_not_called_hostile():
    found = matrix("honest", QUICK)
    assert found.verdicts == {name: NOT_CLEAN.get(name, Verdict.CLEAN) for name in HONEST}
    assert not found.marker.exists()


def test_scanners_were_kept_apart_and_named():
    told = matrix("honest", QUICK).told
    assert told.isolation is Isolation.BUBBLEWRAP
    assert set(told.versions) == set(QUICK)
    assert set(told.absent) == set(ALL) - set(QUICK)
    assert told.cpu_s[OWN] > 0


def test_no_scanner_of_others_sees_what_is_no_pickle():
    found = matrix("hostile", QUICK)
    for name in ("template_word", "remote_os_system", "safetensors_trailing", "onnx_path_outside"):
        for scanner in QUICK:
            assert alone_by(scanner, found.records[name]) is Verdict.NOT_EXAMINED


def test_a_template_that_acts_on_a_digest_is_a_known_miss():
    from stillwatch.vet.files import templates

    said = templates.examine(chat_templates.HOSTILE["digest_of_word"])
    assert said.verdict is Verdict.CLEAN


@pytest.mark.scanners
def test_with_every_scanner():
    hostile, honest = matrix("hostile", ALL), matrix("honest", ALL)
    n_missed = sum(hostile.verdicts[name] is not Verdict.MALICIOUS for name in HOSTILE)
    assert n_missed <= 0.02 * len(HOSTILE)
    assert [name for name in HONEST if honest.verdicts[name] is Verdict.MALICIOUS] == []
    assert set(hostile.told.versions) == set(ALL)
    assert not hostile.marker.exists()
    for scanner in ALL:
        said = {alone_by(scanner, some) for some in hostile.records.values()}
        assert Verdict.MALICIOUS in said
