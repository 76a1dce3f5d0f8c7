"""The benchmark page, planned and drawn on the simulated machines, beside the time-optimal pass on the same curves.

    python benchmarks/motion.py [page.json.gz] [--machine axidraw ...] [--axidraw FOLDER]

The page is a gzip JSON of {"width", "height", "strokes": [[[x, y], ...], ...]} in mm; without one, 25 lines of loops are
made up. Times are CPU seconds of one core; quote ratios within one run. Accelerations are second differences over 10 ms,
as parts of the machine's limit.

    time-optimal   |acceleration| <= the limit at every point of the rounded curves, a pass on a grid FINER times as fine as
                   ours; pen-up moves are trapezoids at the limits
    planned        what the estimate and the preview go by
    sent           what an EBB's step interrupt makes of our commands, fractions of steps and all; a G-code board's own ramps
    before         the planner and the slices these replaced, as measured on this page (smooth ink) when they went

--axidraw takes a folder with the AxiDraw software's "inkscape driver/motion.py" (GPL, from github.com/evil-mad/axidraw;
plotink must be importable there) and plans the same strokes in the same order at its own defaults, timed. It bounds no bend,
so its pen is pushed much harder than its nominal acceleration says; two more lines are ours with the limit raised until the
99th percentile is theirs:

    as hard        strokes, order and full lifts as they are
    and hopping    low between near strokes of a word (pen.hop = 36 %)
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from plotwriter.devices import compare_drawn, load_profile, open_device, plan_page, profile_names, simulated_board
from plotwriter.devices.ebb_encode import encode
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.simulator import EbbBoard
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion import Plan, Trajectory, estimate
from plotwriter.motion.curves import join
from plotwriter.motion.optimum import fastest
from plotwriter.motion.speeds import axis_speed, with_rests

HORIZON = 0.010  # s
FINER = 4
HOP = 36.0  # percent, as the profile of the AxiDraw suggests
SHARP = 0.9  # rad between samples; whoever turns more rests there, in both planners
BEFORE = {277_870: (641.0, 91.0, 180.0, 1.06, 1.26)}  # by the page's points: s down, up, lifts, then p99 and most of the limit


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    down: float  #: s
    up: float  #: s
    lifts: float  #: s
    p99: float  #: of the limit, pen down
    most: float  #: of the limit, pen down

    def print(self, best: float) -> None:
        """Say it, with the pen-down time over the optimum's."""
        total = self.down + self.up + self.lifts
        shares = f"{self.p99:7.3f} {self.most:7.3f}" if self.p99 else f"{'':15}"
        print(f"  {self.name:13} {self.down:7.1f} {self.up:7.1f} {self.lifts:7.1f} {total:8.1f} {shares} {self.down / best:7.3f}")


def made_up_page() -> Ink:
    """Twenty-five lines of six words of loops and as many dots, about 13 m of ink."""
    rng = np.random.default_rng(0)
    strokes = []
    for row in range(25):
        for word in range(6):
            t = np.linspace(0, 10 * np.pi, 1600)
            radius = 1.6 * (0.5 + 0.3 * np.sin(t * rng.uniform(0.3, 0.7)))
            at = complex(20 + 28 * word, 25 + 10 * row)
            strokes.append(Stroke(at + 0.7 * t + radius * np.exp(1j * t * rng.uniform(0.8, 1.1)), (0, 1)))
            strokes.append(Stroke(np.array([at + 5 - 4j]), (0, 1)))
    return Ink(tuple(strokes), "n", Page(210, 297))


def read_page(path: Path) -> Ink:
    """A page of the benchmark's format."""
    page = json.loads(gzip.decompress(path.read_bytes()))
    strokes = tuple(Stroke(np.array(points) @ np.array([1, 1j]), (0, 1)) for points in page["strokes"])
    return Ink(strokes, "n", Page(page["width"], page["height"]))


