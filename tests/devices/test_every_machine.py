"""Every profile that is shipped, on its own simulator: a square and a letter, within half a step of the plan.

On an EBB half a step holds for the ends of every stroke, and for each motor but beside its turns, which lie on whole steps:
half a step more, there. One step of a motor moves the pen by 0.7 of 1/80 mm.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from plotwriter.devices import load_profile, open_device, plan_page, plot_page, profile_names, simulated_board
from plotwriter.devices.ebb_encode import encode
from plotwriter.devices.job import allowed_deviation
from plotwriter.devices.simulator import Ebb3Board, EbbBoard, GrblBoard, HpglBoard, MarlinBoard
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion.actions import Plan, Trajectory
from tests.devices.factories import make_loops, make_page, make_square

SHIPPED = profile_names()
STEP = 1 / 80  # mm; 80 steps/mm on AxiDraw and on most GRBL and Marlin plotters
STEPLESS = 0.001  # mm; the boards with a planner of their own are simulated without steps, G-code has three decimals, a plotter its units
BOARDS = {"ebb": EbbBoard, "grbl": GrblBoard, "marlin": MarlinBoard, "hpgl": HpglBoard}


def make_letter() -> Ink:
    """An i as a hand makes it: a looped stem and its dot, and a bar beside it."""
    loops = make_loops(np.random.default_rng(3), at=22 + 22j, n=200)
    strokes = (Stroke(loops, (0, 1)), Stroke(np.array([24 + 16j]), (0, 1)), Stroke(np.array([40 + 20j, 46 + 19.5j]), (1, 2)))
    return Ink(strokes, "i-", Page(60.0, 40.0))


def planned(plan: Plan, stroke: int) -> np.ndarray:
    """The path of a stroke as planned, every 0.2 ms."""
    paths = [
        a.at(np.linspace(0, a.duration, int(a.duration / 2e-4) + 2))
        for a in plan.actions
        if isinstance(a, Trajectory) and a.pen_down and a.stroke == stroke
    ]
    return np.concatenate(paths)


def farthest(points: np.ndarray, path: np.ndarray) -> float:
    """The largest distance of points to a polyline, mm."""
    start, edge = path[:-1], np.diff(path)
    start, edge = start[edge != 0], edge[edge != 0]
    worst = 0.0
    for some in np.array_split(points, len(points) // 256 + 1):
        q = some[:, None] - start[None, :]
        foot = np.clip((q * edge.conj()).real / np.abs(edge) ** 2, 0, 1)
        worst = max(worst, float(np.abs(q - foot * edge).min(axis=1).max()))
    return worst


@pytest.mark.parametrize("ink", [make_square(), make_letter()], ids=["square", "letter"])
@pytest.mark.parametrize("machine", SHIPPED)
def test_a_square_and_a_letter_are_drawn_as_planned(machine: str, ink: Ink) -> None:
    profile = load_profile(machine)
    device = open_device(profile, "sim")
    plan = plot_page(ink, profile, device)
    board = simulated_board(device)
    assert isinstance(board, BOARDS[profile.device])
    drawn = board.drawn()
    assert len(drawn) == len(ink.strokes) and not board.pen_is_down
    for i, piece in enumerate(drawn):
        path = planned(plan, i)
        allowed = (STEPLESS if profile.ebb is None else (0.7 if len(drawn) == 1 else 0.75) * STEP) + 1e-4  # the samples' own chords
        assert farthest(piece, path) <= allowed
        assert farthest(path, piece) <= allowed
        assert max(abs(piece[0] - path[0]), abs(piece[-1] - path[-1])) <= (STEPLESS if profile.ebb is None else STEP / 2) + 1e-4
    assert abs(board.position - plan.home) < 1e-3  # type: ignore[attr-defined]
    if profile.ebb is None:
        assert board.lost_bytes == 0  # type: ignore[attr-defined]
    else:
        assert board.starved == board.traps == 0 and board.max_step_rate <= 25_000  # type: ignore[attr-defined]


@pytest.mark.parametrize("machine", SHIPPED)
def test_it_takes_as_long_as_it_was_said_to(machine: str) -> None:
    profile, ink = load_profile(machine), make_letter()
    device = open_device(profile, "sim")
    board = simulated_board(device)
    assert board is not None
    began = board.elapsed
    plan = plot_page(ink, profile, device)
    assert board.elapsed - began == pytest.approx(plan.duration, rel=0.03, abs=0.3)


@pytest.mark.parametrize("machine", ["axidraw", "nextdraw_8511", "grbl_servo", "grbl_z", "marlin_servo", "marlin_z", "hp7475a"])
def test_the_estimate_of_a_few_lines_is_right_within_a_hundredth(machine: str) -> None:
    """The pen's own time, the talk about it, a dwell that only asks whether the motion has ended: all is in the plan."""
    profile, ink = load_profile(machine), make_page(seed=1, n_words=12)
    device = open_device(profile, "sim")
    board = simulated_board(device)
    assert board is not None
    began = board.elapsed
    plan = plot_page(ink, profile, device)
    assert plan.duration / (board.elapsed - began) == pytest.approx(1.0, abs=0.01)


def test_so_is_that_of_an_old_ebbs_slices() -> None:
    profile = load_profile("axidraw")
    plan = plan_page(make_page(seed=1, n_words=12), profile)
    assert sum(command.duration for command in encode(plan, profile, firmware=(2, 6, 5))) / plan.duration == pytest.approx(1.0, abs=0.01)


def test_the_machines_that_people_own_are_there() -> None:
    wanted = {"axidraw", "axidraw_a3", "axidraw_xlx", "axidraw_minikit", "axidraw_se_a1", "axidraw_se_a2", "axidraw_b6"}
    wanted |= {"nextdraw_8511", "nextdraw_1117", "nextdraw_2234", "idraw", "idraw_a3", "idraw_h", "idraw_h_a3"}
    wanted |= {"grbl_servo", "grbl_z", "grblhal", "fluidnc", "marlin_servo", "marlin_z", "hp7475a", "hp7475a_a3"}
    assert wanted <= set(SHIPPED)
    travels = {"axidraw_a3": (430, 297), "axidraw_xlx": (595, 218), "axidraw_minikit": (160, 101.6), "nextdraw_2234": (864, 594)}
    assert all(load_profile(name).travel == travel for name, travel in travels.items())
    assert isinstance(simulated_board(open_device(load_profile("nextdraw_8511"), "sim")), Ebb3Board)


@pytest.mark.parametrize("machine", SHIPPED)
def test_its_reach_is_its_own(machine: str) -> None:
    """A line into the far corner is drawn, one a millimetre longer is refused."""
    from plotwriter.errors import LayoutError

    profile = load_profile(machine)
    across, along = profile.travel
    page = Page(across + 5, along + 5) if profile.gcode is None else Page(across, along)
    reach = Ink((Stroke(np.array([across - 9 + 1j * (along - 9), across + 1j * along]), (0, 1)),), "o", page)
    plan_page(reach, profile)
    if profile.gcode is None:
        with pytest.raises(LayoutError, match="use smaller paper"):
            plan_page(dataclasses.replace(reach, strokes=(Stroke(reach.strokes[0].points + 1, (0, 1)),)), profile)


def test_only_an_ebb_in_a_hurry_is_allowed_more_off_its_ink() -> None:
    for machine in SHIPPED:
        profile = load_profile(machine)
        assert allowed_deviation(profile) == 0.05
        hasty = dataclasses.replace(profile, motion=dataclasses.replace(profile.motion, accel=10_000.0))
        assert (allowed_deviation(hasty) > 0.05) == (profile.ebb is not None)
