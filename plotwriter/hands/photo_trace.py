r"""Ink as pixels to strokes: thinned to a line, the line followed, straight on where it crosses itself.

\ /            edges between ends and crossings; two crossings nearer than the line is wide are one;
 X   ->  2     at each, the two edges that go straightest on into one another are one stroke
/ \            then ends of a line's width that the thinning left over are cut
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from plotwriter.hands.pen_routes import Edges, Route, Routes, backwards

__all__ = ["trace"]

Complex = npt.NDArray[np.complex128]
Mask = npt.NDArray[np.bool_]

MAX_TURN = 1.3  # rad that a pen turns at a crossing; more is another stroke
LOOK = 2.5  # line widths from a crossing at which an edge's direction is seen
RETRACED = 7.0  # line widths, about the height of an x
RING = 6  # places on a ring where a pen may have begun
SHARP, CORNER = 1.2, 1.5  # rad within so many line widths to either side: a corner, where the pen may have been lifted
SPUR = 0.9  # line widths; shorter ends are the thinning's
AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


@dataclass(slots=True, eq=False)
class _Edge:
    ends: tuple[int, int]  # nodes
    points: Complex

    @property
    def length(self) -> float:
        return float(np.abs(np.diff(self.points)).sum())


def trace(ink: Mask, width: float) -> tuple[Edges, Routes]:
    """Lines of some ink, and strokes that go straight on along them, each begun at the end where a pen would.

    Args:
        ink: (h, w)
        width: of the pen line, px
    """
    from skimage.morphology import skeletonize

    edges, centres, dots = _graph(skeletonize(ink))
    edges = _without_spurs(edges, SPUR * width)
    edges = _merged(edges, centres, width)
    edges = _between_nodes(edges, width)
    found = Edges([edge.points for edge in edges], [edge.ends for edge in edges], max(0.7, width / 2))
    chains = [route for route in _chains(edges, width) if found.length(route) > width]
    lines = [found.polyline(route) for route in chains]
    small = [edge.points for edge in edges if edge.length <= width]
    dots += [complex(points.mean()) for points in small if _alone(points, lines, width)]
    joined = _retraced(found, chains, RETRACED * width)
    routes = [backwards(route) if _wrong_way(found.polyline(route)) else route for route in joined]
    for dot in dots:
        routes.append((2 * found.add(np.array([dot])),))
    return found, tuple(routes)


def _graph(thin: Mask) -> tuple[list[_Edge], dict[int, complex], list[complex]]:
    """Edges between ends and crossings, the places of these nodes, and lone pixels."""
    from scipy import ndimage

    n = ndimage.convolve(thin.astype(np.int64), np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]), mode="constant") * thin
    labels, n_node = ndimage.label(thin & (n != 2), structure=np.ones((3, 3)))
    centres: dict[int, complex] = {}
    for k, (y, x) in enumerate(ndimage.center_of_mass(labels > 0, labels, range(1, n_node + 1)), 1) if n_node else []:
        centres[k] = complex(x, y)
    height, wide = thin.shape
    free = thin & (n == 2)
    seen = np.zeros_like(thin)
    edges: list[_Edge] = []

    def near(y: int, x: int) -> list[tuple[int, int]]:
        # straight neighbours first: a staircase is followed step by step
        around = sorted(AROUND, key=lambda step: abs(step[0]) + abs(step[1]))
        return [(y + v, x + h) for v, h in around if 0 <= y + v < height and 0 <= x + h < wide and thin[y + v, x + h]]

    def follow(y: int, x: int, node: int) -> None:
        points, start = [centres[node]] if node else [], node
        while True:
            seen[y, x] = True
            points.append(complex(x, y))
            onward = [(v, h) for v, h in near(y, x) if free[v, h] and not seen[v, h]]
            ends = [int(labels[v, h]) for v, h in near(y, x) if labels[v, h]]
            other = [end for end in ends if end != start or len(points) > 3]
            if other and (len(points) > 2 or other[0] != start):
                edges.append(_Edge((start, other[0]), np.array([*points, centres[other[0]]])))
                return
            if not onward:
                if not start and len(points) > 2:  # a ring comes back to where it began
                    points.append(points[0])
                edges.append(_Edge((start, 0), np.array(points)))
                return
            y, x = onward[0]

    for y, x in zip(*np.nonzero(labels), strict=True):
        for v, h in near(int(y), int(x)):
            if free[v, h] and not seen[v, h]:
                follow(v, h, int(labels[y, x]))
    for y, x in zip(*np.nonzero(free), strict=True):
        if not seen[y, x]:
            follow(int(y), int(x), 0)
    used = {node for edge in edges for node in edge.ends}
    return edges, centres, [centre for node, centre in centres.items() if node not in used]


def _degrees(edges: list[_Edge]) -> dict[int, int]:
    count: dict[int, int] = {}
    for edge in edges:
        for node in edge.ends:
            count[node] = count.get(node, 0) + 1
    return count


def _without_spurs(edges: list[_Edge], shortest: float) -> list[_Edge]:
    """Edges but those that end nowhere after less than a length."""
    count = _degrees(edges)

    def is_spur(edge: _Edge) -> bool:
        a, b = (count[node] for node in edge.ends)
        return 0 not in edge.ends and min(a, b) == 1 and max(a, b) > 2 and edge.length < shortest

    return [edge for edge in edges if not is_spur(edge)]


def _merged(edges: list[_Edge], centres: dict[int, complex], width: float) -> list[_Edge]:
    """Crossings that a short edge joins are one, in its middle."""
    count = _degrees(edges)
    owner = {node: node for node in centres} | {0: 0}

    def top(node: int) -> int:
        while owner[node] != node:
            node = owner[node]
        return node

    kept = []
    for edge in sorted(edges, key=lambda edge: edge.length):
        a, b = edge.ends
        if a and b and a != b and min(count[a], count[b]) > 2 and edge.length < 1.3 * width:
            owner[top(a)] = top(b)
        else:
            kept.append(edge)
    groups: dict[int, list[complex]] = {}
    for node, centre in centres.items():
        groups.setdefault(top(node), []).append(centre)
    middle = {node: complex(np.mean(group)) for node, group in groups.items()}
    moved = []
    for edge in kept:
        a, b = (top(node) for node in edge.ends)
        points = edge.points.copy()
        if a:
            points[0] = middle[a]
        if b:
            points[-1] = middle[b]
        if a != b or a == 0 or edge.length > 2 * width:
            moved.append(_Edge((a, b), points))
    return moved


def _between_nodes(edges: list[_Edge], width: float) -> list[_Edge]:
    """Edges whose every end is a node: free ends, and corners and places on rings where a pen may have begun."""
    n = max((node for edge in edges for node in edge.ends), default=0)
    cut = []
    for edge in edges:
        points = edge.points
        ring = edge.ends == (0, 0) and len(points) > 3 and points[0] == points[-1]
        if ring:
            top = int(points[:-1].imag.argmin())
            points = np.concatenate([points[top:-1], points[: top + 1]])
            inner = [len(points) * k // RING for k in range(1, RING)]
        else:
            inner = _corners(points, CORNER * width)
        nodes = [edge.ends[0] or (n := n + 1)]
        for _ in inner:
            nodes.append(n := n + 1)
        nodes.append(nodes[0] if ring else edge.ends[1] or (n := n + 1))
        bounds = [0, *inner, len(points) - 1]
        cut += [_Edge((a, b), points[first : last + 1]) for (a, b), (first, last) in zip(pairwise(nodes), pairwise(bounds), strict=True)]
    return cut


def _corners(points: Complex, reach: float) -> list[int]:
    """Where a line turns sharply, (n,) indices of its points, none near its ends."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    if along[-1] < 3 * reach:
        return []
    before, after = np.searchsorted(along, along - reach), np.minimum(np.searchsorted(along, along + reach), len(points) - 1)
    turn = np.abs(np.angle((points[after] - points) * np.conj(points - points[before]) + 1e-12))
    turn[(along < reach) | (along > along[-1] - reach)] = 0
    found: list[int] = []
    while turn.max() > SHARP:
        k = int(turn.argmax())
        found.append(k)
        turn[np.abs(along - along[k]) < 2 * reach] = 0
    return sorted(found)


