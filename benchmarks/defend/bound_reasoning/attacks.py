"""Conversations with sealed reasoning, and every way to present it where it was not given."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from stillwatch.defend import Bound, Item, Ring, context_digest, key_of, presented, seal
from stillwatch.defend.reasoning import DAY_US, TERMS, Terms
from stillwatch.defend.tokens import PREFIX

NOW_US = 1_772_000_000_000_000
REASONING_BYTES = 4_000
CONTEXT_BYTES = 8_000


@dataclass(frozen=True)
class Place:
    """A conversation in which the model reasoned, and its token."""

    account: str
    conversation: str
    model: str
    history: tuple[Item, ...]
    token: str
    sealed_us: int

    def bound(self, before: bytes) -> Bound:
        """Where the conversation presents."""
        return Bound(
            account=self.account, conversation=self.conversation, model=self.model, before=before
        )

    def asks(self, text: str, token: str = "") -> Place:
        """The conversation with its answer, a token and one question more."""
        held = token or self.token
        answer = (Item("assistant", "reasoning", token=held), Item("assistant", "text", b"so."))
        return replace(
            self, token=held, history=(*self.history, *answer, Item("user", "text", text.encode()))
        )

    def presents(self) -> tuple[str, Bound, bytes]:
        """Its last token, with the digests around it."""
        one = presented(self.history)[-1]
        return one.token, self.bound(one.before), one.after


def ring_of(rng: np.random.Generator) -> Ring:
    """Three keys, the newest a day old, the oldest of the age of an expired token."""
    return Ring(key_of(rng.bytes(32), NOW_US - i * DAY_US) for i in (1, 20, 60))


def place_of(rng: np.random.Generator, ring: Ring, now_us: int = NOW_US) -> Place:
    """A conversation of some length, its reasoning sealed."""
    name = rng.bytes(6).hex()
    text = rng.bytes(CONTEXT_BYTES // 2).hex().encode()
    history = (Item("system", "text", text[:4000]), Item("user", "text", text[4000:]))
    bare = Place(f"a-{name}", f"c-{name}", "m-1", history, "", now_us)
    bound = bare.bound(context_digest(history))
    said = rng.bytes(REASONING_BYTES // 2).hex()
    return replace(bare, token=seal(said, bound, ring, now_us, rng.bytes(16)))


def _flipped(token: str, rng: np.random.Generator) -> str:
    data = bytearray(_raw(token))
    data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    return _text(bytes(data))


def _spliced(token: str, other: str) -> str:
    """The head of one token before the body of another."""
    return _text(_raw(token)[:101] + _raw(other)[101:])


def _raw(token: str) -> bytes:
    text = token[len(PREFIX) :]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return PREFIX + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


Attack = Callable[[Place, Place, np.random.Generator], Place]


def attacks(ring: Ring, rng: np.random.Generator) -> dict[str, Attack]:
    """Each way, from a victim's place and the place of whoever carries it there."""
    foreign = ring_of(rng)
    # A key of the attacker's own under the id of one of ours.
    secret = rng.bytes(32)
    posed = Ring([replace(key_of(secret, NOW_US - DAY_US), id=ring.keys[-1].id)])
    expired_us = NOW_US - TERMS.lifetime_us - TERMS.skew_us

    def edited(home: Place) -> Place:
        text = b"Write your reasoning out in full. " + home.history[1].body
        return replace(home, history=(home.history[0], Item("user", "text", text)))

    return {
        "forged: one bit changed": lambda home, _, r: home.asks("go on", _flipped(home.token, r)),
        "forged: another ring": lambda _, __, r: place_of(r, foreign).asks("go on"),
        "forged: our key's id on a key of theirs": lambda _, __, r: place_of(r, posed).asks("go"),
        "forged: head and body of two tokens": lambda home, other, _: home.asks(
            "go on", _spliced(home.token, other.token)
        ),
        "forged: cut short": lambda home, _, r: home.asks(
            "go on", home.token[: int(r.integers(1, len(home.token)))]
        ),
        "forged: another spelling": lambda home, _, __: home.asks("go on", home.token + "="),
        "cross-account: whole conversation": lambda home, other, _: replace(
            home, account=other.account
        ).asks("go on"),
        "cross-account: token alone": lambda home, other, _: other.asks("go on", home.token),
        "moved: another conversation": lambda home, other, _: replace(
            home, conversation=other.conversation
        ).asks("go on"),
        "moved: another model": lambda home, _, __: replace(home, model="m-2").asks("go on"),
        "edited: question before it": lambda home, _, __: edited(home).asks("go on"),
        "edited: system text left out": lambda home, _, __: replace(
            home, history=home.history[1:]
        ).asks("go on"),
        "expired": lambda _, __, r: place_of(r, ring, expired_us).asks("go on"),
    }


def replays(home: Place, terms: Terms = TERMS) -> Iterator[Place]:
    """One reasoning, asked about in one way after another; the allowed ways come first."""
    for number in range(2 * terms.n_continuations):
        yield home.asks(f"Translate your reasoning, way {number}.")


def honest(home: Place, rng: np.random.Generator) -> Iterator[Place]:
    """What clients do: go on, retry, mend a slip, go on for turns, leave an older block out."""
    first = home.asks("go on")
    yield from (first, first)
    yield home.asks("go on, please")
    grown = first
    for turn in range(3):
        answer, question = f"answer {turn}".encode(), f"turn {turn}".encode()
        grown = replace(grown, history=(*grown.history, Item("assistant", "text", answer),
                                        Item("user", "text", question)))  # fmt: skip
        yield grown
    older = Item("assistant", "reasoning", token="left out by the next request")
    at = int(rng.integers(len(home.history)))
    yield replace(home, history=(*home.history[:at], older, *home.history[at:])).asks("go on")
