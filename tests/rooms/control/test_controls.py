"""Tiers, ramps, quotas, resellers, step-up and key hygiene, each as a control of its own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.control import Book, Call, Claim, LocalLimits
from stillwatch.control.ramps import PLANS, plan_allowance, ramp_allowance
from stillwatch.control.registry import Registration, Registry, Use
from stillwatch.control.stepup import DUE_US, GOOD_US, Event, Step, step_of
from stillwatch.control.tiers import TIERS, tier_of
from stillwatch.control.usage import DAY_US, Usage, distinct
from stillwatch.model.errors import BadInput
from tests.rooms.control.policies import NOW_US

moments = st.integers(0, 400).map(lambda day: round(day * DAY_US / 2))
events = st.lists(
    st.builds(
        Event, st.just("a"), st.sampled_from([Step.ASKED, Step.PASSED, Step.FAILED]), moments
    ),
    max_size=6,
)


def test_more_is_open_to_those_who_have_shown_more() -> None:
    for lower, higher in itertools.pairwise(TIERS):
        assert lower.requests_a_day < higher.requests_a_day
        assert lower.new_models_after_days >= higher.new_models_after_days
    assert tier_of("none").name == tier_of("a word of tomorrow").name == "open"
    assert tier_of("none", programme="school").name == "reached"
    assert tier_of("document", programme="school").name == "shown"
    assert tier_of("", disclosed="research").name == "vouched"


def test_a_new_model_opens_to_the_tiers_one_after_another() -> None:
    book = Book()
    book.released_us = {"m-2": NOW_US}
    book.learn_accounts(
        {"account": name, "verification": name} for name in ("email", "phone", "document")
    )
    for days, barred in ((0, {"email", "phone"}), (1, {"email"}), (3, set())):
        now_us = NOW_US + round(days * DAY_US)
        asked = {name: book.facts(Call(name, model="m-2"), now_us) for name in book.accounts}
        assert {name for name, f in asked.items() if f.request.beyond_tier} == barred


@given(st.floats(0, 400), st.floats(0, 400), st.sampled_from([t.name for t in TIERS]))
def test_an_allowance_grows_with_age_up_to_its_tier(one: float, other: float, tier: str) -> None:
    young, old = sorted((one, other))
    assert ramp_allowance(tier, young) <= ramp_allowance(tier, old)
    assert ramp_allowance(tier, None) == ramp_allowance(tier, young, preapproved=True)
    assert ramp_allowance(tier, 400.0) == ramp_allowance(tier, None)


def test_a_plan_that_is_unknown_has_no_bound() -> None:
    assert plan_allowance("enterprise") is None
    assert all(plan_allowance(plan) for plan in PLANS)


@settings(deadline=None)
@given(events, st.randoms(use_true_random=False), moments)
def test_a_step_up_does_not_depend_on_order_or_copies(
    told: list[Event], chance: object, now_us: int
) -> None:
    shuffled = [*told, *told]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert step_of(shuffled, now_us) == step_of(told, now_us)


def test_a_step_up_lapses_and_a_pass_counts_for_half_a_year() -> None:
    asked, passed = Event("a", Step.ASKED, 0), Event("a", Step.PASSED, 5)
    assert step_of([asked], DUE_US - 1) is Step.ASKED
    assert step_of([asked], DUE_US) is Step.LAPSED
    assert step_of([asked, passed], DUE_US) is Step.PASSED
    assert step_of([asked, passed, Event("a", Step.ASKED, 9)], DUE_US) is Step.PASSED
    assert step_of([asked, passed], GOOD_US + 5) is Step.NONE
    assert step_of([asked, Event("a", Step.FAILED, 3), passed], 6) is Step.PASSED


def test_an_agreement_has_a_bound_an_end_and_a_person() -> None:
    good = {"id": "n", "account": "a", "use": Use.RESEARCH, "requests_a_day": 10.0,
            "starts_us": 0, "until_us": 9, "agreed_by": "ann"}  # fmt: skip
    registry = Registry([Registration(**good)])
    assert registry.within("a", 10.0, "", 8)
    assert not registry.within("a", 10.1, "", 8)
    assert not registry.within("a", 1.0, "", 9)
    assert not registry.within("b", 1.0, "", 8)
    for wrong in ({"requests_a_day": 0.0}, {"until_us": 0}, {"agreed_by": ""}):
        with pytest.raises(BadInput):
            Registration(**{**good, **wrong})


def test_a_migration_has_no_ramp_and_is_not_spared_otherwise() -> None:
    book = Book(
        Registry(
            [
                Registration(
                    id="m", account="new", use=Use.MIGRATION, requests_a_day=1e6, starts_us=0,
                    until_us=2 * NOW_US, agreed_by="ann",
                )
            ]
        )
    )  # fmt: skip
    book.learn_accounts(
        [{"account": a, "opened_us": NOW_US, "verification": "email"} for a in ("new", "other")]
    )
    facts = {a: [book.facts(Call(a), NOW_US) for _ in range(500)][-1] for a in ("new", "other")}
    assert facts["other"].usage.ramp_ratio == pytest.approx(4.0)
    assert facts["new"].usage.ramp_ratio == pytest.approx(0.25)
    assert (facts["new"].account.preapproved, facts["new"].account.registered) == (True, False)


def test_a_key_in_many_networks_is_counted_and_a_leaked_one_known() -> None:
    book = Book()
    book.leaked = frozenset({"k-1"})
    for number in range(40):
        call = Call("a", credential="k-1", network=f"n-{number}", client="one tool")
        facts = book.facts(call, NOW_US + number)
    assert 25 <= facts.key.networks_hour <= 60
    assert (facts.key.clients_hour, facts.key.leaked) == (1, True)
    later = book.facts(Call("a", credential="k-1", network="n-1"), NOW_US + round(DAY_US))
    assert later.key.networks_hour == 1


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10**11)), min_size=1, max_size=30))
def test_usage_counted_at_two_replicas_adds_up(requests: list[tuple[str, int]]) -> None:
    requests = sorted(requests, key=lambda x: x[1])
    whole, left, right = Usage(), Usage(), Usage()
    for place, (account, moment) in enumerate(requests):
        whole.note(account, f"k-{account}", f"n-{place % 7}", "c", moment)
        (left, right)[place % 2].note(account, f"k-{account}", f"n-{place % 7}", "c", moment)
    merged = Usage()
    merged.merge(left.rows())
    merged.merge(right.rows())
    end = requests[-1][1]
    for name, used in whole.accounts.items():
        other = merged.accounts[name]
        used.bring_to(end)
        other.bring_to(end)
        assert (other.day, other.hour) == pytest.approx((used.day, used.hour))
    for name, spread in whole.credentials.items():
        mine = merged.credentials[name]
        assert mine.networks == spread.networks
        assert distinct(mine.networks) == distinct(spread.networks)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 10),
)
def test_a_limit_never_gives_more_than_its_burst_and_rate(
    waits: list[int], cost: int, burst: int
) -> None:
    limits, claim, now, given_at = LocalLimits(), Claim("a", cost, cost * burst), 0, []
    for wait in waits:
        now += wait
        taken = limits.take([claim], now)
        if taken.allowed:
            given_at.append(now)
        else:
            assert not LocalLimits.take(limits, [claim], now + taken.wait_us - 1).allowed
    for place, begin in enumerate(given_at):
        for n, end in enumerate(given_at[place:], 1):
            assert n <= burst + (end - begin) / cost


def test_full_buckets_are_forgotten_and_others_kept() -> None:
    limits = LocalLimits(n_most=10)
    for number in range(30):
        limits.take([Claim(f"k-{number}", 5, 50)], number * 10)
    assert len(limits) <= 11
    limits.take([Claim("held", 10_000, 10_000)], 300)
    for number in range(30):
        limits.take([Claim(f"m-{number}", 5, 50)], 310 + number * 10)
    assert not limits.take([Claim("held", 10_000, 10_000)], 700).allowed


def test_an_account_table_read_anew_forgives_no_failed_step_up() -> None:
    book = Book()
    book.step_up("a", Step.FAILED)
    book.learn_accounts([{"account": "a", "plan": "pro"}])
    assert (book.accounts["a"].stepup, book.accounts["a"].plan) == ("failed", "pro")


def test_one_account_with_ever_new_keys_does_not_fill_the_memory() -> None:
    usage = Usage(n_most=100)
    for number in range(1_000):
        usage.note("a", f"k-{number}", "n", "c", NOW_US + number)
    assert len(usage.credentials) <= 101
    assert "k-999" in usage.credentials
    assert usage.accounts["a"].day == pytest.approx(1_000)
