"""Remote code is read, and what it would do is said in sentences."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.vet.files import Verdict, remote_code
from tests.rooms.vet.files_made import sources
from tests.rooms.vet.files_made.hostile_others import REMOTE

PACKED = base64.b64encode(bytes(range(256)) * 3).decode()


@pytest.mark.parametrize("name", REMOTE)
def test_hostile_code_is_found(name):
    assert remote_code.examine(REMOTE[name]).verdict is Verdict.MALICIOUS


@pytest.mark.parametrize(
    ("source", "verdict"),
    [(sources.CONFIGURATION, Verdict.CLEAN), (sources.MODELING, Verdict.CLEAN),
     (sources.TOKENIZATION, Verdict.UNKNOWN_IMPORT)],
)  # fmt: skip
def test_honest_code_is_not_called_hostile(source, verdict):
    assert remote_code.examine(source).verdict is verdict


@pytest.mark.parametrize(
    ("source", "verdict", "word"),
    [
        ("from os import system as f\nf('x')", "malicious", "start another program"),
        ("import os as o\no.execv('/x', [])", "malicious", "os.execv"),
        ("import subprocess\nclass A:\n    x = subprocess.run(['a'])", "malicious", "loaded"),
        ("import requests\ndef f(u):\n    return requests.get(u)", "unknown import", "connection"),
        ("import requests\ndef f():\n    requests.get('https://a.example')", "malicious", "a.ex"),
        ("import requests\nrequests.get(input())", "malicious", "as soon as it is loaded"),
        ("def f(x):\n    return eval(x)", "malicious", "run code"),
        ("f = eval\nf('1')", "malicious", "run code"),
        ("import torch\ntorch.load('a', weights_only=False)", "malicious", "unpickle"),
        ("import torch\ntorch.load('a')", "clean", ""),
        ("x = ().__class__.__bases__[0].__subclasses__()", "malicious", "__subclasses__"),
        ("import importlib\ndef f(n):\n    importlib.import_module(n)", "unknown import", "name"),
        ("import importlib.util\nimportlib.util.find_spec('x')", "clean", ""),
        ("import made_up_package", "unknown import", "made_up_package"),
        ("import os\nx = os.environ.get('HOME')", "unknown import", "environment"),
        ("def f(p):\n    with open(p) as g:\n        return g.read()", "clean", ""),
        ("def f(p):\n    open(p, 'w').write('x')", "unknown import", "writing"),
        ("open('/etc/cron.d/x', 'w').write('x')", "malicious", "writing"),
        ("import torch\ntorch.ops.load_library('x.so')", "malicious", "native"),
        ("getattr(__import__('os'), 'sys' + 'tem')('x')", "malicious", "name that it makes"),
        ("import numpy as np\ngetattr(np, 'float' + '32')", "malicious", "name that it makes"),
        ("class A:\n    def f(self, n):\n        return getattr(self, n)", "clean", ""),
        ("import pickle\ndef f(b):\n    return pickle.loads(b)", "malicious", "unpickle"),
        ("def f(:", "not examined", "parsed"),
        (f"x = {PACKED!r}", "unknown import", "packed"),
        ("import transformers as t\nt.AutoModel.from_pretrained('a/b', trust_remote_code=True)",
         "malicious", "further code"),
    ],
)  # fmt: skip
def test_what_it_would_do(source, verdict, word):
    sight = remote_code.examine(source)
    assert sight.verdict.value == verdict, sight.because
    assert word in " ".join(sight.because)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    assert remote_code.examine(text).verdict in set(Verdict)


def test_code_nested_without_end_is_not_clean():
    deep = "x = " + "(" * 5_000 + ")" * 5_000
    assert remote_code.examine(deep).verdict is Verdict.NOT_EXAMINED
    chain = "x = a" + ".b" * 20_000
    assert remote_code.examine(chain).verdict is not Verdict.MALICIOUS
