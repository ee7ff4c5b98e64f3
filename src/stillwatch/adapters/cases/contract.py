"""What a case needs of a result: its fields and their kinds, checked before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stillwatch.detect.result import SCHEMA
from stillwatch.model.errors import BadInput

LONGEST_TEXT = 4_000


def _moment(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("a time needs its zone")
    return value


Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]


class _Told(BaseModel):
    """A mapping of which some fields are read; the others do not matter."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class _Signal(_Told):
    signal: Text
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    family: Text
    question: Literal["operator", "harvest"]
    bits: float
    observed: Text
    evidence: list[Text]


class _Rival(_Told):
    hypothesis: Text
    bits: float


class _Account(_Told):
    account: Text
    membership: float
    weight_bits: float


class _Claims(_Told):
    industrial_scale: Text
    covert: Text
    unauthorised: Text
    fraud_enabled: Text


class _Campaign(_Told):
    id: Annotated[str, Field(pattern=r"^campaign:[0-9a-f]{4,64}$")]
    weight_bits: float
    fdr: float
    families: dict[Text, float]
    harvest: dict[Text, float]
    claims: _Claims
    n_exchanges: Annotated[int, Field(ge=1, le=2**53)]
    output_tokens: Annotated[int, Field(ge=0, le=2**53)] | None
    reasoning_tokens: Annotated[int, Field(ge=0, le=2**53)] | None
    models: dict[Text, float]
    first_seen: Moment
    last_seen: Moment
    detected_at: Moment
    weighed: Text
    techniques: list[Text]
    signals: list[_Signal]
    rivals: list[_Rival]
    accounts: Annotated[list[_Account], Field(min_length=1)]
    pictures: dict[str, Any] | None = None


class _Window(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", populate_by_name=True)

    begin: Annotated[Moment, Field(alias="from")]
    to: Moment


class _Blind(_Told):
    signal: Text
    why: Text


class _Named(_Told):
    id: Text


class _Result(_Told):
    schema_: Annotated[Literal[SCHEMA], Field(alias="schema")]  # type: ignore[valid-type]
    window: _Window
    n_exchanges: int
    n_accounts: int
    n_tested: int
    settings: dict[str, Any]
    not_looked: list[_Blind]
    campaigns: list[_Named]


def check_result(result: Mapping[str, Any]) -> None:
    """Whether a result can be searched for a campaign at all.

    Raises:
        BadInput: a field is missing or of the wrong kind; the message names it.
    """
    _checked(_Result, result, "result")


def check_campaign(campaign: Mapping[str, Any]) -> None:
    """Whether a case can be opened on a campaign.

    Raises:
        BadInput: a field is missing or of the wrong kind; the message names it.
    """
    _checked(_Campaign, campaign, str(campaign.get("id", "campaign"))[:80])


def _checked(kind: type[BaseModel], value: Mapping[str, Any], where: str) -> None:
    try:
        kind.model_validate(dict(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"cannot be read: {place}: {first['msg']}.",
            where=where,
            remedy="Save the result again with `detect LOGS --json`.",
        ) from error
