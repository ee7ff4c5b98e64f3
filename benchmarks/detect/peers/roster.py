"""The list: every peer and variant that takes part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.detect.peers.evilcohort import EvilCohort
from benchmarks.detect.peers.fraudar import Fraudar
from benchmarks.detect.peers.fused_networks import FusedNetworks
from benchmarks.detect.peers.interface import Peer, World
from benchmarks.detect.peers.mmd import MmdWindow
from benchmarks.detect.peers.prada import Prada
from benchmarks.detect.peers.rate_limit import RateLimit
from benchmarks.detect.peers.reading import Truth
from benchmarks.detect.peers.seat import Seat
from benchmarks.detect.peers.supervised import SupervisedElsewhere, SupervisedLeaveOut
from benchmarks.detect.peers.synchrotrap import SynchroTrap
from benchmarks.detect.peers.unmimic_guard import UnmimicGuard

ALL_TRAITS = (
    "address",
    "digest",
    "head",
    "tail",
    "client",
    "tls",
    "network",
    "system_prompt",
    "payment",
    "contact",
    "device",
)


def unlabelled() -> tuple[Peer, ...]:
    """Peers that read traffic alone."""
    return (
        RateLimit(3600),
        RateLimit(86400),
        EvilCohort(2),
        EvilCohort(4),
        EvilCohort(2, agree=True),
        SynchroTrap(("head", "tail")),
        SynchroTrap(("head", "tail"), least_members=10, least_common=10),
        SynchroTrap(("digest",)),
        SynchroTrap(("address",)),
        Fraudar(ALL_TRAITS, "all traits"),
        Fraudar(("address", "digest"), "address, prompt"),
        FusedNetworks(),
        FusedNetworks(best_trace=True),
        Prada(),
        Seat(0.8),
        Seat(0.6, same=0.999),
        MmdWindow(),
    )


def roster(
    truth: Truth,
    train: tuple[World, Truth] | None,
    unmimic: str,
    kept: Path | None = None,
) -> tuple[Peer, ...]:
    """Every peer, in the order of the table.

    Args:
        truth: labels of the world that is judged; only leave-one-campaign-out reads them.
        train: another labelled world: benign prompts for MMD and unmimic, and the
            training set of the supervised peer.
        unmimic: interpreter that holds unmimic, "" for none.
        kept: folder where unmimic's rows share their embeddings; None for none.
    """
    shipped = _guards(unmimic, (), "shipped", kept)
    if train is None:
        return (*unlabelled(), SupervisedLeaveOut(truth), *shipped)
    benign = _benign_prompts(*train)
    return (
        *unlabelled(),
        MmdWindow(benign),
        SupervisedLeaveOut(truth),
        SupervisedElsewhere(*train),
        *shipped,
        *_guards(unmimic, benign, "benign reference", kept),
    )


def _guards(
    unmimic: str, benign: Sequence[str], normal: str, kept: Path | None
) -> tuple[Peer, Peer]:
    return (
        UnmimicGuard(unmimic, benign, "mean", f"{normal}, mean", kept),
        UnmimicGuard(unmimic, benign, "highest", f"{normal}, highest", kept),
    )


def _benign_prompts(world: World, truth: Truth) -> list[str]:
    """The latest prompt of every benign account."""
    names = world.exchanges["account"].to_pylist()
    prompts = world.exchanges["prompt"].to_pylist()
    latest = dict(zip(names, prompts, strict=True))
    return [text for name in truth.benign if (text := latest.get(name))]
