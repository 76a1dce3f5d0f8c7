"""A job on a machine, journalled: plotted page by page, paused, taken up again after anything.

journal -> state -> place to go on at, strokes to draw once more -> the rest of the plan from where the pen stands
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plotwriter.devices.device import Device, Monitor, Progress
from plotwriter.devices.journal import JobState, Journal
from plotwriter.devices.page import home_of, move, rest_of
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import NOBODY, Clock, Identity, Transport, open_port
from plotwriter.devices.whereabouts import Place, Words
from plotwriter.errors import AlarmError, DeviceError, PortError
from plotwriter.motion.actions import Plan, Trajectory
from plotwriter.registry import load

__all__ = ["Resumption", "go_home", "plot_rest", "raise_when_back", "resumption"]

SAME = 0.009  # mm; a plan's point and the whole steps nearest to it: half a step of 0.0125 mm of each motor
RETRY = 0.5  # s between looks for a lost port
NEAR_HOME = 0.01  # mm


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a job goes on."""

    place: Place
    again: tuple[int, ...]  #: strokes of that page that are, or may be, on the paper already and are drawn once more


class _Journalled(Monitor):
    """Writes the journal, then tells another monitor."""

    def __init__(self, journal: Journal | None, page: int, inner: Monitor) -> None:
        self._journal, self._page, self._inner = journal, page, inner

    def sending(self, stroke: int) -> None:
        if self._journal is not None:
            self._journal.sending(self._page, stroke)
        self._inner.sending(stroke)

    def drawn(self, stroke: int) -> None:
        if self._journal is not None:
            self._journal.drawn(self._page, stroke)
        self._inner.drawn(stroke)

    def progress(self, progress: Progress) -> None:
        self._inner.progress(progress)

    def pause_wanted(self, stroke: int) -> bool:
        return self._inner.pause_wanted(stroke)


def plot_rest(
    plan: Plan, device: Device, *, page: int = 0, first: int = 0, journal: Journal | None = None, monitor: Monitor | None = None
) -> int:
    """Draw a page from one stroke on, from wherever the raised pen stands.

    Args:
        plan: the whole page
        device: connected
        page: its number in the job, from 0, for the journal
        first: the first stroke to draw
        journal: of the job; None keeps none
        monitor: told and asked

    Returns:
        the stroke before which a pause was wanted; the number of strokes when the page is done and the pen at home

    Raises:
        DeviceError: with the stroke it struck; the pen is up if it could be raised
        FileError: the journal cannot be written; the pen is up
    """
    here = device.where()
    if first or abs(here - plan.home) > NEAR_HOME:
        plan = rest_of(plan, first, here, device.profile)
    if journal is not None:
        journal.back(page, first)
    return device.plot(plan, monitor=_Journalled(journal, page, monitor or Monitor()))


def go_home(device: Device) -> None:
    """Walk home with the pen up."""
    device.plot(move(device.where(), home_of(device.profile), device.profile))


def resumption(
    state: JobState,
    plans: Sequence[Plan],
    words: Words,
    *,
    left_at: tuple[complex, bool] | None = None,
    from_word: int | None = None,
    from_line: int | None = None,
    back: int | None = None,
    skip_unsure: bool = False,
) -> Resumption:
    """Where to go on, and what is drawn twice by it.

    Args:
        state: from the journal
        plans: of every page
        words: of the job
        left_at: where the board was found and whether its pen was down, if it knows
        from_word: go on at this word, from 1
        from_line: go on at this line of the text, from 1
        back: go on so many words before the place
        skip_unsure: leave out strokes that were sent and not confirmed

    Raises:
        ConfigError: no such word or line
    """
    drawn = state.sent if skip_unsure else state.drawn
    if left_at is not None and not left_at[1]:
        for stroke in range(drawn, state.sent):  # the board finished what it held after the cable was pulled
            start, end = _ends(plans[state.page], stroke)
            if abs(left_at[0] - end) < SAME < abs(start - end):
                drawn = stroke + 1
    place = Place(state.page, drawn)
    if from_word is not None:
        place = words.start_of_word(from_word)
    elif from_line is not None:
        place = words.start_of_line(from_line)
    elif back is not None:
        place = words.back(place, back)
    last = state.sent if place.page == state.page else len(plans[place.page].words) if place.page < state.page else 0
    if place.stroke >= len(plans[place.page].words) and place.page + 1 < len(plans):
        return Resumption(Place(place.page + 1, 0), ())
    return Resumption(place, tuple(range(place.stroke, last)))


def _ends(plan: Plan, stroke: int) -> tuple[complex, complex]:
    moves = [action for action in plan.actions if isinstance(action, Trajectory) and action.pen_down and action.stroke == stroke]
    return complex(moves[0].start[0]), complex(moves[-1].end[-1])


def raise_when_back(
    profile: MachineProfile,
    port: str,
    *,
    known: Identity = NOBODY,
    patience: float,
    clock: Clock,
    opener: Callable[..., Transport] = open_port,
) -> Device:
    """Wait for a lost machine and raise its pen as soon as it answers.

    Args:
        profile: the machine
        port: as it was named
        known: what its port said of itself, so that it is found under another path and no other machine is taken for it
        patience: s to wait
        clock: what time it is
        opener: opens a port

    Returns:
        the machine, connected, pen up

    Raises:
        PortError: it did not come back in time
        AlarmError: it is back and locked
    """
    deadline = clock.now() + patience
    while True:
        try:
            transport = opener(port, profile, known=known)
            try:
                device: Device = load("device", profile.device)(profile, transport)
                device.connect(prepare=False)
                device.raise_pen()  # and no more: where it stands tells what was drawn
                return device
            except BaseException:
                transport.close()
                raise
        except AlarmError:
            raise
        except DeviceError as error:
            if clock.now() >= deadline:
                raise PortError(f"{profile.title}: did not come back ({error})") from None
            clock.sleep(RETRY)
