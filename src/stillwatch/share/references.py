"""References: what STIX objects say of one another, and which of them go in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Obj = Mapping[str, Any]


def refs_of(value: Any, *, of_objects: bool = False) -> Iterator[str]:
    """Every id that an object refers to: its properties that end in ``_ref`` or ``_refs``.

    Args:
        value: an object, or a part of one.
        of_objects: leave out who made it and how it is marked.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if of_objects and key in ("created_by_ref", "object_marking_refs"):
                continue
            if str(key).endswith("_ref") and isinstance(inner, str):
                yield inner
            elif str(key).endswith("_refs") and isinstance(inner, (list, tuple)):
                yield from (one for one in inner if isinstance(one, str))
            else:
                yield from refs_of(inner, of_objects=of_objects)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from refs_of(inner, of_objects=of_objects)


def strings_of(value: Any) -> Iterator[str]:
    """Every string of a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from strings_of(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings_of(inner)


def torn_from(
    objects: Iterable[Obj], gone: Iterable[str], refs: Callable[[Obj], Iterable[str]] = refs_of
) -> set[str]:
    """Ids of the objects that refer to something that is gone, directly or by others.

    Args:
        objects: those that are left.
        gone: ids that are not there.
        refs: what an object refers to.
    """
    back: dict[str, list[str]] = {}
    for one in objects:
        for ref in set(refs(one)):
            back.setdefault(ref, []).append(str(one["id"]))
    found: set[str] = set()
    todo = list(gone)
    while todo:
        for name in back.pop(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def in_circles(objects: Iterable[Obj]) -> set[str]:
    """Ids of the objects that refer to themselves by way of others, or directly.

    What nothing refers to, and what refers to nothing, is taken away until nothing changes; what
    is left stands on a circle or between two.
    """
    held = {str(o["id"]): o for o in objects}
    out = {name: {r for r in refs_of(o, of_objects=True) if r in held} for name, o in held.items()}
    back: dict[str, set[str]] = {name: set() for name in held}
    for name, refs in out.items():
        for ref in refs:
            back[ref].add(name)
    left = set(held)
    for here, there in ((out, back), (back, out)):
        n_left = {name: len(here[name] & left) for name in left}
        loose = [name for name, n in n_left.items() if not n]
        while loose:
            name = loose.pop()
            left.discard(name)
            for other in there[name] & left:
                n_left[other] -= 1
                if not n_left[other]:
                    loose.append(other)
    return left
