"""What the commands share: open a document, save it, run it on a machine."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from plotwriter.cli.console import count, duration, progress, say
from plotwriter.cli.letters import Written, write_letter
from plotwriter.errors import ConfigError, DeviceError, FileError

if TYPE_CHECKING:
    from plotwriter.devices import Device, MachineProfile
    from plotwriter.ink import Document, Ink
    from plotwriter.motion import Plan

__all__ = ["DEFAULT_MACHINE", "SIM_TOLERANCE", "check_first", "deliver", "open_document"]

DEFAULT_MACHINE = "axidraw"
GCODE_MACHINE = "grbl_servo"
SIM_TOLERANCE = 0.05  # mm a simulated machine may be off its ink; four motor steps


def open_document(source: str, options: dict[str, Any], *, quiet: bool) -> Written:
    """A saved job (.json) or a drawing (.svg) as it is; any other file is a text to write."""
    from plotwriter import exchange

    suffix = Path(source).suffix.lower()
    if suffix in (".json", ".svg"):
        _no_writing_options(source, options)
    if suffix == ".json":
        from plotwriter.config import read_text

        document = exchange.from_json(read_text(Path(source)), source)
        if not any(page.strokes for page in document.pages):
            raise FileError(f"{source}: no strokes to draw")
        _inside(document.pages, source)
        return Written(exchange.canonical(document), f"plotwriter {source}")
    if suffix == ".svg":
        from plotwriter import __version__
        from plotwriter.ink import Document
        from plotwriter.layout import not_plotted, read_svg

        pages = read_svg(source)
        _inside(pages, source)
        for line in not_plotted(source):
            say(f"not plotted: {line}", quiet=quiet)
        return Written(exchange.canonical(Document(pages, pages[0].text, version=__version__)), f"plotwriter {source}")
    return write_letter(source, options, quiet=quiet)


def _no_writing_options(source: str, options: dict[str, Any]) -> None:
    """Refuse options that a finished drawing has no use for, rather than pass over them."""
    context = click.get_current_context()
    given = [p for p in context.command.params if p.name in options and context.get_parameter_source(p.name) == ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(
            f"{source}: is drawn as it is; {', '.join(p.opts[-1] for p in given)} would need the text it was written from"
        )


def _inside(pages: tuple[Ink, ...], source: str) -> None:
    """Refuse a drawing that leaves its own sheet."""
    from plotwriter.layout import inside

    for number, page in enumerate(pages, 1):
        assert page.page is not None
        inside(page, page.page, where=f"{source}: page {number}")


def check_first(
    outputs: tuple[Path, ...], profile: MachineProfile | None = None, port: str | None = None, *, yes: bool = False
) -> MachineProfile | None:
    """Refuse what cannot work before any text is read or written.

    Args:
        outputs: files to write
        profile: the machine that was named, if one was
        port: where the machine is; None when nothing is plotted
        yes: whether questions are answered already

    Returns:
        the machine that G-code is for, when some is wanted

    Raises:
        ConfigError: an unknown suffix, one file twice, a machine that does not speak G-code, or nobody to ask
        FileError: a folder that is not there
        PortError: a port that is not there or busy
    """
    from plotwriter.output import check_target

    for path in outputs:
        check_target(path)
        if sum(path.resolve() == other.resolve() for other in outputs) > 1:
            raise ConfigError(f"{path}: would be written twice; give every output a name of its own")
    gcode = next((path for path in outputs if path.suffix.lower() == ".gcode"), None)
    sender = None
    if gcode is not None:
        from plotwriter.devices import load_profile
        from plotwriter.devices.gcode import grbl_table

        sender = profile or load_profile(GCODE_MACHINE)
        try:
            grbl_table(sender)
        except ConfigError as error:
            raise ConfigError(f"{gcode}: {error}") from None
    if port is not None and port != "sim":
        if not port:
            raise ConfigError('--port: is empty; give "auto", a path such as /dev/ttyACM0, or "sim"')
        if not yes and not (sys.stdin and sys.stdin.isatty()):
            raise ConfigError("nobody to ask whether the paper is in and the pen is set: no terminal here; check both and add --yes")
        if profile is not None:
            from plotwriter.devices import open_port

            open_port(port, profile).close()
    return sender


def deliver(
    written: Written,
    outputs: tuple[Path, ...],
    *,
    sender: MachineProfile | None,
    profile: MachineProfile | None = None,
    port: str = "",
    dry_run: bool = False,
    yes: bool = False,
    numbers: bool = False,
    quiet: bool,
) -> dict[str, Any]:
    """Save a document and plot it; nothing is written or moved before all pages are known to fit the machine and it answers.

    Args:
        written: the document
        outputs: files to write
        sender: the machine G-code is for, from `check_first`
        profile: the machine to plot on; None: only files are written
        port: where it is
        dry_run: check and say how long it takes, but do not plot
        yes: whether questions are answered already
        numbers: pictures show the number of every word
        quiet: say nothing

    Returns:
        facts for `--json`

    Raises:
        LayoutError: ink the machine cannot reach
        FileError: a file that cannot be written
        DeviceError: the machine failed, or a simulated one drew something else than the ink
    """
    if profile is None:
        return {"files": _save(written, outputs, sender, numbers=numbers, quiet=quiet)}
    from plotwriter.devices import open_device, plan_page

    plans = [plan_page(page, profile) for page in written.document.pages]
    if dry_run:
        return {"files": _save(written, outputs, sender, quiet=quiet)} | _would_take(plans, profile, quiet=quiet)
    device = open_device(profile, port)
    try:
        return {"files": _save(written, outputs, sender, quiet=quiet)} | _plot(written.document, plans, device, port, yes=yes, quiet=quiet)
    finally:
        device.close()


def _save(written: Written, outputs: tuple[Path, ...], sender: MachineProfile | None, *, numbers: bool = False, quiet: bool) -> list[str]:
    """Write every file that was asked for; their paths, as strings."""
    from plotwriter.output import save

    files = [str(file) for file in save(written.document, outputs, recipe=written.recipe, profile=sender, numbers=numbers)]
    if files:
        say(f"wrote {', '.join(files)}", quiet=quiet)
    return files


def _would_take(plans: list[Plan], profile: MachineProfile, *, quiet: bool) -> dict[str, Any]:
    """What `_plot` would take."""
    from plotwriter.motion import estimate

    pages = [estimate(plan) for plan in plans]
    total, ink = sum(page.duration for page in pages), sum(page.pen_down_distance for page in pages)
    say(
        f"{profile.title}: would take {duration(total)} for {ink / 1000:.2f} m of ink on {count(len(pages), 'page')}; nothing was moved",
        quiet=quiet,
    )
    return {"machine": profile.name, "duration_s": round(total, 3), "pen_down_mm": round(ink, 1), "dry_run": True}


def _plot(document: Document, plans: list[Plan], device: Device, port: str, *, yes: bool, quiet: bool) -> dict[str, Any]:
    """Plot every page on an open machine; facts for `--json`."""
    from plotwriter.devices import compare_drawn, simulated_board

    began = time.perf_counter()
    profile, total = device.profile, sum(plan.duration for plan in plans)
    n_strokes = sum(len(page.strokes) for page in document.pages)
    say(f"{profile.title}: {duration(total)} for {count(n_strokes, 'stroke')}", quiet=quiet)
    board = simulated_board(device)
    worst, drawn, clock = 0.0, 0, 0.0
    for number, (page, plan) in enumerate(zip(document.pages, plans, strict=True), 1):
        if not yes and port != "sim":
            sheet = f"page {number} of {len(plans)}" if len(plans) > 1 else "the page"
            click.confirm(f"{sheet}: is the paper in, its corner at home, and the pen set?", default=True, abort=True, err=True)
        with progress(f"page {number}", quiet=quiet) as update:
            device.plot(plan, on_progress=lambda p, update=update: update(p.elapsed, p.duration))  # type: ignore[misc]
        if board:
            report = compare_drawn(page, plan, board, since=drawn)
            drawn += report.strokes_drawn
            worst, clock = max(worst, report.max_deviation), report.duration
            if report.strokes_drawn != report.strokes_expected or report.max_deviation > SIM_TOLERANCE:
                raise DeviceError(
                    f"page {number}: the simulated machine drew {report.strokes_drawn} of {report.strokes_expected} strokes, up to "
                    f"{report.max_deviation:.3f} mm from the ink (allowed {SIM_TOLERANCE} mm); this is a defect, please report it"
                )
    facts = {"machine": profile.name, "port": port, "duration_s": round(total, 3), "strokes": n_strokes}
    if board:
        say(
            f"the simulated machine drew {drawn} of {n_strokes} strokes, at most {worst:.3f} mm from the ink, in {duration(clock)} "
            f"of its own time ({time.perf_counter() - began:.1f} s of ours)",
            quiet=quiet,
        )
        facts |= {"drawn": drawn, "max_deviation_mm": round(worst, 4), "machine_s": round(clock, 3)}
    else:
        say("done; the pen is up and home", quiet=quiet)
    return facts
