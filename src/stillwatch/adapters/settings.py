"""Settings: one typed tree from ``stillwatch.toml`` and ``STILLWATCH_*``, read when asked.

Where a key stands decides who wins: the environment over the file, the file over
the default. A key that nobody knows is an error in either place: a setting that is
misspelt must not pass for one that is in force.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from stillwatch.adapters.behaving.settings import BehaviourSection
from stillwatch.adapters.defend.settings import DefendSection
from stillwatch.adapters.distilling.settings import DistilSection
from stillwatch.adapters.gateway.settings import GatewaySection, ServeSection
from stillwatch.adapters.matching.settings import MatchSection
from stillwatch.adapters.scanning.settings import FilesSection
from stillwatch.adapters.screen.settings import ScreenSection
from stillwatch.adapters.share.settings import ShareSection
from stillwatch.adapters.taxii.settings import TaxiiSection
from stillwatch.model.errors import BadSettings

FILE_NAME = "stillwatch.toml"
PREFIX = "STILLWATCH_"
_NESTED = "__"


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class DetectSection(_Section):
    """How campaigns are looked for."""

    # The defaults are the room's, and a test holds that: to import it costs a second.

    fdr: float = Field(default=0.01, gt=0, le=0.2)
    """Share of false campaigns accepted among those reported (false discovery rate)."""
    clock_s: int = Field(default=10_800, ge=600, le=604_800)
    """Seconds between two looks at the traffic; time to detect is read on this clock."""
    min_accounts: int = Field(default=5, ge=3, le=1_000_000)
    """Accounts that a cluster must hold before it can be reported."""
    min_families: int = Field(default=2, ge=2, le=8)
    """Independent families of evidence that must speak for a campaign."""
    family_cap_bits: float = Field(default=32.0, gt=0, le=64)
    """Most bits that one family may add to a campaign's weight."""
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    """Seed of everything drawn at random; the same seed and input give the same output."""
    key_file: Path | None = Field(default=None)
    """File that holds the secret for keyed sketches (at least 32 bytes)."""
    keep_text: bool = Field(default=False)
    """Keep examples of templates as text, for the evidence; they can hold personal data."""


class ReportSection(_Section):
    """What the report shows."""

    show_text: bool = Field(default=False)
    """Show excerpts of prompts as evidence; they can hold personal data."""


class InputSection(_Section):
    """How logs are read."""

    strict: bool = Field(default=False)
    """Stop at the first row that breaks the contract instead of counting and skipping it."""


class EngineSection(_Section):
    """How work is given to other machines."""

    part_mib: int = Field(default=24, ge=1, le=4096)
    """MiB of logs that a worker is given at a time."""


class WatchSection(_Section):
    """How traffic is watched while it happens."""

    every_s: float = Field(default=60.0, ge=0, le=86_400)
    """Seconds between two looks; 0 looks at the moments of `detect.clock_s` only."""
    window_s: float = Field(default=1_209_600.0, ge=3_600, le=31_536_000)
    """How far back a look goes, in seconds; what is older is let go, by whole days."""
    most_exchanges: int = Field(default=20_000_000, ge=1_000, le=2_000_000_000)
    """Exchanges that a look takes at most; the window is cut to them, by whole hours."""
    lateness_s: float = Field(default=86_400.0, ge=0, le=31_536_000)
    """Exchanges sent longer than this before the latest one are counted and not taken."""
    delay_s: float = Field(default=5.0, ge=0, le=3_600)
    """Seconds by which a look stays behind the latest exchange, for those a little late."""
    idle_s: float = Field(default=10.0, ge=0, le=86_400)
    """Seconds of quiet after which the traffic's clock goes on with the wall clock."""
    gather_s: float = Field(default=0.05, ge=0, le=5)
    """Seconds that a commit waits for company before it goes to the disk."""
    events_mib: int = Field(default=1_024, ge=64, le=1_048_576)
    """MiB of events that are kept, about; the oldest are let go, a file of 32 MiB at a time."""
    token_file: Path | None = Field(default=None)
    """File that holds the bearer token of receivers and of `/campaigns`."""


class ControlSection(_Section):
    """Who may call, and how much."""

    live: bool = Field(default=False)
    """Do what the verdicts say; until then they are noted only (shadow mode)."""
    folder: Path = Field(default=Path("stillwatch-control"))
    """Folder of the log of decisions and of the snapshot of limits."""
    policy: Path | None = Field(default=None)
    """The policy, TOML or JSON; the shipped one where none is named."""
    leaked_keys: Path | None = Field(default=None)
    """File of credentials that were found in the open, as digests, one a line."""
    case_key: Path | None = Field(default=None)
    """Secret of case numbers that several machines share, a copy of one's `case.key`."""
    store: str | None = Field(default=None)
    """Address of a Redis or Valkey that several replicas share, such as redis://host:6379/0."""
    replicas: int = Field(default=1, ge=1, le=1_000)
    """Replicas that decide; each has one part of every limit while the store is away."""


