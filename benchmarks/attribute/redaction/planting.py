"""Planting: made secrets of known kinds, in the texts that prompts bring them in.

All of them are drawn at random and open nothing. Formats are those of their makers, as far as
these say; the texts are the ways in which people paste keys.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

Rng = np.random.Generator
_UPPER = string.ascii_uppercase + string.digits
_ALNUM = string.ascii_letters + string.digits
_URL = _ALNUM + "-_"
_PASSWORD = _ALNUM + "!#$%^*+?"
_HEX = "0123456789abcdef"
#: of a secret that was taken out, no run as long as this is left.
WINDOW = 10


@dataclass(frozen=True)
class Planted:
    """A text with a secret in it.

    Args:
        kind: format of the secret.
        carrier: what brings it.
        text: the text.
        traces: pieces that must not be left; any run of :data:`WINDOW` of one is a leak.
    """

    kind: str
    carrier: str
    text: str
    traces: tuple[str, ...]

    def leaks(self, left: str) -> bool:
        """Whether a text still holds a run of the secret, line breaks and quotes aside."""
        flat = "".join(c for c in left if not c.isspace() and c not in "\"'+\\`")
        return any(
            trace[i : i + WINDOW] in flat
            for trace in self.traces
            for i in range(max(len(trace) - WINDOW + 1, 1))
        )


def _draw(rng: Rng, letters: str, n: int) -> str:
    return "".join(rng.choice(list(letters), n))


def _pem(rng: Rng) -> str:
    if rng.integers(2):
        number = int.from_bytes(rng.bytes(31), "big") + 1
        made = ec.derive_private_key(number, ec.SECP256R1())
        form = serialization.PrivateFormat.TraditionalOpenSSL
        return made.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        ).decode().strip()  # fmt: skip
    key = ed25519.Ed25519PrivateKey.from_private_bytes(rng.bytes(32))
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    ).decode().strip()  # fmt: skip


def _service_account(rng: Rng) -> str:
    number = int.from_bytes(rng.bytes(31), "big") + 1
    key = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = {
        "type": "service_account",
        "project_id": f"proj-{_draw(rng, _HEX, 6)}",
        "private_key_id": _draw(rng, _HEX, 40),
        "private_key": key.decode(),
        "client_id": _draw(rng, string.digits, 21),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(told, indent=2)


def _jwt(rng: Rng) -> str:
    def part(told: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()

    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"sub": _draw(rng, string.digits, 10), "iat": int(rng.integers(1_700_000_000))})
    return f"{head}.{body}.{_draw(rng, _URL, 43)}"


def _password(rng: Rng) -> str:
    return _draw(rng, string.ascii_letters, 4) + _draw(rng, string.digits, 3) + _draw(
        rng, _PASSWORD, int(rng.integers(6, 14))
    )  # fmt: skip


#: formats; each draws a secret that says itself what it is, or that a word announces.
KINDS: tuple[tuple[str, Callable[[Rng], str]], ...] = (
    ("aws access key", lambda r: "AKIA" + _draw(r, _UPPER, 16)),
    ("aws secret key", lambda r: _draw(r, _ALNUM + "/+", 40)),
    ("gcp service account", _service_account),
    ("google api key", lambda r: "AIza" + _draw(r, _URL, 35)),
    ("github token", lambda r: f"gh{_draw(r, 'pousr', 1)}_" + _draw(r, _ALNUM, 36)),
    ("gitlab token", lambda r: "glpat-" + _draw(r, _URL, 20)),
    ("slack token", lambda r: f"xoxb-{_draw(r, string.digits, 12)}-"
     f"{_draw(r, string.digits, 13)}-{_draw(r, _ALNUM, 24)}"),
    ("stripe key", lambda r: "sk_live_" + _draw(r, _ALNUM, 24)),
    ("private key pem", _pem),
    ("jwt", _jwt),
    ("basic auth url", lambda r: f"postgres://svc_{_draw(r, _HEX, 4)}:"
     f"{_draw(r, _ALNUM, 14)}@db.internal.example:5432/app"),
    ("anthropic key", lambda r: "sk-ant-api03-" + _draw(r, _URL, 93) + "AA"),
    ("openai key", lambda r: "sk-proj-" + _draw(r, _URL, 74) + "T3BlbkFJ" + _draw(r, _URL, 74)),
    ("hugging face token", lambda r: "hf_" + _draw(r, string.ascii_letters, 34)),
    ("npm token", lambda r: "npm_" + _draw(r, _ALNUM, 36)),
    ("generic password", _password),
    ("generic hex key", lambda r: _draw(r, _HEX, 32)),
)  # fmt: skip
#: kinds that nothing marks: they stand behind a word, as people write it.
ANNOUNCED = {"generic password", "generic hex key"}
#: kinds of many lines or with a frame of their own, which are pasted as they are.
BLOCKS = {"private key pem", "gcp service account"}

_NAMES = {
    "aws access key": "aws_access_key_id", "aws secret key": "aws_secret_access_key",
    "basic auth url": "DATABASE_URL", "generic password": "password",
    "generic hex key": "api_key", "jwt": "session_token",
}  # fmt: skip

_PROSE = (
    "Please help me debug this, my {name} is {secret} and it says forbidden.",
    "I keep getting 401. {name}: {secret} . What am I doing wrong?",
    "Mein Skript läuft nicht. {name} = {secret} - kannst du den Fehler finden?",
    "No entiendo el error, uso {name}: {secret} y no funciona.",
    "Voici ma config, {name}: {secret} , merci de corriger la fonction.",
    "这段代码报错了，{name}：{secret} 请帮我看看。",
    "Не работает запрос, {name} = {secret} помоги исправить.",
    "このコードを直してください。{name}：{secret} でエラーになります。",
    "يرجى المساعدة، {name}: {secret} لا يعمل.",
)
_WORDS = {
    "generic password": ("password", "my password", "Passwort", "contraseña", "mot de passe",
                         "密码", "пароль", "パスワード", "كلمة المرور"),
    "generic hex key": ("api key", "API_KEY", "api-key", "clave de api", "clé d'api", "密钥",
                        "токен", "トークン", "token"),
}  # fmt: skip
_CODE = (
    'import os\n\n{name} = "{secret}"\n\nclient = Client({name})\n',
    "const {name} = '{secret}';\nfetch(url, {{headers: h({name})}});\n",
    "export {name}={secret}\ncurl -s https://api.example/v1\n",
    "services:\n  app:\n    environment:\n      {name}: {secret}\n",
    'var {name} = "{secret}"; // todo: remove\n',
    'func main() {{\n\t{name} := "{secret}"\n\trun({name})\n}}\n',
)


def planted(n: int, rng: Rng) -> Iterator[Planted]:
    """``n`` texts of every kind in every carrier that can bring it."""
    for kind, draw in KINDS:
        for carrier, write in CARRIERS:
            for i in range(n):
                found = write(kind, draw(rng), rng, i)
                if found is not None:
                    text, traces = found
                    yield Planted(kind, carrier, text, traces)


Written = tuple[str, tuple[str, ...]] | None


def _traces(kind: str, secret: str) -> tuple[str, ...]:
    """What of a secret is secret: the body of a key, the password of an address."""
    if kind == "basic auth url":
        return (secret.split("@", maxsplit=1)[0].rpartition(":")[2],)
    if kind == "gcp service account":
        told = json.loads(secret)
        return tuple(line for line in told["private_key"].split("\n")[1:-2])
    if kind == "private key pem":
        return tuple(secret.split("\n")[1:-1])
    if kind == "jwt":
        return (secret.rpartition(".")[2],)
    return (secret.rpartition("-")[2] if kind == "slack token" else secret[-20:],)


def _prose(kind: str, secret: str, rng: Rng, i: int) -> Written:
    if kind in BLOCKS:
        text = f"Please tell me what is wrong with this file:\n\n{secret}\n\nThanks a lot."
    else:
        words = _WORDS.get(kind, (_NAMES.get(kind, "key"),) * len(_PROSE))
        at = i % len(_PROSE)
        text = _PROSE[at].format(name=words[at], secret=secret)
    return text, _traces(kind, secret)


def _code(kind: str, secret: str, rng: Rng, i: int) -> Written:
    name = _NAMES.get(kind, f"{kind.split(maxsplit=1)[0]}_token")
    if kind in BLOCKS:
        text = f'{name} = """{secret}"""\nclient = Client({name})\n'
    else:
        text = _CODE[i % len(_CODE)].format(name=name, secret=secret)
    return text, _traces(kind, secret)


def _json(kind: str, secret: str, rng: Rng, i: int) -> Written:
    name = _NAMES.get(kind, f"{kind.split(maxsplit=1)[0]}_token")
    told = {"messages": [{"role": "user", "content": f"use this {name}: {secret}"}], "n": i}
    if i % 2:
        told = {"config": {name: secret}, "debug": True}
    return json.dumps(told, ensure_ascii=bool(i % 3)), _traces(kind, secret)


def _unmarked(kind: str, secret: str, rng: Rng, i: int) -> Written:
    """The secret alone among words that do not announce it."""
    if kind in ANNOUNCED or kind in BLOCKS:
        return None
    return f"it worked yesterday with {secret} but not today", _traces(kind, secret)


def _split(kind: str, secret: str, rng: Rng, i: int) -> Written:
    if kind in BLOCKS or kind == "basic auth url":
        return None
    at = int(rng.integers(len(secret) // 3, 2 * len(secret) // 3))
    one, other = secret[:at], secret[at:]
    name = _NAMES.get(kind, f"{kind.split(maxsplit=1)[0]}_token")
    text = (
        f'{name} = ("{one}"\n    "{other}")\n',
        f"{name} = '{one}' + \\\n    '{other}'\n",
        f"export {name}={one}\\\n{other}\n",
        f'{name} = "{one}" + "{other}"\n',
    )[i % 4]
    return text, tuple(t for t in _traces(kind, secret))


def _wrapped(kind: str, secret: str, rng: Rng, i: int) -> Written:
    """Broken by a mail program, which marks nothing; what is marked by its maker is found."""
    if kind in BLOCKS or kind in ANNOUNCED or kind in ("basic auth url", "aws secret key"):
        return None
    at = int(rng.integers(max(8, len(secret) // 3), 2 * len(secret) // 3 + 1))
    return f"> my key is\n> {secret[:at]}\n> {secret[at:]}\n> and it fails\n", _traces(kind, secret)


def _encoded(kind: str, secret: str, rng: Rng, i: int) -> Written:
    name = _NAMES.get(kind, f"{kind.split(maxsplit=1)[0]}_token")
    told = base64.b64encode(f"export {name}={secret}\n".encode()).decode()
    text = (f"echo {told} | base64 -d", f'{{"data": {{"value": "{told}"}}}}')[i % 2]
    return text, (told,)


CARRIERS: tuple[tuple[str, Callable[[str, str, Rng, int], Written]], ...] = (
    ("prose, nine languages", _prose),
    ("code", _code),
    ("json", _json),
    ("among words", _unmarked),
    ("split over lines", _split),
    ("wrapped by mail", _wrapped),
    ("base64", _encoded),
)
