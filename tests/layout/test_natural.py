"""Irregular rows: bounded, seeded, and still a page."""

from itertools import pairwise

import numpy as np
import pytest

from plotwriter.errors import LayoutError
from plotwriter.layout import PageSetup, paper, typeset
from plotwriter.layout.natural import FATIGUE, ON_RULES, SIZES
from plotwriter.strokes import humanize
from plotwriter.strokes.humanize import REACH
from plotwriter.text import paragraphs, prompts
from tests.factories import make_ink, make_page

TEXT = "hugging minimum jiggle, quickly. anyone who goes there again may say so to us " * 8
WORDS = [make_ink(prompt.text, 2, seed=i) for i, prompt in enumerate(prompts(paragraphs(TEXT)))]


def page(dial, seed=1, **kwargs):
    setup = PageSetup(paper("a4"), naturalness=dial, seed=seed, **kwargs)
    return typeset(paragraphs(TEXT), WORDS, TEXT, setup=setup), setup


@pytest.mark.parametrize("align", ["left", "right", "center", "justify"])
@pytest.mark.parametrize("ruled", [False, True])
@pytest.mark.parametrize("dial", [0.3, 1.0])
def test_words_stay_near_their_line_inside_the_margins_and_apart(align, ruled, dial):
    (even,), _ = page(0.0, align=align, ruled=ruled)
    (loose,), setup = page(dial, align=align, ruled=ruled)
    assert [(s.span, s.pen, len(s.points)) for s in even.strokes] == [(s.span, s.pen, len(s.points)) for s in loose.strokes]
    reach = dial * REACH * setup.x_height * (ON_RULES if ruled else 1.0)
    for a, b in zip(even.strokes, loose.strokes, strict=True):
        if a.length > 1:  # letters of the factory begin on the baseline
            assert abs(b.points[0].imag - a.points[0].imag) <= reach + 1e-9
        if np.ptp(a.points.real) > 5:
            assert np.ptp(b.points.real) / np.ptp(a.points.real) == pytest.approx(1.0, abs=dial * (SIZES + FATIGUE / 2) + 1e-9)
    assert loose.bounds()[0] >= 20 - 1e-9 and loose.bounds()[2] <= 190 + 1e-6
    edges = []
    for prompt in prompts(paragraphs(TEXT)):
        z = np.concatenate([s.points for s in loose.strokes if prompt.span[0] <= s.span[0] < prompt.span[1]])
        edges.append((z.real.min(), z.real.max()))
    assert all(b[0] > a[1] + 0.2 * setup.word_space or b[0] < a[0] for a, b in pairwise(edges))


def test_the_dial_turns_everything_and_the_seed_decides_it():
    def off(dial, seed=1):
        (even,), _ = page(0.0)
        (loose,), _ = page(dial, seed)
        return np.sqrt(np.mean([abs(b.points[0] - a.points[0]) ** 2 for a, b in zip(even.strokes, loose.strokes, strict=True)]))

    assert 0 < off(0.2) < off(0.6) < off(1.0)
    assert off(0.5, 1) == off(0.5, 1) != off(0.5, 2)
    with pytest.raises(LayoutError, match=r"--naturalness: 1\.2"):
        page(1.2)


def test_humanize_is_smooth_bounded_and_seeded():
    ink = make_page(60)
    moved = humanize(ink, 2.5, 1.0, seed=4)
    for old, new in zip(ink.strokes, moved.strokes, strict=True):
        shift = new.points - old.points
        assert np.abs(shift.imag).max() <= REACH * 2.5 + 1e-9 and np.abs(shift.real).max() <= 0.3 * 2.5 + 1e-9
        assert abs(new.length - old.length) <= 0.06 * old.length + 1e-9
    again = humanize(ink, 2.5, 1.0, seed=4)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(moved.strokes, again.strokes, strict=True))
    assert humanize(ink, 2.5, 0.0) is ink