class CustodySection(_Section):
    """What was sealed, and who bears witness."""

    folder: Path = Field(default=Path("stillwatch-custody"))
    """Folder of the log, its vault, its keys and its heads; its owner's alone."""
    holders: tuple[Path, ...] = Field(default=(), max_length=2)
    """Public keys of the two holders who together open originals, PEM; none keeps no originals."""
    authority: str | None = Field(default=None)
    """Address of an RFC 3161 time-stamping authority that is asked after each run of sealing."""
    timeout_s: float = Field(default=20.0, gt=0, le=600)
    """Seconds to wait for the authority or a witness."""


class CaseSection(_Section):
    """Cases: everything about one campaign, for and against."""

    folder: Path = Field(default=Path("stillwatch-cases"))
    """Folder of the cases, one folder a case; its owner's alone."""
    roster: Path = Field(default=Path("stillwatch-roster.toml"))
    """The persons who may sign: name, public key and roles."""


class ReviewSection(_Section):
    """Reviews of AI tools."""

    signing_python: Path | None = Field(default=None)
    """Interpreter of an environment that has model-signing; none leaves signatures unchecked."""
    signing_timeout_s: float = Field(default=600.0, gt=0, le=86_400)
    """Seconds that checking or making the signature of a model may take."""


class Settings(BaseSettings):
    """Everything that can be set. Frozen; made by :func:`load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=_NESTED,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    detect: DetectSection = DetectSection()
    report: ReportSection = ReportSection()
    input: InputSection = InputSection()
    engine: EngineSection = EngineSection()
    watch: WatchSection = WatchSection()
    control: ControlSection = ControlSection()
    serve: ServeSection = ServeSection()
    gateway: GatewaySection = GatewaySection()
    defend: DefendSection = DefendSection()
    custody: CustodySection = CustodySection()
    case: CaseSection = CaseSection()
    share: ShareSection = ShareSection()
    match: MatchSection = MatchSection()
    distil: DistilSection = DistilSection()
    taxii: TaxiiSection = TaxiiSection()
    screen: ScreenSection = ScreenSection()
    review: ReviewSection = ReviewSection()
    files: FilesSection = FilesSection()
    behaviour: BehaviourSection = BehaviourSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what is handed in, which is the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(config: Path | None = None) -> Settings:
    """Read the settings that are in force now.

    Args:
        config: the file to read. ``None`` reads ``./stillwatch.toml`` where there is one.

    Returns:
        The checked tree; sections are pydantic models, ``settings.detect.model_dump()`` is plain.

    Raises:
        BadSettings: a key is unknown, a value is of the wrong kind or out of range, or the
            file that was named cannot be read. The message names key, place and nearest key.
    """
    path = _find(config)
    tree = {} if path is None else _read(path)
    _check_environment(os.environ)
    try:
        return Settings(**tree)
    except ValidationError as error:
        raise _explained(error, path) from None


def keys(model: type[BaseModel] = Settings, before: str = "") -> Iterator[str]:
    """Yield every dotted key, such as ``detect.fdr``, in the order of the tree."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def variable(key: str) -> str:
    """Return the environment variable of a dotted key.

    >>> variable("detect.fdr")
    'STILLWATCH_DETECT__FDR'
    """
    return PREFIX + key.replace(".", _NESTED).upper()


def _find(config: Path | None) -> Path | None:
    if config is not None:
        if not config.is_file():
            raise BadSettings("--config", f"there is no file {config}; name one that exists.")
        return config
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(str(path), f"is not TOML: {error}") from None
    except OSError as error:
        raise BadSettings(str(path), f"cannot be read: {error.strerror}") from None
    known = set(keys())
    for key in _leaves(tree):
        if key not in known:
            raise BadSettings(key, f"no such key, found in {path}.{_nearest(key)}")
    return tree


def _leaves(tree: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield the dotted keys of ``tree``; a known section that is no table is left to pydantic."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}.")
        elif before or name not in Settings.model_fields:
            yield f"{before}{name}"


def _check_environment(environment: Mapping[str, str]) -> None:
    known = {variable(key): key for key in keys()}
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            key = name[len(PREFIX) :].lower().replace(_NESTED, ".")
            raise BadSettings(
                key, f"no such key, found in the environment as {name}.{_nearest(key, env=True)}"
            )


def _nearest(key: str, *, env: bool = False) -> str:
    known = tuple(keys())
    found = get_close_matches(key, known, n=1, cutoff=0.6)
    if not found:
        tails = {name.rpartition(".")[2]: name for name in known}
        found = [
            tails[tail]
            for tail in get_close_matches(key.rpartition(".")[2], tuple(tails), n=1, cutoff=0.6)
        ]
    if not found:
        return f" Known keys: {', '.join(known)}."
    nearest = found[0]
    return f" Did you mean {variable(nearest) if env else nearest}?"


def _explained(error: ValidationError, path: Path | None) -> BadSettings:
    """Turn pydantic's first complaint into one that names key, place, value and remedy."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    set_in = {name.upper(): name for name in os.environ}.get(variable(key))
    place = f"the environment as {set_in}" if set_in else str(path)
    more = error.error_count() - 1
    rest = f" {more} more of the settings will not do either." if more else ""
    said = first["msg"].removeprefix("Input ").replace("should be", "must be")
    if first["type"] in {"model_type", "model_attributes_type", "dict_type"}:
        said = f"must be a table: [{key}]"
    return BadSettings(key, f"{said}, found {first['input']!r} in {place}.{rest}")
