"""Who repeats whom: which nodes have findings of their own, and which only say them again.

Nothing in a copy says that it is one, and what came first to us need not have been said first. So
nodes are kept such that each has a finding that no other kept one has. Who shares findings with
most others goes first: whoever copies everybody is set aside, and silences nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def own_contents(told: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Contents that count for each node; a node that only repeats others is not in the result.

    Args:
        told: digests of what each node's findings say, in the order in which they came; nodes in
            the order of their first.

    Returns:
        by node, what no other node's voice rests on; never empty.

    >>> own_contents({"a": ["1", "2"], "b": ["3"], "liar": ["1", "2", "3"]}) == {
    ...     "a": {"1", "2"}, "b": {"3"}}
    True
    """
    left = {name: set(contents) for name, contents in told.items() if contents}
    order = {name: nth for nth, name in enumerate(told)}
    found: dict[str, set[str]] = {}
    while left:
        kept = _kept(left, order)
        taken = {content for name in kept for content in left[name]}
        for name in kept:
            others = {c for other in kept if other != name for c in left[other]}
            found[name] = left[name] - others
        left = {
            name: rest for name, held in left.items() if name not in kept and (rest := held - taken)
        }
    return found


def _kept(told: Mapping[str, set[str]], order: Mapping[str, int]) -> set[str]:
    """Nodes of which each has something that no other of them has."""
    kept = set(told)
    while True:
        bare = [
            name
            for name in kept
            if not told[name] - {c for other in kept if other != name for c in told[other]}
        ]
        if not bare:
            return kept
        name = min(bare, key=order.__getitem__)
        near = {name} | {other for other in kept if told[other] & told[name]}
        n_shared = {
            one: sum(bool(told[one] & told[other]) for other in kept if other != one)
            for one in near
        }
        kept.discard(max(near, key=lambda one: (n_shared[one], order[one])))
