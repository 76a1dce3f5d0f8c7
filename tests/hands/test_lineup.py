"""The picture of a person's words among written ones."""

import re

import numpy as np

from plotwriter.evaluation.words import Word
from plotwriter.hands.lineup import lineup_picture


def tall(text: str, up: float, down: float) -> Word:
    return Word(text, (np.array([0 + 1j * up, 1 - 1j * down]),))


def test_no_row_stands_in_another():
    """Brackets and capitals of a hand with long stems reach far."""
    reach = [(1.0, 0.2), (7.0, 3.0), (6.0, 0.0), (1.0, 5.0), (8.0, 1.0)]
    rows = [([tall("a", *ups)] * 4, 2) for ups in reach]
    picture = lineup_picture(rows, 0.3, "mine")
    paths = [[float(pair.split()[1]) for pair in re.split("[ML]", d)[1:]] for d in re.findall(r'<path d="([^"]+)"', picture)]
    tops, bottoms = ([f(path) for path in paths[::4]] for f in (min, max))
    assert all(below > above for above, below in zip(bottoms[:-1], tops[1:], strict=True))
    height = float(re.search(r'height="(\d+)"', picture)[1])
    assert min(tops) > 18 and max(bottoms) < height - 18
    assert "real: a 3, a 3" in picture
