"""Bound reasoning: it leaves only sealed, and is opened only where it was given.

A token is sealed to account, conversation, model and the digest of the context before it. It is
opened for exactly those, until it expires, and for a few continuations: a conversation that
goes on has one, a mistake that is mended has two, whoever tries prompts on somebody's
reasoning has hundreds. Everything else is *outside*, and is told apart by what does not fit.

The seal is ChaCha20-Poly1305 with a key derived for each token from 16 random bytes, so that no
nonce is ever used twice. The head of the token is associated data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from stillwatch.defend.keys import Key, Ring
from stillwatch.defend.replays import Replays
from stillwatch.defend.tokens import (
    TOKEN_ID_BYTES,
    VERSION,
    Head,
    Parts,
    block_id,
    emptied,
    filled,
    spelled,
    taken_apart,
)
from stillwatch.model.errors import BadInput

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
LONGEST_REASONING_BYTES: Final = 3_000_000
_ONCE: Final = bytes(12)


class Outside(StrEnum):
    """What does not fit where a token was presented."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    FORGED = "forged"
    WRONG_ACCOUNT = "wrong_account"
    WRONG_CONVERSATION = "wrong_conversation"
    WRONG_MODEL = "wrong_model"
    CONTEXT_EDITED = "context_edited"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Where a token is at home.

    Args:
        account: who is billed; pseudonymous, at most 1,000 bytes.
        conversation: its id.
        model: the one that reasoned.
        before: digest of the context before the reasoning.
    """

    account: str
    conversation: str
    model: str
    before: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long and how often a token may be presented.

    Args:
        lifetime_us: from issue to expiry.
        skew_us: by how much the clocks of replicas may differ.
        n_continuations: different continuations of one token.
        n_presentations: presentations of one token, whatever follows it.
    """

    lifetime_us: int = 30 * DAY_US
    skew_us: int = 120 * SECOND_US
    n_continuations: int = 8
    n_presentations: int = 20_000


TERMS: Final = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What came of a presentation.

    Args:
        id: of the block, as logs name it.
        n_chars: length of what was presented.
        reasoning: the text, only where nothing is outside.
        outside: all that did not fit; empty where it was opened.
        sealed_to: account that it was sealed to, where the seal held; else empty.
        source: stands for that account under the key, where it is another one; else empty.
    """

    id: str
    n_chars: int
    reasoning: str | None = None
    outside: tuple[Outside, ...] = ()
    sealed_to: str = ""
    source: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the reasoning goes back to the model."""
        return not self.outside


def seal(
    reasoning: str, bound: Bound, ring: Ring, now_us: int, drawn: bytes, terms: Terms = TERMS
) -> str:
    """Seal reasoning to where it was given.

    Args:
        reasoning: the model's own, whole.
        bound: where it is at home.
        ring: keys.
        now_us: the moment.
        drawn: 16 bytes from the system's source of randomness, for this token alone.
        terms: how long it lives.

    Returns:
        The token.

    Raises:
        BadInput: ``drawn`` is too short, or something is too long to seal.
    """
    if len(drawn) != TOKEN_ID_BYTES:
        raise BadInput(f"a token takes {TOKEN_ID_BYTES} random bytes.", where="drawn")
    if len(bound.account.encode()) > 1_000:
        raise BadInput("an account's name has at most 1,000 bytes.", where="account")
    if len(reasoning) > LONGEST_REASONING_BYTES // 4:
        raise BadInput("the reasoning is too long to seal.", where="reasoning")
    key = ring.sealing(now_us)
    raw = Head(
        VERSION,
        bytes.fromhex(key.id),
        drawn,
        now_us,
        now_us + terms.lifetime_us,
        *_tags(key, bound),
    ).packed()
    body = _box(key, drawn).encrypt(_ONCE, filled(bound.account, reasoning), raw)
    return spelled(raw, body)


def unseal(
    token: str,
    bound: Bound,
    after: bytes,
    ring: Ring,
    replays: Replays,
    now_us: int,
    terms: Terms = TERMS,
) -> Opened:
    """Open a token where it is presented, or say what does not fit.

    Args:
        token: as it was sent.
        bound: where it is presented.
        after: digest of its continuation, see :func:`~stillwatch.defend.context.presented`.
        ring: keys.
        replays: what was presented before; asked last, and only about tokens that fit.
        now_us: the moment.
        terms: how often it may come.
    """
    name, n_chars = block_id(token), len(token)
    parts = taken_apart(token)
    if parts is None:
        return Opened(id=name, n_chars=n_chars, outside=(Outside.MALFORMED,))
    key = ring.find(parts.head.key.hex())
    if key is None:
        return Opened(id=name, n_chars=n_chars, outside=(Outside.UNKNOWN_KEY,))
    try:
        inner = _box(key, parts.head.token_id).decrypt(_ONCE, parts.body, parts.raw)
    except InvalidTag:
        return Opened(id=name, n_chars=n_chars, outside=(Outside.FORGED,))
    sealed_to, reasoning = emptied(inner)
    head = parts.head
    outside = _outside(head, _tags(key, bound), key, now_us, terms)
    if not outside and not replays.present(head.token_id, after, head.expires_us, now_us, terms):
        outside = (Outside.REPLAYED,)
    moved = Outside.WRONG_ACCOUNT in outside
    return Opened(
        id=name,
        n_chars=n_chars,
        reasoning=None if outside else reasoning,
        outside=outside,
        sealed_to=sealed_to,
        source=f"from:{head.key.hex()}:{head.account.hex()}" if moved else "",
    )


def looked_into(token: str, ring: Ring) -> tuple[Parts | None, bool]:
    """A token taken apart, and whether its seal holds; the reasoning stays closed."""
    parts = taken_apart(token)
    key = None if parts is None else ring.find(parts.head.key.hex())
    if parts is None or key is None:
        return parts, False
    try:
        _box(key, parts.head.token_id).decrypt(_ONCE, parts.body, parts.raw)
    except InvalidTag:
        return parts, False
    return parts, True


def _outside(
    head: Head, tags: tuple[bytes, bytes, bytes, bytes], key: Key, now_us: int, terms: Terms
) -> tuple[Outside, ...]:
    sealed = (head.account, head.conversation, head.model, head.context)
    fits = [compare_digest(mine, theirs) for mine, theirs in zip(sealed, tags, strict=True)]
    checks = (
        (key.revoked, Outside.REVOKED_KEY),
        (not fits[0], Outside.WRONG_ACCOUNT),
        (not fits[1], Outside.WRONG_CONVERSATION),
        (not fits[2], Outside.WRONG_MODEL),
        (not fits[3], Outside.CONTEXT_EDITED),
        (head.issued_us > now_us + terms.skew_us, Outside.NOT_YET),
        (head.expires_us + terms.skew_us <= now_us, Outside.EXPIRED),
    )
    return tuple(what for wrong, what in checks if wrong)


def _tags(key: Key, bound: Bound) -> tuple[bytes, bytes, bytes, bytes]:
    """Tags of all that a token is bound to; a conversation is one of its account's."""
    account, conversation = bound.account.encode(), bound.conversation.encode()
    owned = len(account).to_bytes(8, "big") + account + conversation
    return (
        key.tag("account", account),
        key.tag("conversation", owned),
        key.tag("model", bound.model.encode()),
        key.tag("context", bound.before),
    )


def _box(key: Key, token_id: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(key.derive("reasoning.seal", token_id))