def second_difference(t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Acceleration in mm/s² over the horizon of a path p at times t, linear between."""
    when = np.arange(t[0] - HORIZON, t[-1] + HORIZON, 0.001)
    return np.abs(np.interp(when + HORIZON, t, p) - 2 * np.interp(when, t, p) + np.interp(when - HORIZON, t, p)) / HORIZON**2


def planned(plan: Plan) -> np.ndarray:
    """Acceleration of the planned strokes."""
    every = []
    for move in plan.actions:
        if isinstance(move, Trajectory) and move.pen_down:
            t = np.arange(0, move.duration + 0.0005, 0.0005)
            every.append(second_difference(t, move.at(t)))
    return np.concatenate(every)


def sent(board: EbbBoard) -> np.ndarray:
    """Acceleration of the strokes as the simulated board's interrupt was commanded them."""
    t, path = board.commanded()
    every = []
    for down, up in board.servo.contacts:
        inside = slice(*np.searchsorted(t, (down - 1e-9, up + 1e-9)))
        if t[inside].size > 1:
            every.append(second_difference(t[inside], path[inside]))
    return np.concatenate(every)


def optimum(plan: Plan, profile: MachineProfile) -> Row:
    """The time-optimal pass along the same curves, and rest-to-rest trapezoids between them."""
    limits, down, seen, up = profile.motion, 0.0, [], 0.0
    for move in plan.actions:
        if not isinstance(move, Trajectory):
            continue
        if not move.pen_down:
            unit = (move.end[-1:] - move.start[:1]) / abs(move.end[-1] - move.start[0])
            v, a = float(axis_speed(unit, limits, limits.travel_speed)[0]), limits.travel_accel
            up += 2 * math.sqrt(move.distance / a) if move.distance < v * v / a else move.distance / v + v / a
    strokes = [np.concatenate((m.start[:1], m.end)) for m in plan.actions if isinstance(m, Trajectory) and m.pen_down]
    for curve in strokes:
        paths, rest = with_rests(join([curve]))
        points = paths.points
        steps = np.abs(np.diff(points))
        s = np.concatenate(([0.0], np.cumsum(steps)))
        turn = np.zeros(len(points))
        turn[1:-1] = np.abs(np.angle(np.diff(points)[1:] * np.diff(points)[:-1].conj()))
        kappa = np.zeros(len(points))
        kappa[1:-1] = np.where(rest[1:-1], 0, 4 * np.tan(np.minimum(turn[1:-1], SHARP) / 2) / (steps[1:] + steps[:-1]))
        index = np.arange(0, len(points) - 1 + 1 / FINER, 1 / FINER)[: FINER * (len(points) - 1) + 1]
        fine = np.interp(index, np.arange(len(points)), s)
        cap = np.full(len(fine), limits.feed**2)
        cap[::FINER][rest] = 0.0
        h = np.diff(fine)
        v = np.sqrt(fastest(h, np.interp(fine, s, kappa), cap, np.full(len(fine), limits.accel)))
        times = np.concatenate(([0.0], np.cumsum(2 * h / (v[1:] + v[:-1]))))
        down += float(times[-1])
        place = np.interp(fine, s, points)
        t = np.arange(0, times[-1], 0.0005)
        piece = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(h) - 1)
        part, dt = t - times[piece], np.diff(times)[piece]
        share = (v[piece] * part + (v[piece + 1] - v[piece]) * part**2 / (2 * dt)) / h[piece]
        seen.append(second_difference(t, place[piece] + (place[piece + 1] - place[piece]) * share))
    every = np.concatenate(seen) / limits.accel
    return Row("time-optimal", down, up, estimate(plan).lift_time, float(np.percentile(every, 99)), float(every.max()))


def axidraw(folder: Path, ink: Ink, lifts: float) -> tuple[float, Row]:
    """The AxiDraw software's trajectories on the same strokes: CPU s, and its line; the acceleration as mm/s², not a share."""
    sys.path.insert(0, str(folder))
    motion = _load(folder / "motion.py")
    params = SimpleNamespace(  # axidraw_conf.py
        max_step_dist_hr=0.000492,
        max_step_dist_lr=0.000984,
        accel_rate=40.0,
        accel_rate_pu=60.0,
        cornering=10.0,
        bounds_tolerance=0.003,
        time_slice=0.025,
        max_step_rate=24.995,
    )
    options = SimpleNamespace(accel=75, resolution=1, const_speed=False)
    at = SimpleNamespace(xpos=0.0, ypos=0.0, z_up=True)
    warnings = SimpleNamespace(add_new=lambda *_: None)
    plotter = SimpleNamespace(
        pen=SimpleNamespace(phys=at),
        speed_pendown=1.9768,
        speed_penup=5.9304,
        options=options,
        params=params,
        step_scale=2032.0,
        bounds=[[-1, -1], [99, 99]],
        warnings=warnings,
    )
    strokes = [[(x / 25.4, y / 25.4) for x, y in zip(s.points.real.tolist(), s.points.imag.tolist(), strict=True)] for s in ink.strokes]
    begin, travels, drawn = time.process_time(), list[Any](), list[Any]()
    for stroke in (stroke for stroke in strokes if len(stroke) > 1):
        up, _ = motion.compute_segment(plotter, (*stroke[0], 0, 0, False), SimpleNamespace(xpos=at.xpos, ypos=at.ypos, z_up=True))
        down, _ = motion.plan_trajectory(plotter, stroke, SimpleNamespace(xpos=stroke[0][0], ypos=stroke[0][1], z_up=False))
        travels += up or []
        drawn.append(down or [])
        at.xpos, at.ypos = stroke[-1]
    cpu, every, seconds = time.process_time() - begin, [], 0.0
    for moves in filter(None, drawn):
        second, first, ms = np.cumsum([(0, 0, 0), *(move[1][:3] for move in moves)], axis=0).T  # motors 2 and 1, steps
        every.append(second_difference(ms / 1000, (first + second + 1j * (first - second)) / 160))  # half of 1/80 mm
        seconds += ms[-1] / 1000
    seen = np.concatenate(every)
    row = Row("AxiDraw", seconds, sum(move[1][2] for move in travels) / 1000, lifts, float(np.percentile(seen, 99)), float(seen.max()))
    return cpu, row


