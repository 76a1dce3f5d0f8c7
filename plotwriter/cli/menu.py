"""What a person may do while a plot is paused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plotwriter.cli.console import say
from plotwriter.cli.keys import prompt

if TYPE_CHECKING:
    from plotwriter.devices import MachineProfile

__all__ = ["Choice", "adjusted", "ask"]

MENU = "[c]ontinue, [r]edo the last word, {heights}[s]peed, go [h]ome, [q]uit"
HEIGHTS = "pen [u]p or [d]own height, "


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen."""

    profile: MachineProfile | None = None  #: other heights or speeds
    redo: bool = False  #: the last word once more
    home: bool = False  #: walk home first
    stop: bool = False


def ask(where: str, profile: MachineProfile) -> Choice:
    """Ask until the job goes on or ends.

    Args:
        where: the place of the pause
        profile: whose heights and speed may change
    """
    say(f"paused at {where}; the pen is up")
    changed, home = None, False
    heights = profile.hpgl is None  # a pen plotter lifts its pen by itself
    menu = MENU.format(heights=HEIGHTS if heights else "")
    while True:
        key = prompt(menu, default="c", show_default=False).strip().lower()[:1]
        now = changed or profile
        match key:
            case "c" | "r":
                return Choice(changed, redo=key == "r", home=home)
            case "h":
                say("the pen walks home when the plot goes on or ends")
                home = True
            case "q":
                return Choice(changed, home=home, stop=True)
            case "u" | "d" | "s" if heights or key == "s":
                changed = _changed(key, now) or changed
            case _:
                say(f"{key!r} is none of these")


def _changed(key: str, profile: MachineProfile) -> MachineProfile | None:
    pen, feed = profile.pen, profile.motion.feed
    question, present = {
        "u": ("pen up, percent of its travel, higher is higher", pen.up),
        "d": ("pen down, percent of its travel, higher is higher", pen.down),
        "s": ("drawing speed, mm/s", feed),
    }[key]
    value = prompt(question, default=present, type=float)
    try:
        return adjusted(profile, **{{"u": "up", "d": "down", "s": "feed"}[key]: value})
    except ValueError as error:
        say(f"not that: {error}")
        return None


def adjusted(profile: MachineProfile, *, up: float | None = None, down: float | None = None, feed: float | None = None) -> MachineProfile:
    """A profile with other pen heights, percent, or another drawing speed, mm/s.

    Raises:
        ValueError: heights or a speed that cannot be
    """
    pen = replace(profile.pen, up=profile.pen.up if up is None else up, down=profile.pen.down if down is None else down)
    motion = profile.motion if feed is None else replace(profile.motion, feed=feed)
    return replace(profile, pen=pen, motion=motion)
