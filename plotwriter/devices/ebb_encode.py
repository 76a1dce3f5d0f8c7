r"""Plan to EBB commands: timed ramps (LT), or timed slices of whole steps (SM) on boards that know no better.

    v |   LT  .-'-.              v |   SM   _|‾|_         SM,ms,a,b: both motors make whole steps at even rates and
      |     .'     '.              |      _|     |_       end together. The ends of the slices lie on the plan and
      |   .'         '.            |     |         |      rounding is carried, so the error is half a step for ever;
      |__/_____________\__ t       |_____|_________|__ t  the price is a stair of speeds.

LT is used from firmware 2.7.0 on, see ebb_ramps; before that it does not exist, and SM is a compromise. Its chords leave a
bend by accel * slice² / 8, three quarters of a step at 10 ms; slices shorter than 7 ms may starve such a board. Its steps are
whole ones: each of the three places that a stopwatch of 10 ms compares is rounded by up to half a step of either motor, so
x and y show up to 2 steps / (10 ms)², 250 mm/s², more than was planned: with the AxiDraw's 762 mm/s² 1.33 times the limit,
and whole milliseconds add a little (1.13 on a page of loops, 1.35 at worst).
Other places on the grid of steps would show less and leave the path by more; neither is felt by a pen.

CoreXY: motor 1 = x + y, motor 2 = x - y, in steps.

Source: EBB command reference; release notes for what works since when
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plotwriter.devices.ebb_ramps import HALF, PRIME, PRIME_TICKS, TICK_RATE, Ramp, ramps
from plotwriter.devices.profile import EbbTable, MachineProfile
from plotwriter.motion.actions import PenAction, Plan, Trajectory

__all__ = ["LT_SINCE", "EbbCommand", "encode", "pen_command", "setup", "slices", "to_steps"]

STEP_RATE = 25  # steps per ms and motor, the interrupt's own rate; EBB command reference, SM
PWM_SLOT = 3  # ms, SC,9; a servo is refreshed once in slots * 3 ms
LT_SINCE = (2, 7, 0)  # firmware that has LT; release notes
SIGNED_SINCE = (3,)  # firmware that takes an accel to be signed as its rate is
BATCH = 160  # actions encoded at once, 40 strokes: half a minute's work for the machine, 30 ms for us
REMAPPABLE = {4: 4, 2: 5}  # the servo's pin as S2 calls it: RB1 is RP4, RB2 is RP5; PIC18F46J50 data sheet
DELAY_LIMIT = 65535  # ms, SP's delay

Steps = npt.NDArray[np.int64]


class EbbCommand(NamedTuple):
    """One command and what it is part of."""

    text: str  #: without the CR
    duration: float  #: s the board is busy with it
    stroke: int  #: index of the stroke it belongs to
    plan_time: float  #: s of the plan done when it is


def setup(profile: MachineProfile) -> list[str]:
    """What a board must be told before it may move: servo ends and rates, microsteps.

    Every value is set, none is left to the board: its power-on values differ between firmwares.
    """
    table, pen = _table(profile), profile.pen
    up_rate, down_rate = (_servo_rate(profile, percent) for percent in (pen.raise_rate, pen.lower_rate))
    return [
        f"SC,4,{table.pulse(pen.up)}",
        f"SC,5,{table.pulse(pen.down)}",
        f"SC,8,{table.servo_slots}",
        f"SC,9,{PWM_SLOT}",
        f"SC,10,{up_rate}",
        f"SC,11,{up_rate}",
        f"SC,12,{down_rate}",
        f"EM,{table.microstep},{table.microstep}",
    ]


def pen_command(*, down: bool, duration: float) -> str:
    """The pen down or up, waited for.

    >>> pen_command(down=False, duration=0.130)
    'SP,1,130'
    """
    return f"SP,{0 if down else 1},{_milliseconds(duration)}"


def _hop_command(profile: MachineProfile, duration: float) -> str:
    """The pen up to the height between strokes of a word: a place of its own, SP's two ends stay as they are."""
    table = _table(profile)
    rate = _servo_rate(profile, profile.pen.raise_rate)
    return f"S2,{table.pulse(profile.pen.hop)},{REMAPPABLE.get(table.servo_pin, table.servo_pin)},{rate},{_milliseconds(duration)}"


def _milliseconds(duration: float) -> int:
    return min(math.ceil(duration * 1000 - 1e-6), DELAY_LIMIT)


def _servo_rate(profile: MachineProfile, percent: float) -> int:
    """SC,11's and SC,12's unit for a part of the servo's full speed."""
    table = _table(profile)
    full = abs(table.servo_top - table.servo_bottom) * table.servo_slots * PWM_SLOT / (1000 * profile.pen.settle.sweep)
    return max(1, round(full * percent / 100))


