"""What a person sees: the HTML report, the terminal table and ``explain``.

All three render from the JSON contract ``stillwatch.campaigns/1`` and an optional
``pictures`` block in each campaign. The text in it is treated as written by the
other side: it is escaped, its control characters are spelt out, and long text is cut.

>>> page = render_html({"campaigns": [], "n_exchanges": 10, "n_accounts": 2})
>>> "no campaign found" in page.lower()
True
"""

from stillwatch.adapters.report.explain import render_explain
from stillwatch.adapters.report.html import render_html
from stillwatch.adapters.report.recheck import render_recheck
from stillwatch.adapters.report.terminal import render_terminal

__all__ = ["render_explain", "render_html", "render_recheck", "render_terminal"]
