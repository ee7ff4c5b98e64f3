"""The compiled conditions say what a CEL library says, and only what the policy's text says."""

from __future__ import annotations

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.control.cel import Reach, Wrong, check, compile_all, parse, shown
from stillwatch.control.facts import Facts
from stillwatch.control.trying import facts_from, told
from tests.laws.expressions import NOW_US, conditions, facts


def ours(text: str, of: Facts) -> bool | None:
    node = check(parse(text))
    if compile_all([node])(of, NOW_US):
        return True
    return None if compile_all([node], unknown=True)(of, NOW_US) else False


def theirs(text: str, of: Facts) -> bool | None:
    try:
        answer = cel.evaluate(text, told(of, NOW_US))
    except (KeyError, ValueError, TypeError, ArithmeticError, RuntimeError):
        return None
    assert isinstance(answer, bool)
    return answer


@settings(max_examples=250, deadline=None)
@given(conditions(), facts())
def test_a_library_answers_the_same(text: str, of: Facts) -> None:
    assert ours(text, of) == theirs(text, of)


@settings(max_examples=80, deadline=None)
@given(conditions(), facts())
def test_what_is_shown_is_what_was_read(text: str, of: Facts) -> None:
    node = check(parse(text))
    again = check(parse(shown(node)))
    assert shown(again) == shown(node)
    assert ours(text, of) == ours(shown(node), of)


@settings(max_examples=80, deadline=None)
@given(conditions(4), conditions(4), facts())
def test_many_conditions_in_one_function_do_not_disturb_one_another(
    one: str, other: str, of: Facts
) -> None:
    nodes = [check(parse(text)) for text in (one, other, one)]
    expected = [place for place, text in enumerate((one, other, one)) if ours(text, of) is True]
    assert compile_all(nodes)(of, NOW_US) == expected


@settings(max_examples=150, deadline=None)
@given(conditions(), facts(frozenset({"request", "account", "cluster", "usage", "key"})))
def test_what_cannot_reach_outside_never_does(text: str, of: Facts) -> None:
    reach = Reach(check(parse(text)))
    if ours(text, of) is True:
        assert reach.outside()


@settings(max_examples=150, deadline=None)
@given(conditions(), facts())
def test_a_member_that_is_hit_could_be_reached(text: str, of: Facts) -> None:
    if ours(text, of) is True:
        assert Reach(check(parse(text))).member(of)


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("campaign.membership >= 0.9", False),
        ("campaign.membership < 0.9", True),
        ("campaign.membership >= 0.9 || usage.requests_day > 1000.0", True),
        ("campaign.membership >= 0.9 && usage.requests_day > 1000.0", False),
        ("!(campaign.membership < 0.9)", False),
        ("campaign.found ? true : account.age_days < 3.0", True),
        ("account.age_days < 3.0 ? campaign.found : false", False),
        ("campaign.families['content'] > 3.0", False),
        ("!(campaign.families['content'] > 3.0)", False),
        ("'content' in campaign.families", False),
        ("campaign.techniques.exists(t, t == account.plan)", False),
        ("campaign.techniques.all(t, t == account.plan)", True),
        ("campaign.fdr > 0.5", True),
        ("campaign.n_accounts > request.samples", True),
        ("cluster.watched", True),
    ],
)
def test_who_can_be_reached_outside(text: str, outside: bool) -> None:
    assert Reach(check(parse(text))).outside() is outside


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("account.country == 'x'", "there is no fact account.country"),
        ("account.tear == 'open'", "did you mean account.tier"),
        ("account.age_days", "must be true or false"),
        ("1 + 1.0 > 2.0", "do not mix"),
        ("request.samples > 'x'", "cannot be compared"),
        ("campaign.found && ", "ends too early"),
        ("campaign.found )", "more than an expression"),
        ("account.plan.matches('x')", "no method of the subset"),
        ("[1, 'a'] == [1]", "one kind only"),
        ("__import__('os')", "no function of the subset"),
        ("request.__class__ == 'x'", "there is no fact"),
        ("account_id == 'x'", "is unknown"),
        ("(" * 60 + "true" + ")" * 60, "nested more than"),
        (" && ".join(["true"] * 200), "in a row"),
        ("!" * 100 + "true", "too many signs"),
        ("'" + "x" * 5000 + "'", "longer than"),
        ("1u < 2u", "no number of the subset"),
        ("'\\q' == ''", "no escape"),
        ("99999999999999999999 > 1", "64 bits"),
    ],
)
def test_what_cannot_stand_says_why(text: str, said: str) -> None:
    with pytest.raises(Wrong, match=said.replace("(", r"\(")):
        check(parse(text))


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60) | st.text("camp.ign()[]!&|<>='\"\\0123456789?:, -+*/%tures", max_size=80)
)
def test_any_text_is_read_or_told_what_is_wrong(text: str) -> None:
    try:
        check(parse(text))
    except Wrong as error:
        assert 0 <= error.at <= len(text)


def test_an_unknown_fact_is_absorbed_where_the_other_side_decides() -> None:
    nobody = facts_from({})
    assert ours("account.age_days < 3.0", nobody) is None
    assert ours("account.age_days < 3.0 || true", nobody) is True
    assert ours("account.age_days < 3.0 && false", nobody) is False
    assert ours("has(account.age_days)", nobody) is False
