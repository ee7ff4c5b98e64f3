"""A policy from plain values, as TOML, YAML or JSON give them, with every error named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stillwatch.control.cel import Node, Reach, Wrong, check, compile_all, parse
from stillwatch.control.ladder import REFUSE, rung
from stillwatch.control.policy import POLICY_SCHEMA, Limit, Policy, Rule
from stillwatch.control.reasons import reason
from stillwatch.control.trying import facts_from
from stillwatch.model.decision import Mode
from stillwatch.model.errors import BadInput, NotAllowed, StillwatchError

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TOP = {"schema", "name", "owner", "answers", "slow", "rule", "limit"}
_RULE = {"id", "rung", "state", "share", "when", "for", "reason", "tells", "test"}
_LIMIT = {"id", "by", "state", "share", "when", "allows", "per", "burst", "reason", "counts",
          "tells"}  # fmt: skip
_BY = ("account", "credential", "campaign", "tenant")
_ALWAYS = check(parse("true"))
MOST_RULES: Final = 500


def duration_us(text: str, where: str = "duration") -> int:
    """Microseconds of ``30s``, ``5m``, ``24h``, ``7d`` or ``2w``.

    Raises:
        BadInput: it is none of these.

    >>> duration_us("2h")
    7200000000
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", str(text))
    if match is None:
        raise BadInput(f"{text!r} is no duration.", where=where, remedy="Write 30s, 5m, 24h or 7d.")
    return round(float(match[1]) * _UNITS[match[2]] * 1_000_000)


def policy_from(value: Mapping[str, Any], *, where: str = "policy") -> Policy:
    """Check a policy and compile it.

    Args:
        value: the parsed file.
        where: its name, for errors.

    Raises:
        BadInput: something is missing, unknown, of the wrong kind or out of range.
        NotAllowed: a rule could accuse a single account, or asks for what the ladder forbids.
    """
    _known(value, _TOP, where)
    if value.get("schema") != POLICY_SCHEMA:
        raise BadInput(f"schema must be {POLICY_SCHEMA!r}.", where=where)
    answers = value.get("answers", {})
    slow = value.get("slow", {"allows": 6, "per": "1m", "burst": 6})
    rules = tuple(
        _rule(one, f"{where}, rule {one.get('id', number + 1)}", bool(answers.get("allowed")))
        for number, one in enumerate(_tables(value, "rule", where))
    )
    limits = tuple(
        _limit(one, f"{where}, limit {one.get('id', number + 1)}")
        for number, one in enumerate(_tables(value, "limit", where))
    )
    _distinct([*(r.id for r in rules), *(x.id for x in limits)], where)
    conditions = [r.when for r in rules] + [x.when or _ALWAYS for x in limits]
    slow_cost_us, slow_burst_us = _rate(slow, f"{where}, slow")
    if slow_cost_us > 60_000_000:
        raise NotAllowed(f"{where}: slow allows less than one request a minute", by_rule="bound")
    return Policy(
        name=str(value.get("name", where)),
        digest=hashlib.blake2b(_canonical(value).encode(), digest_size=8).hexdigest(),
        rules=rules,
        limits=limits,
        slow_cost_us=slow_cost_us,
        slow_burst_us=slow_burst_us,
        answers=bool(answers.get("allowed", False)),
        holding=compile_all(conditions),
    )


def condition(text: str, where: str) -> Node:
    """A checked condition.

    Raises:
        BadInput: it does not stand; the error shows the place.
    """
    try:
        return check(parse(text))
    except Wrong as error:
        start = max(0, error.at - 30)
        mark = f"{text[start : error.at]}>>>{text[error.at : error.at + 30]}"
        raise BadInput(f"{error}: {mark}", where=where) from error


def _rule(value: Mapping[str, Any], where: str, answers: bool) -> Rule:
    _known(value, _RULE, where)
    _need(value, ("id", "rung", "when", "for", "reason"), where)
    named = _within(lambda: rung(str(value["rung"])), where)
    mode, share = _state(value, where)
    when = condition(str(value["when"]), where)
    reach = Reach(when)
    outside = reach.outside()
    if outside and (named.height >= REFUSE or named.needs_campaign):
        raise NotAllowed(
            f"{where}: {named.name!r} could be aimed at an account outside every campaign: "
            f"{value['when']!r} can hold there. Add a condition that is false outside, such as "
            "campaign.membership >= 0.9",
            by_rule="single accounts are not accused",
        )
    for_us = duration_us(value["for"], where)
    if not 0 < for_us <= named.longest_us:
        longest = f"{named.longest_us / 3_600e6:g} h"
        raise NotAllowed(f"{where}: {named.name} may hold for {longest} at most", by_rule="expiry")
    if named.alters_answer and mode is not Mode.SHADOW and not answers:
        raise NotAllowed(
            f"{where}: {named.name} alters answers, which is off; set [answers] allowed = true "
            "after reading docs/rooms/control.md",
            by_rule="answers are not altered by default",
        )
    _within(lambda: reason(str(value["reason"])), where)
    made = Rule(
        id=_name(value["id"], where),
        rung=named,
        mode=mode,
        share=share,
        when=when,
        text=str(value["when"]),
        for_us=for_us,
        reason=str(value["reason"]),
        about_campaign=not outside,
        reach=reach,
        tells=str(value.get("tells", "")),
    )
    _try(made.when, value.get("test", []), where)
    return made