def as_hard(ink: Ink, profile: MachineProfile, p99: float) -> list[Row]:
    """Ours with the limit raised until the commanded acceleration has this 99th percentile, mm/s²; and with low hops."""
    low, high = profile.motion.accel, 16 * profile.motion.accel
    for _ in range(7):
        accel = math.sqrt(low * high)
        raised = replace(profile, motion=replace(profile.motion, accel=accel))
        found = planned(plan := plan_page(ink, raised))
        share = float(np.percentile(found, 99)) / p99
        low, high = (accel, high) if share < 1 else (low, accel)
    rows = []
    for name, hop in (("as hard", 0.0), ("and hopping", HOP)):
        e = estimate(plan_page(ink, replace(raised, pen=replace(profile.pen, hop=hop))) if hop else plan)
        rows.append(Row(name, e.pen_down_time, e.pen_up_time, e.lift_time, share * p99, float(found.max())))
    return rows


def _load(path: Path):
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("axidraw_motion", path)
    assert spec is not None and spec.loader is not None, path
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(ink: Ink, machine: str, folder: Path | None) -> None:
    """Print one machine's block."""
    profile = load_profile(machine)
    plan_page(Ink(ink.strokes[:1], ink.text, ink.page), profile)  # what is loaded late is loaded
    begin = time.process_time()
    plan = plan_page(ink, profile)
    planning = time.process_time() - begin
    begin = time.process_time()
    n_commands = sum(1 for _ in encode(plan, profile)) if profile.ebb else 0
    encoding = time.process_time() - begin
    device = open_device(profile, "sim")
    board = simulated_board(device)
    assert board is not None
    start = board.clock.now()
    device.plot(plan)
    duration = board.elapsed - start
    report, e = compare_drawn(ink, plan, board), estimate(plan)
    best = optimum(plan, profile)

    print(f"\n{machine}")
    print(f"  {'':13} {'down s':>7} {'up s':>7} {'lifts s':>7} {'total s':>8} {'a p99':>7} {'a max':>7} {'/ best':>7}")
    best.print(best.down)
    accel = profile.motion.accel
    rows = {"planned": planned(plan)}
    if isinstance(board, EbbBoard):
        rows["sent"] = sent(board)
    for name, a in rows.items():
        Row(name, e.pen_down_time, e.pen_up_time, e.lift_time, float(np.percentile(a, 99)) / accel, float(a.max()) / accel).print(best.down)
    n_points = sum(len(stroke.points) for stroke in ink.strokes)
    if machine == "axidraw" and n_points in BEFORE:
        Row("before", *BEFORE[n_points]).print(best.down)
    print(f"  estimate over board {plan.duration / duration:.4f}; pen-up time over trapezoids {e.pen_up_time / best.up:.3f}")
    starved = f", {board.starved} gaps in the queue, {board.traps} traps" if isinstance(board, EbbBoard) else ""
    print(f"  drawing {report.strokes_drawn} of {report.strokes_expected} strokes, at most {report.max_deviation:.3f} mm off{starved}")
    print(f"  CPU: plan {planning:.2f} s" + (f", {n_commands} commands {encoding:.2f} s" if profile.ebb else ""))
    if folder is None or not profile.ebb:
        return
    cpu, theirs = axidraw(folder, ink, e.lift_time)
    for row in (theirs, *as_hard(ink, profile, theirs.p99)):
        replace(row, p99=row.p99 / accel, most=row.most / accel).print(theirs.down)
        whole = (row.down + row.up + row.lifts) / (theirs.down + theirs.up + theirs.lifts)
        print(f"  {'':13} the whole page {whole:.3f} of AxiDraw's")
    print(f"  CPU over AxiDraw's {cpu:.2f} s: plan {planning / cpu:.2f}, plan and commands {(planning + encoding) / cpu:.2f}")


def main() -> None:
    """Print one block per machine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--machine", choices=profile_names(), action="append")
    parser.add_argument("--axidraw", type=Path, help="folder with the AxiDraw software's motion.py")
    options = parser.parse_args()
    ink = read_page(options.page) if options.page else made_up_page()
    n_points = sum(len(stroke.points) for stroke in ink.strokes)
    print(f"{len(ink.strokes)} strokes, {n_points} points, {ink.length / 1000:.1f} m of ink")
    for machine in options.machine or ("axidraw", "grbl_servo"):
        measure(ink, machine, options.axidraw)


if __name__ == "__main__":
    main()
