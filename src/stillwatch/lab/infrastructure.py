"""Networks, addresses, clients, models and parameters, all with one popularity for everyone.

Ordinary people, businesses and campaigns draw from the same lists with the same
weights, so no single column tells them apart. Address space is made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.lab.ragged import Ints

Words = npt.NDArray[np.uint64]

MODELS: tuple[str, ...] = ("orrery-3", "orrery-3-swift", "orrery-2", "orrery-4")
NEW_MODEL = 3
OPERATIONS: tuple[str, ...] = ("chat", "responses", "completion", "batch", "embeddings")
PATHWAYS: tuple[str, ...] = ("api", "cloud-north", "cloud-delta", "aggregator", "app")
PLANS: tuple[str, ...] = ("free", "payg", "pro", "team", "enterprise")
VERIFICATIONS: tuple[str, ...] = ("none", "email", "phone", "document", "organisation")
PROGRAMMES: tuple[str, ...] = ("education", "research", "startup")
DISCLOSED: tuple[str, ...] = ("reseller", "research", "evaluation", "partner")
REGIONS: tuple[str, ...] = tuple(f"region-{i}" for i in range(12))
FINISHES: tuple[str, ...] = ("stop", "length", "tool_calls", "content_filter", "refusal")

#: client family, relative popularity, versions in use, whether people or programs use it.
CLIENT_FAMILIES: tuple[tuple[str, float, int, str], ...] = (
    ("web-chat", 26, 2, "person"),
    ("phone-chat", 15, 3, "person"),
    ("desktop-chat", 6, 2, "person"),
    ("sdk-python", 19, 7, "program"),
    ("sdk-node", 11, 6, "program"),
    ("sdk-go", 3, 4, "program"),
    ("sdk-java", 3, 4, "program"),
    ("http-plain", 4, 3, "program"),
    ("sdk-rust", 1, 2, "program"),
    ("thistle-code", 6, 4, "harness"),
    ("loom-agent", 3, 3, "harness"),
    ("burrow-ide", 4, 3, "harness"),
)
N_HOME, N_MOBILE, N_HOSTING, N_VPN = 260, 36, 48, 14
_LOW_BITS = 18


def mix(values: Words | Ints | npt.NDArray[np.integer], salt: int) -> Words:
    """A 64-bit scramble of integers (splitmix64 finaliser); equal in, equal out."""
    x = np.asarray(values).astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15) & (2**64 - 1))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)


def zipf_weights(n: int, power: float) -> npt.NDArray[np.float64]:
    """Probabilities proportional to rank ** -power, shape (n,)."""
    raw = np.arange(1, n + 1, dtype=np.float64) ** -power
    return np.asarray(raw / raw.sum())


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """The made internet of one world: AS numbers, kinds, popularity, client versions."""

    numbers: Ints
    home: Ints
    mobile: Ints
    hosting: Ints
    vpn: Ints
    clients: tuple[str, ...]
    client_weights: npt.NDArray[np.float64]
    client_family: Ints
    salt: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Infrastructure:
        """Draw the networks and the versions in use."""
        n = N_HOME + N_MOBILE + N_HOSTING + N_VPN
        numbers = rng.choice(np.arange(64_512, 400_000), n, replace=False).astype(np.int64)
        cuts = np.cumsum([N_HOME, N_MOBILE, N_HOSTING])
        home, mobile, hosting, vpn = np.split(np.arange(n, dtype=np.int64), cuts)
        names: list[str] = []
        weights: list[float] = []
        family: list[int] = []
        for i, (name, share, n_versions, _) in enumerate(CLIENT_FAMILIES):
            major = int(rng.integers(1, 5))
            minors = np.sort(rng.choice(40, n_versions, replace=False))[::-1]
            for minor, weight in zip(minors, zipf_weights(n_versions, 1.1), strict=True):
                names.append(f"{name}/{major}.{minor}")
                weights.append(share * float(weight))
                family.append(i)
        return cls(
            numbers,
            home,
            mobile,
            hosting,
            vpn,
            tuple(names),
            np.array(weights) / sum(weights),
            np.array(family, dtype=np.int64),
            int(rng.integers(1, 2**31)),
        )

    def pick_clients(self, n: int, uses: tuple[str, ...], rng: np.random.Generator) -> Ints:
        """Client numbers by popularity among the families of ``uses``."""
        allowed = np.array([CLIENT_FAMILIES[f][3] in uses for f in self.client_family])
        weights = np.where(allowed, self.client_weights, 0.0)
        return rng.choice(len(self.clients), n, p=weights / weights.sum()).astype(np.int64)

    def pick_networks(self, kind: str, n: int, rng: np.random.Generator) -> Ints:
        """Network numbers of ``home``, ``mobile``, ``hosting`` or ``vpn``, by popularity."""
        pool: Ints = getattr(self, kind)
        power = {"home": 1.0, "mobile": 0.9, "hosting": 1.1, "vpn": 0.7}[kind]
        return pool[rng.choice(len(pool), n, p=zipf_weights(len(pool), power))]

    def tls(self, client: Ints, variant: Ints) -> Ints:
        """TLS print: a stack is shared by several families; ``variant`` is the system's own."""
        stack = self.client_family[client] % 7
        return np.asarray(stack * 16 + variant % 16, dtype=np.int64)

    def addresses(self, network: Ints, host: Words | Ints) -> Ints:
        """IPv4 as an integer: the network's prefix and a host part, shape of ``network``."""
        prefix = mix(network, self.salt) >> np.uint64(64 - (32 - _LOW_BITS))
        low = mix(np.asarray(host), self.salt + 1) & np.uint64((1 << _LOW_BITS) - 1)
        joined = (prefix << np.uint64(_LOW_BITS)) | low
        return np.asarray(joined.astype(np.int64) % (223 << 24), dtype=np.int64) + (1 << 24)

    def shared_host(self, network: Ints, n_exits: int, rng: np.random.Generator) -> Ints:
        """Host parts drawn from the ``n_exits`` shared exits that each network has."""
        exits = rng.choice(n_exits, len(network), p=zipf_weights(n_exits, 0.6))
        return np.asarray(network * 1_000_003 + exits, dtype=np.int64)
