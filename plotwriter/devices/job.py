"""A page on a machine: plotted, and compared with what a simulated board drew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plotwriter.devices.device import Device, OnProgress, Teller
from plotwriter.devices.page import plan_page
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.simulator import Board, SimPort
from plotwriter.devices.transport import NOBODY, Identity, Transport, open_port
from plotwriter.ink import Ink, Points
from plotwriter.motion.actions import Plan
from plotwriter.registry import load

__all__ = ["SimReport", "allowed_deviation", "compare_drawn", "distance", "open_device", "plot_page", "simulated_board"]

DENSE = 0.02  # mm between the points of polylines that are compared
SIM_TOLERANCE = 0.05  # mm a simulated machine may be off its ink; four motor steps
RAMP = 0.008  # s, of an EBB; shorter ones may starve it
NEAR = 0.3  # mm around some points where their nearest others are looked for first


@dataclass(frozen=True, slots=True)
class SimReport:
    """What a simulated board drew, against the ink it was to draw."""

    strokes_drawn: int
    strokes_expected: int
    max_deviation: float  #: mm, the larger of ink to drawing and drawing to ink
    duration: float  #: s on the board's clock


def open_device(profile: MachineProfile, port: str = "auto", *, known: Identity = NOBODY, prepare: bool = True) -> Device:
    """A connected machine: port opened, board set up; prepared for a drawing, its pen is up and at home.

    Args:
        profile: the machine
        port: "auto", a path, a nickname, or "sim"
        known: the machine that was there before, as in `open_port`
        prepare: False: nothing moves

    Raises:
        PortError: the port cannot be opened
        DeviceError: nothing there speaks the machine's protocol
    """
    transport: Transport = open_port(port, profile, known=known)
    try:
        device: Device = load("device", profile.device)(profile, transport)
        device.connect(prepare=prepare)
    except BaseException:
        transport.close()
        raise
    return device


def plot_page(ink: Ink, profile: MachineProfile, device: Device, *, on_progress: OnProgress | None = None) -> Plan:
    """Draw a page on a connected machine; the plan it followed.

    Raises:
        LayoutError: ink the machine cannot reach; nothing has moved
        DeviceError: the machine failed; its pen is up if it could be raised
    """
    page_plan = plan_page(ink, profile)
    device.plot(page_plan, monitor=Teller(on_progress))
    return page_plan


def simulated_board(device: Device) -> Board | None:
    """The board behind port "sim"; None for a real one."""
    return device.transport.board if isinstance(device.transport, SimPort) else None


def allowed_deviation(profile: MachineProfile) -> float:
    """Mm off its ink a simulated machine may be; more where `accel` is raised so far that a bend is over before an EBB's ramp is."""
    if profile.ebb is None:
        return SIM_TOLERANCE
    return max(SIM_TOLERANCE, profile.motion.path_tolerance + profile.motion.accel * RAMP**2 / 8)


def compare_drawn(ink: Ink, page_plan: Plan, board: Board, *, since: int = 0) -> SimReport:
    """How far a simulated drawing is from its ink.

    Strokes are compared in pairs, in order, as sets of points on densified polylines; a dot is the
    micro-stroke planned for it.

    Args:
        ink: the page that was plotted
        page_plan: the plan it was plotted by, from `plot_page`
        board: from `simulated_board`
        since: strokes the board had drawn before this page
    """
    drawn = board.drawn()[since:]
    worst = 0.0
    for stroke, path in zip(ink.strokes, drawn, strict=False):
        wanted = page_plan.placement.to_machine(stroke.points)
        if len(set(stroke.points.tolist())) == 1:
            path = np.array([(path.real.min() + path.real.max()) / 2 + 1j * (path.imag.min() + path.imag.max()) / 2])
        worst = max(worst, distance(wanted, path))
    return SimReport(len(drawn), len(ink.strokes), worst, board.elapsed)


def distance(a: Points, b: Points) -> float:
    """The farthest either of two polylines gets from the other, mm, by points DENSE apart."""
    a, b = _dense(a), _dense(b)
    return max(_farthest(a, b), _farthest(b, a))


def _dense(points: Points) -> Points:
    if len(points) == 1:
        return points
    arc = np.concatenate(([0.0], np.cumsum(np.abs(np.diff(points)))))
    where = np.union1d(np.linspace(0, arc[-1], int(arc[-1] / DENSE) + 2), arc)
    return np.asarray(np.interp(where, arc, points), dtype=np.complex128)


def _farthest(points: Points, others: Points) -> float:
    """The largest of the points' distances to their nearest other, mm."""
    worst = 0.0
    for first in range(0, len(points), 64):
        some = points[first : first + 64]
        x, y = others.real, others.imag
        near = (x > some.real.min() - NEAR) & (x < some.real.max() + NEAR) & (y > some.imag.min() - NEAR) & (y < some.imag.max() + NEAR)
        nearest = np.abs(some[:, None] - others[near][None, :]).min(axis=1, initial=np.inf)
        if nearest.max() > NEAR:  # whoever is farther may have its nearest outside the box
            nearest = np.abs(some[:, None] - others[None, :]).min(axis=1)
        worst = max(worst, float(nearest.max()))
    return worst
