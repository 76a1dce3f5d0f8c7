"""A job on a machine as a person sees it: progress by word, a pause with a menu, a lost cable, the journal.

Ctrl-C, the board's button, p or space     stop at the stroke's end, pen up, then the menu
Ctrl-C twice                               stop at once; the pen is still raised
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from plotwriter.cli.console import count, duration, err, say
from plotwriter.cli.keys import confirm, is_terminal, keys_pressed, single_keys
from plotwriter.devices import Device, MachineProfile, Monitor, Progress, compare_drawn, plan_page, simulated_board
from plotwriter.devices.device import PenChanger
from plotwriter.devices.job import allowed_deviation
from plotwriter.devices.journal import Journal, clear, read_journal
from plotwriter.devices.session import go_home, plot_rest, raise_when_back
from plotwriter.devices.stops import first_ctrl_c
from plotwriter.devices.transport import NOBODY, Identity, RealClock
from plotwriter.devices.whereabouts import Place, Words
from plotwriter.errors import DeviceError, PlotwriterError, PortError

if TYPE_CHECKING:
    from plotwriter.ink import Document
    from plotwriter.motion import Plan

__all__ = ["Run"]

WAIT_ALONE = 60.0  # s a lost port is waited for where nobody can plug it in
WAIT_PERSON = 1800.0  # s where somebody can
KEYS = frozenset("p ")


class Run(Monitor):
    """One job being plotted."""

    def __init__(
        self,
        document: Document,
        device: Device,
        *,
        plans: Sequence[Plan] | None = None,
        journal: Journal | None = None,
        port: str = "auto",
        known: Identity = NOBODY,
        yes: bool = False,
        quiet: bool = False,
    ) -> None:
        """Take a job and a connected machine.

        Args:
            document: canonical
            device: connected, pen up
            plans: of every page, if they are made already
            journal: of the job; None keeps none, so nothing can be resumed
            port: as it was named
            known: what the port says of itself
            yes: whether questions are answered already
            quiet: no bar, and nothing is said
        """
        self.document, self.device, self.journal = document, device, journal
        self.words = Words(document)
        self._plans = list(plans) if plans is not None else [plan_page(page, device.profile) for page in document.pages]
        self._port, self._known, self._yes, self._quiet = port, known, yes, quiet
        self._place = Place(0, 0)
        self._pen = 0  # in the holder; 0 before the first
        self._pause = False
        self._straight = True  # the page is drawn from where it was begun to its last stroke, each once
        self._bar: Bar | None = None

    def plot(self, start: Place | None = None) -> dict[str, Any]:
        """Plot from a place to the end.

        Returns:
            facts for `--json`

        Raises:
            DeviceError: with the place in the text; the journal is kept
            KeyboardInterrupt: stopped by the person, pen up; the journal is kept
        """
        resumed, start = start is not None, start or Place(0, 0)
        began, profile = time.perf_counter(), self.device.profile
        total = sum(plan.duration for plan in self._plans)
        n_strokes = sum(len(page.strokes) for page in self.document.pages)
        worst, drawn, expected, clock = 0.0, 0, 0, 0.0
        board = simulated_board(self.device)
        try:
            say(f"{profile.title}: {duration(total)} for {count(n_strokes, 'stroke')}", quiet=self._quiet)
            for page in range(start.page, len(self._plans)):
                first = start.stroke if page == start.page else 0
                if not first and not (resumed and page == start.page):
                    self._ask_for_sheet(page)
                since, self._straight = len(board.drawn()) if board else 0, True
                self._page(page, first)
                if board and self._straight:
                    ink = self.document.pages[page]
                    report = compare_drawn(replace(ink, strokes=ink.strokes[first:]), self._plans[page], board, since=since)
                    drawn, expected = drawn + report.strokes_drawn, expected + report.strokes_expected
                    worst, clock = max(worst, report.max_deviation), report.duration
                    allowed = allowed_deviation(profile)
                    if report.strokes_drawn != report.strokes_expected or report.max_deviation > allowed:
                        raise DeviceError(
                            f"page {page + 1}: the simulated machine drew {report.strokes_drawn} of {report.strokes_expected} "
                            f"strokes, up to {report.max_deviation:.3f} mm from the ink (allowed {allowed:.2g} mm); "
                            "this is a defect, please report it"
                        )
        except PlotwriterError as error:
            raise self._told(error) from error
        except (KeyboardInterrupt, click.Abort):  # at the plot or at a question
            self._say_stopped()
            raise KeyboardInterrupt from None
        self._finish()
        facts = {"machine": profile.name, "port": self._port, "duration_s": round(total, 3), "strokes": n_strokes}
        if board:
            say(
                f"the simulated machine drew {drawn} of {expected} strokes, at most {worst:.3f} mm from the ink, in {duration(clock)} "
                f"of its own time ({time.perf_counter() - began:.1f} s of ours)",
                quiet=self._quiet,
            )
            return facts | {"drawn": drawn, "max_deviation_mm": round(worst, 4), "machine_s": round(clock, 3)}
        say("done; the pen is up and home", quiet=self._quiet)
        return facts

    def sending(self, stroke: int) -> None:
        """Remember the place."""
        self._place = Place(self._place.page, stroke)
        self._pen = self.document.pages[self._place.page].strokes[stroke].pen

    def progress(self, progress: Progress) -> None:
        """Move the bar: the word, and the time that is left by the plan."""
        if self._bar is None:
            return
        later = sum(plan.duration for plan in self._plans[self._place.page + 1 :])
        left = max(progress.duration - progress.elapsed, 0.0)
        whole = self._plans[self._place.page].duration
        where = self.words.describe(Place(self._place.page, progress.strokes))
        self._bar.update(
            self._bar.task_ids[0], completed=max(whole - left, 0.0), total=whole, description=where, left=duration(left + later)
        )

    def pause_wanted(self, stroke: int) -> bool:
        """Ctrl-C, a key, or another pen."""
        pen = self.document.pages[self._place.page].strokes[stroke].pen
        by_hand = self._port != "sim" or isinstance(self.device, PenChanger)
        return self._pause or not KEYS.isdisjoint(keys_pressed()) or (self._pen not in (0, pen) and by_hand)

    def _page(self, page: int, first: int) -> None:
        """One page, with all its pauses."""
        self._place, n = Place(page, first), len(self._plans[page].words)
        if first < n:
            self._take(self.document.pages[page].strokes[first].pen)
        while True:
            with self._shown(first), first_ctrl_c(self._stop_soon):
                stroke = plot_rest(self._plans[page], self.device, page=page, first=first, journal=self.journal, monitor=self)
            if stroke >= n:
                self._place = Place(page, n)
                return
            self._place = Place(page, stroke)
            first = self._paused(self._place)

    def _paused(self, place: Place) -> int:
        """Ask what to do; the stroke to go on at."""
        pen = self.document.pages[place.page].strokes[place.stroke].pen
        self._pause = False
        if self._pen not in (0, pen):
            if not self._take(pen):
                self._confirm(f"pen {pen} is next: is it in?")
            self._pen = pen
            return place.stroke
        if not is_terminal():
            raise KeyboardInterrupt
        from plotwriter.cli.menu import ask

        choice = ask(self.words.describe(place), self.device.profile)
        if choice.profile is not None:
            self._adopt(choice.profile)
        if choice.home:
            go_home(self.device)
        if choice.stop:
            raise KeyboardInterrupt
        if choice.redo:
            self._straight = False
            place = self.words.back(Place(place.page, max(place.stroke - 1, 0)), 0)
        return place.stroke if place.page == self._place.page else 0

    def _take(self, pen: int) -> bool:
        """Whether the machine takes a pen by itself; it then has it."""
        return isinstance(self.device, PenChanger) and self.device.take_pen(pen)

    def _adopt(self, profile: MachineProfile) -> None:
        self.device.adopt(profile)
        self._plans = [plan_page(page, profile) for page in self.document.pages]

    def _ask_for_sheet(self, page: int) -> None:
        n = len(self._plans)
        sheet = f"page {page + 1} of {n}" if n > 1 else "the page"
        set_up = (
            "its corner at home, and the pen set" if self.device.profile.hpgl is None else "its lever down, and the pens in the carousel"
        )
        self._confirm(f"{sheet}: is the paper in, {set_up}?")

    def _confirm(self, question: str) -> None:
        if not self._yes and self._port != "sim":
            confirm(question, abort=True)

    @contextmanager
    def _shown(self, first: int) -> Iterator[None]:
        columns = (
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.description}"),
            TextColumn("left {task.fields[left]}"),
        )
        watched = not self._quiet and err.is_terminal
        with Bar(*columns, console=err, transient=True, disable=not watched) as bar, single_keys() if watched else nullcontext():
            bar.add_task("", total=1.0, left="")
            self._bar = bar if watched else None
            plan = self._plans[self._place.page]
            done = 0.0 if not first else float(plan.stroke_starts[first]) if first < len(plan.words) else plan.duration
            self.progress(Progress(first, len(plan.words), done, plan.duration))
            try:
                yield
            finally:
                self._bar = None

    def _stop_soon(self) -> None:
        self._pause = True
        say("stopping at the end of this stroke; Ctrl-C again stops at once", quiet=self._quiet)

    def _finish(self) -> None:
        if self.journal is not None:
            self.journal.write({"done": True})
            self.journal.close()
            clear(self.journal.path)

    def _say_stopped(self) -> None:
        say(f"stopped at {self.words.describe(self._place)}{self._how_to_go_on()}", quiet=self._quiet)

    def _how_to_go_on(self) -> str:
        if self.journal is None:
            return ""
        self.journal.close()
        if not read_journal(self.journal.path).started:  # there is nothing to go on with
            clear(self.journal.path)
            return ""
        return "; go on with: plotwriter resume"

    def _told(self, error: PlotwriterError) -> PlotwriterError:
        """The same error with the place in the text; a lost machine's pen is raised first, once it is back."""
        where = self.words.describe(self._place)
        raised = ""
        if isinstance(error, PortError) and self._port != "sim" and self.journal is not None:
            say(f"{error}; stopped at {where}. Plug the machine in again: its pen is raised as soon as it is back.", quiet=self._quiet)
            self.device.close()
            patience = WAIT_PERSON if is_terminal() and sys.stderr.isatty() else WAIT_ALONE
            try:
                raise_when_back(self.device.profile, self._port, known=self._known, patience=patience, clock=RealClock()).close()
                raised = "; it is back and its pen is up"
            except DeviceError as lost:
                raised = f"; {lost}"
            except KeyboardInterrupt:
                raised = "; its pen may be down on the paper"
        return type(error)(f"{error}; stopped at {where}{raised}{self._how_to_go_on()}")
