"""Patterns: the list of what the kept detectors leave out, and is still never sealed in clear.

Deliberately wide: a number too many that is hidden costs a reader a look into the escrow, a key
that is missed costs its owner the account. Everything works on UTF-8 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import log2
from typing import Final

from stillwatch.attribute.redaction.spans import Span

#: what a value that follows one of these words is, in the languages that prompts come in; a low
#: line stands for a blank, a dash, a low line or nothing.
_WORDS: Final = (
    "api_key access_key account_key auth_key auth_token bearer client_secret connection_string "
    "credential credentials encryption_key master_key pass_phrase passcode passwd password "
    "private_key pwd secret secret_key session_key shared_key signing_key token webhook_secret "
    "passwort kennwort geheimnis zugangsschlüssel contraseña clave_secreta clave_de_api senha "
    "chave_de_api mot_de_passe clé_d['’]api hasło wachtwoord parola şifre пароль токен секрет "
    "ключ_api 密码 密碼 口令 密钥 密鑰 令牌 パスワード 秘密鍵 トークン 비밀번호 토큰 mật_khẩu "
    "كلمة_المرور סיסמה"
).split()
_ANY_WORD: Final = "|".join(sorted(_WORDS, key=len, reverse=True)).replace("_", "[ _-]?")
#: what one of these words holds, if it is of ASCII: looked for first, for it is quick.
_STEMS: Final = (
    "key pass token secret pwd credential bearer connection kennwort geheimnis clave senha chave "
    "wachtwoord parola"
).split()
_WORD: Final = re.compile(_ANY_WORD)
_ASSIGNED: Final = re.compile(
    rf"(?i)(?:{_ANY_WORD})"
    r"[\w-]{0,24}\\?[\"'`\]]{0,2}\s{0,3}"
    + r"(?:[:=]{1,3}>?|＝|：|=>|->|is|ist|est|es|é|to|は|是|为|為|—|-)\s{0,3}(?:[A-Za-z]{4,6}\s)?"
    + r"[(\[{]?\\?[\"'`“«「]{0,3}(?P<value>[^\s\"'`“”«»「」<>]{6,512})"
)
#: beginnings of keys by which their makers mark them, with what may follow; lengths are lax.
_MARKED: Final = re.compile(
    rb"(?<![A-Za-z0-9])(?:"
    rb"sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_[0-9A-Za-z]{10,}|[rp]k_(?:live|test)_[0-9A-Za-z]{10,}"
    rb"|whsec_[A-Za-z0-9+/=]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
    rb"|glpat-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}"
    rb"|(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9]|AROA|AIDA|AGPA)[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{30,}"
    rb"|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}"
    rb"|npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{16,}|SG\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    rb"|eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?|dop_v1_[a-f0-9]{40,}"
    rb"|AGE-SECRET-KEY-1[A-Z0-9]{20,}|lin_api_[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}"
    rb"|https://hooks\.slack\.com/services/[A-Za-z0-9/_-]{10,})"
)
_BEGIN: Final = rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PEM: Final = re.compile(
    # To its end, and where that was cut off, as far as it looks like a key.
    _BEGIN + rb"(?:(?:[^-]|-(?!----)){0,20000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    rb"|[A-Za-z0-9+/=\\\s>\"'+,]{0,20000})"
)
_IN_URL: Final = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]{1,20}://([^\s/:@\"'<>]{0,256}:[^\s/@\"'<>]{1,512})@"
)
_EMAIL: Final = re.compile(
    r"[^\s@\"'<>()\[\]{},;:/|\\]{1,64}(?:@|\s?[\[(]\s?at\s?[\])]\s?)[^\s@\"'<>()\[\]{},;:|\\]{1,200}"
    r"(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)[^\W\d_]{2,24}"
)
_IBAN: Final = re.compile(
    rb"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?"
    rb"(?![A-Za-z0-9])"
)
_TOKEN: Final = re.compile(rb"[A-Za-z0-9+/_.~=-]{20,}")
_HEX: Final = re.compile(rb"(?<![A-Za-z0-9])(?:0x)?[0-9a-fA-F]{20,}(?![A-Za-z0-9])")
_IS_HEX: Final = re.compile(rb"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
#: what stands before the digest of a thing of ours.
_REFS: Final = tuple(
    f"{kind}:".encode()
    for kind in "account campaign case cluster decision evidence exhibit finding marking sha256 "
    "terms".split()
)
_LONGEST_REF: Final = max(map(len, _REFS))
_PARTS: Final = re.compile(rb"[./=~]")
_WORD_PARTS: Final = re.compile(rb"[./=~_-]")
#: values that stand for a secret and are none.
_PLACEHOLDER: Final = re.compile(
    r"(?i)^(?:[x*.•_-]+|[<$%{(\[].*|your[_-].*|my[_-].*|example.*|changeme|placeholder.*|redacted.*"
    r"|\[redacted.*|none|null|true|false|undefined|string|required|optional|process\.env.*"
    r"|os\.environ.*|os\.getenv.*|env\(.*|getenv.*|config\..*|settings\..*|self\..*|args\..*)$"
)


def entropy_bits(token: bytes) -> float:
    """Shannon entropy of a token's bytes, bits a byte.

    >>> entropy_bits(b"aaaa"), entropy_bits(b"abab")
    (0.0, 1.0)
    """
    n = len(token)
    return abs(-sum(c / n * log2(c / n) for c in (token.count(b) for b in set(token))))


def marked(data: bytes) -> Iterator[Span]:
    """Keys that bear their maker's mark, private keys in PEM, passwords in addresses."""
    for pattern in (_MARKED, _PEM):
        for match in pattern.finditer(data):
            yield Span(match.start(), match.end(), "secret")
    for match in _IN_URL.finditer(data):
        yield Span(match.start(1), match.end(1), "secret")


