"""What the net writes now: a picture beside the checkpoint, for a person to judge."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from plotwriter.nets.arc_tokens import decode
from plotwriter.nets.gpt import ArcGPT, HandStyle
from plotwriter.samplers.draw import draw_words

__all__ = ["SAMPLE_TEXT", "sample_picture"]

SAMPLE_TEXT = "Dear Josephine, the quick brown fox jumps over 13 lazy dogs! Will you write soon?"
WIDTH, ROW, X_HEIGHT = 1800, 80, 13  # px


def sample_picture(
    net: ArcGPT, hands: list[tuple[str, HandStyle]], *, text: str = SAMPLE_TEXT, temperature: float = 0.6, seed: int = 0
) -> bytes:
    """The same line in several hands, one draw a word.

    Args:
        net: in eval mode
        hands: name and style of each, one row
        text: words to write
        temperature: of sampling
        seed: of the draws

    Returns:
        a PNG file
    """
    words = text.split()
    image = Image.new("L", (WIDTH, ROW * len(hands)), 255)
    pen = ImageDraw.Draw(image)
    for line, (name, style) in enumerate(hands):
        base, x = ROW * line + 52, 10.0
        pen.text((4, ROW * line + 2), name, fill=120)
        uniforms = np.stack([np.random.default_rng((seed, i)).random((net.config.max_steps, 4)) for i in range(len(words))])
        for draw in draw_words(net, words, style.expand(len(words)), uniforms, temperature=temperature):
            strokes = [np.concatenate(trace.points) * X_HEIGHT for trace in decode(draw.tokens, spacing=0.1)]
            left = min((float(points.real.min()) for points in strokes), default=0.0)
            for points in strokes:
                xy = np.column_stack([points.real - left + x, base - points.imag])
                if len(xy) == 1:
                    pen.ellipse([*(xy[0] - 1.5), *(xy[0] + 1.5)], fill=0)
                else:
                    pen.line([tuple(point) for point in xy.tolist()], fill=0, width=2)
            x += max((float(points.real.max()) for points in strokes), default=0.0) - left + 1.3 * X_HEIGHT
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
