"""From somebody's ink to a plotted letter in that hand: written on the capture page, fitted, plotted on a simulated AxiDraw.

    python examples/03_own_hand/show.py INK.jsonl [WRITER] [--words 60] [--out FOLDER]

INK.jsonl has one word a line, {"text": ..., "strokes": [[[x, y], ...], ...], "writer": ...}, y down. Every word is drawn on the real
page in a headless Chromium by pointer events, as its writer drew it; from there on these are the commands a person types.
Run it from the repository: the browser's driver is the one of the tests.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plotwriter.hands.matching import match
from plotwriter.inkfiles import InkSample, read_ink
from plotwriter.studio.capture import GUIDE, Capture, CaptureServer
from tests.studio.browser import Browser

SHEET_HEIGHT, EDGE = 260, 6  # px of a sheet 900 wide, and what stays free at its edge
LETTER = "Dear Josephine,\nthank you for the parcel, everything in it was whole. Come and see us in June!\nYours truly, Max"


def on_the_page(samples: list[InkSample]) -> list[tuple[str, list[np.ndarray]]]:
    """Words in px of the sheet, on its guide: a person would have written them there at once."""
    found = []
    for word in match(samples).words:
        if not word.reason and len(word.text) > 1:
            ink = np.concatenate(word.strokes)
            above, below = GUIDE["baseline"] - EDGE, SHEET_HEIGHT - GUIDE["baseline"] - EDGE
            room = (820 / max(1.0, np.ptp(ink.real)), above / max(1.0, ink.imag.max()), below / max(1.0, -ink.imag.min()))
            size = float(min(GUIDE["x_height"], *room))  # a pen put down beside the sheet would press what is there
            found.append((word.text, [np.conj(points) * size + 40 + 1j * GUIDE["baseline"] for points in word.strokes]))
    return found


def capture(words: list[tuple[str, list[np.ndarray]]], path: Path, profile: Path) -> None:
    """Draw the words on the page."""
    server = CaptureServer(Capture.resume("shown", path, [text for text, _ in words]))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with Browser(profile) as browser:
            browser.open(server.url)
            for k, (_, strokes) in enumerate(words):
                box = "document.getElementById('sheet').getBoundingClientRect()"
                left, top, wide = browser.ask(f"[{box}.x, {box}.y, {box}.width]")
                for points in strokes:
                    browser.pen([(left + z.real * wide / 900, top + z.imag * wide / 900) for z in points.tolist()])
                browser.click("next")
                browser.until(f"at === {k + 1}")
    finally:
        server.close()
        thread.join()


def main() -> None:
    """See the module."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("ink", type=Path)
    arguments.add_argument("writer", nargs="?")
    arguments.add_argument("--words", type=int, default=60)
    arguments.add_argument("--out", type=Path, default=Path("own_hand"))
    arguments.add_argument("--base", default="linden")
    arguments.add_argument("--quick", action="store_true")
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    samples = [s for s in read_ink(given.ink) if (given.writer in (None, s.writer)) and " " not in s.text]
    samples = [samples[k] for k in np.random.default_rng(0).permutation(len(samples))[: given.words]]
    captured = given.out / "capture.json"
    captured.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        capture(on_the_page(samples), captured, Path(profile))
    (given.out / "letter.txt").write_text(LETTER, encoding="utf-8")

    def plotwriter(*words: str | Path) -> None:
        command = [sys.executable, "-m", "plotwriter", *map(str, words)]
        sys.stderr.write("$ plotwriter " + " ".join(command[3:]) + "\n")
        subprocess.run(command, check=True)

    out = given.out
    plotwriter(
        "styles", "fit", "shown", "--from", captured, "--replace", "--base", given.base, "--matched", out / "matched.svg",
        "--lineup", out / "lineup.svg", *(["--quick"] if given.quick else []),
    )  # fmt: skip
    plotwriter(
        "write", out / "letter.txt", "--style", "shown", "--paper", "a6", "--landscape", "--margin", "12mm", "--size", "2mm",
        "--machine", "axidraw", "--port", "sim", "--yes", "-o", out / "letter.png", "--preview", out / "letter.svg",
    )  # fmt: skip


if __name__ == "__main__":
    main()
