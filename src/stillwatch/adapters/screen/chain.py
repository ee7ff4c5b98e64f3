"""Chain: a picture of who owns whom, the listed on top, the company asked about at the bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup, escape

from stillwatch.adapters.report.visible import visible
from stillwatch.screen.holdings import Graph, Holding
from stillwatch.screen.owning import Outcome, Ruling

_BOX_W, _BOX_H, _GAP_X, _GAP_Y, _EDGE = 196, 58, 36, 86, 24
#: boxes in a row; what is more is told as a number.
MOST_IN_ROW = 6
MOST_ROWS = 8
_CHARS = 25


@dataclass(frozen=True, slots=True)
class _Box:
    name: str
    note: str
    sort: str
    x: float
    y: float


def chain_picture(graph: Graph, about: str, ruling: Ruling) -> Markup:
    """An SVG of the holdings that carry a ruling.

    Args:
        graph: of the day.
        about: id of the company.
        ruling: whose path is drawn.
    """
    levels, n_left_out = _levels(about, ruling.path)
    width = max(len(row) for row in levels) * (_BOX_W + _GAP_X) - _GAP_X + 2 * _EDGE
    height = len(levels) * (_BOX_H + _GAP_Y) - _GAP_Y + 2 * _EDGE
    boxes: dict[str, _Box] = {}
    for depth, row in enumerate(reversed(levels)):
        left = (width - (len(row) * (_BOX_W + _GAP_X) - _GAP_X)) / 2
        for at, name in enumerate(row):
            boxes[name] = _box(
                graph, name, about, ruling, left + at * (_BOX_W + _GAP_X),
                _EDGE + depth * (_BOX_H + _GAP_Y),
            )  # fmt: skip
    drawn = [one for one in ruling.path if one.owner in boxes and one.owned in boxes]
    lines = [_line(boxes[one.owner], boxes[one.owned]) for one in drawn]
    labels = _labels(drawn, boxes)
    parts = [*lines, *(_drawn(box) for box in boxes.values()), *labels]
    title = visible(f"Who owns {graph.nodes[about].name}, as {ruling.regime.name} sees it", 200)
    more = ""
    if n_left_out:
        more = Markup('<p class="note">{} more owners are not drawn.</p>').format(n_left_out)
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{title}">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" class="tip"/></marker></defs>'
        "{parts}</svg>{more}"
    ).format(w=round(width), h=round(height), title=title, parts=Markup("").join(parts), more=more)


def _levels(about: str, path: Sequence[Holding]) -> tuple[list[list[str]], int]:
    """Parties by their longest way down to the company, and how many found no place."""
    owners: dict[str, list[Holding]] = {}
    for one in path:
        owners.setdefault(one.owned, []).append(one)
    depth = {about: 0}
    ring = _ring_edges(about, owners)
    for _ in range(MOST_ROWS):
        for one in path:
            if one.owned in depth and (one.owner, one.owned) not in ring:
                depth[one.owner] = max(depth.get(one.owner, 0), depth[one.owned] + 1)
    largest = {one.owner: one.low for one in path}
    levels: list[list[str]] = [[] for _ in range(min(MOST_ROWS, 1 + max(depth.values())))]
    n_left_out = 0
    for name in sorted(depth, key=lambda name: (-largest.get(name, Fraction(0)), name)):
        if depth[name] < len(levels) and len(levels[depth[name]]) < MOST_IN_ROW:
            levels[depth[name]].append(name)
        else:
            n_left_out += 1
    return levels, n_left_out


def _ring_edges(about: str, owners: Mapping[str, Sequence[Holding]]) -> set[tuple[str, str]]:
    """Holdings that close a ring, so that the rest has a top and a bottom."""
    ring: set[tuple[str, str]] = set()
    on_way, done = {about}, set()
    waiting = [(about, iter(owners.get(about, ())))]
    while waiting:
        name, held = waiting[-1]
        one = next(held, None)
        if one is None:
            on_way.discard(name)
            done.add(name)
            waiting.pop()
        elif one.owner in on_way:
            ring.add((one.owner, one.owned))
        elif one.owner not in done:
            on_way.add(one.owner)
            waiting.append((one.owner, iter(owners.get(one.owner, ()))))
    return ring


def _box(graph: Graph, name: str, about: str, ruling: Ruling, x: float, y: float) -> _Box:
    node = graph.nodes[name]
    if node.listed and name != about:
        note = "on " + ", ".join(sorted({one.list_name for one in node.listed}))
        return _Box(node.name, note, "listed", x, y)
    if name == about:
        note = ruling.outcome.value.replace("_", " ")
        loud = ruling.outcome in (Outcome.REACHED, Outcome.LISTED)
        return _Box(node.name, note, "asked-reached" if loud else "asked", x, y)
    return _Box(node.name, "", "between", x, y)


def _drawn(box: _Box) -> Markup:
    lines = _wrapped(visible(box.name, 60))
    mid = box.x + _BOX_W / 2
    top = box.y + (20 if box.note else 26) + (0 if len(lines) > 1 else 6)
    texts = [
        Markup('<text x="{}" y="{}">{}</text>').format(round(mid), round(top + 15 * at), line)
        for at, line in enumerate(lines)
    ]
    if box.note:
        below = top + 15 * len(lines)
        texts.append(
            Markup('<text class="small" x="{}" y="{}">{}</text>').format(
                round(mid), round(below), visible(box.note, 30)
            )
        )
    return Markup(
        '<g class="box {}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="7"/>'
        "{}</g>"
    ).format(
        box.sort, visible(box.name, 200), round(box.x), round(box.y), _BOX_W, _BOX_H,
        Markup("").join(texts),
    )  # fmt: skip


def _line(owner: _Box, owned: _Box) -> Markup:
    x1, y1, x2, y2 = _ends(owner, owned)
    if owner.y >= owned.y:
        # Back up: a bow below the boxes, so that rings can be seen.
        bends = (x1, y1 + 44, x2, y2 + 44)
    elif owned.y - owner.y > _BOX_H + _GAP_Y:
        # Past a row: around its boxes.
        side = x1 + (1 if x1 >= x2 else -1) * 0.8 * _BOX_W
        bends = (side, y1 + 60, side, y2 - 60)
    else:
        bends = (x1, y1, x2, y2)
    return Markup(
        '<path class="edge" d="M{} {}C{} {} {} {} {} {}" marker-end="url(#tip)"/>'
    ).format(*(round(value) for value in (x1, y1, *bends, x2, y2)))


def _ends(owner: _Box, owned: _Box) -> tuple[float, float, float, float]:
    x1, x2 = owner.x + _BOX_W / 2, owned.x + _BOX_W / 2
    if owner.y >= owned.y:
        return x1 + 30, owner.y + _BOX_H, x2 - 30, owned.y + _BOX_H
    lean = max(-70.0, min(70.0, 0.3 * (x1 - x2)))
    return x1, owner.y + _BOX_H, x2 + lean, owned.y - 2


def _labels(drawn: Sequence[Holding], boxes: Mapping[str, _Box]) -> list[Markup]:
    told = []
    for one in drawn:
        x1, y1, x2, y2 = _ends(boxes[one.owner], boxes[one.owned])
        back = boxes[one.owner].y >= boxes[one.owned].y
        # Nearer to the owner, where lines that meet below are still apart.
        x, y = x1 + 0.36 * (x2 - x1), y1 + 0.36 * (y2 - y1) + (36 if back else 0)
        if y2 - y1 > _GAP_Y + _BOX_H:
            x, y = x1 + (0.35 if x1 >= x2 else -0.35) * _BOX_W, y1 + 40
        text = one.spelt()
        wide = 9 + 7.2 * len(text)
        told.append(
            Markup(
                '<g class="share{}"><rect x="{}" y="{}" width="{}" height="19" rx="4"/>'
                '<text x="{}" y="{}">{}</text></g>'
            ).format(
                " unknown" if one.unknown else "", round(x - wide / 2), round(y - 10), round(wide),
                round(x), round(y + 4), escape(text),
            )
        )  # fmt: skip
    return told


def _wrapped(text: str) -> list[str]:
    words, lines = text.split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _CHARS:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    kept = [line if len(line) <= _CHARS + 2 else f"{line[:_CHARS]}…" for line in lines[:2]]
    return [*kept[:-1], f"{kept[-1]}…"] if len(lines) > 2 else kept
