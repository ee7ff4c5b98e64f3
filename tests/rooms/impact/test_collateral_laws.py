"""What an appeal can and cannot say of accounts that never appealed."""

from __future__ import annotations

from dataclasses import replace

from stillwatch.impact.collateral import Contested, ledger
from stillwatch.model.quantity import exactly

HEARD = Contested(
    n_decisions=100, n_enforced=100, n_undone=0, n_appeals=10, n_granted=9, n_upheld=1,
    waits_us=(1,), n_research_hit=None, n_accounts_hit=100,
)  # fmt: skip


def _lost(told: Contested) -> tuple[float, float, float]:
    value = ledger(told, revenue_usd_per_account=exactly(1.0, "usd"))[-1].value
    assert value is not None
    return value.low, value.best, value.high


def test_who_appealed_is_no_sample_of_who_was_hit() -> None:
    # Nine were innocent and one was not; of ninety nobody knows.
    assert _lost(HEARD) == (9.0, 90.0, 99.0)
    low, best, high = _lost(replace(HEARD, n_granted=0, n_upheld=10))
    assert (low, best, high) == (0.0, 0.0, 90.0)
    assert _lost(replace(HEARD, n_granted=10, n_upheld=0, n_accounts_hit=4)) == (4.0, 4.0, 4.0)
