"""Pen-up travel of a page: as written and in the fast order at several efforts, beside the best tour known.

    python benchmarks/order.py page_raw.json.gz --best 1944

The page is JSON, gzipped or not: "strokes", a list of [[x, y], ...] in mm, and "word", the number of each stroke's word.
`--best` is the travel LKH reaches on it, strokes of all words mixed; ours keeps words whole.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path

import numpy as np

from plotwriter.ink import Ink, Page, Stroke
from plotwriter.layout import order, travel


def read_page(path: Path) -> Ink:
    """The page as ink; every word is spelled as a run of x, one for each stroke."""
    content = path.read_bytes()
    found = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    text, strokes, last = "", [], None
    for points, word in zip(found["strokes"], found["word"], strict=True):
        text += " " * (last is not None and word != last) + "x"
        strokes.append(Stroke(np.array(points) @ np.array([1, 1j]), (len(text) - 1, len(text))))
        last = word
    return Ink(tuple(strokes), text, Page(found["width"], found["height"]))


def main() -> None:
    """One line for every order and effort."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--best", type=float, help="travel of the best tour known, mm, home to home")
    parser.add_argument("--effort", type=int, nargs="*", default=[0, 1, 3, 10, 30], help="kicks a stroke")
    args = parser.parse_args()
    ink = read_page(args.page)
    order(ink, effort=0)  # what is computed once a process is not counted

    def report(name: str, page: Ink, took: float) -> None:
        found = travel(page.strokes, home=0j)
        ratio = f" {found / args.best:6.3f} x best" if args.best else ""
        print(f"{name:12} {found:7.0f} mm{ratio}   {took:5.2f} s of one core")

    report("natural", ink, 0.0)
    for effort in args.effort:
        began = time.process_time()
        page = order(ink, effort=effort)
        report(f"fast {effort:>3}", page, time.process_time() - began)


if __name__ == "__main__":
    main()
