"""A file is what its bytes are; headers that say too much are found."""

from __future__ import annotations

import io
import json
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError, deserialize

from stillwatch.vet.files import (
    Verdict,
    arrays,
    checks,
    gguf_header,
    onnx,
    safetensors_header,
    texts,
)
from stillwatch.vet.files.formats import HEAD_BYTES, Format, sniff
from stillwatch.vet.files.names import OWNERS, PACKAGES, nearest
from tests.rooms.vet.files_made.chat_templates import CHATML
from tests.rooms.vet.files_made.hostile_others import tensors, write_gguf
from tests.rooms.vet.files_made.onnx_files import onnx_model


def kinds(data: bytes, name: str = "file") -> tuple[Format, ...]:
    head = data[:HEAD_BYTES]
    return sniff(head, data[-66_000:], len(data), name, lambda: io.BytesIO(head))


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.safetensors", "a", "a.png", "a.py"])
def test_no_name_hides_a_pickle(name):
    for protocol in range(6):
        assert Format.PICKLE in kinds(pickle.dumps({"a": np.arange(3)}, protocol), name)


@pytest.mark.parametrize(
    "text",
    ["cat\nos\nsystem\n(hello\n", "# Readme\n\n. and so on\n", "import os\n", "I am text.\n",
     "(a)\n", "case\nchild\ncold\n", "]\n", "N.\n", "version 1.0\n", '{"a": 1}\n', "0\n1\n2\n"],
)  # fmt: skip
def test_text_is_no_pickle_unless_it_works_as_one(text):
    found = kinds(text.encode(), "notes.txt")
    assert Format.PICKLE not in found or text == "N.\n"


@given(st.binary(min_size=1, max_size=400))
def test_raw_numbers_are_not_called_hostile(data):
    sight = checks.as_pickle_too(io.BytesIO(data), len(data))
    assert sight is None
    if data[:1] != b"\x80":
        assert Format.PICKLE not in kinds(data, "weights.bin") or data[-1:] == b"."


@given(st.binary(max_size=3000), st.text(max_size=10))
def test_every_file_is_something(data, name):
    found = kinds(data, name)
    assert found
    assert len(set(found)) == len(found)


@given(st.data())
def test_what_we_call_clean_the_library_of_safetensors_takes(data):
    made = bytearray(tensors())
    for _ in range(data.draw(st.integers(0, 3))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    if cut := data.draw(st.integers(0, 2)):
        made = made[:-cut] if data.draw(st.booleans()) else made + bytes(cut)
    sight = safetensors_header.examine(io.BytesIO(bytes(made)), len(made))
    try:
        deserialize(bytes(made))
    except SafetensorError:
        assert sight.verdict is not Verdict.CLEAN
    else:
        assert sight.verdict is Verdict.CLEAN or "metadata" in str(sight.because)


def test_a_whole_gguf_is_clean_and_no_part_of_it_is(tmp_path):
    write_gguf(tmp_path / "model.gguf", CHATML)
    data = (tmp_path / "model.gguf").read_bytes()
    sight, templates = gguf_header.examine(io.BytesIO(data), len(data))
    assert (sight.verdict, sight.read_all) == (Verdict.CLEAN, True)
    assert templates == {"tokenizer.chat_template": CHATML}
    for n in range(8, len(data), 7):
        cut, _ = gguf_header.examine(io.BytesIO(data[:n]), n)
        assert cut.verdict is Verdict.NOT_EXAMINED


@given(st.integers(4, 500), st.integers(0, 255))
def test_a_changed_gguf_never_breaks_the_reader(at, byte):
    data = bytearray(_gguf())
    data[at % len(data)] = byte
    sight, _ = gguf_header.examine(io.BytesIO(bytes(data)), len(data))
    assert sight.verdict in set(Verdict)


def _gguf() -> bytes:
    text = b"{% for m in messages %}{{ m }}{% endfor %}"
    key = b"tokenizer.chat_template"
    pair = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    tensor = struct.pack("<Q", 1) + b"w" + struct.pack("<IQIQ", 1, 4, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + pair + tensor
    return head + bytes(-len(head) % 32) + bytes(32)


@pytest.mark.parametrize(
    ("location", "verdict"),
    [("", Verdict.CLEAN), ("weights/a.bin", Verdict.CLEAN), ("../a", Verdict.MALICIOUS),
     ("/etc/passwd", Verdict.MALICIOUS), ("C:\\a", Verdict.MALICIOUS),
     ("a/../../b", Verdict.MALICIOUS), ("..\\a", Verdict.MALICIOUS)],
)  # fmt: skip
def test_onnx_data_stand_beside_the_model(location, verdict):
    assert onnx.examine(onnx_model(location=location)).verdict is verdict


def test_onnx_operators_of_others_are_named():
    sight = onnx.examine(onnx_model(domain="my.ops"))
    assert sight.verdict is Verdict.UNKNOWN_IMPORT
    assert "my.ops" in sight.because[0]
    assert onnx.examine(b"\x08\x09garbage").verdict is Verdict.NOT_EXAMINED


def test_numbers_behind_an_array_are_found():
    out = io.BytesIO()
    np.save(out, np.arange(5))
    data = out.getvalue()
    for more, verdict in ((b"", Verdict.CLEAN), (b"x", Verdict.MALICIOUS)):
        stream = io.BytesIO(data + more)
        assert arrays.examine(stream, len(data + more)).verdict is verdict
    assert arrays.examine(io.BytesIO(data[:-1]), len(data) - 1).verdict is Verdict.NOT_EXAMINED


@pytest.mark.parametrize("known", sorted(PACKAGES | OWNERS))
def test_no_well_known_name_is_taken_for_another(known):
    assert nearest(known, PACKAGES | OWNERS) is None
    assert nearest(known.upper().replace("-", "_"), PACKAGES | OWNERS) is None


@pytest.mark.parametrize(
    ("name", "near"),
    [("transfomers", "transformers"), ("transforrners", "transformers"), ("t0rchvision",
     "torchvision"), ("safe-tensors", "safetensors"), ("huggingface-hup", "huggingface-hub")],
)  # fmt: skip
def test_a_name_a_letter_off_is_told(name, near):
    assert nearest(name, PACKAGES) == near


def test_a_configuration_says_what_it_sets_off():
    told = {"auto_map": {"AutoModel": ["someone/else--modeling.Net", None]}}
    sight = texts.examine(json.dumps(told), "config.json")
    assert sight.verdict is Verdict.UNKNOWN_IMPORT
    assert "someone/else" in " ".join(sight.because)
    assert texts.examine("[" * 100_000, "config.json").verdict is Verdict.CLEAN
