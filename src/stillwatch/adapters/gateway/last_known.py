"""What stood when the service was last heard, kept by the gateway as friction and nothing more.

While nobody answers, an account that a decision stood against is slowed to the pace that came
with it, whatever the decision was; everybody else goes on as before. Nobody is refused for good
on old news: open to friction, never to a ban.
"""

from __future__ import annotations

from collections.abc import Mapping


class LastKnown:
    """Accounts, and how many requests a minute each may make while nobody answers."""

    def __init__(self) -> None:
        self._gap_s: dict[str, float] = {}
        self._next_s: dict[str, float] = {}
        self.version = ""

    def __len__(self) -> int:
        return len(self._gap_s)

    def learn(self, slowed: Mapping[str, float], version: str) -> None:
        """Take in what stands now.

        Args:
            slowed: account, and requests a minute that it may make.
            version: the service's name for this state, sent back with the next question.
        """
        self._gap_s = {account: 60.0 / pace for account, pace in slowed.items() if pace > 0}
        self._next_s = {a: at for a, at in self._next_s.items() if a in self._gap_s}
        self.version = version

    def wait_s(self, account: str, now_s: float) -> float:
        """Let a request pass, or say how long to wait.

        Args:
            account: who asks.
            now_s: seconds on a clock that never goes back.

        Returns:
            0 where it passes; it then counts against the pace.

        >>> known = LastKnown()
        >>> known.learn({"ring-1": 6}, "v1")
        >>> [known.wait_s("ring-1", at) for at in (0, 4, 10)], known.wait_s("other", 0)
        ([0.0, 6.0, 0.0], 0.0)
        """
        gap_s = self._gap_s.get(account)
        if gap_s is None:
            return 0.0
        due_s = self._next_s.get(account, now_s)
        if due_s > now_s:
            return due_s - now_s
        self._next_s[account] = now_s + gap_s
        return 0.0
