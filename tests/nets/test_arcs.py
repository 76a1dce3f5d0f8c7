import numpy as np
import pytest
import shapely

from plotwriter.nets.arcs import MAX_BULGE, fit_arcs, flatten
from tests.nets.factories import loops


def polyline(arcs):
    points = [arcs.knots[:1]]
    for start, end, apex in zip(arcs.knots, arcs.knots[1:], arcs.apexes, strict=False):
        points.append(flatten(start, end, ((apex - start) / (end - start) - 0.5).imag, 16))
    return np.concatenate(points)


def as_line(points):
    return shapely.LineString(np.column_stack([points.real, points.imag]))


@pytest.mark.parametrize("tolerance", [0.03, 0.06, 0.1])
@pytest.mark.parametrize("seed", range(4))
def test_arcs_stay_within_tolerance_both_ways(seed, tolerance):
    points = loops(np.random.default_rng(seed))
    (arcs,) = fit_arcs([points], tolerance)
    assert shapely.hausdorff_distance(as_line(points), as_line(polyline(arcs)), densify=0.02) < 1.2 * tolerance
    assert arcs.knots[0] == points[0] and arcs.knots[-1] == points[-1]


def test_a_looser_fit_needs_no_more_arcs():
    points = loops(np.random.default_rng(1), 8)
    counts = [len(fit_arcs([points], tolerance)[0].apexes) for tolerance in (0.02, 0.05, 0.1)]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]


def test_every_bulge_is_within_the_alphabet():
    (arcs,) = fit_arcs([loops(np.random.default_rng(2), 6)], 0.06)
    bulges = ((arcs.apexes - arcs.knots[:-1]) / np.diff(arcs.knots) - 0.5).imag
    assert np.abs(bulges).max() <= MAX_BULGE + 1e-6


def test_a_dot_is_one_knot_and_a_straight_line_few_arcs():
    dot, line = fit_arcs([np.array([1 + 1j, 1.001 + 1j]), np.linspace(0, 2, 50) + 0j], 0.05)
    assert len(dot.knots) == 1 and len(dot.apexes) == 0
    assert len(line.apexes) == 1


def test_strokes_do_not_disturb_each_other():
    rng = np.random.default_rng(3)
    strokes = [loops(rng, n) for n in (2, 5, 3)]
    together = fit_arcs(strokes, 0.05)
    for alone, arcs in zip(strokes, together, strict=True):
        np.testing.assert_allclose(fit_arcs([alone], 0.05)[0].knots, arcs.knots)
