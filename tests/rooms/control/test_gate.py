"""The gate: what is said and what is done, apart; who outranks whom; who is spared."""

from __future__ import annotations

from typing import Any

import pytest

from stillwatch.control import Book, Call, Enforcement, Gate, LocalLimits, open_to_friction
from stillwatch.control.cases import find_case
from stillwatch.control.deciding import approve, by_person, kill, propose
from stillwatch.control.registry import Registration, Registry, Use
from stillwatch.model.decision import By, undo
from stillwatch.model.errors import BadInput, NotAllowed
from tests.rooms.control.policies import DAY_US, NOW_US, campaign, policy, result, rule

BURST = {"id": "burst", "by": "account", "allows": 2, "per": "1m", "state": "enforce"}

KEY = bytes(range(32))


class House:
    """A gate with a book, filled with one campaign, its rules having spoken."""

    def __init__(self, *rules: dict[str, Any], live: bool = True, members: Any = None, **more: Any):
        self.book = Book()
        self.book.learn_campaigns(result(members or campaign("a-1", "a-2")))
        self.gate = Gate(
            policy(*rules, **more), LocalLimits(), Enforcement(), live=live, case_key=KEY
        )
        self.propose()

    def propose(self, now_us: int = NOW_US) -> int:
        made = propose(self.gate.policy, self.book.members, self.gate.enforcement, now_us)
        return self.gate.enforcement.add(*made)

    def ask(self, account: str, now_us: int = NOW_US, **call: Any) -> Any:
        return self.gate.decide(self.book.facts(Call(account, **call), now_us), now_us)

    def person(self, control: str, about: str, **more: Any) -> Any:
        given = {"name": "ann", "now_us": NOW_US, "until_us": NOW_US + DAY_US, **more}
        made = by_person(control, about, members=set(self.book.members), **given)
        self.gate.enforcement.add(made)
        return made


def test_a_member_is_refused_and_nobody_else() -> None:
    house = House(rule())
    refused = house.ask("a-1")
    assert (refused.says, refused.does, refused.status) == ("refuse", "refuse", 403)
    assert refused.reason == "linked-campaign"
    assert refused.until_us == NOW_US + 2 * DAY_US
    assert refused.decision in house.gate.enforcement.decisions
    assert find_case(refused.case.lower(), "a-1", [refused.decision], KEY) == refused.decision
    assert find_case(refused.case, "a-2", [refused.decision], KEY) is None
    assert find_case(refused.case, "a-1", [refused.decision], b"") is None
    assert house.ask("stranger").status == 200


def test_shadow_says_and_does_nothing() -> None:
    house = House(rule(), live=False, limit=[BURST])
    seen = [house.ask("a-1") for _ in range(4)]
    assert {(v.says, v.does, v.spared) for v in seen} == {("refuse", "observe", "shadow")}
    others = [house.ask("b") for _ in range(4)]
    assert [v.says for v in others] == ["observe", "observe", "burst_cut", "burst_cut"]
    assert {v.status for v in others} == {200}
    told = seen[0].to_json()
    assert told["gen_ai.guardrail.verdict.type"] == "deny"
    assert told["gen_ai.guardrail.action.type"] == "allow"


def test_a_canary_acts_for_its_share_of_the_cluster_and_always_for_the_same() -> None:
    names = [f"a-{i}" for i in range(2000)]
    house = House(rule(state="canary", share=0.25), members=campaign(*names))
    hit = {name for name in names if house.ask(name).does == "refuse"}
    assert 0.2 < len(hit) / len(names) < 0.3
    assert all(house.ask(name).spared == "canary" for name in names if name not in hit)
    assert hit == {name for name in names if house.ask(name).does == "refuse"}


def test_the_kill_switch_stops_everything_and_its_undo_starts_it_again() -> None:
    house = House(rule(), limit=[BURST])
    stop = kill(name="ann", now_us=NOW_US)
    house.gate.enforcement.add(stop)
    stopped = house.ask("a-1")
    assert (stopped.says, stopped.does, stopped.spared) == ("refuse", "observe", "kill switch")
    assert [house.ask("b").status for _ in range(4)] == [200] * 4
    house.gate.enforcement.add(undo(stop, by=By.PERSON, name="ann", made_us=NOW_US))
    assert house.ask("a-1").status == 403


