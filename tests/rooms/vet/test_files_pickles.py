"""Pickles are walked as the unpickler would walk them, and none of it is loaded."""

from __future__ import annotations

import io
import pickle
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.vet.files import Verdict, pickle_files
from stillwatch.vet.files.pickle_machine import walk
from stillwatch.vet.files.pickle_rules import renamed, rule_on_import
from tests.rooms.vet.files_made.every import HOSTILE
from tests.rooms.vet.files_made.hostile_pickles import call, classic, proto, value

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)
MARKER = Path("/nonexistent/marker")


def said(data: bytes) -> Verdict:
    return pickle_files.examine(io.BytesIO(data), len(data)).verdict


@given(PLAIN, st.integers(0, 5))
def test_plain_values_are_clean_and_read_to_the_end(what, protocol):
    data = pickle.dumps(what, protocol)
    sight = pickle_files.examine(io.BytesIO(data), len(data))
    assert (sight.verdict, sight.read_all) == (Verdict.CLEAN, True)


@given(st.lists(PLAIN, min_size=1, max_size=4), st.booleans())
def test_several_are_as_bad_as_the_worst(many, hostile):
    parts = [pickle.dumps(one) for one in many]
    if hostile:
        parts.insert(len(parts) // 2, classic(MARKER))
    assert said(b"".join(parts)) is (Verdict.MALICIOUS if hostile else Verdict.CLEAN)


@given(PLAIN, st.data())
def test_a_part_of_a_pickle_is_not_clean(what, data):
    whole = pickle.dumps(what, 4)
    at = data.draw(st.integers(1, len(whole) - 1))
    assert said(whole[:at]) is Verdict.NOT_EXAMINED


@given(st.binary(max_size=200))
def test_nothing_makes_it_fall_over(data):
    sight = pickle_files.examine(io.BytesIO(data), len(data))
    assert sight.verdict is not Verdict.CLEAN or sight.read_all


@given(PLAIN, st.binary(min_size=1, max_size=50))
def test_what_follows_a_pickle_is_accounted_for(what, more):
    data = pickle.dumps(what, 2) + more
    sight = pickle_files.examine(io.BytesIO(data), len(data))
    assert sight.verdict is not Verdict.CLEAN or sight.read_all


class Inert:
    """Stands for everything that a pickle imports: it can be called and does nothing."""

    def __new__(cls, *words, **more):
        return object.__new__(cls)

    def __init__(self, *words, **more):
        pass

    def __call__(self, *words, **more):
        return Inert()

    def __setstate__(self, state):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert()


class Recording(pickle.Unpickler):
    """The real unpickler, which is given inert things in place of all that it asks for."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data), encoding="latin-1")
        self.asked = []

    def find_class(self, module, name):
        self.asked.append((module, name))
        return Inert

    def persistent_load(self, pid):
        return Inert()


SINGLE = [name for name in HOSTILE if name.startswith("call_")] + [
    "classic_text", "stack_global", "inst", "obj", "newobj", "dotted_builtins", "getattr_chain",
    "attrgetter", "partial_call", "memo_confusion", "truncated_after", "broken_after",
    "marshalled_code", "setitem_of_call", "sklearn_with_reduce", "lambda_by_cloudpickle",
]  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_it_sees_what_the_real_unpickler_asks_for(name, tmp_path):
    HOSTILE[name](tmp_path, tmp_path / "MARKER")
    data = (tmp_path / "model.pkl").read_bytes()
    real = Recording(data)
    try:
        real.load()
    except Exception as error:  # inert things do not behave, and some pickles are cut off
        assert real.asked, error
    ours = [renamed(module, name) for module, name in walk(io.BytesIO(data)).imports]
    assert {renamed(*one) for one in real.asked} <= set(ours)
    assert not (tmp_path / "MARKER").exists()


@given(PLAIN)
def test_the_real_unpickler_asks_for_nothing_that_was_not_seen(what):
    data = pickle.dumps([what, complex(1, 2), {3}, frozenset("a"), bytearray(b"x")], 2)
    real = Recording(data)
    with suppress(TypeError):  # inert things cannot be filled like a set
        real.load()
    seen = {renamed(*one) for one in walk(io.BytesIO(data)).imports}
    assert {renamed(*one) for one in real.asked} <= seen


@pytest.mark.parametrize(
    ("module", "name", "verdict"),
    [
        ("collections", "OrderedDict", None),
        ("numpy.core.multiarray", "_reconstruct", None),
        ("sklearn.svm._classes", "SVC", None),
        ("my_package.nets", "Net", Verdict.UNKNOWN_IMPORT),
        ("__main__", "Net", Verdict.UNKNOWN_IMPORT),
        ("os", "path", Verdict.MALICIOUS),
        ("numpy", "load", Verdict.MALICIOUS),
        ("numpy.testing._private.utils", "runstring", Verdict.MALICIOUS),
        ("sklearn.svm._classes", "os.system", Verdict.MALICIOUS),
        ("torch.nn.modules.linear", "math", Verdict.UNKNOWN_IMPORT),
        (None, "system", Verdict.MALICIOUS),
        ("copy_reg", "_reconstructor", None),
    ],
)
def test_the_list_decides(module, name, verdict):
    rule = rule_on_import(module, name)
    assert (rule and rule[0]) == verdict


def test_an_unknown_function_with_an_address_is_no_data():
    quiet = proto(2, call("my_package.ops", "build", "layer-1"))
    loud = proto(2, call("my_package.ops", "build", "https://127.0.0.1/weights"))
    assert (said(quiet), said(loud)) == (Verdict.UNKNOWN_IMPORT, Verdict.MALICIOUS)


def test_a_reason_names_what_is_called_and_with_what():
    data = classic(MARKER)
    because = pickle_files.examine(io.BytesIO(data), len(data)).because
    assert any("calls os.system with 'touch" in one for one in because)


def test_a_deep_or_long_pickle_ends():
    deep = proto(2, b"(" * 100_000 + b"N" + b"t" * 100_000)
    assert said(deep) in (Verdict.CLEAN, Verdict.NOT_EXAMINED)
    bomb = proto(2, value([]) + b"q\x00" + b"h\x00" * 50_000 + b"0" * 50_000)
    assert said(bomb) is Verdict.CLEAN


def test_raw_numbers_of_joblib_cannot_hide_a_pickle(tmp_path):
    import joblib
    import numpy as np

    path = tmp_path / "a.joblib"
    joblib.dump({"a": np.zeros(1000), "b": np.array([{"c": 1}], dtype=object)}, path)
    data = path.read_bytes()
    assert said(data) is Verdict.CLEAN
    assert said(data[:-1] + call("os", "system", "true") + b".") is Verdict.MALICIOUS
    assert said(data[: len(data) // 2]) is Verdict.NOT_EXAMINED
