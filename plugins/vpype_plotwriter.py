"""vpype commands of plotwriter that work on any drawing; nothing heavy is loaded before one of them runs.

vpype read letter.svg baseline deslant handsmooth humanize plotestimate penplot --machine axidraw
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import vpype as vp
import vpype_cli

from plotwriter.units import LENGTH

if TYPE_CHECKING:
    from plotwriter.devices import Device, MachineProfile
    from plotwriter.devices.stops import Stops
    from plotwriter.devices.transport import Identity
    from plotwriter.ink import Ink

__all__ = ["baseline", "deslant", "handsmooth", "humanize", "penplot", "plotestimate"]

MM = LENGTH.units["px"]  # a CSS pixel, vpype's unit, in mm
PATIENCE = 60.0  # s a lost port is waited for

_size = click.option("-s", "--size", type=vpype_cli.LengthType(), help="x-height of the writing (default: measured).")
_layer = click.option("-l", "--layer", type=vpype_cli.LayerType(accept_multiple=True), default="all", help="Target layer(s).")
_machine = click.option("-m", "--machine", type=vpype_cli.TextType(), default="axidraw", help="Machine; see 'plotwriter machines'.")


def _changed(document: vp.Document, layer: Any, stage: Callable[[Ink, float], Ink], size: float | None) -> vp.Document:
    """The document with the chosen layers' lines through a stage, as one page; metadata, layers and all else stay."""
    from plotwriter.ink import Ink, Stroke
    from plotwriter.strokes.rows import estimated_x_height

    chosen = vpype_cli.multiple_to_layer_ids(layer, document)
    strokes = tuple(Stroke(line * MM, (0, 0), pen) for pen in chosen for line in document.layers[pen])
    ink = Ink(strokes, "")
    x_height = size * MM if size else estimated_x_height(ink)
    try:
        new = stage(ink, x_height)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    for pen in chosen:
        lines = [stroke.points / MM for stroke in new.strokes if stroke.pen == pen]
        document.layers[pen] = document.layers[pen].clone(lines)
    return document


@click.command()
@_size
@_layer
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def baseline(document: vp.Document, size: float | None, layer: Any) -> vp.Document:
    """Put handwriting back on its lines: rows level, words on them, descenders below."""
    from plotwriter.strokes.rows import level_rows

    return _changed(document, layer, level_rows, size)


@click.command()
@click.option("--to", "target", type=vpype_cli.FloatType(), default=0.0, help="Lean it is to have, in degrees to the right (default: 0).")
@click.option("-w", "--words", is_flag=True, help="Every word by itself; else words keep how they differ.")
@_size
@_layer
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def deslant(document: vp.Document, target: float, words: bool, size: float | None, layer: Any) -> vp.Document:
    """Give handwriting another lean: measured, then sheared about its baselines."""
    from plotwriter.strokes.rows import deslant_rows

    return _changed(document, layer, lambda ink, x_height: deslant_rows(ink, x_height, math.radians(target), words=words), size)


@click.command()
@click.option("-t", "--tolerance", type=vpype_cli.LengthType(), default="0.05mm", help="Farthest from the line (default: 0.05mm).")
@_layer
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def handsmooth(document: vp.Document, tolerance: float, layer: Any) -> vp.Document:
    """Smooth lines within a tolerance; corners, cusps, loops and dots stay."""
    from plotwriter.strokes import smooth

    return _changed(document, layer, lambda ink, _: smooth(ink, tolerance * MM), None)


@click.command()
@click.option("-n", "--naturalness", type=vpype_cli.FloatType(), default=0.5, help="0 nothing to 1 as far as rules are met (default: 0.5).")
@click.option("--seed", type=vpype_cli.IntegerType(), default=0, help="Same seed: same lines (default: 0).")
@_size
@_layer
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def humanize(document: vp.Document, naturalness: float, seed: int, size: float | None, layer: Any) -> vp.Document:
    """Let baselines wave and margins wander a little, as a hand does."""
    from plotwriter.strokes import humanize as stage

    return _changed(document, layer, lambda ink, x_height: stage(ink, x_height, naturalness, seed=seed), size)


@click.command()
@_machine
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def plotestimate(document: vp.Document, machine: str) -> vp.Document:
    """Say how long the drawing takes on a machine; the drawing stays as it is."""
    from plotwriter.errors import PlotwriterError

    try:
        profile, ink = _job(document, machine)
        from plotwriter.devices import plan_page
        from plotwriter.motion import estimate

        found = estimate(plan_page(ink, profile))
    except PlotwriterError as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        f"plotestimate: {profile.title}: {found.duration:.1f} s, {found.pen_down_distance / 1000:.2f} m of ink, "
        f"{found.pen_up_distance / 1000:.2f} m of travel, {found.lifts} lifts",
        err=True,
    )
    return document


