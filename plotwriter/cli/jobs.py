"""What the commands share: open a document, save it, run it on a machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from plotwriter.cli.console import count, duration, err, say
from plotwriter.cli.letters import Written, known_pens, write_letter
from plotwriter.errors import ConfigError, DeviceError, FileError, LayoutError, PortError

if TYPE_CHECKING:
    from plotwriter.devices import Device, MachineProfile
    from plotwriter.devices.preflight import Check, Preflight
    from plotwriter.ink import Ink

__all__ = ["DEFAULT_MACHINE", "check_first", "deliver", "open_document"]

DEFAULT_MACHINE = "axidraw"
GCODE_MACHINE = "grbl_servo"


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
        return Written(exchange.canonical(document), f"plotwriter {source}", source=source, pens=known_pens(options))
    if suffix == ".svg":
        from plotwriter import __version__
        from plotwriter.ink import Document
        from plotwriter.layout import not_plotted, read_svg

        pages = read_svg(source)
        _inside(pages, source)
        for line in not_plotted(source):
            say(f"not plotted: {line}", quiet=quiet)
        return Written(exchange.canonical(Document(pages, pages[0].text, version=__version__)), f"plotwriter {source}", source=source)
    return write_letter(source, options, quiet=quiet)


def _no_writing_options(source: str, options: dict[str, Any]) -> None:
    """Refuse options that a finished drawing has no use for, rather than pass over them."""
    context = click.get_current_context()
    about = options.keys() - {"pen_set"}  # of pictures, too
    given = [p for p in context.command.params if p.name in about and context.get_parameter_source(p.name) == ParameterSource.COMMANDLINE]
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
    outputs: tuple[Path, ...],
    profile: MachineProfile | None = None,
    port: str | None = None,
    *,
    yes: bool = False,
    gwrite: str | None = None,
) -> MachineProfile | None:
    """Refuse what cannot work before any text is read or written.

    Args:
        outputs: files to write
        profile: the machine that was named, if one was
        port: where the machine is; None when nothing is plotted
        yes: whether questions are answered already
        gwrite: profile by which G-code is written, instead of for a machine

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
    if gwrite is not None:
        from plotwriter.layout.vpype_bridge import check_gwrite

        if gcode is None:
            raise ConfigError(f"--gwrite {gwrite}: is about .gcode files; add one, such as -o letter.gcode")
        check_gwrite(gwrite)
    elif gcode is not None:
        from plotwriter.devices import load_profile
        from plotwriter.devices.lifts import gcode_table

        sender = profile or load_profile(GCODE_MACHINE)
        try:
            gcode_table(sender)
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
    from plotwriter.devices import open_device
    from plotwriter.devices.preflight import preflight

    found = preflight(written.document, profile, _asked(profile, port, quiet=quiet) if dry_run else ())
    if found.refusals:
        raise LayoutError("; ".join(found.refusals))
    if dry_run:
        return {"files": _save(written, outputs, sender, quiet=quiet)} | _would_take(found, profile, quiet=quiet)
    for check in found.checks:
        if check.verdict == "note":
            say(f"{check.name}: {check.value}", quiet=quiet)
    device = open_device(profile, port)
    try:
        return {"files": _save(written, outputs, sender, quiet=quiet)} | _plot(written, found, device, port, yes=yes, quiet=quiet)
    finally:
        device.close()


def _save(written: Written, outputs: tuple[Path, ...], sender: MachineProfile | None, *, numbers: bool = False, quiet: bool) -> list[str]:
    """Write every file that was asked for; their paths, as strings."""
    from plotwriter.output import save

    files = [
        str(file)
        for file in save(
            written.document,
            outputs,
            recipe=written.recipe,
            profile=sender,
            numbers=numbers,
            rules=written.rules,
            pens=written.pens,
            gwrite=written.gwrite,
        )
    ]
    if files:
        say(f"wrote {', '.join(files)}", quiet=quiet)
    return files


def _asked(profile: MachineProfile, port: str, *, quiet: bool) -> list[Check]:
    """What the machine says of itself, if it is there; nothing moves."""
    from plotwriter.devices import open_device
    from plotwriter.devices import preflight as looked

    try:
        device = open_device(profile, port, prepare=False)
        try:
            return looked.ask_machine(device)
        finally:
            device.close()
    except PortError as error:  # a dry run needs no machine
        say(f"not asked: {error}", quiet=quiet)
        return []
    except (DeviceError, ConfigError) as error:
        return [looked.Check("board", str(error), "refuse")]


def _would_take(found: Preflight, profile: MachineProfile, *, quiet: bool) -> dict[str, Any]:
    """The pre-flight checks and what plotting would take."""
    from plotwriter.cli.checks import preflight_facts, print_preflight

    if not quiet:
        print_preflight(profile.title, found, err)
    say(
        f"{profile.title}: would take {duration(found.duration)} for {found.ink / 1000:.2f} m of ink on "
        f"{count(len(found.pages), 'page')}; nothing was moved",
        quiet=quiet,
    )
    facts = {"machine": profile.name, "duration_s": round(found.duration, 3), "pen_down_mm": round(found.ink, 1), "dry_run": True}
    return facts | {"preflight": preflight_facts(found)}


def _plot(written: Written, found: Preflight, device: Device, port: str, *, yes: bool, quiet: bool) -> dict[str, Any]:
    """Plot every page on an open machine, with a journal; facts for `--json`."""
    from datetime import datetime

    from plotwriter.cli.run import Run
    from plotwriter.devices.journal import Header, start_job
    from plotwriter.devices.preflight import machine_checks, refuse_weak
    from plotwriter.devices.transport import NOBODY, identity

    facts = device.facts()
    refuse_weak(facts, name=device.transport.name)
    for check in machine_checks(facts):
        if check.verdict == "note":
            say(f"{check.name}: {check.value}", quiet=quiet)
    simulated = port == "sim"
    known = NOBODY if simulated else identity(device.transport.name)
    profile = device.profile

    def header(sha: str) -> Header:
        return Header(
            sha, str(Path(profile.path).resolve()) if profile.path else profile.name, port, known.serial, written.source, known.usb
        )

    with start_job(written.document, header, now=datetime.now()) as journal:
        run = Run(written.document, device, plans=found.plans, journal=journal, port=port, known=known, yes=yes, quiet=quiet)
        return run.plot()
