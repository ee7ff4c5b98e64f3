"""The cluster as a graph: accounts as dots, links of evidence as lines by family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from stillwatch.adapters.report import words
from stillwatch.adapters.report.charts.svg import join, num
from stillwatch.adapters.report.graph_layout import (
    MAX_EDGES,
    Floats,
    Ints,
    Links,
    choose_nodes,
    place,
    read_links,
)
from stillwatch.adapters.report.reading import FAMILIES, OTHER, kind_of, rows, sequence
from stillwatch.adapters.report.visible import visible

_KINDS = (*FAMILIES, OTHER)
_WIDTH, _HEIGHT, _EDGE = 1000.0, 640.0, 26.0
_SPARSE = 250  # below so many links, lines are drawn stronger
_STRENGTHS = ("thin", "middle", "thick")


def graph_chart(given: Mapping[str, Any], key: str, n_accounts: int) -> Markup:
    """Markup of the graph, its legend (which picks out one family) and its caption.

    Args:
        given: ``pictures.graph`` of the contract.
        key: a short name, unique on the page, of our own making.
        n_accounts: accounts of the campaign, to say how many are not drawn.
    """
    nodes = rows(given.get("nodes"))
    links, families = read_links(sequence(given.get("edges")), len(nodes))
    chosen = choose_nodes(links, len(nodes))
    kept = _kept(links, chosen, len(nodes))
    position = np.full(max(len(nodes), 1), -1, dtype=np.int64)
    position[chosen] = np.arange(len(chosen))
    drawn = Links(ends=position[links.ends[kept]], bits=links.bits[kept])
    kinds = [kind_of(families[int(k)]) for k in kept]
    spots = _fit(place(drawn, len(chosen)))
    n_kind = {kind: kinds.count(kind) for kind in _KINDS}
    label = (
        f"Graph of {words.plural(len(chosen), 'account')} and {words.plural(len(kept), 'link')}: "
        + ", ".join(f"{n_kind[kind]} by {kind}" for kind in _KINDS if n_kind[kind])
    )
    picture = Markup(
        '<svg class="graph{}" viewBox="0 0 1000 640" role="img" aria-label="{}">{}{}</svg>'
    ).format(
        " sparse" if len(kept) < _SPARSE else "",
        label,
        _lines(drawn, kinds, spots),
        _dots(drawn, [nodes[int(k)] for k in chosen], spots),
    )
    return Markup('<div class="graph-box">{}{}</div><p class="note">{}</p>').format(
        _legend(n_kind, key), picture, _caption(chosen, kept, len(nodes), links, n_accounts)
    )


def _kept(links: Links, chosen: Ints, n_nodes: int) -> Ints:
    """Numbers of the links between chosen nodes, at most ``MAX_EDGES``, strongest kept."""
    inside = np.zeros(max(n_nodes, 1), dtype=bool)
    inside[chosen] = True
    both = np.flatnonzero(inside[links.ends].all(axis=1))
    strongest = np.argsort(-links.bits[both], kind="stable")[:MAX_EDGES]
    return np.asarray(np.sort(both[strongest]), dtype=np.int64)


def _fit(spots: Floats) -> Floats:
    """Coordinates stretched to the picture, with a margin."""
    if not len(spots):
        return spots
    spots = _lie_down(spots)
    low, high = spots.min(axis=0), spots.max(axis=0)
    size = np.array([_WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE])
    scale = float((size / np.maximum(high - low, 1e-9)).min())
    stretch = np.minimum(size / np.maximum(high - low, 1e-9), scale * 1.5)
    return np.asarray((spots - (low + high) / 2) * stretch + np.array([_WIDTH, _HEIGHT]) / 2)


def _lie_down(spots: Floats) -> Floats:
    """The same picture turned so that its longest direction lies level."""
    x, y = (spots - spots.mean(axis=0)).T
    angle = 0.5 * np.arctan2(2.0 * (x * y).sum(), (x * x).sum() - (y * y).sum())
    turn_cos, turn_sin = np.cos(angle), np.sin(angle)
    return np.column_stack([x * turn_cos + y * turn_sin, y * turn_cos - x * turn_sin])


def _lines(links: Links, kinds: Sequence[str], spots: Floats) -> Markup:
    cuts = np.quantile(links.bits, (0.5, 0.85)) if len(links.bits) else np.zeros(2)
    strength = np.searchsorted(cuts, links.bits, side="left")
    paths: dict[tuple[str, str], list[str]] = {}
    shift = _side_by_side(links, spots)
    for k, (i, j) in enumerate(links.ends):
        a, b = spots[i] + shift[k], spots[j] + shift[k]
        line = f"M{num(a[0])} {num(a[1])}L{num(b[0])} {num(b[1])}"
        paths.setdefault((kinds[k], _STRENGTHS[int(strength[k])]), []).append(line)
    return join(
        Markup('<path class="e f-{} {}" d="{}"></path>').format(
            kind, size, "".join(paths.get((kind, size), ()))
        )
        for kind in _KINDS
        for size in _STRENGTHS
    )


def _side_by_side(links: Links, spots: Floats) -> Floats:
    """(n_links, 2) shifts that lay links of one pair beside each other."""
    low, high = np.sort(links.ends, axis=1).T
    pair = low * max(len(spots), 1) + high
    order = np.argsort(pair, kind="stable")
    first = np.searchsorted(pair[order], pair, side="left")
    n_same = np.searchsorted(pair[order], pair, side="right") - first
    rank = np.empty(len(pair))
    rank[order] = np.arange(len(pair))
    apart = 5.0 if len(pair) < _SPARSE else 2.2
    along = spots[high] - spots[low]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    return np.asarray(across * ((rank - first - (n_same - 1) / 2) * apart / length)[:, None])


def _dots(links: Links, nodes: Sequence[Mapping[str, Any]], spots: Floats) -> Markup:
    degree = np.bincount(links.ends.ravel(), minlength=len(nodes))
    base = 9.0 if len(nodes) <= 60 else 6.0 if len(nodes) <= 250 else 4.2
    top = max(int(degree.max()), 1) if len(nodes) else 1
    dots = []
    for k, node in enumerate(nodes):
        membership = words.number(node.get("membership"))
        sure = "sure" if membership is not None and membership >= 0.9 else "less"
        dots.append(
            Markup(
                '<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}, membership {}, {}</title>'
                "</circle>"
            ).format(
                sure,
                num(spots[k, 0]),
                num(spots[k, 1]),
                num(base * (0.75 + 0.75 * (int(degree[k]) / top) ** 0.5)),
                visible(node.get("id"), 60),
                words.percent(membership),
                words.plural(int(degree[k]), "drawn link"),
            )
        )
    return join(dots)


def _legend(n_kind: Mapping[str, int], key: str) -> Markup:
    choices = join(
        Markup(
            '<label class="{}"><input type="radio" name="{}-family" class="pick-{}">'
            '<svg class="swatch" viewBox="0 0 26 8" aria-hidden="true">'
            '<path class="e f-{} thick" d="M0 4H26"></path></svg>{} <b>{}</b></label>'
        ).format("" if n_kind[kind] else "none", key, kind, kind, kind, n_kind[kind])
        for kind in _KINDS
    )
    return Markup(
        '<fieldset class="legend"><legend>Links by family (choose one to pick it out)</legend>'
        '<label><input type="radio" name="{}-family" class="pick-all" checked>all '
        "<b>{}</b></label>{}</fieldset>"
    ).format(key, sum(n_kind.values()), choices)


def _caption(chosen: Ints, kept: Ints, n_nodes: int, links: Links, n_accounts: int) -> str:
    said = (
        "Filled dots are accounts with a membership of 90% or more, hollow dots the others; "
        "larger dots have more links, thicker lines more bits. Nearness means "
        "closeness of links and nothing else."
    )
    if len(chosen) < n_nodes:
        said += (
            f" {len(chosen):,} of {n_nodes:,} accounts are drawn: a sample grown along the "
            "strongest links from evenly spaced accounts."
        )
    if n_nodes < n_accounts:
        said += f" The detector put {n_nodes:,} of {n_accounts:,} accounts into the picture."
    if len(kept) < len(links.bits):
        said += f" {len(kept):,} of {len(links.bits):,} links are drawn."
    return said
