"""A web page that replays a plot in true time: one file, nothing fetched, opened in any browser.

plans of the pages --moves with times--> JSON in replay.html      moves: {t, down, pen, word, p, s}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

import numpy as np

from plotwriter.ink import Document, Pen
from plotwriter.motion import Plan, Trajectory
from plotwriter.preview.inks import pen_look

__all__ = ["to_html"]

SAMPLE = 0.05  # s between two points of a drawn move: what is between cannot be seen


def to_html(document: Document, plans: Sequence[Plan], *, pens: Mapping[int, Pen] | None = None) -> str:
    """A document's replay as the text of an HTML file; encode it as UTF-8.

    Args:
        document: what is drawn
        plans: of its pages, by the machine's own planner
        pens: colours and widths of pens that are known
    """
    looks = {pen: pen_look(pen, pens) for pen in sorted({stroke.pen for page in document.pages for stroke in page.strokes})}
    pages = [_page(document, number, plan) for number, plan in enumerate(plans)]
    speeds = [move.v_out.max() for plan in plans for move in plan.actions if isinstance(move, Trajectory) and move.pen_down]
    job = {
        "pages": pages,
        "colours": {str(pen): colour for pen, (colour, _) in looks.items()},
        "widths": {str(pen): width for pen, (_, width) in looks.items()},
        "fastest": round(float(max(speeds, default=1.0)), 2),
    }
    first = next((line.strip() for line in document.text.splitlines() if line.strip()), "plotwriter")
    content = json.dumps(job, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")  # no text ends the script
    template = resources.files("plotwriter.preview").joinpath("replay.html").read_text(encoding="utf-8")
    return template.replace("__TITLE__", escape(first[:80])).replace("__JOB__", content)


def _page(document: Document, number: int, plan: Plan) -> dict[str, Any]:
    ink = document.pages[number]
    assert ink.page is not None  # a document's pages have one
    moves, now = [], 0.0
    for action in plan.actions:
        if isinstance(action, Trajectory):
            drawn = action.stroke < len(ink.strokes)
            moves.append(
                {
                    "t": round(now, 3),
                    "down": action.pen_down,
                    "pen": ink.strokes[action.stroke].pen if drawn else 0,
                    "word": plan.words[action.stroke] if drawn else "",
                    **_sampled(action, plan),
                }
            )
        now += action.duration
    return {"width": ink.page.width, "height": ink.page.height, "duration": round(now, 3), "moves": moves}


def _sampled(action: Trajectory, plan: Plan) -> dict[str, list[float]]:
    """Where the pen is at times along a move, in the page's own frame."""
    count = max(2, int(np.ceil(action.duration / SAMPLE)) + 1)
    times = np.linspace(0.0, action.duration, count)
    points = plan.placement.to_page(action.at(times))
    flat = np.column_stack([points.real, points.imag]).round(2).ravel()
    return {"p": flat.tolist(), "s": times.round(3).tolist()}
