import math

import pytest

from plotwriter.evaluation.statistics import Interval
from plotwriter.evaluation.targets import TARGETS, Target, verdicts

AT_MOST, WITHIN = Target("a", ("x", "ratio"), -math.inf, 0.7, ".2f"), Target("b", ("y",), 2.0, 5.0, ".1f")


@pytest.mark.parametrize(
    ("figure", "reached", "certain"),
    [
        (Interval(0.5, 0.4, 0.6), True, True),
        (Interval(0.6, 0.5, 0.8), True, False),
        (Interval(0.8, 0.6, 1.0), False, False),
        (Interval(0.9, 0.8, math.inf), False, True),
        (Interval(math.nan, 0, 0), None, True),
    ],
)
def test_verdicts(figure, reached, certain):
    (found,) = verdicts({"x": {"ratio": figure}}, [AT_MOST])
    assert (found.reached, found.certain) == (reached, certain)


def test_a_range_has_two_sides():
    for value, reached in ((1.9, False), (2.0, True), (5.0, True), (5.1, False)):
        assert verdicts({"y": value}, [WITHIN])[0].reached is reached
    assert not verdicts({"y": Interval(1.5, 1.0, 6.0)}, [WITHIN])[0].certain


def test_what_is_missing_is_not_reached_in_silence():
    found = verdicts({"ocr": None, "style": {}})
    assert len(found) == len(TARGETS) and all(v.reached is None and v.word == "not measured" for v in found)


def test_ranges_in_words():
    assert [t.wanted for t in (AT_MOST, WITHIN, TARGETS[-1])] == ["≤ 0.7", "2 to 5", "100"]
