"""Peak memory and time of a letter of 250, 2,500 and 10,000 words, sampled, set and saved in a process each.

    python benchmarks/long_text.py [words ...]

Read the ratios: what one word adds beyond the first letter's, and how much of that is the document itself.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.sampling import TEXT

SIZES = (250, 2_500, 10_000)
MB = 2**20


def peak() -> float:
    """Largest resident size of this process so far, MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB


def one(n_words: int, suffix: str) -> None:
    """Write a letter in this process and print its figures."""
    from plotwriter import output
    from plotwriter.layout import paper
    from plotwriter.letter import Sheet, compose
    from plotwriter.styles import find_style
    from plotwriter.styles.store import DEFAULT_STYLE

    words = TEXT.split()
    text = "\n".join(" ".join(words[k % len(words)] for k in range(first, min(first + 60, n_words))) for first in range(0, n_words, 60))
    began = time.perf_counter()
    letter = compose(text, find_style(DEFAULT_STYLE), Sheet(paper("a4")), seed=0, n_draws=4, device="cpu")
    composed, written = peak(), time.perf_counter() - began
    points = sum(stroke.points.nbytes for page in letter.document.pages for stroke in page.strokes) / MB
    with tempfile.TemporaryDirectory() as folder:
        files = output.save(letter.document, [Path(folder) / f"letter{suffix}"], recipe="")
        size = sum(file.stat().st_size for file in files) / MB
    seconds = time.perf_counter() - began
    sizes = f"{composed:9.0f} {peak():9.0f} {points:9.1f} {size:9.1f}"
    print(f"{n_words:7,} {len(letter.document.pages):6} {sizes} {written:9.1f} {seconds - written:9.1f}")


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]), sys.argv[3])
        return
    print("  words  pages  composed  saved: MB  points MB   file MB  write s   save s   (composed, saved: peak RSS)")
    for suffix in (".json", ".svg"):
        print(suffix)
        for n_words in map(int, sys.argv[1:] or SIZES):
            subprocess.run([sys.executable, "-m", "benchmarks.long_text", "--one", str(n_words), suffix], check=True)


if __name__ == "__main__":
    main()
