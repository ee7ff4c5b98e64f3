"""What other scanners print is read; what cannot be read is never clean.

The reports are those that the scanners printed about made files, cut to what is read of them.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.vet.files import Record, Sight, Verdict, joined, judged, outputs
from stillwatch.vet.files.coverage import SCANNERS, able
from stillwatch.vet.files.formats import Format

A, B = "/examined/000000-0/model.pkl", "/examined/000001-0/model.joblib"
MODELSCAN = {
    "summary": {
        "total_issues": 1, "modelscan_version": "0.8.8",
        "scanned": {"total_scanned": 2, "scanned_files": [
            "000000-0/model.pkl", "000002-0/pytorch_model.bin:archive/data.pkl"]},
    },
    "issues": [{"description": "Use of unsafe operator 'system' from module 'os'",
                "operator": "system", "module": "os", "source": "000000-0/model.pkl",
                "scanner": "modelscan.scanners.PickleUnsafeOpScan", "severity": "CRITICAL"}],
    "errors": [{"category": "PICKLE_GENOPS", "source": "000001-0/model.joblib",
                "description": "Parsing error: at position 0, opcode b'x' unknown"}],
}  # fmt: skip
MODELAUDIT = {
    "issues": [
        {"message": "Found REDUCE opcode invoking dangerous global: os.system",
         "severity": "critical", "location": f"{A} (pos 37)", "rule_code": "S201"},
        {"message": "Found non-allowlisted import-only global reference: a.B",
         "severity": "warning", "location": f"{B} (decompressed) (pos 58)"},
        {"message": "Nested pickle analysis did not complete", "severity": "critical",
         "location": f"{B} (nested raw pickle at pos 26)",
         "details": {"analysis_incomplete": True}},
    ],
    "file_metadata": {A: {"scanner_dependency_ids": ["pickle"]},
                      B: {"scanner_dependency_ids": ["joblib", "pickle"]},
                      "/examined/000003-0/a.gguf": {"scanner_dependency_ids": ["gguf"]},
                      "/examined/000004-0/a.py": {"scanner_dependency_ids": ["unknown"]},
                      "/examined/000005-0/a.pt": {"scanner_dependency_ids": ["pytorch_zip"],
                                                  "scan_outcome": "inconclusive"}},
}  # fmt: skip


def verdicts(found: dict[str, Sight]) -> dict[str, str]:
    return {view: sight.verdict.value for view, sight in found.items()}


def test_modelscan():
    bare = "/examined/000002-0/pytorch_model.bin"
    views = [A, B, bare, "/examined/000009-0/never.h5"]
    found = outputs.of_modelscan(json.dumps(MODELSCAN).encode(), views)
    assert list(verdicts(found).values()) == ["malicious", "not examined", "clean", "not examined"]
    assert "Parsing error" in found[B].because[0]


def test_modelaudit():
    views = [*MODELAUDIT["file_metadata"], "/examined/000006-0/b.py"]
    found = outputs.of_modelaudit(json.dumps(MODELAUDIT).encode(), views)
    assert list(verdicts(found).values()) == [
        "malicious", "unknown import", "clean", "not examined", "not examined", "not examined",
    ]  # fmt: skip


def test_picklescan():
    lines = [
        {"path": A, "size": 9, "end": 9, "err": False, "scanned": 1, "said": [],
         "globals": [["os", "system", "dangerous"], ["collections", "OrderedDict", "innocuous"]]},
        {"path": B, "size": 9, "end": 9, "err": False, "scanned": 1, "said": [],
         "globals": [["a", "B", "suspicious"]]},
        {"path": "c", "size": 9, "end": 9, "err": False, "scanned": 1, "said": [], "globals": []},
        {"path": "d", "size": 9, "end": 4, "err": False, "scanned": 1, "said": [], "globals": []},
        {"path": "e", "size": 9, "failed": "ValueError: no"},
    ]  # fmt: skip
    out = b"\n".join(json.dumps(one).encode() for one in lines)
    found = outputs.of_picklescan(out, [A, B, "c", "d", "e"])
    assert list(verdicts(found).values()) == [
        "malicious", "unknown import", "clean", "not examined", "not examined",
    ]  # fmt: skip


def test_fickling_knows_less_than_our_list():
    said = "`from joblib.numpy_pickle import NumpyArrayWrapper` is suspicious"
    worse = "`from os import system` is suspicious and indicative of an overtly malicious pickle"
    lines = [
        {"path": A, "n": 1, "whole": True, "errors": [],
         "found": [["LIKELY_OVERTLY_MALICIOUS", "UnsafeImports", worse]]},
        {"path": B, "n": 1, "whole": True, "errors": [],
         "found": [["LIKELY_OVERTLY_MALICIOUS", "UnsafeImports", said]]},
        {"path": "c", "n": 0, "whole": False, "errors": ["no pickle"], "found": []},
        {"path": "d", "n": 1, "whole": True, "errors": [], "found": []},
    ]  # fmt: skip
    out = b"\n".join(json.dumps(one).encode() for one in lines)
    found = outputs.of_fickling(out, [A, B, "c", "d"])
    assert list(verdicts(found).values()) == [
        "malicious", "unknown import", "not examined", "clean",
    ]  # fmt: skip


READERS = (outputs.of_picklescan, outputs.of_fickling, outputs.of_modelscan, outputs.of_modelaudit)


@pytest.mark.parametrize("read", READERS)
@given(out=st.binary(max_size=200) | st.just(b"[]") | st.just(b"{}") | st.just(b'{"issues": []}'))
def test_what_is_no_report_makes_nothing_clean(read, out):
    try:
        found = read(out, [A, B])
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # whoever asked counts this as not examined
    assert Verdict.CLEAN not in {one.verdict for one in found.values()}


SIGHTS = st.builds(
    Sight, scanner=st.sampled_from(sorted(SCANNERS)), verdict=st.sampled_from(Verdict),
    read_all=st.booleans(),
)  # fmt: skip


@given(st.lists(SIGHTS, max_size=5), st.frozensets(st.sampled_from(sorted(SCANNERS))))
def test_clean_needs_one_who_can_read_it_and_did(sights, who):
    verdict = joined(sights, who, own="stillwatch")
    if verdict is Verdict.CLEAN:
        assert any(
            one.verdict is Verdict.CLEAN and one.read_all and one.scanner in who for one in sights
        )
    if any(one.verdict is Verdict.MALICIOUS for one in sights):
        assert verdict is Verdict.MALICIOUS
    assert joined(sights[::-1], who, own="stillwatch") is verdict


@given(st.lists(SIGHTS, min_size=1, max_size=4), st.lists(SIGHTS, max_size=4))
def test_an_archive_is_no_better_than_what_it_holds(inner, outer):
    records = [
        Record(number=0, shown="a.zip", size=1, digest="", formats=(Format.ZIP,), sights=outer),
        Record(number=1, shown="a.zip!b", size=1, digest="", formats=(Format.PICKLE,), depth=1,
               parent=0, sights=inner),
    ]  # fmt: skip
    found = judged(records)
    order = list(Verdict)
    assert order.index(found[0]) <= order.index(found[1])


def test_a_file_that_can_be_taken_for_two_needs_one_who_reads_both():
    assert "picklescan" in able((Format.PICKLE,))
    assert "picklescan" not in able((Format.PICKLE, Format.ZIP))
    assert able((Format.UNKNOWN,)) == frozenset()
