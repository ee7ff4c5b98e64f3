"""Pictures of a case as images that a page and a PDF show alike, accounts numbered.

The charts of the campaign report are drawn for a page whose style sheet colours them. Here each
is put into an image of its own with fixed colours, because a PDF has no such sheet for pictures.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from stillwatch.adapters.report.charts import graph_chart, series_chart
from stillwatch.adapters.report.reading import mapping, rows, sequence

COLOURS: tuple[tuple[str, str], ...] = (
    ("content", "#00735c"), ("timing", "#b84a00"), ("payment", "#8a6400"),
    ("network", "#0a66a8"), ("identity", "#7047a8"), ("lifecycle", "#a83a72"),
    ("external", "#55606a"), ("partner", "#7a5230"), ("other", "#6a737b"),
)  # fmt: skip
_STYLE = "".join([
    ".area{fill:#c5d9e6;stroke:#1d5c86;stroke-width:1.5}.bar-new{fill:#00735c}",
    ".bar-blocked{fill:#b84a00}.bar-sent{fill:#6d7b88}.zero{stroke:#55606a;stroke-width:1}",
    ".cross{stroke:#1c2227;stroke-width:2;stroke-dasharray:6 5}.cross.off{stroke:none}",
    ".tip{fill:none;stroke:none}.e{fill:none;stroke-opacity:.28}.sparse .e{stroke-opacity:.55}",
    ".thin{stroke-width:.7}.middle{stroke-width:1.1}.thick{stroke-width:1.8}",
    ".sure{fill:#1c2227;stroke:#fff;stroke-width:1}.less{fill:#fff;stroke:#1c2227;stroke-width:1.6}",
    *(f".f-{name}{{stroke:{colour}}}" for name, colour in COLOURS),
])  # fmt: skip
_SVG = re.compile(r"<svg\b[^>]*>.*?</svg>", re.DOTALL)
_TIP = re.compile(r'<rect class="tip".*?</rect>|<title>.*?</title>', re.DOTALL)


def series(record: Mapping[str, Any]) -> Markup | None:
    """Accounts and exchanges over time; None where the result held no picture of it."""
    given = mapping(mapping(record.get("pictures")).get("accounts_over_time"))
    if not sequence(given.get("active")):
        return None
    return _as_images(str(series_chart(given, record.get("detected_at"))))


def graph(record: Mapping[str, Any]) -> tuple[Markup | None, tuple[tuple[str, str], ...]]:
    """The accounts and their links, and the families that are drawn with their colours."""
    given = mapping(mapping(record.get("pictures")).get("graph"))
    nodes, edges = rows(given.get("nodes")), sequence(given.get("edges"))
    if not nodes:
        return None, ()
    accounts = rows(record.get("accounts"))
    share = {a["account"]: a.get("membership") for a in accounts}
    numbered = [
        {"id": f"account {n}", "membership": share.get(node.get("id"))}
        for n, node in enumerate(nodes, 1)
    ]
    drawn = str(graph_chart({"nodes": numbered, "edges": edges}, "case", len(accounts)))
    found = [part for part in _SVG.findall(drawn) if 'class="graph' in part]
    there = {str(edge[3]).partition(":")[0] for edge in edges if len(edge) > 3}
    return (
        _as_images(found[0]) if found else None,
        tuple((name, colour) for name, colour in COLOURS if name in there),
    )


def _as_images(markup: str) -> Markup:
    """Our own markup with each drawing turned into an image."""
    return Markup(_SVG.sub(lambda found: _image(found[0]), markup))


def _image(drawing: str) -> str:
    label = re.search(r'aria-label="([^"]*)"', drawing)
    bare = _TIP.sub("", drawing)
    bare = bare.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    head, _, body = bare.partition(">")
    whole = f"{head}><style>{_STYLE}</style>{body}"
    return str(image(whole, alt=label[1] if label else ""))


def image(drawing: str, *, alt: str) -> Markup:
    """A drawing of ours as an image that holds its own source.

    Args:
        drawing: a whole SVG.
        alt: what it shows, in words, escaped already.
    """
    code = b64encode(drawing.encode()).decode()
    return Markup(f'<img alt="{alt}" src="data:image/svg+xml;base64,{code}">')
