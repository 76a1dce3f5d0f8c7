r"""Ways a pen may have gone over lines that a photo shows: what can be changed of one to get another.

       1 ____ 3        edges 0: 1-2, 1: 2-3, 2: 2-4           a way along an edge: 2 k from its first end, 2 k + 1 from its last
        \  /           stroke (0, 3, 2)?  no: 3 leads to 3;   stroke (0, 2, 5, 1): down, to 4, back to 2, up to 3
         2 --- 4       word: strokes in order                  every edge is gone at least once; twice where the pen retraced

Pure: no nets, no pixels but the edges' points.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.training.lines import smoothed

__all__ = ["Bridges", "Edges", "Route", "Routes", "backwards", "bridges_of", "neighbours"]

Complex = npt.NDArray[np.complex128]
Route = tuple[int, ...]  #: one stroke: ways along edges
Routes = tuple[Route, ...]  #: a word's strokes in order
Bridges = dict[tuple[int, int], Route]  #: from a node to another

NEAR = 2  # places that a stroke is moved in the order


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Lines between nodes; a dot is an edge of one point."""

    points: list[Complex]  #: px, y down, each from its first node to its last
    ends: list[tuple[int, int]]  #: nodes
    blur: float = 1.0  #: s.d. of the smoothing, px: pixels are steps, a pen is not

    def start(self, way: int) -> int:
        """The node that a way begins at."""
        return self.ends[way >> 1][way & 1]

    def nodes(self, route: Route) -> list[int]:
        """Nodes that a stroke passes, (n + 1,)."""
        return [self.start(way) for way in route] + [self.start(route[-1] ^ 1)]

    def length(self, route: Route) -> float:
        """Of ink that is gone over, px."""
        return sum(float(np.abs(np.diff(self.points[way >> 1])).sum()) for way in route)

    def is_dot(self, route: Route) -> bool:
        """Whether it is a lone point."""
        return len(self.points[route[0] >> 1]) == 1

    def add(self, points: Complex) -> int:
        """One more edge that meets no other; its number."""
        node = 1 + max((node for ends in self.ends for node in ends), default=0)
        self.points.append(points)
        self.ends.append((node, node if len(points) == 1 else node + 1))
        return len(self.points) - 1

    def drawn(self, route: Route) -> Complex:
        """A stroke as a pen draws it: smooth but for the places where it turns back, which stay where they are."""
        if self.is_dot(route):
            return self.points[route[0] >> 1]
        return np.concatenate([smoothed(run, self.blur) for run in self.runs(route)])

    def polyline(self, route: Route) -> Complex:
        """What a stroke draws."""
        return np.concatenate(list(self.runs(route)))

    def runs(self, route: Route) -> Iterator[Complex]:
        """Polylines of a stroke between the places where the pen turns back on the spot."""
        parts: list[Complex] = []
        for before, way in zip((None, *route[:-1]), route, strict=True):
            points = self.points[way >> 1][:: -1 if way & 1 else 1]
            if before is not None and way == before ^ 1:
                yield np.concatenate(parts)
                parts = []
            parts.append(points[1:] if parts else points)
        yield np.concatenate(parts)


def backwards(route: Route) -> Route:
    """A stroke from its end to its beginning."""
    return tuple(way ^ 1 for way in reversed(route))


def neighbours(word: Routes, edges: Edges, bridges: Bridges) -> Iterator[Routes]:
    """Words that differ by one change.

    Args:
        word: to be changed
        edges: it goes over
        bridges: how the pen may go back over lines, from node to node
    """
    inner = [edges.nodes(route) for route in word]
    for i, route in enumerate(word):
        if not edges.is_dot(route):
            yield (*word[:i], backwards(route), *word[i + 1 :])
            for changed in _turned(route, inner[i]):
                yield (*word[:i], changed, *word[i + 1 :])
        rest = word[:i] + word[i + 1 :]
        for j in range(max(0, i - NEAR), min(len(word), i + NEAR + 1)):
            if j > i or j < i - 1:  # one place on is the next stroke one place back
                yield (*rest[:j], route, *rest[j:])
    yield from _cut(word, edges)
    for i in range(len(word)):
        for j in range(i + 1, len(word)):
            if edges.is_dot(word[i]) or edges.is_dot(word[j]):
                continue
            rest = word[:j] + word[j + 1 :]
            for joined in _joined(word[i], word[j], edges, bridges):
                yield (*rest[:i], joined, *rest[i + 1 :])
            for first, second in _swapped(word[i], word[j], inner[i], inner[j]):
                yield (*word[:i], first, *word[i + 1 : j], second, *word[j + 1 :])


