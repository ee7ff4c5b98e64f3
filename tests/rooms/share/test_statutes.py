"""The list of statutes: spells in order, and nothing permitted between them."""

from __future__ import annotations

import pytest

from stillwatch.model.marking import LegalBasis
from stillwatch.share.statutes import STATUTES, Statute, lapsed

DAY_US = 86_400_000_000


@pytest.mark.parametrize("one", STATUTES, ids=lambda one: one.name)
def test_spells_are_in_order_and_say_where_they_stand(one: Statute) -> None:
    flat = [moment for spell in one.spells for moment in spell if moment is not None]
    assert flat == sorted(set(flat))
    assert one.source
    for start, end in one.spells:
        assert one.holds(start)
        assert not one.holds(start - 1)
        if end is not None:
            assert one.holds(end - 1)
            assert not one.holds(end)


def test_a_basis_of_two_names_needs_both() -> None:
    both = LegalBasis(name="CISA-2015 and GDPR-6-1-f", kind="statute", from_us=0, until_us=1 << 52)
    assert lapsed(both, 20_000 * DAY_US) == ""
    assert "'GDPR-6-1-f' is not in force yet" in lapsed(both, 17_000 * DAY_US)
    assert "'CISA-2015' lapsed on 2025-10-01" in lapsed(both, 20_400 * DAY_US)
