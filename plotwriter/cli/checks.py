"""Checks as a table: what was looked at before the pen moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from plotwriter.cli.console import duration, out

if TYPE_CHECKING:
    from rich.console import Console

    from plotwriter.devices.preflight import Check, Preflight

__all__ = ["preflight_facts", "print_checks", "print_preflight"]

SIGNS = {"ok": "ok", "note": "note", "refuse": "NO"}


def print_checks(title: str, checks: Iterable[Check], console: Console = out) -> None:
    """A row a check."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), show_header=False)
    for check in checks:
        table.add_row(SIGNS[check.verdict], escape(check.name), escape(check.value))
    console.print(table)


def print_preflight(title: str, found: Preflight, console: Console = out) -> None:
    """The checks, and what every page takes."""
    from plotwriter.devices.preflight import Check

    rows = list(found.checks)
    for number, page in enumerate(found.pages, 1):
        travel, lifts = f"{page.pen_up_distance / 1000:.2f} m of travel", f"{page.lifts} strokes"
        name = f"page {number} takes" if len(found.pages) > 1 else "takes"
        rows.append(Check(name, f"{duration(page.duration)}: {lifts}, {page.pen_down_distance / 1000:.2f} m of ink, {travel}"))
    if len(found.pages) > 1:
        rows.append(Check("in all", f"{duration(found.duration)}, {found.ink / 1000:.2f} m of ink"))
    print_checks(title, rows, console)


def preflight_facts(found: Preflight) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "checks": [{"name": check.name, "value": check.value, "verdict": check.verdict} for check in found.checks],
        "pages": [
            {
                "duration_s": round(page.duration, 3),
                "pen_down_mm": round(page.pen_down_distance, 1),
                "pen_up_mm": round(page.pen_up_distance, 1),
                "lifts": page.lifts,
            }
            for page in found.pages
        ],
    }
