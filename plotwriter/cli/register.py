"""`plotwriter register`: marks or corners of a sheet touched with the pen, and from them how the sheet lies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import out, say
from plotwriter.cli.keys import is_terminal, read_key, single_keys
from plotwriter.cli.machine_options import adjust_options, adjusted, machine_and_port, steered
from plotwriter.errors import ConfigError, LayoutError

if TYPE_CHECKING:
    from plotwriter.devices import Device
    from plotwriter.layout.registration import Mark
    from plotwriter.motion.placement import Placement

__all__ = ["PlaceType", "register", "touch"]

STEPS = (10.0, 1.0, 0.1, 0.05)  # mm a key moves the pen; the last is four motor steps of an AxiDraw
ARROWS = {"right": 1 + 0j, "left": -1 + 0j, "down": 1j, "up": -1j}
KEYS = "arrows move, + and - change the step, space lowers and raises the pen, Enter takes the place, q ends"


class PlaceType(click.ParamType):  # type: ignore[type-arg]
    """A place on the sheet."""

    name = "x,y"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> complex:
        """Turn "10mm,20mm" into 10 + 20j."""
        if isinstance(value, complex):
            return value
        x, comma, y = str(value).partition(",")
        if not comma:
            self.fail(f"{value!r} is not X,Y from the sheet's top left corner, such as 10mm,20mm", param, ctx)
        return complex(*(float(shared.LENGTH_OR_ZERO.convert(part.strip(), param, ctx)) for part in (x, y)))


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("marks.json"), show_default=True, help="File for the marks.")
@shared.page_options
@click.option("--mark", "marks", multiple=True, type=PlaceType(), help="X,Y of a printed mark; repeat it.  [three corners of the sheet]")
@machine_and_port
@adjust_options
@shared.quiet_option
@shared.json_option
def register(
    output: Path,
    paper: str,
    landscape: bool,
    marks: tuple[complex, ...],
    machine: str | None,
    port: str,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Touch two or three marks, or corners, of the sheet with the pen; how it lies is worked out and kept.

    \b
    plotwriter register --paper a5 -o marks.json
    plotwriter register --paper a4 --mark 15mm,15mm --mark 195mm,15mm --mark 15mm,280mm
    plotwriter write letter.txt --paper a5 --registration marks.json --machine axidraw

    The raised pen goes where each should be; bring its tip over it with the arrow keys. Two marks give offset,
    turn and scale, three skew too. The sheet must lie as it will be plotted on.
    """  # fmt: skip
    from plotwriter.devices import open_device
    from plotwriter.devices.page import placed
    from plotwriter.devices.session import go_home
    from plotwriter.exchange import write_atomically
    from plotwriter.ink import Ink
    from plotwriter.layout import paper as sheet_of
    from plotwriter.layout import register as register_marks
    from plotwriter.output import check_folder

    page = sheet_of(paper, landscape=landscape)
    places = marks or (0j, complex(page.width), 1j * page.height)
    for place in places:
        if place.real > page.width or place.imag > page.height:
            raise ConfigError(f"--mark: {place.real:g},{place.imag:g} mm lies off the {page.width:g} x {page.height:g} mm sheet")
    if len(places) < 2:
        raise ConfigError("--mark: one mark says only where it is; give two for the turn, three for skew too")
    check_folder(output)
    if not is_terminal():
        raise ConfigError("nobody to steer the pen: no terminal here; run it where keys can be pressed")
    from plotwriter.cli.jobs import DEFAULT_MACHINE

    profile = adjusted(machine, DEFAULT_MACHINE, options)
    device = open_device(profile, port)
    with steered(device):
        with single_keys():
            found = touch(device, placed(Ink((), "", page), profile), places, iter(read_key, None), lambda line: say(line, quiet=quiet))
        lie = register_marks(found)
        go_home(device)
    pairs = [{"page": _pair(mark.page), "touched": _pair(mark.touched)} for mark in found]
    write_atomically(output, (json.dumps({"marks": pairs}, indent=1) + "\n").encode())
    say(f"the sheet lies so: {lie}; wrote {output}, for --registration", quiet=quiet)
    if as_json:
        out.print_json(json.dumps({"marks": pairs, "lie": str(lie)}))


def touch(device: Device, placement: Placement, places: Iterable[complex], keys: Iterator[str], tell: Callable[[str], None]) -> list[Mark]:
    """Marks touched one after the other; the pen is up before it travels and at the end.

    Args:
        device: connected, pen up
        placement: where the sheet would lie
        places: of the marks, mm, page frame
        keys: names of keys as they are pressed: "up", "down", "left", "right", " ", "+", "-", "enter", "q"
        tell: a line for a person

    Raises:
        ConfigError: q was pressed, or no keys are left
        LayoutError: a mark that the machine does not reach
    """
    import numpy as np

    from plotwriter.devices.manual import go, move_pen
    from plotwriter.layout.registration import Mark

    found: list[Mark] = []
    tell(KEYS)
    shift, step = 0j, 1
    for number, place in enumerate(places, 1):
        expected = complex(placement.to_machine(np.array([place]))[0])
        try:
            here = go(device, expected + shift)  # the next mark is off as the last one was
        except LayoutError:
            here = go(device, expected)
        tell(f"mark {number}, printed at {place.real:g}, {place.imag:g} mm: bring the pen's tip over it (steps of {STEPS[step]:g} mm)")
        while (key := next(keys, "q")) != "enter":
            if key == "q":
                raise ConfigError("stopped; nothing was written")
            if key in ("+", "-"):
                step = min(max(step + (1 if key == "-" else -1), 0), len(STEPS) - 1)
                tell(f"steps of {STEPS[step]:g} mm")
            elif key == " ":
                move_pen(device, down=not device.pen_is_down())
            elif key in ARROWS:
                if device.pen_is_down():
                    move_pen(device, down=False)
                try:
                    here = go(device, here + STEPS[step] * ARROWS[key])
                except LayoutError as error:
                    tell(str(error))
        if device.pen_is_down():
            move_pen(device, down=False)
        shift = here - expected
        found.append(Mark(place, complex(placement.to_page(np.array([here]))[0])))
    return found


def _pair(place: complex) -> list[float]:
    return [round(place.real, 3), round(place.imag, 3)]
