"""Settings of the serving side."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from stillwatch.defend.reasoning import DAY_US, SECOND_US, TERMS, Terms


class DefendSection(BaseModel):
    """What the model gives away."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    keys: Path = Field(default=Path("stillwatch-keys.json"))
    """The ring of keys; its owner's alone."""
    commitments: Path = Field(default=Path("stillwatch-commitments.jsonl"))
    """Log of digests of keys that were committed to before their use."""
    lifetime_days: float = Field(default=TERMS.lifetime_us / DAY_US, gt=0, le=366)
    """Days for which sealed reasoning can be resumed."""
    skew_s: float = Field(default=TERMS.skew_us / SECOND_US, ge=0, le=3_600)
    """Seconds by which the clocks of replicas may differ."""
    n_continuations: int = Field(default=TERMS.n_continuations, ge=1, le=1_000)
    """Different continuations of one token; a conversation that goes on has one."""
    n_presentations: int = Field(default=TERMS.n_presentations, ge=1, le=10**9)
    """Presentations of one token, whatever follows it."""
    wait_s: float = Field(default=300.0, ge=0, le=86_400)
    """Seconds from making a key to its first use, in which replicas read the ring."""

    @property
    def terms(self) -> Terms:
        """The settings as the room takes them."""
        return Terms(
            lifetime_us=round(self.lifetime_days * DAY_US),
            skew_us=round(self.skew_s * SECOND_US),
            n_continuations=self.n_continuations,
            n_presentations=self.n_presentations,
        )
