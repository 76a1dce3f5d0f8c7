"""Plan a page and stream it to the simulated machines: CPU seconds, plot time, and the acceleration that is really sent.

    python benchmarks/motion.py [page.json.gz] [--machine axidraw]

The page is a gzip JSON of {"width", "height", "strokes": [[[x, y], ...], ...]} in mm; without one, 25 lines of loops
are made up. Times are CPU seconds of one core; quote ratios within one run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path

import numpy as np

from plotwriter.devices import compare_drawn, load_profile, open_device, plan_page, profile_names, simulated_board
from plotwriter.devices.ebb_encode import encode
from plotwriter.devices.profile import MachineProfile
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion import Plan, Trajectory, estimate

HORIZON = 0.010  # s


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
    when = np.arange(-HORIZON, t[-1] + HORIZON, 0.001)
    return np.abs(np.interp(when + HORIZON, t, p) - 2 * np.interp(when, t, p) + np.interp(when - HORIZON, t, p)) / HORIZON**2


def planned(plan: Plan) -> np.ndarray:
    """Acceleration of the planned strokes."""
    every = []
    for move in plan.actions:
        if isinstance(move, Trajectory) and move.pen_down:
            t = np.arange(0, move.duration + 0.0005, 0.0005)
            every.append(second_difference(t, move.at(t)))
    return np.concatenate(every)


def sent(plan: Plan, profile: MachineProfile) -> np.ndarray:
    """Acceleration of the strokes as an EBB is told them."""
    every, t, motors, down = [], [0.0], [np.zeros(2)], False
    for command in encode(plan, profile):
        name, *words = command.text.split(",")
        if name == "SM":
            motors.append(motors[-1] + np.array(words[1:], float))
            t.append(t[-1] + command.duration)
            continue
        if down:
            m = np.array(motors)
            scale = 2 * (profile.ebb.steps_per_mm if profile.ebb else 1)
            every.append(second_difference(np.array(t), (m[:, 0] + m[:, 1] + 1j * (m[:, 0] - m[:, 1])) / scale))
        down, t, motors = words[0] == "0", [0.0], motors[-1:]
    return np.concatenate(every)


def main() -> None:
    """Print one block per machine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--machine", choices=profile_names(), action="append")
    options = parser.parse_args()
    ink = read_page(options.page) if options.page else made_up_page()
    n_points = sum(len(stroke.points) for stroke in ink.strokes)
    print(f"{len(ink.strokes)} strokes, {n_points} points, {ink.length / 1000:.1f} m of ink")
    for machine in options.machine or profile_names():
        profile = load_profile(machine)
        begin = time.process_time()
        plan = plan_page(ink, profile)
        planning = time.process_time() - begin
        device = open_device(profile, "sim")
        begin = time.process_time()
        device.plot(plan)
        streaming = time.process_time() - begin
        board = simulated_board(device)
        assert board is not None
        report, e = compare_drawn(ink, plan, board), estimate(plan)
        print(f"{machine}")
        print(f"  CPU       plan {planning:.2f} s, stream to the simulated board {streaming:.2f} s")
        parts = f"down {e.pen_down_time:.0f}, up {e.pen_up_time:.0f}, lifts {e.lift_time:.0f}"
        print(f"  plot      {e.duration:.0f} s: {parts}; board {report.duration:.0f}")
        print(f"  drawing   {report.strokes_drawn} of {report.strokes_expected} strokes, at most {report.max_deviation:.3f} mm off")
        for name, a in (("planned", planned(plan)), *((("sent", sent(plan, profile)),) if profile.ebb else ())):
            p50, p99, p999 = np.percentile(a, [50, 99, 99.9]) / profile.motion.accel
            most = a.max() / profile.motion.accel
            print(f"  {name:9} acceleration over limit: median {p50:.2f}, 99 % {p99:.2f}, 99.9 % {p999:.2f}, most {most:.2f}")


if __name__ == "__main__":
    main()