def _turned(route: Route, nodes: list[int]) -> Iterator[Route]:
    """A loop in a stroke the other way round; a stroke that is one ring, begun at another of its nodes."""
    for p in range(len(nodes)):
        for q in range(p + 2, len(nodes)):
            if nodes[p] == nodes[q] and q - p < len(route):
                turned = backwards(route[p:q])
                if turned != route[p:q]:
                    yield route[:p] + turned + route[q:]
    if nodes[0] == nodes[-1]:
        for k in range(1, len(route)):
            yield route[k:] + route[:k]
            yield backwards(route[k:] + route[:k])


def _cut(word: Routes, edges: Edges) -> Iterator[Routes]:
    """A stroke in two, what was gone over twice dropped at the cut."""
    often = Counter(way >> 1 for route in word for way in route)
    for i, route in enumerate(word):
        for k in range(1, len(route)):
            left = Counter(often)
            first, second = list(route[:k]), list(route[k:])
            while len(first) > 1 and left[first[-1] >> 1] > 1:
                left[first.pop() >> 1] -= 1
            while len(second) > 1 and left[second[0] >> 1] > 1:
                left[second.pop(0) >> 1] -= 1
            for a in (tuple(first), backwards(tuple(first))):
                for b in (tuple(second), backwards(tuple(second))):
                    yield (*word[:i], a, b, *word[i + 1 :])
                    yield (*word[:i], b, a, *word[i + 1 :])


def _joined(one: Route, other: Route, edges: Edges, bridges: Bridges) -> Iterator[Route]:
    """Two strokes as one: end to end, or by going back over lines from where one ends to where the other begins."""
    for a, b in ((one, other), (other, one)):
        for first in (a, backwards(a)):
            for second in (b, backwards(b)):
                bridge = bridges.get((edges.start(first[-1] ^ 1), edges.start(second[0])))
                if bridge is not None:
                    yield first + bridge + second


def _swapped(one: Route, other: Route, nodes: list[int], others: list[int]) -> Iterator[tuple[Route, Route]]:
    """Two strokes that meet, each going on as the other; or one going on as a part of the other."""
    for p in range(len(nodes)):
        for q in range(len(others)):
            if nodes[p] != others[q]:
                continue
            a, b, c, d = one[:p], one[p:], other[:q], other[q:]
            if 0 < p < len(one) or 0 < q < len(other):
                for first, second in ((a + d, c + b), (a + backwards(c), backwards(b) + d)):
                    if first and second:
                        yield first, second
                        if not (a and b and c and d):
                            yield second, first


def bridges_of(edges: Edges, used: Sequence[int], most: float) -> Bridges:
    """Shortest ways from every node to every other over some edges, as far as a pen goes back over its line, px."""
    around: dict[int, list[tuple[float, int]]] = {}
    for edge in used:
        length = edges.length((2 * edge,))
        for way in (2 * edge, 2 * edge + 1):
            around.setdefault(edges.start(way), []).append((length, way))
    found: Bridges = {}
    for first in around:
        waiting: list[tuple[float, int, Route]] = [(0.0, first, ())]
        while waiting:
            far, node, route = heapq.heappop(waiting)
            if (first, node) in found:
                continue
            found[first, node] = route
            for length, way in around[node]:
                if far + length <= most and (first, edges.start(way ^ 1)) not in found:
                    heapq.heappush(waiting, (far + length, edges.start(way ^ 1), (*route, way)))
    return found
