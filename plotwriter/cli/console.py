"""What a person sees while something runs: lines and bars on stderr, results on stdout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["Update", "count", "duration", "err", "out", "print_facts", "progress", "say"]

err = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)
Update = Callable[[float, float], None]  # done, total


def say(message: str, *, quiet: bool = False) -> None:
    """One line for a person."""
    if not quiet:
        err.print(message, markup=False)


@contextmanager
def progress(label: str, *, unit: str = "", quiet: bool = False) -> Iterator[Update]:
    """A bar with the time that is left; nothing where nobody watches.

    Args:
        label: what is done
        unit: of what is counted, such as "words"; empty where only the share says something
        quiet: no bar

    Yields:
        a function of (done, total)
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        *([MofNCompleteColumn(), TextColumn(unit)] if unit else []),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_facts(facts: Mapping[str, Any]) -> None:
    """A table of facts, two levels deep, a line each."""
    for key, value in facts.items():
        if not isinstance(value, Mapping):
            out.print(f"{key}: {value}", markup=False)
            continue
        out.print(f"{key}:", markup=False)
        for inner, content in value.items():
            out.print(f"  {inner}: {content}", markup=False)


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(372)
    '6 min 12 s'
    """
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"


def count(n: int, what: str) -> str:
    """A number of things.

    >>> count(1, "page"), count(2, "page")
    ('1 page', '2 pages')
    """
    return f"{n} {what}{'' if n == 1 else 's'}"