def _chains(edges: list[_Edge], width: float) -> list[Route]:
    """Edges joined straight on at every node."""
    at: dict[int, list[tuple[int, int]]] = {}  # node -> (edge, which of its ends)
    for k, edge in enumerate(edges):
        for end, node in enumerate(edge.ends):
            at.setdefault(node, []).append((k, end))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in at.values():
        ways = {key: _way(edges[key[0]].points if key[1] == 0 else edges[key[0]].points[::-1], LOOK * width) for key in ends}
        pairs = sorted((abs(float(np.angle(-ways[a] * np.conj(ways[b])))), a, b) for i, a in enumerate(ends) for b in ends[i + 1 :])
        for turn, a, b in pairs:
            if a not in partner and b not in partner and a[0] != b[0] and (turn < MAX_TURN or len(ends) == 2):
                partner[a], partner[b] = b, a
    used = np.zeros(len(edges), bool)

    def walk(k: int, end: int) -> Route:
        """From an end of an edge as far as it goes."""
        ways: list[int] = []
        while True:
            used[k] = True
            ways.append(2 * k + end)
            onward = partner.get((k, 1 - end))
            if onward is None or used[onward[0]]:
                return tuple(ways)
            k, end = onward

    chains = []
    for k in range(len(edges)):
        for end in (0, 1):
            if not used[k] and (k, end) not in partner:
                chains.append(walk(k, end))
    chains += [walk(k, 0) for k in range(len(edges)) if not used[k]]  # what is left are rings
    return chains


