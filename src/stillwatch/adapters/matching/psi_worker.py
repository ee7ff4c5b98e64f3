"""The process that does the arithmetic of private set intersection; started by ``workers``.

It runs apart, in whatever environment has the library (kept: openmined-psi), reads what a
partner sent as bytes, and holds no file and no socket: what could go wrong in it stays in it. It
imports nothing of stillwatch. Frames on stdin and stdout are two lengths (8 bytes each), a JSON
head, a body.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from typing import Any, BinaryIO

import private_set_intersection.python as psi

POINT = 33
"""Bytes of one element: a compressed point of P-256."""
_SIZES = struct.Struct(">QQ")


def cut(body: bytes) -> list[bytes]:
    """A body as elements."""
    if len(body) % POINT:
        raise ValueError("the length is no multiple of an element's")
    return [body[at : at + POINT] for at in range(0, len(body), POINT)]


def work(head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Do one piece of work."""
    do, names = head["do"], not head.get("size", False)
    key = bytes.fromhex(head["key"]) if head.get("key") else b""
    if do == "key":
        return {"key": psi.server.CreateWithNewKey(True).GetPrivateKeyBytes().hex()}, b""
    if do == "set":
        server = psi.server.CreateFromKey(key, names)
        made = server.CreateSetupMessage(0.0, 1, head["items"], psi.DataStructure.RAW)
        return {}, b"".join(made.raw.encrypted_elements)
    if do == "ask":
        client = psi.client.CreateFromKey(key, names)
        return {}, b"".join(client.CreateRequest(head["items"]).encrypted_elements)
    if do == "answer":
        asked = psi.Request(reveal_intersection=names, encrypted_elements=cut(body))
        found = psi.server.CreateFromKey(key, names).ProcessRequest(asked)
        return {}, b"".join(found.encrypted_elements)
    if do == "meet":
        setup = psi.ServerSetup()
        setup.raw.encrypted_elements.extend(cut(body[head["n_answers"] * POINT :]))
        answer = psi.Response(encrypted_elements=cut(body[: head["n_answers"] * POINT]))
        client = psi.client.CreateFromKey(key, names)
        if names:
            return {"positions": list(client.GetIntersection(setup, answer))}, b""
        return {"n": client.GetIntersectionSize(setup, answer)}, b""
    raise ValueError(f"unknown work: {do}")


def _read(stream: BinaryIO, n: int) -> bytes:
    data = stream.read(n)
    if len(data) != n:
        raise EOFError
    return data


def main() -> None:
    """Work until stdin ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            n_head, n_body = _SIZES.unpack(_read(source, _SIZES.size))
            head, body = json.loads(_read(source, n_head)), _read(source, n_body)
        except EOFError:
            return
        try:
            told, out = work(head, body)
        except (RuntimeError, ValueError, TypeError, MemoryError) as error:
            told, out = {"error": type(error).__name__}, b""
        data = json.dumps(told).encode()
        sink.write(_SIZES.pack(len(data), len(out)) + data)
        sink.write(out)
        sink.flush()


if __name__ == "__main__":
    main()
