"""The process that trains and asks nets; started by ``workers`` with an interpreter that has torch.

One thread each: two on a busy machine are slower than one. Frames on stdin and stdout are two
lengths (8 bytes each), a JSON head, and arrays as an uncompressed npz; a head with ``progress`` is
no answer yet. The process opens no file and no socket, and ends when its stdin does.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
import torch

from stillwatch.adapters.distilling.torch_answering import Poison, answer, foretold, likelihoods
from stillwatch.adapters.distilling.torch_net import Net, Shape, net_of, weights_of
from stillwatch.adapters.distilling.torch_training import gradient, train

_SIZES = struct.Struct(">QQ")
Arrays = dict[str, Any]
Told = tuple[dict[str, Any], Arrays]
Work = Callable[[dict[str, Any], Arrays, Callable[[float], None]], Told]


def _net(head: dict[str, Any], arrays: Arrays, prefix: str = "net.") -> Net:
    named = {name[len(prefix) :]: v for name, v in arrays.items() if name.startswith(prefix)}
    return net_of(Shape(**head["shape"]), named)


def _train(head: dict[str, Any], arrays: Arrays, tell: Callable[[float], None]) -> Told:
    net, losses, cpu_s = train(
        arrays["tokens"], arrays["scored"], Shape(**head["shape"]), steps=head["steps"],
        batch=head["batch"], rate=head["rate"], seed=head["seed"],
        on_step=lambda step: tell(step / head["steps"]),
    )  # fmt: skip
    return {"losses": losses, "train_cpu_s": cpu_s}, {
        f"net.{name}": value for name, value in weights_of(net).items()
    }


def _poison(head: dict[str, Any], arrays: Arrays) -> Poison | None:
    if not head.get("poison"):
        return None
    told = head["poison"]
    proxy = {n[6:]: v for n, v in arrays.items() if n.startswith("proxy.")}
    slope = {n[6:]: v for n, v in arrays.items() if n.startswith("slope.")}
    shape = Shape(**told["shape"])
    long = float(np.sqrt(sum((one.astype(np.float64) ** 2).sum() for one in slope.values())))
    size = told["reach"] / max(long, 1e-12)
    up, down = (
        net_of(shape, {n: proxy[n] + sign * size * slope[n] for n in proxy}) for sign in (1, -1)
    )
    return Poison(up, down, size, told["weight"])


def _answer(head: dict[str, Any], arrays: Arrays, _: Callable[[float], None]) -> Told:
    green = arrays.get("green")
    found = answer(
        _net(head, arrays), arrays["prompts"], n_new=head["n_new"],
        temperature=head["temperature"], seed=head["seed"], end=head["end"], pad=head["pad"],
        green=None if green is None else torch.from_numpy(green).float(),
        preference=head.get("preference", 0.0), poison=_poison(head, arrays),
    )  # fmt: skip
    return {}, {"tokens": found}


def _likelihoods(head: dict[str, Any], arrays: Arrays, _: Callable[[float], None]) -> Told:
    return {}, {"nats": likelihoods(_net(head, arrays), arrays["tokens"], arrays["scored"])}


def _foretold(head: dict[str, Any], arrays: Arrays, _: Callable[[float], None]) -> Told:
    return {}, {"p": foretold(_net(head, arrays), arrays["tokens"])}


def _gradient(head: dict[str, Any], arrays: Arrays, _: Callable[[float], None]) -> Told:
    found = gradient(_net(head, arrays), arrays["tokens"], arrays["scored"])
    return {}, {f"slope.{name}": value for name, value in found.items()}


def _hello(*_: object) -> Told:
    return {"torch": torch.__version__, "numpy": np.__version__}, {}


WORK: dict[str, Work] = {
    "hello": _hello, "train": _train, "answer": _answer, "likelihoods": _likelihoods,
    "foretold": _foretold, "gradient": _gradient,
}  # fmt: skip


def _read(stream: BinaryIO, n: int) -> bytes:
    data = stream.read(n)
    if len(data) != n:
        raise EOFError
    return data


def _send(stream: BinaryIO, head: dict[str, Any], arrays: Arrays) -> None:
    body = io.BytesIO()
    np.savez(body, **arrays)
    data = json.dumps(head).encode()
    stream.write(_SIZES.pack(len(data), body.getbuffer().nbytes) + data)
    stream.write(body.getbuffer())
    stream.flush()


def serve(known: Mapping[str, Work]) -> None:
    """Work until stdin ends.

    Args:
        known: what can be done, by the word that asks for it.
    """
    torch.set_num_threads(1)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    # What a library prints must not get between frames.
    sys.stdout = sys.stderr
    while True:
        try:
            n_head, n_body = _SIZES.unpack(_read(source, _SIZES.size))
            head = json.loads(_read(source, n_head))
            body = _read(source, n_body)
        except EOFError:
            return
        begun = time.process_time()
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in kept.files}
            told, made = known[head["do"]](
                head, arrays, lambda share: _send(sink, {"progress": share}, {})
            )
            told["cpu_s"] = time.process_time() - begun
        except (KeyError, ValueError, TypeError, RuntimeError, IndexError, zipfile.BadZipFile) as e:
            told, made = {"error": f"{type(e).__name__}: {e}"[:400]}, {}
        _send(sink, told, made)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    serve(WORK)
