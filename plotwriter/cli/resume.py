"""`plotwriter resume`: the rest of a job that was cut off."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plotwriter.cli import options as shared
from plotwriter.cli.console import count, out, say
from plotwriter.cli.keys import confirm
from plotwriter.cli.machine_options import adjust_options, adjusted

if TYPE_CHECKING:
    from plotwriter.devices import Device
    from plotwriter.devices.journal import JobState
    from plotwriter.devices.whereabouts import Words

__all__ = ["WordsBack", "resume"]


class WordsBack(click.ParamType):  # type: ignore[type-arg]
    """A number of words."""

    name = "N words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """N words as N."""
        match = re.fullmatch(r"\s*(\d{1,5})\s*(words?)?\s*", str(value))
        if match is None:
            self.fail(f'{value!r} is not a number of words, such as "2 words"', param, ctx)
        return int(match[1])


@click.command()
@click.argument("job", required=False)
@click.option("--list", "listed", is_flag=True, help="List the jobs that are not finished.")
@click.option("--forget", is_flag=True, help="Drop the job instead: nothing is plotted.")
@shared.port_option
@click.option("--from-word", type=click.IntRange(1), metavar="N", help="Go on at this word, as 'preview --numbers' counts them.")
@click.option("--from-line", type=click.IntRange(1), metavar="N", help="Go on at this line of the text.")
@click.option("--back", type=WordsBack(), help='Go on so many words before the place, such as "2 words".')
@click.option("--skip-unsure", is_flag=True, help="Leave out strokes that were sent but not confirmed, instead of drawing them again.")
@click.option("--at-home", is_flag=True, help="The pen was put home by hand: for a machine that does not know where it stands.")
@click.option("--dry-run", is_flag=True, help="Say where it would go on; move nothing.")
@adjust_options
@shared.yes_option
@shared.quiet_option
@shared.json_option
def resume(
    job: str | None,
    listed: bool,
    forget: bool,
    port: str,
    from_word: int | None,
    from_line: int | None,
    back: int | None,
    skip_unsure: bool,
    at_home: bool,
    dry_run: bool,
    yes: bool,
    quiet: bool,
    as_json: bool,
    **adjustments: Any,
) -> None:
    """Go on with a JOB that was cut off: the last unfinished one, or one named by its file or by its name in --list.

    The sheet must not have moved. The machine is asked where its pen stands; where it does not know,
    the pen has to be put to the home corner. What may be on the paper twice is said before it moves.

    \b
    plotwriter resume
    plotwriter resume letter.json --back "2 words"
    plotwriter resume --from-line 7
    """
    if sum(option is not None for option in (from_word, from_line, back)) > 1:
        raise click.UsageError("--from-word, --from-line and --back each say where to go on; give one of them")
    from plotwriter.devices import open_device, plan_page
    from plotwriter.devices.journal import Journal, clear, load_job, unfinished
    from plotwriter.devices.session import resumption
    from plotwriter.devices.transport import NOBODY, Identity
    from plotwriter.devices.whereabouts import Words

    states = unfinished(lambda error: say(f"left out: {error}", quiet=quiet))
    if listed:
        _list(states, as_json=as_json)
        return
    state = _find(job, states)
    if forget:
        clear(state.path)
        say(f"forgot {state.path.stem}", quiet=quiet)
        return
    document = load_job(state)
    _say_if_changed(job, state, quiet=quiet)
    profile = adjusted(state.header.machine, "", adjustments)
    plans, words = [plan_page(page, profile) for page in document.pages], Words(document)
    options: dict[str, Any] = {"from_word": from_word, "from_line": from_line, "back": back, "skip_unsure": skip_unsure}
    found = resumption(state, plans, words, **options)
    say(f"{_title(state)}: stopped at {words.describe(found.place)}", quiet=quiet)
    if dry_run:
        _announce(found.again, words, found.place.page, quiet=quiet)
        if as_json:
            out.print_json(json.dumps({"page": found.place.page + 1, "stroke": found.place.stroke, "again": list(found.again)}))
        return
    known = Identity(state.header.usb, state.header.serial) if port in ("auto", state.header.port) else NOBODY
    port = state.header.port if port == "auto" else port
    yes = yes or port == "sim"
    if not yes:
        confirm("is the sheet where it was, untouched?", abort=True)
    from plotwriter.cli.run import Run

    rehearsed = port == "sim" and state.header.port != "sim"  # the sheet on the real machine is no nearer its end
    with Journal(state.path) as journal:
        journal.open()
        device = open_device(profile, port, known=known)
        try:
            _refuse_another(state, device, port)
            if not device.position_known:
                _find_home(device, at_home=at_home or port == "sim", yes=yes, quiet=quiet)
            found = resumption(state, plans, words, left_at=device.left_at, **options)
            _announce(found.again, words, found.place.page, quiet=quiet)
            kept = None if rehearsed else journal
            run = Run(document, device, plans=plans, journal=kept, port=port, known=known, yes=yes, quiet=quiet)
            facts = run.plot(found.place) | {"from": words.describe(found.place), "again": list(found.again)}
        finally:
            device.close()
    if rehearsed:
        say("a rehearsal: the sheet itself is still to be finished, with: plotwriter resume", quiet=quiet)
    if as_json:
        out.print_json(json.dumps(facts, ensure_ascii=False))


def _title(state: JobState) -> str:
    return f"{state.header.source or state.path.stem} on {state.header.machine}"


def _say_if_changed(job: str | None, state: JobState, *, quiet: bool) -> None:
    """A named file that is no longer what was begun: the copy beside the journal is, and that is plotted."""
    from plotwriter.devices.journal import hash_of
    from plotwriter.errors import FileError

    path = Path(job or state.header.source)
    if path.suffix.lower() != ".json" or not path.is_file():
        return
    try:
        changed = hash_of(path) != state.header.job
    except FileError:
        changed = True
    if changed:
        say(f"{path}: was changed since; the sheet is finished as it was begun, from the copy {state.job_path.name}", quiet=quiet)


def _refuse_another(state: JobState, device: Device, port: str) -> None:
    """Another machine has another place for its pen, and perhaps another sheet.

    Raises:
        PortError: the port's serial number or nickname is another one than the job was begun on
    """
    from plotwriter.devices.transport import identity
    from plotwriter.errors import PortError

    serial = "" if port == "sim" else identity(device.transport.name).serial
    if state.header.serial and serial and serial != state.header.serial:
        raise PortError(f"{port}: is {serial!r}, but the job was begun on {state.header.serial!r}; plug that one in, or plot the job anew")


def _announce(again: tuple[int, ...], words: Words, page: int, *, quiet: bool) -> None:
    """Say what is drawn twice."""
    from plotwriter.devices.whereabouts import Place

    if not again:
        say("every stroke is drawn once", quiet=quiet)
        return
    first = words.describe(Place(page, again[0]))
    say(f"{count(len(again), 'stroke')} may be on the paper already and will be drawn again, from {first}", quiet=quiet)


def _find_home(device: Device, *, at_home: bool, yes: bool, quiet: bool) -> None:
    """The machine does not know where it stands: switches find out, or a person; it is never guessed.

    Raises:
        DeviceError: nobody can be asked and nobody has said that it is at home
    """
    from plotwriter.devices.page import corner_of
    from plotwriter.errors import DeviceError

    if device.profile.hpgl is not None:
        _same_sheet(device, at_home=at_home, yes=yes, quiet=quiet)
        return
    corner = corner_of(device.profile)
    if device.profile.gcode is not None and device.profile.gcode.homing:
        device.home()
        return
    if at_home:
        say("the machine does not know where its pen stands; it is taken to stand at home", quiet=quiet)
    elif yes:
        raise DeviceError(
            f"{device.profile.title}: the machine does not know where its pen stands, so the rest would be drawn beside its place; "
            f"move it by hand to {corner}, then: plotwriter resume --yes --at-home"
        )
    else:
        if device.profile.device == "ebb":
            device.motors_off()
        confirm(
            f"the machine does not know where its pen stands; move it by hand to {corner}: is it there, pen up?",
            abort=True,
        )
    device.home()


def _same_sheet(device: Device, *, at_home: bool, yes: bool, quiet: bool) -> None:
    """A pen plotter that was switched off and on knows where its pen is; where the paper is, only a person does.

    Raises:
        DeviceError: nobody can be asked and nobody has said that the paper lies where it lay
    """
    from plotwriter.errors import DeviceError

    if at_home:
        say("the plotter was switched off or reset since; its paper is taken to lie where it lay", quiet=quiet)
    elif yes:
        raise DeviceError(
            f"{device.profile.title}: the plotter was switched off or reset since, so the rest would be drawn beside its place "
            "if the paper was moved; if it lies where it lay: plotwriter resume --yes --at-home"
        )
    else:
        confirm("the plotter was switched off or reset since: does the paper still lie where it lay?", abort=True)
    device.home()


def _find(job: str | None, states: list[JobState]) -> JobState:
    """The job that is meant.

    Raises:
        ConfigError: no such job, or none at all
    """
    from plotwriter.config import near_miss
    from plotwriter.devices.journal import hash_of, read_journal
    from plotwriter.errors import ConfigError

    if job is None:
        if not states:
            raise ConfigError("no job is unfinished; 'plotwriter plot' and 'plotwriter write --machine' begin one")
        return states[-1]
    path = Path(job)
    if path.suffix == ".journal":
        return read_journal(path)
    by_name = {state.path.stem: state for state in states}
    if job in by_name:
        return by_name[job]
    sources = [state for state in states if job in (state.header.source, str(state.job_path))]
    if not sources and path.suffix.lower() == ".json" and path.is_file():
        sha = hash_of(path)
        sources = [state for state in states if state.header.job == sha]
    if not sources:
        raise ConfigError(f"no unfinished job is called {job!r}; " + (near_miss(job, by_name) if by_name else "none is unfinished"))
    return sources[-1]


def _list(states: list[JobState], *, as_json: bool) -> None:
    """The unfinished jobs, the latest last."""
    rows = [
        {"job": s.path.stem, "source": s.header.source, "machine": s.header.machine, "page": s.page + 1, "strokes_drawn": s.drawn}
        for s in states
    ]
    if as_json:
        out.print_json(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        say("no job is unfinished")
    for row in rows:
        out.print(
            f"{row['job']}  {row['source']} on {row['machine']}, page {row['page']}, {row['strokes_drawn']} strokes of it drawn",
            markup=False,
        )