def _try(when: Node, tests: object, where: str) -> None:
    """Run the tests that stand with a rule; one that fails refuses the policy."""
    if not isinstance(tests, list) or not all(isinstance(x, Mapping) for x in tests):
        raise BadInput("test must be a list of tables.", where=where)
    for number, one in enumerate(tests):
        _known(one, {"facts", "holds"}, f"{where}, test {number + 1}")
        _need(one, ("facts", "holds"), f"{where}, test {number + 1}")
        facts = _within(lambda one=one: facts_from(one["facts"]), f"{where}, test {number + 1}")
        if bool(compile_all([when])(facts, 0)) is not one["holds"]:
            said = "does not hold" if one["holds"] else "holds"
            raise BadInput(f"the condition {said} for {one['facts']}.", where=f"{where}, its test")


def _limit(value: Mapping[str, Any], where: str) -> Limit:
    _known(value, _LIMIT, where)
    _need(value, ("id", "by", "allows", "per"), where)
    if value["by"] not in _BY:
        raise BadInput(f"by must be one of {', '.join(_BY)}.", where=where)
    if value.get("counts", "requests") not in ("requests", "output_tokens"):
        raise BadInput("counts must be requests or output_tokens.", where=where)
    mode, share = _state(value, where)
    cost_us, burst_us = _rate(value, where)
    text = str(value.get("when", ""))
    code = str(value.get("reason", "over-limit"))
    _within(lambda: reason(code), where)
    return Limit(
        id=_name(value["id"], where),
        by=str(value["by"]),
        mode=mode,
        share=share,
        when=condition(text, where) if text else None,
        text=text,
        cost_us=cost_us,
        burst_us=burst_us,
        reason=code,
        counts=str(value.get("counts", "requests")),
    )


def _rate(value: Mapping[str, Any], where: str) -> tuple[int, int]:
    """Microseconds drained by one, and the burst in microseconds."""
    allows, per_us = value.get("allows"), duration_us(value.get("per", "1m"), where)
    burst = value.get("burst", allows)
    for key, number in (("allows", allows), ("burst", burst)):
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number < 1:
            raise BadInput(f"{key} must be a number of at least 1.", where=where)
    assert isinstance(allows, (int, float)) and isinstance(burst, (int, float))
    cost_us = max(1, round(per_us / allows))
    return cost_us, round(cost_us * burst)


def _state(value: Mapping[str, Any], where: str) -> tuple[Mode, float]:
    try:
        mode = Mode(str(value.get("state", Mode.SHADOW)))
    except ValueError:
        known = ", ".join(Mode)
        raise BadInput(f"state must be one of {known}.", where=where) from None
    share = value.get("share", 1.0)
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
        raise BadInput("share must be above 0 and at most 1.", where=where)
    if (mode is Mode.CANARY) != ("share" in value):
        raise BadInput("a canary has a share, and nothing else has.", where=where)
    return mode, float(share)


def _tables(value: Mapping[str, Any], key: str, where: str) -> Sequence[Mapping[str, Any]]:
    tables = value.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(x, Mapping) for x in tables):
        raise BadInput(f"{key} must be a list of tables.", where=where, remedy=f"Write [[{key}]].")
    if len(tables) > MOST_RULES:
        raise BadInput(f"more than {MOST_RULES} of {key}.", where=where)
    return tables


def _known(value: Mapping[str, Any], known: set[str], where: str) -> None:
    wrong = sorted(set(value) - known)
    if wrong:
        raise BadInput(
            f"{', '.join(wrong)} is unknown.", where=where, remedy=f"Known: {sorted(known)}."
        )


def _need(value: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    missing = [key for key in keys if key not in value]
    if missing:
        raise BadInput(f"{', '.join(missing)} is missing.", where=where)


def _name(value: object, where: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadInput(f"{value!r} is no id; write words-joined-by-dashes.", where=where)
    return value


def _distinct(names: Sequence[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{', '.join(twice)} stands there twice.", where=where)


def _within(made: Any, where: str) -> Any:
    try:
        return made()
    except StillwatchError as error:
        raise BadInput(str(error), where=where) from error


def _canonical(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{k!r}:{_canonical(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return repr(value)
