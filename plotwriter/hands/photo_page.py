"""The sheet of paper in a photo, found by its brightness and straightened to a rectangle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["straightened"]

Floats = npt.NDArray[np.float64]

COARSE = 300  # px of the picture in which the page is looked for
SOLID = 0.93  # share of its four-cornered outline that a page fills


def straightened(gray: Floats, least: float, most: float) -> tuple[Floats, Floats]:
    """The page of a picture.

    Args:
        gray: (h, w) brightness
        least, most: share of the picture a page may have; otherwise the picture is the page

    Returns:
        the page (h, w), and the homography (3, 3) from its px to the picture's
    """
    corners = _corners(gray, least, most)
    if corners is None:
        return gray, np.eye(3)
    from skimage.transform import ProjectiveTransform, warp

    top_left, top_right, bottom_right, bottom_left = corners
    wide = round(max(abs(top_right - top_left), abs(bottom_right - bottom_left)))
    tall = round(max(abs(bottom_left - top_left), abs(bottom_right - top_right)))
    target = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float64)
    source = np.array([[z.real, z.imag] for z in corners])
    found = ProjectiveTransform.from_estimate(target, source)
    if not found:
        return gray, np.eye(3)
    page: Floats = warp(gray, found, output_shape=(tall, wide), order=1, mode="edge")
    return page, np.asarray(found.params, np.float64)


def _corners(gray: Floats, least: float, most: float) -> list[complex] | None:
    """Corners of a bright four-cornered area, from the top left clockwise; None where there is none.

    A shadow may make half of a page darker than the rest, so several thresholds are tried, on the logarithm of the
    brightness, in which light and shade are a mere shift: the area counts that fills its four corners best.
    """
    from scipy import ndimage
    from skimage import filters

    step = max(1.0, max(gray.shape) / COARSE)
    small = ndimage.zoom(ndimage.gaussian_filter(gray, step), 1 / step, order=1)
    closed = np.log(np.maximum(ndimage.grey_closing(small, size=(9, 9)), 0.01))  # writing is filled in
    best: tuple[float, list[complex]] | None = None
    low, high = (float(edge) for edge in np.quantile(closed, (0.02, 0.6)))
    for threshold in (float(filters.threshold_otsu(closed)), *np.linspace(low, high, 14).tolist()):
        labels, n = ndimage.label(ndimage.binary_opening(closed > threshold, iterations=2))
        if n == 0:
            continue
        area = ndimage.binary_fill_holes(labels == 1 + int(np.bincount(labels.ravel())[1:].argmax()))
        if not least < area.mean() < most:
            continue
        corners = _outlined(area)
        if corners is None or any(abs(a - b) < 0.15 * min(small.shape) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)):
            continue
        filled = float(area.sum()) / max(_area(corners), 1.0)
        if filled > SOLID and (best is None or filled > best[0]):
            best = filled, corners
    if best is None:
        return None
    first = min(range(4), key=lambda k: best[1][k].real + best[1][k].imag)
    scale = gray.shape[1] / small.shape[1]
    return [(z + 0.5 + 0.5j) * scale for z in best[1][first:] + best[1][:first]]


def _outlined(area: npt.NDArray[np.bool_]) -> list[complex] | None:
    """The four corners of an area."""
    from skimage import measure

    outline = max(measure.find_contours(np.pad(area, 1).astype(np.float64), 0.5), key=len) - 1  # (n, 2) row, column
    return _quadrilateral(_hull(outline[:, 1] + 1j * outline[:, 0]))


def _hull(points: npt.NDArray[np.complex128]) -> list[complex]:
    """Convex hull, clockwise as seen with y down (monotone chain)."""
    order = sorted(set(points.tolist()), key=lambda z: (z.real, z.imag))

    def half(row: list[complex]) -> list[complex]:
        kept: list[complex] = []
        for z in row:
            while len(kept) > 1 and ((kept[-1] - kept[-2]).conjugate() * (z - kept[-1])).imag <= 0:
                kept.pop()
            kept.append(z)
        return kept[:-1]

    return half(order) + half(order[::-1])


def _quadrilateral(hull: list[complex]) -> list[complex] | None:
    """The hull with edges taken away, the cheapest first, until four are left, their neighbours prolonged to meet."""
    corners = list(hull)
    while len(corners) > 4:
        best: tuple[float, int, complex] | None = None
        for k in range(len(corners)):
            a, b, c, d = (corners[(k + i) % len(corners)] for i in range(4))
            meet = _meeting(a, b, d, c)
            if meet is None:
                continue
            grown = abs(((meet - b).conjugate() * (c - b)).imag) / 2
            if best is None or grown < best[0]:
                best = grown, k, meet
        if best is None:
            return None
        _, k, meet = best
        n = len(corners)
        gone = {(k + 1) % n, (k + 2) % n}
        corners = [meet if i == (k + 1) % n else z for i, z in enumerate(corners) if i == (k + 1) % n or i not in gone]
    return corners if len(corners) == 4 else None


def _meeting(a: complex, b: complex, d: complex, c: complex) -> complex | None:
    """Where a to b and d to c, both prolonged, meet beyond b and c."""
    u, v = b - a, c - d
    cross = (u.conjugate() * v).imag
    if abs(cross) < 1e-9:
        return None
    s = ((d - a).conjugate() * v).imag / cross
    t = ((d - a).conjugate() * u).imag / cross
    return a + s * u if s >= 1 and t >= 1 else None


def _area(corners: list[complex]) -> float:
    return abs(sum((a.conjugate() * b).imag for a, b in zip(corners, corners[1:] + corners[:1], strict=True))) / 2
