"""Rivals: innocent accounts of the same findings, and what each of them explains.

A rival takes away the evidence that it predicts as well as a campaign does; a
campaign is opened only if enough is left against *every* rival that fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.room import blocks
from stillwatch.stats.graphs import components

I64 = npt.NDArray[np.int64]

#: addresses a member from which hosted runners are a likely reading.
RUNNER_ADDRESSES = 6
#: others on an address, by the members on it, from which it may be a campus's.
CAMPUS_SHARE = 0.25
#: a household or a team that grew together has at most so many accounts.
HOUSEHOLD = 12
#: what colleagues or a family have in common, and up to how many times as many holders in
#: all as in the group a trait is still theirs.
BONDS = ("payment", "contact", "credential", "address", "device")
THEIRS = 4
#: members that one such trait joins to each other have a centre if it is held by this share
#: of them; a firm may stand behind members of whom half or more have one.
CENTRE_SHARE = 0.5

#: what a tool, a script or a public data set sets for everybody who uses it.
SET_BY_TOOL = frozenset(
    {
        "shared_template",
        "shared_client",
        "interchangeability",
        "reasoning_elicitation",
        "judge_use",
        "safe_rewriting",
        "task_concentration",
        "trace_refining",
        "foreign_residue",
    }
)
SET_BY_PLACE = frozenset({"shared_address", "shared_device", "shared_client", "credential_spread"})


@dataclass(frozen=True, slots=True)
class Rival:
    """An innocent explanation.

    Attributes:
        hypothesis: its name.
        explains: names of signals whose weight it predicts as well as a campaign does.
        why: what it says, in a sentence.
        fits: whether it can be meant at all for this group.
    """

    hypothesis: str
    explains: frozenset[str]
    why: str
    fits: Callable[[Group], bool]


def always(_: Group) -> bool:
    """Fits every group."""
    return True


def may_be_firms(group: Group) -> bool:
    """Most members who have a bond with another one stand around a centre.

    A firm has one card, one domain or one office for nearly everybody, and so has each
    of several firms that a popular tool brings together. A stock of cards, names and
    exits that is dealt out to accounts joins them too, but nothing holds most of them.
    """
    if group.found_by in BONDS:
        return True
    parts = [_bonds(group, kind) for kind in BONDS]
    who, bond = (np.concatenate(column) for column in zip(*parts, strict=True))
    if who.size == 0:
        return True
    _, bond = np.unique(bond, return_inverse=True)
    label = components(group.n + int(bond.max()) + 1, who, group.n + bond)
    size = np.bincount(label[: group.n])
    held = np.bincount(bond)
    widest = np.zeros(size.size)
    np.maximum.at(widest, label[group.n :], held)
    bonded = np.flatnonzero(size > 1)
    centred = bonded[widest[bonded] >= CENTRE_SHARE * size[bonded]]
    return bool(2 * size[centred].sum() >= size[bonded].sum())


def _bonds(group: Group, kind: str) -> tuple[I64, I64]:
    """Positions of members and keys that at least two of them and not many others hold."""
    who, key = group.traits(kind)
    unique, slot, inside = np.unique(key, return_inverse=True, return_counts=True)
    theirs = (inside > 1) & (group.state.df[unique] <= THEIRS * inside)
    return who[theirs[slot]], key[theirs[slot]]


def may_be_a_household(group: Group) -> bool:
    """Few enough to know each other, around a centre."""
    return group.n <= HOUSEHOLD and may_be_firms(group)


def ephemeral(group: Group) -> bool:
    """Members leave through many addresses each, as hosted runners do."""
    who, _ = group.traits("address")
    address, rows = group.state.window.traffic.codes["address"], group.rows
    seen = address[:0]
    for block in blocks(rows.size if who.size else 0):
        seen = np.union1d(seen, address[rows[block]])
        if seen.size >= RUNNER_ADDRESSES * group.n:
            return True
    return False


def runner_pool(group: Group) -> bool:
    """The typical member leaves through many addresses that others leave through too.

    Hosted runners are dealt out anew for every job, to whoever runs one; a matrix of jobs
    gives all its projects one volume.
    """
    who, key = group.traits("address")
    shared = np.bincount(who[group.state.df[key] > 1], minlength=group.n)
    return bool(np.median(shared) >= RUNNER_ADDRESSES)


def maybe_a_class(group: Group) -> bool:
    """A third of the members or more belong to a programme, or may for all that is known.

    Where programmes are not known, members may be on one campus if they share addresses
    that many others use as well.
    """
    population = group.state.window.population
    if "programme" in population.known_by(group.state.now_us):
        return bool((population.codes["programme"][group.nodes] >= 0).mean() >= 1 / 3)
    who, key = group.traits("address")
    unique, slot, inside = np.unique(key, return_inverse=True, return_counts=True)
    public = (inside > 1) & (group.state.df[unique] - inside >= CAMPUS_SHARE * inside)
    return np.unique(who[public[slot]]).size >= group.n / 2


RIVALS: tuple[Rival, ...] = (
    Rival(
        "popular harness or open-source tool",
        SET_BY_TOOL,
        "strangers run one public tool, which sets prompt, client and parameters for them",
        always,
    ),
    Rival(
        "campus, carrier NAT or VPN",
        SET_BY_PLACE,
        "strangers leave through one network and share its addresses and machines",
        always,
    ),
    Rival(
        "school cohort or course homework",
        SET_BY_PLACE
        | {
            "load_balance",
            "creation_cohort",
            "programme_cluster",
            "shared_contact",
            "shared_template",
            "interchangeability",
            "sharding",
        },
        "people of one class sign up together and work on one assignment of one length",
        maybe_a_class,
    ),
    Rival(
        "firm that did not declare itself",
        SET_BY_PLACE
        | {
            "shared_payment",
            "shared_contact",
            "shared_credential",
            "shared_template",
            "interchangeability",
        },
        "colleagues share a card, a network and a script",
        may_be_firms,
    ),
    Rival(
        "household or small team",
        SET_BY_PLACE
        | {
            "shared_payment",
            "shared_contact",
            "shared_credential",
            "shared_template",
            "creation_cohort",
            "interchangeability",
        },
        "a few people who know each other set up accounts together",
        may_be_a_household,
    ),
    Rival(
        "continuous integration or scheduled jobs",
        SET_BY_PLACE
        | {"shared_template", "shared_credential", "interchangeability", "round_the_clock"},
        "hosted runners share addresses and send one prompt for many projects",
        ephemeral,
    ),
    Rival(
        "jobs on one pool of hosted runners",
        SET_BY_PLACE
        | {
            "load_balance",
            "shared_template",
            "shared_credential",
            "interchangeability",
            "round_the_clock",
        },
        "projects that use one template of jobs run it equally often on runners dealt out anew",
        runner_pool,
    ),
    Rival(
        "evaluators on release day",
        SET_BY_TOOL | {"release_pivot", "timeline"},
        "everybody runs the same public benchmark on a new model",
        always,
    ),
)
