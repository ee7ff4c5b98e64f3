"""Rivals: innocent accounts of the same findings, and what each of them explains.

A rival takes away the evidence that it predicts as well as a campaign does; a
campaign is opened only if enough is left against *every* rival that fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stillwatch.detect.group import Group

#: addresses a member from which hosted runners are a likely reading.
RUNNER_ADDRESSES = 6
#: others on an address, by the members on it, from which it may be a campus's.
CAMPUS_SHARE = 0.25

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


def small(group: Group) -> bool:
    """Few enough to know each other."""
    return group.n <= 12


def ephemeral(group: Group) -> bool:
    """Members leave through many addresses each, as hosted runners do."""
    who, _ = group.traits("address")
    seen = group.state.window.traffic.codes["address"][group.rows]
    return who.size > 0 and np.unique(seen).size >= RUNNER_ADDRESSES * group.n


def maybe_a_class(group: Group) -> bool:
    """A third of the members or more belong to a programme, or may for all that is known.

    Where programmes are not known, members may be on one campus if they share addresses
    that many others use as well.
    """
    population = group.state.window.population
    if "programme" in population.known:
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
        always,
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
        small,
    ),
    Rival(
        "continuous integration or scheduled jobs",
        SET_BY_PLACE
        | {"shared_template", "shared_credential", "interchangeability", "round_the_clock"},
        "hosted runners share addresses and send one prompt for many projects",
        ephemeral,
    ),
    Rival(
        "evaluators on release day",
        SET_BY_TOOL | {"release_pivot", "timeline"},
        "everybody runs the same public benchmark on a new model",
        always,
    ),
)