def _retraced(edges: Edges, routes: list[Route], most: float) -> list[Route]:
    """Strokes that branch off another near its end, as the arch of an n from its stem, written in one go with it.

    The pen goes to the end, back over its own line, and off; the ink is the same, the pen need not lift.

    Args:
        edges: that are gone along
        routes: strokes
        most: length that is gone back over, px
    """
    alive = dict(enumerate(routes))
    inner: dict[int, list[tuple[int, int]]] = {}  # node -> strokes that pass it, and where
    tips: dict[int, list[tuple[int, int]]] = {}  # node -> strokes that end there, and at which end
    waiting: list[tuple[float, int, int, int, int, int]] = []  # heap of what may be joined, the shortest way back first

    def offer(j: int, end: int, i: int, k: int) -> None:
        for side, rest in enumerate((alive[i][k:], alive[i][:k])):
            back = edges.length(rest)
            if back <= most:
                heapq.heappush(waiting, (back, j, end, i, k, side))

    def add(n: int) -> None:
        nodes = edges.nodes(alive[n])
        for k, node in enumerate(nodes[1:-1], 1):
            inner.setdefault(node, []).append((n, k))
            for j, end in tips.get(node, ()):
                if j in alive:
                    offer(j, end, n, k)
        for end, node in enumerate((nodes[0], nodes[-1])):
            for i, k in inner.get(node, ()):
                if i in alive and i != n:
                    offer(n, end, i, k)
        for end, node in enumerate((nodes[0], nodes[-1])):
            tips.setdefault(node, []).append((n, end))

    for n in list(alive):
        add(n)
    n = len(alive)
    while waiting:
        _, j, end, i, k, side = heapq.heappop(waiting)
        if i not in alive or j not in alive:
            continue
        trunk, branch = alive.pop(i), alive.pop(j)
        way, at = (trunk, k) if side == 0 else (backwards(trunk), len(trunk) - k)
        alive[n] = way + backwards(way[at:]) + (branch if end == 0 else backwards(branch))
        add(n)
        n += 1
    return list(alive.values())


def _way(points: Complex, reach: float) -> complex:
    """Unit vector in which an edge leaves its first point."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(points)))])
    k = min(int(np.searchsorted(along, reach)), len(points) - 1)
    way = complex(points[k] - points[0])
    return way / abs(way) if way else 1.0 + 0j


def _wrong_way(points: Complex) -> bool:
    """Whether a pen begins at the other end: the left one of a wide stroke, the upper one of a tall one; rings go as an o does."""
    if points[0] == points[-1]:
        return bool((points[1:].conj() * points[:-1]).imag.sum() < 0)
    way = points[-1] - points[0]
    return bool(way.real < 0 if abs(way.real) > 0.4 * abs(way.imag) else way.imag < 0)


def _alone(points: Complex, strokes: list[Complex], width: float) -> bool:
    """Whether a short edge is a dot: far from every stroke."""
    middle = complex(points.mean())
    return all(float(np.abs(stroke - middle).min()) > 1.2 * width for stroke in strokes)
