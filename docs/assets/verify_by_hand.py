"""Check a bundle without stillwatch: Python and the package `cryptography`, nothing else.

python verify_by_hand.py BUNDLE 'NAME+ID+KEY'

It looks at what matters most: that the log's key signed the head, that every entry stands under
it, signed and in order, that the last one lists all the others, and that every exhibit is what
was sealed. `stillwatch case verify` also looks at later keys, earlier heads, time stamps,
cosignatures, the bytes between the parts, and makes the weights again.
"""

import base64
import hashlib
import hmac
import json
import sys
import tarfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(data):
    """SHA-256."""
    return hashlib.sha256(data).digest()


bundle, line = sys.argv[1:]
name, _, told = line.strip().split("+", 2)
key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told)[1:])
with tarfile.open(bundle) as tar:
    files = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}

# The head: name, number of entries, root; signed with Ed25519 (C2SP signed-note).
text, below = files["head.note"].decode().rsplit("\n\n", 1)
signature = next(x for x in below.splitlines() if x.startswith(f"\u2014 {name} ")).split(" ")[2]
key.verify(base64.b64decode(signature)[4:], (text + "\n").encode())
origin, size, root = text.split("\n")
assert origin == name

# Every entry: its proof leads to that root (RFC 9162), and it is signed (DSSE).
lines = files["entries.jsonl"].split(b"\n")[:-1]
proofs = [json.loads(x) for x in files["proofs.jsonl"].split(b"\n")[:-1]]
entries = {}
for raw, proof in zip(lines, proofs, strict=True):
    entry = json.loads(raw)["entry"]
    at, last, top = entry["n"], int(size) - 1, sha(b"\0" + raw)
    for step in map(base64.b64decode, proof["path"]):
        if at & 1 or at == last:
            top = sha(b"\1" + step + top)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            top = sha(b"\1" + top + step)
        at, last = at >> 1, last >> 1
    assert last == 0 and top == base64.b64decode(root), f"entry {entry['n']} is not in the log"
    kind, content = b"application/vnd.stillwatch.custody+json", raw[len(b'{"entry":') : -98]
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(content), content)
    key.verify(base64.b64decode(json.loads(raw)["sig"]), signed)
    entries[entry["n"]] = entry
assert list(entries) == sorted(entries)

# The last entry lists all that the case holds.
inventory = entries[int(size) - 1]["body"]
ranges = inventory["exhibits"] + inventory["others"]
assert {n for a, b in ranges for n in range(a, b)} == set(entries) - {int(size) - 1}

# Every exhibit: HMAC-SHA-256 under its salt is what its entry holds.
n_held = 0
for raw in files["openings.jsonl"].split(b"\n")[:-1]:
    one = json.loads(raw)
    head = json.dumps({"media_type": one["media_type"], "name": one["name"]}, ensure_ascii=False,
                      separators=(",", ":")).encode()  # fmt: skip
    content = files[f"exhibits/{one['n']}"]
    made = hmac.digest(base64.b64decode(one["salt"]), head + b"\n" + content, "sha256").hex()
    assert made == entries[one["n"]]["body"]["exhibit"], f"exhibit {one['n']} was changed"
    n_held += 1
print(f"{n_held} exhibits hold")
