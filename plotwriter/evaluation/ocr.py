"""A second opinion by a reader that has never seen our ink: RapidOCR on pictures of words.

Optional, `pip install 'plotwriter[ocr]'`. Real and generated words are brought to the same slant and
width before they are drawn, since such a reader favours wide and leaning writing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from plotwriter.errors import ConfigError
from plotwriter.evaluation.words import Word
from plotwriter.training.frames import deslant, slant_of

__all__ = ["drawn", "normalised", "ocr_reader"]

HEIGHT, X_HEIGHTS = 56, 3.3  # px for so many x-heights; words of real ink are read best between 48 and 64 px
LINE = 2.8  # px
TIMES = 2  # supersampling
LEAN = 0.2  # dx/dy every word is drawn with
WIDTH = 1.3  # x-heights a character every word is stretched to; real ink of five hands is read best so


def normalised(word: Word) -> Word:
    """A word with the lean `LEAN` and the width `WIDTH` a character; one with no width keeps its own."""
    lean = slant_of(word.strokes)
    strokes = [deslant(points, lean) for points in word.strokes]
    width = float(np.ptp(np.concatenate(strokes).real))
    stretch = float(np.clip(WIDTH * len(word.text) / width, 0.5, 2.0)) if width > 0.3 else 1.0
    return Word(word.text, tuple(deslant(points.real * stretch + 1j * points.imag, -LEAN) for points in strokes))


def drawn(word: Word) -> npt.NDArray[np.uint8]:
    """A word in black on white, (height, width, 3); at least `HEIGHT` high, the x-height always the same."""
    scale = HEIGHT / X_HEIGHTS * TIMES  # px an x-height
    points = word.points
    top, bottom = max(2.1, float(points.imag.max()) + 0.2), min(-1.2, float(points.imag.min()) - 0.2)
    left = float(points.real.min()) - 0.6
    size = (int((float(points.real.max()) + 0.6 - left) * scale), int((top - bottom) * scale))
    image = Image.new("L", size, 255)
    pen = ImageDraw.Draw(image)
    radius = LINE * TIMES / 2
    for stroke in word.strokes:
        xy = [((z.real - left) * scale, (top - z.imag) * scale) for z in stroke.tolist()]
        if len(xy) > 1:
            pen.line(xy, fill=0, width=round(2 * radius))
        for x, y in xy:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    small = image.reduce(TIMES)
    return np.stack([np.asarray(small)] * 3, -1)


def ocr_reader() -> Callable[[Sequence[Word]], list[str]]:
    """A function of words that says what each reads as.

    Raises:
        ConfigError: the extra is not installed
    """
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError:
        raise ConfigError("--ocr needs the extra 'ocr': pip install 'plotwriter[ocr]'") from None
    engine: Any = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(words: Sequence[Word]) -> list[str]:
        said = []
        for word in words:
            found, _ = engine(drawn(normalised(word)), use_det=False, use_cls=False)
            said.append(str(found[0][0]).replace(" ", "") if found else "")
        return said

    return read
