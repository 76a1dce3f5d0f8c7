"""A second opinion by a reader that has never seen our ink: RapidOCR on pictures of words.

Optional, `pip install 'plotwriter[ocr]'`. Real and generated words are brought to one shape, `WANTED`, before they
are drawn, since such a reader favours wide and leaning writing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from plotwriter.errors import ConfigError
from plotwriter.evaluation.shape import Shape
from plotwriter.evaluation.words import Word

__all__ = ["WANTED", "drawn", "ocr_reader"]

HEIGHT, X_HEIGHTS = 56, 3.3  # px for so many x-heights; words of real ink are read best between 48 and 64 px
LINE = 2.8  # px
TIMES = 2  # supersampling
WANTED = Shape(lean=0.2, x_height=1.0, width=1.3)  # real ink of five hands is read best so


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
    """A function of words, in the shape `WANTED`, that says what each reads as.

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
            found, _ = engine(drawn(word), use_det=False, use_cls=False)
            said.append(str(found[0][0]).replace(" ", "") if found else "")
        return said

    return read