def assigned(data: bytes) -> Iterator[Span]:
    """Values that a word such as ``password`` announces, unless they read as plain words."""
    text = data.decode()
    small = text.lower()
    if not (any(s in small for s in _STEMS) if text.isascii() else _WORD.search(small)):
        return
    found = []
    for match in _ASSIGNED.finditer(text):
        value = match["value"].rstrip(".,;:!?)]}\\。、，；）")
        if len(value) >= 6 and not _PLACEHOLDER.match(value) and _is_no_word(value):
            found.append((match.start("value"), match.start("value") + len(value)))
    yield from _in_bytes(text, found, "secret")


def random_hex(data: bytes) -> Iterator[Span]:
    """Many hex digits, unless they are the digest in a ref of ours."""
    for match in _HEX.finditer(data):
        before = data[max(match.start() - _LONGEST_REF, 0) : match.start()]
        has_letters = not match[0].isdigit()
        if has_letters and entropy_bits(match[0].lower()) > 3.0 and not before.endswith(_REFS):
            yield Span(match.start(), match.end(), "secret")


def random_tokens(data: bytes) -> Iterator[Span]:
    """Long tokens that look drawn at random: mixed letters and digits."""
    for match in _TOKEN.finditer(data):
        if _is_random(match[0]):
            yield Span(match.start(), match.end(), "secret")


def personal(data: bytes) -> Iterator[Span]:
    """Mail addresses in any script, also spelt out, and bank accounts whose check digits hold."""
    text = data.decode()
    if "@" in text or "at]" in text or "at )" in text or "at)" in text:
        yield from _in_bytes(text, (match.span() for match in _EMAIL.finditer(text)), "email")
    for account in _IBAN.finditer(data):
        if _checks(account[0]):
            yield Span(account.start(), account.end(), "iban")


def _in_bytes(text: str, places: Iterable[tuple[int, int]], kind: str) -> Iterator[Span]:
    """Places in a text, ascending, as places in its bytes; the text is gone through once."""
    at = n_bytes = 0
    for start, end in places:
        first = n_bytes + len(text[at:start].encode())
        n_bytes = first + len(text[start:end].encode())
        at = end
        yield Span(first, n_bytes, kind)


def _is_no_word(value: str) -> bool:
    """Whether a value has what passwords have and words have not."""
    n_kinds = (
        any(c.isdigit() for c in value)
        + any(c.islower() for c in value)
        + any(c.isupper() for c in value[1:])
        + any(not c.isalnum() and c not in "-_.,()" for c in value)
    )
    call = value.endswith(("(", ")")) or "(" in value
    return n_kinds >= 2 and not call


def _is_random(token: bytes) -> bool:
    """Whether one of a token's parts is long, mixed and dense enough."""
    # Small letters and digits with dashes are names of files and things; their parts are short.
    has_capitals = any(65 <= b <= 90 for b in token)
    for part in (_PARTS if has_capitals else _WORD_PARTS).split(token):
        # What is hex alone is a matter of its own: it may be a digest.
        whole = part if len(part) >= 20 and not _IS_HEX.fullmatch(part) else b""
        if whole and _mixed(whole) and entropy_bits(whole) > 3.6 and _n_switches(whole) >= 6:
            return True
    # A key of 40 letters may hold slashes; its parts alone would be too short.
    whole = token.strip(b"./=~-_+")
    return (
        has_capitals
        and 32 <= len(whole) <= 200
        and _mixed(whole)
        and entropy_bits(whole) > 4.3
        and _n_switches(whole) > len(whole) // 4
    )


def _mixed(token: bytes) -> bool:
    digits = sum(48 <= b <= 57 for b in token)
    upper = sum(65 <= b <= 90 for b in token)
    lower = sum(97 <= b <= 122 for b in token)
    return (digits >= 2) + (upper >= 2) + (lower >= 2) >= (2 if digits >= 4 else 3)


def _n_switches(token: bytes) -> int:
    """How often digits, capitals and small letters follow one another."""
    kinds = [
        0 if 48 <= b <= 57 else 1 if 65 <= b <= 90 else 2
        for b in token if 48 <= b <= 57 or 65 <= b <= 90 or 97 <= b <= 122
    ]  # fmt: skip
    return sum(a != b for a, b in pairwise(kinds))


def _checks(told: bytes) -> bool:
    """ISO 13616: the number, its first four letters last, letters as 10 to 35, is 1 modulo 97."""
    account = bytes(b for b in told if b not in b" -")
    if not 15 <= len(account) <= 34:
        return False
    turned = (account[4:] + account[:4]).decode()
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1
