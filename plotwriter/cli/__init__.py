"""The command line: labels on library functions, each loaded when it is called.

`plotwriter --help` must answer at once, so this module imports click and nothing of ours but the
errors; torch, numpy and vpype come with the command that needs them.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

import click

from plotwriter import __version__
from plotwriter.errors import PlotwriterError

__all__ = ["COMMANDS", "LazyGroup", "cli", "main"]

GRACE = 10.0  # s in which further signals are passed over: raising a pen takes a board's reset and a servo's sweep

#: command -> (module, what it does in one line); in the order a newcomer meets them
COMMANDS: dict[str, tuple[str, str]] = {
    "write": ("write", "Write a text in real handwriting: preview it, save it, plot it."),
    "preview": ("preview", "Draw a picture of a text, an SVG or a saved job."),
    "estimate": ("estimate", "Say how long a plot takes and how far the pen goes."),
    "plot": ("plot", "Plot an SVG or a saved job as it is."),
    "merge": ("merge", "Write a letter and an envelope to everyone in a table."),
    "fill": ("fill", "Fill a printed form from data."),
    "register": ("register", "Find how a sheet lies, by touching marks or corners with the pen."),
    "refine": ("refine", "Put a drawing's handwriting in order: baseline, slant, size, smoothness."),
    "resume": ("resume", "Go on with a job that was cut off."),
    "styles": ("styles", "List the hands that are installed."),
    "machines": ("machines", "List the machines that are known, or serve a simulated one."),
    "setup": ("setup", "Set a machine up, step by step, and save its profile."),
    "doctor": ("doctor", "Find out why a machine does not do what it should."),
    "pen": ("manual", "Raise or lower the pen."),
    "move": ("manual", "Move the raised pen to a place."),
    "jog": ("manual", "Move the raised pen by so much."),
    "home": ("manual", "Walk home with the pen up."),
    "motors": ("manual", "Switch the motors off."),
    "explain": ("explain", "Show what the net looked at while it wrote a word."),
    "data": ("data", "Inspect, convert and cache ink to train on."),
    "train": ("train", "Train a sampler on ink of your own."),
    "evaluate": ("evaluate", "Measure styles against real ink: a page of pictures and figures."),
}


def _stop_in_order() -> None:
    """Ctrl-C, `kill` and a terminal that closes all let a plot raise its pen, and a second one does not break that off."""
    last = -GRACE

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= GRACE:
            last = now
            raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # nohup ignores it
                signal.signal(number, stop)


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, unloaded."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"plotwriter.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named, or the nearest name there is."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from plotwriter.cli.habits import COMMAND_HINTS
            from plotwriter.config import near_miss

            if args[0] in COMMAND_HINTS:
                ctx.fail(f"no command is called {args[0]!r}; it is: plotwriter {COMMAND_HINTS[args[0]]}")
            ctx.fail(f"no command is called {args[0]!r}; {near_miss(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; Ctrl-C leaves it as an abort, so that click does not print a line of its own."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.exceptions.Abort from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="plotwriter")
def cli() -> None:
    """Text to real handwriting, written by a pen plotter.

    \b
    plotwriter write letter.txt --preview letter.svg          look at it first
    plotwriter write letter.txt --machine axidraw             then plot it
    plotwriter write letter.txt --machine axidraw --port sim  or try it without a machine

    Lengths take a unit (5mm, 0.2in); a bare number is mm.
    """


def _message(error: click.ClickException) -> str:
    """What click says; of an option that is some other program's, what it is here."""
    if isinstance(error, click.NoSuchOption):
        from plotwriter.cli.habits import hint

        if advice := hint(error.option_name):
            return f"No such option {error.option_name!r}: {advice}."
    return error.format_message()


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 could not be done, 2 not understood, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without some character shows its number instead
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _stop_in_order()
        code = cli.main(args=args, prog_name="plotwriter", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = f" (see '{context.command_path} --help')" if context else ""
        click.echo(f"plotwriter: {' '.join(_message(error).split())}{hint}", err=True)
        sys.exit(error.exit_code)
    except PlotwriterError as error:
        click.echo(f"plotwriter: {' '.join(str(error).split())}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo(("\n" if sys.stderr.isatty() else "") + "plotwriter: stopped", err=True)  # a terminal shows ^C on its line
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone; nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
