"""Single movements of a connected machine: the pen, and to a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from plotwriter.devices.device import Device
from plotwriter.devices.page import move, plan_page, rest_of
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion.actions import PenAction, Plan
from plotwriter.motion.placement import Placement

__all__ = ["go", "ladder", "move_pen"]


def move_pen(device: Device, *, down: bool) -> None:
    """Lower or raise the pen where it stands."""
    times = device.profile.pen.times
    action = PenAction(down=down, duration=times.lower_pen if down else times.raise_pen, stroke=0)
    device.plot(Plan((action,), (), Placement(Page(*device.profile.travel)), device.where()))


def go(device: Device, there: complex, *, bounded: bool = True) -> complex:
    """Move the raised pen to a place, mm, machine frame; where it stands then.

    Args:
        device: connected
        there: mm, machine frame
        bounded: refuse what the machine does not reach

    Raises:
        LayoutError: a place the machine does not reach; nothing has moved
    """
    device.plot(move(device.where(), there, device.profile, bounded=bounded))
    return device.where()


def ladder(device: Device, heights: Sequence[float], *, at: complex = 10 + 10j, width: float = 10.0, step: float = 4.0) -> None:
    """Draw a rung at every pen height, from the first to the last, away from home.

    Args:
        device: connected; its profile is as before when this is done
        heights: of the lowered pen, percent, each below the profile's `up`
        at: mm from the sheet's top left corner, where the first rung begins
        width: mm of a rung
        step: mm from rung to rung
    """
    profile = device.profile
    side = max(2 * at.real + width, 2 * at.imag + step * len(heights))
    page = Page(side, side)  # a square is never turned
    try:
        for i, height in enumerate(heights):
            device.adopt(replace(profile, pen=replace(profile.pen, down=height)))
            rung = Stroke(np.array([at + 1j * i * step, at + width + 1j * i * step]), (0, 0))
            page_plan = plan_page(Ink((rung,), "", page), device.profile)
            stay = tuple(action for action in page_plan.actions if action.stroke == 0)  # the next rung is near, home is not
            device.plot(rest_of(replace(page_plan, actions=stay), 0, device.where(), profile))
    finally:
        device.adopt(profile)
