"""One word of a finished page in the place of another, without moving anything else.

... nobody | house | wanted ...         the new word begins where the old one began;
           |hou se|                     up to WIDER of the word space it may be wider, up to NARROWER narrower
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plotwriter.ink import Ink

__all__ = ["fitted", "place_of", "swap"]

WIDER, NARROWER = 0.3, 0.6  # of the word space; more shows
CONDENSED = 0.04  # share of its width that a word can lose unseen


def fitted(new: Ink, old: Ink, word_space: float, room: float) -> Ink | None:
    """A word that takes the place of another, condensed by at most CONDENSED; None when it does not fit there.

    Args:
        new: line frame, mm, left end at x = 0
        old: the word that stood there, in the same frame
        word_space: mm, between words
        room: mm from the old word's right end to the margin
    """
    width, place = new.bounds()[2], old.bounds()[2]
    most = place + min(WIDER * word_space, max(0.0, room))
    if width < place - NARROWER * word_space or width * (1 - CONDENSED) > most:
        return None
    share = min(1.0, most / width)
    return new if share == 1.0 else new.map(lambda points: points.real * share + 1j * points.imag)


def place_of(pages: Sequence[Ink], span: tuple[int, int], word: Ink) -> tuple[int, complex]:
    """The page a word stands on, and where its origin is there.

    Args:
        pages: page frame, each word's strokes in the order of the word
        span: the word's characters in the text of the pages
        word: line frame, as it was typeset

    Raises:
        ValueError: no such word
    """
    for number, page in enumerate(pages):
        for stroke in page.strokes:
            if span[0] <= stroke.span[0] < span[1]:
                return number, complex(stroke.points[0] - word.strokes[0].points[0])
    raise ValueError(f"no page has ink for the characters {span}")


def swap(page: Ink, span: tuple[int, int], new: Ink, origin: complex) -> Ink:
    """The page with a word's strokes replaced, in the same place of the drawing order; every other stroke is the same object.

    Args:
        page: page frame
        span: the word's characters in the text of the page
        new: line frame, spans index the word
        origin: of the word's line frame on the page, mm
    """
    at = [k for k, stroke in enumerate(page.strokes) if span[0] <= stroke.span[0] < span[1]]
    first, last = at[0], at[-1] + 1
    pen, begin = page.strokes[first].pen, span[0]
    moved = (
        replace(stroke, points=stroke.points + origin, span=(begin + stroke.span[0], begin + stroke.span[1]), pen=pen)
        for stroke in new.strokes
    )
    return replace(page, strokes=(*page.strokes[:first], *moved, *page.strokes[last:]))
