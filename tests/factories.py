"""Seeded test fixtures: handwriting-like ink, pages and documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from plotwriter.ink import Document, Ink, Page, Points, Stroke

TALL = "bdfhklt" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DEEP = "gjpqy"
DOTTED = "ij.!?:;"
POINTED = "viuwnm"


def make_ink(text: str = "hello", n_strokes: int = 1, seed: int = 0, *, x_height: float = 2.5) -> Ink:
    """One word in the line frame, mm: `n_strokes` polylines of loops and cusps, then one point for every dotted character."""
    rng = np.random.default_rng(seed)
    groups = [group for group in np.array_split(np.arange(len(text)), min(n_strokes, len(text))) if len(group)]
    strokes: list[Stroke] = []
    dots: list[Stroke] = []
    x = 0.0
    for group in groups:
        pieces = []
        for i in group:
            char, width = text[i], x_height * rng.uniform(0.7, 0.95)
            pieces.append(x + _letter(char, width, x_height, rng))
            if char in DOTTED:
                y = -1.6 * x_height if char in "ij" else -0.1 * x_height
                dots.append(Stroke(np.array([x + width / 2 + 1j * y]), (int(i), int(i) + 1)))
            x += width
        strokes.append(Stroke(np.concatenate(pieces), (int(group[0]), int(group[-1]) + 1)))
        x += 0.25 * x_height
    return Ink(tuple(strokes + dots), text)


def _letter(char: str, width: float, x_height: float, rng: np.random.Generator) -> Points:
    t = np.linspace(0, 1, 40)[:-1]
    height = x_height * (2.0 if char in TALL else 1.0) * rng.uniform(0.93, 1.07)
    if char in POINTED:
        letter = width * t - 1j * height * np.abs(np.sin(np.pi * t))
    else:
        letter = width * (t + 0.25 * np.sin(2 * np.pi * t)) - 1j * height * (0.5 - 0.5 * np.cos(2 * np.pi * t))
    if char in DEEP:
        tail = 0.9 * x_height * np.sin(np.pi * np.clip((t - 0.6) / 0.4, 0, 1)) ** 2
        letter = letter + 1j * tail * 2.0
    return letter


def make_page(n_words: int = 120, seed: int = 0, *, page: Page | None = None) -> Ink:
    """A page of words in rows, page frame, mm; spans index its text."""
    page = page or Page(210.0, 297.0)
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("aeinorstuilgmhd."), size=rng.integers(2, 8))) for _ in range(n_words)]
    x, y, at, strokes = 20.0, 30.0, 0, []
    for i, word in enumerate(words):
        ink = make_ink(word, n_strokes=3, seed=seed + i)
        width = ink.bounds()[2]
        if x + width > page.width - 20:
            x, y = 20.0, y + 10.0
        if y > page.height - 20:
            raise ValueError("too many words for one page")
        strokes += [
            replace(s, points=s.points + (x + 1j * y), span=(s.span[0] + at, s.span[1] + at), pen=1 + i % 2 * (i > 60)) for s in ink.strokes
        ]
        x, at = x + width + 4.0, at + len(word) + 1
    return Ink(tuple(strokes), " ".join(words), page)


def make_document(n_pages: int = 1, n_words: int = 30, seed: int = 0, *, page: Page | None = None) -> Document:
    """Pages of equal text, as a sampler and the layout would leave them."""
    pages = tuple(make_page(n_words, seed, page=page) for _ in range(n_pages))
    return Document(pages, pages[0].text, style="test", seed=seed, version="0.0.0")


def n_dots(ink: Ink, size: float = 0.25) -> int:
    """How many strokes are dots."""
    return sum(stroke.length <= size for stroke in ink.strokes)


def hausdorff(a: Points, b: Points, step: float = 0.01) -> float:
    """Largest distance between two polylines, mm, both ways, from points `step` apart to edges."""
    return max(_one_way(a, b, step), _one_way(b, a, step))


def _one_way(a: Points, b: Points, step: float) -> float:
    if len(a) > 1:
        along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(a)))])
        at = np.union1d(np.linspace(0, along[-1], int(along[-1] / step) + 2), along)
        a = np.interp(at, along, a.real) + 1j * np.interp(at, along, a.imag)
    if len(b) == 1:
        return float(np.abs(a - b[0]).max())
    edge = np.diff(b)
    nearest = np.full(len(a), np.inf)
    for start, along_edge in zip(b[:-1], edge, strict=True):
        q = a - start
        foot = np.clip((q * np.conj(along_edge)).real / max(abs(along_edge) ** 2, 1e-18), 0, 1)
        nearest = np.minimum(nearest, np.abs(q - foot * along_edge))
    return float(nearest.max())
