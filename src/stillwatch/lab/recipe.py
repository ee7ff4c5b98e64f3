"""Recipe: every knob of one made world, frozen, so that a world can be made again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from stillwatch.model.errors import BadSettings

VERSION = "stillwatch.recipe/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to make.

    Args:
        fixtures: campaign fixtures to play, for example ``("C01", "C04")``.
        twins: benign twins to play, for example ``("SWS-1", "SWS-3")``.
        n_accounts: benign accounts, twins included; at least 10.
        days: length of the window in days, 1 to 120.
        seed: recorded here; the generator is handed to ``simulate`` beside the recipe.
        start: first day, ISO date, UTC.
        mean_exchanges: mean exchanges of an ordinary benign account over the window.
        twin_share: share of benign accounts that play twins, 0 to 0.9.
        campaign_accounts: accounts of each campaign; None takes each fixture's own size.
        rate_per_day: campaign exchanges per account and day; None takes the fixture's own.
        paraphrase: 0 (one wording) to 1 (every request worded afresh).
        jitter: 0 (synchronised) to 1 (no common timing).
        mixing: share of unrelated customers' requests in campaign traffic, 0 to 0.95;
            None takes the fixture's own.
        infra_sharing: chance that a campaign account's payment, device, contact or address
            comes from the operator's common pool, 0 to 0.8.
        persona_sticky: 0 (any account gets any task) to 1 (each account keeps its subject).
        human_sessions: share of campaign requests sent in human-like sittings, 0 to 1.
        aged_accounts: share of campaign accounts opened long before the window, 0 to 1.
        responses: whether the answers' text is made too.
        exchanges: exchanges of the whole world, met within about 1%: the campaigns send
            what the benign accounts leave of it, each in proportion to its own volume.
            Campaigns are then made in lots of accounts, so that none is held whole.
        prompt_chars: mean characters of a prompt, 100 to 10,000; openings and tasks then
            carry pasted documents, long and short. None pastes nothing.
        campaign_sizes: (fixture, accounts of each of its campaigns), over
            ``campaign_accounts``.
        stress: worlds that are hard to search, from
            :data:`stillwatch.lab.stress.STRESSES`.
    """

    fixtures: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    n_accounts: int = 12_000
    days: int = 14
    seed: int = 0
    start: str = "2026-03-02"
    mean_exchanges: float = 20.0
    twin_share: float = 0.45
    campaign_accounts: int | None = None
    rate_per_day: float | None = None
    paraphrase: float = 0.0
    jitter: float = 0.3
    mixing: float | None = None
    infra_sharing: float = 0.35
    persona_sticky: float = 0.0
    human_sessions: float = 0.0
    aged_accounts: float = 0.1
    responses: bool = False
    exchanges: int | None = None
    prompt_chars: int | None = None
    campaign_sizes: tuple[tuple[str, int], ...] = ()
    stress: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse settings out of range."""
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise BadSettings(name, f"{value} is outside {low:g} to {high:g}")
        for fixture, n in self.campaign_sizes:
            if not 2 <= n <= 100_000:
                raise BadSettings("campaign_sizes", f"{fixture}={n} is outside 2 to 100000")
        if self.exchanges is not None and self.rate_per_day is not None:
            raise BadSettings("exchanges", "settles the rate; give one of the two")
        if self.exchanges is not None and not self.fixtures:
            raise BadSettings("exchanges", "needs a fixture that sends what is left")

    def to_json(self) -> dict[str, object]:
        """All knobs with the version of the format, ready for ``recipe.json``.

        Knobs of :data:`_LATER` stand there only where they were turned.
        """
        turned = {k: v for k, v in asdict(self).items() if k not in _LATER or v}
        return {"schema": VERSION, **{k: _plain(v) for k, v in turned.items()}}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> Recipe:
        """Read back what :meth:`to_json` gave; unknown keys are refused."""
        known = {f.name for f in fields(cls)}
        given = {k: _frozen(v) for k, v in data.items()}
        given.pop("schema", None)
        for key in given:
            if key not in known:
                raise BadSettings(key, "is not a knob of a recipe")
        return cls(**given)  # type: ignore[arg-type]


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("n_accounts", 10, 5_000_000),
    ("days", 1, 120),
    ("mean_exchanges", 1, 10_000),
    ("twin_share", 0, 0.9),
    ("campaign_accounts", 2, 100_000),
    ("rate_per_day", 0.1, 5_000),
    ("paraphrase", 0, 1),
    ("jitter", 0, 1),
    ("mixing", 0, 0.95),
    ("infra_sharing", 0, 0.8),
    ("persona_sticky", 0, 1),
    ("human_sessions", 0, 1),
    ("aged_accounts", 0, 1),
    ("exchanges", 1_000, 1_000_000_000),
    ("prompt_chars", 100, 10_000),
)
_LATER = ("exchanges", "prompt_chars", "campaign_sizes", "stress")


def _plain(value: object) -> object:
    return [_plain(x) for x in value] if isinstance(value, tuple) else value


def _frozen(value: object) -> object:
    return tuple(_frozen(x) for x in value) if isinstance(value, list) else value