def test_a_person_outranks_a_rule_and_the_account_its_campaign() -> None:
    house = House(rule())
    before = {name: house.ask(name) for name in ("a-1", "a-2")}
    cleared = house.person("observe", "campaign:1")
    assert {house.ask(name).status for name in ("a-1", "a-2")} == {200}
    house.person("refuse", "account:a-2")
    assert (house.ask("a-1").status, house.ask("a-2").status) == (200, 403)
    house.gate.enforcement.add(undo(cleared, by=By.PERSON, name="bob", made_us=NOW_US))
    assert house.ask("a-1") == before["a-1"]


def test_a_ban_waits_for_two_persons_and_holds_the_doubtful() -> None:
    house = House(rule(rung="slow"), members=campaign("a-1"))
    house.book.learn_campaigns(result(campaign("a-1"), campaign("a-9", membership=0.6)))
    ban = house.person("ban_cluster", "campaign:1")
    assert house.ask("a-1").does == "slow"
    assert house.gate.enforcement.at(NOW_US).waiting == (ban,)
    with pytest.raises(NotAllowed, match="made"):
        approve(house.gate.enforcement, ban.id, name="ann", now_us=NOW_US)
    house.gate.enforcement.add(approve(house.gate.enforcement, ban.id, name="bob", now_us=NOW_US))
    assert house.ask("a-1").does == "ban_cluster"
    with pytest.raises(NotAllowed, match="already"):
        approve(house.gate.enforcement, ban.id, name="bob", now_us=NOW_US)
    held = House(rule(rung="slow"), members=campaign("a-9", membership=0.6))
    ban = held.person("suspend", "campaign:1")
    assert held.ask("a-9").does == "slow"


def test_a_rule_that_needs_persons_waits_and_is_not_proposed_twice() -> None:
    house = House(rule(), rule("core", "suspend", **{"for": "7d"}))
    assert house.ask("a-1").does == "refuse"
    assert house.propose() == 0
    (waiting,) = house.gate.enforcement.at(NOW_US).waiting
    house.gate.enforcement.add(
        approve(house.gate.enforcement, waiting.id, name="ann", now_us=NOW_US)
    )
    assert house.ask("a-1").does == "suspend"


def test_what_was_undone_is_not_made_again_and_what_ends_is_renewed() -> None:
    house = House(rule())
    (made,) = house.gate.enforcement.at(NOW_US).decisions
    house.gate.enforcement.add(undo(made, by=By.PERSON, name="ann", made_us=NOW_US))
    assert house.ask("a-1").status == 200
    assert house.propose() == 0
    assert house.propose(NOW_US + 2 * DAY_US) == 1
    later = NOW_US + 4 * DAY_US - DAY_US // 4
    assert house.propose(later) == 1
    assert house.ask("a-1", later).until_us == later + 2 * DAY_US


def test_a_changed_state_is_proposed_anew() -> None:
    house = House(rule(state="shadow"))
    assert house.ask("a-1").spared == "shadow"
    house.gate.policy = policy(rule())
    assert house.propose(NOW_US + 1) == 1
    assert house.ask("a-1", NOW_US + 1).does == "refuse"


def test_registered_uses_are_spared_within_their_bound_and_seen() -> None:
    house = House(rule(), members=campaign("lab", "shop"))
    end = NOW_US + 30 * DAY_US
    house.book.registry = Registry(
        Registration(
            id=f"n-{name}", account=name, use=use, requests_a_day=20, starts_us=NOW_US,
            until_us=end, agreed_by="ann",
        )
        for name, use in (("lab", Use.RESEARCH), ("shop", Use.RESELLER))
    )  # fmt: skip
    spared = house.ask("lab")
    assert (spared.says, spared.does, spared.spared) == ("refuse", "observe", "registered")
    assert house.ask("shop").status == 403
    assert house.ask("shop", tenant="t-1").status == 200
    assert [house.ask("lab").status for _ in range(25)][-1] == 403
    later = NOW_US + 2 * DAY_US - 1
    assert house.ask("lab", later).spared == "registered"
    house.person("refuse", "account:lab", until_us=later + 1)
    assert house.ask("lab", later).status == 403