@click.command()
@_machine
@click.option("-p", "--port", type=vpype_cli.TextType(), default="auto", help='"auto", a path such as /dev/ttyACM0, or "sim".')
@click.option("-y", "--yes", is_flag=True, help="Do not ask whether paper is in and the pen is set.")
@vpype_cli.global_processor  # type: ignore[untyped-decorator]
def penplot(document: vp.Document, machine: str, port: str, yes: bool) -> vp.Document:
    """Plot the drawing on a machine, layer by layer; between layers it asks for the next pen.

    Ctrl-C or the board's button stop it at a stroke's end, pen up; Ctrl-C twice stops it at once. What was cut off,
    by that or by anything else, is finished by: plotwriter resume.
    """
    from plotwriter.errors import PlotwriterError

    try:
        profile, ink = _job(document, machine)
        names = {pen: layer.property(vp.METADATA_FIELD_NAME) or f"layer {pen}" for pen, layer in document.layers.items()}
        _plot(ink, profile, port, names, ask=not yes and port != "sim")
    except PlotwriterError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"penplot: {len(ink.strokes)} strokes drawn on {profile.title}", err=True)
    return document


def _plot(ink: Ink, profile: MachineProfile, port: str, names: dict[int, Any], *, ask: bool) -> None:
    """Plot one page with a journal, so that whatever happens the sheet can be finished."""
    from datetime import datetime

    from plotwriter import __version__
    from plotwriter.devices import open_device, plan_page
    from plotwriter.devices.journal import Header, clear, start_job
    from plotwriter.devices.session import plot_rest
    from plotwriter.devices.stops import Stops, first_ctrl_c
    from plotwriter.devices.transport import NOBODY, identity
    from plotwriter.errors import DeviceError
    from plotwriter.exchange import canonical
    from plotwriter.ink import Document

    job = canonical(Document((ink,), ink.text, version=__version__))
    page, plan = job.pages[0], plan_page(job.pages[0], profile)  # what the machine does not reach is said before anything moves
    device = open_device(profile, port)
    known = NOBODY if port == "sim" else identity(device.transport.name)
    named = str(Path(profile.path).resolve()) if profile.path else profile.name
    try:
        if ask:
            click.confirm(f"penplot: paper in, pen for {names[page.strokes[0].pen]} set?", default=True, abort=True)
        with start_job(job, lambda sha: Header(sha, named, port, known.serial, "vpype penplot", known.usb), now=datetime.now()) as journal:
            first, stops = 0, Stops([stroke.pen for stroke in page.strokes])
            while first < len(page.strokes):
                with first_ctrl_c(stops.ask):
                    first = plot_rest(plan, device, first=first, journal=journal, monitor=stops)
                if first < len(page.strokes):
                    _go_on(stops, page.strokes[first].pen, names, ask=ask)
            journal.write({"done": True})
        clear(journal.path)
    except (DeviceError, KeyboardInterrupt, click.Abort) as error:
        what = f"{error}; " if isinstance(error, DeviceError) else "stopped; "
        raise DeviceError(f"{what}{_raised(error, device, port, known)}go on with: plotwriter resume") from None
    finally:
        device.close()


def _go_on(stops: Stops, pen: int, names: dict[int, Any], *, ask: bool) -> None:
    """Wait for the next pen, or for whoever stopped it; without anybody to ask, a stop is an end."""
    if not ask and (stops.asked or pen == stops.pen):
        raise click.Abort
    if ask:
        question = f"pen for {names[pen]} set?" if pen != stops.pen else "paused, the pen is up; go on?"
        click.confirm(f"penplot: {question}", default=True, abort=True)
    stops.pen, stops.asked = pen, False


def _raised(error: BaseException, device: Device, port: str, known: Identity) -> str:
    """A machine that was lost has its pen raised as soon as it is back."""
    from plotwriter.devices.session import raise_when_back
    from plotwriter.devices.transport import RealClock
    from plotwriter.errors import DeviceError, PortError

    if not isinstance(error, PortError) or port == "sim":
        return ""
    click.echo(f"penplot: {error}; plug the machine in again: its pen is raised as soon as it is back", err=True)
    device.close()
    try:
        raise_when_back(device.profile, port, known=known, patience=PATIENCE, clock=RealClock()).close()
    except DeviceError as lost:
        return f"{lost}; "
    return "it is back and its pen is up; "


def _job(document: vp.Document, machine: str) -> tuple[MachineProfile, Ink]:
    """The machine, and the drawing as a page of ink on the document's sheet, or on the machine's reach."""
    from dataclasses import replace

    from plotwriter.devices import load_profile
    from plotwriter.errors import LayoutError
    from plotwriter.ink import Page
    from plotwriter.layout.vpype_bridge import from_document
    from plotwriter.strokes import dots

    profile = load_profile(machine)
    ink = from_document(document)
    if not ink.strokes:
        raise LayoutError("there is nothing to plot; put 'read' or 'handwrite' before it")
    return profile, dots(ink if ink.page else replace(ink, page=Page(*profile.travel)))


for _command in (baseline, deslant, handsmooth, humanize, penplot, plotestimate):
    _command.help_group = "Plugins"  # type: ignore[attr-defined]
