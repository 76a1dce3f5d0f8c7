"""Heads and feet: in their margin, on every page, and no part of the text."""

import numpy as np
import pytest

from plotwriter.errors import ConfigError, LayoutError
from plotwriter.layout import paper
from plotwriter.letter import Sheet, compose
from plotwriter.running import Running
from plotwriter.styles import find_style

TEXT = "# Tea\n\n{date} 3 May\n\nDear Ada\n\n" + "it rains\n\n" * 9
MARGINS = (14.0, 10.0, 12.0, 10.0)


def pages(running, text=TEXT, **kwargs):
    sheet = Sheet(paper("a6", landscape=True), margins=MARGINS, x_height=2.0, markdown=True, running=running, **kwargs)
    return compose(text, find_style("linden"), sheet, seed=1, n_draws=1).document


def parts(page, text):
    """Strokes of the text, in the top margin, in the bottom margin."""
    own = [s for s in page.strokes if s.span[0] < len(text)]
    rest = [s for s in page.strokes if s.span[0] >= len(text)]
    top = [s for s in rest if s.points.imag.max() < MARGINS[0] + 1e-6]
    bottom = [s for s in rest if s.points.imag.min() > 105 - MARGINS[2] - 1e-6]
    assert len(top) + len(bottom) == len(rest)  # each in its margin
    return own, top, bottom


def test_heads_and_feet_stand_in_their_margins_and_the_letter_keeps_its_ink():
    bare = pages(Running())
    both = pages(Running("{title} | | {date}", "{page} of {pages}"))
    assert len(both.pages) == len(bare.pages) > 1 and both.text == bare.text
    for before, after in zip(bare.pages, both.pages, strict=True):
        own, top, bottom = parts(after, bare.text)
        assert [s.points.tobytes() for s in own] == [s.points.tobytes() for s in before.strokes]
        assert min(s.points.real.min() for s in top) == pytest.approx(10, abs=0.01)
        assert max(s.points.real.max() for s in top) == pytest.approx(138, abs=0.01)
        x = np.concatenate([s.points.real for s in bottom])
        assert (x.min() + x.max()) / 2 == pytest.approx(74, abs=0.01)
    later = pages(Running("{title} | | {date}", "{page} of {pages}", bare_first=True))
    assert later.pages[0].strokes == bare.pages[0].strokes or len(later.pages[0].strokes) == len(bare.pages[0].strokes)
    assert [s.points.tobytes() for s in later.pages[1].strokes] == [s.points.tobytes() for s in both.pages[1].strokes]


@pytest.mark.parametrize(
    ("running", "error", "message"),
    [
        (Running("{pag}"), ConfigError, r'--header: \{pag\} stands for nothing; did you mean "page"'),
        (Running(footer="a|b|c|d"), ConfigError, "--footer: .* has 4 parts"),
        (Running(" | "), ConfigError, "--header: .* has no words"),
        (
            Running("so long a head that it can never stand | beside this other one of so many more words"),
            LayoutError,
            r"is \d+\.\d mm too long for 128\.0 mm",
        ),
    ],
)
def test_what_cannot_be_written_is_said(running, error, message):
    with pytest.raises(error, match=message):
        pages(running, "it rains")


def test_a_head_repeats_only_what_the_letter_has():
    with pytest.raises(ConfigError, match=r"--footer: \{date\} repeats a \{date\} line of the letter, which has none"):
        pages(Running(footer="{date}"), "it rains")
    with pytest.raises(LayoutError, match=r"--header: needs a top margin of \d+\.\d mm, there are 2 mm"):
        sheet = Sheet(paper("a6"), margins=(2.0, 10.0, 10.0, 10.0), running=Running("Ada"))
        compose("it rains", find_style("linden"), sheet, seed=1, n_draws=1)