def test_answers_are_altered_only_where_allowed_and_never_where_it_matters_for_safety() -> None:
    reasoning = rule("less", "reasoning_summarised")
    with pytest.raises(NotAllowed, match="off"):
        policy(reasoning)
    house = House(reasoning, answers={"allowed": True})
    assert house.ask("a-1").alters == ()
    for name in ("ann", "bob"):
        (waiting,) = house.gate.enforcement.at(NOW_US).waiting
        house.gate.enforcement.add(
            approve(house.gate.enforcement, waiting.id, name=name, now_us=NOW_US)
        )
    altered = house.ask("a-1")
    assert (altered.alters, altered.status) == (("reasoning_summarised",), 200)
    careful = house.ask("a-1", safety_relevant=True)
    assert (careful.alters, careful.says_alters) == ((), ("reasoning_summarised",))


def test_what_is_only_noted_needs_nobodys_consent() -> None:
    house = House(rule("less", "reasoning_summarised", state="shadow"))
    noted = house.ask("a-1")
    assert (noted.says_alters, noted.alters, noted.status) == (("reasoning_summarised",), (), 200)


def test_slow_leaves_a_rate_and_says_how_long_to_wait() -> None:
    house = House(rule(rung="slow"), slow={"allows": 6, "per": "1m", "burst": 2})
    seen = [house.ask("a-1") for _ in range(3)]
    assert [v.status for v in seen] == [200, 200, 429]
    assert seen[2].retry_after_s == pytest.approx(10.0)
    assert house.ask("a-1", NOW_US + 10_000_000).status == 200


def test_limits_are_taken_together_and_tokens_are_counted_after_the_answer() -> None:
    tokens = {"id": "tokens", "by": "credential", "allows": 1000, "per": "1m",
              "counts": "output_tokens", "state": "enforce"}  # fmt: skip
    house = House(limit=[{**BURST, "allows": 50}, tokens])
    assert house.ask("b", credential="k").status == 200
    facts = house.book.facts(Call("b", credential="k"), NOW_US)
    house.gate.settle(facts, 3000, NOW_US)
    over = house.ask("b", credential="k")
    assert (over.status, over.does, over.rules) == (429, "burst_cut", ("tokens",))
    assert over.retry_after_s == pytest.approx(120.0)
    assert house.ask("b", credential="other").status == 200


def test_a_mouth_alone_goes_open_to_friction_and_never_to_a_ban() -> None:
    house = House(rule(), limit=[BURST])
    alone = open_to_friction(house.ask("a-1"))
    assert (alone.says, alone.does, alone.status) == ("refuse", "observe", 200)
    limited = [open_to_friction(house.ask("b")) for _ in range(3)][-1]
    assert (limited.does, limited.status) == ("burst_cut", 429)


def test_a_broken_result_leaves_the_former_one_standing() -> None:
    house = House(rule())
    broken = campaign("a-3")
    del broken["fdr"]
    for wrong in (result(broken), {}, {"campaigns": [None]}, result(campaign("x", fdr="much"))):
        with pytest.raises(BadInput, match="former ones stay"):
            house.book.learn_campaigns(wrong)
    assert house.ask("a-1").status == 403


def test_a_large_campaign_is_decided_about_by_those_whom_a_rule_tells_apart() -> None:
    names = [f"a-{i}" for i in range(20_000)]
    big = campaign(*names)
    for place, member in enumerate(big["accounts"]):
        member |= {"membership": 0.5 + place / 50_000, "weight_bits": place / 100}
    never = rule("never", when="campaign.membership >= 0.95 && campaign.n_families >= 9")
    house = House(rule(), never, members=big)
    assert [d.name for d in house.gate.enforcement.at(NOW_US).decisions] == []
    house.gate.policy = policy(rule(when="campaign.membership >= 0.899"))
    assert house.propose() == 1


def test_persons_cannot_accuse_an_account_outside_a_campaign_either() -> None:
    house = House(rule())
    with pytest.raises(NotAllowed, match="single accounts"):
        house.person("refuse", "account:stranger")
    with pytest.raises(NotAllowed, match="at most"):
        house.person("refuse", "account:a-1", until_us=NOW_US + 90 * DAY_US)
    with pytest.raises(NotAllowed, match="alters answers"):
        house.person("marked_answers", "campaign:1")
    with pytest.raises(BadInput, match="neither"):
        house.person("refuse", "everybody")