def to_steps(points: npt.NDArray[np.complex128], table: EbbTable) -> Steps:
    """Machine positions as motor positions.

    Args:
        points: (n,) mm, machine frame
        table: whose steps per mm

    Returns:
        (n, 2) int64 steps, motor 1 and 2
    """
    motors = np.stack([points.real + points.imag, points.real - points.imag], axis=-1)
    steps: Steps = np.rint(motors * table.steps_per_mm).astype(np.int64)
    return steps


def encode(plan: Plan, profile: MachineProfile, *, firmware: tuple[int, ...] = LT_SINCE) -> Iterator[EbbCommand]:
    """A plan as commands, from home to home.

    The motors' counters are taken to be right at home; the first command fills the accumulators by half, and every move
    starts where the last one ended.

    Args:
        plan: what to do
        profile: the machine
        firmware: the board's version
    """
    now = 0.0
    if firmware >= LT_SINCE and plan.actions:
        yield EbbCommand(PRIME, PRIME_TICKS / TICK_RATE, plan.actions[0].stroke, 0.0)
    for action, following, commands in _with_commands(plan, profile, firmware):
        if isinstance(action, PenAction):
            now += action.duration
            if action.lead:  # it is on its way since the travel; what is left is a wait
                wait = _milliseconds(action.duration)
                text = f"SM,{wait},0,0" if wait else ""
            elif action.hop and not action.down:
                text = _hop_command(profile, action.duration)
            else:
                text = pen_command(down=action.down, duration=action.duration)
            if text:
                yield EbbCommand(text, action.duration, action.stroke, now)
            continue
        drop = action.duration - following.lead if isinstance(following, PenAction) and following.lead else math.inf
        for text, duration, done in commands:
            if done * action.duration > drop:
                yield EbbCommand(pen_command(down=True, duration=0.0), 0.0, action.stroke, now + drop)
                drop = math.inf
            yield EbbCommand(text, duration, action.stroke, now + done * action.duration)
        now += action.duration


def _with_commands(
    plan: Plan, profile: MachineProfile, firmware: tuple[int, ...]
) -> Iterator[tuple[PenAction | Trajectory, PenAction | Trajectory | None, list[Ramp]]]:
    """Each action with the one after it and, if it is a trajectory, its commands; worked out BATCH actions at a time."""
    table = _table(profile)
    position = to_steps(np.array([plan.home]), table)[0]
    accumulators = [HALF, HALF]
    for first in range(0, len(plan.actions), BATCH):
        batch = plan.actions[first : first + BATCH]
        moves = [action for action in batch if isinstance(action, Trajectory)]
        ends = to_steps(np.array([move.end[-1] for move in moves]), table)
        made: list[list[Ramp]] = []
        if moves and firmware >= LT_SINCE:
            accels = [profile.motion.accel if move.pen_down else profile.motion.travel_accel for move in moves]
            axes = [(accel / profile.motion.accel_x, accel / profile.motion.accel_y) for accel in accels]
            signed = firmware >= SIGNED_SINCE
            made = ramps(moves, table.steps_per_mm, position, ends, accumulators, accels=accels, axes=axes, signed_accel=signed)
        else:
            for move, here in zip(moves, (position, *ends), strict=False):
                made.append([(text, ms / 1000, done) for text, ms, done in slices(move, table, here)])
        position = ends[-1] if moves else position
        left = iter(made)
        for i, action in enumerate(batch, first + 1):
            following = plan.actions[i] if i < len(plan.actions) else None
            yield action, following, next(left) if isinstance(action, Trajectory) else []


def slices(move: Trajectory, table: EbbTable, position: Steps) -> Iterator[tuple[str, int, float]]:
    """A trajectory as SM commands.

    Args:
        move: from rest to rest
        table: steps per mm and length of a slice
        position: (2,) steps, where the motors are

    Yields:
        command, milliseconds, and the part of the trajectory done after it
    """
    total = max(math.ceil(move.duration * 1000 - 1e-6), 1)
    n_slices = max(math.ceil(total / (table.slice * 1000) - 1e-9), 1)
    ends = np.rint(np.linspace(0, total, n_slices + 1)).astype(int)[1:]
    targets = to_steps(move.at(ends / total * move.duration), table)
    targets[-1] = to_steps(move.end[-1:], table)[0]
    steps = np.diff(np.concatenate((position[None, :], targets)), axis=0)
    least = -(-np.abs(steps).max(axis=1) // STEP_RATE)  # ms that the fastest motor needs
    lengths = np.maximum(np.diff(ends, prepend=0), least)
    for length, (first, second), end in zip(lengths.tolist(), steps.tolist(), ends.tolist(), strict=True):
        yield f"SM,{length},{first},{second}", length, end / total


def _table(profile: MachineProfile) -> EbbTable:
    assert profile.ebb is not None, "a profile of device 'ebb' has its table"
    return profile.ebb
