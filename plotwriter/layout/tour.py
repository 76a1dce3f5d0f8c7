"""In which order, and by which pass each, to visit words so that the raised pen goes least.

    a ring of places, home among them:   ... p --> [entry a exit] --> n ...     edge: from an exit to the next entry

    improve a place: take another pass, turn a run of places round (2-opt), put a run of up to 3 elsewhere (Or-opt)
    until no place improves; then, many times: kick a short stretch, improve around it, keep what is shorter

Source: J. L. Bentley, Fast Algorithms for Geometric Traveling Salesman Problems, 1992 (neighbour lists, a queue of places to look
at); O. Martin, S. W. Otto, E. W. Felten, Large-Step Markov Chains for the TSP, 1992 (kicks); departs: kicks are local.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from plotwriter.layout.passes import Pass

__all__ = ["shortest_tour"]

_NEIGHBOURS = 8
_LONGEST_RUN = 3  # places that move together
_KICK = 12  # places in the longest stretch that a kick moves
_KICKED = 8  # places; fewer are best as they are after `improve`
_LEAST = 1e-9  # mm; a smaller gain is rounding
_BLOCK = 4_000_000  # distances held at a time


def shortest_tour(places: Sequence[Sequence[Pass]], start: complex, end: complex, *, kicks: int) -> list[tuple[int, Pass]]:
    """Every place once, from `start` to `end`.

    Args:
        places: passes of each, at least one
        start: mm, where the pen is
        end: mm, where it goes afterwards
        kicks: how long to search on once no place improves; a clock would give another tour on another machine

    Returns:
        index of the place and the pass chosen
    """
    if not places:
        return []
    ring = _Ring([*places, [Pass(end, start, 0.0, ())]])
    ring.improve(range(len(ring.order)))
    rng = random.Random(0)
    for _ in range(kicks if len(places) >= _KICKED else 0):
        ring.kick(rng)
    return ring.unrolled()


class _Ring:
    """A tour in the making; the last place is home."""

    def __init__(self, places: Sequence[Sequence[Pass]]) -> None:
        self.passes = places
        self.home = len(places) - 1
        self.near = _neighbours(places)
        self.order, self.taken = _nearest_next(places)
        n = len(self.order)
        self.at = [0] * n
        for i, place in enumerate(self.order):
            self.at[place] = i
        self.entry = [self.taken[k].entry for k in range(n)]
        self.exit = [self.taken[k].exit for k in range(n)]
        self.turned = [False] * n
        self.gained = 0.0

    def unrolled(self) -> list[tuple[int, Pass]]:
        """From home to home."""
        i = self.at[self.home]
        ring = self.order[i + 1 :] + self.order[:i]
        if self.turned[self.home]:  # the ring was turned round as a whole
            return [(k, _turned(self._pass(k))) for k in reversed(ring)]
        return [(k, self._pass(k)) for k in ring]

    def _pass(self, k: int) -> Pass:
        return _turned(self.taken[k]) if self.turned[k] else self.taken[k]

    def improve(self, places: Sequence[int]) -> None:
        """Look at places, and at those that changed, until none improves."""
        queue, waiting = list(places), [False] * len(self.order)
        for k in queue:
            waiting[k] = True
        while queue:
            k = queue.pop()
            waiting[k] = False
            while changed := self._better(k):
                for other in changed:
                    if not waiting[other]:
                        waiting[other] = True
                        queue.append(other)

    def kick(self, rng: random.Random) -> None:
        """Two neighbouring stretches change places; what does not get shorter by it is taken back."""
        n = len(self.order)
        saved = self.order[:], self.at[:], self.entry[:], self.exit[:], self.turned[:], self.taken[:]
        before, longest = self.gained, min(_KICK, (n - 1) // 2)
        i, a, b = rng.randrange(n), rng.randint(1, longest), rng.randint(1, longest)
        window = [self.order[(i + k) % n] for k in range(a + b + 2)]
        self.gained += self._length(window)
        window = [window[0], *window[1 + a : 1 + a + b], *window[1 : 1 + a], window[-1]]
        self.gained -= self._length(window)
        for k, place in enumerate(window):
            self.order[(i + k) % n] = place
            self.at[place] = (i + k) % n
        self.improve([window[0], window[1], window[b], window[b + 1], window[-2], window[-1]])
        if self.gained < before + _LEAST:
            self.order, self.at, self.entry, self.exit, self.turned, self.taken = saved
            self.gained = before

    def _length(self, run: Sequence[int]) -> float:
        return sum(abs(self.entry[b] - self.exit[a]) for a, b in pairwise(run))

    def _better(self, k: int) -> tuple[int, ...]:
        """One improvement at a place: the places around it, or none when there is none."""
        return self._other_pass(k) or self._turn_after(k) or self._turn_before(k) or self._elsewhere(k)

    def _other_pass(self, k: int) -> tuple[int, ...]:
        if len(options := self.passes[k]) < 2 or k == self.home:
            return ()
        order, n, i = self.order, len(self.order), self.at[k]
        before, after = order[i - 1], order[(i + 1) % n]
        here, there = self.exit[before], self.entry[after]
        now = abs(self.entry[k] - here) + self.taken[k].cost + abs(there - self.exit[k]) - _LEAST
        best = None
        for one in options:
            length = abs(one.entry - here) + one.cost + abs(there - one.exit)
            if length < now:
                now, best, back = length, one, False
            length = abs(one.exit - here) + one.cost + abs(there - one.entry)
            if length < now:
                now, best, back = length, one, True
        if best is None:
            return ()
        was = abs(self.entry[k] - here) + self.taken[k].cost + abs(there - self.exit[k])
        self._take(k, best, back)
        self.gained += was - now
        return before, k, after

    def _take(self, k: int, chosen: Pass, back: bool) -> None:
        self.taken[k], self.turned[k] = chosen, back
        self.entry[k], self.exit[k] = (chosen.exit, chosen.entry) if back else (chosen.entry, chosen.exit)

    def _turn_after(self, a: int) -> tuple[int, ...]:
        """The run from the next place on turned round, so that `a` and `c` leave to each other."""
        order, at, entry, leave, n = self.order, self.at, self.entry, self.exit, len(self.order)
        b = order[(at[a] + 1) % n]
        here, there = leave[a], entry[b]
        edge = abs(there - here)
        for least, c in self.near[a]:
            if least >= edge:
                break
            d = order[(at[c] + 1) % n]
            gain = edge + abs(entry[d] - leave[c]) - abs(leave[c] - here) - abs(entry[d] - there)
            if gain > _LEAST and c != b and d != a:
                self._turn(at[b], at[c])
                self.gained += gain
                return a, b, c, d
        return ()

    def _turn_before(self, a: int) -> tuple[int, ...]:
        """The run up to the place before turned round, so that `a` and `c` are entered from each other."""
        order, at, entry, leave = self.order, self.at, self.entry, self.exit
        b = order[at[a] - 1]
        here, there = entry[a], leave[b]
        edge = abs(here - there)
        for least, c in self.near[a]:
            if least >= edge:
                break
            d = order[at[c] - 1]
            gain = edge + abs(entry[c] - leave[d]) - abs(entry[c] - here) - abs(leave[d] - there)
            if gain > _LEAST and c != b and d != a:
                self._turn(at[a], at[d])
                self.gained += gain
                return a, b, c, d
        return ()

    def _turn(self, first: int, last: int) -> None:
        """Turn round the places first .. last of the ring, or all the others, whichever are fewer."""
        order, n = self.order, len(self.order)
        inside = (last - first) % n + 1
        if 2 * inside > n:
            first, last, inside = (last + 1) % n, (first - 1) % n, n - inside
        run = [order[(first + k) % n] for k in range(inside)]
        run.reverse()
        self._lay(first, run, back=True)

    def _lay(self, first: int, run: Sequence[int], *, back: bool = False) -> None:
        """Places put into the ring from `first` on, each turned round where `back`."""
        order, at, entry, leave, turned, n = self.order, self.at, self.entry, self.exit, self.turned, len(self.order)
        for i, k in enumerate(run, first):
            i %= n
            order[i], at[k] = k, i
            if back:
                entry[k], leave[k] = leave[k], entry[k]
                turned[k] = not turned[k]

    def _elsewhere(self, k: int) -> tuple[int, ...]:
        """A run that begins or ends here, put between two places near by, either way round."""
        order, at, entry, leave, n = self.order, self.at, self.entry, self.exit, len(self.order)
        i = at[k]
        for size in range(1, min(_LONGEST_RUN, n - 3) + 1):
            for first in (i, i - size + 1) if size > 1 else (i,):
                head, tail = order[first % n], order[(first + size - 1) % n]
                before, after = order[(first - 1) % n], order[(first + size) % n]
                free = abs(entry[head] - leave[before]) + abs(entry[after] - leave[tail]) - abs(entry[after] - leave[before])
                if free <= _LEAST:
                    continue
                front, rear = entry[head], leave[tail]
                for least, c in self.near[k]:
                    if least >= free:
                        break
                    if (at[c] - first) % n < size:
                        continue
                    for left in (c, order[at[c] - 1]):
                        right = order[(at[left] + 1) % n]
                        if left == before or (at[left] - first) % n < size:
                            continue
                        a, b = leave[left], entry[right]
                        room = free + abs(b - a)
                        straight = room - abs(front - a) - abs(b - rear)
                        back = room - abs(rear - a) - abs(b - front)
                        if max(straight, back) > _LEAST:
                            self._move(first % n, size, left, back=back > straight)
                            self.gained += max(straight, back)
                            return before, after, left, right, head, tail
        return ()

    def _move(self, first: int, size: int, left: int, *, back: bool) -> None:
        """A run of places taken out and put behind `left`."""
        order, n = self.order, len(self.order)
        run = [order[(first + k) % n] for k in range(size)]
        if back:
            for k in run:
                self.entry[k], self.exit[k] = self.exit[k], self.entry[k]
                self.turned[k] = not self.turned[k]
            run.reverse()
        ahead = (self.at[left] - first) % n - size + 1  # places between the run and its new neighbours, going on
        if ahead <= n - size - ahead:
            between = [order[(first + size + k) % n] for k in range(ahead)]
            self._lay(first, [*between, *run])
        else:
            behind = n - size - ahead
            between = [order[(first - behind + k) % n] for k in range(behind)]
            self._lay(first - behind, [*run, *between])


def _turned(one: Pass) -> Pass:
    return Pass(one.exit, one.entry, one.cost, tuple(end ^ 1 for end in reversed(one.way)))


def _neighbours(places: Sequence[Sequence[Pass]]) -> list[list[tuple[float, int]]]:
    """The nearest other places of each, from any end to any end, with the distance, nearest first."""
    ends = [list({end for one in options for end in (one.entry, one.exit)}) for options in places]
    starts = np.cumsum([0, *map(len, ends)])
    every = np.array([end for own in ends for end in own])
    n, count = len(places), min(_NEIGHBOURS, len(places) - 1)
    rows = max(1, _BLOCK // len(every))
    found: list[list[tuple[float, int]]] = []
    first = 0
    while first < n:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + rows, side="right")) - 1)
        apart = np.abs(every[starts[first] : starts[last], None] - every)
        least = np.minimum.reduceat(np.minimum.reduceat(apart, starts[first:last] - starts[first], axis=0), starts[:-1], axis=1)
        least[np.arange(last - first), np.arange(first, last)] = np.inf
        nearest = np.argsort(least, axis=1)[:, :count]
        found += [
            list(zip(far, near, strict=True))
            for far, near in zip(np.take_along_axis(least, nearest, axis=1).tolist(), nearest.tolist(), strict=True)
        ]
        first = last
    return found


def _nearest_next(places: Sequence[Sequence[Pass]]) -> tuple[list[int], list[Pass]]:
    """From home on, always the place that is entered nearest; by the pass that is shortest from there."""
    ends = np.array([end for options in places for one in options for end in (one.entry, one.exit)])
    owner = np.array([k for k, options in enumerate(places) for _ in options for _ in range(2)])
    pass_of = [one for options in places for one in options for _ in range(2)]
    cost = np.array([one.cost for one in pass_of])
    taken = [options[0] for options in places]
    home = len(places) - 1
    order, here = [home], taken[home].exit
    cost[owner == home] = np.inf
    for _ in range(home):
        best = int(np.argmin(np.abs(ends - here) + cost))
        one, k = pass_of[best], int(owner[best])
        taken[k] = one if best % 2 == 0 else _turned(one)
        order.append(k)
        here = taken[k].exit
        cost[owner == k] = np.inf
    return order, taken
