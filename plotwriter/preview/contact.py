"""Many pages at a glance: small pictures side by side, each with its name."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from plotwriter.ink import Document
from plotwriter.preview.png import to_png

__all__ = ["ContactSheet"]

DPI = 50.0  # pixels per inch of a small picture
ACROSS = 5  # pictures in a row
MOST = 60  # pictures on a contact sheet; what they take in memory does not grow further
_GAP, _CAPTION = 12, 16  # pixels


class ContactSheet:
    """Pages collected one by one, as small pictures."""

    def __init__(self) -> None:
        self.pictures: list[tuple[str, Image.Image]] = []

    @property
    def full(self) -> bool:
        """Whether no further picture has room."""
        return len(self.pictures) >= MOST

    def add(self, name: str, document: Document) -> None:
        """The first page of a document, where there is room."""
        if not self.full:
            with Image.open(io.BytesIO(to_png(document, 0, dpi=DPI, pen_width=0.5))) as picture:
                self.pictures.append((name, picture.convert("L").convert("RGB")))

    def to_png(self) -> bytes:
        """The sheet as a PNG file."""
        font = ImageFont.load_default(12)
        rows = [self.pictures[i : i + ACROSS] for i in range(0, len(self.pictures), ACROSS)]
        width = max((sum(one.width + _GAP for _, one in row) for row in rows), default=0) + _GAP
        heights = [max(one.height for _, one in row) + _CAPTION + _GAP for row in rows]
        sheet = Image.new("RGB", (width, sum(heights) + _GAP), "#d8d8d8")
        draw, y = ImageDraw.Draw(sheet), _GAP
        for row, height in zip(rows, heights, strict=True):
            x = _GAP
            for name, one in row:
                sheet.paste(one, (x, y))
                draw.text((x, y + one.height + 2), name, fill="#202020", font=font)
                x += one.width + _GAP
            y += height
        file = io.BytesIO()
        sheet.save(file, format="PNG")
        return file.getvalue()
