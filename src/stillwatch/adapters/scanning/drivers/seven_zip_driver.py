"""Unpacks a 7z archive within bounds, with py7zr; it imports nothing of stillwatch.

Words: archive, folder for members, most bytes, most members. Prints a JSON object: ``members``
(number and name of each), ``links`` and ``failed``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import py7zr


def unpacked(archive: str, folder: str, most_bytes: int, most_members: int) -> dict[str, Any]:
    """Unpack one archive; members are numbered files."""
    with py7zr.SevenZipFile(archive) as packed:
        if packed.needs_password():
            return {"failed": "is encrypted"}
        listed = packed.list()
        if len(listed) > most_members or sum(one.uncompressed for one in listed) > most_bytes:
            return {"failed": "unpacks to more than is allowed"}
        names = [one.filename for one in listed if not one.is_directory]
        factory = py7zr.io.BytesIOFactory(most_bytes)
        packed.extract(targets=names, factory=factory)
        members = []
        for n, name in enumerate(names):
            product = factory.products.get(name)
            if product is None:
                continue
            product.seek(0)
            with open(os.path.join(folder, str(n)), "wb") as out:
                out.write(product.read())
            members.append([str(n), name])
    return {"members": members, "all": len(members) == len(names)}


def main() -> None:
    """Unpack, and say what came out."""
    archive, folder, most_bytes, most_members = sys.argv[1:5]
    try:
        told = unpacked(archive, folder, int(most_bytes), int(most_members))
    except Exception as error:
        told = {"failed": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
